"""The environments that training and OpenCompass run in: which there are, how they are made and looked at."""

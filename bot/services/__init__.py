"""Use cases. No NoneBot here: a test, the web page and the terminal call them alike."""

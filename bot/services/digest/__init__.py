"""The daily digest: what a push asks, how it is answered all day, and what is told in the evening."""

"""Releases on paper: the words that a chat and a terminal share."""

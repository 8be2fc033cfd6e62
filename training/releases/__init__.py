"""Releases: one model serves, and is exchanged for another without a lost question."""

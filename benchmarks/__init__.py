"""Measurements. Figures and the commands that made them: ``RESULTS.md``."""

"""Importing question files: every row of a file ends as new, same, merged, conflict or rejected.

Nothing is loaded here: the process that reads a file needs neither database nor index.
"""

"""Importing question files: every row of a file ends as new, same, merged, conflict or rejected."""

from bot.services.importing.history import ImportHistory, NotUndoable
from bot.services.importing.importer import ImportService
from bot.services.importing.report import Report
from bot.services.importing.rows import UnreadableFile

__all__ = ["ImportHistory", "ImportService", "NotUndoable", "Report", "UnreadableFile"]

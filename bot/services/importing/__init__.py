"""Importing question files: every row of a file ends as imported, merged, conflicting or rejected."""

from bot.services.importing.importer import ImportService
from bot.services.importing.report import Report
from bot.services.importing.rows import UnreadableFile

__all__ = ["ImportService", "Report", "UnreadableFile"]

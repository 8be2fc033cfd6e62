"""The bank as files for people: tables, cards, practice papers; and for other banks."""

from __future__ import annotations

from bot.services.exporting.drafts import ExportFailed
from bot.services.exporting.exporter import FORMATS, Exported, ExportService, Format, Wanted

__all__ = ["FORMATS", "ExportFailed", "ExportService", "Exported", "Format", "Wanted"]

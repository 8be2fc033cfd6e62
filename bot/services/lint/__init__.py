"""What is wrong, doubtful or lopsided in the bank."""

from __future__ import annotations

from bot.services.lint.linter import LintService
from bot.services.lint.report import LintReport

__all__ = ["LintReport", "LintService"]

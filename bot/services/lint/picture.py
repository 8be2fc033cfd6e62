"""The bank's make-up as a picture."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.services.exporting.drafts import drafts
from bot.services.exporting.words import KINDS
from bot.services.lint.report import LintReport
from paper.typesetting import typeset

_MOST = 16
"""Categories with a bar of their own."""
_NAME = 8
"""Characters of a category's name that stand beside its bar."""


def draw(report: LintReport, today: date, place: Path, *, force: bool) -> None:
    """Write *place*, a PNG: questions by category and kind, and by difficulty.

    Raises:
        ExportFailed: the file is there already and *force* is not given, or cannot be written.
    """
    with drafts([place], force=force) as (draft,):
        draft.write_bytes(typeset("makeup.typ", _data(report, today), "png"))


def _short(name: str) -> str:
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"


def _data(report: LintReport, today: date) -> dict[str, object]:
    totals = list(report.by_category().items())
    by_kind = {kind: report.by_category(kind) for kind in KINDS}
    areas = [
        {"name": _short(name) or "未分类", "count": count, "parts": [by_kind[kind].get(name, 0) for kind in KINDS]}
        for name, count in totals[:_MOST]
    ]
    if rest := totals[_MOST:]:
        parts = [sum(by_kind[kind].get(name, 0) for name, _ in rest) for kind in KINDS]
        areas.append({"name": f"其余 {len(rest)} 类", "count": sum(count for _, count in rest), "parts": parts})
    return {
        "date": f"{today:%Y-%m-%d}",
        "total": report.total,
        "kinds": [{"name": name, "count": sum(by_kind[kind].values())} for kind, name in KINDS.items()],
        "areas": areas,
        "levels": [
            {"name": "未标" if level is None else str(level), "count": count} for level, count in report.by_difficulty()
        ],
    }

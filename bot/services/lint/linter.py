"""Going over the bank once, question by question, and then over what only shows in the whole."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from bot.services.lint.balance import Balance
from bot.services.lint.contradictions import tell_contradictions
from bot.services.lint.neighbours import Neighbours
from bot.services.lint.options import Forms, option_cases
from bot.services.lint.report import LintReport
from bot.services.lint.texts import text_cases
from store import bank_reading
from store.bank_reading import Entry, Selection
from store.db import Sessions

_FREQUENT = 5
_SHARE = 0.02
"""An answer is frequent that is given as often, and to as many of its category's short questions."""
_STATUSES = ("active", "disputed", "unanswered")


class Progress(Protocol):
    """Told now and then what is being done and how far; may be called from another thread."""

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


class LintService:
    """Looks for what a person should mend in the bank; changes nothing."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def lint(
        self, today: date, *, categories: tuple[str, ...] = (), progress: Progress | None = None
    ) -> LintReport:
        """Check all questions that are not retired, or those of *categories*.

        Takes about 250 MB and some minutes for a million questions.
        """
        tell = progress or _silent
        selection = Selection(categories=categories, statuses=_STATUSES)
        total = (await bank_reading.extent(self._sessions, selection)).count
        report, balance, neighbours = LintReport(), Balance(), Neighbours()
        async for part in bank_reading.every(self._sessions, selection):
            await asyncio.to_thread(_see, part, today, report, balance, neighbours)
            tell("逐题检查", report.total, total)
        balance.tell(report)
        tell("找矛盾", 0, None)
        async for part in bank_reading.asked_alike(self._sessions, selection):
            await asyncio.to_thread(tell_contradictions, report, part)
        await self._tell_frequent(selection, report)
        tell("找相近的题", 0, None)
        await neighbours.tell(self._sessions, report)
        return report

    async def _tell_frequent(self, selection: Selection, report: LintReport) -> None:
        short = report.by_category(kind="short")
        for category, answer, often, first in await bank_reading.frequent_answers(self._sessions, selection, _FREQUENT):
            if often >= _SHARE * short[category]:
                detail = f"{category or '未分类'}：“{answer[:20]}”{often} 次，简答题共 {short[category]}"
                report.add("frequent-answer", first, detail=detail)


def _silent(stage: str, done: int, total: int | None) -> None:
    pass


def _see(part: Sequence[Entry], today: date, report: LintReport, balance: Balance, neighbours: Neighbours) -> None:
    for entry in part:
        report.total += 1
        report.spread[entry.category, entry.kind, entry.difficulty] += 1
        forms = Forms.of(entry)
        for code, detail in (*option_cases(entry, forms), *text_cases(entry, forms, today)):
            report.add(code, entry.id, detail=detail)
        balance.see(entry)
        neighbours.see(entry, forms)

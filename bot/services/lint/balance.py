"""Giveaways of whole categories: what somebody who knows nothing could go by."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from bot.services.importing.keys import LETTERS
from bot.services.lint.chance import binomial_tail, evenness
from bot.services.lint.report import LintReport
from store.bank_reading import Entry

_LEAST = 20
"""Questions below which a share says nothing."""
_IMPROBABLE = 0.001


@dataclass(slots=True)
class _Counts:
    longest: int = 0
    """Single choices whose key is longer than every other option …"""
    comparable: int = 0
    """… among those that have one longest option."""
    chance: float = 0.0
    """Sum of 1/options over the comparable ones."""
    letters: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    """Keys per position, by number of options."""
    judged: list[int] = field(default_factory=lambda: [0, 0])
    """正确, 错误."""


class Balance:
    """Counts per category while the bank goes by; says at the end what is lopsided."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, _Counts] = defaultdict(_Counts)

    def see(self, entry: Entry) -> None:
        if entry.kind == "judge" and entry.answer in ("正确", "错误"):
            self._counts[entry.category].judged[entry.answer == "错误"] += 1
        elif entry.kind == "single" and 2 <= len(entry.options) <= len(LETTERS) and len(entry.answer) == 1:
            key = LETTERS.find(entry.answer, 0, len(entry.options))
            if key >= 0:
                self._see_choice(entry, key)

    def _see_choice(self, entry: Entry, key: int) -> None:
        counts = self._counts[entry.category]
        places = counts.letters.setdefault(len(entry.options), [0] * len(entry.options))
        places[key] += 1
        lengths = [len(option) for option in entry.options]
        longest = max(lengths)
        if lengths.count(longest) == 1:
            counts.comparable += 1
            counts.chance += 1 / len(lengths)
            counts.longest += lengths[key] == longest

    def tell(self, report: LintReport) -> None:
        """Add what chance hardly explains to *report*."""
        for category, counts in sorted(self._counts.items()):
            name = category or "未分类"
            self._tell_longest(report, name, counts)
            for number, places in sorted(counts.letters.items()):
                if sum(places) >= _LEAST and (tail := evenness(places)) < _IMPROBABLE:
                    shares = " ".join(f"{letter} {count}" for letter, count in zip(LETTERS, places, strict=False))
                    detail = f"{name}（{number} 个选项）：{shares}，偶然的概率 {tail:.1g}"
                    report.add("letters-uneven", detail=detail)
            right, total = counts.judged[0], sum(counts.judged)
            if total >= _LEAST:
                tail = min(1.0, 2 * binomial_tail(max(right, total - right), total, 0.5))
                if tail < _IMPROBABLE:
                    detail = f"{name}：正确 {right}，错误 {total - right}，偶然的概率 {tail:.1g}"
                    report.add("judgements-uneven", detail=detail)

    def _tell_longest(self, report: LintReport, name: str, counts: _Counts) -> None:
        if counts.comparable < _LEAST:
            return
        chance = counts.chance / counts.comparable
        tail = binomial_tail(counts.longest, counts.comparable, chance)
        if tail < _IMPROBABLE:
            share = counts.longest / counts.comparable
            detail = (
                f"{name}：{counts.comparable} 题里 {counts.longest} 题（{share:.0%}）选最长的就对，"
                f"靠猜应是 {chance:.0%}，偶然的概率 {tail:.1g}"
            )
            report.add("key-longest", detail=detail)

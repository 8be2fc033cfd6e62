"""Questions asked in the same words whose keys cannot all be right."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from bot.services.importing.keys import LETTERS
from bot.services.lint.report import LintReport
from store.bank_reading import Entry
from store.wording import normal_form, option_form

# 最长的河 depends on which rivers stand there, and 下列… speaks of them alone.
_RELATIVE = re.compile("最|下列|以下|下面|上述|哪[一]?[项个些句组种]|正确的|错误的|不属于|属于")


def tell_contradictions(report: LintReport, entries: Iterable[Entry]) -> None:
    """Add to *report* where one of *entries* keys what another one with its stem offers and does not key."""
    groups: defaultdict[tuple[str, str, bool], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.kind != "judge" and entry.answer:
            groups[normal_form(entry.stem), entry.material, entry.kind == "multiple"].append(entry)
    for group in groups.values():
        if len(group) > 1:
            _tell(report, group)


def _tell(report: LintReport, group: Sequence[Entry]) -> None:
    right: dict[str, int] = {}
    wrong: dict[str, int] = {}
    for entry in group:
        if entry.kind == "short":
            for text in (entry.answer, *entry.aliases):
                right.setdefault(option_form(text), entry.id)
            continue
        for letter, option in zip(LETTERS, entry.options, strict=False):
            (right if letter in entry.answer else wrong).setdefault(option_form(option), entry.id)
    code = "contradiction-relative" if _RELATIVE.search(group[0].stem) else "contradiction"
    for form, number in right.items():
        if form and form in wrong and wrong[form] != number:
            report.add(code, number, wrong[form], detail=f"“{form[:20]}”一处对、一处错")

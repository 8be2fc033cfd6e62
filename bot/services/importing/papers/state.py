"""How far the reading of a paper has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bot.services.importing.papers import marks
from bot.services.importing.papers.draft import Draft, Outline, Passage, Region, Section
from bot.services.importing.papers.facts import Fact
from bot.services.importing.papers.lines import Line

Stage = Literal["", "stem", "options", "key", "explanation"]


class Reading:
    """What the lines so far have come to, and what the next one may go on with."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = facts
        self.section = Section()
        self.passage: Passage | None = None
        self.draft: Draft | None = None
        """The question being read."""
        self.stage: Stage = ""
        """Which of its parts was met last."""
        self.region: Region | None = None
        self.loose: list[Line] = []
        """Lines that may be the stem of a question without a number."""
        self.previous = 0
        """Number of the last numbered question."""
        self.fresh = True
        """No question was met since the last heading."""
        self.listed = 0
        """Last number of a list within the stem being read."""
        self.bracketed = _bracketed(facts)
        styles = [fact.number.style for fact in facts if fact.number is not None]
        self.out = Outline(numbers=len(styles) if self.bracketed else styles.count("plain"))

    def next_fact(self, at: int) -> Fact | None:
        """What the line below may be."""
        return self.facts[at + 1] if at + 1 < len(self.facts) else None

    def in_passage(self) -> Passage | None:
        """The passage whose text is being read, before its first question."""
        return self.passage if self.fresh and self.draft is None else None

    def begin(self, line: Line, number: int | None) -> Draft:
        """Opens a question."""
        if self.passage is not None and self.passage.last and number is not None and number > self.passage.last:
            self.passage = None
        draft = self.draft = Draft(line.number, number, self.section, self.passage)
        self.out.drafts.append(draft)
        self.stage, self.fresh, self.listed = "stem", False, 0
        if number is not None:
            self.previous = number
        return draft

    def leave(self) -> None:
        """Ends the question being read."""
        self.draft, self.stage = None, ""

    def open_region(self) -> None:
        """Begins a region of keys for the questions since the last one."""
        first = self.out.regions[-1].last if self.out.regions else 0
        self.region = Region(first=first, last=len(self.out.drafts))
        self.out.regions.append(self.region)
        self.leave()

    def settle_loose(self) -> None:
        """Lines that became no stem: remarks on the question above, or no part of any."""
        loose, self.loose = self.loose, []
        for line in loose:
            if self.draft is not None and (self.draft.keyed or marks.REMARK.match(line.text)):
                self.draft.explanation.append(line.text)
            elif line.text:
                self.out.asides.append(line)


def _bracketed(facts: Sequence[Fact]) -> bool:
    """Whether the questions are numbered （1） rather than 1."""
    bodies = {"plain": 0, "bracketed": 0}
    for fact in facts:
        if fact.number is not None and (fact.options_follow or fact.key_follows):
            bodies[fact.number.style] += 1
    return bodies["bracketed"] > 2 * bodies["plain"]

"""Which lines of a paper are one question, which are keys, and which are neither."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.importing.papers import marks
from bot.services.importing.papers.contents import content
from bot.services.importing.papers.draft import Outline
from bot.services.importing.papers.facts import Fact, facts_of
from bot.services.importing.papers.lines import Line
from bot.services.importing.papers.numbers import Numbered
from bot.services.importing.papers.sections import LONGEST_KEY_WORD, enter, is_heading, leaves_region
from bot.services.importing.papers.starts import begins_unnumbered, starts
from bot.services.importing.papers.state import Reading


def outline(lines: Sequence[Line]) -> Outline:
    """The paper on *lines* (see :func:`bot.services.importing.papers.lines.cleaned`)."""
    paper = Reading(facts_of(lines))
    for at, fact in enumerate(paper.facts):
        _take(paper, at, fact)
    paper.settle_loose()
    return paper.out


def _take(paper: Reading, at: int, fact: Fact) -> None:
    # A list within a stem belongs to it, but statements to judge end without options.
    marked = marks.at_key(fact.line.text)
    asked = paper.stage != "stem" or paper.section.kind == "judge" or (marked is not None and not marked.before)
    if paper.region is None and fact.lists_keys and paper.out.drafts and asked:
        paper.settle_loose()
        paper.open_region()
    if paper.region is not None:
        if not leaves_region(paper, at, fact):
            paper.region.lines.append(fact.line)
            return
        paper.region = None
    if fact.heading is not None and is_heading(paper, at, fact, fact.heading):
        enter(paper, fact.line, fact.heading)
    elif fact.heading is not None and fact.heading.keys and len(fact.line.text) > LONGEST_KEY_WORD:
        # The title of the paper, which may be the header of each of its pages.
        paper.out.asides.append(fact.line)
    elif fact.number is not None and starts(paper, at, fact, fact.number):
        _open(paper, fact, fact.number)
    elif begins_unnumbered(paper, at, fact):
        paper.settle_loose()
        paper.begin(fact.line, None)
        content(paper, fact, fact.line.text)
    else:
        content(paper, fact, fact.line.text)


def _open(paper: Reading, fact: Fact, number: Numbered) -> None:
    paper.settle_loose()
    draft = paper.begin(fact.line, number.number)
    if number.key:
        draft.key, draft.keyed = [number.key], True
    content(paper, fact, number.rest)
    if number.key and paper.stage == "key":
        paper.stage = "stem"

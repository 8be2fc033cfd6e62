"""Where the sections of a paper begin, and where its lists of keys begin and end."""

from __future__ import annotations

from bot.services.importing.papers import marks
from bot.services.importing.papers.draft import Passage, Section
from bot.services.importing.papers.facts import ASKS, Fact
from bot.services.importing.papers.headings import Heading, of_one_question
from bot.services.importing.papers.keylist import lists_keys
from bot.services.importing.papers.lines import Line
from bot.services.importing.papers.state import Reading

_ONE_KEY = 10
"""Characters that the key of one question takes at most."""
LONGEST_KEY_WORD = 12
"""Characters of the longest line that only says 答案; longer ones are titles."""
_SHORTEST_STATEMENT = 5
"""Characters of a statement to judge, at least; 正确 and 错误 are shorter."""


def is_heading(paper: Reading, at: int, fact: Fact, head: Heading) -> bool:
    """Whether a line that looks like a heading is one here, and not a sentence of what is being read."""
    if head.keys:
        if not paper.out.drafts or _keys_below(paper, at):
            return True
        waits = paper.draft is not None and not paper.draft.keyed
        below = paper.next_fact(at)
        alone = below is not None and len(below.line.text) <= _ONE_KEY and _is_key(below.line.text)
        inline = any(draft.keyed for draft in paper.out.drafts[-3:])
        short = len(fact.line.text) <= LONGEST_KEY_WORD
        return short and not (waits and (inline or alone or of_one_question(fact.line.text)))
    if paper.stage in {"", "options"} or head.part or head.kind or head.area or head.passage:
        return not (paper.stage == "stem" and head.passage and not _next_starts(paper, at))
    return _next_starts(paper, at)


def enter(paper: Reading, line: Line, head: Heading) -> None:
    """Goes on in the section, passage or list of keys that *head* opens."""
    paper.settle_loose()
    paper.out.asides.append(line)
    paper.fresh = True
    if head.keys:
        if paper.out.drafts:
            paper.open_region()
        return
    paper.leave()
    if head.passage:
        paper.passage = Passage(last=head.last)
        if head.area:
            paper.section = Section(head.title, paper.section.kind, head.area)
        return
    shared = head.area == "资料分析" or (paper.section.area == "资料分析" and not (head.part or head.area))
    paper.passage = Passage() if shared else None
    area = head.area or ("" if head.part else paper.section.area)
    kind = head.kind or ("" if head.part or head.area else paper.section.kind)
    paper.section = Section(head.title, kind, area)


def leaves_region(paper: Reading, at: int, fact: Fact) -> bool:
    """Whether a line below a list of keys belongs to questions again."""
    if fact.heading is not None and not fact.heading.keys:
        return _asked_below(paper, at) or (fact.heading.kind == "judge" and _stated_below(paper, at))
    return _is_question(fact)


def _next_starts(paper: Reading, at: int) -> bool:
    following = paper.next_fact(at)
    return following is not None and (following.number is not None or following.heading is not None)


def _keys_below(paper: Reading, at: int) -> bool:
    """Whether keys of several questions follow, rather than the key of the one above."""
    for fact in paper.facts[at + 1 : at + 4]:
        if lists_keys(fact.line.text, 2):
            return True
        if fact.heading is not None and fact.heading.kind:
            return True
        if fact.number is not None and fact.number.style == "plain" and not fact.options_follow:
            rest = fact.number.rest
            return _is_key(rest) or marks.at_key(rest) is not None
    return False


def _asked_below(paper: Reading, at: int) -> bool:
    """Whether questions, not keys, come next under the heading."""
    for fact in paper.facts[at + 1 : at + 40]:
        if fact.number is not None or fact.opens:
            return _is_question(fact)
        if fact.heading is not None:
            return False
    return False


def _stated_below(paper: Reading, at: int) -> bool:
    """Whether statements to judge come under the heading: they have no options to be known by."""
    if any(draft.section.kind == "judge" for draft in paper.out.drafts):
        return False
    for fact in paper.facts[at + 1 : at + 4]:
        if fact.number is not None:
            rest = fact.number.rest
            return len(rest) >= _SHORTEST_STATEMENT and not (_is_key(rest) or marks.at_key(rest) or fact.lists_keys)
    return False


def _is_question(fact: Fact) -> bool:
    if fact.number is None or not fact.options_follow or marks.at_key(fact.line.text):
        return False
    rest = fact.number.rest
    return bool(ASKS.search(rest)) and not _is_key(rest)


def _is_key(text: str) -> bool:
    return bool(marks.letters_of(text) or marks.truth_of(text))

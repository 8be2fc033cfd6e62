"""Where the questions of a paper begin."""

from __future__ import annotations

from bot.services.importing.papers import marks, options
from bot.services.importing.papers.facts import ASKS, JUDGED, Fact
from bot.services.importing.papers.numbers import Numbered
from bot.services.importing.papers.state import Reading


def starts(paper: Reading, at: int, fact: Fact, number: Numbered) -> bool:
    """Whether the number that the line begins with is a question's."""
    if number.style == "bracketed" and not paper.bracketed:
        return False
    if number.doubtful and not _is_next(paper, fact, number):
        return False
    value, following = number.number, number.number == paper.previous + 1
    asks = bool(ASKS.search(number.rest)) or paper.section.kind in {"judge", "fill", "essay"}
    below = paper.next_fact(at)
    figure = fact.line.has_picture or (below is not None and below.line.has_picture)
    body = fact.options_follow or fact.key_follows
    if paper.draft is None:
        if paper.in_passage() is not None:
            return body or (following and (asks or figure))
        return body or asks or following or value == 1 or bool(paper.section.kind)
    if paper.stage == "stem":
        return _ends_stem(paper, fact, number, following=following, asks=asks)
    if paper.stage == "explanation" or (paper.stage == "key" and paper.draft.key):
        if following:
            return (body or asks or figure) and (fact.options_follow or not _comes_again(paper, at, value))
        ahead = 0 < value - paper.previous <= 60 or (value == 1 and paper.previous > 2)
        return fact.options_follow and (ahead or paper.stage == "key" or bool(ASKS.search(number.rest)))
    return following or body or asks


def begins_unnumbered(paper: Reading, at: int, fact: Fact) -> bool:
    """Whether a line without a number is the whole stem of a question of its own."""
    if fact.heading is not None or (fact.opens and options.inside(fact.line.text) < 0):
        return False
    text = fact.line.text
    if paper.section.kind == "judge" and JUDGED.search(text) and paper.stage != "stem":
        return True
    if paper.stage not in {"key", "explanation"} or paper.draft is None or paper.draft.number is not None:
        return False
    following = paper.next_fact(at)
    return bool(ASKS.search(text)) and following is not None and following.opens and not marks.at_key(text)


def _is_next(paper: Reading, fact: Fact, number: Numbered) -> bool:
    """Whether a number that may belong to a sentence is the next question's all the same."""
    if number.number != (paper.previous + 1 if paper.previous else number.number):
        return False
    return paper.stage != "stem" or (fact.options_follow and bool(ASKS.search(number.rest)))


def _ends_stem(paper: Reading, fact: Fact, number: Numbered, *, following: bool, asks: bool) -> bool:
    """Whether a number in a stem opens the next question rather than a list within this one."""
    if paper.listed and number.number == paper.listed + 1 and not (following and fact.options_follow and asks):
        paper.listed = number.number
        return False
    if following:
        return True
    if number.number == 1 and not (fact.options_follow and asks):
        paper.listed = 1
        return False
    return number.number != paper.previous and (fact.options_follow or (asks and paper.section.kind == "judge"))


def _comes_again(paper: Reading, at: int, value: int) -> bool:
    """Whether the same number opens a question with options a little further down."""
    for fact in paper.facts[at + 1 : at + 80]:
        if fact.heading is not None and fact.heading.part:
            return False
        if fact.number is not None and fact.options_follow and fact.number.style == "plain":
            return fact.number.number == value
    return False

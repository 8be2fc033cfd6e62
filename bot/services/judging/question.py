"""What is asked, what was answered, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """A question, as the bank has it: see :class:`store.models.Question`."""

    kind: str
    """single, multiple, judge or short."""
    stem: str
    options: tuple[str, ...]
    """Without letters; empty for judge and short."""
    answer: str
    """Letters of the options, 正确 or 错误, or the text."""
    aliases: tuple[str, ...] = ()
    """Other wordings of a short answer that are accepted."""


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody answered."""

    value: str
    """Letters in order, 正确 or 错误, or the text."""
    certain: bool
    """It can be nothing but an answer. What is not certain may be talk: between members it should count
    only when it is right."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is right, and why."""

    right: bool
    reason: str = ""
    """A short Chinese sentence, for the record and for whoever doubts the verdict."""
    near: str = ""
    """How a wrong answer misses: 漏选, 错选, 多选, 不全; empty when it is plainly wrong. Says nothing of the key."""
    unsure: bool = False
    """No rule could tell: not right so far, and worth a second opinion."""

"""Letters, option texts, 对 and 错, and short answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.wording import normal_form

_LEAD = re.compile(r"^(?:我?[选猜投]|答案?[是为:：]?|应该[是选])\s*")
_TAIL = re.compile(r"[吧呢啊哦。.!！~～\s]+$")
_LETTERS = re.compile(r"^[A-Ha-h](?:[\s,，、;；和]*[A-Ha-h])*$")
_TRUE = {"对", "正确", "是", "对的", "√", "✓", "t", "true", "yes", "没错"}
_FALSE = {"错", "错误", "不对", "不正确", "错的", "×", "✗", "x", "f", "false", "no", "否"}
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Question:
    """A question, as the bank has it: see :class:`store.models.Question`."""

    kind: str
    stem: str
    options: tuple[str, ...]
    answer: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody answered."""

    value: str
    """Letters in order, 正确 or 错误, or the text."""
    certain: bool
    """It can be nothing but an answer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    right: bool
    reason: str = ""
    unsure: bool = False
    """No rule could tell."""


def read(question: Question, text: str) -> Given | None:
    """The answer in *text*; ``None`` for ordinary talk."""
    said = _TAIL.sub("", _LEAD.sub("", text.strip().translate(_HALF)))
    if not said or len(said) > _LONGEST:
        return None
    if question.options:
        if _LETTERS.match(said):
            letters = "".join(sorted(set(re.sub(r"[^A-H]", "", said.upper()))))
            if ord(letters[-1]) - ord("A") < len(question.options):
                return Given(letters, certain=True)
            return None
        for at, option in enumerate(question.options):
            if normal_form(said) and normal_form(said) == normal_form(option):
                return Given("ABCDEFGH"[at], certain=True)
        return None
    if question.kind == "judge":
        word = said.casefold()
        if word in _TRUE | _FALSE:
            return Given("正确" if word in _TRUE else "错误", certain=True)
        return None
    return Given(said, certain=normal_form(said) in _accepted(question))


def judge(question: Question, given: Given) -> Verdict:
    """Whether *given* is right."""
    if question.options or question.kind == "judge":
        return Verdict(given.value == question.answer)
    return Verdict(normal_form(given.value) in _accepted(question))


_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def _accepted(question: Question) -> set[str]:
    return {form for one in (question.answer, *question.aliases) if (form := normal_form(one))}

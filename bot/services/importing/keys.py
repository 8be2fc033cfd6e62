"""Keys of choice and judge questions, and when two answers claim the same thing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from store.wording import option_form

LETTERS = "ABCDEFGH"

_BETWEEN_LETTERS = re.compile(r"[\s,，、;；#|/]+")
_TRUE = {"正确", "对", "√", "✓", "✔", "是对的", "是正确的"}
_FALSE = {"错误", "错", "×", "✗", "✘", "不对", "不正确", "错的"}
_NUMBER = re.compile(r"([+-]?\d{1,15}(?:\.\d{1,15})?)(%?)")
_JOIN = "；"
RIGHT = "(正确答案)"
"""What survey sites write behind an option that is right."""
_MARKED_RIGHT = re.compile(r"\s{0,9}[（(【\[]\s{0,3}(?:正确答案|正确选项|标准答案|答案)\s{0,3}[)）】\]]\s{0,9}$")


class BadKey(Exception):
    """The answer is no key of its question; the message is Chinese and says why."""


def choice_key(kind: str, answer: str, options: Sequence[str]) -> str:
    """Letters of *answer*, upper case and sorted, checked against *options*.

    Raises:
        BadKey: no letters, a letter without an option, or too few or many of them for *kind*.
    """
    letters = sorted(set(_BETWEEN_LETTERS.sub("", unicodedata.normalize("NFKC", answer)).upper()))
    known = LETTERS[: len(options)]
    if not letters or not all("A" <= letter <= "Z" for letter in letters):
        raise BadKey("答案不是选项字母")
    if strange := [letter for letter in letters if letter not in known]:
        raise BadKey(f"答案里的 {'、'.join(strange)} 没有对应的选项")
    if kind == "single" and len(letters) != 1:
        raise BadKey("单选题的答案不止一个字母")
    if kind == "multiple" and len(letters) == 1:
        raise BadKey("多选题的答案只有一个字母")
    return "".join(letters)


def judge_key(answer: str) -> str:
    """``正确`` or ``错误``.

    Raises:
        BadKey: *answer* says neither.
    """
    truth = _truth(answer)
    if truth is None:
        raise BadKey("判断题的答案不是正确或错误")
    return truth


def answer_text(answer: str, options: Sequence[str]) -> str:
    """*answer* in words: the texts of its letters joined by ``；`` (in an order that options' order
    does not change), or itself where there are no options."""
    if not options:
        return answer
    return _JOIN.join(sorted((options[LETTERS.index(letter)] for letter in answer), key=option_form))


def claim(text: str, *, choice: bool) -> str:
    """What an answer in words (see :func:`answer_text`) claims: equal strings mean the same answer.

    Besides layout, this sees through 对/正确 and through how a number is written
    (``5%`` is ``0.05``, ``1.50`` is ``1.5``).
    """
    if choice:
        return _JOIN.join(sorted(option_form(part) for part in text.split(_JOIN)))
    return _truth(text) or _number(text) or option_form(text)


def _truth(text: str) -> str | None:
    bare = text.strip(" 。.!！")
    return "正确" if bare in _TRUE else "错误" if bare in _FALSE else None


def _number(text: str) -> str | None:
    match = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip().removesuffix("。"))
    if match is None:
        return None
    value = Decimal(match[1]) / (100 if match[2] else 1)
    return f"#{value.normalize():f}"


def marked_right(options: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """*options* without a ``(正确答案)`` behind the right ones, as survey sites export, and the letters of those."""
    bare = tuple(_MARKED_RIGHT.sub("", option) for option in options)
    letters = "".join(
        letter for letter, option, text in zip(LETTERS, options, bare, strict=False) if text and text != option
    )
    return (bare, letters) if letters else (tuple(options), "")

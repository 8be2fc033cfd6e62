"""What members read about a tempting option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from store.models import Temptation
from store.wording import option_form

_LETTERS = "ABCDEFGH"
_SHORT = 40
"""Characters that may be added where a whole group reads."""


def known(asked: Mapping[str, Any], accepted: Sequence[Temptation]) -> dict[str, str]:
    """By letter: what is said about the wrong options of *asked* (as a game keeps a question), ``绝对化：……``.

    An option that has changed since, or is right by now, is passed over.
    """
    said: dict[str, str] = {}
    for one in accepted:
        at = _LETTERS.find(one.letter)
        same = at < len(asked["options"]) and option_form(asked["options"][at]) == option_form(one.option)
        if same and one.letter not in asked["answer"]:
            said[one.letter] = f"{one.kind}：{one.text}"
    return said


def line(letter: str, said: str) -> str:
    """Why the option tempts, to whoever chose it."""
    kind, _, text = said.partition("：")
    return f"{letter} 的坑在「{kind}」：{text}"


def lines(said: Mapping[str, str], chosen: str) -> list[str]:
    """A line for each of the *chosen* letters that something is known of."""
    return [line(letter, said[letter]) for letter in dict.fromkeys(chosen) if letter in said]


def short_line(said: Mapping[str, str], letter: str) -> str:
    """As :func:`line`, for a group; empty when it is long or nothing is known."""
    text = line(letter, said[letter]) if letter in said else ""
    return text if len(text) <= _SHORT else ""

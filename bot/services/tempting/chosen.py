"""Which wrong options an answer in words chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.services.judging import Question, read


def wrong_letters(asked: Mapping[str, Any], text: str) -> str:
    """The letters that *text*, a wrong answer to *asked* (as a game keeps it), chose beside the key; often none."""
    if not asked["options"]:
        return ""
    question = Question(asked["kind"], asked["stem"], tuple(asked["options"]), asked["answer"])
    given = read(question, text, addressed=True)
    return "".join(letter for letter in (given.value if given else "") if letter not in question.answer)

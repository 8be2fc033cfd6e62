"""Telling whoever fell for an option why it tempts, once a question of a game is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.services.tempting import words
from bot.services.tempting.chosen import wrong_letters
from store import temptations
from store.db import Sessions
from store.models import QuizItem


async def to_one(sessions: Sessions, item: QuizItem, text: str) -> str:
    """A line for each option that *text*, a wrong answer, fell for; empty when reviewers have accepted nothing."""
    chosen = wrong_letters(item.asked, text)
    return "\n".join(words.lines(await _known(sessions, item), chosen)) if chosen else ""


async def to_all(sessions: Sessions, item: QuizItem, texts: Sequence[str]) -> str:
    """One short line about the option that most of *texts*, the wrong answers, fell for; often empty."""
    often = Counter(letter for text in texts for letter in wrong_letters(item.asked, text))
    if not often:
        return ""
    return words.short_line(await _known(sessions, item), min(often, key=lambda letter: (-often[letter], letter)))


async def _known(sessions: Sessions, item: QuizItem) -> dict[str, str]:
    if item.question_id is None:
        return {}
    async with sessions() as session:
        accepted = await temptations.accepted(session, [item.question_id])
    return words.known(item.asked, accepted.get(item.question_id, []))

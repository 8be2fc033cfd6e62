"""A question of a game as a poll."""

from __future__ import annotations

from collections.abc import Sequence

from bot.adapters.doors import Poll
from bot.services.judging import judge, read
from bot.services.quiz import words
from bot.services.quiz.asked import question_of
from store.models import Quiz, QuizItem, now

PRESS = "quiz"
"""What buttons and polls of a game are about, before the number of the question."""


def poll_of(quiz: Quiz, item: QuizItem, text: str) -> Poll | None:
    """The poll in place of *text*, which ends with *item* as it is asked; ``None`` where it cannot be one.

    In a relay only one member is asked; a poll asks everybody.
    """
    asked = item.asked
    if quiz.mode == "relay" or item.due_at is None:
        return None
    options, says = _options(item)
    before = text.removesuffix("".join(f"\n{line}" for line in words.lettered(asked)))
    if len(options) < 2 or not before.endswith(asked["stem"]):
        return None
    several = asked["kind"] == "multiple"
    key = None if several or not _key_shows(quiz) else _key(item, says)
    return Poll(
        lead=before.removesuffix(asked["stem"]).rstrip("\n"),
        question=asked["stem"],
        options=tuple(options),
        says=tuple(says),
        about=f"{PRESS}:{item.id}",
        open_s=(item.due_at - now()).total_seconds(),
        several=several,
        key=key,
        explanation=words.explanation(asked) if key is not None else "",
    )


def _key_shows(quiz: Quiz) -> bool:
    """Whether everybody may see the key as soon as he has chosen.

    In a race or alone whoever has chosen may not choose again. Where all answer before the key is told, the first
    could tell the others; where only two may answer, everybody else could.
    """
    return quiz.group_id is None or quiz.mode == "race"


def _options(item: QuizItem) -> tuple[Sequence[str], Sequence[str]]:
    """What stands to be chosen, and what choosing it says."""
    lettered = words.lettered(item.asked)
    if lettered:
        return lettered, words.LETTERS[: len(lettered)]
    return (("对", "错"), ("对", "错")) if item.asked["kind"] == "judge" else ((), ())


def _key(item: QuizItem, says: Sequence[str]) -> int | None:
    """The place of the right option, by the same judge as of every answer; ``None`` unless it is just one."""
    question = question_of(item)
    given = [read(question, one, addressed=True) for one in says]
    right = [place for place, one in enumerate(given) if one is not None and judge(question, one).right]
    return right[0] if len(right) == 1 else None

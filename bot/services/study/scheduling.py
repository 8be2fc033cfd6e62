"""When a question comes again, by FSRS (https://github.com/open-spaced-repetition/py-fsrs), aimed at the exam day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from fsrs import Card, Rating, Scheduler, State

from store.models import StudyCard

BOOK_UNTIL = 2
"""Right so often in a row, a question leaves the wrong-question book."""
_LAST_DAYS = 7
"""What would come only after the exam comes once more in the days before it."""


def grade_of(*, right: bool, hints: int) -> Rating:
    """How well it was remembered, never asked for.

    A wrong answer is forgotten, a right one with help was hard. Easy is never given: quick may be lucky.
    """
    if not right:
        return Rating.Again
    return Rating.Hard if hints else Rating.Good


def reviewed(
    card: StudyCard | None,
    grade: Rating,
    *,
    at: datetime,
    parameters: Sequence[float] | None = None,
    exam_on: date | None = None,
    spread: int = 0,
) -> dict[str, Any]:
    """The columns of :class:`StudyCard` after a review at *at*.

    *exam_on* brings what would be due after the exam into the days before it, *spread* (any number, such as
    the question's) says on which of them.
    """
    before = unseen() if card is None else card_of(card)
    after, _ = scheduler(parameters).review_card(before, grade, at)
    due = after.due
    if exam_on is not None and at.date() < exam_on <= due.date():
        due = before_exam(exam_on, at=at, spread=spread)
    right = grade is not Rating.Again
    streak = (card.streak if card else 0) + 1 if right else 0
    in_book = not right or (card is not None and card.in_book and streak < BOOK_UNTIL)
    return {
        "state": after.state.value,
        "step": after.step,
        "stability": after.stability,
        "difficulty": after.difficulty,
        "due": due,
        "last_review": at,
        "tries": (card.tries if card else 0) + 1,
        "wrong": (card.wrong if card else 0) + (not right),
        "streak": streak,
        "in_book": in_book,
        "wrong_at": at if not right else (card.wrong_at if card else None),
    }


def before_exam(exam_on: date, *, at: datetime, spread: int) -> datetime:
    """A morning in the last days before the exam, after *at*."""
    days = (exam_on - at.date()).days
    back = 1 + spread % max(1, min(_LAST_DAYS, days - 1))
    chosen = datetime.combine(exam_on - timedelta(days=back), time(0), UTC)
    return max(chosen, at + timedelta(hours=1))


def recall(card: StudyCard, at: datetime, parameters: Sequence[float] | None = None) -> float:
    """How likely the member knows it at *at*, 0 to 1."""
    return float(scheduler(parameters).get_card_retrievability(card_of(card), at))


def unseen() -> Card:
    """A card before its first review; with an id, for want of which the library sleeps to find one."""
    return Card(card_id=0)


def card_of(row: StudyCard) -> Card:
    """As the scheduler knows it."""
    return Card(
        card_id=row.question_id,
        state=State(row.state),
        step=row.step,
        stability=row.stability,
        difficulty=row.difficulty,
        due=row.due,
        last_review=row.last_review,
    )


def scheduler(parameters: Sequence[float] | None) -> Scheduler:
    """That of these parameters; ``None`` for the published ones."""
    return _scheduler(tuple(parameters) if parameters else None)


@lru_cache(maxsize=1024)
def _scheduler(parameters: tuple[float, ...] | None) -> Scheduler:
    # Without fuzz: two members who answered alike are asked alike, and a test can foresee it.
    return Scheduler(enable_fuzzing=False) if parameters is None else Scheduler(parameters, enable_fuzzing=False)

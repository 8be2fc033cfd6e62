"""When questions come again: as py-fsrs says, and before the exam."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given
from hypothesis import strategies as st

from bot.services.study.scheduling import before_exam, grade_of, recall, reviewed
from store.models import StudyCard

START = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)


def card(values: dict[str, object] | None) -> StudyCard | None:
    return None if values is None else StudyCard(member_id="qq:1", question_id=7, shelved=False, **values)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.integers(1, 60 * 24 * 90)), min_size=1, max_size=12))
def test_every_schedule_is_that_of_the_reference(answers: list[tuple[bool, int, int]]):
    reference, scheduler = Card(), Scheduler(enable_fuzzing=False)
    ours, at = None, START
    for right, hints, minutes in answers:
        at += timedelta(minutes=minutes)
        grade = grade_of(right=right, hints=hints)
        reference, _ = scheduler.review_card(reference, grade, at)
        ours = reviewed(card(ours), grade, at=at)
        assert (ours["state"], ours["step"], ours["due"]) == (reference.state.value, reference.step, reference.due)
        assert (ours["stability"], ours["difficulty"]) == (reference.stability, reference.difficulty)


def test_grades_are_never_asked_for():
    assert [grade_of(right=right, hints=hints) for right, hints in ((False, 0), (True, 1), (True, 0))] == [
        Rating.Again,
        Rating.Hard,
        Rating.Good,
    ]


def test_the_book_takes_a_mistake_and_lets_it_go_after_two_right_answers():
    values = reviewed(None, Rating.Good, at=START)
    assert not values["in_book"]
    for grade, in_book in ((Rating.Again, True), (Rating.Good, True), (Rating.Good, False), (Rating.Good, False)):
        values = reviewed(card(values), grade, at=START + timedelta(days=values["tries"]))
        assert values["in_book"] is in_book
    assert (values["tries"], values["wrong"], values["streak"]) == (5, 1, 3)


def test_what_would_come_after_the_exam_comes_in_the_days_before():
    exam, values, days = date(2027, 3, 1), None, set[int]()
    for spread in range(40):
        values = None
        at = START
        for _ in range(5):
            values = reviewed(card(values), Rating.Good, at=at, exam_on=exam, spread=spread)
            at = max(values["due"], at + timedelta(minutes=11))
            if at.date() >= exam:
                break
        assert values is not None
        assert values["due"].date() < exam
        days.add((exam - values["due"].date()).days)
    # Spread, so that they do not all come on one morning.
    assert len(days) >= 3


@pytest.mark.parametrize("days", [1, 2, 5, 200])
def test_before_the_exam_is_never_before_now(days: int):
    due = before_exam((START + timedelta(days=days)).date(), at=START, spread=3)
    assert due >= START
    assert due.date() <= (START + timedelta(days=days)).date()


def test_recall_falls():
    values = reviewed(None, Rating.Good, at=START)
    row = card(values)
    assert row is not None
    likely = [recall(row, START + timedelta(days=days)) for days in (0, 2, 30)]
    assert likely == sorted(likely, reverse=True)
    assert likely[0] > 0.95


def test_the_first_answer_does_not_make_anybody_wait(monkeypatch: pytest.MonkeyPatch):
    def sleep(seconds: float) -> None:
        raise AssertionError(seconds)

    monkeypatch.setattr("time.sleep", sleep)
    assert reviewed(None, Rating.Good, at=START)["tries"] == 1

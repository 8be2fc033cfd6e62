"""Fitting FSRS to a member's log: the optimiser and the scheduler mean the same, and only what helps is kept."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fsrs import Card, Scheduler
from fsrs.scheduler import DEFAULT_PARAMETERS
from fsrs_rs_python import DEFAULT_PARAMETERS as OPTIMISERS
from fsrs_rs_python import FSRS, FSRSItem, FSRSReview
from hypothesis import given
from hypothesis import strategies as st

from bot.services.study import fitting
from bot.services.study.fitting import LEAST, Fitter, fitted, surprises, within_bounds
from bot.services.study.scheduling import grade_of
from store import personal
from store.attempts import Review
from store.db import Sessions
from store.ids import new_id
from store.models import Attempt, Studying
from tests.bot.quiz.table import fill

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
FORGETFUL = (0.05, 0.2, 0.4, 0.8, *DEFAULT_PARAMETERS[4:20], 0.5)
"""Of somebody who forgets within a day or two."""


def log(parameters: tuple[float, ...], answers: int, *, seed: int = 1) -> list[list[Review]]:
    """So many answers a day or more after the one before, to cards that come as published, remembered as by
    *parameters*."""
    chance, published, real = random.Random(seed), Scheduler(enable_fuzzing=False), Scheduler(parameters)
    cards: list[tuple[Card, Card, list[Review]]] = []
    day = count = 0
    while count < answers:
        at = START + timedelta(days=day)
        cards += [(Card(), Card(), []) for _ in range(8)]
        for place, (known, true, history) in enumerate(cards):
            if history and (known.due > at or (at - history[-1].at).days < 1):
                continue
            right = chance.random() < (real.get_card_retrievability(true, at) if history else 0.6)
            grade = grade_of(right=right, hints=0)
            count += bool(history)
            history.append(Review(at, right, 0))
            cards[place] = (published.review_card(known, grade, at)[0], real.review_card(true, grade, at)[0], history)
        day += 1
    return [history for _, _, history in cards]


def test_both_libraries_have_the_same_published_parameters():
    assert pytest.approx(DEFAULT_PARAMETERS, abs=1e-6) == OPTIMISERS


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([0, 0, 1, 3, 10, 40])), min_size=1, max_size=10))
def test_both_libraries_remember_alike(reviews: list[tuple[int, int]]):
    scheduler, card, at = Scheduler(FORGETFUL, enable_fuzzing=False), Card(), START
    told: list[FSRSReview] = []
    for grade, days in reviews:
        days = days if told else 0
        at += timedelta(days=days, minutes=0 if days else 5)
        card, _ = scheduler.review_card(card, grade_of(right=True, hints=0).__class__(grade), at)
        told.append(FSRSReview(grade, days))
    state = FSRS(list(FORGETFUL)).memory_state(FSRSItem(told))
    assert (card.stability, card.difficulty) == pytest.approx((state.stability, state.difficulty), rel=1e-3)


def test_whoever_forgets_sooner_gets_parameters_that_say_so():
    histories = log(FORGETFUL, 900)
    found = fitted(histories)
    assert found is not None
    assert found[2] < DEFAULT_PARAMETERS[2]
    Scheduler(found)
    # On answers of the same member that nobody has seen, too.
    fresh = log(FORGETFUL, 900, seed=2)
    assert sum(surprises(fresh, found, after=START)) < sum(surprises(fresh, None, after=START))
    # What is as good as it gets is left alone.
    assert fitted(histories, FORGETFUL) is None


def test_a_short_log_says_nothing():
    assert fitted([]) is None
    assert fitted(log(FORGETFUL, LEAST // 2)) is None
    # However many: nobody forgets within minutes.
    quick = [Review(START + timedelta(minutes=at), at % 3 > 0, 0) for at in range(LEAST * 2)]
    assert fitted([quick]) is None


def test_single_precision_may_lie_outside():
    outside = [*DEFAULT_PARAMETERS[:20], 0.800000011920929]
    with pytest.raises(ValueError, match="bounds"):
        Scheduler(outside)
    Scheduler(within_bounds(outside))


async def test_at_most_once_a_week(sessions: Sessions):
    await fill(sessions, choices=120)
    histories = log(FORGETFUL, 700)
    rows = sorted((one.at, number, one) for number, history in enumerate(histories) for one in history)
    for member in ("qq:1", "qq:2"):
        async with sessions.begin() as session:
            session.add_all(
                Attempt(
                    id=new_id(), member_id=member, question_id=number % 120 + 1, source="review", right=one.right,
                    grade=3, took_ms=1, at=at,
                )
                for at, number, one in (rows if member == "qq:1" else rows[:50])
                if number < 120
            )  # fmt: skip
    moment = rows[-1][0] + timedelta(hours=1)
    fitter = Fitter(sessions, clock=lambda: moment)
    await fitter.look()
    async with sessions() as session:
        one, other = await session.get(Studying, "qq:1"), await session.get(Studying, "qq:2")
    assert other is None
    assert one is not None
    assert one.fitted_at == moment
    # Not again this week; and then only for new answers.
    moment += timedelta(days=6)
    assert await fitter.look() == 0
    moment += timedelta(days=2)
    assert await fitter.look() == 0
    async with sessions() as session:
        assert (await session.get_one(Studying, "qq:1")).fitted_at == one.fitted_at
    async with sessions.begin() as session:
        session.add(
            Attempt(
                id=new_id(), member_id="qq:1", question_id=1, source="review", right=True, grade=3, took_ms=1, at=moment
            )
        )  # fmt: skip
    await fitter.look()
    async with sessions() as session:
        assert (await session.get_one(Studying, "qq:1")).fitted_at == moment


async def test_whoever_is_forgotten_meanwhile_stays_so(sessions: Sessions, monkeypatch: pytest.MonkeyPatch):
    await fill(sessions)
    async with sessions.begin() as session:
        session.add_all(
            Attempt(
                id=new_id(), member_id="qq:1", question_id=1, source="review", right=True, grade=3, took_ms=1,
                at=START + timedelta(days=number),
            )
            for number in range(LEAST + 2)
        )  # fmt: skip
    loop = asyncio.get_running_loop()

    async def forget() -> None:
        async with sessions.begin() as session:
            await personal.forget(session, "qq:1")

    def slowly(*told: Any) -> list[float] | None:
        asyncio.run_coroutine_threadsafe(forget(), loop).result()
        return fitted(*told)

    monkeypatch.setattr(fitting, "fitted", slowly)
    await Fitter(sessions, clock=lambda: START + timedelta(days=999)).look()
    async with sessions() as session:
        assert await session.get(Studying, "qq:1") is None

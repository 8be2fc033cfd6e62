"""Fitting FSRS to what a member really remembered: only where that tells later answers better."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import mean, stdev
from typing import TYPE_CHECKING

from fsrs.scheduler import LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS
from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.services.study import scheduling
from store import attempts, study
from store.attempts import Review
from store.db import Sessions
from store.models import now

if TYPE_CHECKING:
    from fsrs_rs_python import FSRSItem

LEAST = 400
"""Answers given a day or more after the one before, which alone tell of forgetting. Of 40 simulated members each, who
differ from the published parameters by a third, what was kept after 200 such answers foretold 2,000 new ones no better
than before; after 400 by 0.008 of log loss on the mean, after 800 by 0.020."""
_MOST = 20_000
"""The newest answers of a member."""
_HELD_OUT = 0.2
_EVERY = timedelta(days=7)
_LOOK_S = 3600.0
_CERTAIN = 1e-6
"""Nothing is surer than that: one surprise must not outweigh everything."""

History = Sequence[Review]


class Fitter:
    """Looks now and then for members whose log has grown, and fits their schedule to it."""

    def __init__(self, sessions: Sessions, clock: Callable[[], datetime] = now) -> None:
        self._sessions = sessions
        self._clock = clock

    async def watch(self) -> None:
        """Fit until cancelled; a database that is away only delays it."""
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("schedules could not be fitted: {}", type(error).__name__)
            await asyncio.sleep(_LOOK_S)

    async def look(self) -> int:
        """Everybody whose turn it is, each at most once a week; how many got other parameters."""
        async with self._sessions() as session:
            members = await attempts.long_logs(session, LEAST, self._clock() - _EVERY)
        changed = 0
        for member in members:
            changed += await self._fit(member)
        return changed

    async def _fit(self, member: str) -> bool:
        async with self._sessions() as session:
            histories = await attempts.histories(session, member, _MOST)
            settings = await study.studying(session, member)
        # Milliseconds of Rust, which lets no other thread in, and longer of formulas, which do.
        better = await asyncio.to_thread(fitted, histories, settings.parameters if settings else None)
        values = {"parameters": better} if better else {}
        async with self._sessions.begin() as session:
            if not await attempts.held(session, member):
                return False
            await study.set_studying(session, member, fitted_at=self._clock(), **values)
        return better is not None


def fitted(histories: Sequence[History], known: Sequence[float] | None = None) -> list[float] | None:
    """Parameters that foretell the later fifth of a member's answers better than the *known* ones do.

    *histories* are the answers to each question, oldest first; *known* are the published parameters when ``None``.
    ``None`` when the log is too short, or they foretell no better.
    """
    tests = sorted(later.at for history in histories for before, later in _pairs(history) if _days(before, later))
    if len(tests) < LEAST:
        return None
    # Loaded for the first log that is long enough.
    from fsrs_rs_python import DEFAULT_PARAMETERS, FSRS

    until = tests[math.floor(len(tests) * (1 - _HELD_OUT)) - 1]
    items, numbers = _items(histories, until)
    found = within_bounds(FSRS(DEFAULT_PARAMETERS).compute_parameters(items, card_ids=numbers))
    was, would_be = (surprises(histories, parameters, after=until) for parameters in (known, found))
    gains = [one - other for one, other in zip(was, would_be, strict=True)]
    # By more than chance: a fifth of a log is few answers, and what was merely lucky did harm twice as large.
    clear = len(gains) > 1 and mean(gains) > stdev(gains) / math.sqrt(len(gains))
    return found if clear else None


def surprises(histories: Sequence[History], parameters: Sequence[float] | None, *, after: datetime) -> list[float]:
    """Log loss of each answer later than *after*: -ln of the likelihood that was given to how it came out.

    By the scheduler that will use them, not by the optimiser's own count.
    """
    scheduler = scheduling.scheduler(parameters)
    losses: list[float] = []
    for history in histories:
        card, before = scheduling.unseen(), None
        for review in history:
            if before is not None and review.at > after and _days(before, review):
                likely = float(scheduler.get_card_retrievability(card, review.at))
                losses.append(-math.log(max(likely if review.right else 1 - likely, _CERTAIN)))
            card, _ = scheduler.review_card(card, _grade(review), review.at)
            before = review
    return losses


def within_bounds(parameters: Sequence[float]) -> list[float]:
    """*parameters* as py-fsrs takes them: single precision may lie a hair outside."""
    bounds = zip(parameters, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS, strict=True)
    return [min(max(value, least), most) for value, least, most in bounds]


def _items(histories: Sequence[History], until: datetime) -> tuple[list[FSRSItem], list[int]]:
    """What the optimiser learns from: each answer up to *until* with all before it; and its card's number."""
    from fsrs_rs_python import FSRSItem, FSRSReview

    found: list[tuple[datetime, int, FSRSItem]] = []
    for number, history in enumerate(histories):
        told = [FSRSReview(_grade(one).value, 0) for one in history[:1]]
        for at, (before, later) in enumerate(_pairs(history), start=2):
            told.append(FSRSReview(_grade(later).value, _days(before, later)))
            if _days(before, later) and later.at <= until:
                found.append((later.at, number, FSRSItem(told[:at])))
    found.sort(key=lambda one: one[:2])
    return [item for _, _, item in found], [number for _, number, _ in found]


def _pairs(history: History) -> list[tuple[Review, Review]]:
    return list(pairwise(history))


def _days(before: Review, later: Review) -> int:
    """Whole days, as both libraries count."""
    return max(0, (later.at - before.at).days)


def _grade(review: Review) -> scheduling.Rating:
    return scheduling.grade_of(right=review.right, hints=review.hints)

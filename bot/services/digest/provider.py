"""What a push says: the questions of a day, and in the evening what came of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from bot.services.digest import words
from bot.services.digest.choosing import Choice, Taste
from bot.services.digest.morning import Morning, morning_of, reveals_at
from bot.services.digest.outcome import Outcome, outcome_of
from bot.services.drawing import drawn
from bot.services.push import timetable
from bot.services.push.content import Prepared
from store import digests
from store.db import Sessions, writers_turn
from store.digests import Kept
from store.models import Subscription, now

_LATE = timedelta(hours=2)
"""An answer still counts when the summary is so late, and where there is none."""
DrawMorning = Callable[[Morning, datetime], bytes]
DrawEvening = Callable[[Outcome, datetime], bytes]
"""Both are told the local time, for pictures are dark at night."""


class DigestContent:
    """As :class:`bot.services.push.content.Content` has it: what is prepared is in the database first."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        draw: DrawMorning | None = None,
        draw_evening: DrawEvening | None = None,
        writing: AbstractAsyncContextManager[Any] | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._sessions = sessions
        self._draw = draw
        self._draw_evening = draw_evening
        self._writing = writing or writers_turn(sessions)
        self._clock = clock
        self._choice = Choice()

    async def prepare(self, subscription: Subscription, local_date: date, delivery_id: int) -> Prepared | None:
        """The questions of *local_date*, the same ones whenever asked for a delivery again."""
        async with self._sessions() as session:
            kept = await digests.of_delivery(session, delivery_id)
        if kept is None:
            kept = await self._begin(subscription, local_date, delivery_id)
        if kept is None:
            return None
        at = self._clock()
        async with self._sessions() as session:
            morning = await morning_of(session, kept, reveals_at=reveals_at(subscription, kept, kept.digest.day), at=at)
        local = timetable.local(at, subscription.zone)
        picture = await drawn("a digest", self._draw, morning, local) if self._draw else b""
        return Prepared(
            words.digest(morning),
            picture,
            words.digest_caption(morning),
            digest_id=kept.quiz.id,
            asked_at=kept.quiz.started_at,
        )

    async def summary(self, subscription: Subscription, local_date: date, delivery_id: int) -> Prepared | None:
        """How the questions that the summary belongs to were answered; no answer counts from now on, so that it stays
        true.

        ``None`` when nobody answered.
        """
        async with self._writing, self._sessions.begin() as session:
            kept = await digests.of_summary(session, delivery_id)
            if kept is None:
                return None
            await digests.close(session, kept.quiz.id)
        async with self._sessions() as session:
            outcome = await outcome_of(session, kept)
        if not outcome.players:
            return None
        local = timetable.local(self._clock(), subscription.zone)
        picture = await drawn("a day's summary", self._draw_evening, outcome, local) if self._draw_evening else b""
        stop = words.stop(alone=outcome.alone)
        caption = f"{words.summary_caption(outcome)}\n{stop}"
        return Prepared(f"{words.summary(outcome)}\n{stop}", picture, caption, digest_id=kept.quiz.id)

    async def _begin(self, subscription: Subscription, local_date: date, delivery_id: int) -> Kept | None:
        at, group = self._clock(), subscription.group_id is not None
        taste = Taste(subscription.lane, group, subscription.count, subscription.category, seed=delivery_id)
        async with self._sessions() as session:
            chosen = await self._choice.choose(session, taste, at=at, today=local_date)
        if not chosen:
            return None
        midnight = timetable.instant(local_date + timedelta(days=1), 0, subscription.zone)
        summary = timetable.summary_at(subscription, local_date, at)
        closes_at = max(midnight, (summary or at) + _LATE)
        quiz = {
            "account": subscription.account,
            "lane": subscription.lane,
            "group_id": subscription.group_id,
            "category": subscription.category,
            "limit_s": round((closes_at - at).total_seconds()),
            "started_by": subscription.made_by,
            "started_at": at,
        }
        digest = {
            "delivery_id": delivery_id,
            "subscription_id": subscription.id,
            "day": local_date,
            "closes_at": closes_at,
        }
        try:
            async with self._writing, self._sessions.begin() as session:
                return await digests.begin(session, quiz, digest, chosen)
        except IntegrityError:
            # Another process was first.
            async with self._sessions() as session:
                return await digests.of_delivery(session, delivery_id)

"""What enters the queue by itself: conflicts of imports, unanswered and doubtful questions, facts that have expired."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services import review_gain as worth
from bot.services.corrections import subject as subjects
from bot.services.corrections.proposal import NotUnderstood, claim_of, understand
from bot.services.corrections.reporting import item_values, weigh
from bot.services.corrections.subject import Subject
from bot.services.matching.verifier import only_points_at_options
from bot.services.passport import Passport
from bot.services.privacy import cleaned
from local_time import local
from store import bank, corrections, reviews
from store import intake as queries
from store.db import Sessions
from store.ids import floor_id
from store.models import Ask, ReviewItem, now
from store.wording import fingerprint, normal_form

_STEP = 200
"""Rows a transaction: the queue grows while the bot answers."""
_SHORTEST = 6
"""Characters a question without options must have to be worth a reviewer's time."""
_LET_SETTLE_S = 90
"""Exchanges younger than this may still be under way."""
_REMEMBERED = timedelta(days=180)
"""How long a question that a reviewer turned down stays away."""
_UNANSWERED = {"not_in_bank", "no_confidence", "low_confidence", "unanswered"}


class ReviewIntake:
    """Reads what has happened since its last look and opens items for it; safe in several processes."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        low_confidence: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Answers that the model gave with less than *low_confidence* (0 to 1) are looked at by a person."""
        self._sessions = sessions
        self._low_confidence = low_confidence
        self._clock = clock

    async def watch(self, every_s: float) -> None:
        """Collect every *every_s* seconds until cancelled; a failing database is logged and retried."""
        while True:
            try:
                await self.collect()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("review queue could not be filled: {}", type(error).__name__)
            await asyncio.sleep(every_s)

    async def collect(self) -> int:
        """Bring the queue up to date; how many items were opened or grew."""
        grown = 0
        for collect in (self._migrated, self._asks, self._ratings, self._disputed, self._expired):
            while True:
                # The mark moves in the transaction that opens the items: a killed process repeats or lacks nothing.
                async with self._sessions.begin() as session:
                    taken, read = await collect(session)
                grown += taken
                if read < _STEP:
                    break
        return grown

    async def _asks(self, session: AsyncSession) -> tuple[int, int]:
        since = await reviews.mark(session, "asks")
        until = floor_id(self._clock() - timedelta(seconds=_LET_SETTLE_S))
        rows = await queries.asks_between(session, since, until, _STEP)
        taken = 0
        for ask in rows:
            if (found := self._cause(ask)) is not None:
                taken += await self._open_for_ask(session, ask, *found)
        if rows:
            await reviews.set_mark(session, "asks", rows[-1].id)
        return taken, len(rows)

    def _cause(self, ask: Ask) -> tuple[str, float] | None:
        if ask.state == "refused" and ask.reason in _UNANSWERED:
            return "unanswered", worth.UNANSWERED
        if ask.state != "answered" or not ask.passport:
            return None
        passport = Passport.model_validate(ask.passport)
        if passport.source != "model" or passport.confidence is None or passport.confidence >= self._low_confidence:
            return None
        return "low_confidence", worth.of_confidence(passport.confidence)

    async def _ratings(self, session: AsyncSession) -> tuple[int, int]:
        since = await reviews.mark(session, "ratings")
        rows = await queries.downs_since(session, _moment(since), _STEP)
        taken = 0
        for ask, _ in rows:
            taken += await self._open_for_ask(session, ask, "voted_down", worth.VOTED_DOWN, asked=0)
        if rows:
            await reviews.set_mark(session, "ratings", _microseconds(rows[-1][1]))
        return taken, len(rows)

    async def _open_for_ask(self, session: AsyncSession, ask: Ask, cause: str, doubt: float, *, asked: int = 1) -> int:
        subject = await subjects.of_ask(session, ask)
        if subject is None or not _worth_reviewing(subject):
            return 0
        if await reviews.settled_lately(session, subject.fingerprint, self._clock() - _REMEMBERED):
            return 0
        if subject.question_id is not None and subject.answered and cause != "voted_down":
            return 0  # the bank knows by now
        await grow(session, subject, cause, doubt, asked=asked)
        return 1

    async def _disputed(self, session: AsyncSession) -> tuple[int, int]:
        """Whenever the bank has changed: every disputed question waits for a reviewer.

        Ids of rival answers would not do as a mark: an import that is undone gives them back.
        """
        seen = await reviews.mark(session, "disputed")
        version = await bank.version(session)
        if seen > version:
            return 0, 0
        rows = await queries.disputed_unseen(session, _STEP)
        for question in rows:
            await grow(session, subjects.of_question(question), "conflict", worth.CONFLICT)
        if len(rows) < _STEP:
            await reviews.set_mark(session, "disputed", version + 1)
        return len(rows), len(rows)

    async def _migrated(self, session: AsyncSession) -> tuple[int, int]:
        """Corrections from before there was a queue, read as they would be today."""
        if await reviews.mark(session, "migrated"):
            return 0, 0
        rows = await queries.migrated(session, _STEP)
        for item, ask in rows:
            await _read_anew(session, item, ask)
        if len(rows) < _STEP:
            await reviews.set_mark(session, "migrated", 1)
        return len(rows), len(rows)

    async def _expired(self, session: AsyncSession) -> tuple[int, int]:
        """Once a day, and on until no question is left that nobody was asked about."""
        today = local(self._clock()).date()
        if await reviews.mark(session, "expired") >= today.toordinal():
            return 0, 0
        rows = await queries.expired_unseen(session, today, _STEP)
        for question in rows:
            await grow(session, subjects.of_question(question), "expired", worth.EXPIRED)
        if len(rows) < _STEP:
            await reviews.set_mark(session, "expired", today.toordinal())
        return len(rows), len(rows)


async def grow(session: AsyncSession, subject: Subject, cause: str, doubt: float, *, asked: int = 0) -> int:
    """Open an item for *subject*, or let the open one grow by this *cause*; its number.

    Others call this too: a 人机同答 whose members and model disagree gives ``disagreement``.
    """
    item, _ = await reviews.open_item(session, item_values(subject))
    item.causes = {**item.causes, cause: round(max(doubt, item.causes.get(cause, 0.0)), 4)}
    # Thumbs are no demand: somebody may tap one often.
    item.times_asked = max(item.times_asked + asked, 1 if subject.ask_id else 0)
    item.ask_id = item.ask_id or subject.ask_id
    item.question_id = item.question_id or subject.question_id
    item.gain = worth.gain(item.causes, item.times_asked)
    await session.flush()
    return item.id


async def _read_anew(session: AsyncSession, old: ReviewItem, ask: Ask) -> None:
    """Move the corrections of a migrated item to the item that a report of today would get."""
    subject = await subjects.of_ask(session, ask)
    if subject is None:
        subject = Subject(
            fingerprint(old.stem, ()), "short", old.stem, (), "", old.answered, (), old.question_id, ask.id
        )
    item, _ = await reviews.open_item(session, item_values(subject))
    item.times_asked = max(item.times_asked, old.times_asked)
    taken: set[tuple[str, str]] = {(one.member_id, one.claim) for one in await corrections.of_item(session, item.id)}
    for one in await corrections.of_item(session, old.id):
        answer, grounds = cleaned(one.proposed), cleaned(one.reason)
        try:
            understood = understand(answer.text, kind=subject.kind, options=subject.asked_options)
            one.proposed, one.claim = understood.words, claim_of(understood.words, choice=bool(subject.options))
        except NotUnderstood:
            one.proposed, one.claim = answer.text, claim_of(answer.text, choice=bool(subject.options))
        one.reason, one.flags = grounds.text, sorted({*answer.flags, *grounds.flags})
        if (one.member_id, one.claim) in taken:
            one.status, one.settled_at, one.outcome = "withdrawn", now(), "和你的另一条纠错相同"
        taken.add((one.member_id, one.claim))
        one.item_id = item.id
    await session.flush()
    await session.delete(old)
    await session.flush()
    await weigh(session, item)


def _worth_reviewing(subject: Subject) -> bool:
    if subject.options:
        return True
    return len(normal_form(subject.stem)) >= _SHORTEST and not only_points_at_options([subject.stem])


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)

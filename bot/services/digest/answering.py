"""Answers to digests, all day and in every form, each kept before it is acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.digest import words
from bot.services.digest.morning import reveals_at
from bot.services.digest.outcome import outcome_of
from bot.services.digest.reading import Sheet, is_sheet, may_answer, read
from bot.services.incoming import Incoming, Quoted
from bot.services.judging import Given, judge
from bot.services.push import timetable
from bot.services.quiz import scoring
from bot.services.quiz.asked import question_of
from store import digests, quiz_answers
from store.db import Sessions, writers_turn
from store.digests import Kept
from store.models import QuizItem, Subscription

_OF_THE_GROUP = timedelta(days=60)
"""Who has said nothing to us in a group for longer answers there, not in private."""
_REMARK = 20
"""Characters, at the most, of what is said about a digest and is no question of its own."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A message that answers a digest."""

    kept: Kept | None
    """``None`` where there is nothing to answer, and that is told."""
    sheet: Sheet
    quoted: bool = False
    """It quotes the digest."""
    said: str = ""
    """What is to be told instead of taking it."""


class DigestAnswers:
    def __init__(
        self,
        sessions: Sessions,
        *,
        answered: Callable[[], None] = lambda: None,
        writing: AbstractAsyncContextManager[Any] | None = None,
    ) -> None:
        """*answered* is told of new answers; *writing* is the turn of those who write often."""
        self._sessions = sessions
        self._answered = answered
        self._writing = writing or writers_turn(sessions)

    async def offered(self, incoming: Incoming, *, addressed: bool) -> Offer | None:
        """What *incoming* answers, as far as it answers a digest; ``None`` for talk. Changes nothing.

        *addressed*: it is said to the bot.
        """
        if not may_answer(incoming.text):
            return None
        quoted = incoming.quoted
        async with self._sessions() as session:
            shown = None if quoted is None else await _quoted(session, incoming, quoted)
            if shown is not None:
                sheet = _read(incoming.text, shown, quoting=True)
                closed = "" if shown.open_at(incoming.received_at) else words.CLOSED
                return None if sheet is None else Offer(shown, sheet, quoted=True, said=closed)
            if quoted is not None and not quoted.ours:
                return None
            meant = addressed or incoming.group_id is None or quoted is not None
            return await _meant(session, incoming, meant=meant)

    async def take(self, incoming: Incoming, offer: Offer) -> str:
        """Keep the answers that *offer* holds; what to tell whoever gave them.

        One answer a member and question is kept, whichever process hears it first.
        """
        kept = offer.kept
        if offer.said or kept is None:
            return offer.said
        fresh: dict[int, bool] = {}
        async with self._writing, self._sessions.begin() as session:
            if not await digests.held(session, kept.quiz.id):
                return words.CLOSED
            before = await digests.answered_by(session, kept.quiz.id, incoming.member_id)
            # In one order, whoever answers: two processes never wait for each other.
            for number, given in sorted(offer.sheet.given.items()):
                if number in before:
                    continue
                values = _values(kept.items[number - 1], incoming, given)
                if await quiz_answers.answer(session, values, again=False) is not None:
                    fresh[number] = values["right"]
            mine = await digests.answered_by(session, kept.quiz.id, incoming.member_id)
            reveal = await _reveal(session, kept, incoming.received_at)
        if fresh:
            self._answered()
        problems = list(offer.sheet.problems)
        if again := [number for number in offer.sheet.given if number not in fresh]:
            problems.insert(0, words.locked(again))
        known = {number: answer.right for number, answer in mine.items() if number not in fresh}
        return words.taken(kept, fresh, known, problems, private=incoming.group_id is None, reveal=reveal)

    async def key(self, incoming: Incoming, number: int | None = None) -> str:
        """The key of one digest, for who may see it: of the quoted one, else of the day's one of that *number*, else
        of the newest; in private those of the member's groups count too. Where the day had others, they are named."""
        async with self._sessions() as session:
            if quoted := incoming.quoted and await _quoted(session, incoming, incoming.quoted):
                return await _key(session, incoming, quoted)
            lanes = {incoming.lane}
            if incoming.group_id is None:
                lanes |= await _groups(session, incoming)
            of_day = await digests.newest_day(session, incoming.account, lanes)
            if not of_day:
                return words.NONE_HERE
            if number is None:
                own = [kept for kept in of_day if kept.quiz.lane == incoming.lane]
                number = of_day.index((own or of_day)[-1]) + 1
            if not 1 <= number <= len(of_day):
                return words.no_such(await _listed(session, of_day))
            told = await _key(session, incoming, of_day[number - 1])
            # While no key is shown here at all, it does not matter of which.
            hidden = incoming.group_id is not None and all(one.open_at(incoming.received_at) for one in of_day)
            if len(of_day) == 1 or hidden:
                return told
            return f"{told}\n{words.others(await _listed(session, of_day), number)}"

    async def asked_about(self, incoming: Incoming) -> str | None:
        """What to tell who quotes a digest and neither answers nor can be answered; ``None`` for any other message."""
        if incoming.quoted is None or not incoming.quoted.ours or len(incoming.text) > _REMARK:
            return None
        async with self._sessions() as session:
            kept = await _quoted(session, incoming, incoming.quoted)
        # Of an evening that is told anything may be asked.
        if kept is None or not kept.open_at(incoming.received_at):
            return None
        return words.how_to_answer(private=incoming.group_id is None)


async def _key(session: AsyncSession, incoming: Incoming, kept: Kept) -> str:
    if not kept.open_at(incoming.received_at):
        return words.summary(await outcome_of(session, kept))
    if incoming.group_id is not None:
        return words.not_here(await _reveal(session, kept, incoming.received_at))
    mine = await digests.answered_by(session, kept.quiz.id, incoming.member_id)
    if len(mine) < len(kept.items):
        return words.missing(kept, mine)
    return words.own_key(kept, {number: (answer.text, answer.right) for number, answer in mine.items()})


async def _listed(session: AsyncSession, of_day: Sequence[Kept]) -> list[str]:
    """How each of a day's digests is called."""
    names: list[str] = []
    several = len({kept.quiz.lane for kept in of_day}) > 1
    for kept in of_day:
        subscription = await session.get(Subscription, kept.digest.subscription_id)
        there = timetable.local(kept.quiz.started_at, subscription.zone) if subscription else kept.quiz.started_at
        names.append(words.called(kept, there, with_chat=several))
    return names


async def _quoted(session: AsyncSession, incoming: Incoming, quoted: Quoted) -> Kept | None:
    """The digest that the quoted message showed, in this chat or another one."""
    if (found := await digests.of_message(session, incoming.account, quoted.message_id)) is not None:
        return found
    if quoted.ours and quoted.text.startswith(words.HEAD):
        # Its receipt was lost, or has not been written yet.
        return await digests.newest(session, incoming.account, {incoming.lane})
    return None


async def _meant(session: AsyncSession, incoming: Incoming, *, meant: bool) -> Offer | None:
    """The running digest that is answered where none is quoted."""
    at = incoming.received_at
    offers = _offers(incoming, await digests.running(session, incoming.account, {incoming.lane}, at), meant=meant)
    if offers:
        # With numbers the newest is meant; letters alone might answer any of several.
        return offers[0] if len(offers) == 1 or meant or offers[0].sheet.numbered else None
    if incoming.group_id is not None:
        return None
    elsewhere = await digests.running(session, incoming.account, await _groups(session, incoming), at)
    offers = _offers(incoming, elsewhere, meant=True)
    if not offers:
        return Offer(None, Sheet(), said=words.NOT_KNOWN_HERE) if is_sheet(incoming.text) else None
    if len({one.kept.quiz.lane for one in offers if one.kept}) > 1:
        return Offer(None, offers[0].sheet, said=words.WHICH)
    return offers[0]


async def _reveal(session: AsyncSession, kept: Kept, at: datetime) -> str:
    """When the key comes, as it is said at that moment; empty when it does not by itself."""
    subscription = await session.get(Subscription, kept.digest.subscription_id)
    if subscription is None:
        return ""
    return reveals_at(subscription, kept, timetable.local(at, subscription.zone).date())


async def _groups(session: AsyncSession, incoming: Incoming) -> set[str]:
    return await digests.groups_of(session, incoming.member_id, incoming.received_at - _OF_THE_GROUP)


def _offers(incoming: Incoming, running: Sequence[Kept], *, meant: bool) -> list[Offer]:
    sheets = [(kept, _read(incoming.text, kept, meant=meant)) for kept in running]
    return [Offer(kept, sheet) for kept, sheet in sheets if sheet is not None]


def _read(text: str, kept: Kept, *, quoting: bool = False, meant: bool = False) -> Sheet | None:
    return read(text, [question_of(item) for item in kept.items], quoting=quoting, meant=meant)


def _values(item: QuizItem, incoming: Incoming, given: Given) -> dict[str, Any]:
    """What is kept of an answer; a day gives no points for being quick."""
    verdict = judge(question_of(item), given)
    opened = item.opened_at or incoming.received_at
    return {
        "item_id": item.id,
        "member_id": incoming.member_id,
        "member_name": incoming.member_name[:64],
        "message_id": incoming.message_id[:128],
        "text": given.value[:512],
        "right": verdict.right,
        "points": scoring.worth(item.asked) if verdict.right else 0,
        "took_ms": max(0, round((incoming.received_at - opened).total_seconds() * 1000)),
        "reason": verdict.reason[:500],
        "answered_at": incoming.received_at,
    }

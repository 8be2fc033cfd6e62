"""Taking a correction: who, about which answer, what it claims; kept once, with a number for the member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections import subject as subjects
from bot.services.corrections.proposal import (
    MAX_ANSWER_CHARS,
    MAX_REASON_CHARS,
    NotUnderstood,
    Understood,
    claim_of,
    split,
    understand,
)
from bot.services.corrections.subject import Subject
from bot.services.corrections.trust import shadowed, support
from bot.services.privacy import Cleaned, cleaned
from bot.services.review_gain import gain, of_support
from store import corrections as queries
from store import people, reviews
from store.db import Sessions
from store.models import Ask, Correction, Question, ReviewItem, now

PER_HOUR, PER_DAY = 10, 40
"""Corrections a member may make."""
_LARGEST_ID = 2**63 - 1
_LONGEST = 2000
"""Characters that are looked at all."""


class Refused(Exception):
    """The correction is not taken; the message is Chinese, for the member."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports, and where the outcome is told."""

    member_id: str
    name: str
    account: str
    group_id: str | None
    speaker_id: str = ""
    """The account that reports, where it is bound to another one."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A correction as it was understood."""

    correction_id: int
    fresh: bool
    """Said for the first time; otherwise the number is the old one."""
    subject: Subject
    understood: Understood
    reason: str
    masked: bool
    """Private data was made unreadable."""
    replaced: int | None
    """The member's earlier correction of the same question, which this one takes the place of."""


class CorrectionService:
    """Keeps corrections of answers and of questions of the bank."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def report(self, ask_id: int, reporter: Reporter, text: str, reason: str = "") -> Reported:
        """Keep what *text* says is the right answer of the exchange; *reason* may stand in *text* too.

        The same answer again, also at the same instant, gives the same number;
        another one takes the place of the first.

        Raises:
            Refused: no such exchange, nothing to correct in it, not understood, the answer that
                stands already, or too many.
        """
        _refuse_length(text, reason)
        if not 0 < ask_id <= _LARGEST_ID:
            raise Refused("没找到这条回答。")
        async with self._sessions.begin() as session:
            await people.meet(session, reporter.member_id, reporter.name)
            ask = await session.get(Ask, ask_id)
            subject = await subjects.of_ask(session, ask) if ask is not None else None
            if subject is None:
                raise Refused("没找到这条回答，或者它不是在答题。" if ask is None else "这条回答里没有题目，没法纠正。")
            return await self._report(session, subject, reporter, text, reason)

    async def report_question(self, question_id: int, reporter: Reporter, text: str, reason: str = "") -> Reported:
        """As :meth:`report`, about a question of the bank that was posed in a quiz.

        Raises:
            Refused: as :meth:`report`.
        """
        _refuse_length(text, reason)
        async with self._sessions.begin() as session:
            await people.meet(session, reporter.member_id, reporter.name)
            question = await session.get(Question, question_id) if 0 < question_id <= _LARGEST_ID else None
            if question is None:
                raise Refused("没找到这道题。")
            return await self._report(session, subjects.of_question(question), reporter, text, reason)

    async def _report(
        self, session: AsyncSession, subject: Subject, reporter: Reporter, text: str, reason: str
    ) -> Reported:
        said, why = split(text) if not reason else (text, reason)
        answer, grounds = cleaned(said), cleaned(why)
        if len(grounds.text) > MAX_REASON_CHARS:
            raise Refused(f"理由有 {len(grounds.text)} 字，太长了，{MAX_REASON_CHARS} 字以内就够。")
        understood = _understood(answer, subject)
        _refuse_standing(understood, subject)
        item, is_new = await reviews.open_item(session, item_values(subject))
        if is_new:
            # Whoever waited for the item waited for a decision about it.
            _refuse_standing(understood, await subjects.as_it_stands(session, subject))
        mine = await queries.same_open(session, item_id=item.id, member_id=reporter.member_id)
        if same := next((one for one in mine if one.claim == understood.claim), None):
            if not same.reason:
                same.reason, same.flags = grounds.text, sorted({*same.flags, *grounds.flags})
            return _reported(same, subject, understood, grounds.text, answer, grounds, fresh=False, replaced=None)
        await self._refuse_flood(session, reporter.member_id)
        outcomes = await queries.outcomes(session, [reporter.member_id])
        record = outcomes.get(reporter.member_id, (0, 0))
        flags = sorted({*answer.flags, *grounds.flags, *(("shadowed",) if shadowed(record) else ())})
        for earlier in mine:
            earlier.status, earlier.settled_at, earlier.outcome = "withdrawn", now(), "你后来改报了别的答案"
        await session.flush()
        row = Correction(
            item_id=item.id,
            ask_id=subject.ask_id,
            member_id=reporter.member_id,
            reported_by=reporter.speaker_id or reporter.member_id,
            account=reporter.account,
            group_id=reporter.group_id,
            proposed=understood.words,
            claim=understood.claim,
            reason=grounds.text,
            flags=flags,
        )
        session.add(row)
        await session.flush()
        await weigh(session, item)
        replaced = mine[-1].id if mine else None
        return _reported(row, subject, understood, grounds.text, answer, grounds, fresh=True, replaced=replaced)

    async def _refuse_flood(self, session: AsyncSession, member_id: str) -> None:
        """Raise :class:`Refused` for whoever reports faster than anybody reads."""
        moment = now()
        if await queries.made_since(session, member_id, moment - timedelta(hours=1)) >= PER_HOUR:
            raise Refused(f"一小时最多报 {PER_HOUR} 条纠错，等一会儿再来。")
        if await queries.made_since(session, member_id, moment - timedelta(days=1)) >= PER_DAY:
            raise Refused(f"一天最多报 {PER_DAY} 条纠错，明天再来。")


async def weigh(session: AsyncSession, item: ReviewItem) -> None:
    """Work out anew what the item's open corrections make it worth."""
    made = [one for one in await queries.of_item(session, item.id) if one.status == "open"]
    outcomes = await queries.outcomes(session, {one.member_id for one in made})
    by_claim: dict[str, set[str]] = {}
    for one in made:
        by_claim.setdefault(one.claim, set()).add(one.member_id)
    best = max((support(members, outcomes) for members in by_claim.values()), default=0.0)
    causes = {cause: p for cause, p in item.causes.items() if cause != "correction"}
    if made:
        causes["correction"] = round(of_support(best), 4)
    item.causes = causes
    item.gain = gain(causes, item.times_asked)
    await session.flush()


def item_values(subject: Subject) -> dict[str, object]:
    """Columns of a new review item about *subject*."""
    return {
        "subject": subject.fingerprint,
        "question_id": subject.question_id,
        "ask_id": subject.ask_id,
        "kind": subject.kind,
        "stem": subject.stem,
        "options": list(subject.options),
        "material": subject.material,
        "answered": subject.answered,
    }


def _refuse_length(text: str, reason: str) -> None:
    """Raise :class:`Refused` before anything else looks at a text without end."""
    if (length := len(text) + len(reason)) > _LONGEST:
        raise Refused(f"这条有 {length} 字，太长了。答案 {MAX_ANSWER_CHARS} 字、理由 {MAX_REASON_CHARS} 字以内。")


def _refuse_standing(understood: Understood, subject: Subject) -> None:
    if understood.claim == subject.standing_claim:
        raise Refused(f"现在的答案就是「{understood.words}」，和你说的一样，没有记。")


def _understood(answer: Cleaned, subject: Subject) -> Understood:
    try:
        if subject.kind == "judge":
            return _judged(answer.text, subject.asked_options)
        understood = understand(answer.text, kind=subject.kind, options=subject.asked_options)
    except NotUnderstood as error:
        raise Refused(str(error)) from error
    if subject.options:
        return understood
    # The bank's question has no options: only the member saw some.
    return replace(understood, claim=claim_of(understood.words, choice=False))


def _judged(text: str, options: Sequence[str]) -> Understood:
    """Right or wrong, in words or as the letter of an option that says so."""
    try:
        return understand(text, kind="judge", options=())
    except NotUnderstood:
        if not options:
            raise
        lettered = understand(text, kind="judge", options=options)
        return replace(understand(lettered.words, kind="judge", options=()), letters=lettered.letters)


def _reported(
    row: Correction,
    subject: Subject,
    understood: Understood,
    reason: str,
    answer: Cleaned,
    grounds: Cleaned,
    *,
    fresh: bool,
    replaced: int | None,
) -> Reported:
    masked = "private_data" in (*answer.flags, *grounds.flags)
    return Reported(row.id, fresh, subject, understood, reason, masked, replaced)

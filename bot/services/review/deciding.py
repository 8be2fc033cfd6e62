"""Settling an item: votes are counted, the bank is changed, every correction gets its one fate, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections.privacy import cleaned
from bot.services.corrections.proposal import NotUnderstood, Understood, claim_of, understand
from bot.services.importing.keys import answer_text
from bot.services.review import applying, fates
from bot.services.review.reviewers import Reviewers
from bot.services.review.verdict import Verdict
from store import bank, corrections, questions, reviews
from store.db import Sessions
from store.models import Correction, Question, ReviewItem, ReviewVote, now

_OVER = {
    "approved": "已经处理过了：{verdict}「{answer}」",
    "rejected": "已经处理过了：没有采纳",
    "withdrawn": "提交人已经撤回了",
    "moot": "已经不用处理了",
    "undone": "之前的决定已撤销",
}


class NotDecidable(Exception):
    """The decision cannot be taken; the message is Chinese and says why."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a vote brought about."""

    item_id: int
    settled: bool
    verdict: str
    """As ``ReviewItem.verdict``; of a vote that does not settle the matter yet, the action."""
    answer: str
    """In words."""
    votes: int
    """Reviewers who agree."""
    needed: int
    bank_changed: bool = False


class DecisionService:
    """Takes reviewers' verdicts."""

    def __init__(self, sessions: Sessions, reviewers: Reviewers, *, overturn_votes: int) -> None:
        """*overturn_votes* reviewers must agree where the answer of a bank question would change."""
        self._sessions = sessions
        self._reviewers = reviewers
        self._overturn_votes = overturn_votes

    async def decide(self, item_id: int, reviewer: str, verdict: Verdict) -> Decision:
        """Count the verdict of the person *reviewer*, and settle the item when enough agree.

        Raises:
            NotDecidable: unknown or settled meanwhile, an answer that does not fit the question,
                or nothing to approve.
        """
        async with self._sessions.begin() as session:
            item = await reviews.lock_item(session, item_id)
            if item is None:
                raise NotDecidable(f"没有编号为 {item_id} 的待审。")
            if item.status != "open":
                raise NotDecidable(f"这件{over(item)}。")
            if verdict.action == "skip":
                await self._keep(session, item, reviewer, verdict, "")
                return Decision(item.id, False, "skip", "", 0, 0)
            made = [one for one in await corrections.of_item(session, item.id) if one.status == "open"]
            question = await applying.question_of(session, item)
            chosen = _chosen(item, question, made, verdict)
            await self._keep(session, item, reviewer, verdict, chosen.words if chosen else "")
            votes, needed = await self._count(session, item, question, made, verdict, chosen, reviewer)
            if votes < needed:
                return Decision(item.id, False, verdict.action, chosen.words if chosen else "", votes, needed)
            return await self._settle(session, item, question, made, verdict, chosen, reviewer, votes, needed)

    async def _keep(
        self, session: AsyncSession, item: ReviewItem, reviewer: str, verdict: Verdict, answer: str
    ) -> None:
        await reviews.vote(
            session,
            {
                "item_id": item.id,
                "reviewer": reviewer,
                "verdict": verdict.action,
                "answer": answer,
                "explanation": cleaned(verdict.explanation).text,
                "reason": cleaned(verdict.reason).text,
                "valid_until": verdict.valid_until,
            },
        )
        item.held_by = item.held_until = None
        await session.flush()

    async def _count(
        self,
        session: AsyncSession,
        item: ReviewItem,
        question: Question | None,
        made: Sequence[Correction],
        verdict: Verdict,
        chosen: Understood | None,
        reviewer: str,
    ) -> tuple[int, int]:
        """How many persons agree with the verdict, and how many must."""
        if not applying.overturns(question, verdict, chosen):
            return 1, 1
        reporters = self._reviewers.among(one.member_id for one in made)
        independent = max(1, self._reviewers.count - len(reporters))
        needed = min(self._overturn_votes, independent)
        agreeing = {
            vote.reviewer
            for vote in await reviews.votes(session, item.id)
            if vote.verdict == verdict.action and _same(vote, chosen, item)
        }
        # Who reported it has had a voice already, unless nobody else is there to judge.
        if len(agreeing - reporters) < needed and self._reviewers.count > len(reporters):
            agreeing -= reporters
        return len(agreeing), needed

    async def _settle(
        self,
        session: AsyncSession,
        item: ReviewItem,
        question: Question | None,
        made: Sequence[Correction],
        verdict: Verdict,
        chosen: Understood | None,
        reviewer: str,
        votes: int,
        needed: int,
    ) -> Decision:
        await questions.lock_bank(session)
        version = await bank.bump_version(session)
        outcome = await applying.apply(session, item, question, verdict, chosen, version=version, today=_today())
        item.status = "rejected" if outcome == "rejected" else "approved"
        item.verdict, item.answer = outcome, chosen.words if chosen else item.answered
        item.reason = cleaned(verdict.reason).text
        item.decided_by, item.decided_at = reviewer, now()
        await fates.settle(session, item, made, chosen)
        await session.flush()
        return Decision(item.id, True, outcome, item.answer, votes, needed, bank_changed=outcome != "rejected")


def over(item: ReviewItem) -> str:
    """How an item that is not open any more ended, for whoever comes too late."""
    from bot.services.review.words import VERDICT_WORDS

    return _OVER[item.status].format(verdict=VERDICT_WORDS.get(item.verdict, item.verdict), answer=item.answer)


def leading(made: Sequence[Correction]) -> Correction | None:
    """The first correction with the answer that most members propose; shadowed ones only when there is no other."""
    clean = [one for one in made if "shadowed" not in one.flags] or list(made)
    by_claim: dict[str, list[Correction]] = {}
    for one in clean:
        by_claim.setdefault(one.claim, []).append(one)
    if not by_claim:
        return None
    return max(by_claim.values(), key=lambda ones: (len(ones), -ones[0].id))[0]


def _chosen(
    item: ReviewItem, question: Question | None, made: Sequence[Correction], verdict: Verdict
) -> Understood | None:
    """The answer that the verdict stands for; ``None`` for verdicts without one."""
    if verdict.action in ("reject", "retire", "unanswerable"):
        return None
    options = list(question.options) if question else item.options
    kind = question.kind if question else item.kind
    if verdict.action == "alias" and options:
        raise NotDecidable("选择题没有「也算对」，要么改答案，要么驳回。")
    said = verdict.answer
    if not said:
        if (best := leading(made)) is not None:
            said = best.proposed
        elif question is not None and question.answer:
            said = answer_text(question.answer, options)
        else:
            said = item.answered
    if not said:
        raise NotDecidable("还没有人给出答案。这样写：2 正确答案")
    return _fitting(said, kind, options)


def _fitting(said: str, kind: str, options: Sequence[str]) -> Understood:
    checked = cleaned(said)
    if "instructions" in checked.flags:
        raise NotDecidable("答案里有像指令的内容，不能进题库。改后通过：2 正确答案")
    try:
        if options and (letters := applying.letters_of(checked.text, options)):
            words = answer_text(letters, options)
            return Understood(words, claim_of(words, choice=True), letters)
        return understand(checked.text, kind=kind, options=options)
    except NotUnderstood as error:
        raise NotDecidable(str(error)) from error


def _same(vote: ReviewVote, chosen: Understood | None, item: ReviewItem) -> bool:
    if chosen is None:
        return True
    return bool(vote.answer) and claim_of(vote.answer, choice=bool(item.options)) == chosen.claim


def _today() -> date:
    return datetime.now(UTC).astimezone().date()

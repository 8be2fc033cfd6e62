"""Settling an item: votes are counted, the bank is changed, every correction gets its one fate, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections.proposal import NotUnderstood, Understood, claim_of, understand
from bot.services.importing.keys import answer_text
from bot.services.privacy import cleaned
from bot.services.review import applying, fates, temptation
from bot.services.review.reviewers import Reviewers
from bot.services.review.verdict import Verdict
from bot.services.review.words import VERDICT_WORDS
from local_time import today
from store import bank, corrections, questions, reviews
from store.db import Sessions
from store.models import Correction, Question, ReviewItem, ReviewVote, now

_OVER = {
    "approved": "已经处理过了：{verdict}{answer}",
    "rejected": "已经处理过了：没有采纳",
    "withdrawn": "提交人已经撤回了",
    "moot": "已经不用处理了",
    "undone": "之前的决定已撤销",
}
_LIKE_INSTRUCTIONS = "答案里有像指令的内容，不能进题库。改后通过：2 正确答案"


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
            Unclear: a verdict that does not fit what the item is about.
        """
        async with self._sessions.begin() as session:
            if verdict.action != "skip":
                # Before the item, as an import that is undone takes the two: nobody waits in a circle.
                await questions.lock_bank(session)
            item = await reviews.lock_item(session, item_id)
            if item is None:
                raise NotDecidable(f"没有编号为 {item_id} 的待审。")
            if item.status != "open":
                raise NotDecidable(f"这件{over(item)}。")
            if verdict.action == "skip":
                await self._keep(session, item, reviewer, verdict, "")
                return Decision(item.id, False, "skip", "", 0, 0)
            if temptation.is_about(item):
                await temptation.settle(session, item, reviewer, verdict)
                await self._keep(session, item, reviewer, verdict, item.answer)
                return Decision(item.id, True, item.verdict, item.answer, 1, 1)
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
        if item.held_by == reviewer:
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
        agreeing = {
            reviewer if vote.reviewer == reviewer else self._reviewers.still(vote.reviewer)
            for vote in await reviews.votes(session, item.id)
            if vote.verdict == verdict.action and _same(vote, chosen)
        } - {None}
        # Who reported it has had a voice already, unless nobody else is there to judge.
        if self._reviewers.others(reporters):
            agreeing -= reporters
        return len(agreeing), self._reviewers.needed(self._overturn_votes, reporters)

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
        changes = applying.changes_bank(question, verdict)
        version = await bank.bump_version(session) if changes else 0
        outcome = await applying.apply(session, item, question, verdict, chosen, version=version, today=today())
        item.status = "rejected" if outcome == "rejected" else "approved"
        item.verdict, item.answer = outcome, chosen.words if chosen else item.answered if outcome == "rejected" else ""
        item.reason = cleaned(verdict.reason).text
        item.decided_by, item.decided_at = reviewer, now()
        item.held_by = item.held_until = None
        await fates.settle(session, item, made, chosen)
        await session.flush()
        return Decision(item.id, True, outcome, item.answer, votes, needed, bank_changed=changes)


def over(item: ReviewItem) -> str:
    """How an item that is not open any more ended, for whoever comes too late."""
    words = VERDICT_WORDS.get(item.verdict, item.verdict)
    shown = f"「{item.answer}」" if item.answer and item.status == "approved" else ""
    return _OVER[item.status].format(verdict=words, answer=shown)


def leading(made: Sequence[Correction]) -> Correction | None:
    """The first correction with the answer that most members propose; shadowed ones only when there is no other."""
    clean = [one for one in made if "shadowed" not in one.flags] or list(made)
    by_claim: dict[str, list[Correction]] = {}
    for one in clean:
        by_claim.setdefault(one.claim, []).append(one)
    if not by_claim:
        return None
    return max(by_claim.values(), key=lambda ones: (len(ones), -ones[0].id))[0]


def offered(item: ReviewItem, question: Question | None, made: Sequence[Correction]) -> str:
    """The answer in words that a bare 通过 stands for: what members propose, else what stands; empty without any."""
    if (best := leading(made)) is not None:
        return best.proposed
    if question is not None and question.answer:
        return answer_text(question.answer, question.options)
    return item.answered


def _chosen(
    item: ReviewItem, question: Question | None, made: Sequence[Correction], verdict: Verdict
) -> Understood | None:
    """The answer that the verdict stands for; ``None`` for verdicts without one."""
    if verdict.action in ("reject", "retire", "unanswerable"):
        return None
    kind = question.kind if question else item.kind
    shown = applying.shown_options(item, question)
    if verdict.action == "alias" and (shown or kind == "judge"):
        raise NotDecidable("只有简答题有「也算对」，这道要么改答案，要么驳回。")
    if verdict.answer:
        chosen = _typed(verdict.answer, kind, shown)
    elif said := verdict.offered or offered(item, question, made):
        chosen = _taken(said, kind, shown)
    else:
        raise NotDecidable("还没有人给出答案。这样写：2 正确答案")
    if question is None or not question.options:
        return chosen
    # The reviewer's letters are those of the card; the bank may have the question in another order by now.
    letters = applying.letters_of(chosen.words, question.options)
    if not letters:
        raise NotDecidable(f"题库这道题的选项里没有「{chosen.words}」。重新发 /审核 {item.id} 看看。")
    words = answer_text(letters, question.options)
    return Understood(words, claim_of(words, choice=True), letters)


def _typed(said: str, kind: str, options: Sequence[str]) -> Understood:
    """An answer as a reviewer writes it: letters or words."""
    checked = cleaned(said)
    if "instructions" in checked.flags:
        raise NotDecidable(_LIKE_INSTRUCTIONS)
    try:
        return understand(checked.text, kind=kind, options=options)
    except NotUnderstood as error:
        raise NotDecidable(str(error)) from error


def _taken(words: str, kind: str, options: Sequence[str]) -> Understood:
    """An answer in words as somebody else gave it, taken as it is."""
    if "instructions" in cleaned(words).flags:
        raise NotDecidable(_LIKE_INSTRUCTIONS)
    if kind == "judge" and not options:
        return _typed(words, kind, options)
    if not options:
        return Understood(words, claim_of(words, choice=False), "")
    if letters := applying.letters_of(words, options):
        return Understood(words, claim_of(words, choice=True), letters)
    return _typed(words, kind, options)


def _same(vote: ReviewVote, chosen: Understood | None) -> bool:
    if chosen is None:
        return True
    return bool(vote.answer) and claim_of(vote.answer, choice=bool(chosen.letters)) == chosen.claim

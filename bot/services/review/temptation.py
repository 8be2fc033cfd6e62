"""A proposed word about a tempting option as a matter for reviewers: its card, and what a verdict does to it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.importing.keys import LETTERS, answer_text
from bot.services.review.verdict import Unclear, Verdict
from bot.services.tempting import words
from bot.services.tempting.kinds import KINDS
from bot.services.tempting.proposal import CAUSE, LONGEST, SHORTEST, Proposal, read_typed
from paper.excerpts import excerpt
from store import temptations
from store.models import Question, ReviewItem, Temptation, now
from store.quizzes import asked

_STEM = 300
_ONLY = "这条是错项点评，回 1 通过、2 改成、3 驳回、4 跳过。"
_GONE = "这道题改过了，不用再审，回 4 跳过。"
_UNFIT = f"改成什么？一句话，{SHORTEST} 到 {LONGEST} 字，例如：2 绝对化：原文说的是多数，它说成了全部。"


@dataclass(frozen=True, slots=True)
class TemptationCard:
    """An item and the option it is about."""

    item: ReviewItem
    temptation: Temptation
    question: Question
    waiting: int
    """Items in the queue, this one counted."""
    offered: str = ""
    """No answer is at stake, see :class:`bot.services.review.queue.Card`."""


def is_about(item: ReviewItem) -> bool:
    """Whether the item is about a tempting option and not about an answer."""
    return CAUSE in item.causes


async def card_of(session: AsyncSession, item: ReviewItem, waiting: int) -> TemptationCard | None:
    """The card; ``None`` when its option, or its question, is no more what it was."""
    found = await temptations.of_item(session, item.id)
    if found is None or not _stands(*found):
        return None
    return TemptationCard(item, *found, waiting)


def card_text(card: TemptationCard) -> str:
    """Everything about the proposal, what to answer last."""
    item, row, question = card.item, card.temptation, card.question
    left = f"（还有 {card.waiting - 1} 件）" if card.waiting > 1 else ""
    return "\n".join(
        [
            f"审核 {item.id} · 错项点评{left}",
            f"题：{excerpt(question.stem, _STEM)}",
            *(f"{letter}. {option}" for letter, option in zip(LETTERS, question.options, strict=False)),
            f"题库 #{question.id}：{question.answer}. {answer_text(question.answer, question.options)}",
            f"选错 {row.letter} 的有 {row.chosen} 次，模型说：{row.kind}：{row.text}",
            f"「{row.kind}」指{KINDS[row.kind]}。",
            "1 通过　2 类型：一句话　3 驳回　4 跳过　0 结束",
            f"类型：{'、'.join(KINDS)}",
        ]
    )


async def settle(session: AsyncSession, item: ReviewItem, reviewer: str, verdict: Verdict) -> None:
    """Do as the verdict of the person *reviewer* says; one is enough.

    Raises:
        Unclear: the verdict is none that fits, the typed words are no proposal, or the question has changed.
    """
    found = await temptations.of_item(session, item.id)
    if verdict.action not in ("approve", "reject"):
        raise Unclear(_ONLY)
    if found is None or not _stands(*found):
        raise Unclear(_GONE)
    row, _ = found
    if verdict.action == "approve":
        said = read_typed(verdict.answer, kind=row.kind) if verdict.answer else Proposal(row.kind, row.text)
        if said is None:
            raise Unclear(_UNFIT)
        row.kind, row.text, row.state = said.kind, said.text, "accepted"
        item.status, item.verdict, item.answer = "approved", "explained", str(said)
    else:
        row.state = "rejected"
        item.status, item.verdict, item.answer = "rejected", "rejected", item.answered
    row.reviewer = item.decided_by = reviewer
    row.decided_at = item.decided_at = now()
    item.held_by = item.held_until = None


async def reopen(session: AsyncSession, item: ReviewItem) -> None:
    """The decision was taken back: it is a proposal again, in the model's words. Nothing for other items."""
    found = await temptations.of_item(session, item.id) if is_about(item) else None
    if found is None:
        return
    row, _ = found
    kind, _, text = item.answered.partition("：")
    row.kind, row.text, row.state, row.reviewer, row.decided_at = kind, text, "proposed", None, None


def _stands(row: Temptation, question: Question) -> bool:
    return question.status == "active" and row.letter in words.known(asked(question), [row])

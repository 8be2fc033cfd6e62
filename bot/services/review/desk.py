"""Reviewing as a talk: a card, a short answer, the next card."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace

from bot.services.bank import Bank
from bot.services.review import temptation
from bot.services.review.card import card_text
from bot.services.review.deciding import Decision, DecisionService, NotDecidable
from bot.services.review.intake import ReviewIntake
from bot.services.review.queue import HELD_FOR, Card, QueueService
from bot.services.review.reviewers import Reviewers
from bot.services.review.temptation import TemptationCard
from bot.services.review.undoing import UndoService
from bot.services.review.verdict import Unclear, read_verdict
from bot.services.review.words import VERDICT_WORDS

NOT_A_REVIEWER = "只有审核人能用这个命令。"
NOTHING_WAITS = "没有待审的了。"
NOTHING_LEFT = "没有待审的了。你跳过的还有 {} 件，要看发 /审核 {}。"
ENDED = "好，先审到这里。"
_END = re.compile(r"^[/／]?\s*(?:0|退出|结束|停|结束审核)\s*[。.!！]*$")


@dataclass(slots=True)
class _Talk:
    item_id: int
    offered: str
    until: float


class ReviewDesk:
    """One talk per chat and person; what is decided lives in the database, so a lost talk costs nothing."""

    def __init__(
        self,
        *,
        reviewers: Reviewers,
        queue: QueueService,
        decisions: DecisionService,
        undoing: UndoService,
        intake: ReviewIntake,
        bank: Bank,
    ) -> None:
        self._reviewers = reviewers
        self._queue = queue
        self._decisions = decisions
        self._undoing = undoing
        self._intake = intake
        self._bank = bank
        self._talks: dict[tuple[str, str], _Talk] = {}

    def is_talking(self, lane: str, member_id: str) -> bool:
        """Whether this person has a card in front of them in this chat."""
        talk = self._talks.get((lane, member_id))
        if talk is not None and talk.until < time.monotonic():
            del self._talks[lane, member_id]
            return False
        return talk is not None

    def understands(self, text: str) -> bool:
        """Whether *text* answers a card; anything else said meanwhile is no business of the desk."""
        try:
            return bool(_END.match(text.strip())) or read_verdict(text) is not None
        except Unclear:
            return True

    async def begin(self, lane: str, member_id: str, item_id: int | None = None) -> str:
        """The first card, or that of a certain item."""
        person = self._reviewers.person(member_id)
        if person is None:
            return NOT_A_REVIEWER
        await self._intake.collect()
        return await self._show(lane, member_id, person, item_id)

    async def answer(self, lane: str, member_id: str, text: str) -> str:
        """Take the verdict on the card that lies there, and show the next one."""
        person = self._reviewers.person(member_id)
        if person is None or not self.is_talking(lane, member_id):
            return NOT_A_REVIEWER if person is None else NOTHING_WAITS
        if _END.match(text.strip()):
            del self._talks[lane, member_id]
            await self._queue.leave(person)
            return ENDED
        try:
            verdict = read_verdict(text)
            if verdict is None:
                return "没看懂。回复 1 到 7，或者 0 结束。"
            talk = self._talks[lane, member_id]
            # What came in since the card was shown is not what the reviewer approves of.
            verdict = replace(verdict, offered=talk.offered)
            decision = await self._decisions.decide(talk.item_id, person, verdict)
        except Unclear as error:
            return str(error)
        except NotDecidable as error:
            if self._settled_by_now(str(error)):
                return f"{error}\n\n{await self._show(lane, member_id, person)}"
            return str(error)
        if decision.bank_changed:
            await self._bank.refresh()
        return f"{decision_text(decision)}\n\n{await self._show(lane, member_id, person)}"

    async def undo(self, member_id: str, item_id: int) -> str:
        """Take a decision back."""
        if self._reviewers.person(member_id) is None:
            return NOT_A_REVIEWER
        try:
            item = await self._undoing.undo(item_id)
        except NotDecidable as error:
            return str(error)
        await self._bank.refresh()
        then = "这道题回到待审。" if item.status == "open" else "提交人都撤回了，不用再审。"
        return f"审核 {item.id} 撤销了，题库恢复原样，{then}"

    async def _show(self, lane: str, member_id: str, person: str, item_id: int | None = None) -> str:
        try:
            card: Card | TemptationCard | None = (
                await self._queue.next(person) if item_id is None else await self._queue.open(item_id, person)
            )
        except NotDecidable as error:
            return str(error)
        if card is None:
            self._talks.pop((lane, member_id), None)
            skipped = await self._queue.skipped(person)
            return NOTHING_LEFT.format(len(skipped), skipped[0]) if skipped else NOTHING_WAITS
        self._talks[lane, member_id] = _Talk(card.item.id, card.offered, time.monotonic() + HELD_FOR.total_seconds())
        return temptation.card_text(card) if isinstance(card, TemptationCard) else card_text(card)

    @staticmethod
    def _settled_by_now(sentence: str) -> bool:
        return sentence.startswith(("这件", "没有编号"))


def decision_text(decision: Decision) -> str:
    """One line: what became of the item."""
    if decision.verdict == "skip":
        return f"审核 {decision.item_id} 跳过。"
    if not decision.settled:
        left = decision.needed - decision.votes
        shown = f"「{decision.answer}」" if decision.answer else ""
        return f"审核 {decision.item_id} 记下你的意见{shown}，还要 {left} 位审核人同意才生效。"
    words = VERDICT_WORDS.get(decision.verdict, decision.verdict)
    shown = f"「{decision.answer}」" if decision.verdict not in ("rejected", "retired", "unanswerable") else ""
    undo = "" if decision.verdict == "rejected" else f"（反悔发 /撤销审核 {decision.item_id}）"
    return f"审核 {decision.item_id}：{words}{shown}。{undo}"

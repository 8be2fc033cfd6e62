"""A group with a bank, exchanges, reporters and reviewers, for tests of corrections and reviews."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from bot.services.bank import Bank
from bot.services.corrections import ContributionLedger, CorrectionService, WithdrawService
from bot.services.corrections.reporting import Reported, Reporter
from bot.services.notices import NoticeService
from bot.services.passport import Passport
from bot.services.review.deciding import Decision, DecisionService
from bot.services.review.desk import ReviewDesk
from bot.services.review.intake import ReviewIntake
from bot.services.review.opinion import OpinionService
from bot.services.review.queue import QueueService
from bot.services.review.reviewers import Reviewers
from bot.services.review.undoing import UndoService
from bot.services.review.verdict import Verdict
from store import bank, questions
from store.db import Sessions
from store.ids import floor_id
from store.models import (
    Ask,
    ChatGroup,
    Correction,
    DatasetCorrection,
    DatasetVersion,
    GateCase,
    ImportBatch,
    Member,
    Notice,
    Question,
    Rating,
    ReviewItem,
    RivalAnswer,
)
from store.people import meet
from tests.questions import add

ACCOUNT, GROUP = "qq:10001", "qq:500"
RIVERS = ["黄河", "长江", "珠江", "淮河"]
CHOICE: dict[str, Any] = {"kind": "single", "stem": "我国最长的河流是哪条？", "options": RIVERS, "answer": "A"}
CHOICE_ASKED = "我国最长的河流是哪条？\nA. 黄河\nB. 长江\nC. 珠江\nD. 淮河"
SHORT: dict[str, Any] = {"kind": "short", "stem": "我国第一部纪传体通史是什么？", "answer": "《汉书》"}
JUDGE: dict[str, Any] = {"kind": "judge", "stem": "长江注入渤海。", "answer": "正确"}
_asks = count(1)


@dataclass
class Scene:
    """The services under test on one database."""

    sessions: Sessions
    people: Reviewers = field(default_factory=lambda: Reviewers(["1"], ["2", "3"]))
    overturn_votes: int = 2

    def __post_init__(self) -> None:
        self.corrections = CorrectionService(self.sessions)
        self.withdrawing = WithdrawService(self.sessions)
        self.ledger = ContributionLedger(self.sessions)
        self.decisions = DecisionService(self.sessions, self.people, overturn_votes=self.overturn_votes)
        self.undoing = UndoService(self.sessions)
        self.notices = NoticeService(self.sessions)
        self.intake = ReviewIntake(self.sessions, low_confidence=0.6)
        self.queue = self.queue_with(OpinionService(self.sessions, None))
        self.bank = Bank(self.sessions)
        self.desk = ReviewDesk(
            reviewers=self.people,
            queue=self.queue,
            decisions=self.decisions,
            undoing=self.undoing,
            intake=self.intake,
            bank=self.bank,
        )

    def queue_with(self, opinions: OpinionService) -> QueueService:
        return QueueService(self.sessions, self.people, opinions, None, overturn_votes=self.overturn_votes)

    async def add(self, *rows: dict[str, Any]) -> None:
        """Put questions into the bank, and say so."""
        await add(self.sessions, *rows)
        async with self.sessions.begin() as session:
            await bank.bump_version(session)

    async def ask(
        self,
        text: str,
        *,
        reply: str = "",
        state: str = "answered",
        reason: str = "",
        question_id: int | None = None,
        member: str = "qq:100",
        confidence: float | None = None,
        age_s: float = 600,
    ) -> int:
        """An exchange in the group; its id. With a *confidence* the model answered, else the bank."""
        moment = datetime.now(UTC) - timedelta(seconds=age_s)
        number = floor_id(moment) + next(_asks)
        passport = (
            Passport(source="model", confidence=confidence, model="m", round="7")
            if confidence is not None
            else Passport(source="bank", match="exact", confidence=1.0)
            if state == "answered"
            else None
        )
        async with self.sessions.begin() as session:
            await meet(session, member)
            if await session.get(ChatGroup, GROUP) is None:
                session.add(ChatGroup(id=GROUP))
                await session.flush()
            session.add(
                Ask(
                    id=number,
                    account=ACCOUNT,
                    group_id=GROUP,
                    member_id=member,
                    text=text,
                    state=state,
                    reason=reason,
                    reply=reply,
                    question_id=question_id,
                    passport=passport.model_dump(mode="json") if passport else None,
                    received_at=moment,
                )
            )
        return number

    async def report(self, ask_id: int, text: str, *, member: str = "qq:100", reason: str = "") -> Reported:
        return await self.corrections.report(ask_id, reporter(member), text, reason)

    async def about(self, question_id: int, text: str, *, member: str = "qq:100", reason: str = "") -> Reported:
        return await self.corrections.report_question(question_id, reporter(member), text, reason)

    async def decide(self, item_id: int, action: str = "approve", answer: str = "", *, by: str = "1", **more: Any):
        return await self.decisions.decide(item_id, by, Verdict(action, answer, **more))

    async def overturn(self, item_id: int, action: str = "approve", answer: str = "", **more: Any) -> Decision:
        """Two reviewers agree."""
        await self.decide(item_id, action, answer, by="1", **more)
        return await self.decide(item_id, action, answer, by="2", **more)

    async def items(self) -> list[ReviewItem]:
        return await self._all(ReviewItem, ReviewItem.id)

    async def item(self, item_id: int) -> ReviewItem:
        async with self.sessions() as session:
            return await session.get_one(ReviewItem, item_id)

    async def item_of(self, correction_id: int) -> int:
        return (await self.correction(correction_id)).item_id

    async def correction(self, correction_id: int) -> Correction:
        async with self.sessions() as session:
            return await session.get_one(Correction, correction_id)

    async def all_corrections(self) -> list[Correction]:
        return await self._all(Correction, Correction.id)

    async def question(self, question_id: int = 1) -> Question:
        async with self.sessions() as session:
            return await session.get_one(Question, question_id)

    async def all_questions(self) -> list[Question]:
        return await self._all(Question, Question.id)

    async def cases(self) -> list[GateCase]:
        return await self._all(GateCase, GateCase.item_id)

    async def told(self) -> list[Notice]:
        return await self._all(Notice, Notice.id)

    async def version(self) -> int:
        async with self.sessions() as session:
            return await bank.version(session)

    async def rival(self, question_id: int, answer: str) -> None:
        """A file claims another key."""
        async with self.sessions.begin() as session:
            batch = ImportBatch(file_name="另一份.docx", sha256="0" * 64, counts={})
            session.add(batch)
            await session.flush()
            await questions.dispute(session, [question_id])
            session.add(RivalAnswer(question_id=question_id, answer=answer, import_id=batch.id))
            await bank.bump_version(session)

    async def rivals(self) -> list[RivalAnswer]:
        return await self._all(RivalAnswer, RivalAnswer.id)

    async def rate(self, ask_id: int, value: int, *, member: str = "qq:100") -> None:
        async with self.sessions.begin() as session:
            await meet(session, member)
            session.add(Rating(ask_id=ask_id, member_id=member, value=value))

    async def history(self, member: str, *, accepted: int = 0, rejected: int = 0) -> None:
        """Earlier corrections of the member that reviewers have settled."""
        async with self.sessions.begin() as session:
            await meet(session, member)
            item = ReviewItem(subject=f"old {member}", causes={}, kind="short", stem="旧题", status="approved")
            session.add(item)
            await session.flush()
            long_ago = datetime.now(UTC) - timedelta(days=30)
            for status, times in (("accepted", accepted), ("rejected", rejected)):
                for _ in range(times):
                    session.add(
                        Correction(item_id=item.id, member_id=member, proposed="旧", status=status, created_at=long_ago)
                    )

    async def trained(self, name: str, round_name: str | None, *correction_ids: int) -> None:
        """A training set that holds these corrections, perhaps used by a round."""
        async with self.sessions.begin() as session:
            row = DatasetVersion(name=name, sha256=name.rjust(64, "0"), manifest={}, round=round_name)
            session.add(row)
            await session.flush()
            session.add_all([DatasetCorrection(dataset_id=row.id, correction_id=one) for one in correction_ids])

    async def members(self) -> list[Member]:
        return await self._all(Member, Member.id)

    async def _all(self, table: Any, order: Any) -> list[Any]:
        async with self.sessions() as session:
            return list(await session.scalars(select(table).order_by(order)))


def reporter(member: str) -> Reporter:
    """A member of the group; a web:… one is on the page."""
    if member.startswith("web"):
        return Reporter(member, "", "web", None)
    return Reporter(member, f"群友{member[3:]}", ACCOUNT, GROUP)

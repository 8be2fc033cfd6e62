"""A question with an option that members fall for, and the services that notice it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from bot.services.tempting.proposing import Proposer
from inference.client import ModelClient
from store.ids import floor_id
from store.models import Attempt, Temptation, now
from tests.bot.review.scene import RIVERS, Scene

SAID = "类型：混淆概念\n说明：长江是我国最长的河，题目问的却是第二长的河。"
WORDS = "混淆概念：长江是我国最长的河，题目问的却是第二长的河。"
QUESTION: dict[str, Any] = {
    "kind": "single",
    "stem": "我国第二长的河流是哪条？",
    "options": RIVERS,
    "answer": "A",
    "explanation": "黄河全长约 5464 千米。",
}


class Trap:
    """Question 1 of the scene's bank; its clock is :attr:`moment`."""

    def __init__(self, scene: Scene, model: ModelClient) -> None:
        self.scene = scene
        self.model = model
        self.moment: datetime = now()
        self._ids = count(floor_id(self.moment - timedelta(hours=1)))

    async def set_up(self) -> None:
        await self.scene.add(QUESTION)

    def proposer(self, *, per_hour: int = 20, limit_s: float = 5) -> Proposer:
        return Proposer(self.scene.sessions, self.model, per_hour=per_hour, limit_s=limit_s, clock=lambda: self.moment)

    async def fall(self, *texts: str, question: int = 1, right: bool = False) -> None:
        """Members answered so."""
        async with self.scene.sessions.begin() as session:
            session.add_all(
                Attempt(
                    id=next(self._ids), member_id=f"qq:{at}", question_id=question, source="quiz", text=text,
                    right=right, grade=1, took_ms=1000, at=self.moment,
                )
                for at, text in enumerate(texts, 1)
            )  # fmt: skip

    async def rows(self) -> list[Temptation]:
        async with self.scene.sessions() as session:
            return list(await session.scalars(select(Temptation).order_by(Temptation.id)))

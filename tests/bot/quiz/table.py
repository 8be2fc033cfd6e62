"""A chat that quizzes are played in, without a platform."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.services.incoming import Incoming, Quoted
from bot.services.quiz.game import Game
from bot.services.quiz.host import QuizHost
from bot.services.quiz.rival import ModelPlayer
from bot.services.quiz.second_opinion import SecondOpinion
from bot.services.study import daily
from bot.services.study.learning import Learner
from store.db import Sessions
from store.models import Question, Quiz, QuizItem
from store.wording import fingerprint, stem_hash

GROUP = "qq:7"


class Table:
    """Hears what the game says; lets members speak."""

    def __init__(
        self, sessions: Sessions, model: ModelPlayer | None = None, second: SecondOpinion | None = None
    ) -> None:
        self.sessions = sessions
        self.said: list[str] = []
        self.pictures: list[bytes] = []
        self.hidden: list[int] = []
        """Questions that may no longer be answered, as often as the chat was told so."""
        self.learner = Learner(sessions)
        self.host = QuizHost(
            sessions, outlet=self, model=model, second=second, of_the_day=daily.pick, answered=self.learner.told
        )
        self._number = 0
        self._heard = asyncio.Event()

    async def say(self, quiz: Quiz, text: str, picture: bytes = b"", asks: QuizItem | None = None) -> bool:
        self.said.append(text)
        self.pictures.append(picture)
        self._heard.set()
        return True

    def over(self, quiz: Quiz, item: QuizItem) -> None:
        self.hidden.append(item.id)

    def incoming(self, text: str, member: int = 1, group: str | None = GROUP, **more: Any) -> Incoming:
        self._number += 1
        values: dict[str, Any] = {
            "account": "qq:1",
            "member_id": f"qq:{member}",
            "member_name": f"成员{member}",
            "group_id": group,
            "text": text,
            "message_id": f"m{self._number}",
            **more,
        }
        return Incoming(**values)

    async def order(self, text: str = "", member: int = 1, **more: Any) -> str:
        opponents = more.pop("opponents", ())
        return await self.host.start(self.incoming("", member, **more), text, opponents=opponents)

    async def speak(self, text: str, member: int = 1, *, addressed: bool = False, **more: Any) -> str | None:
        """What a member says; the platform's id of it when it was taken for an answer, ``None`` for talk."""
        incoming = self.incoming(text, member, **more)
        given = self.host.given(incoming, addressed=addressed)
        if given is None:
            return None
        item = self.game.open_item if incoming.group_id == GROUP else None
        told = await self.game.answer(incoming, given, item) if item else await self._private(incoming)
        return incoming.message_id if told else None

    async def _private(self, incoming: Incoming) -> bool:
        game, given = self.host.game(incoming), self.host.given(incoming, addressed=True)
        assert game is not None
        assert given is not None
        assert game.open_item is not None
        return (await game.answer(incoming, given, game.open_item)).kept

    @property
    def game(self) -> Game:
        found = self.host.game(self.incoming(""))
        assert found is not None
        return found

    @property
    def key(self) -> str:
        """The letters, 正确 or 错误, or the text that is right just now."""
        item = self.game.open_item
        assert item is not None
        return str(item.asked["answer"])

    @property
    def wrong(self) -> str:
        """A letter that is not."""
        item = self.game.open_item
        assert item is not None
        return next(letter for letter in "ABCD" if letter not in item.asked["answer"])

    async def until(self, condition: Callable[[], bool], *, within_s: float = 5) -> None:
        async with asyncio.timeout(within_s):
            while not condition():
                self._heard.clear()
                await self._heard.wait()

    def quoting(self, message_id: str, member: int = 1) -> Incoming:
        return self.incoming("", member, quoted=Quoted(message_id, ours=False))


async def fill(sessions: Sessions, *, choices: int = 6, shorts: int = 0, start: int = 0, **more: Any) -> None:
    """Questions of the categories 历史 and 法律, numbered from *start*."""
    async with sessions.begin() as session:
        for number in range(start, start + choices):
            stem, options = f"虚构的第 {number} 件事发生在哪年？", [f"{year} 年" for year in range(1900, 1904)]
            row = Question(
                kind="single", stem=stem, options=options, answer="ABCD"[number % 4], explanation="书上说的。"
            )
            row.category, row.source = ("历史", "法律")[number % 2], "测试卷"
            row.fingerprint, row.stem_hash = fingerprint(stem, options), stem_hash(stem)
            for name, value in more.items():
                setattr(row, name, value)
            session.add(row)
        for number in range(shorts):
            stem = f"虚构的第 {number} 部书叫什么？"
            row = Question(
                kind="short", stem=stem, answer=f"《虚构{number}》", aliases=[f"虚书{number}"], category="文学"
            )
            row.fingerprint, row.stem_hash = fingerprint(stem, []), stem_hash(stem)
            session.add(row)

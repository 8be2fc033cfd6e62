"""A member with a QQ and a Telegram account, a group to play in, and the services that make the two one."""

from __future__ import annotations

from typing import Any

from bot.services.incoming import Incoming
from bot.services.people.codes import Codes
from bot.services.people.desk import BindingDesk
from bot.services.people.joining import Joining
from bot.services.people.people import People
from store.cache import MemoryCache
from store.db import Sessions
from tests.bot.quiz.table import GROUP, Table

QQ, TELEGRAM = "qq:1234567", "telegram:7654321"


class Life:
    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.table = Table(sessions)
        self.people = People(sessions)
        self.people.joined = self.table.host.joined
        self.joining = Joining(sessions, self.people, self.table.learner)
        self.desk = BindingDesk(self.people, Codes(MemoryCache()), self.joining)

    def message(self, text: str, account: str, group: str | None = None, **more: Any) -> Incoming:
        """As the front door hands it on."""
        told = self.table.incoming(text, group=group, **{"member_id": account, "member_name": "某人", **more})
        return self.people.known(told)

    async def bind(self, account: str, typed: str = "") -> str:
        """What *account* reads at last, when it says yes to what it is asked."""
        told = await self.desk.bind(self.message("", account), typed)
        return await self.desk.confirm(self.message("", account)) if "就回：确认绑定" in told else told

    async def code(self, account: str) -> str:
        """A fresh one of *account*."""
        told = await self.bind(account)
        return told.partition("，")[0].removeprefix("绑定码 ")

    async def joined(self, account: str = TELEGRAM, owner: str = QQ) -> str:
        """What *account* reads when it has typed the code of *owner*."""
        return await self.bind(account, await self.code(owner))

    async def answer(self, account: str, text: str, group: str | None = GROUP) -> bool:
        """Whether what *account* says to the game of the chat counts."""
        incoming = self.message(text, account, group)
        game = self.table.host.game(incoming)
        assert game is not None
        item = game.open_item
        assert item is not None
        given = self.table.host.given(incoming, addressed=False)
        assert given is not None
        return (await game.answer(incoming, given, item)).kept

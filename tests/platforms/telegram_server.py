"""The Bot API of Telegram on loopback, as far as a text bot needs it."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, Self

from aiohttp import web

TOKEN, SELF_ID = "777000:secret", 777000
_ME = {"id": SELF_ID, "is_bot": True, "first_name": "bot", "username": "quizbot"}


class TelegramServer:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        """Parameters of every message that the bot sent."""
        self.refuse = 0
        """Error code of every send from now on; 0 for success."""
        self._updates: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def settings(self) -> str:
        bots = f'[{{token = "{TOKEN}", api_server = "http://127.0.0.1:{self.port}/"}}]'
        return f'[nonebot]\ntelegram_bots = {bots}\n[platforms]\nenabled = ["telegram"]'

    def say(self, text: str, *, user: int = 5, chat: int | None = None) -> int:
        """A member writes, in private unless a *chat* is named; the message's number."""
        number = 100 + len(self._updates)
        where = {"id": user, "type": "private"} if chat is None else {"id": chat, "type": "supergroup", "title": "群"}
        sender = {"id": user, "is_bot": False, "first_name": f"名{user}"}
        message = {"message_id": number, "date": int(time.time()), "chat": where, "from": sender, "text": text}
        if text.startswith("@quizbot"):
            message["entities"] = [{"type": "mention", "offset": 0, "length": len("@quizbot")}]
        self._updates.append({"update_id": 1000 + len(self._updates), "message": message})
        return number

    async def texts(self, chat: int, count: int, wait_s: float = 20) -> list[str]:
        deadline = time.monotonic() + wait_s
        while len(found := [one["text"] for one in self.sent if int(one["chat_id"]) == chat]) < count:
            assert time.monotonic() < deadline, self.sent
            await asyncio.sleep(0.05)
        return found

    async def _call(self, request: web.Request) -> web.Response:
        assert request.match_info["token"] == TOKEN
        asked = dict(request.query)
        if request.can_read_body:
            json_body = request.content_type == "application/json"
            asked |= dict(await request.json()) if json_body else dict(await request.post())
        method = request.match_info["method"]
        if method == "getMe":
            return self._ok(_ME)
        if method == "getUpdates":
            return self._ok(await self._wait_for(int(asked.get("offset") or 0)))
        if method == "getUserProfilePhotos":
            return self._ok({"total_count": 0, "photos": []})
        if method == "getChatMember":
            who = int(asked["user_id"])
            return self._ok({"status": "member", "user": {"id": who, "is_bot": False, "first_name": f"名{who}"}})
        if not method.startswith("send"):
            return self._ok(True)
        if self.refuse:
            told = {"ok": False, "error_code": self.refuse, "description": "Forbidden: bot was blocked"}
            return web.json_response(told, status=self.refuse)
        self.sent.append(asked)
        chat = {"id": int(asked["chat_id"]), "type": "private"}
        sent = {"message_id": 9000 + len(self.sent), "date": int(time.time()), "chat": chat, "from": _ME}
        return self._ok({**sent, "text": asked.get("text", "")})

    async def _wait_for(self, offset: int) -> list[dict[str, Any]]:
        for _ in range(10):
            if found := [one for one in self._updates if one["update_id"] >= offset]:
                return found
            await asyncio.sleep(0.1)
        return []

    @staticmethod
    def _ok(result: object) -> web.Response:
        return web.json_response(json.loads(json.dumps({"ok": True, "result": result})))

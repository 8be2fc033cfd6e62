"""Discord on loopback: the gateway with its heartbeats, and the calls that a text bot makes.

Written from the vendor's pages (docs.discord.com, gateway and message resource, version 10) and the adapter's source.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from tests.platforms.discord_guild import ADMIN_ROLE, GUILD, admin_role, guild
from tests.platforms.loopback import LoopbackServer

TOKEN, SELF_ID = "discord-secret", "999"
PROGRAM = (str(Path(__file__).with_name("discord_bot.py")),)
_DIRECT = 9_000_000
"""The private channel of a member has this much more for a number."""


class DiscordServer(LoopbackServer):
    """The whole platform, for one bot and one guild."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        """Messages that went out: ``to`` (a channel), ``text``, ``quoted`` and ``files``, their contents by name;
        ``told`` is what the bot is told of it."""
        self.refuse: dict[str, tuple[int, int]] = {}
        """Status and code of what is sent to these channels."""
        self.most: dict[str, int] = {}
        """So many more messages these channels take before they refuse with 403."""
        self.refused: list[str] = []
        self.gateway_down = 0
        """So many requests for the gateway fail."""
        self.frames: list[int] = []
        """Operations that the bot sent to the gateway."""
        self.fetched: list[str] = []
        """Names of the attachments that were asked for."""
        self._files: dict[str, bytes] = {}
        self._said: dict[str, dict[str, Any]] = {}
        self._ws: web.WebSocketResponse | None = None
        self.files_host = "127.0.0.1"
        """Where what members send lies."""
        self._ready = asyncio.Event()
        self._ids, self._seq = itertools.count(100_000), itertools.count(1)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/api/gateway/bot", self._gateway)
        router.add_get("/gateway", self._websocket)
        router.add_get("/api/users/@me", self._me)
        router.add_post("/api/users/@me/channels", self._open_private)
        router.add_post("/api/channels/{channel}/messages", self._message)
        router.add_get("/api/channels/{channel}/messages/{message}", self._asked)
        router.add_get("/attachments/{name}", self._attachment)
        router.add_get("/api/channels/{channel}", self._channel)
        router.add_get("/api/guilds/{guild}", self._guild)
        router.add_get("/api/guilds/{guild}/roles", self._roles)

    async def hang_up(self) -> None:
        if self._ws is not None:
            await self._ws.close()

    @property
    def env(self) -> dict[str, str]:
        """Where the bot finds it, for ``PROGRAM``."""
        return {"DISCORD_API": f"http://127.0.0.1:{self.port}/api"}

    def settings(self) -> str:
        bots = f'[{{token = "{TOKEN}", intent = {{message_content = true}}}}]'
        return f'[nonebot]\ndiscord_bots = {bots}\n[platforms]\nenabled = ["discord"]'

    async def connected(self, wait_s: float = 40) -> None:
        """The bot has identified itself, or resumed."""
        await asyncio.wait_for(self._ready.wait(), wait_s)

    async def cut(self) -> None:
        """End the connection; the bot comes back and resumes."""
        assert self._ws is not None
        self._ready.clear()
        await self._ws.close()

    async def say(
        self, text: str, *, user: int = 5, channel: int = 0, at: bool = False, admin: bool = False, **more: Any
    ) -> str:
        """A member writes, in private unless a *channel* is named; the message's id."""
        number = str(next(self._ids))
        private = not channel
        member = {
            "nick": None,
            "roles": [ADMIN_ROLE] if admin else [],
            "joined_at": _now(),
            "deaf": False,
            "mute": False,
            "flags": 0,
        }
        message = {
            **_message(
                number, str(channel or _DIRECT + user), _user(str(user)), f"<@{SELF_ID}> {text}" if at else text
            ),
            "mentions": [_user(SELF_ID)] if at else [],
            **({} if private else {"guild_id": GUILD, "member": member}),
            **more,
        }
        self._said[number] = message
        await self.dispatch("MESSAGE_CREATE", message)
        return number

    async def quote(
        self, number: str, text: str, *, user: int = 5, channel: int = 0, at: bool = False, whole: bool = True
    ) -> None:
        """A member writes and quotes the message *number*; *whole*, what it says comes with it, as it mostly does."""
        told = self._said[number]
        about: dict[str, Any] = {"message_reference": {"message_id": number, "channel_id": told["channel_id"]}}
        if whole:
            about["referenced_message"] = told
        await self.say(text, user=user, channel=channel, at=at, type=19, **about)

    async def drop(self, name: str, data: bytes, *, user: int) -> None:
        """A member sends a file in private."""
        await self.say("", user=user, attachments=[self.attached(name, data)])

    def attached(self, name: str, data: bytes | None, kind: str = "") -> dict[str, Any]:
        """An attachment of the media type *kind*; without *data* its link has expired."""
        if data is not None:
            self._files[name] = data
        url = f"http://{self.files_host}:{self.port}/attachments/{name}"
        told = {"id": str(next(self._ids)), "filename": name, "size": len(data or b""), "url": url, "proxy_url": url}
        return {**told, **({"content_type": kind} if kind else {})}

    async def dispatch(self, kind: str, data: dict[str, Any]) -> None:
        assert self._ws is not None
        await self._ws.send_json({"op": 0, "t": kind, "s": next(self._seq), "d": data})

    async def texts(self, channel: int, count: int, wait_s: float = 20) -> list[str]:
        """What was said in *channel*, once there are *count* messages."""
        deadline = time.monotonic() + wait_s
        while len(found := [one["text"] for one in self.sent if one["to"] == str(channel)]) < count:
            assert time.monotonic() < deadline, (self.sent, self.refused)
            await asyncio.sleep(0.05)
        return found

    async def _gateway(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bot {TOKEN}"
        if self.gateway_down:
            self.gateway_down -= 1
            return web.json_response({"code": 0, "message": "500: Internal Server Error"}, status=500)
        limits = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        url = f"ws://127.0.0.1:{self.port}/gateway"
        return web.json_response({"url": url, "shards": 1, "session_start_limit": limits})

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response(_user(SELF_ID))

    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        self._ws = ws
        await ws.send_json({"op": 10, "d": {"heartbeat_interval": 41250}})
        async for frame in ws:
            if frame.type != WSMsgType.TEXT:
                break
            payload = json.loads(frame.data)
            self.frames.append(payload["op"])
            match payload["op"]:
                case 1:
                    await ws.send_json({"op": 11})
                case 2:
                    assert payload["d"]["token"] == f"Bot {TOKEN}"
                    ready = {
                        "v": 10,
                        "user": _user(SELF_ID),
                        "guilds": [{"id": GUILD, "unavailable": True}],
                        "session_id": "session",
                        "resume_gateway_url": f"ws://127.0.0.1:{self.port}/gateway",
                        "application": {"id": SELF_ID, "flags": 0},
                    }
                    await self.dispatch("READY", ready)
                    self._ready.set()
                case 6:
                    assert payload["d"]["session_id"] == "session"
                    await self.dispatch("RESUMED", {})
                    self._ready.set()
                case _:
                    await ws.send_json({"op": 9, "d": False})
        return ws

    async def _open_private(self, request: web.Request) -> web.Response:
        who = int((await request.json())["recipient_id"])
        return web.json_response({"id": str(_DIRECT + who), "type": 1, "recipients": [_user(str(who))]})

    async def _message(self, request: web.Request) -> web.Response:
        channel, files = request.match_info["channel"], dict[str, bytes]()
        if request.content_type == "application/json":
            body = await request.json()
        else:
            form: Any = await request.post()
            told = form["payload_json"]
            # aiohttp gives the part a file name, since it is bytes.
            body = json.loads(told.file.read() if isinstance(told, web.FileField) else told)
            files = {one.filename: one.file.read() for key, one in form.items() if key != "payload_json"}
        if channel in self.most:
            self.most[channel] -= 1
        if self.most.get(channel, 0) < 0:
            self.refuse[channel] = 403, 50013
        if channel in self.refuse:
            status, code = self.refuse[channel]
            self.refused.append(channel)
            return web.json_response({"code": code, "message": "refused"}, status=status)
        text, quoted = body.get("content", ""), (body.get("message_reference") or {}).get("message_id")
        if len(text) > 2000:
            return web.json_response({"code": 50035, "message": "Invalid Form Body"}, status=400)
        sent = _message(str(next(self._ids)), channel, _user(SELF_ID), text)
        self._said[sent["id"]] = sent
        self.sent.append({"to": channel, "text": text, "quoted": quoted and str(quoted), "files": files, "told": sent})
        return web.json_response(sent)

    async def _attachment(self, request: web.Request) -> web.Response:
        self.fetched.append(name := request.match_info["name"])
        return web.Response(body=self._files[name]) if name in self._files else web.Response(status=404)

    async def _asked(self, request: web.Request) -> web.Response:
        return web.json_response(self._said[request.match_info["message"]])

    async def _channel(self, request: web.Request) -> web.Response:
        return web.json_response({"id": request.match_info["channel"], "type": 0, "guild_id": GUILD, "name": "题"})

    async def _guild(self, request: web.Request) -> web.Response:
        return web.json_response(guild())

    async def _roles(self, request: web.Request) -> web.Response:
        return web.json_response([admin_role()])


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _user(number: str) -> dict[str, Any]:
    return {"id": number, "username": f"名{number}", "discriminator": "0", "avatar": None, "bot": number == SELF_ID}


def _message(number: str, channel: str, author: dict[str, Any], text: str) -> dict[str, Any]:
    none: dict[str, Any] = {name: [] for name in ("mentions", "mention_roles", "attachments", "embeds")}
    flags = {"tts": False, "mention_everyone": False, "pinned": False, "type": 0}
    when = {"timestamp": _now(), "edited_timestamp": None}
    return {"id": number, "channel_id": channel, "author": author, "content": text, **none, **flags, **when}

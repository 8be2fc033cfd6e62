"""QQ's open platform on loopback: tokens, the gateway, messages with their windows and numbers, webhooks.

Written from the vendor's pages (bot.q.qq.com, api-v2) and the adapter's source. It is strict: a number that was used
is dropped with 40054005, a window that is closed refuses, a group that did not allow it takes nothing unasked.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections import Counter
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.platforms.loopback import LoopbackServer

APP_ID, SECRET = "102000001", "0123456789abcdef"
_LINK = re.compile(r"https?://", re.IGNORECASE)


class QqServer(LoopbackServer):
    """The whole platform, for one bot, in as many processes as connect."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        """Messages that went out: the request, and ``to``, the openid."""
        self.refused: list[tuple[str, str]] = []
        """Openid and code of those that did not."""
        self.pressed: list[str] = []
        """Presses that were acknowledged."""
        self.uploads: list[dict[str, Any]] = []
        self.proactive: set[str] = set()
        """Openids that take messages nobody asked for."""
        self.unwakable: dict[str, int] = {}
        """Openids whose call-back is refused, by the code they are refused with."""
        self.buttons = True
        """Keyboards are granted."""
        self.most_bytes = 0
        """Longer texts are refused; 0 for no limit."""
        self.gateway_down = 0
        """So many requests for the gateway fail."""
        self.frames: list[dict[str, Any]] = []
        self.age_s = 0.0
        """Messages are this much older than they say."""
        self._token = "token-1"
        self.shares = False
        """Every event goes to one of the connections, in turn, instead of to all."""
        self._connected: list[web.WebSocketResponse] = []
        self._sessions: set[str] = set()
        self._seq = 0
        self._history: list[dict[str, Any]] = []
        self._came: dict[str, float] = {}
        self._numbers: set[tuple[str, str, int]] = set()
        self._answers: Counter[str] = Counter()
        self._ready, self._arrived = asyncio.Event(), asyncio.Event()

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/app/getAppAccessToken", self._give_token)
        router.add_get("/gateway/bot", self._gateway)
        router.add_get("/websocket", self._websocket)
        router.add_get("/users/@me", self._me)
        router.add_post("/v2/{kind:groups|users}/{openid}/messages", self._message)
        router.add_post("/v2/{kind:groups|users}/{openid}/files", self._file)
        router.add_put("/interactions/{id}", self._interaction)

    async def hang_up(self) -> None:
        for ws in list(self._connected):
            await ws.close()

    def settings(self, **more: object) -> str:
        """The tables of ``bot.toml`` for this platform."""
        base = f"http://127.0.0.1:{self.port}"
        lines = [
            "[platforms]",
            'enabled = ["qq"]',
            "[platforms.qq]",
            f'app_id = "{APP_ID}"',
            f'api_base = "{base}/"',
            f'auth_base = "{base}/app/getAppAccessToken"',
            *(f"{key} = {json.dumps(value)}" for key, value in more.items()),
        ]
        return "\n".join(lines)

    async def connected(self, wait_s: float = 30, *, processes: int = 1) -> None:
        """The bot has identified itself, or resumed, on so many connections."""
        async with asyncio.timeout(wait_s):
            while len(self._connected) < processes:
                self._ready.clear()
                await self._ready.wait()

    async def texts(self, openid: str, count: int, wait_s: float = 20) -> list[str]:
        """What was said to *openid*, once there are *count* messages."""
        deadline = time.monotonic() + wait_s
        while len(found := [one for one in self.sent if one["to"] == openid]) < count:
            self._arrived.clear()
            left = deadline - time.monotonic()
            assert left > 0, f"{len(found)} messages, {count} wanted: {self.sent} {self.refused}"
            try:
                await asyncio.wait_for(self._arrived.wait(), left)
            except TimeoutError:
                continue
        return [text_of(one) for one in found]

    async def group(self, text: str, *, group: str = "G1", user: str = "U1", role: str = "member") -> dict[str, Any]:
        """A member writes to the bot with @; the payload, for sending it again."""
        author = {"id": user, "member_openid": user, "bot": False, "member_role": role, "username": f"名{user}"}
        return await self.dispatch(
            "GROUP_AT_MESSAGE_CREATE",
            {**self._said(f" {text}"), "author": author, "group_id": group, "group_openid": group},
        )

    async def private(self, text: str, *, user: str = "U1") -> dict[str, Any]:
        author = {"id": user, "user_openid": user}
        return await self.dispatch("C2C_MESSAGE_CREATE", {**self._said(text), "author": author})

    async def press(self, label: str, *, group: str = "G1", user: str = "U1", message: int = -1) -> None:
        """Press the button *label* under the *message*-th message of the group that has buttons."""
        keyboards = [one["keyboard"] for one in self.sent if one["to"] == group and one.get("keyboard")]
        buttons = [button for row in keyboards[message]["content"]["rows"] for button in row["buttons"]]
        button = next(one for one in buttons if one["render_data"]["label"] == label)
        await self.dispatch(
            "INTERACTION_CREATE",
            {
                "id": uuid.uuid4().hex,
                "type": 11,
                "version": 1,
                "timestamp": "2026-11-23T22:00:00+08:00",
                "scene": "group",
                "chat_type": 1,
                "group_openid": group,
                "group_member_openid": user,
                "application_id": APP_ID,
                "data": {"type": 11, "resolved": {"button_data": button["action"]["data"], "button_id": button["id"]}},
            },
        )

    async def robot(self, kind: str, *, group: str = "G1") -> None:
        """``GROUP_ADD_ROBOT``, ``GROUP_DEL_ROBOT``, ``GROUP_MSG_REJECT`` or ``GROUP_MSG_RECEIVE``."""
        data = {"timestamp": int(time.time()), "group_openid": group, "op_member_openid": "U1"}
        await self.dispatch(kind, data)

    async def dispatch(self, kind: str, data: Any) -> dict[str, Any]:
        return await self.deliver({"op": 0, "t": kind, "d": data, "id": f"{kind}:{uuid.uuid4().hex}"})

    async def deliver(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a payload over the WebSocket; one that was sent before comes under a new sequence number."""
        self._seq += 1
        payload = {**payload, "s": self._seq}
        self._history.append(payload)
        self._came.setdefault(payload["id"], time.monotonic())
        at = self._seq % max(len(self._connected), 1)
        for ws in self._connected[at : at + 1] if self.shares else list(self._connected):
            await ws.send_json(payload)
        return payload

    async def cut(self) -> None:
        """End the connection; the bot comes back and resumes."""
        await self._connected.pop().close()

    def forget_token(self) -> None:
        self._token = f"token-{uuid.uuid4().hex}"

    async def push(self, url: str, payload: object, *, signature: str | None = None) -> tuple[int, str]:
        """Post *payload* to the bot's webhook, signed unless another *signature* is given; status and body."""
        body, stamp = json.dumps(payload, ensure_ascii=False).encode(), str(int(time.time()))
        signed = self.key.sign(stamp.encode() + body).hex() if signature is None else signature
        headers = {"X-Bot-Appid": APP_ID, "X-Signature-Timestamp": stamp, "X-Signature-Ed25519": signed}
        async with aiohttp.ClientSession() as http, http.post(url, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    def message(self, text: str, *, group: str = "G1", user: str = "U1") -> dict[str, Any]:
        """The payload of a group message for the webhook."""
        author = {"id": user, "member_openid": user, "bot": False, "member_role": "member"}
        data = {**self._said(f" {text}"), "author": author, "group_id": group, "group_openid": group}
        return {
            "op": 0,
            "s": 1,
            "t": "GROUP_AT_MESSAGE_CREATE",
            "d": data,
            "id": f"GROUP_AT_MESSAGE_CREATE:{data['id']}",
        }

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes((SECRET * 2)[:32].encode())

    def _said(self, text: str) -> dict[str, Any]:
        number = f"ROBOT1.0_{uuid.uuid4().hex}"
        self._came[number] = time.monotonic()
        return {"id": number, "content": text, "timestamp": "2026-11-23T22:00:00+08:00", "message_type": 0}

    async def _give_token(self, request: web.Request) -> web.Response:
        body = await request.json()
        if (body.get("appId"), body.get("clientSecret")) != (APP_ID, SECRET):
            return web.json_response({"code": 100016, "message": "invalid appid or secret"})
        return web.json_response({"access_token": self._token, "expires_in": "7200"})

    async def _gateway(self, request: web.Request) -> web.Response:
        if self.gateway_down:
            self.gateway_down -= 1
            return web.json_response({"code": 50000, "message": "system error"}, status=500)
        limits = {"total": 1000, "remaining": 999, "reset_after": 86400000, "max_concurrency": 1}
        url = f"ws://127.0.0.1:{self.port}/websocket"
        return self._barred(request) or web.json_response({"url": url, "shards": 1, "session_start_limit": limits})

    async def _me(self, request: web.Request) -> web.Response:
        return self._barred(request) or web.json_response({"id": "bot-1", "username": "bot", "bot": True})

    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_json({"op": 10, "d": {"heartbeat_interval": 41250}})
        async for frame in ws:
            if frame.type != WSMsgType.TEXT:
                break
            payload = json.loads(frame.data)
            self.frames.append(payload)
            match payload["op"]:
                case 1:
                    await ws.send_json({"op": 11})
                case 2 if payload["d"]["token"] == f"QQBot {self._token}":
                    self._sessions.add(session := uuid.uuid4().hex)
                    user = {"id": "bot-1", "username": "bot", "bot": True}
                    ready = {"version": 1, "session_id": session, "shard": payload["d"]["shard"], "user": user}
                    await ws.send_json({"op": 0, "s": self._seq, "t": "READY", "d": ready, "id": "READY:1"})
                    self._connected.append(ws)
                    self._ready.set()
                case 6 if payload["d"]["session_id"] in self._sessions:
                    for missed in [one for one in self._history if one["s"] > payload["d"]["seq"]]:
                        await ws.send_json(missed)
                    await ws.send_json({"op": 0, "s": self._seq, "t": "RESUMED", "d": "", "id": "RESUMED:1"})
                    self._connected.append(ws)
                    self._ready.set()
                case _:
                    await ws.send_json({"op": 9, "d": False})
        if ws in self._connected:
            self._connected.remove(ws)
        return ws

    async def _message(self, request: web.Request) -> web.Response:
        body, openid = await request.json(), request.match_info["openid"]
        if barred := self._barred(request):
            return barred
        if code := self._refusal(openid, body, group=request.match_info["kind"] == "groups"):
            self.refused.append((openid, str(code)))
            return web.json_response({"code": code, "err_code": code, "message": "refused"}, status=400)
        self.sent.append({"to": openid, **body})
        self._arrived.set()
        return web.json_response({"id": f"ROBOT1.0_out{len(self.sent)}", "timestamp": "2026-11-23T22:00:01+08:00"})

    def _refusal(self, openid: str, body: dict[str, Any], *, group: bool) -> int:
        text = text_of(body)
        if not text.strip() and not body.get("media"):
            return 40034006
        if 0 < self.most_bytes < len(text.encode()):
            return 40054007
        if _LINK.search(text):
            return 40054010
        if body.get("keyboard") and not self.buttons:
            return 40034090
        source = body.get("msg_id") or body.get("event_id")
        if source is None and body.get("is_wakeup"):
            return 40034102 if group else self.unwakable.get(openid, 0)
        if source is None:
            return 0 if openid in self.proactive else 40034105
        if source not in self._came:
            return 40034024 if body.get("msg_id") else 40034025
        if time.monotonic() - self._came[source] + self.age_s > (300 if group else 3600):
            return 40034005
        number = (openid, source, int(body.get("msg_seq") or 1))
        if number in self._numbers:
            return 40054005
        if self._answers[source] >= 5:
            return 40034128
        self._numbers.add(number)
        self._answers[source] += 1
        return 0

    async def _file(self, request: web.Request) -> web.Response:
        self.uploads.append(await request.json())
        return self._barred(request) or web.json_response({"file_uuid": "f", "file_info": "info", "ttl": 0})

    async def _interaction(self, request: web.Request) -> web.Response:
        self.pressed.append(request.match_info["id"])
        return web.json_response({})

    def _barred(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"QQBot {self._token}":
            return None
        return web.json_response({"code": 11244, "message": "token not exist or expire"}, status=401)


def text_of(message: dict[str, Any]) -> str:
    """The words of a message, with or without buttons."""
    return str(message.get("content") or (message.get("markdown") or {}).get("content") or "").replace("\\", "")

"""Feishu's open platform on loopback: tokens, events over HTTP, messages, names.

Written from the vendor's pages (open.feishu.cn, im/v1/messages, message-resource/get, event im.message.receive_v1) and
the adapter's source.
What is refused says so in a JSON body, with status 400 or, at times, 200.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from typing import Any

import aiohttp
from aiohttp import web

from tests.platforms.loopback import LoopbackServer

APP_ID, SECRET, VERIFICATION = "cli_a1", "feishu-secret", "verification"
SELF_OPEN_ID, OWNER = "ou_bot", "ou_owner"


class FeishuServer(LoopbackServer):
    """The whole platform, for one app."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        """Messages that went out: ``to`` (a chat or an open id), ``text``, and ``quoted``, the message they reply to."""
        self.refuse: dict[str, tuple[int, int]] = {}
        """Status and code of what is sent to these chats and open ids, also as a reply."""
        self.refused: list[str] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        """Name and content of what was uploaded, by its key; messages with a file have the key for a text."""
        self.down = 0
        """So many requests for the bot's own name fail."""
        self.fetched: list[tuple[str, str]] = []
        """Keys and kinds of the resources that were asked for."""
        self._resources: dict[tuple[str, str, str], bytes] = {}
        """What members sent, by message, key and kind."""
        self._came: dict[str, str] = {}
        """Where messages of members came from."""
        self._said: dict[str, dict[str, Any]] = {}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        api = "/open-apis"
        router.add_post(f"{api}/auth/v3/tenant_access_token/internal", self._token)
        router.add_get(f"{api}/bot/v3/info", self._info)
        router.add_get(f"{api}/contact/v3/users/{{id}}", self._user)
        router.add_get(f"{api}/im/v1/chats/{{id}}", self._chat)
        router.add_post(f"{api}/im/v1/images", self._image)
        router.add_post(f"{api}/im/v1/files", self._file)
        router.add_post(f"{api}/im/v1/messages", self._send)
        router.add_post(f"{api}/im/v1/messages/{{id}}/reply", self._reply)
        router.add_get(f"{api}/im/v1/messages/{{id}}", self._asked)
        router.add_get(f"{api}/im/v1/messages/{{id}}/resources/{{key}}", self._resource)

    def settings(self) -> str:
        bot = f'{{app_id = "{APP_ID}", app_secret = "{SECRET}", verification_token = "{VERIFICATION}"}}'
        base = f'feishu_api_base = "http://127.0.0.1:{self.port}"'
        return f'[nonebot]\n{base}\nfeishu_bots = [{bot}]\n[platforms]\nenabled = ["feishu"]'

    async def say(
        self, url: str, text: str, *, user: str = "ou_5", chat: str = "", at: bool = True, quoting: str = ""
    ) -> str:
        """A member writes, in private unless a *chat* is named, to the bot at *url*; the message's id."""
        content = {"text": f"@_user_1 {text}" if chat and at else text}
        return await self.send(url, "text", content, user=user, chat=chat, at=at, quoting=quoting)

    async def send(
        self,
        url: str,
        kind: str,
        content: dict[str, Any],
        *,
        user: str = "ou_5",
        chat: str = "",
        at: bool = False,
        quoting: str = "",
        **resources: bytes,
    ) -> str:
        """A member sends a message of any *kind*; *resources* are what is behind the keys in it."""
        number = f"om_{uuid.uuid4().hex}"
        self._came[number] = chat or user
        for key, data in resources.items():
            self._resources[number, key, "file" if kind == "file" else "image"] = data
        mention = {
            "key": "@_user_1",
            "id": {"open_id": SELF_OPEN_ID, "union_id": "on_bot", "user_id": ""},
            "name": "bot",
            "tenant_key": "t",
        }
        message: dict[str, Any] = {
            "message_id": number,
            "create_time": str(int(time.time() * 1000)),
            "chat_id": chat or f"oc_{user}",
            "chat_type": "group" if chat else "p2p",
            "message_type": kind,
            "content": json.dumps(content),
            **({"mentions": [mention]} if chat and at else {}),
            **({"parent_id": quoting, "root_id": quoting} if quoting else {}),
        }
        by = {"id": user, "id_type": "open_id", "sender_type": "user", "tenant_key": "t"}
        self._said[number] = _item(number, kind, message["content"], by, chat or f"oc_{user}")
        # An app that may not read the tenant's own ids of people is told none.
        who = {"open_id": user, "union_id": f"on_{user}", "user_id": None}
        sender = {"sender_id": who, "sender_type": "user", "tenant_key": "t"}
        await self.event(url, "im.message.receive_v1", {"sender": sender, "message": message})
        return number

    async def event(self, url: str, kind: str, event: dict[str, Any], *, token: str = VERIFICATION) -> int:
        """Call the bot back; the status it answers with."""
        header = {
            "event_id": uuid.uuid4().hex,
            "event_type": kind,
            "create_time": str(int(time.time() * 1000)),
            "token": token,
            "app_id": APP_ID,
            "tenant_key": "t",
        }
        body = {"schema": "2.0", "header": header, "event": event}
        async with aiohttp.ClientSession() as http, http.post(f"{url}/feishu/{APP_ID}", json=body) as answer:
            return answer.status

    async def ready(self, url: str, wait_s: float = 30) -> None:
        """The bot answers the platform's challenge."""
        deadline, body = time.monotonic() + wait_s, {"type": "url_verification", "challenge": "c", "token": "v"}
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < deadline:
                async with http.post(f"{url}/feishu/{APP_ID}", json=body) as answer:
                    if answer.status == 200:
                        assert json.loads(await answer.text()) == {"challenge": "c"}
                        return
                await asyncio.sleep(0.1)
        raise AssertionError("the bot takes no events")

    async def texts(self, to: str, count: int, wait_s: float = 20) -> list[str]:
        """What was said to *to*, once there are *count* messages."""
        deadline = time.monotonic() + wait_s
        while len(found := [one["text"] for one in self.sent if one["to"] == to]) < count:
            assert time.monotonic() < deadline, (self.sent, self.refused)
            await asyncio.sleep(0.05)
        return found

    async def _token(self, request: web.Request) -> web.Response:
        assert await request.json() == {"app_id": APP_ID, "app_secret": SECRET}
        return _ok(tenant_access_token="t-1", expire=7200)

    async def _info(self, request: web.Request) -> web.Response:
        if self.down:
            self.down -= 1
            return web.json_response({"code": 2200, "msg": "internal error"}, status=500)
        bot = {"activate_status": 2, "app_name": "bot", "avatar_url": "https://example.com/a.png"}
        return _ok(bot={**bot, "ip_white_list": [], "open_id": SELF_OPEN_ID})

    async def _asked(self, request: web.Request) -> web.Response:
        return _ok(data={"items": [self._said[request.match_info["id"]]]})

    async def _resource(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer t-1"
        number, key, kind = request.match_info["id"], request.match_info["key"], request.query["type"]
        self.fetched.append((key, kind))
        if (data := self._resources.get((number, key, kind))) is None:
            return web.json_response({"code": 234001, "msg": "Invalid request param."}, status=400)
        return web.Response(body=data, content_type="application/octet-stream")

    async def _user(self, request: web.Request) -> web.Response:
        who = request.match_info["id"]
        return _ok(data={"user": {"open_id": who, "name": f"名{who}", "avatar": {"avatar_origin": ""}}})

    async def _chat(self, request: web.Request) -> web.Response:
        return _ok(data={"name": "群", "avatar": "", "owner_id": OWNER, "owner_id_type": "open_id"})

    async def _image(self, request: web.Request) -> web.Response:
        assert (await request.post())["image_type"] == "message"
        return _ok(data={"image_key": "img_1"})

    async def _file(self, request: web.Request) -> web.Response:
        form: Any = await request.post()
        assert form["file_type"] == "stream"
        key = f"file_{len(self.files)}"
        self.files[key] = form["file_name"], form["file"].file.read()
        return _ok(data={"file_key": key})

    async def _send(self, request: web.Request) -> web.Response:
        body = await request.json()
        private = body["receive_id"].startswith("ou_")
        assert request.query["receive_id_type"] == ("open_id" if private else "chat_id")
        return self._went_out(body["receive_id"], body, quoted="")

    async def _reply(self, request: web.Request) -> web.Response:
        quoted = request.match_info["id"]
        return self._went_out(self._came[quoted], await request.json(), quoted=quoted)

    def _went_out(self, to: str, body: dict[str, Any], *, quoted: str) -> web.Response:
        if to in self.refuse:
            status, code = self.refuse[to]
            self.refused.append(to)
            return web.json_response({"code": code, "msg": "refused"}, status=status)
        most = 30 if body["msg_type"] == "post" else 150
        if len(json.dumps(body)) > most * 1024:
            told = {"code": 230025, "msg": "The length of the message content reaches its limit."}
            return web.json_response(told, status=400)
        number = f"om_sent{len(self.sent) + 1}"
        self.sent.append({"to": to, "text": _text(body), "quoted": quoted, "type": body["msg_type"], "id": number})
        by = {"id": APP_ID, "id_type": "app_id", "sender_type": "app", "tenant_key": "t"}
        content = json.loads(body["content"])
        # Rich text is written for each language, and told in one.
        told = json.dumps(content.get("zh_cn", content))
        self._said[number] = _item(number, body["msg_type"], told, by, to)
        return _ok(data={"message_id": number, "chat_id": to, "msg_type": body["msg_type"]})


def _ok(**more: Any) -> web.Response:
    return web.json_response({"code": 0, "msg": "success", **more})


def _item(number: str, kind: str, content: str, sender: dict[str, str], chat: str) -> dict[str, Any]:
    """A message as who asks for it is told."""
    at = str(int(time.time() * 1000))
    when = {"create_time": at, "update_time": at, "deleted": False, "updated": False}
    told = {"message_id": number, "msg_type": kind, "chat_id": chat, "sender": sender, "body": {"content": content}}
    return {**told, **when}


def _text(body: dict[str, Any]) -> str:
    content = json.loads(body["content"])
    if body["msg_type"] == "text":
        return content["text"]
    if body["msg_type"] == "file":
        return content["file_key"]
    lines = content["zh_cn"]["content"]
    return "".join(part.get("text", "") for line in lines for part in line)

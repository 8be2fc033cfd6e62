"""The other side of a OneBot v11 reverse WebSocket, and the bot as a real process."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import os
import signal
import socket
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp

TOKEN = "secret-token"
SELF_ID = 10001


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class BotProcess:
    """`gongkao run` in a folder of its own."""

    home: Path
    port: int = field(default_factory=free_port)
    model_url: str = ""
    settings: str = ""
    env: dict[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = ("-m", "bot.cli")
    """What Python runs in place of `gongkao`."""
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.home / "bot.log").read_text(encoding="utf-8")

    async def start(self, wait_s: float = 40) -> BotProcess:
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "bot.toml").write_text(
            f"[bot]\nport = {self.port}\n{self.settings}\n[inference]\nbase_url = {json.dumps(self.model_url)}\n",
            encoding="utf-8",
        )
        env = {k: v for k, v in os.environ.items() if not k.startswith("GONGKAO_")}
        with (self.home / "bot.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.program,
                "run",
                cwd=self.home,
                env={**env, "ONEBOT_ACCESS_TOKEN": TOKEN, **self.env},
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + wait_s
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < deadline:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{self.url}/healthz") as response:
                        if response.status == 200:
                            return self
                assert self.process.returncode is None, self.log
                await asyncio.sleep(0.05)
        raise AssertionError(f"the bot did not come up:\n{self.log}")

    async def ignored(self, reason: str) -> int:
        """How many events were not used for *reason*, as the metrics tell it."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/metrics") as response:
            text = await response.text()
        counted = f'gongkao_ignored_events_total{{reason="{reason}"}} '
        return next(
            (int(float(line.removeprefix(counted))) for line in text.splitlines() if line.startswith(counted)), 0
        )

    async def kill(self) -> None:
        """kill -9"""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> int:
        assert self.process
        if self.process.returncode is None:
            self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), 15)


_message_ids = itertools.count(1)
# A platform never gives an id twice: quotes of it would be taken for quotes of an older message.
_sent_ids = itertools.count(9000)


@dataclass(frozen=True)
class Fate:
    """What becomes of a message that the bot sends unasked."""

    shown: bool
    """Whether it stands in the chat."""
    answer: dict[str, Any] | None
    """What the bot is told; ``None`` when the connection drops instead."""


class Peer:
    """What NapCat is to the bot: sends events, answers API calls, keeps what was sent."""

    def __init__(self, bot: BotProcess, self_id: int = SELF_ID) -> None:
        self.bot, self.self_id = bot, self_id
        self.sent: dict[str, list[dict[str, Any]]] = defaultdict(list)
        """Messages the bot sent, by ``group:ID`` or ``private:ID``."""
        self.known: dict[int, dict[str, Any]] = {}
        self.forwards = True
        """Whether merged forwards are known here; what they hold then stands among what was sent, a segment a node."""
        self.fail_send: int | None = None
        """Return code of every send action from now on; ``None`` for success."""
        self.fates: dict[str, list[Fate]] = defaultdict(list)
        """Of the next messages without a quote, by chat; all goes well when there is none."""
        self.handed: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        """Files the bot sent in private, name and bytes, by ``private:ID``."""
        self.strangers: set[int] = set()
        """Who is no friend: files for them are refused."""
        self.files: dict[str, str] = {}
        self.recalled: list[int] = []
        """Ids of messages that the bot took back."""
        """Addresses of the files that can be asked for, by file id."""
        self._arrived = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession()
        self.ws = await self.http.ws_connect(
            f"ws://127.0.0.1:{self.bot.port}/onebot/v11/ws",
            headers={"X-Self-ID": str(self.self_id), "Authorization": f"Bearer {TOKEN}"},
        )
        self._reader = asyncio.create_task(self._read())
        await self.raw(
            {
                "time": 1,
                "self_id": self.self_id,
                "post_type": "meta_event",
                "meta_event_type": "lifecycle",
                "sub_type": "connect",
            }
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await self.ws.close()
        await self.http.close()

    async def raw(self, payload: object) -> None:
        """Send any JSON, or a string as it is."""
        await self.ws.send_str(payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False))

    async def group(self, text: str, *, group: int = 500, user: int = 200, at: bool = True, **extra: Any) -> int:
        segments = [{"type": "at", "data": {"qq": str(self.self_id)}}] if at else []
        return await self.message(
            [*segments, {"type": "text", "data": {"text": text}}], group=group, user=user, **extra
        )

    async def private(self, text: str, *, user: int = 200, **extra: Any) -> int:
        return await self.message([{"type": "text", "data": {"text": text}}], user=user, **extra)

    async def message(
        self,
        segments: Any,
        *,
        user: int = 200,
        group: int | None = None,
        message_id: int | None = None,
        role: str = "member",
    ) -> int:
        """Send a message event; its message id."""
        number = message_id if message_id is not None else next(_message_ids)
        event: dict[str, Any] = {
            "time": int(time.time()),
            "self_id": self.self_id,
            "post_type": "message",
            "message_type": "private" if group is None else "group",
            "sub_type": "friend" if group is None else "normal",
            "message_id": number,
            "user_id": user,
            "message": segments,
            "raw_message": "",
            "font": 0,
            "sender": {"user_id": user, "nickname": f"user{user}"},
        }
        if group is not None:
            event["group_id"] = group
            event["sender"]["role"] = role
        await self.raw(event)
        return number

    async def mute(self, *, group: int, seconds: int) -> None:
        """Send the notice that the bot may not speak for *seconds*; 0 that it may again."""
        ban = {"notice_type": "group_ban", "sub_type": "ban" if seconds else "lift_ban", "duration": seconds}
        whom = {"group_id": group, "operator_id": 1, "user_id": self.self_id, "self_id": self.self_id}
        await self.raw({"post_type": "notice", "time": int(time.time()), **ban, **whom})

    async def upload(self, name: str, url: str, *, group: int, user: int, size: int = 1000) -> None:
        """Send the notice of a file dropped into a group."""
        file_id = f"/{len(self.files)}"
        self.files[file_id] = url
        file = {"id": file_id, "name": name, "size": size, "busid": 102}
        notice = {
            "post_type": "notice",
            "notice_type": "group_upload",
            "time": int(time.time()),
            "self_id": self.self_id,
        }
        await self.raw({**notice, "group_id": group, "user_id": user, "file": file})

    async def reply_to(self, chat: str, *, count: int = 1, wait_s: float = 20) -> str:
        """Text of the *count*-th message the bot sent to *chat*; fails when it does not come."""
        deadline = time.monotonic() + wait_s
        while len(self.sent[chat]) < count:
            self._arrived.clear()
            left = deadline - time.monotonic()
            assert left > 0, f"no reply in {chat} within {wait_s} s\n{self.bot.log[-3000:]}"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), left)
        return self.text_of(self.sent[chat][count - 1])

    async def silent(self, chat: str, *, for_s: float = 0.4) -> bool:
        before = len(self.sent[chat])
        await asyncio.sleep(for_s)
        return len(self.sent[chat]) == before

    @staticmethod
    def text_of(message: dict[str, Any]) -> str:
        return "".join(s["data"].get("text", "") for s in message["segments"] if s["type"] == "text")

    async def _read(self) -> None:
        async for frame in self.ws:
            if frame.type == aiohttp.WSMsgType.TEXT:
                call = json.loads(frame.data)
                answer = self._answer(call["action"], call.get("params", {}))
                if answer is None:
                    await self.ws.close()
                    return
                await self.raw(answer | {"echo": call["echo"]})

    def _answer(self, action: str, params: dict[str, Any]) -> dict[str, Any] | None:
        ok: dict[str, Any] = {"status": "ok", "retcode": 0, "data": {}}
        if action == "get_msg":
            found = self.known.get(int(params["message_id"]))
            return {**ok, "data": found} if found else {"status": "failed", "retcode": 100, "data": None}
        if action == "get_group_msg_history":
            oldest: dict[str, Any] = {
                "time": 1,
                "message_id": 1,
                "sender": {"user_id": 1},
                "message": [],
                "group_id": params["group_id"],
            }
            of_group = [one for one in self.known.values() if one.get("group_id") == params["group_id"]]
            return {**ok, "data": {"messages": [oldest, *of_group]}}
        if action in ("get_group_file_url", "get_private_file_url"):
            return {**ok, "data": {"url": self.files.get(params["file_id"], "")}}
        if action == "delete_msg":
            self.recalled.append(params["message_id"])
        if action == "upload_private_file":
            if params["user_id"] in self.strangers:
                return {"status": "failed", "retcode": 1200, "data": None, "message": "not a friend"}
            body = base64.b64decode(params["file"].removeprefix("base64://"), validate=True)
            self.handed[f"private:{params['user_id']}"].append((params["name"], body))
        if not action.startswith("send_"):
            return ok
        if self.fail_send is not None:
            return {"status": "failed", "retcode": self.fail_send, "data": None, "message": "Timeout"}
        chat = f"group:{params['group_id']}" if "group_id" in params else f"private:{params['user_id']}"
        forward = action == "send_group_forward_msg"
        if forward and not self.forwards:
            return {"status": "failed", "retcode": 1404, "data": None, "message": "API_NOT_FOUND"}
        segments = (
            [one for node in params["messages"] for one in node["data"]["content"]] if forward else params["message"]
        )
        unasked = all(segment["type"] != "reply" for segment in segments)
        fate = self.fates[chat].pop(0) if unasked and self.fates[chat] else Fate(shown=True, answer=ok)
        if not fate.shown:
            return fate.answer
        number = next(_sent_ids)
        self.sent[chat].append({"message_id": number, "segments": segments, "forward": forward})
        self.known[number] = {
            "time": int(time.time()),
            "message_type": "group",
            "group_id": params.get("group_id"),
            "message_id": number,
            "real_id": number,
            "sender": {"user_id": self.self_id, "nickname": "bot"},
            "message": segments,
        }
        self._arrived.set()
        return {**ok, "data": {"message_id": number}} if fate.answer is ok else fate.answer

"""The Bot API of Telegram on loopback, as far as a text bot needs it."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.platforms.loopback import LoopbackServer
from tests.platforms.telegram_files import TelegramFiles

TOKEN, SELF_ID = "777000:secret", 777000
_ME = {"id": SELF_ID, "is_bot": True, "first_name": "bot", "username": "quizbot"}


@dataclass
class SentPoll:
    """A poll that the bot has put up."""

    id: str
    chat: int
    message_id: int
    question: str
    options: list[str]
    told: dict[str, Any]
    """All parameters, read out of their JSON."""
    closed: bool = False
    votes: dict[int, list[int]] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """As the Bot API's Poll."""
        chosen = [place for places in self.votes.values() for place in places]
        quiz = self.told.get("type") == "quiz"
        return {
            "id": self.id,
            "question": self.question,
            "options": [{"text": text, "voter_count": chosen.count(place)} for place, text in enumerate(self.options)],
            "total_voter_count": len(self.votes),
            "is_closed": self.closed,
            "is_anonymous": self.told.get("is_anonymous", True),
            "type": self.told.get("type", "regular"),
            "allows_multiple_answers": self.told.get("allows_multiple_answers", False),
            **({"correct_option_id": self.told["correct_option_id"]} if quiz else {}),
            **{name: self.told[name] for name in ("explanation", "open_period") if name in self.told},
        }


class TelegramServer(LoopbackServer):
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        """Parameters of every message that the bot sent."""
        self.refuse = 0
        """Error code of every send from now on; 0 for success."""
        self.polls: list[SentPoll] = []
        self.without_polls: set[int] = set()
        """Chats whose rules let nobody put up polls."""
        self.documents: list[tuple[int, str, bytes]] = []
        """Files that the bot sent: chat, name and content."""
        self.edited: dict[int, str] = {}
        """What messages of the bot say now, by their number."""
        self.deleted: list[int] = []
        self.files = TelegramFiles()
        """What members sent."""
        self._updates: list[dict[str, Any]] = []
        self._confirmed = 0
        """Updates below are not told again, to no later process either."""

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_route("*", "/bot{token}/{method}", self._call)
        router.add_get("/file/bot{token}/{path:.+}", self._download)

    def settings(self) -> str:
        bots = f'[{{token = "{TOKEN}", api_server = "http://127.0.0.1:{self.port}/"}}]'
        return f'[nonebot]\ntelegram_bots = {bots}\n[platforms]\nenabled = ["telegram"]'

    def say(self, text: str, *, user: int = 5, chat: int | None = None, **more: Any) -> dict[str, Any]:
        """A member writes, in private unless a *chat* is named; the message as bots are told."""
        number = 100 + len(self._updates)
        where = {"id": user, "type": "private"} if chat is None else {"id": chat, "type": "supergroup", "title": "群"}
        sender = {"id": user, "is_bot": False, "first_name": f"名{user}"}
        message = {"message_id": number, "date": int(time.time()), "chat": where, "from": sender, **more}
        # Beside a photo or a file the words are its caption.
        words = "caption" if {"photo", "document"} & set(more) else "text"
        if text:
            message[words] = text
        if text.startswith("@quizbot"):
            mention = {"type": "mention", "offset": 0, "length": len("@quizbot")}
            message["caption_entities" if words == "caption" else "entities"] = [mention]
        self._update("message", message)
        return message

    def drop(self, name: str, data: bytes, *, user: int) -> None:
        """A member sends a file in private."""
        self.say("", user=user, **self.files.document(name, data))

    def vote(self, poll: SentPoll, *options: int, user: int, **more: Any) -> None:
        """A member chooses *options* of the open *poll*, or takes its vote back with none."""
        assert not poll.closed
        assert not (poll.told.get("type") == "quiz" and user in poll.votes), "votes in a quiz stand"
        poll.votes[user] = list(options)
        self.tell_vote(poll.id, *options, user=user, **more)

    def tell_vote(self, poll_id: str, *options: int, user: int, **more: Any) -> None:
        """The update of a vote alone; it may come after its poll was stopped."""
        who = {"id": user, "is_bot": False, "first_name": f"名{user}"}
        self._update("poll_answer", {"poll_id": poll_id, "user": who, "option_ids": list(options), **more})

    async def poll(self, chat: int, count: int, wait_s: float = 20) -> SentPoll:
        """The *count*-th poll in *chat*."""
        deadline = time.monotonic() + wait_s
        while len(found := [one for one in self.polls if one.chat == chat]) < count:
            assert time.monotonic() < deadline, (self.polls, self.sent)
            await asyncio.sleep(0.05)
        return found[count - 1]

    async def stopped(self, poll: SentPoll, wait_s: float = 20) -> None:
        """Until the bot has stopped *poll*."""
        deadline = time.monotonic() + wait_s
        while not poll.closed:
            assert time.monotonic() < deadline, poll
            await asyncio.sleep(0.05)

    async def texts(self, chat: int, count: int, wait_s: float = 20) -> list[str]:
        deadline = time.monotonic() + wait_s
        while len(found := [one.get("text", "") for one in self.sent if int(one["chat_id"]) == chat]) < count:
            assert time.monotonic() < deadline, self.sent
            await asyncio.sleep(0.05)
        return found

    async def _call(self, request: web.Request) -> web.Response:
        assert request.match_info["token"] == TOKEN
        asked = dict(request.query)
        if request.can_read_body:
            json_body = request.content_type == "application/json"
            form = await request.json() if json_body else await request.post()
            asked |= dict(form)
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
        if method == "stopPoll":
            return self._stop_poll(asked)
        if method == "getFile":
            found = self.files.find(str(asked["file_id"]))
            return self._bad("file is too big") if found is None else self._ok(found)
        if method == "editMessageText":
            self.edited[int(asked["message_id"])] = asked["text"]
        if method == "deleteMessage":
            self.deleted.append(int(asked["message_id"]))
        if not method.startswith("send"):
            return self._ok(True)
        if self.refuse:
            told = {"ok": False, "error_code": self.refuse, "description": "Forbidden: bot was blocked"}
            return web.json_response(told, status=self.refuse)
        if method == "sendPoll":
            return self._send_poll(asked)
        if _units(asked.get("text", "")) > 4096:
            return self._bad("message is too long")
        if _units(asked.get("caption") or "") > 1024:
            return self._bad("message caption is too long")
        if method == "sendDocument":
            file = asked[str(asked["document"]).removeprefix("attach://")]
            self.documents.append((int(asked["chat_id"]), file.filename, file.file.read()))
        self.sent.append(asked)
        chat = {"id": int(asked["chat_id"]), "type": "private"}
        sent = {"message_id": 9000 + len(self.sent), "date": int(time.time()), "chat": chat, "from": _ME}
        return self._ok({**sent, "text": asked.get("text", "")})

    async def _download(self, request: web.Request) -> web.Response:
        assert request.match_info["token"] == TOKEN
        found = self.files.fetch(request.match_info["path"])
        return web.Response(status=404) if found is None else web.Response(body=found)

    def _send_poll(self, asked: dict[str, Any]) -> web.Response:
        """With the limits of Bot API 9.5, which 9.6 has only widened."""
        told = {name: _read(value) for name, value in asked.items() if name not in ("chat_id", "question")}
        question, options = asked["question"], [one["text"] for one in told["options"]]
        chat, explanation = int(asked["chat_id"]), told.get("explanation", "")
        quiz = told.get("type") == "quiz"
        wrong = {
            "not enough rights to send polls to the chat": chat in self.without_polls,
            "poll question length must be 1-300": not 1 <= len(question) <= 300,
            "poll must have 2-10 options": not 2 <= len(options) <= 10,
            "poll options length must not exceed 100": not all(1 <= len(one) <= 100 for one in options),
            "explanation is too long": len(explanation) > 200 or explanation.count("\n") > 2,
            "wrong open_period": not 5 <= told.get("open_period", 5) <= 600,
            "wrong correct option ID": quiz and told.get("correct_option_id") not in range(len(options)),
        }
        if reason := next((one for one, is_so in wrong.items() if is_so), ""):
            return self._bad(reason)
        number = 7000 + len(self.polls)
        poll = SentPoll(f"5{number}", chat, number, question, options, told)
        self.polls.append(poll)
        place = {"id": chat, "type": "private"}
        sent = {"message_id": number, "date": int(time.time()), "chat": place, "from": _ME, "poll": poll.shown()}
        return self._ok(sent)

    def _stop_poll(self, asked: dict[str, Any]) -> web.Response:
        where = (int(asked["chat_id"]), int(asked["message_id"]))
        poll = next((one for one in self.polls if (one.chat, one.message_id) == where), None)
        if poll is None:
            return self._bad("message with poll to stop not found")
        if poll.closed:
            return self._bad("poll has already been closed")
        poll.closed = True
        self._update("poll", poll.shown())
        return self._ok(poll.shown())

    def _update(self, kind: str, what: dict[str, Any]) -> None:
        self._updates.append({"update_id": 1000 + len(self._updates), kind: what})

    async def _wait_for(self, offset: int) -> list[dict[str, Any]]:
        self._confirmed = max(self._confirmed, offset)
        for _ in range(10):
            if found := [one for one in self._updates if one["update_id"] >= self._confirmed]:
                return found
            await asyncio.sleep(0.1)
        return []

    @staticmethod
    def _bad(reason: str) -> web.Response:
        told = {"ok": False, "error_code": 400, "description": f"Bad Request: {reason}"}
        return web.json_response(told, status=400)

    @staticmethod
    def _ok(result: object) -> web.Response:
        return web.json_response(json.loads(json.dumps({"ok": True, "result": result})))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _read(value: object) -> Any:
    """A parameter as it was before the adapter made a string of it."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value

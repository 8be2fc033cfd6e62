"""The OneBot v11 adapter, made to survive what real implementations send."""

from __future__ import annotations

import asyncio
import contextlib
import json
from contextvars import ContextVar
from typing import Any

from nonebot.adapters.onebot.v11 import Adapter as OneBotAdapter
from nonebot.adapters.onebot.v11 import Event, GroupMessageEvent, PrivateMessageEvent
from nonebot.adapters.onebot.v11.exception import NoLogException
from nonebot.drivers import HTTPServerSetup, WebSocket
from pydantic import ValidationError
from typing_extensions import override

from bot.adapters.onebot11.payload import Unusable, mend_message
from bot.adapters.unused import unused

_EVENT_KEYS = ("post_type", "notice_type", "request_type", "meta_event_type", "sub_type")


_account: ContextVar[str] = ContextVar("onebot_account", default="")


class QuietGroupMessage(GroupMessageEvent):
    """A group message whose text stays out of the log."""

    @override
    def get_log_string(self) -> str:
        raise NoLogException


class QuietPrivateMessage(PrivateMessageEvent):
    """A private message whose text stays out of the log."""

    @override
    def get_log_string(self) -> str:
        raise NoLogException


class Adapter(OneBotAdapter):
    """Takes the frames of one implementation at a time; a broken frame costs that frame only."""

    @override
    def setup_http_server(self, setup: HTTPServerSetup) -> None:
        # The token is asked of connections alone. Requests say who they are from by a signature, which the base looks
        # at only where there is a secret: without one, whoever reaches the port could speak as a superuser.
        if self.onebot_config.onebot_secret:
            super().setup_http_server(setup)

    @override
    async def _handle_ws(self, websocket: WebSocket) -> None:
        # The id travels in the context: json_to_event is called without the connection.
        _account.set(websocket.request.headers.get("x-self-id") or "")
        await super()._handle_ws(JsonFrames(websocket))

    @classmethod
    @override
    def json_to_event(cls, json_data: Any) -> Event | None:
        """The event, or ``None`` for API results and for what nobody could answer."""
        if json_data.get("post_type") == "message":
            return cls._message_event(json_data)
        if "post_type" in json_data:
            return cls._other_event(json_data)
        # A second result for one call would otherwise end the connection.
        with contextlib.suppress(asyncio.InvalidStateError):
            return super().json_to_event(json_data)
        return None

    @classmethod
    def _message_event(cls, payload: dict[str, Any]) -> Event | None:
        try:
            event = mend_message(payload, _account.get())
            model = QuietGroupMessage if event.get("message_type") == "group" else QuietPrivateMessage
            return model.model_validate({**event, "message_type": event.get("message_type", "private")})
        except Unusable as error:
            unused(str(error), "message")
        except ValidationError as error:
            unused("malformed_message", ", ".join(str(e["loc"]) for e in error.errors()))
        return None

    @classmethod
    def _other_event(cls, payload: dict[str, Any]) -> Event | None:
        payload = {"self_id": _account.get() or 0, "time": 0, **payload}
        # The adapter joins these words into a key, and trusts that they are words.
        if all(isinstance(payload.get(key, ""), str) for key in _EVENT_KEYS):
            for model in cls.get_event_model(payload):
                with contextlib.suppress(ValidationError):
                    return model.model_validate(payload)
        unused("malformed_event", str(payload.get("post_type"))[:20])
        return None


class JsonFrames(WebSocket):
    """A WebSocket that hands on only frames holding a JSON object."""

    def __init__(self, inner: WebSocket) -> None:
        super().__init__(request=inner.request)
        self._inner = inner

    @property
    @override
    def closed(self) -> bool:
        return self._inner.closed

    @override
    async def accept(self) -> None:
        await self._inner.accept()

    @override
    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self._inner.close(code, reason)

    @override
    async def receive(self) -> str | bytes:
        while True:
            frame = await self._inner.receive()
            try:
                if isinstance(json.loads(frame), dict):
                    return frame
            except (ValueError, RecursionError):
                pass
            unused("malformed_frame")

    @override
    async def receive_text(self) -> str:
        return await self._inner.receive_text()

    @override
    async def receive_bytes(self) -> bytes:
        return await self._inner.receive_bytes()

    @override
    async def send_text(self, data: str) -> None:
        await self._inner.send_text(data)

    @override
    async def send_bytes(self, data: bytes) -> None:
        await self._inner.send_bytes(data)

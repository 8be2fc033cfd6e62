"""The Feishu adapter, made to survive what the platform and the network do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, cast

from loguru import logger
from nonebot.adapters.feishu import ActionFailed, Bot, Event, NetworkError
from nonebot.adapters.feishu import Adapter as FeishuAdapter
from nonebot.adapters.feishu.config import BotConfig
from nonebot.adapters.feishu.event import MessageEvent
from nonebot.adapters.feishu.models import BotInfo
from nonebot.adapters.feishu.ws import WsClient
from nonebot.drivers import URL, HTTPServerSetup, Request, Response
from nonebot.exception import AdapterException
from pydantic import ValidationError
from typing_extensions import override

from bot.adapters.feishu import contents
from bot.adapters.pauses import pauses

_IDS = ("open_id", "union_id", "user_id")
_MEANS = {
    # open.feishu.cn, im-v1/message/create and the page of general codes: not in the chat, not available to the member,
    # barred there; and too fast, for the app and in one chat.
    230002: 403,
    230013: 403,
    230018: 403,
    99991400: 429,
    230020: 429,
}
"""Codes whose meaning HTTP has a status for; the platform itself sends them with 400, at times with 200."""


class Refused(ActionFailed):
    """The platform answered, and did not do it."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(status=status, code=code, message=message)  # pyright: ignore[reportUnknownMemberType]
        self.status_code = _MEANS.get(code, status)


class Adapter(FeishuAdapter):
    """Comes up after the services and without waiting for the platform; tells refusals from broken connections."""

    @override
    def setup(self) -> None:
        self.on_ready(self.startup)
        self.driver.on_shutdown(self._stop)

    @override
    async def startup(self) -> None:
        for config in self.feishu_config.feishu_bots:
            self._keep(self._bring_up(config))

    @override
    async def send_request(self, request: Request, **data: Any) -> Any:
        """
        Raises:
            Refused: the platform said no, or is broken; see its ``status_code``.
            NetworkError: nobody knows.
        """
        request.timeout = data.get("_timeout", self.config.api_timeout)
        try:
            response = await self.request(request)
        except Exception as error:
            raise NetworkError("HTTP request failed") from error
        told = _told(response)
        if response.status_code >= 300 or told.get("code"):
            raise Refused(response.status_code, int(told.get("code") or 0), str(told.get("msg", "")))
        if data.get("_return_response"):
            return response
        return told or response.content

    @override
    async def _call_api(self, bot: Any, api: str, **data: Any) -> Any:
        told: Any = await super()._call_api(bot, api, **data)
        if (number := _dict(_dict(told).get("data")).get("message_id")) is not None:
            # Where universal messages look for the id of what was sent.
            return {**told, "message_id": number}
        return told

    @classmethod
    @override
    def json_to_event(cls, json_data: Any) -> Event | None:
        event = super().json_to_event(_mended(json_data))
        if isinstance(event, MessageEvent) and (message := event.event.message).message_type == "post":
            # The adapter leaves rich text in one piece, its words, pictures and every @ among the JSON.
            open_ids = {one.key: one.id.open_id for one in message.mentions or ()}
            event._message = contents.read_post(message.content, open_ids)  # pyright: ignore[reportPrivateUsage]
        return event

    async def _bring_up(self, config: BotConfig) -> None:
        waits, info = pauses(), await self._info(config)
        while info is None:
            await asyncio.sleep(next(waits))
            info = await self._info(config)
        bot = Bot(self, config.app_id, bot_config=config, bot_info=info)
        self.bot_apps[config.app_id] = config
        self.bot_connect(bot)
        if config.protocol == "ws":
            await self._run_ws(WsClient(self, bot, config), config)
        else:
            path = URL(f"/feishu/{config.app_id}")
            self.setup_http_server(HTTPServerSetup(path, "POST", self.get_name(), self._handle_http))

    async def _info(self, config: BotConfig) -> BotInfo | None:
        try:
            return (await self.get_bot_info(config)).bot
        except (AdapterException, ValidationError) as error:
            logger.warning("Feishu did not say who bot {} is: {!r}", config.app_id, error)
            return None

    def _keep(self, job: Coroutine[Any, Any, None]) -> None:
        tasks = cast("set[asyncio.Task[Any]]", self.tasks)  # pyright: ignore[reportUnknownMemberType]
        task = asyncio.create_task(job)
        task.add_done_callback(tasks.discard)
        tasks.add(task)


def _told(response: Response) -> dict[str, Any]:
    """The platform's JSON; empty for anything else, such as a file."""
    if "application/json" not in response.headers.get("Content-Type", ""):
        return {}
    try:
        return _dict(json.loads(response.content or b""))
    except ValueError:
        return {}


def _mended(data: Any) -> Any:
    """An app that may not read all ids of people gets some as ``null``, or not at all; the adapter insists on them."""
    event = _dict(_dict(data).get("event"))
    message, sender = _dict(event.get("message")), _dict(event.get("sender"))
    if not message:
        return data
    mentions: list[Any] = message.get("mentions") or []
    named = [{**_dict(one), "id": _ids(_dict(one).get("id"))} for one in mentions]
    mended = {
        **event,
        "sender": {**sender, "sender_id": _ids(sender.get("sender_id"))},
        "message": {**message, "mentions": named or None},
    }
    return {**data, "event": mended}


def _ids(of: Any) -> dict[str, str]:
    return {name: _dict(of).get(name) or "" for name in _IDS}


def _dict(of: Any) -> dict[str, Any]:
    """*of*, or nothing where it is something else."""
    return cast("dict[str, Any]", of) if isinstance(of, dict) else {}

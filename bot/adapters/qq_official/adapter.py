"""The QQ adapter, made to survive what the platform and the network do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from typing import Any, ClassVar, cast

from loguru import logger
from nonebot.adapters.qq import Adapter as QQAdapter
from nonebot.adapters.qq import (
    Bot,
    C2CMessageCreateEvent,
    Event,
    GroupAtMessageCreateEvent,
    GroupMessageCreateEvent,
    InteractionCreateEvent,
)
from nonebot.adapters.qq.config import BotInfo
from nonebot.adapters.qq.exception import NoLogException
from nonebot.adapters.qq.models import Dispatch, WebhookVerify
from nonebot.drivers import Request, Response
from nonebot.exception import AdapterException
from pydantic import ValidationError
from typing_extensions import override

from bot.adapters.pauses import pauses
from bot.adapters.unused import unused

# The platform asks for a signature of its own two words before it sends events. Whoever else asks must not get
# one that fits an event: those are JSON, which these are not.
_PLAIN_TOKEN = re.compile(r"[\w+/=.-]{1,200}", re.ASCII)
_TIMESTAMP = re.compile(r"\d{1,20}", re.ASCII)


class _Quiet(Event):
    """A message whose text stays out of the log."""

    @override
    def get_log_string(self) -> str:
        raise NoLogException


class QuietPrivateMessage(_Quiet, C2CMessageCreateEvent): ...


class QuietGroupMessage(_Quiet, GroupMessageCreateEvent): ...


class QuietGroupAtMessage(_Quiet, GroupAtMessageCreateEvent): ...


class Adapter(QQAdapter):
    """Keeps asking for the gateway, refuses bad signatures, answers buttons at once; a broken event costs itself."""

    tasks: set[asyncio.Task[Any]]
    quiet: ClassVar[dict[str, type[Event]]] = {
        "C2C_MESSAGE_CREATE": QuietPrivateMessage,
        "GROUP_MESSAGE_CREATE": QuietGroupMessage,
        "GROUP_AT_MESSAGE_CREATE": QuietGroupAtMessage,
    }

    @override
    async def startup(self) -> None:
        await super().startup()
        for info in self.qq_config.qq_bots:
            if not info.use_websocket:
                self._keep(self._connect(info))

    async def _connect(self, info: BotInfo) -> None:
        """Bring up a bot whose events come as requests: it may have something to say before the first one."""
        bot = Bot(self, info.id, info)
        waits = pauses()
        while info.id not in self.bots:
            try:
                bot.self_info = await bot.me()
            except (AdapterException, ValidationError) as error:
                logger.warning("QQ did not say who bot {} is: {}", info.id, type(error).__name__)
                await asyncio.sleep(next(waits))
            else:
                if info.id not in self.bots:
                    self.bot_connect(bot)

    @override
    async def run_bot_websocket(self, bot_info: BotInfo) -> None:
        for wait_s in pauses():
            before = set(self.tasks)
            await super().run_bot_websocket(bot_info)
            if self.tasks - before:
                return
            # It gave up and said why: a network that comes up after the bot would otherwise never be noticed.
            await asyncio.sleep(wait_s)

    @override
    def dispatch_event(self, bot: Bot, payload: Dispatch) -> None:
        try:
            event = self.payload_to_event(payload)
        except ValidationError as error:
            unused("malformed_event", f"{payload.type}: {', '.join(str(e['loc']) for e in error.errors())}")
            return
        if isinstance(event, InteractionCreateEvent):
            self._keep(self._acknowledge(bot, event))
        self._keep(bot.handle_event(event))

    @staticmethod
    @override
    def payload_to_event(payload: Dispatch) -> Event:
        kind, data = Adapter.quiet.get(payload.type), cast("dict[str, Any] | str", payload.data)
        if kind is None or not isinstance(data, dict):
            return QQAdapter.payload_to_event(payload)
        return kind.model_validate({"event_id": payload.id, **_mended(data)})

    @override
    def _webhook_verify(self, bot: Bot, payload: WebhookVerify) -> Response:
        if not (_PLAIN_TOKEN.fullmatch(payload.data.plain_token) and _TIMESTAMP.fullmatch(payload.data.event_ts)):
            unused("bad_signature", "a word that is no plain token was to be signed")
            return Response(403, content="Not a plain token")
        return super()._webhook_verify(bot, payload)

    @override
    def _check_signature(self, bot: Bot, request: Request) -> Response | None:
        try:
            refused = super()._check_signature(bot, request)
        except ValueError:  # it is no hexadecimal number
            refused = Response(403, content="Invalid signature")
        if refused is not None:
            unused("bad_signature", "a request to the webhook")
        return refused

    async def _acknowledge(self, bot: Bot, event: InteractionCreateEvent) -> None:
        """Within three seconds, or whoever pressed is told that nobody answers."""
        try:
            await bot.put_interaction(interaction_id=event.id, code=0)
        except AdapterException as error:
            logger.warning("a press of a button was not acknowledged: {}", type(error).__name__)

    def _keep(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(job)
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)


def _mended(data: dict[str, Any]) -> dict[str, Any]:
    """Older deliveries lack what the adapter insists on."""
    author = data.get("author")
    if isinstance(author, dict) and "member_openid" in author:
        return {**data, "author": {"bot": False, "member_role": "member", **cast("dict[str, Any]", author)}}
    return data

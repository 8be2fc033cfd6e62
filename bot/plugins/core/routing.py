"""The one place that messages come through: read once, offered to each route in turn, the first taker acts.

A route looks at a message and says what to do, or ``None``. Plugins register theirs with :func:`route`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from loguru import logger
from nonebot import on_message
from nonebot.adapters.onebot.v11 import Bot, GroupMessageEvent, MessageEvent
from nonebot.adapters.onebot.v11.exception import ActionFailed, NetworkError
from nonebot.typing import T_State

from bot.adapters import onebot11
from bot.adapters.onebot11.screen import ChatScreen
from bot.runtime import services
from store.cache import CacheUnavailable

_SEEN_FOR_S = 600
_DENIED_FOR_S = 60


class Heard:
    """A message, and what costs a look elsewhere: found when a route asks for it, once."""

    def __init__(self, bot: Bot, event: MessageEvent) -> None:
        self.bot = bot
        self.event = event
        self.incoming = onebot11.read(bot, event)
        self._addressed: bool | None = None

    async def addressed(self) -> bool:
        """Whether the bot is talked to: @, name, private chat, a quote of its words, a number off its list."""
        if self._addressed is None:
            self._addressed = (
                self.event.to_me or await self._quotes_us() or await services().meant.picked(self.incoming) is not None
            )
        return self._addressed

    @property
    def is_superuser(self) -> bool:
        return services().reviewers.is_superuser(self.incoming.member_id)

    @property
    def is_group_admin(self) -> bool:
        """Whether the platform says that the sender runs the group."""
        return isinstance(self.event, GroupMessageEvent) and self.event.sender.role in ("owner", "admin")

    async def reply(self, text: str, picture: bytes = b"") -> str | None:
        """Send once, and the platform's id of it; a refused or unconfirmed send is recorded, never repeated: it may
        have gone out."""
        try:
            return await onebot11.reply(self.bot, self.event, text, picture)
        except (ActionFailed, NetworkError) as error:
            services().metrics.ignored("send_failed")
            logger.warning("reply not confirmed by the platform: {}", type(error).__name__)
            return None

    async def deny(self, text: str) -> None:
        """Refuse; the same command again within a minute is refused in silence."""
        incoming = self.incoming
        key = f"denied:{incoming.account}:{incoming.lane}:{incoming.member_id}:{hash(incoming.text)}"
        try:
            fresh = await services().cache.add(key, "1", ttl_s=_DENIED_FOR_S)
        except CacheUnavailable:
            fresh = True
        if fresh:
            await self.reply(text)
        else:
            services().metrics.ignored("denied_again")

    @property
    def screen(self) -> ChatScreen:
        """A place in this chat for a live card."""
        group_id = self.event.group_id if isinstance(self.event, GroupMessageEvent) else None
        return ChatScreen(self.bot, user_id=self.event.user_id, group_id=group_id)

    async def answer(self, coming: Awaitable[str]) -> None:
        """Reply with what comes."""
        await self.reply(await coming)

    async def _quotes_us(self) -> bool:
        if self.incoming.quoted is None:
            return False
        return self.incoming.quoted.ours or await services().quoted.exchange(self.incoming) is not None


Action = Callable[[], Awaitable[object]]
Route = Callable[[Heard], Awaitable[Action | None]]
_routes: list[tuple[int, Route]] = []


def route(order: int) -> Callable[[Route], Route]:
    """Offer messages to the decorated function, lower orders first."""

    def add(function: Route) -> Route:
        _routes.append((order, function))
        _routes.sort(key=lambda one: one[0])
        return function

    return add


async def _find_taker(bot: Bot, event: MessageEvent, state: T_State) -> bool:
    if event.user_id == event.self_id:
        return _ignored("own_message")
    heard = Heard(bot, event)
    for _, offer in _routes:
        if (action := await offer(heard)) is not None:
            if not await _first_time(heard, event.time):
                return _ignored("repeated_event")
            state["action"] = action
            return True
    return _ignored("not_addressed")


routed = on_message(rule=_find_taker, priority=1, block=True)


@routed.handle()
async def act(state: T_State) -> None:
    await state["action"]()


async def _first_time(heard: Heard, sent_at: int) -> bool:
    """Platforms deliver events twice at times; an event without an id cannot be told apart."""
    incoming = heard.incoming
    if not incoming.message_id:
        return True
    key = f"event:{incoming.account}:{incoming.lane}:{incoming.message_id}:{sent_at}"
    try:
        return await services().cache.add(key, "1", ttl_s=_SEEN_FOR_S)
    except CacheUnavailable:
        return True  # an answer twice is better than none


def _ignored(reason: str) -> bool:
    services().metrics.ignored(reason)
    return False

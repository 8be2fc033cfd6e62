"""The one place that everything comes through: read once, offered to each route in turn, the first taker acts.

A route looks at a message and says what to do, or ``None``. Plugins register theirs with :func:`route`, and what
wants to know of other happenings with :func:`listen`. None of them knows which platform it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

from loguru import logger
from nonebot import on
from nonebot.adapters import Bot, Event
from nonebot.typing import T_State

from bot.adapters.doors import Arrival, Choice, Door
from bot.adapters.platforms import door_of
from bot.adapters.screen import ChatScreen
from bot.runtime import services
from bot.services.incoming import Incoming
from bot.services.phrases import commanded
from bot.services.sending.outlet import SendFailed
from bot.services.sending.post import Chat
from bot.services.sending.rules import judge
from store.cache import CacheUnavailable

_SEEN_FOR_S = 600
_DENIED_FOR_S = 60


class Heard:
    """A message, and what costs a look elsewhere: found when a route asks for it, once."""

    def __init__(self, door: Door, arrival: Arrival) -> None:
        self.door = door
        self.arrival = arrival
        incoming = services().base.people.known(arrival.incoming)
        self.as_written = incoming
        """As :attr:`incoming`, where orders said to the bot have the stroke that members leave out."""
        spoken = arrival.to_me and not (arrival.pressed or incoming.pictures)
        text = commanded(incoming.text, quoting=incoming.quoted is not None) if spoken else incoming.text
        self.incoming: Incoming = replace(incoming, text=text)
        self.to_me = arrival.to_me
        """As :attr:`Arrival.to_me`: what the message alone tells; :meth:`addressed` looks further."""
        self._addressed: bool | None = None

    async def addressed(self) -> bool:
        """Whether the bot is talked to: @, name, private chat, a quote of its words, a number off its list."""
        if self._addressed is None:
            self._addressed = (
                self.to_me
                or await self._quotes_us()
                or await services().answering.meant.picked(self.incoming) is not None
            )
        return self._addressed

    @property
    def is_superuser(self) -> bool:
        return services().base.reviewers.is_superuser(self.incoming.speaker)

    @property
    def is_group_admin(self) -> bool:
        """Whether the platform says that the sender runs the group."""
        return self.arrival.by_group_admin

    @property
    def chat(self) -> Chat:
        """Where the message came from."""
        return Chat(self.incoming.account, self.incoming.lane, group=self.incoming.group_id is not None)

    @property
    def screen(self) -> ChatScreen:
        """A place in this chat for a live card."""
        return ChatScreen(self.door, self.chat)

    async def reply(self, text: str, picture: bytes = b"", choices: Sequence[Choice] = ()) -> str | None:
        """Send once, and the platform's id of it; a refused or unconfirmed send is recorded, never repeated: it may
        have gone out."""
        try:
            return await self.door.reply(self.incoming, text, picture, choices)
        except SendFailed as error:
            services().base.metrics.ignored("send_failed")
            logger.warning("reply not confirmed by the platform: {}", error.code)
            return None

    async def show(self, text: str, picture: bytes, *, instead: str) -> None:
        """Send the *picture* and *text*, once; where certainly no picture goes, the words *instead*."""
        if not picture or "picture" not in self.door.kinds:
            await self.reply(instead)
            return
        try:
            await self.door.reply(self.incoming, text, picture)
        except SendFailed as error:
            logger.warning("picture not confirmed by the platform: {}", error.code)
            if judge(self.door.platform, error).state == "perhaps":
                services().base.metrics.ignored("send_failed")
            else:
                await self.reply(instead)

    async def hand_over(self, name: str, data: bytes) -> bool:
        """Send the member a file in private; whether it is known to have gone out."""
        try:
            await self.door.hand_over(self.incoming.speaker, name, data)
        except SendFailed as error:
            services().base.metrics.ignored("send_failed")
            logger.warning("file not confirmed by the platform: {}", error.code)
            return False
        return True

    async def deny(self, text: str) -> None:
        """Refuse; the same command again within a minute is refused in silence."""
        incoming = self.incoming
        key = f"denied:{incoming.account}:{incoming.lane}:{incoming.member_id}:{hash(incoming.text)}"
        try:
            fresh = await services().base.cache.add(key, "1", ttl_s=_DENIED_FOR_S)
        except CacheUnavailable:
            fresh = True
        if fresh:
            await self.reply(text)
        else:
            services().base.metrics.ignored("denied_again")

    async def answer(self, coming: Awaitable[str]) -> None:
        """Reply with what comes."""
        await self.reply(await coming)

    async def _quotes_us(self) -> bool:
        if self.incoming.quoted is None:
            return False
        return self.incoming.quoted.ours or await services().base.quoted.exchange(self.incoming) is not None


Action = Callable[[], Awaitable[object]]
Route = Callable[[Heard], Awaitable[Action | None]]
T = TypeVar("T")
Listener = Callable[[Door, T], Awaitable[None]]
Press = Callable[[Heard, str], Awaitable[Action | None]]
_routes: list[tuple[int, Route]] = []
_presses: dict[str, Press] = {}
_listeners: defaultdict[type[Any], list[Listener[Any]]] = defaultdict(list)


def route(order: int) -> Callable[[Route], Route]:
    """Offer messages to the decorated function, lower orders first."""

    def add(function: Route) -> Route:
        _routes.append((order, function))
        _routes.sort(key=lambda one: one[0])
        return function

    return add


def pressed(kind: str) -> Callable[[Press], Press]:
    """Offer presses of buttons whose ``Choice.about`` is *kind* and something after a colon, which is told too."""

    def add(function: Press) -> Press:
        _presses[kind] = function
        return function

    return add


def listen(kind: type[T]) -> Callable[[Listener[T]], Listener[T]]:
    """Tell the decorated function of every happening of this *kind* that is no message: an ``OfferedFile``, a
    ``Reaction``, a ``ChatChange``."""

    def add(function: Listener[T]) -> Listener[T]:
        _listeners[kind].append(function)
        return function

    return add


async def _find_taker(bot: Bot, event: Event, state: T_State) -> bool:
    door = door_of(bot)
    happening = await door.read(event) if door is not None else None
    if door is None or happening is None:
        return False
    if not isinstance(happening, Arrival):
        if listeners := _listeners[type(happening)]:
            state["action"] = lambda: _tell(listeners, door, happening)
        return bool(listeners)
    heard = Heard(door, happening)
    action = await _offered(heard)
    if action is None:
        return _ignored("not_addressed")
    if not await _first_time(heard):
        return _ignored("repeated_event")
    state["action"] = action
    return True


async def _offered(heard: Heard) -> Action | None:
    if about := heard.arrival.pressed:
        # A letter that was pressed is said to one question, never to whoever else listens for letters.
        kind, _, what = about.partition(":")
        press = _presses.get(kind)
        return None if press is None else await press(heard, what)
    for _, offer in _routes:
        if (action := await offer(heard)) is not None:
            return action
    return None


routed = on(rule=_find_taker, priority=1, block=True)


@routed.handle()
async def act(state: T_State) -> None:
    await cast("Action", state["action"])()


async def _tell(listeners: Sequence[Listener[Any]], door: Door, happening: object) -> None:
    for listener in listeners:
        await listener(door, happening)


async def _first_time(heard: Heard) -> bool:
    """Platforms deliver events twice at times; an event without an id cannot be told apart."""
    incoming = heard.incoming
    if not incoming.message_id:
        return True
    key = f"event:{incoming.account}:{incoming.lane}:{incoming.message_id}:{heard.arrival.sent_at}"
    try:
        return await services().base.cache.add(key, "1", ttl_s=_SEEN_FOR_S)
    except CacheUnavailable:
        return True  # an answer twice is better than none


def _ignored(reason: str) -> bool:
    services().base.metrics.ignored(reason)
    return False

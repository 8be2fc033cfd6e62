"""The one place that decides whether, when and how a proactive message goes out."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.services.incoming import Incoming
from bot.services.sending import words
from bot.services.sending.book import Attempt, Book, Doubt
from bot.services.sending.chats import Chats
from bot.services.sending.limits import Limits, SendingConfig
from bot.services.sending.links import without_links
from bot.services.sending.outlet import Outlet, SendFailed
from bot.services.sending.post import Chat, Post, Receipt
from bot.services.sending.rules import Verdict, judge
from bot.services.sending.turns import Turns
from bot.services.sending.waiting import Waiting
from bot.services.sending.ways import Way
from store.db import Sessions

_MOST_WAYS = 4
"""As a reply, unasked, without its links; then it is over."""
_PAUSE_S = 60.0
_MOST_TRIES = 2
"""Of a message that was looked for and not found."""


class Planner:
    """Implements :class:`~bot.services.sending.post.Sender` over whatever accounts are connected."""

    def __init__(
        self,
        sessions: Sessions,
        writing: AbstractAsyncContextManager[Any],
        config: SendingConfig,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self._config, self._now, self._sleep = config, now, sleep
        self._chats = Chats(sessions, writing, now)
        self._book = Book(sessions, writing, config, now)
        self._turns = Turns(self._book, config, now=now, sleep=sleep, rng=rng or random.SystemRandom())
        self._outlets: dict[str, Outlet] = {}
        self._waiting = Waiting(config.queue)
        self._tasks: set[asyncio.Task[object]] = set()
        self.alarm: Callable[[str], Coroutine[None, None, None]] | None = None
        """Tells superusers that an account only answers for a while."""

    def opened(self, account: str, outlet: Outlet) -> None:
        """*account* is connected, by *outlet*."""
        self._outlets[account] = outlet

    def closed(self, account: str) -> None:
        """*account* is not connected any more."""
        self._outlets.pop(account, None)

    def limits_of(self, platform: str) -> Limits:
        """What a platform is known to allow, as it was configured."""
        return self._config.of(platform)

    @property
    def waiting(self) -> int:
        """How many posts wait for their account's turn in this process."""
        return self._turns.waiting

    async def send(self, post: Post) -> Receipt:
        """See :class:`~bot.services.sending.post.Sender`. It may take as long as the account's queue is.

        With a key, a receipt of ``later`` is worth asking again: a message that waits for its chat to speak is sent
        by the planner itself, and the next call tells of it.
        """
        try:
            receipt = await self._send(post)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("a post could not be planned: {}", type(error).__name__)
            receipt = self._later("database")
        return self._in_time(post, receipt)

    async def heard(self, incoming: Incoming) -> None:
        """A member spoke: what waited for that goes out now. Costs nothing on platforms without reply windows."""
        outlet = self._outlets.get(incoming.account)
        limits = self._config.of(outlet.platform) if outlet else None
        group = incoming.group_id is not None
        if limits is None or not incoming.message_id:
            return
        if limits.window_group_s if group else limits.window_private_s:
            chat = Chat(incoming.account, incoming.lane, group)
            await self._chats.heard(chat, incoming.message_id, limits)
            self._release(chat)

    async def reply_seq(self, chat: Chat, message_id: str) -> int | None:
        """The number of the next reply to a member's message, from 1, given to nobody else; ``None``: no more fit.

        Whoever answers a member on a platform that numbers replies takes it from here, never by counting itself.
        """
        outlet = self._outlets.get(chat.account)
        return await self._chats.reply_seq(chat, message_id, self._config.of(outlet.platform if outlet else ""))

    async def muted(self, chat: Chat, until: datetime | None) -> None:
        """The platform says that the bot may not speak in *chat* until then; ``None``: it may again."""
        await self._chats.muted(chat, until)

    async def allowed(self, chat: Chat, allowed: bool) -> None:
        """The platform says whether *chat* takes what nobody asked for."""
        await self._chats.allowed(chat, allowed)
        if allowed:
            self._release(chat)

    async def aclose(self) -> None:
        """Stop releasing; what is being sent counts as cut off and is looked for later."""
        for task in (tasks := list(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, post: Post) -> Receipt:
        outlet = self._outlets.get(post.chat.account)
        if outlet is None:
            return self._later("offline")
        limits = self._config.of(outlet.platform)
        stands = await self._book.look_up(post, limits)
        if isinstance(stands, Way) and stands.unasked:
            async with self._turns.turn(post, limits) as rest:
                stands = rest or await self._deliver(post, outlet, limits)
        elif isinstance(stands, Way):
            stands = await self._deliver(post, outlet, limits)
        return await self._confirm(post, outlet, limits, stands) if isinstance(stands, Doubt) else stands

    async def _deliver(self, post: Post, outlet: Outlet, limits: Limits) -> Receipt | Doubt:
        verdict = None
        for _ in range(_MOST_WAYS):
            begun = await self._book.begin(post, limits)
            if not isinstance(begun, Attempt):
                return begun
            failure = await self._try(post, outlet, begun)
            if isinstance(failure, Receipt):
                return failure
            verdict = judge(outlet.platform, failure)
            logger.info("post to {} not sent: {} {}", post.chat.account, failure.code, verdict.reason)
            if why := await self._book.failed(post, begun, limits, failure.code, verdict):
                self._warn(post.chat.account, why)
            if verdict.state == "perhaps":
                return Doubt(begun.posting, begun.tries, post.shown, begun.begun_at, verdict.reason, fresh=True)
            if verdict.state != "otherwise":
                return self._receipt(verdict, limits)
            if verdict.no_links:
                bare = replace(post, text=without_links(post.text), caption=without_links(post.caption))
                if bare.shown == post.shown:
                    break
                post = bare
        return Receipt("refused", verdict.reason if verdict else "refused")

    async def _try(self, post: Post, outlet: Outlet, attempt: Attempt) -> Receipt | SendFailed:
        wakeup = attempt.way.kind == "wakeup"
        to = attempt.reply_to
        try:
            number = await outlet.post(post.chat, post.shown, post.picture, reply_to=to, seq=attempt.seq, wakeup=wakeup)
        except SendFailed as failure:
            return failure
        except Exception as error:  # noqa: BLE001 - whatever it was, the message may be out
            logger.opt(exception=error).error("an outlet of {} broke", outlet.platform)
            return SendFailed("broken", perhaps=True)
        await self._book.sent(post, attempt, number)
        return Receipt("sent", message_id=number)

    async def _confirm(self, post: Post, outlet: Outlet, limits: Limits, doubt: Doubt) -> Receipt:
        """Look whether a doubtful message is there; send it anew only when it certainly is not."""
        if (left_s := self._config.look_after_s - self._age_s(doubt)) > 0:
            await self._sleep(left_s)
        found = await self._look(outlet, post.chat, doubt)
        if found:
            await self._book.found(doubt)
            return Receipt("sent")
        if doubt.fresh and (why := await self._book.doubted(post.chat.account, limits)):
            self._warn(post.chat.account, why)
        if found is None or doubt.posting is None or doubt.tries + 1 >= _MOST_TRIES:
            return Receipt("perhaps", doubt.reason)
        if self._age_s(doubt) < self._config.settle_s:
            return Receipt("later", "unconfirmed", after=doubt.begun_at + timedelta(seconds=self._config.settle_s))
        return await self._send(post) if await self._book.missed(doubt) else self._later("in_flight")

    async def _look(self, outlet: Outlet, chat: Chat, doubt: Doubt) -> bool | None:
        try:
            return await outlet.look(chat, doubt.text, doubt.begun_at)
        except Exception as error:  # noqa: BLE001 - not seen is not the same as not there
            logger.opt(exception=error).error("an outlet of {} broke", outlet.platform)
            return None

    def _age_s(self, doubt: Doubt) -> float:
        return (self._now() - doubt.begun_at).total_seconds()

    def _release(self, chat: Chat) -> None:
        for post in self._waiting.take(chat):
            self._start(self.send(post))

    def _start(self, job: Coroutine[None, None, object]) -> None:
        task = asyncio.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _in_time(self, post: Post, receipt: Receipt) -> Receipt:
        """*receipt*, or what it comes to when the post will be of no use by then."""
        if receipt.state != "later" or receipt.after is None:
            return receipt
        if receipt.reason == "waits_for_chat":
            return self._hold(post, receipt)
        if post.not_after is None or receipt.after <= post.not_after:
            return receipt
        doubtful = receipt.reason in ("in_flight", "unconfirmed")
        return Receipt("perhaps" if doubtful else "refused", receipt.reason)

    def _hold(self, post: Post, receipt: Receipt) -> Receipt:
        if not post.key:
            return Receipt("refused", "window_closed")  # nobody could ask what became of it
        self._waiting.put(post, self._now())
        if post.not_after is not None and receipt.after is not None:
            return replace(receipt, after=min(receipt.after, post.not_after))
        return receipt

    def _warn(self, account: str, why: str) -> None:
        logger.warning("{} only answers for a while: {}", account, why)
        if self.alarm is not None:
            self._start(self.alarm(words.alarm(account, why)))

    def _receipt(self, verdict: Verdict, limits: Limits) -> Receipt:
        if verdict.state == "refused":
            return Receipt("refused", verdict.reason)
        return self._later(verdict.reason, verdict.pause_s or (limits.mute_s if verdict.muted else _PAUSE_S))

    def _later(self, reason: str, after_s: float = _PAUSE_S) -> Receipt:
        return Receipt("later", reason, after=self._now() + timedelta(seconds=after_s))

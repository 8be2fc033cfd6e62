"""Many questions in one call: what a server takes one by one at its HTTP layer's pace, it answers together at the GPU's.

LMDeploy's ``/v1/completions`` takes a list of prompts, ``/v1/chat/completions``
one conversation. So the conversation is written out here, by the one module
that knows how (:mod:`inference.chat_template`), and those that are asked within
a few milliseconds of each other share a call. A lone question goes the plain
way at once, and so does everything as soon as the server shows that it cannot
do this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from loguru import logger

from inference.chat_template import ChatFormat
from inference.connection import Connection
from inference.errors import InferenceError, MalformedReply, RequestRejected, ServerUnavailable
from inference.replies import Completion, Message

_DOUBT_S = 300.0
"""How long a server is asked the plain way after it showed that it knows no other; it may be another one by then."""

Alone = Callable[[], Awaitable[Completion]]
"""Asks one question the plain way."""


@dataclass(eq=False, slots=True)
class _Asked:
    prompt: str
    deadline: float
    alone: Alone
    reply: asyncio.Future[Completion] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Batcher:
    """Gathers what is asked at the same time; every question keeps its own deadline and may be given up alone."""

    def __init__(self, connection: Connection, form: ChatFormat, *, gather_s: float, most: int) -> None:
        """*gather_s* is how long a question waits for others while a call is under way; *most* go in one call."""
        self._connection = connection
        self._form = form
        self._gather_s = gather_s
        self._most = most
        self._waiting: dict[tuple[tuple[str, Any], ...], list[_Asked]] = {}
        """By the settings that a call has in common."""
        self._calls: set[asyncio.Task[None]] = set()
        self._doubted_until = 0.0

    @property
    def usable(self) -> bool:
        """The server has not shown lately that it cannot take several prompts."""
        return asyncio.get_running_loop().time() >= self._doubted_until

    async def aclose(self) -> None:
        """Give up what is under way; who still waits gets ``ServerUnavailable``."""
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        for pile in self._waiting.values():
            _close(pile)

    async def ask(
        self, messages: Sequence[Message], settings: dict[str, Any], deadline: float, alone: Alone
    ) -> Completion:
        """The reply to *messages*, in a call with others where there are some.

        *settings* are model, ``max_tokens`` and ``temperature``, and ``logprobs`` where they are wanted.

        Raises:
            InferenceError: see :mod:`inference.errors`; ``timeout`` at *deadline*, whatever the others wait for.
        """
        asked = _Asked(self._form.render_messages(messages), deadline, alone)
        key = tuple(sorted(settings.items()))
        pile = self._waiting.setdefault(key, [])
        pile.append(asked)
        if len(pile) == 1:
            self._start(key, 0 if not self._calls else self._gather_s)
        try:
            async with asyncio.timeout_at(deadline):
                return await asked.reply
        except TimeoutError as error:
            raise ServerUnavailable("timeout") from error
        finally:
            asked.reply.cancel()

    def _start(self, key: tuple[tuple[str, Any], ...], wait_s: float) -> None:
        task = asyncio.create_task(self._call(key, wait_s))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _call(self, key: tuple[tuple[str, Any], ...], wait_s: float) -> None:
        # Also without a wait: what is asked in this very turn of the loop comes along.
        await asyncio.sleep(wait_s)
        pile = [one for one in self._waiting.pop(key, []) if not one.reply.done()]
        parts = [pile[at : at + self._most] for at in range(0, len(pile), self._most)]
        await asyncio.gather(*(self._together(part, dict(key)) for part in parts))

    async def _together(self, pile: list[_Asked], settings: dict[str, Any]) -> None:
        """Answer every question of *pile*; whatever happens, none is left to wait for its deadline."""
        try:
            if len(pile) == 1 or not self.usable:
                await asyncio.gather(*(_answer(one) for one in pile))
            else:
                await self._while_wanted(pile, settings)
        finally:
            _close(pile)

    async def _while_wanted(self, pile: list[_Asked], settings: dict[str, Any]) -> None:
        """One call for all of *pile*; given up when nobody waits for it any more."""
        work = asyncio.create_task(self._asked_at_once(pile, settings))
        nobody = asyncio.create_task(_all_gone(pile))
        try:
            await asyncio.wait({work, nobody}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            nobody.cancel()
            if not work.done():
                work.cancel()
            await asyncio.gather(work, nobody, return_exceptions=True)
        if not work.cancelled():
            work.result()  # an error that nobody foresaw is for the log, not for silence

    async def _asked_at_once(self, pile: list[_Asked], settings: dict[str, Any]) -> None:
        payload = settings | {
            "prompt": [one.prompt for one in pile],
            "stop": [*self._form.stop_words, *settings.get("stop", ())],
        }
        if payload.pop("logprobs", False):
            payload["logprobs"] = 1
        try:
            found = await self._connection.several(payload, max(one.deadline for one in pile))
        except (RequestRejected, MalformedReply) as error:
            # One question that the server cannot take must not cost the others their answers.
            answered = await asyncio.gather(*(_answer(one) for one in pile))
            if any(answered) and _is_unknown(error):
                logger.warning("the model server takes one question a call only: {}", error.reason)
                self._doubted_until = asyncio.get_running_loop().time() + _DOUBT_S
            return
        except InferenceError as error:
            for one in pile:
                _settle(one, error)
            return
        for one, reply in zip(pile, found, strict=True):
            _settle(one, reply)


def _is_unknown(error: RequestRejected | MalformedReply) -> bool:
    """Whether *error* may mean that the server does not know this kind of call; a model's name can be as unknown."""
    if isinstance(error, RequestRejected):
        return error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)
    return error.reason == "not_a_completion"


async def _answer(one: _Asked) -> bool:
    """Ask it the plain way, unless nobody waits for it any more; whether there is a reply."""
    if one.reply.done():
        return False
    work = asyncio.ensure_future(one.alone())
    # Whoever asked may leave meanwhile.
    one.reply.add_done_callback(lambda _: work.cancel())
    try:
        _settle(one, await work)
    except InferenceError as error:
        _settle(one, error)
        return False
    except asyncio.CancelledError:
        if one.reply.cancelled() and work.cancelled():
            return False
        work.cancel()
        raise
    return True


def _settle(one: _Asked, reply: Completion | InferenceError) -> None:
    if one.reply.done():
        return
    if isinstance(reply, InferenceError):
        one.reply.set_exception(reply)
    else:
        one.reply.set_result(reply)


def _close(pile: list[_Asked]) -> None:
    for one in pile:
        _settle(one, ServerUnavailable("closed"))


async def _all_gone(pile: list[_Asked]) -> None:
    await asyncio.wait([one.reply for one in pile])

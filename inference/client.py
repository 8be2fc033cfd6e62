"""The client of a model server: what the bot calls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from http import HTTPStatus
from types import TracebackType
from typing import Self

from loguru import logger
from pydantic import SecretStr

from inference.breaker import State
from inference.config import InferenceConfig
from inference.endpoints import Endpoints, speaks_of_one_server
from inference.errors import InferenceError, RequestRejected, ServerUnavailable
from inference.fair_queue import FairQueue
from inference.lobby import Lobby
from inference.remembered import Remembered
from inference.replies import Completion, Message
from inference.single_flight import Flight, SingleFlight
from inference.succession import Succession
from inference.target import Target

_Key = tuple[Endpoints | None, tuple[tuple[str, str], ...]]
_COUNT_S = 2.0
"""A question must not wait longer to be measured."""

__all__ = ["Completion", "Message", "ModelClient"]


class ModelClient:
    """Asks the servers of one model; an async context manager that owns its connections.

    Identical questions under way share one request. The others queue fairly
    by lane (a group, or one person in private) for a bounded number of slots.
    A server that keeps failing is left alone for a while.

    The model may be exchanged under way (:meth:`turn_to`, :meth:`hold`)
    without a question being lost.
    """

    def __init__(self, config: InferenceConfig, api_key: SecretStr | None = None) -> None:
        self._config = config
        self._queue = FairQueue(slots=config.max_concurrency, per_lane=config.max_per_lane, places=config.max_queue)
        self._lobby = Lobby(places=config.max_queue, wait_s=config.change_wait_s)
        self._flights = SingleFlight[Completion]()
        # What varies by chance is not to be had twice.
        self._remembered = Remembered[Completion](
            places=config.remember, for_s=0 if config.temperature else config.remember_s
        )
        self._servers = Succession(config, api_key)
        self._told = asyncio.Event()
        """Set, and replaced, when the model is held or turned."""
        self.patience_s = 0.0
        """How long a question that a server failed waits for word of what became of it, before it fails as well.
        For a client whose owner is told when the model is away, and then calls :meth:`hold` or :meth:`turn_to`."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Cancel what is under way (its askers get ``ServerUnavailable``) and close the connections."""
        await self._flights.aclose()
        await self._servers.aclose()

    @property
    def target(self) -> Target | None:
        """Where a question goes that is asked now; ``None`` when there is no server."""
        return None if self._servers.now is None else self._servers.now.target

    @property
    def changing(self) -> bool:
        """The model is being exchanged: questions wait."""
        return self._lobby.closed

    @property
    def available(self) -> bool:
        """There is a server, or there will be one soon."""
        return self._servers.now is not None or self.changing

    def hold(self) -> None:
        """Let questions wait, up to ``change_wait_s``, until :meth:`turn_to` says where they go.

        Those at a server stay there, and wait as well when it fails them. Needs
        the running loop, as :meth:`turn_to` does.
        """
        self._lobby.close()
        self._tell()

    def turn_to(self, target: Target | None) -> None:
        """Send every question that is asked from now on to *target*, or to nobody; ends a :meth:`hold`.

        Those at a server stay there, and its connections close after the last
        of them. One that it fails is asked anew at *target*, unless a part of
        its answer has been streamed. An equal target changes nothing, except
        after a :meth:`hold`, when its servers are taken for new ones.
        """
        wanted = target if target is not None and target.urls else None
        if wanted == self.target and not self.changing:
            return
        self._servers.turn_to(wanted)
        self._remembered.forget()
        self._lobby.open()
        self._tell()

    @property
    def breaker_state(self) -> State:
        """The best of the servers' states; ``closed`` when there is none."""
        return "closed" if self._servers.now is None else self._servers.now.breaker_state

    @property
    def queue_length(self) -> int:
        """Requests that wait for a slot, or for a model that is being exchanged."""
        return self._queue.waiting + self._lobby.waiting

    @property
    def in_flight(self) -> int:
        """Requests at the servers."""
        return self._queue.in_flight

    async def complete(self, messages: Sequence[Message], *, lane: str) -> Completion:
        """One reply to *messages* (oldest first), within ``total_timeout_s``.

        Raises:
            ServerUnavailable: no answer; try again later.
            ServerBusy: too many ask; ask again in a moment.
            RequestRejected: the server refuses such a request.
            MalformedReply: the server's answer holds no reply.
        """
        key = self._key(messages)
        if (known := self._known(key)) is not None:
            return known
        with self._flights.board(key, lane, lambda flight: self._fly(flight, messages, streamed=False)) as seat:
            flight, shared = seat
            completion = await flight.result()
        self._keep(key, completion)
        return replace(completion, shared=True) if shared else completion

    async def stream(self, messages: Sequence[Message], *, lane: str) -> AsyncGenerator[str | Completion, None]:
        """The pieces of one reply as they come, then the whole as one :class:`Completion`.

        Who joins an identical request gets its earlier pieces first; when that
        one is not streamed, its text is the only piece. Leaving early gives
        the request up, at once under :func:`contextlib.aclosing`.

        Raises:
            InferenceError: as :meth:`complete`; pieces may have come before.
        """
        key = self._key(messages)
        if (known := self._known(key)) is not None:
            yield known.text
            yield known
            return
        with self._flights.board(key, lane, lambda flight: self._fly(flight, messages, streamed=True)) as seat:
            flight, shared = seat
            silent = True
            async with aclosing(flight.follow()) as pieces:
                async for piece in pieces:
                    silent = False
                    yield piece
            completion = await flight.result()
            self._keep(key, completion)
            if silent:
                yield completion.text
            yield replace(completion, shared=True) if shared else completion

    async def count_tokens(self, text: str) -> int:
        """Length of *text* in the model's tokens, asked past queue and breaker.

        Raises:
            InferenceError: as :meth:`complete`; servers other than LMDeploy's do not count.
        """
        servers = self._servers.present
        with self._servers.using(servers):
            return await servers.length(text, asyncio.get_running_loop().time() + _COUNT_S)

    async def models(self) -> list[str]:
        """Names of the models that the server lists, asked past queue and breaker.

        Raises:
            InferenceError: as :meth:`complete`.
        """
        servers = self._servers.present
        limit_s = min(self._config.total_timeout_s, self._config.connect_timeout_s + self._config.idle_timeout_s)
        with self._servers.using(servers):
            return await servers.models(asyncio.get_running_loop().time() + limit_s)

    def _known(self, key: _Key) -> Completion | None:
        """An earlier answer to the same, unless a better one can be had now, or will be."""
        found = None if self.changing else self._remembered.get(key)
        if found is None or (found.confidence is None and self._config.logprobs and not self._crowded):
            return None
        return replace(found, shared=True)

    def _keep(self, key: _Key, completion: Completion) -> None:
        """Remember the answer, unless other servers gave it than those that it was to be asked of."""
        if key[0] is self._servers.now:
            self._remembered.keep(key, completion)

    @property
    def _crowded(self) -> bool:
        """So many ask that they share calls, which come without token probabilities."""
        return self.in_flight >= self._config.batch_from

    def _key(self, messages: Sequence[Message]) -> _Key:
        """What makes two requests the same: all else comes from the settings.

        The servers of now are a part of it, so that nobody who asks after a
        turn gets the answer of the model before.
        """
        key = (self._servers.now, tuple((message["role"], message["content"]) for message in messages))
        if not self.changing and not self.patience_s and key not in self._flights:
            # Refuse now rather than after queueing.
            self._servers.present.check()
        return key

    async def _fly(self, flight: Flight[Completion], messages: Sequence[Message], *, streamed: bool) -> Completion:
        """Queue and ask; anew, with all of its time, when the model was exchanged meanwhile and gave no answer."""
        while True:
            await self._lobby.passed(flight)
            deadline, asked = self._deadline(), self._servers.now
            ticket = self._queue.enter(*flight.lanes)
            flight.on_new_lane = ticket.also
            try:
                await ticket.granted_by(deadline)
                if self.changing:
                    continue  # the slot is needed by none who waits for the next model
                if asked is not self._servers.now:
                    # Those of before may have hung, and used up the time of all who waited behind.
                    deadline, asked = self._deadline(), self._servers.now
                if asked is None:
                    raise ServerUnavailable("not_configured")
                with self._servers.using(asked):
                    return await asked.ask(messages, deadline, flight.emit if streamed else None)
            except InferenceError as error:
                if flight.heard:
                    raise
                failed = error
            finally:
                ticket.leave()
            # Without a slot: others may be asked meanwhile.
            if not self._may_be_the_exchange(failed, asked) and not await self._word_of(failed, asked):
                raise failed
            logger.debug("asked anew, the model is another one: {}", failed.reason)

    def _may_be_the_exchange(self, error: InferenceError, asked: Endpoints | None) -> bool:
        """Whether *error* came of leaving *asked*, and there is, or will be, another to ask."""
        if not self.changing and self._servers.now in (asked, None):
            return False
        if isinstance(error, RequestRejected):
            # How servers say that they do not know the model; transformers' says so by 400.
            return error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)
        # Requests that hang at the servers of before hold up those behind them too.
        return isinstance(error, ServerUnavailable) or error.reason == "queue_timeout"

    async def _word_of(self, error: InferenceError, asked: Endpoints | None) -> bool:
        """Whether it turns out within :attr:`patience_s` that *error* came of a model that is away."""
        if not self.patience_s or not isinstance(error, ServerUnavailable) or not speaks_of_one_server(error):
            return False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._told.wait(), self.patience_s)
        return self._may_be_the_exchange(error, asked)

    def _tell(self) -> None:
        self._told.set()
        self._told = asyncio.Event()

    def _deadline(self) -> float:
        """Of a question that is asked now, in the loop's time."""
        return asyncio.get_running_loop().time() + self._config.total_timeout_s

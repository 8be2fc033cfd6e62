"""The client of a model server: what the bot calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr

from inference.batching import Batcher
from inference.breaker import Breaker, State
from inference.chat_template import FORMATS
from inference.config import InferenceConfig
from inference.connection import Connection
from inference.errors import InferenceError, RequestRejected, ServerBusy, ServerUnavailable
from inference.fair_queue import FairQueue, Ticket
from inference.replies import Completion, Message
from inference.single_flight import Flight, SingleFlight

__all__ = ["Completion", "Message", "ModelClient"]


class ModelClient:
    """Asks one OpenAI-compatible server; an async context manager that owns its connections.

    Identical questions under way share one request. The others queue fairly
    by lane (a group, or one person in private) for a bounded number of slots.
    A server that keeps failing is left alone for a while.
    """

    def __init__(self, config: InferenceConfig, api_key: SecretStr | None = None) -> None:
        self._config = config
        self._connection = Connection(config, api_key)
        self._queue = FairQueue(slots=config.max_concurrency, per_lane=config.max_per_lane, places=config.max_queue)
        self._breaker = Breaker(failures=config.breaker_failures, open_s=config.breaker_open_s)
        self._flights = SingleFlight[Completion]()
        self._batcher = _batcher(config, self._connection)
        self._listed_model = ""
        self._listing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Cancel what is under way (its askers get ``ServerUnavailable``) and close the connections."""
        await self._flights.aclose()
        if self._batcher is not None:
            await self._batcher.aclose()
        await self._connection.aclose()

    @property
    def breaker_state(self) -> State:
        return self._breaker.state

    @property
    def queue_length(self) -> int:
        """Requests that wait for a slot."""
        return self._queue.waiting

    @property
    def in_flight(self) -> int:
        """Requests at the server."""
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
        with self._flights.board(key, lane, lambda flight: self._fly(flight, messages, streamed=False)) as seat:
            flight, shared = seat
            completion = await flight.result()
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
        with self._flights.board(key, lane, lambda flight: self._fly(flight, messages, streamed=True)) as seat:
            flight, shared = seat
            silent = True
            async with aclosing(flight.follow()) as pieces:
                async for piece in pieces:
                    silent = False
                    yield piece
            completion = await flight.result()
            if silent:
                yield completion.text
            yield replace(completion, shared=True) if shared else completion

    async def models(self) -> list[str]:
        """Names of the models that the server lists, asked past queue and breaker.

        Raises:
            InferenceError: as :meth:`complete`.
        """
        if not self._config.base_url:
            raise ServerUnavailable("not_configured")
        config = self._config
        limit_s = min(config.total_timeout_s, config.connect_timeout_s + config.idle_timeout_s)
        return await self._connection.models(asyncio.get_running_loop().time() + limit_s)

    async def healthy(self) -> bool:
        """Whether the server answers at all; says nothing about how well."""
        try:
            await self.models()
        except InferenceError:
            return False
        return True

    def _key(self, messages: Sequence[Message]) -> tuple[tuple[str, str], ...]:
        """What makes two requests the same: all else comes from the settings."""
        if not self._config.base_url:
            raise ServerUnavailable("not_configured")
        key = tuple((message["role"], message["content"]) for message in messages)
        if key not in self._flights:
            self._breaker.check()  # refuse now rather than after queueing
        return key

    async def _fly(self, flight: Flight[Completion], messages: Sequence[Message], *, streamed: bool) -> Completion:
        """Queue, ask the server, and tell the breaker how it went."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._config.total_timeout_s
        ticket = self._queue.enter(*flight.lanes)
        flight.on_new_lane = ticket.also
        try:
            await _turn(ticket, deadline)
            epoch = self._breaker.admit()
            asked_at = loop.time()
            judge = self._breaker.no_verdict  # also when we are cancelled
            try:
                completion = await self._ask(flight, messages, deadline, streamed=streamed)
                judge = self._breaker.success
            except ServerUnavailable as error:
                if error.reason != "timeout" or loop.time() - asked_at >= self._fair_share_s:
                    judge = self._breaker.failure
                raise
            except InferenceError:
                judge = self._breaker.success  # it did answer
                raise
            finally:
                judge(epoch)
        finally:
            ticket.leave()
        return completion

    @property
    def _fair_share_s(self) -> float:
        """A server that had less time than this, because we queued, is not blamed for a time-out."""
        return min(self._config.first_token_timeout_s, self._config.total_timeout_s / 2)

    async def _ask(
        self, flight: Flight[Completion], messages: Sequence[Message], deadline: float, *, streamed: bool
    ) -> Completion:
        config = self._config
        settings: dict[str, Any] = {
            "model": config.model or await self._first_listed(deadline),
            "max_tokens": config.max_tokens,
            "temperature": config.temperature,
        }
        if config.logprobs:
            settings["logprobs"] = True
        while True:
            payload = {**settings, "messages": messages}
            try:
                if streamed:
                    return await self._connection.streamed(payload, deadline, flight.emit)
                if self._batcher is not None and self._batcher.usable:
                    return await self._batcher.ask(
                        messages, settings, deadline, partial(self._connection.whole, payload, deadline)
                    )
                return await self._connection.whole(payload, deadline)
            except RequestRejected as error:
                # The server may serve another model by now; a name that we only
                # looked up is looked up again, a configured one is a mistake to show.
                if error.status != 404 or config.model:
                    raise
                self._listed_model = ""
                name = await self._first_listed(deadline)
                if name == settings["model"]:
                    raise
                settings["model"] = name

    async def _first_listed(self, deadline: float) -> str:
        """The name of the server's first model, asked for once."""
        if self._listed_model:
            return self._listed_model
        try:
            async with asyncio.timeout_at(deadline), self._listing:
                if not self._listed_model:
                    names = await self._connection.models(deadline)
                    if not names:
                        raise RequestRejected(200, reason="no_models")
                    self._listed_model = names[0]
        except TimeoutError as error:
            raise ServerUnavailable("timeout") from error
        return self._listed_model


def _batcher(config: InferenceConfig, connection: Connection) -> Batcher | None:
    form = next((one for one in FORMATS if one.family == config.chat_format), None)
    return form and Batcher(connection, form, gather_s=config.gather_ms / 1000, most=config.max_batch)


async def _turn(ticket: Ticket, deadline: float) -> None:
    """Wait for *ticket*'s slot.

    Raises:
        ServerBusy: ``queue_full``, or ``queue_timeout`` at *deadline*.
    """
    if ticket.lane is not None:
        return
    try:
        async with asyncio.timeout_at(deadline):
            await ticket.granted()
    except TimeoutError as error:
        raise ServerBusy("queue_timeout") from error

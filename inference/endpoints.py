"""The servers of one model: who is asked next, and who instead when that one gives no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace

from loguru import logger
from pydantic import SecretStr

from inference.breaker import State
from inference.config import InferenceConfig
from inference.endpoint import Emit, Endpoint
from inference.errors import InferenceError, ServerUnavailable
from inference.replies import Completion, Message
from inference.target import Target

_ELSEWHERE = frozenset({"refused", "unreachable", "reset", "connect_timeout", "breaker_open"})
"""Beside any 5xx: reasons that speak of one server. A time-out has used up the time that another would need."""


class Endpoints:
    """All servers of one target."""

    def __init__(self, target: Target, config: InferenceConfig, api_key: SecretStr | None) -> None:
        """*target* names at least one server."""
        self.target = target
        self.users = 0
        """Kept by the client: those who must be gone before the connections may close."""
        self._all = [Endpoint(url, target, config, api_key) for url in target.urls]
        self._next = 0

    async def aclose(self) -> None:
        await asyncio.gather(*(one.aclose() for one in self._all))

    @property
    def breaker_state(self) -> State:
        """The best of the servers' states."""
        states = {one.breaker.state for one in self._all}
        return "closed" if "closed" in states else "half_open" if "half_open" in states else "open"

    def check(self) -> None:
        """Return when some server may be asked; changes nothing.

        Raises:
            ServerUnavailable: ``breaker_open``.
        """
        if not any(one.breaker.admits for one in self._all):
            raise ServerUnavailable("breaker_open")

    async def ask(self, messages: Sequence[Message], deadline: float, emit: Emit | None) -> Completion:
        """The reply of the least busy server, or of another one when that gives none; each is asked once at most.

        Raises:
            InferenceError: what the last one said; nobody else is asked once a piece went to *emit*.
        """
        heard = False

        def told(piece: str) -> None:
            nonlocal heard
            heard = True
            if emit is not None:
                emit(piece)

        tried: set[Endpoint] = set()
        endpoint = self._least_busy(tried)
        if endpoint is None:
            raise ServerUnavailable("breaker_open")
        while True:
            tried.add(endpoint)
            try:
                completion = await endpoint.ask(messages, deadline, told if emit is not None else None)
                return replace(completion, round=self.target.round)
            except ServerUnavailable as error:
                another = None if heard or not speaks_of_one_server(error) else self._least_busy(tried)
                if another is None or asyncio.get_running_loop().time() >= deadline:
                    raise
                logger.debug("another server of {} is asked: {}", self.target.model or "the model", error.reason)
                endpoint = another

    async def length(self, text: str, deadline: float) -> int:
        """Tokens of *text*; they all have the same tokenizer, so the first server is asked.

        Raises:
            InferenceError: see :mod:`inference.errors`.
        """
        return await self._all[0].length(text, deadline)

    async def models(self, deadline: float) -> list[str]:
        """Names that the first server to answer lists, asked past the breakers.

        Raises:
            InferenceError: none answers; what the last one said.
        """
        asked = [asyncio.create_task(one.models(deadline)) for one in self._all]
        last: InferenceError = ServerUnavailable("not_configured")
        try:
            for answer in asyncio.as_completed(asked):
                try:
                    return await answer
                except InferenceError as error:
                    last = error
            raise last
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    def _least_busy(self, tried: Collection[Endpoint]) -> Endpoint | None:
        """The server with the fewest questions among those that may be asked; equals take turns."""
        turns = [*self._all[self._next :], *self._all[: self._next]]
        free = [one for one in turns if one not in tried and one.breaker.admits]
        if not free:
            return None
        least = min(free, key=lambda one: one.in_flight)
        self._next = (self._all.index(least) + 1) % len(self._all)
        return least


def speaks_of_one_server(error: ServerUnavailable) -> bool:
    """Whether *error* says that the server is away, and not that the answer took too long."""
    return error.reason in _ELSEWHERE or error.reason.startswith("http_5")

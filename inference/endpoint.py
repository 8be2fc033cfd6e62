"""One server of a model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from inference.batching import Batcher
from inference.breaker import Breaker
from inference.chat_template import FORMATS
from inference.config import InferenceConfig
from inference.connection import Connection
from inference.errors import InferenceError, RequestRejected, ServerUnavailable
from inference.replies import Completion, Message
from inference.target import Target

Emit = Callable[[str], None]


class Endpoint:
    """Its connections, its breaker, its shared calls and the name that it lists."""

    def __init__(self, url: str, target: Target, config: InferenceConfig, api_key: SecretStr | None) -> None:
        self._config = config
        self._model = target.model
        self._connection = Connection(url, config, api_key)
        self._batcher = _batcher(target, config, self._connection)
        self._listed_model = ""
        self._listing = asyncio.Lock()
        self._counts_not: RequestRejected | None = None
        self.breaker = Breaker(failures=config.breaker_failures, open_s=config.breaker_open_s)
        self.in_flight = 0
        """Questions that it is being asked."""

    async def aclose(self) -> None:
        if self._batcher is not None:
            await self._batcher.aclose()
        await self._connection.aclose()

    async def models(self, deadline: float) -> list[str]:
        """Names that it lists, asked past the breaker.

        Raises:
            InferenceError: see :mod:`inference.errors`.
        """
        return await self._connection.models(deadline)

    async def length(self, text: str, deadline: float) -> int:
        """Tokens of *text*, asked past the breaker; who does not count once is not asked again.

        Raises:
            InferenceError: see :mod:`inference.errors`.
        """
        if self._counts_not is not None:
            raise self._counts_not
        try:
            return await self._connection.length(text, deadline)
        except RequestRejected as error:
            self._counts_not = error
            raise

    async def ask(self, messages: Sequence[Message], deadline: float, emit: Emit | None) -> Completion:
        """The reply to *messages*; its pieces go to *emit*, and without one it is not streamed.

        Raises:
            InferenceError: see :mod:`inference.errors`.
        """
        with self._judged():
            return await self._named(messages, deadline, emit)

    @contextmanager
    def _judged(self) -> Generator[None, None, None]:
        """One request that the breaker admits and is told the end of."""
        loop = asyncio.get_running_loop()
        epoch = self.breaker.admit()
        judge = self.breaker.no_verdict  # also when we are cancelled
        asked_at = loop.time()
        self.in_flight += 1
        try:
            yield
            judge = self.breaker.success
        except ServerUnavailable as error:
            if error.reason != "timeout" or loop.time() - asked_at >= self._fair_share_s:
                judge = self.breaker.failure
            raise
        except InferenceError:
            judge = self.breaker.success  # it did answer
            raise
        finally:
            self.in_flight -= 1
            judge(epoch)

    @property
    def _fair_share_s(self) -> float:
        """A server that had less time than this, because we queued, is not blamed for a time-out."""
        return min(self._config.first_token_timeout_s, self._config.total_timeout_s / 2)

    async def _named(self, messages: Sequence[Message], deadline: float, emit: Emit | None) -> Completion:
        settings: dict[str, Any] = {
            "model": self._model or await self._first_listed(deadline),
            "max_tokens": self._config.max_tokens,
            "temperature": self._config.temperature,
        }
        if self._config.logprobs:
            settings["logprobs"] = True
        if self._config.stop:
            settings["stop"] = self._config.stop
        while True:
            try:
                return await self._asked(messages, settings, deadline, emit)
            except RequestRejected as error:
                # The server may serve another model by now; a name that we only
                # looked up is looked up again, a configured one is a mistake to show.
                if error.status != HTTPStatus.NOT_FOUND or self._model:
                    raise
                self._listed_model = ""
                name = await self._first_listed(deadline)
                if name == settings["model"]:
                    raise
                settings["model"] = name

    async def _asked(
        self, messages: Sequence[Message], settings: dict[str, Any], deadline: float, emit: Emit | None
    ) -> Completion:
        payload = {**settings, "messages": messages}
        if emit is not None:
            return await self._connection.streamed(payload, deadline, emit)
        alone = partial(self._connection.whole, payload, deadline)
        if self._batcher is not None and self._batcher.usable and self.in_flight >= self._config.batch_from:
            return await self._batcher.ask(messages, settings, deadline, alone)
        return await alone()

    async def _first_listed(self, deadline: float) -> str:
        """The name of the server's first model, asked for once."""
        if self._listed_model:
            return self._listed_model
        try:
            async with asyncio.timeout_at(deadline), self._listing:
                if not self._listed_model:
                    names = await self._connection.models(deadline)
                    if not names:
                        raise RequestRejected(HTTPStatus.OK, reason="no_models")
                    self._listed_model = names[0]
        except TimeoutError as error:
            raise ServerUnavailable("timeout") from error
        return self._listed_model


def _batcher(target: Target, config: InferenceConfig, connection: Connection) -> Batcher | None:
    form = next((one for one in FORMATS if one.family == target.chat_format), None)
    return form and Batcher(connection, form, gather_s=config.gather_ms / 1000, most=config.max_batch)

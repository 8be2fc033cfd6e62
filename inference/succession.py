"""Handing over from the servers of one model to those of the next, without cutting off what is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from pydantic import SecretStr

from inference.config import InferenceConfig
from inference.endpoints import Endpoints
from inference.errors import ServerUnavailable
from inference.target import Target


class Succession:
    """Those that were left are closed after the last question at them."""

    def __init__(self, config: InferenceConfig, api_key: SecretStr | None) -> None:
        self._config = config
        self._api_key = api_key
        self._closing: set[asyncio.Task[None]] = set()
        self.now = self._endpoints(Target.configured(config))
        """Who is asked now; ``None`` when there is nobody."""

    async def aclose(self) -> None:
        await asyncio.gather(*self._closing)
        if self.now is not None:
            await self.now.aclose()

    @property
    def present(self) -> Endpoints:
        """As :attr:`now`.

        Raises:
            ServerUnavailable: ``not_configured``: there is nobody.
        """
        if self.now is None:
            raise ServerUnavailable("not_configured")
        return self.now

    def turn_to(self, target: Target | None) -> None:
        """Let new connections to *target*, or nobody, be who is asked. Needs the running loop."""
        left, self.now = self.now, self._endpoints(target)
        if left is not None:
            self._close_unused(left)

    @contextmanager
    def using(self, servers: Endpoints) -> Generator[None, None, None]:
        """Nothing of *servers* is closed before the end, even if they are left meanwhile."""
        servers.users += 1
        try:
            yield
        finally:
            servers.users -= 1
            self._close_unused(servers)

    def _endpoints(self, target: Target | None) -> Endpoints | None:
        return Endpoints(target, self._config, self._api_key) if target is not None and target.urls else None

    def _close_unused(self, servers: Endpoints) -> None:
        """Close *servers* once they are left and nobody is asking them."""
        if servers is not self.now and not servers.users:
            task = asyncio.create_task(servers.aclose())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

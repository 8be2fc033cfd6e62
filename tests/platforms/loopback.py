"""A platform's server on loopback, for as long as a test wants it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

from aiohttp import web


class LoopbackServer(ABC):
    port: int
    """Chosen by the system."""

    @abstractmethod
    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Put what the platform offers into *router*."""

    async def hang_up(self) -> None:  # noqa: B027 - most keep nothing open
        """Close what bots keep open."""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 << 20)
        self.add_routes(app.router)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hang_up()
        await self._runner.cleanup()

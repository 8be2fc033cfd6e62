"""How much of a request's body is read, whoever reads it."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 16 * 1024 * 1024
"""Bytes; as much as a frame of a WebSocket may have."""


class BoundedBodies:
    """Refuses what is larger: adapters read all that a stranger sends before they look at its signature."""

    def __init__(self, app: ASGIApp, most: int = MOST) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            # Who tries again after the end would wait until the sender leaves.
            if taken <= self._most:
                message = await receive()
                taken += len(message.get("body", b""))
                if taken <= self._most:
                    return message
            raise HTTPException(413)

        await self._app(scope, bounded if scope["type"] == "http" else receive, send)

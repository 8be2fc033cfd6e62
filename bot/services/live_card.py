"""A message that tells how far a long job is and is replaced while the job goes on."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol, Self


class Screen(Protocol):
    """One place in a chat. Neither method raises: a card that cannot be shown must not stop the job."""

    async def show(self, text: str) -> None:
        """Show *text* in the place of what was shown before."""
        ...

    async def clear(self) -> None:
        """Take away what was shown."""
        ...


class LiveCard:
    """Shows the latest report on a *screen* while the block lasts; a quick job shows nothing.

    Called with ``(stage, done, total)`` from any thread.
    """

    def __init__(self, screen: Screen, title: str, *, first_after_s: float = 5, every_s: float = 12) -> None:
        """*every_s* is long because platforms take a stream of messages for an advertiser's."""
        self._screen = screen
        self._title = title
        self._first_after_s = first_after_s
        self._every_s = every_s
        self._latest: tuple[str, int, int | None] = ("准备", 0, None)
        self._task: asyncio.Task[None] | None = None

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        # One assignment: a reader in another thread sees the old report or the new one.
        self._latest = (stage, done, total)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep_showing())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _keep_showing(self) -> None:
        await asyncio.sleep(self._first_after_s)
        shown = ""
        try:
            while True:
                text = f"{self._title}\n{in_words(*self._latest)}"
                if text != shown:
                    await self._screen.show(text)
                    shown = text
                await asyncio.sleep(self._every_s)
        finally:
            # The job's own last word comes next; the card would only stand in its way.
            if shown:
                await asyncio.shield(self._screen.clear())


def in_words(stage: str, done: int, total: int | None) -> str:
    """``核对 2,000/50,000（4%）``."""
    if total:
        return f"{stage} {done:,}/{total:,}（{done * 100 // total}%）"
    return f"{stage} {done:,}" if done else f"{stage}中…"

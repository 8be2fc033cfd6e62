"""Where questions wait while the model is being exchanged."""

from __future__ import annotations

import asyncio
from typing import Any

from inference.errors import ServerUnavailable
from inference.fair_queue import FairQueue
from inference.single_flight import Flight


class Lobby:
    """Closed, it keeps what comes until it opens; what waits here takes no slot of the queue at the servers."""

    def __init__(self, *, places: int, wait_s: float) -> None:
        """At most *places* wait, for *wait_s* each; a full lobby drops the newest of the longest lane."""
        # Everybody is let go at once, so nobody gets a slot here: the places are what the queue is for.
        self._queue = FairQueue(slots=0, per_lane=0, places=places)
        self._wait_s = wait_s
        self._opening: asyncio.Future[None] | None = None

    @property
    def closed(self) -> bool:
        return self._opening is not None

    @property
    def waiting(self) -> int:
        """Flights that wait here."""
        return self._queue.waiting

    def close(self) -> None:
        """Keep who comes; a second call does nothing."""
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_future()

    def open(self) -> None:
        """Let everybody go on."""
        if self._opening is not None:
            self._opening.set_result(None)
            self._opening = None

    async def passed(self, flight: Flight[Any]) -> None:
        """Return when the lobby is open, in all lanes of *flight* meanwhile.

        Raises:
            ServerUnavailable: ``changing``: it did not open in time.
            ServerBusy: ``queue_full``: too many wait.
        """
        while self._opening is not None:
            await self._opened(flight, self._opening)

    async def _opened(self, flight: Flight[Any], opening: asyncio.Future[None]) -> None:
        place = self._queue.enter(*flight.lanes)
        assert place.future is not None  # there are no slots
        flight.on_new_lane = place.also
        try:
            await asyncio.wait({opening, place.future}, timeout=self._wait_s, return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                return
            if place.future.done():
                await place.granted()  # it never is: this raises why the place was lost
            raise ServerUnavailable("changing")
        finally:
            place.leave()

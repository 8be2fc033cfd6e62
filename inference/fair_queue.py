"""A bounded number of slots, shared fairly between lanes (groups)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from inference.errors import ServerBusy


class Ticket:
    """One request's place in the queue, then its slot."""

    __slots__ = ("_queue", "future", "lane", "lanes")

    def __init__(self, queue: FairQueue) -> None:
        self._queue = queue
        self.lane: str | None = None
        """The lane whose turn gave this ticket its slot; ``None`` without a slot."""
        self.lanes: list[str] = []
        """Lanes in which it waits."""
        self.future: asyncio.Future[None] | None = None
        """Done when the wait is over; ``None`` for a ticket that never waited."""

    async def granted(self) -> None:
        """Wait for the slot.

        Raises:
            ServerBusy: ``queue_full``: dropped in favour of a shorter lane.
        """
        if self.future is not None:
            await self.future

    async def granted_by(self, deadline: float) -> None:
        """As :meth:`granted`, until *deadline* in the loop's time.

        Raises:
            ServerBusy: ``queue_full``, or ``queue_timeout`` at *deadline*.
        """
        if self.lane is not None:
            return
        try:
            async with asyncio.timeout_at(deadline):
                await self.granted()
        except TimeoutError as error:
            raise ServerBusy("queue_timeout") from error

    def also(self, lane: str) -> None:
        """Wait in *lane* as well: whichever lane's turn comes first gives the slot."""
        self._queue.add_lane(self, lane)

    def leave(self) -> None:
        """Give the slot back, or the place in the queue; a second call does nothing."""
        self._queue.leave(self)


class FairQueue:
    """Slots go to the lanes in rounds, first come first served within a lane.

    In each round a lane is served once, so that a lane with one ticket waits
    for at most one of every other lane. One lane holds at most *per_lane*
    slots. A full queue drops the newest ticket of the longest lane, so that a
    flood cannot shut others out.
    """

    def __init__(self, *, slots: int, per_lane: int, places: int) -> None:
        self._slots = slots
        self._per_lane = per_lane
        self._places = places
        self._taken: dict[str, int] = {}
        self._lanes: OrderedDict[str, OrderedDict[Ticket, None]] = OrderedDict()
        self._round = 0
        # Last round of each lane that was served in this round or beyond it;
        # remembered while it does not wait, or leaving and coming back would pay.
        self._served: dict[str, int] = {}
        self.in_flight = 0
        """Slots in use."""
        self.waiting = 0
        """Tickets without a slot."""

    def enter(self, *lanes: str) -> Ticket:
        """A ticket that has its slot already or waits in each of *lanes*.

        Raises:
            ServerBusy: ``queue_full``, and no other lane is longer.
        """
        ticket = Ticket(self)
        # Lanes that still wait while a slot is free are at their own limit, so
        # a newcomer that can be served at once overtakes nobody.
        if self.in_flight < self._slots:
            for lane in lanes:
                if self._has_turn(lane):
                    self._grant(ticket, lane)
                    return ticket
        if self.waiting >= self._places:
            self._make_room_for(lanes[0])
        ticket.future = asyncio.get_running_loop().create_future()
        self.waiting += 1
        for lane in lanes:
            self._append(ticket, lane)
        return ticket

    def add_lane(self, ticket: Ticket, lane: str) -> None:
        """Let *ticket* wait in *lane* too; without effect once its wait is over."""
        if ticket.lanes and lane not in ticket.lanes:
            self._append(ticket, lane)
            self._dispatch()

    def leave(self, ticket: Ticket) -> None:
        """Take back what *ticket* holds and serve the next."""
        if ticket.lane is not None:
            lane, ticket.lane = ticket.lane, None
            self.in_flight -= 1
            self._taken[lane] -= 1
            if not self._taken[lane]:
                del self._taken[lane]
            self._dispatch()
        elif ticket.future is not None:
            self._remove(ticket)
            if ticket.future.done() and not ticket.future.cancelled():
                ticket.future.exception()  # seen, even when its waiter was cancelled meanwhile

    def _has_turn(self, lane: str) -> bool:
        return self._taken.get(lane, 0) < self._per_lane

    def _round_of(self, lane: str) -> int:
        """The round in which *lane* is served next."""
        return max(self._round, self._served.get(lane, -1) + 1)

    def _grant(self, ticket: Ticket, lane: str) -> None:
        number = self._round_of(lane)
        if number > self._round:
            self._round = number
            self._served = {name: last for name, last in self._served.items() if last >= number}
        self._served[lane] = number
        ticket.lane = lane
        self.in_flight += 1
        self._taken[lane] = self._taken.get(lane, 0) + 1

    def _append(self, ticket: Ticket, lane: str) -> None:
        ticket.lanes.append(lane)
        self._lanes.setdefault(lane, OrderedDict())[ticket] = None

    def _remove(self, ticket: Ticket) -> None:
        if not ticket.lanes:
            return
        for lane in ticket.lanes:
            del self._lanes[lane][ticket]
            if not self._lanes[lane]:
                del self._lanes[lane]
        ticket.lanes = []
        self.waiting -= 1

    def _dispatch(self) -> None:
        while self.in_flight < self._slots:
            lane = min(filter(self._has_turn, self._lanes), key=self._round_of, default=None)
            if lane is None:
                return
            ticket = next(iter(self._lanes[lane]))
            self._remove(ticket)
            if ticket.future is None or ticket.future.done():
                continue  # cancelled this very moment; it has not left yet
            if lane in self._lanes:
                self._lanes.move_to_end(lane)
            self._grant(ticket, lane)
            ticket.future.set_result(None)

    def _make_room_for(self, lane: str) -> None:
        longest = max(self._lanes.values(), key=len, default=OrderedDict[Ticket, None]())
        if len(longest) <= len(self._lanes.get(lane, ())) + 1:
            raise ServerBusy("queue_full")
        # A ticket that waits in a second lane is wanted there as well and stays.
        victim = next((ticket for ticket in reversed(longest) if len(ticket.lanes) == 1), None)
        if victim is None:
            raise ServerBusy("queue_full")
        self._remove(victim)
        if victim.future is not None and not victim.future.done():
            victim.future.set_exception(ServerBusy("queue_full"))

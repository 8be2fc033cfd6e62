"""Whatever happens, slots are neither lost nor doubled, and no lane is passed over."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import ServerBusy
from inference.fair_queue import FairQueue, Ticket

ACTIONS = st.lists(
    st.tuples(st.sampled_from(["enter", "leave", "cancel", "also"]), st.integers(0, 3), st.integers(0, 1000)),
    max_size=80,
)


def check(queue: FairQueue, tickets: list[Ticket], *, slots: int, per_lane: int, places: int) -> None:
    running = [ticket for ticket in tickets if ticket.lane is not None]
    waiting = [ticket for ticket in tickets if ticket.lanes]
    assert queue.in_flight == len(running) <= slots
    assert queue.waiting == len(waiting) <= places
    of_lane = {lane: sum(ticket.lane == lane for ticket in running) for lane in "abcd"}
    assert max(of_lane.values()) <= per_lane
    if queue.in_flight < slots:  # nobody waits for nothing
        assert all(of_lane[lane] == per_lane for ticket in waiting for lane in ticket.lanes)


@settings(max_examples=200, deadline=None)
@given(actions=ACTIONS, slots=st.integers(1, 4), per_lane=st.integers(1, 3), places=st.integers(0, 6))
def test_no_slot_is_lost_or_doubled(
    actions: list[tuple[str, int, int]], slots: int, per_lane: int, places: int
) -> None:
    async def play() -> None:
        queue = FairQueue(slots=slots, per_lane=per_lane, places=places)
        tickets: list[Ticket] = []
        for action, lane, pick in actions:
            if action == "enter":
                try:
                    tickets.append(queue.enter("abcd"[lane]))
                except ServerBusy:
                    assert queue.waiting == places
            elif tickets:
                ticket = tickets[pick % len(tickets)]
                if action == "also":
                    ticket.also("abcd"[lane])
                else:
                    if action == "cancel" and ticket.future is not None:
                        ticket.future.cancel()
                    ticket.leave()
                    ticket.leave()
                    tickets.remove(ticket)
            check(queue, tickets, slots=slots, per_lane=per_lane, places=places)
        for ticket in tickets:
            ticket.leave()
        assert queue.in_flight == queue.waiting == 0

    asyncio.run(play())


async def drain(queue: FairQueue, holder: Ticket, waiting: dict[str, Ticket]) -> list[str]:
    """Names in the order in which they are served, one at a time."""
    order = []
    while waiting:
        holder.leave()
        name = next(name for name, ticket in waiting.items() if ticket.lane is not None)
        holder = waiting.pop(name)
        order.append(name)
    holder.leave()
    return order


async def test_lanes_take_turns_and_each_is_first_come_first_served() -> None:
    queue = FairQueue(slots=1, per_lane=1, places=100)
    holder = queue.enter("z")
    waiting = {name: queue.enter(name[0]) for name in ["a1", "a2", "a3", "b1", "c1", "b2"]}
    assert await drain(queue, holder, waiting) == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_coming_back_at_once_gains_nothing() -> None:
    queue = FairQueue(slots=1, per_lane=1, places=100)
    holder = queue.enter("flood")
    waiting = {f"flood{number}": queue.enter("flood") for number in range(4)}
    order = []
    for number in range(12):
        for lane in "xy":  # two that ask again whenever they were served
            if not any(name.startswith(lane) for name in waiting):
                waiting[f"{lane}{number}"] = queue.enter(lane)
        holder.leave()
        name = next(name for name, ticket in waiting.items() if ticket.lane is not None)
        holder = waiting.pop(name)
        order.append(name.rstrip("0123456789"))
    assert {lane: order.count(lane) for lane in ("flood", "x", "y")} == {"flood": 4, "x": 4, "y": 4}


async def test_a_slot_granted_to_a_ticket_cancelled_meanwhile_goes_on() -> None:
    queue = FairQueue(slots=1, per_lane=1, places=10)
    holder, second, third = (queue.enter(lane) for lane in "abc")
    task = asyncio.create_task(second.granted())
    await asyncio.sleep(0)
    task.cancel()
    holder.leave()  # before the cancelled one could leave
    with pytest.raises(asyncio.CancelledError):
        await task
    assert third.lane == "c"
    second.leave()
    assert queue.in_flight == 1


async def test_a_full_queue_refuses_the_longest_lane_itself() -> None:
    queue = FairQueue(slots=1, per_lane=1, places=2)
    queue.enter("a")
    queue.enter("a")
    newest = queue.enter("a")
    with pytest.raises(ServerBusy):
        queue.enter("a")
    queue.enter("b")  # makes the newest of "a" give up its place
    with pytest.raises(ServerBusy, match="queue_full"):
        await newest.granted()
    with pytest.raises(ServerBusy):
        queue.enter("c")  # no lane is longer than it would be


async def test_a_slot_is_waited_for_until_the_deadline() -> None:
    now = asyncio.get_running_loop().time()
    queue = FairQueue(slots=1, per_lane=1, places=9)
    holder, second = queue.enter("a"), queue.enter("b")
    await holder.granted_by(now)  # has it already
    with pytest.raises(ServerBusy, match="queue_timeout"):
        await second.granted_by(now)
    second.leave()
    third = queue.enter("c")
    holder.leave()
    await third.granted_by(now + 9)
    assert third.lane == "c"

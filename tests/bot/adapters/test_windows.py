"""How many answers go where on QQ's open platform, and for how long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.qq_official.windows import Windows
from bot.services.sending.limits import QqLimits
from bot.services.sending.post import Chat

CHAT = Chat("qqbot:1", "qqbot:G", group=True)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_message_that_is_answered_comes_first_and_then_the_newest():
    windows = Windows(clock=Clock())
    for source in ("a", "b", "c"):
        windows.open("G", source, group=True)
    assert [windows.best("G", source) and windows.best("G", source).source for source in ("a", "", "x")] == [
        "a",
        "c",
        "c",
    ]
    windows.close(windows.best("G", "a"))
    assert windows.best("G", "a").source == "c"
    assert windows.best("H") is None


def test_a_window_closes_by_itself_and_a_second_delivery_does_not_open_it_again():
    clock = Clock()
    windows = Windows(clock=clock)
    windows.open("G", "a", group=True)
    windows.open("U", "b", group=False)
    clock.now = 295
    windows.open("G", "a", group=True)
    assert windows.best("G") is None
    assert windows.best("U").source == "b"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 120)), max_size=60))
async def test_no_number_twice_and_never_more_than_fit(steps: list[tuple[str, float]]):
    clock, limits = Clock(), QqLimits()
    windows, given_out = Windows(limits, clock), []
    opened: dict[str, float] = {}
    for source, later in steps:
        opened.setdefault(source, clock.now)
        windows.open("G", source, group=True)
        if (window := windows.best("G", source)) is not None:
            assert clock.now - opened[window.source] < limits.window_group_s
            if (number := await windows.number(CHAT, window.source)) is None:
                windows.close(window)
            else:
                given_out.append((window.source, number))
        clock.now += later
    assert len(set(given_out)) == len(given_out)
    assert all(1 <= number <= limits.replies for _, number in given_out)

"""A platform that is away is asked again, ever more rarely and without end."""

from __future__ import annotations

from itertools import islice

from bot.adapters.pauses import pauses


def test_each_is_twice_as_long_up_to_a_minute():
    assert list(islice(pauses(), 7)) == [3, 6, 12, 24, 48, 60, 60]

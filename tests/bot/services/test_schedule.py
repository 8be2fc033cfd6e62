"""When a repeating job is due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.schedule import next_time
from local_time import ZONE

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        ("daily 04:30", "2026-11-26T04:29", "2026-11-26T04:30"),
        ("daily 04:30", "2026-11-26T04:30", "2026-11-27T04:30"),
        ("sun 03:00", "2026-11-26T12:00", "2026-11-29T03:00"),
        ("sun 03:00", "2026-11-29T03:00", "2026-12-06T03:00"),
        ("thu 23:59", "2026-11-26T12:00", "2026-11-26T23:59"),
    ],
)
def test_the_next_time(schedule: str, after: str, due: str):
    assert next_time(schedule, _local(after)) == _local(due)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from([*DAYS, "daily"]),
    st.integers(0, 23),
    st.integers(0, 59),
)
def test_it_is_ahead_and_within_its_period(after: datetime, day: str, hour: int, minute: int):
    moment = after.replace(tzinfo=UTC)
    due = next_time(f"{day} {hour:02d}:{minute:02d}", moment)
    assert moment < due <= moment + timedelta(days=1 if day == "daily" else 7)
    assert (due.hour, due.minute) == (hour, minute)
    assert day == "daily" or DAYS[due.weekday()] == day


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)

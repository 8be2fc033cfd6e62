"""When a subscription's pushes are due, and until when they are still worth sending."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.services.push import days
from store.models import Subscription

SUMMARY_MINUTE = 21 * 60 + 30
QUIET = (22 * 60 + 30, 6 * 60)
"""Of a subscription that names no quiet hours of its own."""
NOTICEABLE = timedelta(minutes=5)
"""What went out later than this was late."""
LATE = timedelta(hours=2)
"""How late a digest may still come after the bot was down."""
_GRACE = timedelta(minutes=15)
"""What was due shortly before quiet hours, or within those that nobody set, may be as late as this."""
_READ = timedelta(minutes=30)
"""Questions that come later than this before their key are no use."""
ANSWER_MINUTES = 60
"""The summary leaves everybody as much time."""
_ANSWER = timedelta(minutes=ANSWER_MINUTES)


def local(at: datetime, zone: str) -> datetime:
    """*at* on the clocks of *zone*."""
    return at.astimezone(ZoneInfo(zone))


def instant(day: date, minute: int, zone: str) -> datetime:
    """When the clocks of *zone* show that minute of *day*, in UTC; an hour that summer time skips comes after it."""
    wall = datetime.combine(day, time(minute // 60, minute % 60), ZoneInfo(zone))
    return wall.astimezone(UTC)


def dues(subscription: Subscription, first: datetime) -> Iterator[tuple[date, datetime]]:
    """Every local date with its due time, from *first* on, without end."""
    day = local(first, subscription.zone).date() - timedelta(days=1)
    while True:
        if days.falls_on(subscription.days, day):
            due = instant(day, subscription.minute, subscription.zone)
            if due >= first:
                yield day, due
        day += timedelta(days=1)


def next_due(subscription: Subscription, first: datetime) -> datetime:
    """The first due time from *first* on."""
    return next(due for _, due in dues(subscription, first))


def paused(subscription: Subscription, day: date) -> bool:
    """Whether somebody wanted nothing on that local date."""
    until = subscription.paused_until
    return subscription.state == "paused" and (until is None or day <= until)


def summary_at(subscription: Subscription, day: date, asked_at: datetime) -> datetime | None:
    """When the summary of that day's digest comes: an hour after its questions were made at the earliest, else the evening after."""
    if subscription.summary_minute is None:
        return None
    due = instant(day, subscription.summary_minute, subscription.zone)
    return (
        due
        if due >= asked_at + _ANSWER
        else instant(day + timedelta(days=1), subscription.summary_minute, subscription.zone)
    )


def late_until(subscription: Subscription, kind: str, planned_at: datetime) -> datetime:
    """Until when a push that no attempt was made at is still sent."""
    if kind == "extra":
        return planned_at + _GRACE
    if is_quiet(subscription, planned_at):
        return planned_at + _GRACE
    hush = _next_quiet(subscription, planned_at)
    return max(hush if kind == "summary" else min(planned_at + LATE, hush), planned_at + _GRACE)


def worth_until(subscription: Subscription, kind: str, planned_at: datetime) -> datetime:
    """Until when one that the platform put off is still sent: while there is a day left to answer it."""
    first = late_until(subscription, kind, planned_at)
    if kind != "digest" or is_quiet(subscription, planned_at):
        return first
    hush = _next_quiet(subscription, planned_at)
    day = local(planned_at, subscription.zone).date()
    evening = summary_at(subscription, day, planned_at)
    return max(first, hush if evening is None else min(hush, evening - _READ))


def is_quiet(subscription: Subscription, at: datetime) -> bool:
    """Whether nothing is to be sent at that moment."""
    begin, end = _quiet(subscription)
    moment = local(at, subscription.zone)
    minute = moment.hour * 60 + moment.minute
    return within(minute, begin, end)


def within(minute: int, begin: int, end: int) -> bool:
    """Whether *minute* of the day lies from *begin* to before *end*, over midnight where *end* is the smaller."""
    return begin <= minute < end if begin <= end else minute >= begin or minute < end


def _next_quiet(subscription: Subscription, at: datetime) -> datetime:
    begin, _ = _quiet(subscription)
    day = local(at, subscription.zone).date()
    hush = instant(day, begin, subscription.zone)
    return hush if hush > at else instant(day + timedelta(days=1), begin, subscription.zone)


def _quiet(subscription: Subscription) -> tuple[int, int]:
    if subscription.quiet_from is None or subscription.quiet_until is None:
        return QUIET
    return subscription.quiet_from, subscription.quiet_until

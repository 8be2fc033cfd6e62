"""Which way a message goes now: proactively, as a reply to the chat's last message, as a call-back, later or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.services.sending.limits import Limits

_MARGIN = timedelta(seconds=10)
"""Windows close by the platform's clock, and a picture takes a while."""
_SPARE = 1
"""Replies that are left for whoever answers the member."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a chat at this moment."""

    group: bool
    proactive: str = "unknown"
    """allowed, refused, unknown."""
    proactive_since: datetime | None = None
    proactive_why: str = ""
    muted_until: datetime | None = None
    heard_message: str = ""
    heard_at: datetime | None = None
    replies: int = 0
    """Numbers taken for replies to ``heard_message``."""
    woken_at: datetime | None = None
    sent_today: int = 0
    spent_until: datetime | None = None
    """When the day ends that ``sent_today`` counts."""


@dataclass(frozen=True, slots=True)
class Way:
    kind: Literal["proactive", "reply", "wakeup", "hold", "later", "refuse"]
    reason: str = ""
    after: datetime | None = None

    @property
    def unasked(self) -> bool:
        """It counts against what an account may say unasked."""
        return self.kind in ("proactive", "wakeup")


def window_open(facts: Facts, limits: Limits, now: datetime) -> bool:
    """Whether the chat's last message may still be answered."""
    window = timedelta(seconds=limits.window_group_s if facts.group else limits.window_private_s)
    if not window or not facts.heard_message or facts.heard_at is None:
        return False
    # A clock that was set back must not open what is closed.
    return timedelta(0) <= now - facts.heard_at < window - _MARGIN


def choose(facts: Facts, limits: Limits, now: datetime) -> Way:
    """The best way for a post into the chat; replies first: they cost nothing and are never refused for a quota."""
    if facts.muted_until is not None and facts.muted_until > now:
        return Way("later", "muted", facts.muted_until)
    if window_open(facts, limits, now) and (not limits.replies or facts.replies < limits.replies - _SPARE):
        return Way("reply")
    if limits.chat_daily and facts.sent_today >= limits.chat_daily:
        return Way("later", "chat_cap", facts.spent_until)
    if _may_speak(facts, limits, now):
        return Way("proactive")
    if not facts.group and _may_wake(facts, limits, now):
        return Way("wakeup")
    if limits.window_group_s if facts.group else limits.window_private_s:
        return Way("hold", "waits_for_chat")
    return Way("refuse", "proactive_refused")


def _may_speak(facts: Facts, limits: Limits, now: datetime) -> bool:
    if facts.proactive != "refused":
        return True
    # What the group's owner switched off, only the owner switches on.
    if facts.proactive_why == "event" or facts.proactive_since is None:
        return False
    return now - facts.proactive_since >= timedelta(seconds=limits.refused_again_s)


def _may_wake(facts: Facts, limits: Limits, now: datetime) -> bool:
    if facts.heard_at is None or (period := _period(now - facts.heard_at, limits)) is None:
        return False
    if facts.woken_at is None or facts.woken_at < facts.heard_at:
        return True
    return _period(facts.woken_at - facts.heard_at, limits) != period


def _period(silence: timedelta, limits: Limits) -> int | None:
    return next((end for end in limits.wakeup_days if timedelta(0) <= silence < timedelta(days=end)), None)

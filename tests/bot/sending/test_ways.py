"""Which way a post goes: windows are never exceeded, whatever is known of a chat."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.services.sending.limits import Limits, OneBotLimits, QqLimits
from bot.services.sending.ways import Facts, choose, window_open
from tests.bot.sending.world import START

moments = st.none() | st.timedeltas(timedelta(days=-40), timedelta(days=2)).map(lambda span: START + span)
facts = st.builds(
    Facts,
    group=st.booleans(),
    proactive=st.sampled_from(["allowed", "refused", "unknown"]),
    proactive_since=moments,
    proactive_why=st.sampled_from(["", "event", "40034105"]),
    muted_until=moments,
    heard_message=st.sampled_from(["", "m1"]),
    heard_at=moments,
    replies=st.integers(0, 6),
    woken_at=moments,
    sent_today=st.integers(0, 30),
    spent_until=st.just(START + timedelta(hours=16)),
)


@given(facts, st.sampled_from([Limits(), OneBotLimits(), QqLimits()]))
def test_no_way_breaks_a_rule(known: Facts, limits: Limits):
    way = choose(known, limits, START)
    if known.muted_until is not None and known.muted_until > START:
        assert (way.kind, way.reason) == ("later", "muted")
        return
    match way.kind:
        case "reply":
            window = limits.window_group_s if known.group else limits.window_private_s
            assert known.heard_at is not None
            assert timedelta(0) <= START - known.heard_at < timedelta(seconds=window)
            assert known.replies < limits.replies
        case "proactive":
            assert known.sent_today < limits.chat_daily
            assert known.proactive != "refused" or known.proactive_why != "event"
        case "wakeup":
            assert not known.group
            assert known.heard_at is not None
            assert START - known.heard_at < timedelta(days=max(limits.wakeup_days))
        case "later":
            assert way.after is not None
            assert way.after > START
        case "hold":
            assert limits.window_group_s
        case "refuse":
            assert known.proactive == "refused"


def test_a_message_from_the_future_opens_nothing():
    ahead = Facts(True, heard_message="m1", heard_at=START + timedelta(minutes=1))
    assert not window_open(ahead, QqLimits(), START)


def test_what_the_owner_switched_off_stays_off():
    since = START - timedelta(days=365)
    for why, kind in (("event", "hold"), ("40034105", "proactive")):
        known = Facts(True, proactive="refused", proactive_since=since, proactive_why=why)
        assert choose(known, QqLimits(), START).kind == kind


def test_a_member_is_called_back_once_a_period():
    def way(silent_days: float, woken_days: float | None = None) -> str:
        known = Facts(
            False,
            proactive="refused",
            proactive_why="event",
            heard_message="m1",
            heard_at=START - timedelta(days=silent_days),
            woken_at=None if woken_days is None else START - timedelta(days=woken_days),
        )
        return choose(known, QqLimits(), START).kind

    assert way(0.5) == "wakeup"
    assert way(0.5, woken_days=0.1) == "hold"
    assert way(2, woken_days=1.5) == "wakeup"
    assert way(2, woken_days=0.5) == "hold"
    assert way(31) == "hold"

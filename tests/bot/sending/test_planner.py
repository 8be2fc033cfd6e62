"""Sent once, at the platform's rate, by the way that is open: on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.incoming import Incoming
from bot.services.sending import Planner, SendingConfig
from bot.services.sending.limits import OneBotLimits
from bot.services.sending.post import Receipt
from store.db import Sessions
from store.models import ChatAbility, Posting
from tests.bot.sending.world import (
    ACCOUNT,
    GROUP,
    MEMBER,
    Clock,
    FakeOutlet,
    World,
    failing,
    onebot,
    post,
    qq,
)

TIMEOUT = failing("1200", "Timeout: NTEvent")


def spoken(message_id: str, chat: str = "qq:500") -> Incoming:
    return Incoming(ACCOUNT, "qq:200", "早", group_id=chat, message_id=message_id)


async def heard(world: World, message_id: str) -> None:
    """The group speaks, and what waited for that is out or refused, and written down."""
    before = asyncio.all_tasks()
    await world.planner.heard(spoken(message_id))
    await asyncio.gather(*asyncio.all_tasks() - before)


async def settled(world: World, count: int) -> None:
    """Wait until *count* messages were said."""
    async with asyncio.timeout(5):
        while len(world.outlet.said) < count:
            world.outlet.arrived.clear()
            await world.outlet.arrived.wait()


async def test_a_key_is_sent_once(sessions: Sessions):
    world = onebot(sessions)
    first = await world.planner.send(post())
    again = await world.planner.send(post(text="别的话"))
    assert (first.state, again.state, again.message_id) == ("sent", "sent", first.message_id)
    assert [one.text for one in world.outlet.said] == ["今天的五道题"]
    later = await world.restarted().planner.send(post())
    assert later == again


async def test_many_at_once_with_one_key(sessions: Sessions):
    world = onebot(sessions)
    receipts = await asyncio.gather(*(world.planner.send(post()) for _ in range(8)))
    assert world.outlet.tried == 1
    assert {one.state for one in receipts} <= {"sent", "later"}


async def test_without_a_key_nothing_is_promised(sessions: Sessions):
    world = onebot(sessions)
    for _ in range(2):
        assert (await world.planner.send(post(key=""))).state == "sent"
    assert len(world.outlet.said) == 2


async def test_messages_of_an_account_are_apart(sessions: Sessions):
    world = onebot(sessions, spacing_s=2, jitter_s=1)
    chats = [replace(GROUP, lane=f"qq:{number}") for number in range(10)]
    await asyncio.gather(*(world.planner.send(post(f"k{chat.lane}", chat)) for chat in chats))
    times = [one.at for one in world.outlet.said]
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    assert all(2 <= gap <= 3 for gap in gaps)
    assert len(set(gaps)) > 1


async def test_a_day_has_its_limits_and_the_next_is_new(sessions: Sessions):
    world = onebot(sessions, chat_daily=2, account_daily=3)
    seen = [await world.planner.send(post(f"k{number}")) for number in range(3)]
    assert [one.reason for one in seen] == ["", "", "chat_cap"]
    assert seen[2].after == datetime(2026, 11, 30, 16, tzinfo=UTC)
    other = replace(GROUP, lane="qq:501")
    assert (await world.planner.send(post("k4", other))).state == "sent"
    assert (await world.planner.send(post("k5", other))).reason == "daily_cap"
    world.clock.pass_by(hours=16)
    assert (await world.planner.send(post("k5", other))).state == "sent"


async def test_too_late_is_not_sent(sessions: Sessions):
    world = onebot(sessions)
    late = post(not_after=world.clock() - timedelta(seconds=1))
    assert await world.planner.send(late) == Receipt("refused", "too_late")
    assert world.outlet.tried == 0


async def test_an_account_that_is_away_is_waited_for(sessions: Sessions):
    world = onebot(sessions)
    world.planner.closed(ACCOUNT)
    receipt = await world.planner.send(post())
    assert (receipt.state, receipt.reason) == ("later", "offline")
    world.planner.opened(ACCOUNT, world.outlet)
    assert (await world.planner.send(post())).state == "sent"


async def test_unconfirmed_but_there(sessions: Sessions):
    world = onebot(sessions)
    world.outlet.failures, world.outlet.arrives = [TIMEOUT], True
    assert (await world.planner.send(post())).state == "sent"
    assert (await world.planner.send(post())).state == "sent"
    assert world.outlet.tried == 1


async def test_unconfirmed_and_certainly_not_there_goes_out_anew_once(sessions: Sessions):
    world = onebot(sessions)
    world.outlet.failures = [TIMEOUT, TIMEOUT]
    first = await world.planner.send(post())
    assert (first.state, first.reason) == ("later", "unconfirmed")
    assert first.after is not None
    early = await world.planner.send(post())
    assert (early.state, world.outlet.tried) == ("later", 1)
    world.clock.now = first.after
    second = await world.planner.send(post(text="换了说法"))
    assert (second.state, world.outlet.tried) == ("perhaps", 2)
    world.clock.pass_by(hours=1)
    assert (await world.planner.send(post())).state == "perhaps"
    assert world.outlet.tried == 2


async def test_where_nobody_can_look_perhaps_is_final(sessions: Sessions):
    world = onebot(sessions)
    world.outlet.failures, world.outlet.looks = [TIMEOUT], False
    for _ in range(3):
        assert (await world.planner.send(post())).state == "perhaps"
        world.clock.pass_by(hours=1)
    assert world.outlet.tried == 1


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("looks", [True, False])
async def test_a_process_that_was_killed_while_sending(sessions: Sessions, arrived: bool, looks: bool):
    world = onebot(sessions)
    ends = asyncio.Event()

    class Killed(FakeOutlet):
        async def post(self, *args: object, **more: object) -> str:
            if arrived:
                await FakeOutlet.post(self, *args, **more)  # pyright: ignore[reportArgumentType]
            ends.set()
            await asyncio.Event().wait()
            return ""

    world.planner.opened(ACCOUNT, Killed(world.clock, said=world.outlet.said))
    sending = asyncio.create_task(world.planner.send(post()))
    await ends.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)

    after = world.restarted()
    after.outlet.looks = looks
    soon = await after.planner.send(post())
    assert (soon.state, soon.reason) == ("later", "in_flight")
    assert soon.after is not None
    after.clock.now = soon.after
    receipt = await after.planner.send(post())
    assert receipt.state == ("sent" if looks else "perhaps")
    assert len(after.outlet.said) == (1 if arrived or looks else 0)


async def test_a_muted_group_is_left_alone_until_the_mute_ends(sessions: Sessions):
    world = onebot(sessions, mute_s=3600)
    world.outlet.failures = [failing("1200", 'EventChecker Failed: {"result": 120}')]
    receipt = await world.planner.send(post())
    assert (receipt.state, receipt.reason) == ("later", "muted")
    assert receipt.after == world.clock() + timedelta(hours=1)
    assert receipt.after is not None
    assert (await world.planner.send(post())).reason == "muted"
    assert world.outlet.tried == 1
    useless = post("other", not_after=world.clock() + timedelta(minutes=30))
    assert await world.planner.send(useless) == Receipt("refused", "muted")
    world.clock.now = receipt.after
    assert (await world.planner.send(post())).state == "sent"


async def test_a_notice_of_a_mute_and_of_its_end(sessions: Sessions):
    world = onebot(sessions)
    await world.planner.muted(GROUP, world.clock() + timedelta(days=1))
    assert (await world.planner.send(post())).reason == "muted"
    await world.planner.muted(GROUP, None)
    assert (await world.planner.send(post())).state == "sent"


async def test_risk_control_stops_the_account_and_is_told_once(sessions: Sessions):
    world = onebot(sessions, stand_down_s=600)
    world.outlet.failures, world.outlet.looks = [failing("100", "群消息发送失败: 账号可能被风控")], False
    chats = [replace(GROUP, lane=f"qq:{number}") for number in range(5)]
    seen = await asyncio.gather(*(world.planner.send(post(f"k{chat.lane}", chat)) for chat in chats))
    await asyncio.sleep(0)
    assert Counter((one.state, one.reason) for one in seen) == {("perhaps", "risk"): 1, ("later", "stood_down"): 4}
    assert world.outlet.tried == 1
    assert len(world.alarms) == 1
    assert "风控" in world.alarms[0]
    world.clock.pass_by(minutes=11)
    assert (await world.planner.send(post("k9", chats[4]))).state == "sent"


async def test_so_do_several_unconfirmed_sends_in_a_row(sessions: Sessions):
    world = onebot(sessions, doubts=3)
    world.outlet.looks = False
    world.outlet.failures = [TIMEOUT, TIMEOUT, None, TIMEOUT, TIMEOUT, TIMEOUT]
    seen = [await world.planner.send(post(f"k{number}", replace(GROUP, lane=f"qq:{number}"))) for number in range(8)]
    assert [one.state for one in seen] == [*["perhaps"] * 2, "sent", *["perhaps"] * 3, "later", "later"]
    assert len(world.alarms) == 1


async def test_what_a_group_refuses_waits_for_its_first_message(sessions: Sessions):
    world = qq(sessions)
    world.outlet.failures = [failing("40034105")]
    receipt = await world.planner.send(post())
    assert (receipt.state, receipt.reason) == ("later", "waits_for_chat")
    # What a chat said is stored: the next day nobody asks again.
    assert (await world.planner.send(post("tomorrow"))).reason == "waits_for_chat"
    assert world.outlet.tried == 1
    await heard(world, "m1")
    assert [(one.reply_to, one.seq) for one in world.outlet.said] == [("m1", 1), ("m1", 2)]
    assert (await world.planner.send(post())).state == "sent"
    assert world.outlet.tried == 3


async def test_what_nobody_wants_any_more_does_not_go_out_however_long_it_waited(sessions: Sessions):
    world, reasons = qq(sessions), ["", "", "stopped"]

    async def unwanted(session: AsyncSession) -> str:
        return reasons.pop(0) if len(reasons) > 1 else reasons[0]

    world.outlet.failures = [failing("40034105")]
    called_off = replace(post(), unwanted=unwanted)
    assert (await world.planner.send(called_off)).reason == "waits_for_chat"
    await heard(world, "m1")
    receipt = await world.planner.send(called_off)
    assert (receipt.state, receipt.reason) == ("refused", "stopped")
    assert world.outlet.said == []


async def test_what_went_out_is_not_called_off(sessions: Sessions):
    world = onebot(sessions)

    async def unwanted(session: AsyncSession) -> str:
        return "stopped" if world.outlet.said else ""

    called_off = replace(post(), unwanted=unwanted)
    assert [(await world.planner.send(called_off)).state for _ in range(2)] == ["sent", "sent"]


async def test_events_say_what_a_group_takes(sessions: Sessions):
    world = qq(sessions)
    await world.planner.allowed(GROUP, False)
    assert (await world.planner.send(post())).reason == "waits_for_chat"
    await world.planner.allowed(GROUP, True)
    await settled(world, 1)
    assert world.outlet.said[0].reply_to == ""
    async with sessions() as session:
        row = (await session.scalars(select(ChatAbility))).one()
    assert (row.proactive, row.proactive_why) == ("allowed", "event")


async def test_a_window_that_is_over_is_not_used(sessions: Sessions):
    world = qq(sessions)
    await world.planner.allowed(GROUP, False)
    await world.planner.heard(spoken("m1"))
    world.clock.pass_by(minutes=5)
    # The event that is delivered a second time opens no window of its own.
    await world.planner.heard(spoken("m1"))
    assert (await world.planner.send(post())).reason == "waits_for_chat"
    assert world.outlet.tried == 0


async def test_a_window_that_the_platform_says_is_over(sessions: Sessions):
    world = qq(sessions)
    await world.planner.heard(spoken("m1"))
    world.outlet.failures = [failing("40034128")]
    assert (await world.planner.send(post())).state == "sent"
    assert world.outlet.said[0].reply_to == ""


async def test_numbers_of_replies_are_given_once(sessions: Sessions):
    world = qq(sessions)
    given = await asyncio.gather(*(world.planner.reply_seq(GROUP, "m1") for _ in range(9)))
    assert sorted(one for one in given if one) == [1, 2, 3, 4, 5]
    assert given.count(None) == 4
    assert await world.planner.reply_seq(GROUP, "m2") == 1


async def test_links_go_when_the_platform_refuses_them(sessions: Sessions):
    world = qq(sessions)
    world.outlet.failures = [failing("40054010")]
    assert (await world.planner.send(post(text="看 https://a.example/1"))).state == "sent"
    assert world.outlet.said[0].text == "看 （链接）"
    world.outlet.failures = [failing("40054010")]
    assert await world.planner.send(post("k2", text="没有链接")) == Receipt("refused", "links")


async def test_a_silent_member_is_called_back(sessions: Sessions):
    world = qq(sessions)
    await world.planner.heard(Incoming(ACCOUNT, MEMBER.lane, "早", message_id="m1"))
    await world.planner.allowed(MEMBER, False)
    world.clock.pass_by(hours=20)
    assert (await world.planner.send(post("k1", MEMBER))).state == "sent"
    assert world.outlet.said[0].wakeup
    assert (await world.planner.send(post("k2", MEMBER))).reason == "waits_for_chat"


async def test_a_refusal_is_final(sessions: Sessions):
    world = onebot(sessions)
    world.outlet.failures = [failing("1200", 'EventChecker Failed: {"result": 110}')]
    for _ in range(2):
        assert await world.planner.send(post()) == Receipt("refused", "not_in_group")
    assert world.outlet.tried == 1


async def test_a_thousand_at_eight_are_in_the_queue_at_once_and_none_is_lost(sessions: Sessions):
    """Answers to members pass by, and accounts do not wait for each other."""
    clock = Clock()
    outlets = {f"qq:{account}": FakeOutlet(clock) for account in range(4)}
    planner = Planner(
        sessions,
        nullcontext(),
        SendingConfig(onebot11=OneBotLimits(spacing_s=0, jitter_s=0, account_daily=0)),
        now=clock,
        sleep=clock.sleep,
        rng=random.Random(1),
    )
    for account, outlet in outlets.items():
        planner.opened(account, outlet)
    chats = [replace(GROUP, account=f"qq:{n % 4}", lane=f"qq:{9000 + n}") for n in range(200)]
    receipts = await asyncio.gather(*(planner.send(post(f"push:{chat.lane}", chat)) for chat in chats))
    assert {one.state for one in receipts} == {"sent"}
    assert [len(outlet.said) for outlet in outlets.values()] == [50] * 4
    async with sessions() as session:
        assert len((await session.scalars(select(Posting).where(Posting.state == "sent"))).all()) == 200


async def test_a_full_queue_says_when_to_come_back(sessions: Sessions):
    world = onebot(sessions)
    config = world.config.model_copy(update={"queue_mb": 1})
    planner = Planner(sessions, nullcontext(), config, now=world.clock, sleep=world.clock.sleep)
    planner.opened(ACCOUNT, world.outlet)
    receipt = await planner.send(replace(post(), picture=bytes(2 << 20)))
    assert (receipt.state, receipt.reason) == ("later", "busy")


async def test_an_outlet_that_breaks_is_no_reason_to_send_twice(sessions: Sessions):
    world = onebot(sessions)

    class Broken(FakeOutlet):
        async def post(self, *args: object, **more: object) -> str:
            self.tried += 1
            raise RuntimeError("WebSocket is closed")

        async def look(self, *args: object, **more: object) -> bool | None:
            raise RuntimeError("WebSocket is closed")

    broken = Broken(world.clock)
    world.planner.opened(ACCOUNT, broken)
    for _ in range(2):
        assert (await world.planner.send(post())).state == "perhaps"
    assert broken.tried == 1

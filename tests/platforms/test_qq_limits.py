"""What QQ's open platform allows of answers and of what nobody asked for, with whole processes that have pushes due."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from bot.services.push import words
from store.models import ChatAbility, Delivery, Subscription
from tests.peer import BotProcess
from tests.platforms.qq_server import APP_ID, SECRET, QqServer, text_of

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
ACCOUNT = f"qqbot:{APP_ID}"
_QUICK = "[sending.qq]\nspacing_s = 0.0\njitter_s = 0.0"


class Pushes:
    """The daily practice of a bot, set up and looked at in its database."""

    def __init__(self, bot: BotProcess) -> None:
        self._engine = create_engine(f"sqlite:///{bot.home / 'data' / 'gongkao.db'}", connect_args={"timeout": 20})

    def close(self) -> None:
        self._engine.dispose()

    def due(self, openid: str, count: int = 1, *, group: bool = False) -> None:
        """*count* pushes of this minute, which the next tick of the clock finds."""
        now, lane = datetime.now(UTC).replace(second=0, microsecond=0), f"qqbot:{openid}"
        with Session(self._engine) as session, session.begin():
            for number in range(1, count + 1):
                told = Subscription(account=ACCOUNT, lane=lane, group_id=lane if group else None, number=number)
                told.minute, told.next_at, told.made_by, told.count = _minute(now), now, "qqbot:U1", 1
                session.add(told)

    def silent(self, openid: str, *, days: float, woken_days: float | None = None) -> None:
        """The member last spoke *days* ago, and was called back *woken_days* ago."""
        now = datetime.now(UTC)
        chat = ChatAbility(account=ACCOUNT, lane=f"qqbot:{openid}", is_group=False, heard_message="old")
        chat.heard_at = now - timedelta(days=days)
        chat.woken_at = None if woken_days is None else now - timedelta(days=woken_days)
        with Session(self._engine) as session, session.begin():
            session.add(chat)

    def ledger(self, openid: str) -> list[tuple[str, str]]:
        """State and reason of every push of the chat, sorted."""
        of_chat = Subscription.lane == f"qqbot:{openid}"
        found = select(Delivery.state, Delivery.reason).join(
            Subscription, (Subscription.id == Delivery.subscription_id) & of_chat
        )
        with Session(self._engine) as session:
            return sorted((state, reason) for state, reason in session.execute(found))

    async def settled(self, openid: str, count: int) -> list[tuple[str, str]]:
        """The ledger, once *count* pushes were tried."""
        await until(lambda: sum(state not in ("due", "claimed") for state, _ in self.ledger(openid)) == count)
        return self.ledger(openid)


def _minute(now: datetime) -> int:
    """Of Beijing's day."""
    return (now.hour * 60 + now.minute + 480) % 1440


async def until(true: Callable[[], bool], wait_s: float = 45) -> None:
    deadline = time.monotonic() + wait_s
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


def numbers(server: QqServer, openid: str) -> list[tuple[str, int]]:
    """What the messages to *openid* answer, and under which number."""
    answers = [one for one in server.sent if one["to"] == openid and (one.get("msg_id") or one.get("event_id"))]
    return [(one.get("msg_id") or one["event_id"], one["msg_seq"]) for one in answers]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def morning(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[QqServer, Pushes]]:
    """Everything below is due at once: one tick of the clock for all of them."""
    async with QqServer() as server:
        bot = BotProcess(
            tmp_path_factory.mktemp("limits"),
            settings=f"{server.settings()}\n{_QUICK}",
            env={"GONGKAO_QQ_SECRET": SECRET},
        )
        await bot.start()
        await server.connected()
        pushes = Pushes(bot)
        server.buttons = False
        # Longer than the clock of the pushes takes to come round.
        await server.group("/出题 单选 2题 20秒", group="FIVE")
        await server.texts("FIVE", 1)
        pushes.due("FIVE", 6, group=True)
        server.unwakable = {"BARRED": 40034103, "UNWILLING": 40034102}
        pushes.silent("SILENT", days=2)
        pushes.due("SILENT", 2)
        pushes.silent("WOKEN", days=2, woken_days=0.1)
        pushes.due("WOKEN")
        pushes.silent("LATER", days=4, woken_days=2)
        pushes.due("LATER")
        for openid in server.unwakable:
            pushes.silent(openid, days=2)
            pushes.due(openid)
        yield server, pushes
        pushes.close()
        await bot.stop()
        assert "/bot/" not in bot.log.partition("Traceback")[2]


async def test_five_answers_to_one_message_and_the_sixth_another_way(morning: tuple[QqServer, Pushes]):
    server, pushes = morning
    ledger = await pushes.settled("FIVE", 6)
    # One number went to buttons that were refused, one to the question; one is left for whoever answers members.
    assert ledger == [("held", "waits_for_chat")] * 4 + [("sent", "")] * 2
    # The game asks its second question by itself: with buttons under the fifth number, and then there is none.
    await until(lambda: ("FIVE", "40034105") in server.refused[-1:])
    used = numbers(server, "FIVE")
    assert len({source for source, _ in used}) == 1
    assert [number for _, number in sorted(used)] == [2, 3, 4]
    assert {code for openid, code in server.refused if openid == "FIVE"} == {"40034090", "40034105"}


async def test_what_waited_goes_out_once_the_group_speaks(morning: tuple[QqServer, Pushes]):
    server, pushes = morning
    await pushes.settled("FIVE", 6)

    def digests() -> int:
        return sum("退订" in text_of(one) for one in server.sent if one["to"] == "FIVE")

    # One number goes to the answer, three to pushes: the last one is left for whoever answers members.
    await server.group("/帮助 出题", group="FIVE", user="U2")
    await until(lambda: digests() == 5)
    await server.group("/帮助 出题", group="FIVE", user="U2")
    await until(lambda: digests() == 6)
    used = numbers(server, "FIVE")
    assert len(set(used)) == len(used)
    assert {code for openid, code in server.refused if openid == "FIVE"} == {"40034090", "40034105"}


async def test_a_silent_member_is_called_back_once(morning: tuple[QqServer, Pushes]):
    server, pushes = morning
    assert await pushes.settled("SILENT", 2) == [("held", "waits_for_chat"), ("sent", "")]
    called: list[dict[str, Any]] = [one for one in server.sent if one["to"] == "SILENT"]
    assert [one.get("is_wakeup") for one in called] == [True]
    assert "退订" in text_of(called[0])
    # In a later period once more, not twice in the same one.
    assert await pushes.settled("LATER", 1) == [("sent", "")]
    assert await pushes.settled("WOKEN", 1) == [("held", "waits_for_chat")]
    assert all(one["to"] != "WOKEN" for one in server.sent)


async def test_a_refused_call_back_stands_in_the_record(morning: tuple[QqServer, Pushes]):
    server, pushes = morning
    assert await pushes.settled("BARRED", 1) == [("missed", "refused")]
    assert await pushes.settled("UNWILLING", 1) == [("held", "waits_for_chat")]
    for openid, told in (("BARRED", "没发成：平台拒绝了"), ("UNWILLING", "晚点再试：等有人说话再发")):
        await server.private("/每日一练 记录", user=openid)
        await server.texts(openid, 1)
        # What waited goes out too, now that the member has spoken, and may come first.
        await until(lambda: any(told in text_of(one) for one in server.sent if one["to"] == openid))  # noqa: B023
    assert words.NO_DELIVERIES not in [text_of(one) for one in server.sent]


async def test_windows_are_as_long_as_the_settings_say(tmp_path_factory: pytest.TempPathFactory):
    async with QqServer() as server:
        limits = f"{_QUICK}\nwindow_group_s = 1\nreplies = 1"
        bot = BotProcess(
            tmp_path_factory.mktemp("windows"),
            settings=f"{server.settings()}\n{limits}",
            env={"GONGKAO_QQ_SECRET": SECRET},
        )
        await bot.start()
        try:
            await server.connected()
            server.proactive |= {"SHORT", "ONE"}
            await server.group("/帮助 出题", group="SHORT")
            await server.texts("SHORT", 1)
            assert numbers(server, "SHORT") == []
            server.buttons = False
            await server.private("/出题 单选 1题", user="ONE")
            await server.texts("ONE", 1)
            # The buttons took the only number.
            assert numbers(server, "ONE") == []
            assert server.refused == [("ONE", "40034090")]
        finally:
            await bot.stop()
        assert "Traceback" not in bot.log

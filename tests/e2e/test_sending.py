"""A platform that mutes, does not confirm, drops the connection and delivers twice: the push goes out once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.peer import BotProcess, Fate, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
ADMIN = 7300
_QUICK = """
[sending]
look_after_s = 0.2
settle_s = 1
[sending.onebot11]
spacing_s = 0.0
jitter_s = 0.0
doubts = 2
"""
TIMEOUT = {
    "status": "failed",
    "retcode": 1200,
    "data": None,
    "message": "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg EventRet: {}",
}
MUTED = TIMEOUT | {"message": 'EventChecker Failed: NTEvent NodeIKernelMsgService/sendMsg EventRet:\n{"result": 120}'}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    settings = f'superusers = ["999"]\n{_QUICK}'
    process = await BotProcess(tmp_path_factory.mktemp("bot"), settings=settings).start()
    yield process
    await process.stop()


async def order(peer: Peer, group: int, text: str, **more: Any) -> None:
    segments = [{"type": "text", "data": {"text": text}}]
    await peer.message(segments, group=group, user=ADMIN, role="admin", **more)


async def opened(peer: Peer, group: int) -> None:
    """A group with a subscription and nothing on its screen."""
    await order(peer, group, "/每日一练 开 08:00 2题")
    assert (await peer.reply_to(f"group:{group}")).startswith("好，第 1 份")
    peer.sent[f"group:{group}"].clear()


def pushed(peer: Peer, group: int) -> list[dict[str, Any]]:
    """What stands in the group without being an answer to somebody."""
    shown = peer.sent[f"group:{group}"]
    return [one for one in shown if all(segment["type"] != "reply" for segment in one["segments"])]


async def comes(peer: Peer, group: int, *, wait_s: float = 60) -> None:
    async with asyncio.timeout(wait_s):
        while not pushed(peer, group):  # noqa: ASYNC110 - another process sends it
            await asyncio.sleep(0.05)


async def record(peer: Peer, group: int, *, wanted: str, wait_s: float = 40) -> str:
    """The record of what was sent, once it says what is *wanted*."""
    told = ""
    async with asyncio.timeout(wait_s):
        while wanted not in told:
            before = len(peer.sent[f"group:{group}"])
            await order(peer, group, "/每日一练 记录")
            told = await peer.reply_to(f"group:{group}", count=before + 1)
            await asyncio.sleep(0.3)
    return told


async def test_an_order_that_is_delivered_twice(peer: Peer):
    await opened(peer, 801)
    for _ in range(2):
        await order(peer, 801, "/每日一练 现在", message_id=770001)
    await comes(peer, 801)
    await asyncio.sleep(1)
    assert len(pushed(peer, 801)) == 1
    await record(peer, 801, wanted="发了")


async def test_unconfirmed_but_there(peer: Peer):
    await opened(peer, 802)
    peer.fates["group:802"] = [Fate(shown=True, answer=TIMEOUT)]
    await order(peer, 802, "/每日一练 现在")
    await comes(peer, 802)
    await record(peer, 802, wanted="发了")
    assert len(pushed(peer, 802)) == 1


async def test_unconfirmed_and_lost_goes_out_anew(peer: Peer):
    await opened(peer, 803)
    peer.fates["group:803"] = [Fate(shown=False, answer=TIMEOUT)]
    await order(peer, 803, "/每日一练 现在")
    await comes(peer, 803)
    await record(peer, 803, wanted="发了")
    assert len(pushed(peer, 803)) == 1


async def test_a_muted_group_is_not_pushed_at(peer: Peer):
    await opened(peer, 804)
    peer.fates["group:804"] = [Fate(shown=False, answer=MUTED)]
    await order(peer, 804, "/每日一练 现在")
    await record(peer, 804, wanted="禁言")
    assert not pushed(peer, 804)


async def test_a_mute_that_the_platform_tells_of(peer: Peer):
    await opened(peer, 805)
    await peer.mute(group=805, seconds=3600)
    await order(peer, 805, "/每日一练 现在")
    await record(peer, 805, wanted="禁言")
    assert not pushed(peer, 805)
    await peer.mute(group=806, seconds=3600)
    await peer.mute(group=806, seconds=0)
    await opened(peer, 806)
    await order(peer, 806, "/每日一练 现在")
    await comes(peer, 806)


async def test_a_connection_that_drops_in_mid_send(bot: BotProcess):
    first, second = Peer(bot), Peer(bot)
    second.sent, second.known = first.sent, first.known
    async with first:
        await opened(first, 807)
        first.fates["group:807"] = [Fate(shown=True, answer=None)]
        await order(first, 807, "/每日一练 现在")
        await comes(first, 807)
    async with second:
        await record(second, 807, wanted="发了")
        await asyncio.sleep(1)
        assert len(pushed(second, 807)) == 1


async def test_suspicion_stops_the_account_and_superusers_hear_of_it_once(peer: Peer):
    for group in (808, 809, 810):
        await opened(peer, group)
    for group in (808, 809):
        peer.fates[f"group:{group}"] = [Fate(shown=False, answer=TIMEOUT)]
        await order(peer, group, "/每日一练 现在")
    assert "先停发" in await peer.reply_to("private:999")
    await order(peer, 810, "/每日一练 现在")
    await record(peer, 810, wanted="风控")
    assert not pushed(peer, 810)
    assert len(peer.sent["private:999"]) == 1
    # Members are answered all the same.
    await peer.group("/帮助", group=810)
    assert await peer.reply_to("group:810", count=len(peer.sent["group:810"]) + 1)

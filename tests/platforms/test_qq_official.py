"""Groups and private chats on QQ's open platform, over its gateway and its webhook, with whole processes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.peer import BotProcess
from tests.platforms import bank
from tests.platforms.qq_server import APP_ID, SECRET, QqServer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[QqServer, BotProcess]]:
    async with QqServer() as server:
        server.gateway_down = 1
        bot = BotProcess(
            tmp_path_factory.mktemp("qq"),
            settings=f'superusers = ["qqbot:BOSS"]\n{server.settings()}',
            env={"GONGKAO_QQ_SECRET": SECRET},
        )
        await bot.start()
        await server.connected()
        await bank.add(bot.home)
        yield server, bot
        await bot.stop()
        # The adapter tells in full how the gateway failed and the connection ended; nothing of ours may stand there.
        assert "/bot/plugins/" not in bot.log
        assert "/bot/adapters/qq_official/door.py" not in bot.log


@pytest.fixture
def qq(running: tuple[QqServer, BotProcess]) -> QqServer:
    return running[0]


def question(items: list[dict[str, Any]]) -> dict[str, Any]:
    return next(item for item in items if len(item["answer"]) == 1 and len(item["options"]) == 4)


def asked(item: dict[str, Any]) -> str:
    return "\n".join([item["stem"], *(f"{letter}. {one}" for letter, one in zip("ABCD", item["options"], strict=True))])


async def test_the_gateway_is_asked_again_after_it_failed(qq: QqServer):
    assert qq.gateway_down == 0
    identify = next(frame for frame in qq.frames if frame["op"] == 2)
    assert identify["d"]["intents"] == 1 << 25 | 1 << 26


async def test_a_question_in_a_group_and_in_private(qq: QqServer, starter_items: list[dict[str, Any]]):
    item = question(starter_items)
    await qq.group(asked(item), group="ASK")
    assert item["answer"] in (await qq.texts("ASK", 1))[0]
    await qq.private(asked(item), user="ALONE")
    assert item["answer"] in (await qq.texts("ALONE", 1))[0]
    assert all(one.get("msg_id") and one["msg_seq"] == 1 for one in qq.sent if one["to"] in ("ASK", "ALONE"))


async def test_an_event_that_comes_twice_is_answered_once(qq: QqServer, starter_items: list[dict[str, Any]]):
    payload = await qq.group(asked(question(starter_items)), group="TWICE")
    await qq.deliver(payload)
    await qq.texts("TWICE", 1)
    await asyncio.sleep(1)
    assert len([one for one in qq.sent if one["to"] == "TWICE"]) == 1


async def test_what_is_too_long_goes_in_parts_and_ends_where_answers_run_out(running: tuple[QqServer, BotProcess]):
    qq, bot = running
    await qq.private(f"/出题 {bank.LONG} 1题", user="LONG")
    await qq.texts("LONG", 1)
    await qq.private("A", user="LONG")
    await qq.texts("LONG", 2)
    number = bank.lengthen(bot.home)
    qq.most_bytes = 2000
    await qq.private(f"/错题本 {number}", user="LONG")
    parts = (await qq.texts("LONG", 6))[2:]
    qq.most_bytes = 0
    assert qq.refused[-1] == ("LONG", "40054007")
    assert parts[0].startswith(f"#{number} ")
    assert parts[-1].endswith("……")
    head = bank.dense("".join(parts)).removesuffix("……")
    assert len(head) > 1500
    assert bank.dense(bank.STEM).startswith(head[head.index("第1段") :][:1500])


async def test_a_race_is_played_with_buttons(qq: QqServer, starter_items: list[dict[str, Any]]):
    known = {item["stem"]: item for item in starter_items}
    await qq.group("/出题 单选 2题", group="RACE", user="A")
    for number in (1, 2):
        text = (await qq.texts("RACE", number))[-1]
        # Escaped for markdown, and found by what the marks leave.
        key = next(item["answer"] for stem, item in known.items() if stem in text.partition(f"第 {number}/2 题")[2])
        acknowledged = len(qq.pressed)
        if number == 2:
            # A button of the first question says nothing to the second.
            await qq.press(key, group="RACE", user="B", message=0)
            await qq.press(next(one for one in "ABCD" if one != key), group="RACE", user="B")
        await qq.press(key, group="RACE", user="A")
        await qq.texts("RACE", number + 1)
        assert len(qq.pressed) > acknowledged
    texts = await qq.texts("RACE", 3)
    assert "对" in texts[1]
    assert not any(one["to"] == "RACE" and not (one.get("msg_id") or one.get("event_id")) for one in qq.sent)


async def test_without_the_right_to_buttons_the_text_goes_alone(qq: QqServer):
    qq.buttons = False
    try:
        await qq.group("/出题 单选 1题", group="PLAIN")
        text = (await qq.texts("PLAIN", 1))[0]
    finally:
        qq.buttons = True
    assert "A. " in text
    await qq.group("/结束", group="PLAIN")
    await qq.texts("PLAIN", 2)


async def test_more_messages_than_one_window_takes_go_through_several(
    qq: QqServer, starter_items: list[dict[str, Any]]
):
    known = {item["stem"]: item for item in starter_items}
    await qq.group("/出题 单选 7题", group="MANY")
    for number in range(1, 8):
        # One member alone speaks, by @: each answer opens a window, and so does each press.
        text = (await qq.texts("MANY", number))[-1].partition(f"第 {number}/7 题")[2]
        await qq.press(next(item["answer"] for stem, item in known.items() if stem in text), group="MANY")
    await qq.texts("MANY", 8)
    assert [one for one in qq.refused if one[0] == "MANY"] == []
    numbered = [(one.get("msg_id") or one.get("event_id"), one["msg_seq"]) for one in qq.sent if one["to"] == "MANY"]
    assert len(set(numbered)) == len(numbered)


async def test_a_game_that_nobody_plays_counts_on_in_one_window(qq: QqServer):
    """One message begins a game of which nobody speaks any more."""
    before = len(qq.sent)
    await qq.group("/出题 单选 3题 10秒", group="IDLE")
    await qq.texts("IDLE", 3, wait_s=60)
    said = [one for one in qq.sent[before:] if one["to"] == "IDLE"]
    assert [one["msg_seq"] for one in said] == list(range(1, len(said) + 1))
    assert len({one["msg_id"] for one in said}) == 1


async def test_a_picture_is_uploaded_and_stands_in_one_message_with_its_text(qq: QqServer):
    await qq.group("/帮助", group="PICTURE")
    await qq.texts("PICTURE", 1)
    assert qq.uploads[-1]["file_type"] == 1
    assert [one["msg_type"] for one in qq.sent if one["to"] == "PICTURE"] == [7]


async def test_a_closed_window_falls_back_to_what_the_group_allows(qq: QqServer):
    qq.age_s = 400
    try:
        await qq.group("/帮助 出题", group="LATE")
        late = ("LATE", "40034105")
        for _ in range(100):
            if late in qq.refused:
                break
            await asyncio.sleep(0.1)
        assert [one for one in qq.refused if one[0] == "LATE"] == [("LATE", "40034005"), late]
        qq.proactive.add("LATE")
        await qq.group("/帮助 出题", group="LATE", user="U2")
        await qq.texts("LATE", 1)
        assert not any(one.get("msg_id") for one in qq.sent if one["to"] == "LATE")
    finally:
        qq.age_s = 0


async def test_a_token_that_expired_and_a_cut_connection_cost_nothing(qq: QqServer):
    qq.forget_token()
    await qq.group("/帮助", group="TOKEN")
    await qq.texts("TOKEN", 1)
    await qq.cut()
    await qq.group("/帮助", group="TOKEN", user="U3")
    await qq.connected()
    await qq.texts("TOKEN", 2)
    assert any(frame["op"] == 6 for frame in qq.frames)


async def test_superusers_are_known_by_their_openid_and_admins_by_their_role(qq: QqServer):
    await qq.private("/数据集", user="BOSS")
    await qq.private("/数据集", user="NOBODY")
    assert "超级用户" not in (await qq.texts("BOSS", 1))[0]
    assert "超级用户" in (await qq.texts("NOBODY", 1))[0]
    await qq.group("/设置 出题 关", group="ADMIN", user="U1")
    await qq.group("/设置 出题 关", group="ADMIN", user="U2", role="owner")
    refused, done = await qq.texts("ADMIN", 2)
    assert "只有群主" in refused
    assert "只有群主" not in done


async def test_another_bots_words_are_counted_and_not_answered(running: tuple[QqServer, BotProcess]):
    server, bot = running
    payload = server.message("/帮助", group="BOTS")
    payload["t"], payload["d"]["author"]["bot"] = "GROUP_MESSAGE_CREATE", True
    await server.deliver(payload)
    await server.group("/帮助", group="PEOPLE")
    await server.texts("PEOPLE", 1)
    assert await bot.ignored("message_of_a_bot") == 1
    assert all(one["to"] != "BOTS" for one in server.sent)


async def test_an_older_event_without_the_senders_role_is_answered(qq: QqServer):
    payload = qq.message("/帮助", group="OLD")
    del payload["d"]["author"]["bot"], payload["d"]["author"]["member_role"]
    await qq.deliver(payload)
    await qq.texts("OLD", 1)


async def test_a_webhook_takes_signed_events_alone(tmp_path_factory: pytest.TempPathFactory):
    async with QqServer() as server:
        bot = BotProcess(
            tmp_path_factory.mktemp("webhook"),
            settings=server.settings(webhook=True),
            env={"GONGKAO_QQ_SECRET": SECRET},
        )
        await bot.start()
        try:
            url = f"{bot.url}/qq/webhook"
            status, body = await server.push(url, {"op": 13, "d": {"plain_token": "PT", "event_ts": "1725442341"}})
            assert status == 200
            server.key.public_key().verify(bytes.fromhex(json.loads(body)["signature"]), b"1725442341PT")
            # Whoever got this signed could sign events.
            forged = json.dumps(server.message("/帮助"))
            assert (await server.push(url, {"op": 13, "d": {"plain_token": forged, "event_ts": "1"}}))[0] == 403
            payload = server.message("/帮助", group="HOOK")
            for signature in ("", "zz", "00" * 64, "é", "00"):
                status, _ = await server.push(url, payload, signature=signature)
                assert status in (401, 403), signature
            assert server.sent == []
            for _ in range(2):  # the platform sends again what was answered late
                assert (await server.push(url, payload))[0] == 200
            await server.texts("HOOK", 1)
            await asyncio.sleep(0.5)
            assert len(server.sent) == 1
            assert APP_ID not in bot.log or "secret" not in bot.log
        finally:
            await bot.stop()
        assert "Traceback" not in bot.log

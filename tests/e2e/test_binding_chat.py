"""Two accounts of one member over a real socket; help as a picture."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.services.datasets.chat import ONLY_SUPERUSERS
from bot.services.people import words
from bot.services.study import words as study_words
from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
SUPERUSER = 7600001


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    settings = f'superusers = ["{SUPERUSER}"]'
    process = await BotProcess(tmp_path_factory.mktemp("bot"), settings=settings).start()
    yield process
    await process.stop()


async def asked(peer: Peer, text: str, user: int, group: int | None = None, **more: Any) -> str:
    chat = f"private:{user}" if group is None else f"group:{group}"
    peer.sent[chat].clear()
    if group is None:
        await peer.private(text, user=user)
    else:
        await peer.group(text, group=group, user=user, **more)
    return await peer.reply_to(chat)


async def bound(peer: Peer, owner: int, other: int) -> str:
    told = await asked(peer, "/绑定", owner)
    code = told.partition("，")[0].removeprefix("绑定码 ")
    assert "就回：确认绑定" in await asked(peer, f"/绑定 {code}", other)
    return await asked(peer, "确认绑定", other)


async def wrong(peer: Peer, user: int, items: list[dict[str, Any]]) -> None:
    """The member gets its only question of a private game wrong."""
    text = await asked(peer, "/出题 单选 1题", user)
    item = next(one for one in items if f"\n{one['stem']}\n" in text)
    await peer.private(next(letter for letter in "ABCD" if letter not in item["answer"]), user=user)
    await peer.reply_to(f"private:{user}", count=2)


async def test_the_book_of_one_is_the_book_of_the_other(peer: Peer, starter_items: list[dict[str, Any]]):
    await wrong(peer, 7100012, starter_items)
    assert await asked(peer, "/错题本", 7100045) == study_words.EMPTY_BOOK
    told = await bound(peer, 7100045, 7100012)
    assert told.startswith("绑好了，QQ 71**45 和 QQ 71**12 以后算一个人")
    assert "合过来 1 条练习记录。" in told
    # Answered to the account that asks, whoever it is.
    assert (await asked(peer, "/错题本", 7100045)).startswith("错题本，共 1 题")
    assert (await asked(peer, "/错题本", 7100012)).startswith("错题本，共 1 题")
    await wrong(peer, 7100012, starter_items)
    await asked(peer, "/导出我的数据", 7100012)
    [(_, archive)] = peer.handed["private:7100012"]
    files = zipfile.ZipFile(io.BytesIO(archive))
    lines = files.read("attempt.jsonl").decode().splitlines()
    assert {json.loads(line)["member_id"] for line in lines} == {"qq:7100045"}
    assert len(files.read("person_account.jsonl").splitlines()) == 1
    assert peer.handed["private:7100045"] == []
    assert (await asked(peer, "/解绑", 7100012)) == words.parted("qq:7100012", "qq:7100045")
    assert await asked(peer, "/错题本", 7100012) == study_words.EMPTY_BOOK


async def test_a_code_in_a_group_is_spoilt(peer: Peer):
    code = (await asked(peer, "/绑定", 7200001)).partition("，")[0].removeprefix("绑定码 ")
    assert (
        await asked(peer, f"/绑定：{code}，这是我的绑定码，十分钟内有效，只能用一次", 7200002, group=970)
        == words.SPOILT
    )
    assert await asked(peer, f"/绑定 {code}", 7200002) == words.WRONG


async def test_help_in_a_group_is_a_picture(peer: Peer):
    text = await asked(peer, "/帮助", 7300001, group=971)
    [message] = peer.sent["group:971"]
    assert text.startswith("每样的全部用法")
    assert [segment["type"] for segment in message["segments"]] == ["reply", "text", "image"]
    assert (await asked(peer, "/帮助", 7300001)).startswith("把公考常识题发给我就行")
    assert (await asked(peer, "/帮助 绑定", 7300001, group=971)) == words.USAGE


async def test_rights_are_those_of_the_account_that_speaks(peer: Peer):
    assert (await bound(peer, SUPERUSER, 7600002)).startswith("绑好了")
    assert await asked(peer, "/数据集", 7600002) == ONLY_SUPERUSERS
    assert await asked(peer, "/数据集", SUPERUSER) != ONLY_SUPERUSERS
    assert await asked(peer, "/审核", 7600002) != await asked(peer, "/审核", SUPERUSER)
    # Nor are they lost under somebody else's name.
    await asked(peer, "/解绑", 7600002)
    assert (await bound(peer, 7600003, SUPERUSER)).startswith("绑好了")
    assert await asked(peer, "/数据集", SUPERUSER) != ONLY_SUPERUSERS


async def test_in_one_quiz_the_person_answers_once(peer: Peer, starter_items: list[dict[str, Any]]):
    assert (await bound(peer, 7700001, 7700002)).startswith("绑好了")
    text = await asked(peer, "/出题 单选 全员 1题 30秒", 7700001, group=973)
    item = next(one for one in starter_items if f"\n{one['stem']}\n" in text)
    for user in (7700001, 7700002, 7700003):
        await peer.group(item["answer"], group=973, user=user, at=False)
    await peer.silent("group:973")
    await peer.group("/揭晓", group=973, user=7700001, at=False)
    result = await peer.reply_to("group:973", count=2)
    whole = result + "".join(peer.text_of(one) for one in peer.sent["group:973"][2:])
    assert "user7700003" in whole
    assert ("user7700001" in whole) + ("user7700002" in whole) == 1


async def test_everything_of_both_accounts_is_deleted(peer: Peer, starter_items: list[dict[str, Any]]):
    await wrong(peer, 7800001, starter_items)
    await bound(peer, 7800002, 7800001)
    await asked(peer, "/删除我的数据", 7800002)
    assert (await asked(peer, "确认删除", 7800002)).startswith("删掉了：1 条练习记录")
    assert await asked(peer, "/解绑", 7800001) == words.NOT_BOUND
    await asked(peer, "/导出我的数据", 7800001)
    [(_, archive)] = peer.handed["private:7800001"]
    assert zipfile.ZipFile(io.BytesIO(archive)).namelist() == ["README.txt"]

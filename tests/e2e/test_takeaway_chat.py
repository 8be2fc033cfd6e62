"""Files for members over a real socket, and the last answer taken back."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from bot.services import replies
from bot.services.study import words
from tests.peer import Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def wrong(peer: Peer, user: int, items: list[dict[str, Any]]) -> None:
    """The member gets its only question of a private game wrong."""
    chat = f"private:{user}"
    peer.sent[chat].clear()
    await peer.private("/出题 单选 1题", user=user)
    text = await peer.reply_to(chat, count=1)
    item = next(one for one in items if f"\n{one['stem']}\n" in text)
    await peer.private(next(letter for letter in "ABCD" if letter not in item["answer"]), user=user)
    await peer.reply_to(chat, count=2)
    peer.sent[chat].clear()


async def asked(peer: Peer, text: str, user: int) -> str:
    peer.sent[f"private:{user}"].clear()
    await peer.private(text, user=user)
    return await peer.reply_to(f"private:{user}")


async def test_the_book_and_all_data_arrive_in_private(peer: Peer, starter_items: list[dict[str, Any]]):
    await wrong(peer, 61, starter_items)
    assert (await asked(peer, "/错题本 导出 pdf", 61)).startswith("发到私聊了：错题本-")
    # Asked for in a group, it comes in private all the same.
    await peer.group("/错题本 导出", group=960, user=61)
    assert (await peer.reply_to("group:960")).startswith("发到私聊了：错题本-")
    assert await asked(peer, "/导出我的数据", 61) != words.ALL_PRIVATE
    (paper, pdf), (table, xlsx), (name, archive) = peer.handed["private:61"]
    assert paper.endswith(".pdf")
    assert pdf.startswith(b"%PDF")
    assert table.endswith(".xlsx")
    assert zipfile.is_zipfile(io.BytesIO(xlsx))
    assert name.endswith(".zip")
    assert "attempt.jsonl" in zipfile.ZipFile(io.BytesIO(archive)).namelist()
    peer.sent["group:960"].clear()
    await peer.group("/导出我的数据", group=960, user=61)
    assert await peer.reply_to("group:960") == words.ALL_PRIVATE


async def test_a_refused_file_is_told_in_a_line(peer: Peer, starter_items: list[dict[str, Any]]):
    await wrong(peer, 62, starter_items)
    peer.strangers.add(62)
    assert await asked(peer, "/错题本 导出 docx", 62) == words.FILE_REFUSED
    assert peer.handed["private:62"] == []


async def test_the_last_answer_is_taken_back(peer: Peer, starter_items: list[dict[str, Any]]):
    await wrong(peer, 63, starter_items)
    assert "不算" in await asked(peer, "/撤销", 63)
    assert await asked(peer, "/错题本", 63) == words.EMPTY_BOOK
    assert await asked(peer, "／撤销", 63) == words.NOTHING_TO_UNDO


async def test_the_load_of_a_day_is_set(peer: Peer):
    assert await asked(peer, "/复习 每天 30题", 64) == "好，每天最多 30 题。"
    assert await asked(peer, "/复习 轻松日 周六 周日", 64) == "好，每天最多 30 题，周六、周日减半。"


async def test_everything_is_deleted_and_nothing_is_left_to_hand_over(peer: Peer, starter_items: list[dict[str, Any]]):
    short = next(item for item in starter_items if item["kind"] == "short")
    assert (await asked(peer, short["stem"], 65)).startswith(short["answer"])
    await wrong(peer, 65, starter_items)
    assert await asked(peer, "/删除我的数据", 65) == words.DELETE_ASK
    assert await asked(peer, "取消", 65) == words.KEPT
    assert await asked(peer, "取消", 65) == replies.NOTHING_TO_CANCEL
    assert await asked(peer, "/删除我的数据", 65) == words.DELETE_ASK
    assert (await asked(peer, "确认删除", 65)).startswith("删掉了：1 条练习记录")
    await asked(peer, "/导出我的数据", 65)
    [(_, archive)] = peer.handed["private:65"]
    assert zipfile.ZipFile(io.BytesIO(archive)).namelist() == ["README.txt"]

"""A wrong answer in private, and what a member finds out about it afterwards, over a real socket."""

from __future__ import annotations

import re
import sqlite3
from itertools import count

import pytest

from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
ME = 4711


async def test_from_a_wrong_answer_to_its_twin(bot: BotProcess, peer: Peer):
    heard = count(1)

    async def say(text: str) -> str:
        """What the bot says to *text*."""
        await peer.private(text, user=ME)
        return await peer.reply_to(f"private:{ME}", count=next(heard))

    asked = await say("/出题 单选 1题")
    stem = asked.partition("第 1/1 题")[2].splitlines()[1]
    with sqlite3.connect(bot.home / "data" / "gongkao.db") as database:
        number, answer = database.execute(
            "SELECT question_id, json_extract(asked, '$.answer') FROM quiz_item ORDER BY id DESC LIMIT 1"
        ).fetchone()
    wrong = next(letter for letter in "ABCD" if letter != answer)
    over = await say(wrong)
    assert "✗ 不对。" in over
    assert over.endswith("错的在 /错题本 里，想练同类的发 /同类。")
    shown = await say(f"/错题本 {number}")
    assert shown.startswith(f"#{number} 单选 · ")
    assert stem in shown
    assert f"\n答案：{answer}. " in shown
    assert f"\n你答错过：{wrong}" in shown
    twin = await say(f"/同类 {number}")
    assert re.match(r"同类 1 题|题库里没有", twin)
    assert ("/同类" in shown) == twin.startswith("同类")
    if twin.startswith("同类"):
        await say("/结束")
    assert await say("/错题本 999999") == "你没有练过 #999999。"

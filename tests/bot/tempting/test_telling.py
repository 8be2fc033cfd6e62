"""What players hear of the option they fell for."""

from __future__ import annotations

from typing import Any

import pytest

from store.db import Sessions
from store.models import Temptation
from tests.bot.quiz.table import Table
from tests.bot.review.scene import RIVERS
from tests.bot.tempting.trap import QUESTION
from tests.questions import add

LINE = "B 的坑在「混淆概念」：长江最长，问的是第二长。"


@pytest.fixture
async def table(sessions: Sessions) -> Table:
    await add(sessions, QUESTION | {"category": "地理"})
    return Table(sessions)


async def explain(table: Table, **more: Any) -> None:
    values: dict[str, Any] = {
        "question_id": 1,
        "letter": "B",
        "option": RIVERS[1],
        "chosen": 2,
        "kind": "混淆概念",
        "text": "长江最长，问的是第二长。",
        "state": "accepted",
        **more,
    }
    async with table.sessions.begin() as session:
        session.add(Temptation(**values))


async def test_alone_a_wrong_choice_is_explained(table: Table):
    await explain(table)
    await table.order("1题", group=None)
    await table.speak("我选长江", group=None)
    assert f"✗ 不对。\n答案：A. 黄河\n黄河全长约 5464 千米。\n{LINE}\n" in table.said[-1]


@pytest.mark.parametrize("more", [{"state": "proposed"}, {"letter": "C", "option": RIVERS[2]}, {"option": "别的河"}])
async def test_what_is_not_accepted_or_not_about_this_choice_is_not_told(table: Table, more: dict[str, Any]):
    await explain(table, **more)
    await table.order("1题", group=None)
    await table.speak("B", group=None)
    assert "的坑在" not in table.said[-1]


async def test_a_group_hears_of_the_option_that_most_fell_for(table: Table):
    await explain(table)
    await explain(table, letter="C", option=RIVERS[2])
    await table.order("1题 全员")
    for member, text in enumerate("CBBA", 1):
        await table.speak(text, member)
    await table.game.reveal()
    assert LINE in "\n".join(table.said)
    assert "C 的坑在" not in "\n".join(table.said)


async def test_a_group_is_spared_what_is_long(table: Table):
    await explain(table, text="长江" * 20)
    await table.order("1题 全员")
    await table.speak("B")
    await table.game.reveal()
    assert "的坑在" not in "\n".join(table.said)

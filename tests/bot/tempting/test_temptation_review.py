"""What reviewers do with a proposal, sentence by sentence."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from store import decisions, temptations
from store.models import Question
from tests.bot.review.scene import SHORT
from tests.bot.tempting.trap import WORDS, Trap

BOSS, SECOND, LANE = "qq:1", "qq:2", "group:500"


@pytest.fixture
async def proposed(trap: Trap) -> Trap:
    await trap.fall("B", "B", "B")
    assert await trap.proposer().look() == 1
    return trap


async def accepted(trap: Trap) -> list[str]:
    async with trap.scene.sessions() as session:
        found = await temptations.accepted(session, [1])
    return [f"{row.letter} {row.kind}：{row.text}" for row in found.get(1, [])]


async def test_the_card_tells_all_and_1_accepts(proposed: Trap):
    desk = proposed.scene.desk
    assert await desk.begin(LANE, BOSS) == (
        "审核 1 · 错项点评\n题：我国第二长的河流是哪条？\nA. 黄河\nB. 长江\nC. 珠江\nD. 淮河\n题库 #1：A. 黄河\n"
        "选错 B 的有 3 次，模型说：混淆概念：长江是我国最长的河，题目问的却是第二长的河。\n"
        "「混淆概念」指两个相近的概念分不清。\n1 通过　2 类型：一句话　3 驳回　4 跳过　0 结束\n"
        "类型：偷换概念、混淆概念、张冠李戴、时间错位、数据不符、绝对化、以偏概全、因果倒置、无中生有、答非所问"
    )
    assert await accepted(proposed) == []
    version = await proposed.scene.version()
    assert (await desk.answer(LANE, BOSS, "1")).startswith(f"审核 1：采用「{WORDS}」。（反悔发 /撤销审核 1）")
    assert await accepted(proposed) == [f"B {WORDS}"]
    [row] = await proposed.rows()
    assert (row.reviewer, row.decided_at is not None) == ("1", True)
    # Neither bank nor gate has anything to do with it.
    assert await proposed.scene.version() == version
    assert await proposed.scene.cases() == []
    async with proposed.scene.sessions() as session:
        assert await decisions.vouched(session, [1]) == set()


async def test_it_may_be_worded_anew(proposed: Trap):
    desk = proposed.scene.desk
    await desk.begin(LANE, BOSS)
    assert (await desk.answer(LANE, BOSS, "2 短")).startswith("改成什么？一句话，6 到 60 字")
    assert (await desk.answer(LANE, BOSS, "7")).startswith("这条是错项点评")
    assert desk.is_talking(LANE, BOSS)
    said = await desk.answer(LANE, BOSS, "2 数据不符：长江是第一长，黄河才是第二长")
    assert said.startswith("审核 1：采用「数据不符：长江是第一长，黄河才是第二长」")
    assert await accepted(proposed) == ["B 数据不符：长江是第一长，黄河才是第二长"]


async def test_it_may_be_turned_down_for_good(proposed: Trap):
    desk = proposed.scene.desk
    await desk.begin(LANE, BOSS)
    assert (await desk.answer(LANE, BOSS, "3")).startswith("审核 1：没有采纳。")
    assert await accepted(proposed) == []
    await proposed.fall("B", "B")
    assert await proposed.proposer().look() == 0


async def test_a_decision_is_taken_back_to_the_models_words(proposed: Trap):
    desk = proposed.scene.desk
    await desk.begin(LANE, BOSS)
    await desk.answer(LANE, BOSS, "2 数据不符：长江是第一长，黄河才是第二长")
    assert "撤销了" in await desk.undo(BOSS, 1)
    assert await accepted(proposed) == []
    [row] = await proposed.rows()
    assert (f"{row.kind}：{row.text}", row.state, row.reviewer) == (WORDS, "proposed", None)
    assert WORDS in await desk.begin(LANE, SECOND)


async def test_two_reviewers_at_once(proposed: Trap):
    desk = proposed.scene.desk
    await desk.begin(LANE, BOSS)
    assert (await desk.begin(LANE, SECOND, 1)).startswith("另一位审核人正在看审核 1")
    await desk.answer(LANE, BOSS, "4")
    assert "错项点评" in await desk.begin(LANE, SECOND)
    await desk.answer(LANE, SECOND, "1")
    assert await desk.begin(LANE, BOSS, 1) == f"审核 1 已经处理过了：采用「{WORDS}」。"


async def test_a_question_that_changed_under_the_card(proposed: Trap):
    desk = proposed.scene.desk
    await desk.begin(LANE, BOSS)
    async with proposed.scene.sessions.begin() as session:
        await session.execute(update(Question).values(answer="B"))
    assert (await desk.answer(LANE, BOSS, "1")).startswith("这道题改过了")
    assert await accepted(proposed) == []


async def test_doubts_about_answers_come_first(proposed: Trap):
    await proposed.scene.add(SHORT)
    await proposed.scene.about(2, "《史记》")
    assert "有人纠错" in await proposed.scene.desk.begin(LANE, BOSS)
    # The same question may wait for a decision about its answer at the same time.
    await proposed.scene.about(1, "B")
    assert sorted(item.subject[:11] for item in await proposed.scene.items())[-1] == "temptation-"
    assert len(await proposed.scene.items()) == 3

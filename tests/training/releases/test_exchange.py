"""One model takes the place of another, or does not; the servers are processes, the database is real."""

from __future__ import annotations

import asyncio

import pytest

from store import releases
from tests.training.releases.conftest import Stage, model
from training.rounds.policy import NotAllowed

pytestmark = pytest.mark.slow
NOBODY = {"account": "", "member_id": "", "group_id": None}


async def test_a_folder_serves_and_a_round_takes_its_place(stage: Stage):
    folder = model(stage.home / "base")
    number = await stage.round()
    async with stage.kept(folder):
        await stage.until("serving")
        assert (await stage.answer()).startswith("base-r")
        first = await stage.serving()
        said = await stage.rounds.promote(number, "qq:1", force=False)
        assert said == "第 1 轮正在上线：先启动、试问，没问题才换，换好了告诉你。"
        await stage.until("draining", "serving")
        assert await stage.answer() == "round-1-r2"
        await stage.until("ended", "serving")
        assert stage.running() == [2]
        assert stage.aliases.of("current") == stage.rounds.folder(1).model
        second = await stage.serving()
        assert (second.beside, second.replaces) == (True, first.id)
        assert first.url != second.url
        assert "第 1 轮上线了" in "".join(stage.said)
    assert await stage.statuses() == ["ended", "ended"]
    assert stage.running() == []


async def test_nobody_goes_without_a_model_while_one_is_exchanged(stage: Stage):
    number = await stage.round(loads_s="0.5")
    outlooks: list[releases.Outlook] = []

    async def look() -> None:
        while True:
            async with stage.sessions() as session:
                outlooks.append(await releases.outlook(session))
            await asyncio.sleep(0.02)

    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        looking = asyncio.create_task(look())
        await stage.rounds.promote(number, "qq:1", force=False)
        await stage.until("ended", "serving")
        looking.cancel()
    assert all(one.serving is not None for one in outlooks)
    assert not any(one.changing for one in outlooks)
    assert [one.serving.id for one in (outlooks[0], outlooks[-1]) if one.serving] == [1, 2]


async def test_a_candidate_that_cannot_start_leaves_everything_as_it_was(stage: Stage):
    number = await stage.round(dies="")
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        await stage.rounds.promote(number, "qq:1", force=False)
        await stage.until("serving", "failed")
        assert (await stage.answer()).startswith("base-r")
        assert "CUDA out of memory" in (await stage.rows())[1].problem
        assert stage.running() == [1]
        assert stage.aliases.of("current") == stage.home / "base"


async def test_a_candidate_with_other_answers_than_in_its_evaluation_is_refused(stage: Stage):
    stage.settings |= {"smoke": 5}
    number = await stage.round()
    replies = stage.rounds.folder(number).evaluation / "candidate" / "replies.jsonl"
    replies.parent.mkdir(parents=True)
    line = '{"set": "holdout", "input": "题 %d", "reply": "A. 甲\\n因为", "right": true, "truncated": false}\n'
    replies.write_text("".join(line % at for at in range(9)))
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        await stage.rounds.promote(number, "qq:1", force=False)
        await stage.until("serving", "failed")
        assert "试问 5 题，只有 0 题和评测时答得一样" in (await stage.rows())[1].problem
        # What it answers is what its evaluation had.
        replies.write_text("".join(line.replace("A. 甲", "round-1-r3") % at for at in range(9)))
        await stage.rounds.promote(number, "qq:1", force=False)
        await stage.until("ended", "failed", "serving")
        assert (await stage.rows())[2].checks["smoke"]["same"] == 5


async def test_without_room_for_two_the_old_one_makes_way(stage: Stage):
    stage.settings |= {"beside": "never"}
    number = await stage.round(loads_s="0.3")
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        await stage.rounds.promote(number, "qq:1", force=False)
        await stage.until("ended", "starting")
        async with stage.sessions() as session:
            outlook = await releases.outlook(session)
        assert (outlook.serving, outlook.changing) == (None, True)
        assert stage.running() == [2]
        await stage.until("ended", "serving")
        assert (await stage.serving()).beside is False


async def test_the_old_one_comes_back_when_it_made_way_for_nothing(stage: Stage):
    stage.settings |= {"beside": "never"}
    number = await stage.round(dies="")
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        await stage.rounds.promote(number, "qq:1", force=False)
        await stage.until("ended", "failed", "serving")
        back = await stage.serving()
        assert (back.kind, back.model) == ("rescue", str(stage.home / "base"))
        assert (await stage.answer()).startswith("base-r3")
        assert stage.running() == [3]


async def test_back_and_forth(stage: Stage):
    first, second = await stage.round(), await stage.round()
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        with pytest.raises(NotAllowed, match="没有上一个模型"):
            await stage.policy.roll_back("qq:1", NOBODY)
        await stage.rounds.promote(first, "qq:1", force=False)
        await stage.until("ended", "serving")
        with pytest.raises(NotAllowed, match="正在服务，不用再上线"):
            await stage.rounds.promote(first, "qq:1", force=False)
        await stage.rounds.promote(second, "qq:1", force=False)
        await stage.until("ended", "ended", "serving")
        assert "正在从第 2 轮换回第 1 轮" in await stage.policy.roll_back("qq:1", NOBODY)
        await stage.until("ended", "ended", "ended", "serving")
        assert (await stage.serving()).round_id == first
        # What was rolled back is not gone back to.
        assert "换回模型 base" in await stage.policy.roll_back("qq:1", NOBODY)
        await stage.until("ended", "ended", "ended", "ended", "serving")
        assert (await stage.serving()).round_id is None


async def test_what_was_asked_for_first_is_withdrawn(stage: Stage):
    first, second = await stage.round(loads_s="1"), await stage.round()
    async with stage.kept(model(stage.home / "base", loads_s="1")):
        await stage.until("starting")
        await stage.rounds.promote(first, "qq:1", force=False)
        await stage.rounds.promote(second, "qq:1", force=False)
        await stage.until("ended", "withdrawn", "serving")


async def test_without_a_keeper_it_waits_and_is_told_so(stage: Stage):
    number = await stage.round()
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
    assert "它起来就换上" in await stage.rounds.promote(number, "qq:1", force=False)
    assert "现在没有模型在服务" in await stage.policy.status()
    async with stage.kept():
        await stage.until("ended", "serving")
        assert "在服务：第 1 轮（round-1-r2" in await stage.policy.status()


async def test_a_keeper_that_comes_back_serves_what_served_last(stage: Stage):
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
    async with stage.kept():
        await stage.until("ended", "serving")
        assert (await stage.serving()).kind == "restart"


async def test_where_nobody_uses_the_keeper_promoting_moves_the_link(stage: Stage):
    number = await stage.round()
    assert "重启模型服务后生效" in await stage.rounds.promote(number, "qq:1", force=False)
    assert stage.aliases.of("current") == stage.rounds.folder(number).model
    assert await stage.rows() == []


async def test_a_model_that_dies_again_and_again_is_replaced_by_the_one_before(stage: Stage):
    number = await stage.round()
    async with stage.kept(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        await stage.rounds.promote(number, "qq:1", force=False)
        await stage.until("ended", "serving")
        (stage.rounds.folder(number).model / "dies").touch()
        [process] = keeper.machine.running().values()
        await process.end(0)
        await stage.until("ended", "ended", "serving", limit_s=60)
        rows = await stage.rows()
        assert "一再退出" in rows[1].problem
        assert (rows[2].kind, rows[2].model) == ("rescue", str(stage.home / "base"))

"""Battles and comparisons: what is kept, what is told, what is voted for."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.services.arena import words
from bot.services.arena.choices import Choice
from bot.services.arena.comparing import NotCompared
from bot.services.incoming import Quoted
from inference.target import Target
from store import arena
from store.models import Challenger
from tests.bot.arena.two_models import OURS, QUESTION, THEIRS, Stage, collecting, said, stage
from tests.inference.asking import until

__all__ = ["stage"]


async def test_only_a_group_that_agreed_reads_two_answers(stage: Stage):
    await stage.challenger()
    assert "【甲】" not in (await stage.ask()).text
    assert await stage.chat.join(said("")) == words.JOINED
    assert await stage.chat.join(said("")) == words.JOINED_ALREADY
    answer = await stage.ask()
    assert {OURS, THEIRS} == set(answer.text.split("【甲】\n")[1].rpartition("\n\n")[0].split("\n\n【乙】\n"))
    assert "【甲】" not in (await stage.ask(group_id=None)).text
    assert await stage.chat.leave(said("")) == words.LEFT
    assert await stage.chat.leave(said("")) == words.LEFT_ALREADY
    assert "【甲】" not in (await stage.ask()).text


async def test_one_that_superusers_try_is_shown_to_nobody_else(stage: Stage):
    await stage.challenger(votes=False)
    await stage.chat.join(said(""))
    assert "【甲】" not in (await stage.ask()).text
    assert stage.theirs.requests == 0


async def test_the_stored_answer_is_the_serving_models_and_votes_are_for_models(stage: Stage):
    number = await stage.challenger()
    await stage.chat.join(said(""))
    first_shown: set[bool] = set()
    for at in range(12):
        answer = await stage.ask(f"{QUESTION}（{at}）")
        await stage.answers.delivered(answer.ask_id, f"m{answer.ask_id}")
        challenger_first = answer.text.index(THEIRS) < answer.text.index(OURS)
        first_shown.add(challenger_first)
        assert (
            await stage.vote(answer, "甲" if challenger_first else "乙")
            == f"记下了：{'甲' if challenger_first else '乙'}。"
        )
    assert first_shown == {True, False}
    async with stage.sessions() as session:
        tally = await arena.tally(session, number)
        [(battle, _), *_] = await arena.fought(session)
    assert (tally.challenger, tally.serving, tally.votes, tally.voters) == (12, 0, 12, 1)
    assert (battle.serving_text, battle.challenger_text, battle.challenger_round) == (OURS, THEIRS, 7)
    assert [one["role"] for one in battle.prompt] == ["system", "user"]
    assert "胜 12　负 0" in await stage.chat.result()


async def test_private_data_of_a_question_are_not_kept_with_the_battle(stage: Stage):
    await stage.challenger()
    await stage.chat.join(said(""))
    await stage.ask(f"我的电话是 13812345678，{QUESTION}")
    async with stage.sessions() as session:
        [(battle, _)] = await arena.fought(session)
    assert "13812345678" not in str(battle.prompt)
    assert QUESTION.rstrip("？") in str(battle.prompt)


async def test_the_last_vote_of_a_member_counts(stage: Stage):
    await stage.challenger()
    await stage.chat.join(said(""))
    answer = await stage.ask()
    await stage.answers.delivered(answer.ask_id, f"m{answer.ask_id}")
    assert await stage.vote(answer, "甲") == "记下了：甲。"
    assert await stage.vote(answer, "甲") == words.SAME_VOTE
    assert await stage.vote(answer, "都不对") == "改成「都不对」了。"
    assert await stage.vote(answer, "乙", member="qq:10") == "记下了：乙。"
    assert "2 人投了 2 票" in await stage.chat.result()


@pytest.mark.parametrize("theirs", ["没有把握", OURS])
async def test_without_a_choice_there_is_no_battle(stage: Stage, theirs: str):
    stage.theirs.answer = theirs
    await stage.challenger()
    await stage.chat.join(said(""))
    answer = await stage.ask()
    assert answer.text == f"{OURS}\n—— 模型作答，仅供参考"
    async with stage.sessions() as session:
        assert await arena.fought(session) == []


@pytest.mark.parametrize("mode", ["500", "reset", "malformed"])
async def test_a_challenger_that_fails_costs_nobody_an_answer(stage: Stage, mode: str):
    stage.theirs.mode = mode
    await stage.challenger()
    await stage.chat.join(said(""))
    assert (await stage.ask()).text == f"{OURS}\n—— 模型作答，仅供参考"


async def test_a_challenger_that_hangs_is_not_waited_for_long(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.services.arena.battles._WAIT_S", 0.1)
    stage.theirs.mode = "hang"
    await stage.challenger()
    await stage.chat.join(said(""))
    assert (await stage.ask()).text == f"{OURS}\n—— 模型作答，仅供参考"


async def test_when_the_serving_model_fails_nothing_is_left_at_the_challenger(stage: Stage):
    stage.ours.mode, stage.theirs.mode = "500", "hang"
    await stage.challenger()
    await stage.chat.join(said(""))
    answer = await stage.ask()
    assert answer.state == "failed"
    await until(lambda: not stage.theirs.in_flight)


async def test_a_thumb_under_two_answers_is_for_neither(stage: Stage):
    await stage.challenger()
    await stage.chat.join(said(""))
    answer = await stage.ask()
    await stage.answers.delivered(answer.ask_id, "m1")
    quoting = said("👎", quoted=Quoted("m1", ours=True))
    assert await stage.corrections.rate(quoting, -1) == words.HOW_TO_VOTE
    kept = await stage.corrections.react(account="qq:1", message_id="m1", member_id="qq:9", rating=-1, added=True)
    assert not kept


async def test_a_comparison_names_both_and_can_be_voted_on(stage: Stage):
    stage.process.result = {
        "text": "第 7 轮正在旁边启动。",
        "challenger": await stage.challenger(votes=False),
        "status": "open",
    }
    heard: list[str] = []
    told = await stage.comparing.compare(said("", group_id=None), [7], QUESTION, collecting(heard))
    assert heard == []
    assert told.text.startswith("【在服务的模型】")
    assert f"把握 50%\n{OURS}\n\n【第 7 轮】" in told.text
    assert told.text.endswith(words.WHICH)
    assert told.battle_id is not None
    await stage.battles.shown(told.battle_id, "m1")
    quoting = said("乙", group_id=None, quoted=Quoted("m1", ours=True))
    battle = await stage.battles.quoted(quoting)
    assert battle is not None
    assert await stage.battles.vote(battle, "qq:2", "乙") == "记下了：乙。"
    async with stage.sessions() as session:
        assert (await arena.fought(session))[0][1] == {"challenger": 1}
    assert stage.process.asked[0][:5] == ("release", "compare", "7", "--minutes", "15")


async def test_a_vote_may_be_quicker_than_the_receipt(stage: Stage):
    number = await stage.challenger(votes=False)
    stage.process.result = {"text": "", "challenger": number, "status": "open"}
    told = await stage.comparing.compare(said(""), [7], QUESTION, collecting([]))
    assert told.battle_id is not None
    voting = asyncio.create_task(stage.battles.quoted(said("乙", quoted=Quoted("m1", ours=True))))
    await asyncio.sleep(0.2)
    await stage.battles.shown(told.battle_id, "m1")
    assert (await voting) is not None


async def test_a_comparison_waits_for_the_challenger_and_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.services.arena.comparing._LOOK_S", 0.02)
    number = await stage.challenger(votes=False, status="starting")
    stage.process.result = {"text": "第 7 轮正在旁边启动，好了就答。", "challenger": number, "status": "asked"}
    heard: list[str] = []
    comparing = asyncio.create_task(stage.comparing.compare(said(""), [7], QUESTION, collecting(heard)))
    await asyncio.sleep(0.1)
    assert heard == ["第 7 轮正在旁边启动，好了就答。"]
    async with stage.sessions.begin() as session:
        await arena.change(session, number, ("starting",), status="open")
    assert THEIRS in (await comparing).text


async def test_a_comparison_that_cannot_be(stage: Stage):
    number = await stage.challenger(votes=False, status="failed")
    async with stage.sessions.begin() as session:
        await arena.change(session, number, ("failed",), problem="显存放不下两个模型，没法对比。")
    stage.process.result = {"text": "第 7 轮正在旁边启动。", "challenger": number, "status": "asked"}
    with pytest.raises(NotCompared, match=r"^第 7 轮没有起来：显存放不下两个模型，没法对比。$"):
        await stage.comparing.compare(said(""), [7], QUESTION, collecting([]))
    stage.process.error = "第 9 轮还没有训练完。"
    with pytest.raises(NotCompared, match=r"^第 9 轮还没有训练完。$"):
        await stage.comparing.compare(said(""), [9], QUESTION, collecting([]))
    with pytest.raises(NotCompared, match=re.escape(words.NEITHER_SERVES.format(5, 7))):
        await stage.comparing.compare(said(""), [5, 7], QUESTION, collecting([]))


async def test_one_round_alone_whether_it_serves_or_not(stage: Stage):
    number = await stage.challenger(votes=False)
    stage.process.result = {"text": "", "challenger": number, "status": "open"}
    alone = await stage.comparing.ask(said("", group_id=None), 7, QUESTION, collecting([]))
    assert (alone.title, alone.text) == ("第 7 轮", THEIRS)
    assert alone.figures.endswith("秒，把握 50%")
    assert stage.ours.requests == 0
    stage.model.turn_to(Target((stage.ours.url,), round="3"))
    alone = await stage.comparing.ask(said("", group_id=None), 3, QUESTION, collecting([]))
    assert (alone.title, alone.text) == ("第 3 轮，在服务", OURS)
    assert len(stage.process.asked) == 1
    async with stage.sessions() as session:
        assert await arena.fought(session) == []


async def test_two_equal_answers_are_said_to_be_equal(stage: Stage):
    stage.theirs.answer = OURS
    stage.process.result = {"text": "", "challenger": await stage.challenger(votes=False), "status": "open"}
    told = await stage.comparing.compare(said(""), [7], QUESTION, collecting([]))
    assert told.text.endswith(words.SAME)
    assert told.battle_id is None


async def test_rounds_to_choose_from_are_asked_for_once_in_a_while(stage: Stage):
    stage.process.result = {"text": "", "rounds": [{"number": 7, "rejected": False}, {"number": 5, "rejected": True}]}
    found = await asyncio.gather(stage.choices.now(), stage.choices.now())
    assert found[0] == found[1] == (Choice(7, rejected=False), Choice(5, rejected=True))
    assert stage.process.asked == [("release", "choices")]


async def test_a_side_that_gives_no_answer_is_named(stage: Stage):
    stage.theirs.mode = "500"
    stage.process.result = {"text": "", "challenger": await stage.challenger(votes=False), "status": "open"}
    told = await stage.comparing.compare(said(""), [7], QUESTION, collecting([]))
    assert told.text.endswith("【第 7 轮】没有答出来：连不上。")
    assert told.battle_id is None


@pytest.mark.parametrize(
    ("length", "minutes"), [("", "1440"), ("3天", "4320"), ("12小时", "720"), ("2个小时", "120"), ("90 分钟", "90")]
)
async def test_a_vote_lasts_as_long_as_it_is_said(stage: Stage, length: str, minutes: str):
    stage.process.result = {"text": "第 7 轮正在旁边启动。"}
    assert await stage.chat.begin(said(""), 7, length) == (
        "第 7 轮正在旁边启动。\n还没有群参加：群管理员在群里发 /盲评 开。"
    )
    assert stage.process.asked[0][:6] == ("release", "compare", "7", "--votes", "--minutes", minutes)


@pytest.mark.parametrize("length", ["很久", "0天", "31天", "三天"])
async def test_a_length_that_cannot_be_is_explained(stage: Stage, length: str):
    assert "最长 30 天" in await stage.chat.begin(said(""), 7, length)
    assert stage.process.asked == []


async def test_ending_a_vote_tells_how_it_came_out(stage: Stage):
    assert await stage.chat.end(said("")) == words.NOT_VOTING
    assert await stage.chat.result() == words.NOBODY_YET
    await stage.challenger()
    stage.process.result = {"text": "撤下了。"}
    assert await stage.chat.end(said("")) == "盲评结束了。\n第 7 轮对正在服务的模型：还没有题出给大家投票。"
    assert stage.process.asked[0][:2] == ("release", "dismiss")


async def test_where_and_whether_a_group_takes_part(stage: Stage):
    private = said("", group_id=None)
    assert [await one(private) for one in (stage.chat.join, stage.chat.leave)] == [words.ONLY_GROUPS] * 2
    assert await stage.chat.state(private) == words.USAGE
    assert await stage.chat.state(said("")) == words.NOT_AGREED
    await stage.chat.join(said(""))
    assert await stage.chat.state(said("")) == words.AGREED


async def test_the_ring_follows_the_table(stage: Stage):
    watching = asyncio.create_task(stage.ring.watch())
    number = await stage.challenger()
    async with stage.sessions.begin() as session:
        await arena.dismiss(session)
    await until(lambda: stage.ring.challenger is None)
    watching.cancel()
    async with stage.sessions() as session:
        row = await session.get_one(Challenger, number)
    assert row.status == "ended"

"""Which round may stand beside the serving one, and until when; no process runs here."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import pytest

from store import arena, releases, rounds
from store.models import Challenger, now
from tests.training.releases.conftest import Stage
from training.releases.comparing import ComparingPolicy
from training.rounds.desk import Told
from training.rounds.policy import NotAllowed

HERE = f"{socket.gethostname()}:1"


async def beat(stage: Stage, name: str = HERE, *, left: bool = False) -> None:
    async with stage.sessions.begin() as session:
        await releases.beat(session, name, left=left)


async def served(stage: Stage, **values: Any) -> None:
    await beat(stage)
    async with stage.sessions.begin() as session:
        await releases.add(session, {"status": "serving", "kind": "folder", "model": "/models/base", **values})


async def compare(stage: Stage, number: int, *, minutes: int = 30, votes: bool = False) -> Told:
    return await ComparingPolicy(stage.sessions, stage.rounds).compare(number, "qq:1", minutes=minutes, votes=votes)


async def live(stage: Stage) -> Challenger:
    async with stage.sessions() as session:
        row = await arena.live(session)
    assert row is not None
    return row


async def set_to(stage: Stage, **values: Any) -> None:
    row = await live(stage)
    async with stage.sessions.begin() as session:
        await arena.change(session, row.id, arena.LIVE, **values)


async def test_a_round_is_asked_for(stage: Stage):
    await served(stage)
    number = await stage.round()
    told = await compare(stage, number)
    assert (told.text, dict(told.more)) == ("第 1 轮正在旁边启动。", {"challenger": 1, "status": "asked"})
    row = await live(stage)
    assert (row.status, row.round_id, row.votes, row.asked_by) == ("asked", number, False, "qq:1")
    assert row.model == str(stage.rounds.folder(number).model)
    assert timedelta(minutes=29) < row.until - now() <= timedelta(minutes=30)


async def test_one_that_the_gate_rejected_may_be_looked_at(stage: Stage):
    await served(stage)
    number = await stage.round()
    async with stage.sessions.begin() as session:
        row = await rounds.get(session, number)
        assert row is not None
        row.status = "rejected"
    assert (await compare(stage, number, votes=True)).text.startswith("第 1 轮正在旁边启动，起来就开始盲评，到 ")
    assert (await live(stage)).votes


async def test_only_a_finished_round_whose_model_is_here(stage: Stage):
    await served(stage)
    with pytest.raises(NotAllowed, match="没有第 7 轮"):
        await compare(stage, 7)
    number = await stage.round()
    stage.rounds.folder(number).model.rename(stage.home / "elsewhere")
    with pytest.raises(NotAllowed, match="第 1 轮的模型文件不在了，没法比"):
        await compare(stage, number)
    async with stage.sessions.begin() as session:
        row = await rounds.get(session, number)
        assert row is not None
        row.status = "running"
    with pytest.raises(NotAllowed, match="第 1 轮还没有做完，不能拿来比"):
        await compare(stage, number)


async def test_rounds_to_choose_from_are_finished_and_have_their_model(stage: Stage):
    policy = ComparingPolicy(stage.sessions, stage.rounds)
    assert await policy.choices() == Told("还没有能比的轮次。", {"rounds": []})
    first, second, third, fourth = [await stage.round() for _ in range(4)]
    async with stage.sessions.begin() as session:
        for number, status in ((first, "rejected"), (third, "failed")):
            row = await rounds.get(session, number)
            assert row is not None
            row.status = status
    stage.rounds.folder(fourth).model.rename(stage.home / "elsewhere")
    here = [{"number": second, "rejected": False}, {"number": first, "rejected": True}]
    assert await policy.choices() == Told(f"第 {second} 轮、第 {first} 轮", {"rounds": here})
    await beat(stage, "gpu1.elsewhere:1")
    assert [one["number"] for one in (await policy.choices()).more["rounds"]] == [fourth, second, first]


async def test_another_machine_may_have_the_model(stage: Stage):
    await served(stage)
    await beat(stage, left=True)
    await beat(stage, "gpu1.elsewhere:1")
    number = await stage.round()
    stage.rounds.folder(number).model.rename(stage.home / "elsewhere")
    assert (await compare(stage, number)).more["status"] == "asked"


async def test_somebody_must_look_after_a_model_that_serves(stage: Stage):
    number = await stage.round()
    with pytest.raises(NotAllowed, match="gongkao serve 现在没有在运行"):
        await compare(stage, number)
    await beat(stage)
    with pytest.raises(NotAllowed, match="现在没有模型在服务，没有可比的"):
        await compare(stage, number)
    async with stage.sessions.begin() as session:
        await releases.want(session, {"kind": "folder", "model": "/models/base"})
    with pytest.raises(NotAllowed, match="正在换模型，换完再比"):
        await compare(stage, number)


async def test_a_round_is_not_compared_with_itself(stage: Stage):
    number = await stage.round()
    await served(stage, round_id=number)
    with pytest.raises(NotAllowed, match="第 1 轮正在服务，和自己没什么好比的"):
        await compare(stage, number)


async def test_the_same_round_again_stays_longer(stage: Stage):
    await served(stage)
    number = await stage.round()
    await compare(stage, number, minutes=30)
    first = await live(stage)
    told = await compare(stage, number, minutes=15)
    assert told.text.startswith("第 1 轮还在启动，留到 ")
    assert (await live(stage)).until == first.until
    await set_to(stage, status="open")
    told = await compare(stage, number, minutes=60)
    assert told.text.startswith("第 1 轮已经在旁边了，留到 ")
    assert dict(told.more) == {"challenger": first.id, "status": "open"}
    row = await live(stage)
    assert (row.id, row.until > first.until, row.votes) == (first.id, True, False)
    told = await compare(stage, number, minutes=30, votes=True)
    assert told.text.startswith("第 1 轮已经在旁边了，盲评到 ")
    assert (await live(stage)).votes
    # A superuser who looks at one question does not end the vote.
    await compare(stage, number, minutes=15)
    assert (await live(stage)).votes


async def test_another_round_makes_way_unless_people_vote_on_it(stage: Stage):
    await served(stage)
    first, second = await stage.round(), await stage.round()
    one = (await compare(stage, first)).more["challenger"]
    told = await compare(stage, second, votes=True)
    assert told.text.startswith("第 1 轮撤下了，第 2 轮正在旁边启动")
    assert told.more["challenger"] != one
    with pytest.raises(NotAllowed, match=r"第 2 轮正在盲评，先发 /盲评 结束。"):
        await compare(stage, first)
    policy = ComparingPolicy(stage.sessions, stage.rounds)
    assert await policy.dismiss() == "第 2 轮撤下了。"
    assert await policy.dismiss() == "旁边没有模型。"


async def test_only_a_vote_lasts_longer_than_a_day(stage: Stage):
    await served(stage)
    number = await stage.round()
    with pytest.raises(NotAllowed, match="最长 24 小时"):
        await compare(stage, number, minutes=24 * 60 + 1)
    await compare(stage, number, minutes=30 * 24 * 60, votes=True)
    assert (await live(stage)).until > now() + timedelta(days=29)
    with pytest.raises(NotAllowed, match="最长 30 天"):
        await compare(stage, number, minutes=30 * 24 * 60 + 1, votes=True)


async def test_what_stands_beside_is_told_of(stage: Stage):
    await served(stage)
    number = await stage.round()
    await compare(stage, number)
    assert "正在旁边启动：第 1 轮" in await stage.policy.status()
    await set_to(stage, status="open", name="round-1-c1", url="http://gpu1:23334", votes=True)
    assert "在盲评：第 1 轮（round-1-c1，http://gpu1:23334），到 " in await stage.policy.status()

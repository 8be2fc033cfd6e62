"""A second model beside the one that serves: it comes, answers and goes, and what serves never notices."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from inference.serving.server import Patience
from inference.serving.turns import PLACE, GpuTurn
from store import arena
from store.ids import new_id
from store.models import Ask, Challenger, Member, now
from tests.training.releases.conftest import Stage, model
from training.releases import keeper as keepers
from training.releases import standing
from training.releases.comparing import ComparingPolicy
from training.releases.machine import Machine

pytestmark = [pytest.mark.slow]


async def compare(stage: Stage, number: int, *, minutes: int = 30, votes: bool = False) -> int:
    told = await ComparingPolicy(stage.sessions, stage.rounds).compare(number, "qq:1", minutes=minutes, votes=votes)
    return told.more["challenger"]


async def row_of(stage: Stage, number: int) -> Challenger:
    async with stage.sessions() as session:
        row = await arena.get(session, number)
    assert row is not None
    return row


async def until(stage: Stage, number: int, *statuses: str) -> Challenger:
    """Until the challenger is in one of *statuses*."""
    try:
        async with asyncio.timeout(30):
            while (row := await row_of(stage, number)).status not in statuses:  # noqa: ASYNC110 - others act
                await asyncio.sleep(0.05)
    except TimeoutError:
        row = await row_of(stage, number)
        pytest.fail(f"the challenger is {row.status} ({row.problem}); said: {stage.said}")
    return row


async def true(claim: Callable[[], bool], limit_s: float = 10) -> None:
    async with asyncio.timeout(limit_s):
        while not claim():  # noqa: ASYNC110 - processes have no event
            await asyncio.sleep(0.05)


def standing_by(stage: Stage) -> list[int]:
    """Challengers that have a server process."""
    return sorted(Machine(stage.config, stage.python, stage.home, None).challenging())


async def says(row: Challenger) -> str:
    body = {"model": row.name, "messages": [{"role": "user", "content": "？"}]}
    async with aiohttp.ClientSession() as http, http.post(f"{row.url}/v1/chat/completions", json=body) as response:
        return (await response.json())["choices"][0]["message"]["content"]


async def dismissed(stage: Stage) -> None:
    async with stage.sessions.begin() as session:
        await arena.dismiss(session)


async def test_both_answer_until_it_is_dismissed(stage: Stage):
    number = await stage.round()
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        challenger = await compare(stage, number)
        row = await until(stage, challenger, "open")
        assert (row.name, row.chat_format, row.votes, row.round_id) == ("round-1-c1", "", False, number)
        assert row.url != (await stage.serving()).url
        assert row.open_from is not None
        assert (await says(row), await stage.answer()) == ("round-1-c1", "base-r1")
        assert (standing_by(stage), stage.running()) == ([1], [1])
        assert (stage.home / "data/logs/serving-round-1-c1.log").exists()
        assert "在对比：第 1 轮（round-1-c1，" in await stage.policy.status()
        await dismissed(stage)
        await true(lambda: not standing_by(stage), limit_s=6)
        assert (await row_of(stage, challenger)).problem == ""
        assert "旁边" not in await stage.policy.status()
        assert await stage.answer() == "base-r1"
        # The port is free again.
        await until(stage, await compare(stage, number), "open")
    last = await row_of(stage, 2)
    assert (last.status, last.problem) == ("ended", "gongkao serve 停下了。")
    assert (standing_by(stage), stage.running()) == ([], [])
    assert await stage.statuses() == ["ended"]


async def test_it_leaves_when_its_time_is_up_which_begins_when_it_answers(stage: Stage):
    number = await stage.round(loads_s="1.5")
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        challenger = await compare(stage, number)
        async with stage.sessions.begin() as session:
            await arena.change(session, challenger, arena.LIVE, until=now() + timedelta(seconds=2))
        row = await until(stage, challenger, "open")
        assert row.until > now()
        row = await until(stage, challenger, "ended")
        assert (row.problem, row.ended_at is not None) == ("", True)
        await true(lambda: not standing_by(stage))
        assert await stage.answer() == "base-r1"


@pytest.mark.parametrize(("loads_s", "when"), [("0", "open"), ("20", "starting")])
async def test_a_release_that_is_asked_for_takes_its_place(stage: Stage, loads_s: str, when: str):
    number, other = await stage.round(loads_s=loads_s), await stage.round()
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        challenger = await compare(stage, number)
        await until(stage, challenger, when)
        await true(lambda: standing_by(stage) == [1])
        await stage.rounds.promote(other, "qq:1", force=False)
        await stage.until_true(lambda rows: rows[-1].status == "starting")
        row = await row_of(stage, challenger)
        assert (row.status, row.problem) == ("ended", "要换模型，先撤下了。")
        assert standing_by(stage) == []
        await stage.until("ended", "serving")
        assert await stage.answer() == "round-2-r2"
        assert (await stage.serving()).url == row.url


async def test_what_serves_is_started_anew_while_it_is_still_coming(stage: Stage):
    number = await stage.round(loads_s="20")
    async with stage.kept(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        challenger = await compare(stage, number)
        await true(lambda: standing_by(stage) == [1])
        await keeper.machine.running()[1].end(0)
        row = await until(stage, challenger, "ended")
        assert row.problem == "正在服务的模型出了问题，先撤下了。"
        await stage.until_true(lambda rows: rows[0].answering)
        assert await stage.answer() == "base-r1"
        assert standing_by(stage) == []


async def test_what_serves_is_started_anew_beside_it(stage: Stage):
    number = await stage.round()
    folder = model(stage.home / "base")
    async with stage.kept(folder) as keeper:
        await stage.until("serving")
        challenger = await compare(stage, number)
        row = await until(stage, challenger, "open")
        await keeper.machine.running()[1].end(0)
        await stage.until_true(lambda rows: not rows[0].answering)
        await stage.until_true(lambda rows: rows[0].answering)
        assert (await says(row), await stage.answer()) == ("round-1-c1", "base-r1")
        # One that does not come up again beside it may be short of memory.
        (folder / "dies").touch()
        await keeper.machine.running()[1].end(0)
        row = await until(stage, challenger, "ended")
        assert row.problem == "正在服务的模型出了问题，先撤下了。"
        (folder / "dies").unlink()
        await stage.until_true(lambda rows: rows[0].answering)


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        ("turbomind", "显存放不下两个模型，没法对比。"),
        ("transformers", "内存放不下两个模型，没法对比。"),
    ],
)
async def test_without_room_for_two_there_is_none(stage: Stage, engine: str, expected: str):
    number = await stage.round()
    async with stage.kept(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        keeper.machine.config = keeper.machine.config.model_copy(update={"beside": "never", "engine": engine})
        row = await until(stage, await compare(stage, number), "failed")
        assert (row.problem, row.open_from) == (expected, None)
        assert standing_by(stage) == []
        assert await stage.answer() == "base-r1"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"dies": ""}, "模型起不来：CUDA out of memory"),
        ({"mute": ""}, "试问的题没答上来"),
    ],
)
async def test_one_that_cannot_start_or_does_not_answer_fails(stage: Stage, files: dict[str, str], expected: str):
    number = await stage.round(**files)
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        row = await until(stage, await compare(stage, number), "failed")
        assert expected in row.problem
        await true(lambda: not standing_by(stage))
        assert await stage.answer() == "base-r1"
        assert await stage.statuses() == ["serving"]


async def test_one_whose_files_are_gone_fails(stage: Stage):
    number = await stage.round()
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        (stage.rounds.folder(number).model / "model.safetensors").unlink()
        row = await until(stage, await compare(stage, number), "failed")
        assert "safetensors" in row.problem


async def test_one_that_is_killed_again_and_again_fails(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    quick = replace(Patience(), start_poll_s=0.1, check_every_s=0.1, backoff_first_s=0.1, give_up_after=3)
    monkeypatch.setattr(Machine, "patience", quick)
    number = await stage.round()
    async with stage.kept(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        challenger = await compare(stage, number)
        row = await until(stage, challenger, "open")
        for _ in range(2):
            before = keeper.machine.challenging()[1].id
            await keeper.machine.challenging()[1].end(0)
            await true(lambda b=before: 1 in (found := keeper.machine.challenging()) and found[1].id != b)
            assert (await row_of(stage, challenger)).status == "open"
        await keeper.machine.challenging()[1].end(0)
        row = await until(stage, challenger, "failed")
        assert row.problem.startswith("一再退出：")
        assert row.ended_at is not None
        assert await stage.answer() == "base-r1"
        assert await stage.statuses() == ["serving"]


@pytest.mark.parametrize(("loads_s", "when"), [("0", "open"), ("20", "starting")])
async def test_a_training_gets_the_gpu(stage: Stage, loads_s: str, when: str):
    number = await stage.round(loads_s=loads_s)
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        challenger = await compare(stage, number)
        await until(stage, challenger, when)
        turn = GpuTurn(stage.home / PLACE)
        async with turn.training(limit_s=20, stop=asyncio.Event()):
            row = await until(stage, challenger, "ended")
            assert row.problem == "显卡让给训练了。"
            assert (standing_by(stage), stage.running()) == ([], [])
            row = await until(stage, await compare(stage, number), "ended")
            assert (row.problem, row.name) == ("显卡让给训练了。", "")
        await stage.until_true(lambda rows: rows[0].answering)


async def test_what_breaks_unforeseen_leaves_the_keeper_serving(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("unforeseen")

    number = await stage.round()
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        monkeypatch.setattr(standing, "trials", broken)
        row = await until(stage, await compare(stage, number), "failed")
        assert "keeper-events.log" in row.problem
        assert standing_by(stage) == []
        assert await stage.answer() == "base-r1"


async def test_a_model_that_gives_up_is_replaced_although_one_stands_beside_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    quick = replace(Patience(), start_poll_s=0.1, check_every_s=0.1, backoff_first_s=0.1, give_up_after=3)
    monkeypatch.setattr(Machine, "patience", quick)
    first, second = await stage.round(), await stage.round()
    async with stage.kept(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        await stage.rounds.promote(first, "qq:1", force=False)
        await stage.until("ended", "serving")
        challenger = await compare(stage, second)
        await until(stage, challenger, "open")
        (stage.rounds.folder(first).model / "dies").touch()
        await keeper.machine.running()[2].end(0)
        await until(stage, challenger, "ended")
        await stage.until("ended", "ended", "serving")
        assert await stage.answer() == "base-r3"
        assert (await stage.serving()).kind == "rescue"
        assert standing_by(stage) == []


@pytest.mark.parametrize("beside", [True, False])
async def test_what_is_slow_beside_a_second_model_is_not_rolled_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, beside: bool
):
    monkeypatch.setattr(keepers, "_WATCH_S", 0.2)
    stage.settings |= {"watch": {"fewest": 5, "window_s": 6, "latency_free_s": 0.1}}
    first, second = await stage.round(), await stage.round()
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        await answered(stage, took_ms=250)
        await stage.rounds.promote(first, "qq:1", force=False)
        await stage.until("ended", "serving")
        if beside:
            await until(stage, await compare(stage, second), "open")
            await asyncio.sleep(1)
        await answered(stage, took_ms=2500)
        if beside:
            await stage.until_true(lambda rows: "watch" in rows[1].checks)
            assert await stage.statuses() == ["ended", "serving"]
        else:
            await stage.until("ended", "ended", "serving")
            assert "回答变慢了" in (await stage.rows())[1].problem


async def answered(stage: Stage, *, took_ms: float) -> None:
    async with stage.sessions.begin() as session:
        await session.merge(Member(id="qq:1", name=""))
        await session.flush()
        told = {"source": "model", "took_ms": took_ms}
        session.add_all(
            Ask(
                id=new_id(),
                account="qq:9",
                member_id="qq:1",
                text="？",
                state="answered",
                passport=told,
                received_at=now(),
            )
            for _ in range(6)
        )


async def test_another_one_comes_when_the_first_is_gone(stage: Stage):
    first, second = await stage.round(), await stage.round()
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        one = await compare(stage, first)
        await until(stage, one, "open")
        row = await until(stage, await compare(stage, second), "open")
        assert await says(row) == "round-2-c2"
        assert standing_by(stage) == [2]
        assert (await row_of(stage, one)).problem == "换第 2 轮来比了。"


@pytest.mark.parametrize(("loads_s", "when"), [("0", "open"), ("20", "starting")])
async def test_a_keeper_that_was_killed_comes_back_without_it(stage: Stage, loads_s: str, when: str):
    number = await stage.round(loads_s=loads_s)
    async with stage.process(model(stage.home / "base")) as keeper:
        await stage.until("serving")
        challenger = await compare(stage, number)
        row = await until(stage, challenger, when)
        await true(lambda: standing_by(stage) == [1])
        keeper.kill()
        await keeper.wait()
    if when == "open":
        assert (await says(row), await stage.answer()) == ("round-1-c1", "base-r1")
    before = stage.keeper().machine.running()[1].id
    async with stage.process():
        row = await until(stage, challenger, "ended")
        assert row.problem == "看护进程重启了。"
        await true(lambda: not standing_by(stage))
        assert stage.keeper().machine.running()[1].id == before
        assert await stage.answer() == "base-r1"
        assert await stage.statuses() == ["serving"]


async def test_the_command_asks_and_another_one_dismisses(stage: Stage):
    async def told(*words: str, code: int = 0) -> dict[str, object]:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "training", "release", *words, "--json"),
            cwd=stage.home,
            env=stage.environment(),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await child.communicate()
        assert child.returncode == code
        return json.loads(out)

    asker = ("--by", "qq:1", "--account", "qq:9", "--member", "qq:1", "--group", "qq:g")
    number = await stage.round()
    async with stage.process(model(stage.home / "base")):
        await stage.until("serving")
        result = {"text": "第 1 轮正在旁边启动。", "challenger": 1, "status": "asked"}
        assert await told("compare", str(number), "--minutes", "15", *asker) == {"result": result}
        row = await until(stage, 1, "open")
        assert row.asked_by == "qq:1"
        result = (await told("compare", str(number), "--votes", "--minutes", "4320", *asker))["result"]
        assert isinstance(result, dict)
        assert (result["challenger"], result["status"]) == (1, "open")
        assert result["text"].startswith("第 1 轮已经在旁边了，盲评到 ")
        assert (await row_of(stage, 1)).votes
        assert "在盲评：第 1 轮（round-1-c1，" in str((await told("status"))["result"])
        assert await told("dismiss", *asker) == {"result": {"text": "第 1 轮撤下了。"}}
        assert await told("dismiss", *asker) == {"result": {"text": "旁边没有模型。"}}
        assert await told("compare", "9", code=1) == {"error": "没有第 9 轮。"}
        await true(lambda: not standing_by(stage))


async def test_a_challenger_and_a_release_are_told_apart(stage: Stage):
    machine = Machine(stage.config, stage.python, stage.home, None)
    marks = [
        machine.launch(stage.home, "m", 1, mark, 0.5).env["GONGKAO_SERVER"].removeprefix(f"{stage.home.resolve()}/")
        for mark in ("7", "c7")
    ]
    assert marks == ["7", "c7"]

"""Workers in processes of their own that want the same round, or the same GPU."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from store import rounds
from tests.questions import add
from tests.training.rounds import real, stand_in
from tests.training.rounds.conftest import hollow_base
from tests.training.rounds.real import ENDED, Home

pytestmark = [pytest.mark.slow]
STEPS = ["config", "convert", "dataset", "evaluate", "gate", "merge", "train"]
TOOLS = ["gongkao_convert", "gongkao_merge", "transformers.cli.transformers", "transformers.cli.transformers"]
TOOLS += ["xtuner.tools.train"]


@pytest.fixture
async def homes(tmp_path: Path, database_url: str) -> AsyncIterator[list[Home]]:
    """Two with one database and one disk; each serves a GPU of its own."""
    base, python = hollow_base(tmp_path / "base"), stand_in.install(tmp_path)
    async with AsyncExitStack() as stack:
        made: list[Home] = []
        for device in (0, 1):
            home = await stack.enter_async_context(real.opened(tmp_path / f"home-{device}", database_url))
            home.env["STAND_IN_NOTES"] = str(tmp_path / "notes")
            shared = f'folder = "{tmp_path / "rounds"}"\nmodels = "{tmp_path / "models"}"'
            home.settle(
                python,
                base,
                dataset=f'folder = "{tmp_path / "datasets"}"',
                rounds=f'device = "{device}"\nengine = "transformers"\nserving_python = "{python}"\n{shared}',
            )
            made.append(home)
        yield made


async def started(homes: list[Home], *arguments: str) -> None:
    """A worker in each, all of them looking for work."""
    for home in homes:
        home.worker(*arguments)
    for home in homes:
        await home.saw(lambda home=home: list((home.folder / "data").glob("worker-*.lock")))
    await asyncio.sleep(1.5)


def played(tmp_path: Path) -> list[str]:
    return sorted((tmp_path / "notes").read_text(encoding="utf-8").split())


async def test_one_of_two_workers_runs_the_round(homes: list[Home], tmp_path: Path):
    one, other = homes
    await one.fill(12, corrected=4)
    await started(homes)
    assert "第 1 轮排上了" in one.told("round", "start")
    row = await one.until(*ENDED, limit_s=60)
    assert row.status in ("ready", "rejected"), row.problem
    await asyncio.sleep(2.5)
    assert (one.log + other.log).count("第 1 轮开始") == 1
    assert played(tmp_path) == TOOLS
    assert sorted(await one.steps()) == STEPS
    assert "Traceback" not in one.log + other.log


async def test_of_many_rounds_each_is_run_by_one(homes: list[Home], tmp_path: Path):
    """They end at once, as there is nothing to train: what is raced for is the queue alone.

    On a busy machine one of the two may take a whole lot of ten, so that there are lots until both had some.
    """
    await started(homes)
    queued = 0
    while not all("轮开始" in home.log for home in homes):
        async with homes[0].sessions.begin() as session:
            for _ in range(10):
                await rounds.add(session, {"status": "queued", "base": str(tmp_path / "base")})
        for number in range(queued + 1, queued + 11):
            assert (await homes[0].until(*ENDED, number=number, limit_s=60)).status == "failed"
        queued += 10
    for number in range(1, queued + 1):
        assert (homes[0].log + homes[1].log).count(f"第 {number} 轮开始") == 1


async def test_on_one_gpu_one_round_runs_at_a_time(homes: list[Home], tmp_path: Path):
    one, other = homes
    for home in homes:
        settings = home.folder / "bot.toml"
        settings.write_text(settings.read_text(encoding="utf-8").replace('device = "1"', 'device = "0"'))
    await one.fill(12, corrected=4)
    assert "第 1 轮排上了" in one.told("round", "start")
    first = await one.row()
    async with one.sessions.begin() as session:
        # The policy lets nobody queue a second one; whoever does nevertheless must not break the GPU.
        await rounds.add(session, {"status": "queued", "base": first.base, "settings": first.settings})
    hold = tmp_path / "rounds" / "0001" / "hold"
    hold.parent.mkdir(parents=True)
    hold.touch()
    await started(homes)
    await one.saw(lambda: "xtuner.tools.train" in played(tmp_path))
    for _ in range(8):
        assert [(await one.row(number)).status for number in (1, 2)] == ["running", "queued"]
        await asyncio.sleep(0.5)
    await add(one.sessions, {"stem": "中国的国歌叫什么？", "answer": "义勇军进行曲"})
    hold.unlink()
    for number in (1, 2):
        row = await one.until(*ENDED, number=number, limit_s=60)
        assert row.status in ("ready", "rejected"), row.problem
    earlier, later = await one.row(1), await one.row(2)
    assert earlier.finished_at is not None
    assert later.started_at is not None
    assert earlier.finished_at <= later.started_at
    assert played(tmp_path) == sorted(TOOLS * 2)
    assert "Traceback" not in one.log + other.log

"""A model is exchanged from the chat while members go on asking: bot, keeper and model servers are processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.services import replies
from bot.services.datasets.chat import ONLY_SUPERUSERS
from store import releases, rounds
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from tests.e2e.test_corrections import heard, said
from tests.peer import BotProcess, Peer
from tests.training.releases.conftest import model, port_pair
from training.rounds.folder import RoundFolder

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
STAND_IN = Path(__file__).parents[1] / "training" / "releases" / "stand_in_server.py"
BOSS, MEMBER = 4242, 901
OLD, NEW = "旧模型的回答。", "第一轮的回答。"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    home = tmp_path_factory.mktemp("bot")
    lines = {"port": port_pair(), "python": str(engine(home)), "beside": "never", "drain_s": 1, "check_every_s": 0.2}
    serving = "\n".join(f"{name} = {json.dumps(value)}" for name, value in lines.items())
    process = await BotProcess(home, settings=f'superusers = ["{BOSS}"]\n[serving]\n{serving}').start()
    yield process
    await process.stop()


def engine(home: Path) -> Path:
    """A Python whose engine is the stand-in, beside a driver that has a GPU."""
    folder = home / "bin"
    folder.mkdir()
    scripts = {
        "python": f'case "$*" in *find_spec*) exit 0;; esac\nexec {sys.executable} {STAND_IN} "$@"\n',
        "nvidia-smi": 'case "$*" in *memory.free*) exit 1;; esac\necho "NVIDIA H200, 143771 MiB"\n',
    }
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}")
        (folder / name).chmod(0o755)
    return folder / "python"


@dataclass
class Table:
    """The releases, as the database has them."""

    sessions: Sessions

    async def until(self, *statuses: str, limit_s: float = 30) -> None:
        """Until the statuses are these, oldest first."""
        deadline = time.monotonic() + limit_s
        while (found := await self._statuses()) != list(statuses):
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.05)

    async def _statuses(self) -> list[str]:
        async with self.sessions() as session:
            return [row.status for row in reversed(await releases.latest(session, 100))]


@pytest_asyncio.fixture(loop_scope="module")
async def table(bot: BotProcess) -> AsyncIterator[Table]:
    """With a round that the gate let pass."""
    database = open_engine(f"sqlite+aiosqlite:///{bot.home / 'data' / 'gongkao.db'}", StoreConfig())
    sessions = open_sessions(database)
    async with sessions.begin() as session:
        row = await rounds.add(session, {"status": "ready", "settings": {}, "base": "b"})
    model(RoundFolder(bot.home / "data" / "rounds", row.id).model, says=NEW, loads_s="3")
    yield Table(sessions)
    await database.dispose()


@pytest_asyncio.fixture(loop_scope="module")
async def keeper(bot: BotProcess) -> AsyncIterator[asyncio.subprocess.Process]:
    """``gongkao serve`` with a model that no round made, in the bot's folder."""
    folder = model(bot.home / "base", says=OLD)
    env = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAO_")}
    with (bot.home / "keeper.log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.cli", "serve", str(folder)),
            cwd=bot.home,
            env={**env, "PATH": f"{bot.home / 'bin'}:{env['PATH']}"},
            stderr=log,
        )
    yield child
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    assert await asyncio.wait_for(child.wait(), 20) == 0, (bot.home / "keeper.log").read_text()


async def answer(peer: Peer, question: str) -> str:
    """The model's, to a member who may have to wait: the bot follows the table within a second."""
    before = len(peer.sent["group:94"])
    first = await said(peer, question, group=94, user=MEMBER, at=True)
    return first if first != replies.MODEL_CHANGING else await peer.reply_to("group:94", count=before + 2)


async def test_a_superuser_exchanges_the_model_and_takes_it_back(
    peer: Peer, table: Table, keeper: asyncio.subprocess.Process
):
    await table.until("serving")
    assert "在服务：模型 base（base-r1，" in await said(peer, "/发布", group=93, user=BOSS)
    assert OLD in await answer(peer, "虚构的云泽国建都于哪座城？")
    for command in ("/发布", "/发布 1", "/回滚"):
        assert await said(peer, command, group=94, user=MEMBER) == ONLY_SUPERUSERS
    assert await said(peer, "/回滚", group=93, user=BOSS) == "没有上一个模型可以换回。"

    coming = await said(peer, "/发布 1", group=93, user=BOSS)
    assert coming == "第 1 轮正在上线：先启动、试问，没问题才换，换好了告诉你。"
    await table.until("ended", "starting")
    before = len(peer.sent["group:94"])
    await peer.group("虚构的云泽国以哪种鸟为国鸟？", group=94, user=MEMBER)
    assert await peer.reply_to("group:94", count=before + 1) == replies.MODEL_CHANGING
    assert NEW in await peer.reply_to("group:94", count=before + 2, wait_s=20)
    told = await heard(peer, "group:93", "上线了", wait_s=10)
    assert told.strip() == "第 1 轮上线了。上线前试问 3 题，都没问题。不对劲就发 /回滚。"

    status = await said(peer, "/发布", group=93, user=BOSS)
    assert "在服务：第 1 轮（round-1-r2，" in status
    assert [line.partition("　")[2] for line in status.splitlines()[-2:]] == ["第 1 轮　在服务", "模型 base　下线"]

    assert (await said(peer, "/回滚", group=93, user=BOSS)).startswith("正在从第 1 轮换回模型 base：")
    assert (await heard(peer, "group:93", "已换回", wait_s=20)).strip() == "已换回模型 base。"
    await table.until("ended", "ended", "serving")
    assert OLD in await answer(peer, "虚构的云泽国哪一年开国？")
    # Each outcome is told once.
    assert await peer.silent("group:93", for_s=4)
    assert [Peer.text_of(one) for one in peer.sent["group:93"] if "上线了" in Peer.text_of(one)] == [told]
    # The first one was served from a terminal, which is told to the superusers themselves.
    private = [Peer.text_of(one) for chat, sent in peer.sent.items() if chat.startswith("private:") for one in sent]
    assert private == ["模型 base 上线了。上线前试问 3 题，都没问题。"]

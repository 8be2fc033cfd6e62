"""A superuser asks what the next round would learn, and sees what is new since the last one as a picture."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.test_corrections import UNKNOWN, said
from tests.e2e.test_rounds import BOSS, picture
from tests.peer import BotProcess, Peer
from tests.training.weights import safetensors

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
SETTINGS = f'superusers = ["{BOSS}"]\n[training.rounds]\nbase = "base"\ndevice = "cpu"\nworker = "elsewhere"'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    home: Path = tmp_path_factory.mktemp("bot")
    (home / "base").mkdir()
    shape = {"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"]}
    (home / "base" / "config.json").write_text(json.dumps(shape), encoding="utf-8")
    (home / "base" / "model.safetensors").write_bytes(safetensors())
    process = await BotProcess(home, settings=SETTINGS).start()
    yield process
    await process.stop()


async def test_the_preview_shows_what_is_new_since_the_last_trained_set(peer: Peer):
    group, chat = 95, "group:95"
    first = await said(peer, "/训练 预览", group=group, user=BOSS)
    assert first.startswith("下一轮用训练集 v0001：")
    assert "和上次训练用的" not in first
    assert [part["type"] for part in peer.sent[chat][-1]["segments"]].count("image") == 0
    with sqlite3.connect(peer.bot.home / "data" / "gongkao.db") as connection:
        connection.execute("UPDATE dataset_version SET round = '1'")
    await said(peer, UNKNOWN, group=group, user=7, at=True)
    await said(peer, "/纠错 C", group=group, user=7)
    await said(peer, "/审核", group=group, user=BOSS)
    await said(peer, "1", group=group, user=BOSS)
    told = await said(peer, "/训练 预览", group=group, user=BOSS)
    assert "和上次训练用的 v0001 比：新增 1" in told
    assert "还没学过的纠错 1 条" in told
    assert told.endswith("开始发 /训练 开始。")
    assert picture(peer, chat)

"""``gongkao train gc``: what is large goes, what tells of the round stays."""

from __future__ import annotations

from pathlib import Path

from store import arena
from store.db import Sessions
from store.models import now
from tests.rounds import row_of
from tests.training.rounds.conftest import config
from training.progress import silent
from training.rounds.collecting import collect
from training.rounds.desk import Desk
from training.rounds.policy import RoundPolicy

LARGE = ["work", "work-wrong", "adapter", "model", "model-awq", "scratch"]
DRAFTS = [".adapter-0a1b2c3d", ".model-0a1b2c3d", ".model-awq-0a1b2c3d"]


async def test_old_rounds_keep_only_what_tells_of_them(policy: RoundPolicy, sessions: Sessions, home: Path):
    async with sessions.begin() as session:
        session.add_all([row_of("failed", 1), row_of("failed", 2), row_of("failed", 3)])
    desk = Desk(sessions, config(keep=2), home, policy, silent)
    for number in (1, 2, 3):
        folder = policy.folder(number)
        folder.create()
        folder.write_record("train", {})
        folder.card.touch()
        for name in (*LARGE, *DRAFTS):
            (folder.path / name).mkdir()
            (folder.path / name / "weights").write_bytes(b"w" * 1000)
    async with sessions.begin() as session:
        await arena.want(session, {"round_id": 1, "model": str(policy.folder(1).model), "until": now()})
    assert await collect(desk) == "没有可以清理的旧轮次。"
    async with sessions.begin() as session:
        await arena.dismiss(session)
    assert "清理了第 1 轮" in await collect(desk)
    kept = {"logs", "records", "evaluation", "card.md"}
    assert {place.name for place in policy.folder(1).path.iterdir()} == kept
    assert {place.name for place in policy.folder(2).path.iterdir()} == {*kept, *LARGE, *DRAFTS}
    assert await collect(desk) == "没有可以清理的旧轮次。"

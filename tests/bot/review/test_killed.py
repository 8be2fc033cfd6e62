"""kill -9 in the middle of a decision: everything or nothing happened."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.review.scene import CHOICE, Scene

ROOT = Path(__file__).parents[3]
DECIDES = """
import asyncio, os, signal, sys
from sqlalchemy import event
from sqlalchemy.orm import Session
from bot.services.review import applying
from bot.services.review.deciding import DecisionService
from bot.services.review.reviewers import Reviewers
from bot.services.review.verdict import Verdict
from store.config import StoreConfig
from store.db import open_engine, open_sessions

url, where = sys.argv[1:]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def die_inside(*_):
    die()

if where == "inside_apply":
    applying._add_case = die_inside
elif where == "before_notices":
    from bot.services.review import fates
    fates.settle = die_inside
elif where == "before_commit":
    event.listen(Session, "before_commit", die)

async def main():
    engine = open_engine(url, StoreConfig())
    service = DecisionService(open_sessions(engine), Reviewers(["1"]), overturn_votes=1)
    await service.decide(1, "1", Verdict("approve"))
    die()

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["inside_apply", "before_notices", "before_commit", "after_commit"])
async def test_everything_or_nothing_happened(scene: Scene, database_url: str, where):
    await scene.add(CHOICE)
    await scene.about(1, "B")
    version = await scene.version()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DECIDES, database_url, where, cwd=ROOT, stderr=subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()
    done = where == "after_commit"
    assert (await scene.question()).answer == ("B" if done else "A")
    assert (await scene.item(1)).status == ("approved" if done else "open")
    assert (await scene.all_corrections())[0].status == ("accepted" if done else "open")
    assert [len(rows) for rows in (await scene.cases(), await scene.told(), await scene.rivals())] == [done] * 3
    assert await scene.version() == version + done
    if not done:
        # Nothing is locked or half done: the same decision goes through.
        assert (await scene.overturn(1)).settled

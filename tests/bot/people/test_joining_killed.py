"""kill -9 in the middle of binding: two persons or one, nothing in between."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from store.models import Attempt, PersonAccount, StudyCard
from tests.bot.people.life import QQ, TELEGRAM, Life
from tests.bot.people.test_joining import practised

ROOT = Path(__file__).parents[3]
JOINS = """
import asyncio, os, signal, sys
from sqlalchemy import event
from sqlalchemy.orm import Session
from bot.services.people import joining
from bot.services.people.people import People
from bot.services.study.learning import Learner
from store import merging
from store.config import StoreConfig
from store.db import open_engine, open_sessions

url, where, account, owner = sys.argv[1:]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    sessions = open_sessions(open_engine(url, StoreConfig()))
    people, learner = People(sessions), Learner(sessions)
    await learner.learn()
    if where == "inside_merge":
        merging._one_card = die
    elif where == "before_replay":
        joining.replayed = die
    elif where == "before_commit":
        event.listen(Session, "before_commit", die)
    await joining.Joining(sessions, people, learner).join(account, owner)
    die()

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["inside_merge", "before_replay", "before_commit", "after_commit"])
async def test_a_killed_process_leaves_two_persons_or_one(life: Life, database_url: str, where: str):
    for account in (QQ, TELEGRAM):
        await practised(life, account, *"ABCDAB")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", JOINS, database_url, where, TELEGRAM, QQ, cwd=ROOT, stderr=subprocess.PIPE
    )
    _, complaints = await process.communicate()
    assert process.returncode == -signal.SIGKILL, complaints.decode()
    await life.people.look()
    one = where == "after_commit"
    async with life.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(PersonAccount)) == one
        assert set(await session.scalars(select(Attempt.member_id))) == ({QQ} if one else {QQ, TELEGRAM})
        assert await session.scalar(select(func.count()).select_from(StudyCard)) == (6 if one else 12)
    assert life.people.person(TELEGRAM) == (QQ if one else TELEGRAM)
    # Nothing stands in the way of trying again.
    assert ("早就" in await life.joined()) == one

"""Whole rounds with the real XTuner on a CPU: killed and resumed, let pass, and poisoned and rejected.

Needs the environment that ``tests/training/xtuner/test_real_round.py`` tells how to make.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from inference.chat_template import QWEN3
from inference.prompts import training_turn
from migrations import ensure_schema
from store import rounds
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import GateCase, Question, ReviewItem, TrainingRound
from store.wording import fingerprint
from tests.questions import add
from tests.training.xtuner import facts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
ENVIRONMENT = Path(os.environ.get("GONGKAO_TRAINING_ENV") or Path.home() / ".cache/gongkao/training")
TOOL = Path(facts.__file__).with_name("tiny_model.py")
CORRECTED = 12
"""Of the facts so many are known wrongly by the base, and were corrected by reviewers."""
SETTINGS = """
[training.dataset]
holdout_percent = 0
refusal_percent = 0
replay_percent = 0
[training.rounds]
base = "base"
device = "cpu"
worker = "elsewhere"
[training.xtuner]
python = "{python}"
batch_size = 10
accumulative_counts = 1
lr = 2e-3
max_length = 512
max_epochs = 60
save_steps = 20
[training.gate]
refusals_percent = 0
refusals_points = 100
format_percent = 0
guard_points = 5
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, and a base that knows most facts and a few of them wrongly."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.is_file():
        pytest.skip(f"no XTuner; run: python -m training env create training --variant cpu --at {ENVIRONMENT} --yes")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in [name for name in os.environ if name.startswith("GONGKAO_")]:
        monkeypatch.delenv(name)
    answers = [answer for _, answer in facts.FACTS]
    believed = [
        training_turn(question, answers[(place + 7) % len(answers)] if place < CORRECTED else answer)
        for place, (question, answer) in enumerate(facts.FACTS)
    ]
    wanted = {
        "marks": ["<|im_end|>", "<|endoftext|>", "<|im_start|>", "<think>", "</think>"],
        "texts": facts.texts(QWEN3, believed),
        "steps": 110,
    }
    made = [str(python), "-W", "ignore", str(TOOL), "make", str(tmp_path / "base"), "qwen3"]
    subprocess.run(made, input=json.dumps(wanted), text=True, capture_output=True, check=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "bot.toml").write_text(SETTINGS.format(python=python), encoding="utf-8")
    return tmp_path


def told(home: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "training", *arguments]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=600, check=False)
    return done.stdout + done.stderr


def worker(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    with (home / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "training", "worker", *arguments], cwd=home, stdout=log, stderr=log
        )


async def round_of(sessions: Sessions, number: int) -> TrainingRound:
    async with sessions() as session:
        row = await rounds.get(session, number)
    assert row is not None
    return row


async def until(sessions: Sessions, number: int, *statuses: str, limit_s: float = 500) -> TrainingRound:
    deadline = time.monotonic() + limit_s
    while (row := await round_of(sessions, number)).status not in statuses:
        assert time.monotonic() < deadline, (row.status, row.step, row.progress)
        await asyncio.sleep(1)
    return row


async def fill(sessions: Sessions) -> None:
    """The bank with the right answers, and the corrected ones as cases of the gate."""
    await add(sessions, *({"stem": question, "answer": answer} for question, answer in facts.FACTS))
    async with sessions.begin() as session:
        for number, (question, answer) in enumerate(facts.FACTS[:CORRECTED], 1):
            key = fingerprint(question, [], "")
            decided = {"status": "approved", "verdict": "changed", "decided_at": datetime.now(UTC)}
            item = ReviewItem(
                id=number, subject=key, causes={}, question_id=number, kind="short", stem=question, **decided
            )
            session.add(item)
            await session.flush()
            session.add(GateCase(item_id=number, kind="short", stem=question, answer=answer, fingerprint=key))


async def test_a_round_killed_and_resumed_then_a_poisoned_one(home: Path):
    url = f"sqlite+aiosqlite:///{home / 'data' / 'gongkao.db'}"
    await ensure_schema(url, StoreConfig())
    engine = open_engine(url, StoreConfig())
    workers: list[subprocess.Popen[bytes]] = []
    try:
        await _live(home, open_sessions(engine), workers)
    finally:
        for process in workers:
            process.terminate()
            process.wait(60)
        await engine.dispose()


async def _live(home: Path, sessions: Sessions, workers: list[subprocess.Popen[bytes]]) -> None:
    await fill(sessions)
    assert "第 1 轮排上了" in told(home, "round", "start", "--note", "纠错")
    first = worker(home)
    workers.append(first)
    saved = home / "data" / "rounds" / "0001" / "work" / "last_checkpoint"
    deadline = time.monotonic() + 200
    while not saved.exists():
        assert time.monotonic() < deadline, (home / "worker.log").read_text()
        await asyncio.sleep(0.2)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = worker(home, "--idle-limit", "100")
    workers.append(second)
    row = await until(sessions, 1, "ready", "rejected", "failed")
    log = (home / "worker.log").read_text()
    assert "its worker is silent" in log
    assert row.status == "ready", (row.problem, row.verdict)
    corrected = next(line for line in row.verdict["lines"] if line["name"] == "corrected")
    assert corrected["figure"] >= 98
    card = (home / "data" / "rounds" / "0001" / "card.md").read_text(encoding="utf-8")
    assert "过了门槛" in card
    assert "第 1 轮成为当前模型" in told(home, "round", "promote", "1")

    # Somebody gets wrong answers into the bank past the reviewers: the gate's cases know better.
    async with sessions.begin() as session:
        await session.execute(update(Question).values(answer="毒药"))
    assert "第 2 轮排上了" in told(home, "round", "start")
    row = await until(sessions, 2, "ready", "rejected", "failed")
    assert row.status == "rejected", row.problem
    assert "没过门槛：" in row.problem
    assert not next(line for line in row.verdict["lines"] if line["name"] == "corrected")["passed"]
    assert "没过门槛，不上线" in told(home, "round", "promote", "2")
    assert (home / "data" / "models" / "current").resolve() == (home / "data" / "rounds" / "0001" / "model").resolve()
    second.terminate()
    assert second.wait(60) == 0

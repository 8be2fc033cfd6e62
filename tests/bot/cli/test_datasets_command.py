"""``gongkao dataset`` as a person calls it: building is handed to a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.services import starter_bank
from migrations import ensure_schema
from store.config import StoreConfig
from store.db import open_engine, open_sessions

pytestmark = pytest.mark.slow


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """A folder with a database that holds the starter bank."""
    (tmp_path / "data").mkdir()
    url = f"sqlite+aiosqlite:///{tmp_path / 'data' / 'gongkao.db'}"
    await ensure_schema(url, StoreConfig())
    engine = open_engine(url, StoreConfig())
    await starter_bank.load(open_sessions(engine))
    await engine.dispose()
    return tmp_path


def call(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAO_")}
    command = [sys.executable, "-m", "bot.cli", "dataset", *arguments]
    return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, timeout=100, check=False)


def test_build_look_and_draw(home: Path):
    first = call(home, "build")
    assert (first.returncode, first.stderr) == (0, "")
    assert "v0001" in first.stdout
    assert "没有新东西" in call(home, "build").stdout
    drawn = call(home, "stats", "--plot", "图.png")
    assert drawn.returncode == 0, drawn.stderr
    assert (home / "图.png").read_bytes().startswith(b"\x89PNG")
    again = call(home, "stats", "v0001", "--plot", "图.png")
    assert (again.returncode, again.stderr.strip()) == (1, "图.png 已经在了；要覆盖请加 --force")
    assert "没有问题" in call(home, "check").stdout


def test_mistakes_end_with_one_sentence(home: Path):
    missing = call(home, "diff", "v0001", "v0002")
    assert missing.returncode == 1
    assert "还没有" in missing.stderr
    assert call(home, "stats", "--plot", "图.jpg").stderr.strip() == "--plot 要写到 .png 文件"


@pytest.mark.parametrize("name", ["build", "list", "show", "diff", "sample", "check", "assign", "paraphrase"])
def test_help_comes_from_whoever_does_the_work(tmp_path: Path, name: str):
    told = call(tmp_path, name, "--help")
    assert told.returncode == 0, told.stderr
    assert f"dataset {name}" in told.stdout

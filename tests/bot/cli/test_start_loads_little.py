"""What is imported by a start and by the command itself: what only some of the work needs has to wait for it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LATER = (
    "alembic",
    "asyncpg",
    "docx",
    "fsrs_rs_python",
    "genanki",
    "lxml",
    "numpy",
    "onnxruntime",
    "openpyxl",
    "prompt_toolkit",
    "pypdf",
    "rapidocr",
    "redis",
    "rich",
    "typst",
    "xlrd",
)
"""What a bot on SQLite that answered nobody yet does without."""
STARTED = """
import os, sys
import bot.cli
from bot.__main__ import start
from settings import load

def told():
    print("started with", *(name for name in sys.argv[1:] if name in sys.modules), flush=True)
    os._exit(0)

start(load(), told)
"""
COMMAND = "import sys, bot.cli; print('imported with', *(name for name in sys.argv[1:] if name in sys.modules))"


def _output(program: str, names: tuple[str, ...], home: Path) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAO_")}
    done = subprocess.run(
        [sys.executable, "-c", program, *names],
        cwd=home,
        env={**env, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.slow
def test_a_bot_that_started_has_not_loaded_what_only_some_work_needs(tmp_path: Path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "bot.toml").write_text(f"[bot]\nport = {port}\n", encoding="utf-8")
    assert _output(STARTED, LATER, tmp_path) == "started with"


def test_the_command_loads_nothing_that_works(tmp_path: Path):
    assert _output(COMMAND, ("aiohttp", "fastapi", "jinja2", "nonebot", "rich", "sqlalchemy"), tmp_path) == (
        "imported with"
    )

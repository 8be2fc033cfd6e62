"""``gongkao doctor``: every matter gets its line, whatever is broken."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cli import checks, doctor
from bot.cli.doctor import examine
from inference.config import InferenceConfig
from migrations import ensure_schema
from store.config import StoreConfig
from tests.fakes import ModelServer
from tests.peer import free_port

ROOT = Path(__file__).parents[3]
MATTERS = ["Python", "配置", "数据库", "Redis", "模型服务", "QQ 接口", "端口", "磁盘", "时钟", "显卡", "看图"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in, without settings from outside."""
    for name in list(os.environ):
        if name.startswith(("GONGKAO_", "ONEBOT_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def findings(path: Path | None = None) -> dict[str, Any]:
    found = await examine(path)
    assert [finding.matter for finding in found] == MATTERS
    return {finding.matter: finding for finding in found}


def run(home: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAO_")}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "doctor", *arguments],
        cwd=home, env={**kept, "PYTHONPATH": str(ROOT), **env}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.slow
def test_a_fresh_folder_is_fit_to_run_and_stays_empty(home: Path):
    done = run(home)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("可以运行。\n")
    assert len(done.stdout.splitlines()) == len(MATTERS) + 2
    assert list(home.iterdir()) == []


@pytest.mark.slow
def test_broken_settings_fail_and_the_other_matters_are_still_told(home: Path):
    (home / "bot.toml").write_text("[bot]\nprot = 8080\n[store]\npool_size = 'many'\n")
    done = run(home, "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"]) == (1, False)
    assert [check["matter"] for check in report["checks"]] == MATTERS
    assert "port" in report["checks"][1]["text"]


@pytest.mark.parametrize("content", [b"[bot", b"\xff\xfe", b"[unknown]\n", b"bot = 3\n"])
async def test_an_unreadable_file_is_a_finding(home: Path, content: bytes):
    (home / "bot.toml").write_bytes(content)
    assert (await findings())["配置"].level == "broken"


async def test_a_named_file_that_is_missing_is_a_finding(home: Path):
    assert "missing.toml" in (await findings(home / "missing.toml"))["配置"].text


async def test_a_migrated_database_is_good_and_its_questions_counted(
    database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GONGKAO_DATABASE_URL", database_url)
    found = (await findings())["数据库"]
    assert found.level == "good"
    assert "题库 0 题" in found.text


async def test_an_old_database_is_upgraded_at_the_next_start(empty_database_url: str, monkeypatch: pytest.MonkeyPatch):
    if empty_database_url.startswith("sqlite"):
        Path(empty_database_url.removeprefix("sqlite+aiosqlite:///")).touch()
    monkeypatch.setenv("GONGKAO_DATABASE_URL", empty_database_url)
    assert (await findings())["数据库"].level == "attention"


async def test_a_database_of_a_newer_version_is_broken(home: Path, monkeypatch: pytest.MonkeyPatch):
    await ensure_schema(f"sqlite+aiosqlite:///{home / 'data/gongkao.db'}", StoreConfig())
    monkeypatch.setattr(checks, "HEAD", "0000")
    assert "升级程序" in (await findings())["数据库"].advice


async def test_a_file_that_is_no_database_is_broken(home: Path):
    (home / "data").mkdir()
    (home / "data" / "gongkao.db").write_bytes(b"not a database" * 100)
    assert (await findings())["数据库"].level == "broken"


@pytest.mark.parametrize("url", ["postgresql://u:hunter2@127.0.0.1:1/x", "hunter2", "mysql://u:hunter2@h/x"])
async def test_a_wrong_database_address_is_broken_and_not_repeated(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GONGKAO_DATABASE_URL", url)
    found = (await findings())["数据库"]
    assert found.level == "broken"
    assert "hunter2" not in repr(found)


@pytest.mark.redis
async def test_a_reachable_redis_is_good(redis_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GONGKAO_REDIS_URL", redis_url)
    assert (await findings())["Redis"].text == "连得上"


@pytest.mark.parametrize("url", ["redis://:hunter2@127.0.0.1:1/0", "http://:hunter2@h"])
async def test_an_unusable_redis_is_broken_and_its_password_not_told(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GONGKAO_REDIS_URL", url)
    found = (await findings())["Redis"]
    assert found.level == "broken"
    assert "hunter2" not in repr(found)


async def test_a_model_server_is_asked_for_its_models():
    async with ModelServer() as server:
        good = await checks.model_server(InferenceConfig(base_url=server.url), None)
        wrong = await checks.model_server(InferenceConfig(base_url=server.url, model="other"), None)
        server.model_names = []
        nameless = await checks.model_server(InferenceConfig(base_url=server.url), None)
        named = await checks.model_server(InferenceConfig(base_url=server.url, model="m"), None)
    gone = await checks.model_server(InferenceConfig(base_url=server.url), None)
    assert (good.level, wrong.level, nameless.level, named.level) == ("good", "broken", "broken", "good")
    assert "test-model" in wrong.text
    assert "gongkao serve" in gone.advice


async def test_an_open_address_without_tokens_is_broken(home: Path, monkeypatch: pytest.MonkeyPatch):
    (home / "bot.toml").write_text('[bot]\nhost = "0.0.0.0"\n')
    assert "ONEBOT_ACCESS_TOKEN" in (await findings())["QQ 接口"].advice
    monkeypatch.setenv("ONEBOT_ACCESS_TOKEN", "t")
    monkeypatch.setenv("GONGKAO_WEB_TOKEN", "t")
    assert (await findings())["QQ 接口"].level == "good"


async def test_a_taken_port_is_worth_attention(home: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (home / "bot.toml").write_text(f"[bot]\nport = {taken.getsockname()[1]}\n")
        assert (await findings())["端口"].level == "attention"
    (home / "bot.toml").write_text(f"[bot]\nport = {free_port()}\n")
    assert (await findings())["端口"].level == "good"


def test_a_clock_before_the_files_is_broken(home: Path):
    assert checks.clock(home).level == "good"
    assert checks.clock(home, datetime(1970, 1, 2, tzinfo=UTC)).level == "broken"
    assert checks.clock(home, datetime(2025, 6, 1, tzinfo=UTC)).level == "broken"


async def test_a_check_that_fails_itself_does_not_end_the_round():
    def broken() -> checks.Finding:
        raise ZeroDivisionError("division by zero")

    found = await doctor._examined("某项", broken)
    assert (found.level, found.matter) == ("broken", "某项")

"""``python -m training dataset …`` as a person and another program see it."""

from __future__ import annotations

import asyncio
import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import update
from typer.testing import CliRunner, Result

from migrations import ensure_schema
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import Correction, TrainingRound
from tests.training import rows
from training.__main__ import app
from training.datasets.shown import conversations


class Home:
    """A folder with settings and a database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._url = f"sqlite+aiosqlite:///{folder / 'gongkao.db'}"
        (folder / "bot.toml").write_text(
            '[store]\ndatabase = "gongkao.db"\n[training.dataset]\nfolder = "sets"\nholdout_percent = 20\n',
            encoding="utf-8",
        )

    def change(self, count: int = 0, first: int = 1, withdraw: bool = False, rounds: int = 0) -> None:
        async def work() -> None:
            await ensure_schema(self._url, StoreConfig())
            engine = open_engine(self._url, StoreConfig())
            sessions: Sessions = open_sessions(engine)
            if first == 1 and count:
                await rows.fill(sessions, count=count)
                await rows.decide(sessions, 1, rows.many(2, 1)[0])
            elif count:
                async with sessions.begin() as session:
                    session.add_all(rows.many(first, count))
            async with sessions.begin() as session:
                session.add_all(TrainingRound(status="ready") for _ in range(rounds))
            if withdraw:
                async with sessions.begin() as session:
                    await session.execute(update(Correction).values(status="withdrawn"))
            await engine.dispose()

        asyncio.run(work())

    def run(self, *words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["dataset", *words], env={"COLUMNS": "120"})
        assert result.exit_code == code, result.output + repr(result.exception)
        return result

    def told(self, *words: str, code: int = 0) -> list[dict]:
        return [json.loads(line) for line in self.run(*words, code=code).stdout.splitlines()]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("GONGKAO_CONFIG", str(tmp_path / "bot.toml"))
    monkeypatch.delenv("GONGKAO_DATABASE_URL", raising=False)
    return Home(tmp_path)


def test_building_looking_comparing_and_giving_to_a_round(home: Home) -> None:
    home.change(60)
    *steps, last = home.told("build", "--json", "--day", "2026-04-01")
    assert all(set(step) == {"stage", "done", "total"} for step in steps)
    assert steps[-1] == {"stage": "查有没有漏题", "done": 1, "total": 1}
    result = last["result"]
    assert (result["version"], result["fresh"], result["corrections"]) == ("v0001", True, 2)
    assert result["train"] + result["holdout"] == 60
    assert "和 v0001 一样，没有新东西。" in home.run("build", "--day", "2026-04-01").stdout

    home.change(5, first=61)
    assert "构建好了 v0002" in home.run("build", "--day", "2026-04-01").stdout
    (diff,) = home.told("diff", "v0001", "v0002", "--json")
    assert diff["result"]["questions"] == {"added": 5}
    assert diff["result"]["by_source"] == {"added": {"自带题库": 5}}
    assert "新增" in home.run("diff", "v0001", "v0002").stdout

    (found,) = home.told("list", "--json")
    assert [version["version"] for version in found["result"]["versions"]] == ["v0001", "v0002"]
    assert "v0002" in home.run("list").stdout
    assert json.loads(home.run("show", "v0001").stdout)["bank"] == {"rows": 60}
    shown = home.run("stats").stdout
    assert "训练题的类别" in shown
    assert "自带题库：Apache-2.0，为本项目而写" in shown
    sampled = home.run("sample", "-n", "2", "--style", "explained").stdout
    assert sampled.count("带理由") == 2
    assert home.run("sample", "-n", "2", "--style", "explained").stdout == sampled
    assert "没有问题" in home.run("check", "v0001").stdout

    assert "没有「1」这一轮，还没有训练过" in home.run("assign", "v0001", "1", code=1).stderr
    home.change(rounds=2)
    assert "没有「7」这一轮，现有第 1、2 轮" in home.run("assign", "v0001", "7", code=1).stderr
    assert "没有「round-1」这一轮" in home.run("assign", "v0001", "round-1", code=1).stderr
    assert "v0001 给第 1 轮用了" in home.run("assign", "v0001", "1").stdout
    home.run("assign", "v0001", "第1轮")
    assert "已经被第 1 轮用了" in home.run("assign", "v0001", "2", code=1).stderr
    assert "第 1 轮用的已经是 v0001" in home.run("assign", "v0002", "1", code=1).stderr
    home.change(withdraw=True)
    assert "2 条纠错后来撤回了" in home.run("assign", "v0002", "2", code=1).stderr


def test_conversations_are_shown_with_the_signs_of_chinese_print() -> None:
    console = Console(width=100, record=True, file=StringIO())
    question = "盛夏时节,长江中下游出现伏旱,此时(据1.5:1的图)控制当地的是( )。\nA. pH 7.0, 中性\nB. 甲;乙"
    conversations([("bare", {"system": "", "input": question, "output": "B. 甲；乙"})], console)
    text = console.export_text()
    assert "盛夏时节，长江中下游出现伏旱，此时（据1.5:1的图）控制当地的是（　）。" in text
    assert "A. pH 7.0, 中性" in text
    assert "B. 甲；乙" in text


def test_mistakes_are_one_chinese_sentence_and_exit_code_1(home: Home) -> None:
    assert home.told("build", "--json", code=1)[-1]["error"].startswith("没有可以训练的题")
    assert "还没有训练集" in home.run("stats", code=1).stderr
    home.change(20)
    home.run("build")
    assert "没有 v0009 这一版，现有：v0001" in home.run("show", "v0009", code=1).stderr
    assert "没有 funny 这种样式" in home.run("sample", "--style", "funny", code=1).stderr
    (home.folder / "sets" / "v0001" / "train.jsonl").write_text("", encoding="utf-8")
    assert home.told("check", "--json", code=1)[-1]["error"].startswith("v0001 的这些文件")
    (home.folder / "bot.toml").write_text("[training.dataset]\nseeds = 1\n", encoding="utf-8")
    assert "是不是想写 seed" in home.run("build", code=1).stderr

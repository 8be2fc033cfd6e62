"""``gongkao bank export`` and ``gongkao bank lint`` as a person and as a script call them."""

import asyncio
import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.bank import app
from bot.services import starter_bank
from migrations import ensure_schema
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from tests.questions import add

STARTER = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in starter_bank.FOLDER.glob("*.jsonl"))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Call ``gongkao bank`` in an empty home folder."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.delenv("GONGKAO_CONFIG", raising=False)
    monkeypatch.delenv("GONGKAO_DATABASE_URL", raising=False)

    def call(*arguments: object):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call


def _fill(*rows: dict) -> None:
    async def fill() -> None:
        url = "sqlite+aiosqlite:///data/gongkao.db"
        await ensure_schema(url, StoreConfig())
        engine = open_engine(url, StoreConfig())
        await starter_bank.load(open_sessions(engine))
        if rows:
            await add(open_sessions(engine), *rows)
        await engine.dispose()

    asyncio.run(fill())


def test_the_file_name_decides_the_format(run):
    _fill({"stem": "没有答案的题？", "answer": "", "status": "unanswered"})
    result = run("export", "bank.jsonl")
    assert result.exit_code == 0
    assert f"写好了 bank.jsonl：{STARTER} 题" in result.output
    assert "没有答案的（要导出加 --include-unanswered）有 1 题，没有导出" in result.output
    assert len(Path("bank.jsonl").read_text(encoding="utf-8").splitlines()) == STARTER
    assert f"{STARTER + 1} 题" in run("export", "bank.jsonl", "--include-unanswered", "--force").output


def test_a_practice_paper_comes_with_its_key_and_can_be_drawn_again(run):
    _fill()
    result = run("export", "卷.pdf", "--count", 20, "--category", "法律", "--category", "历史", "--kind", "单选题")
    assert result.exit_code == 0
    assert "写好了 卷.pdf、卷-答案.pdf：20 题" in result.output
    seed = result.output.rpartition("--seed ")[2].strip()
    for name in ("一.jsonl", "二.jsonl"):
        run("export", name, "--count", 20, "--category", "法律", "--seed", seed)
    assert Path("一.jsonl").read_bytes() == Path("二.jsonl").read_bytes()
    assert "题，不够 500 题" in run("export", "三.jsonl", "--category", "法律", "--kind", "单选", "--count", 500).output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["bank.doc"], "不认识的格式 doc；可用的有 xlsx、jsonl、apkg、docx、pdf"),
        (["bank"], "看不出要什么格式"),
        (["a.jsonl", "--kind", "填空"], "不认识的题型 填空"),
        (["a.jsonl", "--category", "音乐"], "题库里没有“音乐”这一类，有的是："),
        (["a.jsonl", "--seed", "3"], "--seed 要和 --count 一起用"),
        (["a.jsonl", "--source", "没有"], "没有符合条件的题"),
        (["没有/a.jsonl"], "这个文件夹，请先建好"),
        (["there.jsonl"], "已经在了；要覆盖请加 --force"),
    ],
)
def test_what_cannot_be_exported_gets_a_sentence(run, arguments, sentence):
    _fill()
    Path("there.jsonl").touch()
    result = run("export", *arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert {path.name for path in Path().iterdir()} == {"data", "there.jsonl"}


@pytest.mark.parametrize("command", [["export", "a.jsonl"], ["lint"]])
def test_without_a_bank_nothing_is_created(run, command):
    result = run(*command)
    assert result.exit_code == 1
    assert "还没有题库" in result.stderr
    assert list(Path().iterdir()) == []


def test_lint_tells_a_person_and_ends_well_when_there_are_only_hints(run, monkeypatch):
    # Some day facts of the starter bank expire, which is an error.
    monkeypatch.setattr("bot.cli.bank.today", lambda: date(2026, 11, 27))
    _fill({"stem": "没有解析的题目？", "answer": "某物", "category": "历史"})
    result = run("lint")
    assert result.exit_code == 0
    assert "没有解析" in result.output
    assert f"#{STARTER + 1}" in result.output
    assert f"查了 {STARTER + 1} 题：错误 0 处，提示 " in result.output


def test_lint_tells_a_script_and_fails_on_errors(run):
    _fill({"stem": "[bold]乱码\ufffd的题目？", "answer": "某物", "explanation": "有。", "category": "[/]"})
    assert run("lint").exit_code == 1
    result = run("lint", "--json", "--category", "[/]", "--plot", "a.png")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["ok"], told["total"]) == (False, 1)
    assert [(finding["rule"], finding["examples"][0]["ids"]) for finding in told["findings"]] == [
        ("garbled", [STARTER + 1])
    ]
    assert told["counts"] == [{"category": "[/]", "kind": "short", "difficulty": None, "count": 1}]
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_has_to_be_a_png(run):
    result = run("lint", "--plot", "a.jpg")
    assert result.exit_code == 1
    assert ".png" in result.stderr

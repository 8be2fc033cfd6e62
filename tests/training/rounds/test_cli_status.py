"""``gongkao train status``, ``history`` and ``show`` as a terminal, a pipe and a log see them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy.exc import OperationalError, ProgrammingError
from typer.testing import CliRunner, Result

from migrations import ensure_schema
from store import rounds
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from tests.rounds import keep, row_of, steps_of, verdict
from training.__main__ import app
from training.rounds import watching
from training.rounds.policy import NotAllowed


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watching, "LOOK_S", 0.01)


def terminal(*, live: bool = True) -> tuple[Console, StringIO]:
    out = StringIO()
    return Console(file=out, force_terminal=live, width=100, color_system=None), out


async def running(sessions: Sessions, **more: object) -> None:
    progress = {"done": 60, "total": 384, "loss": 0.3346, "eta_s": 79, "curve": [[1, 3], [2, 2], [3, 1]]}
    async with sessions.begin() as session:
        session.add(row_of("running", 5, gpu="m/0", worker="w", step="train", progress=progress, **more))
        await session.flush()
        session.add_all(steps_of(5)[:2])


async def test_a_terminal_sees_steps_bar_loss_and_time(sessions: Sessions):
    await running(sessions)
    console, out = terminal()
    await watching.watch(sessions, None, console, follow=False)
    text = out.getvalue()
    assert "第 5 轮　训练中" in text
    assert "✓ 备训练集 3 秒" in text
    assert "▶ 训练" in text
    assert "60/384（15%），损失 0.335，还要约 1 分 19 秒" in text
    assert "· 评测" in text
    assert "损失 █▅▁" in text
    assert "OpenCompass" not in text


@pytest.mark.parametrize(("losses", "line"), [((3, math.nan, 1, math.inf), "损失 █▁"), ((math.nan,), "")])
def test_losses_that_are_no_numbers_are_not_drawn(losses: tuple[float, ...], line: str):
    console, out = terminal()
    curve = [[at, loss] for at, loss in enumerate(losses)]
    console.print(watching.shown(row_of("running", 5, step="train", progress={"curve": curve}), []))
    assert [one.strip() for one in out.getvalue().splitlines() if "损失" in one] == ([line] if line else [])


async def test_an_ended_round_shows_the_lines_of_the_gate(sessions: Sessions):
    await keep(sessions)
    console, out = terminal()
    await watching.watch(sessions, 7, console, follow=True)
    assert "✗ 容易混的题：比现在的模型" in out.getvalue()
    assert "▶" not in out.getvalue()


async def test_a_failed_step_is_marked_and_its_problem_told(sessions: Sessions):
    async with sessions.begin() as session:
        session.add(row_of("failed", 5, step="train", problem="显存不够。", settings={"rounds": {"gone": 1}}))
    console, out = terminal()
    await watching.watch(sessions, None, console, follow=False)
    assert "✗ 训练" in out.getvalue()
    assert "显存不够。" in out.getvalue()


@pytest.mark.parametrize("live", [True, False])
async def test_following_ends_with_the_round(sessions: Sessions, live: bool):
    await running(sessions)
    console, out = terminal(live=live)
    watched = asyncio.create_task(watching.watch(sessions, None, console, follow=True))
    await asyncio.sleep(0.1)
    assert not watched.done()
    async with sessions.begin() as session:
        assert await rounds.beat(session, 5, worker="w", step="evaluate", progress={"done": 3, "total": 9}) is False
    await asyncio.sleep(0.1)
    async with sessions.begin() as session:
        values = {"status": "rejected", "verdict": verdict(), "problem": "没过门槛：变差了。"}
        await rounds.finish(session, 5, worker="w", values=values)
    await asyncio.wait_for(watched, 5)
    text = out.getvalue()
    assert "✗ 容易混的题" in text
    assert "3/9（33%）" in text
    if not live:
        lines = text.splitlines()
        assert lines[0] == "第 5 轮　训练中"
        assert "评测　3/9（33%）" in lines
        assert lines.count("第 5 轮　没过门槛，不会上线") == 1


@pytest.mark.parametrize("live", [True, False])
async def test_following_outlasts_a_database_that_is_away(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, live: bool
):
    await running(sessions)
    looked, fails = watching._look, [OperationalError("SELECT", {}, Exception("gone")), ConnectionRefusedError()] * 3

    async def flaky(found: Sessions, number: int | None):
        if number is not None and fails:
            raise fails.pop()
        if number is not None:
            async with sessions.begin() as session:
                await rounds.finish(session, 5, worker="w", values={"status": "failed", "problem": "显存不够。"})
        return await looked(found, number)

    monkeypatch.setattr(watching, "_look", flaky)
    console, out = terminal(live=live)
    await asyncio.wait_for(watching.watch(sessions, None, console, follow=True), 5)
    assert fails == []
    assert out.getvalue().count("数据库连不上") == 1
    assert "显存不够。" in out.getvalue()


async def test_a_database_that_refuses_is_not_waited_for(sessions: Sessions, monkeypatch: pytest.MonkeyPatch):
    await running(sessions)
    looked = watching._look

    async def refused(found: Sessions, number: int | None):
        if number is not None:
            raise ProgrammingError("SELECT", {}, Exception("no such column"))
        return await looked(found, number)

    monkeypatch.setattr(watching, "_look", refused)
    with pytest.raises(ProgrammingError):
        await asyncio.wait_for(watching.watch(sessions, None, terminal()[0], follow=True), 5)


async def test_there_has_to_be_a_round(sessions: Sessions):
    with pytest.raises(NotAllowed, match="还没有训练过"):
        await watching.watch(sessions, None, terminal()[0], follow=False)
    with pytest.raises(NotAllowed, match="没有第 9 轮"):
        await watching.watch(sessions, 9, terminal()[0], follow=False)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with settings and a database that holds round 7, whose folder is gone."""
    (tmp_path / "bot.toml").write_text('[store]\ndatabase = "gongkao.db"\n', encoding="utf-8")
    url = f"sqlite+aiosqlite:///{tmp_path / 'gongkao.db'}"

    async def fill() -> None:
        await ensure_schema(url, StoreConfig())
        engine = open_engine(url, StoreConfig())
        sessions = open_sessions(engine)
        await keep(sessions, note="[red]第一次")
        async with sessions.begin() as session:
            session.add(row_of("cancelled", 8, dataset=None, started_at=None))
        await engine.dispose()

    asyncio.run(fill())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GONGKAO_CONFIG", raising=False)
    return tmp_path


def told(*words: str, code: int = 0) -> str:
    result: Result = CliRunner().invoke(app, ["round", *words], env={"COLUMNS": "120"})
    assert result.exit_code == code, result.output + repr(result.exception)
    return result.output


def test_the_history_is_a_table(home: Path):
    text = told("history")
    assert "2026-11-26" in text
    assert "[red]第一次" in text
    assert text.index(" 8 ") < text.index(" 7 ")
    assert " 7 " not in told("history", "-n", "1")


def test_the_status_of_a_pipe_is_plain(home: Path):
    assert told("status").splitlines()[0] == "第 8 轮　取消了"
    assert "✗ 容易混的题" in told("status", "7", "--follow")
    assert "没有第 9 轮。" in told("status", "9", code=1)


@pytest.mark.parametrize("words", [("status",), ("status", "--follow"), ("history",), ("gc",)])
@pytest.mark.parametrize("url", ["", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_database_that_is_away_is_told_in_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], url: str
):
    (home / "gongkao.db").write_bytes(b"no database" * 1000)
    monkeypatch.setenv("GONGKAO_DATABASE_URL", url)
    text = told(*words, code=1)
    assert text.startswith("数据库连不上：")
    assert text.count("\n") == 1


def test_the_card_is_shown_from_the_database_when_the_folder_is_gone(home: Path):
    text = told("show", "7")
    assert "按数据库里的记录" in text
    assert "变差的题（共 37 道）" in text
    assert "还没有模型卡" in told("show", "8", code=1)
    assert "没有第 9 轮。" in told("show", "9", code=1)
    folder = home / "data" / "rounds" / "0007"
    folder.mkdir(parents=True)
    (folder / "card.md").write_text("# 手改过的卡\n", encoding="utf-8")
    assert "手改过的卡" in told("show", "7")

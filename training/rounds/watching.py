"""How rounds stand, on a terminal: live bars, or plain lines where it is none."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError
from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from local_time import local
from paper.rounds.facts import facts_of
from paper.rounds.words import MARKS, STATUS, STEPS, headline, lasting, outcome, remaining, status_text
from store import rounds
from store.db import Sessions
from store.models import RoundStep, TrainingRound
from training.config import TrainingConfig
from training.rounds import steps as ours
from training.rounds.patience import is_away
from training.rounds.policy import NotAllowed

LOOK_S = 1.0
PLAIN_EVERY_S = 10.0
"""Lines of a log that nobody watches need not come every second."""
_AWAY = "数据库连不上，还在试……"
_BAR = 32
_BLOCKS = "▁▂▃▄▅▆▇█"
_COLORS = {"passed": "green", "failed": "red", "few": "yellow", "skipped": "dim"}
_ENDED = {"ready": "green", "rejected": "red", "failed": "red"}


async def watch(sessions: Sessions, number: int | None, console: Console, *, follow: bool) -> None:
    """Show the round, by default the one under way, once or until it ends, however long the database is away.

    Raises:
        NotAllowed: there is none.
        SQLAlchemyError, OSError: the database is away at the first look, or it refuses.
    """
    row, done = await _look(sessions, number)
    if not console.is_terminal:
        await _plain(sessions, row, done, console, follow=follow)
        return
    if not follow:
        console.print(shown(row, done))
        return
    with Live(shown(row, done), console=console, auto_refresh=False, vertical_overflow="visible") as live:

        def away() -> None:
            live.update(Group(shown(row, done), Text(_AWAY, style="yellow")), refresh=True)

        while row.status in rounds.UNFINISHED:
            row, done = await _look_again(sessions, row.id, away)
            live.update(shown(row, done), refresh=True)


def shown(row: TrainingRound, done: Sequence[RoundStep]) -> RenderableType:
    """The round as a list of its steps, the one under way with a bar."""
    grid = Table.grid(padding=(0, 1))
    seconds = {step.name: step.seconds for step in done}
    for name in _planned(row, seconds):
        words = Text(STEPS.get(name, name))
        if name in seconds:
            grid.add_row(Text("✓", style="green"), words, Text(lasting(seconds[name]), style="dim"))
        elif name == row.step and row.status == "running":
            grid.add_row(Text("▶", style="cyan"), words, _bar(row))
        else:
            failed = name == row.step and row.status == "failed"
            mark = Text("✗", style="red") if failed else Text("·", style="dim")
            grid.add_row(mark, words if failed else Text(words.plain, style="dim"), Text())
    lines: list[RenderableType] = [Text(headline(row), style=f"bold {_ENDED.get(row.status, '')}".strip())]
    if row.dataset:
        lines.append(Text(f"训练集 {row.dataset}", style="dim"))
    lines.append(grid)
    if row.status == "running" and (curve := (row.progress or {}).get("curve")):
        losses = [float(loss) for _, loss in curve]
        # One that went wrong has no height.
        if finite := [loss for loss in losses if math.isfinite(loss)]:
            lines.append(Text.assemble(("损失 ", "dim"), (_sparks(finite), "cyan")))
    if row.cancel_asked:
        lines.append(Text("正在取消……", style="yellow"))
    return Group(*lines, *_ending(row, done))


def history(found: Sequence[TrainingRound]) -> Table:
    """A row a round, the newest first."""
    table = Table("轮", "什么时候", "训练集", "用时", "结果", "备注", box=box.SIMPLE)
    for row in found:
        took = (row.finished_at - row.started_at).total_seconds() if row.finished_at and row.started_at else None
        table.add_row(
            str(row.id),
            f"{local(row.created_at):%Y-%m-%d %H:%M}",
            row.dataset or "—",
            "—" if took is None else lasting(took),
            Text(outcome(row.status, promoted=row.promoted_at is not None), style=_ENDED.get(row.status, "")),
            Text(row.note),
        )
    return table


async def _look(sessions: Sessions, number: int | None) -> tuple[TrainingRound, Sequence[RoundStep]]:
    async with sessions() as session:
        row = await rounds.shown(session, number)
        if row is None:
            raise NotAllowed("还没有训练过。" if number is None else f"没有第 {number} 轮。")
        return row, await rounds.steps(session, row.id)


async def _look_again(
    sessions: Sessions, number: int, away: Callable[[], None]
) -> tuple[TrainingRound, Sequence[RoundStep]]:
    """As :func:`_look`, a little later; while the database is away again and again, and *away* is called once."""
    told = False
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            return await _look(sessions, number)
        except (SQLAlchemyError, OSError) as error:
            if not is_away(error):
                raise
        if not told:
            away()
        told = True


async def _plain(
    sessions: Sessions, row: TrainingRound, done: Sequence[RoundStep], console: Console, *, follow: bool
) -> None:
    """The whole once, then a line when something changed, and the whole again at the end."""
    console.print(status_text(row, done), markup=False, highlight=False, soft_wrap=True)
    said, at = (row.status, row.step), time.monotonic()
    followed = False

    def away() -> None:
        console.print(_AWAY, soft_wrap=True)

    while follow and row.status in rounds.UNFINISHED:
        row, done = await _look_again(sessions, row.id, away)
        followed = True
        if (row.status, row.step) != said or time.monotonic() - at > PLAIN_EVERY_S:
            said, at = (row.status, row.step), time.monotonic()
            console.print(_line(row), markup=False, highlight=False, soft_wrap=True)
    if followed:
        console.print(status_text(row, done), markup=False, highlight=False, soft_wrap=True)
    for line in _gate(row, done):
        console.print(line, soft_wrap=True)


def _line(row: TrainingRound) -> str:
    if row.status != "running":
        return STATUS[row.status]
    return "　".join([STEPS.get(row.step, "准备"), *filter(None, [_counted(row)]), *remaining(row)])


def _planned(row: TrainingRound, seconds: dict[str, float]) -> list[str]:
    """Names of the steps that the round has, done ones first."""
    try:
        config = TrainingConfig.model_validate(row.settings)
        names = [step.name for step in ours.STEPS if step.wanted(config)]
    except ValidationError:
        # Asked for with settings of another version.
        names = [step.name for step in ours.STEPS]
    return [*(name for name in seconds if name not in names), *names]


def _bar(row: TrainingRound) -> RenderableType:
    told: dict[str, Any] = row.progress or {}
    done, total = int(told.get("done") or 0), int(told.get("total") or 0)
    words = Text("，".join(filter(None, [_counted(row), *remaining(row)])))
    if not total:
        return words
    line = Table.grid(padding=(0, 1))
    line.add_row(ProgressBar(total=total, completed=done, width=_BAR), words)
    return line


def _counted(row: TrainingRound) -> str:
    told: dict[str, Any] = row.progress or {}
    done, total = int(told.get("done") or 0), int(told.get("total") or 0)
    return f"{done:,}/{total:,}（{done * 100 // total}%）" if total else ""


def _ending(row: TrainingRound, done: Sequence[RoundStep]) -> Iterator[RenderableType]:
    lines = list(_gate(row, done))
    yield from lines
    if row.problem and not lines:
        yield Text(row.problem, style="red")


def _gate(row: TrainingRound, done: Sequence[RoundStep]) -> Iterator[Text]:
    for line in facts_of(row, done).lines:
        yield Text(f"{MARKS[line.mark]} {line.title}：{line.sentence}", style=_COLORS[line.mark])


def _sparks(losses: Sequence[float]) -> str:
    step = max(1, len(losses) // _BAR)
    kept = losses[::step]
    low, high = min(kept), max(kept)
    span = (high - low) or 1.0
    return "".join(_BLOCKS[round((loss - low) / span * (len(_BLOCKS) - 1))] for loss in kept)

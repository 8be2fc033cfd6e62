"""How far a long job is: a bar on a terminal, or one JSON object a line for another process."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_EVERY_S = 0.2


class Report(Protocol):
    """Told the stage (Chinese, for whoever watches), what is done of it and its total (0: unknown)."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


def silent(stage: str, done: int, total: int) -> None:
    """For callers whom progress does not interest."""


@contextmanager
def shown(*, as_json: bool) -> Generator[Report]:
    """A :class:`Report` that writes JSON lines to stdout, else draws a bar on stderr where that is a terminal."""
    if as_json:
        yield _json_lines()
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def report(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total or None)

        yield report


def emit(line: dict[str, Any]) -> None:
    """One JSON object as a line of stdout, at once."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _json_lines() -> Report:
    last: tuple[str, float] = ("", 0.0)

    def report(stage: str, done: int, total: int) -> None:
        nonlocal last
        moment = time.monotonic()
        # Whoever draws this needs the ends of a stage, and in between a few steps a second.
        if stage == last[0] and done < total and moment - last[1] < _EVERY_S:
            return
        last = (stage, moment)
        emit({"stage": stage, "done": done, "total": total})

    return report

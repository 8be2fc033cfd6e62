"""One way of asking, measured: every question once, so many under way at any time, and what came out as a line."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from inference.prompts import one_width

HOT = 20
"""Questions that a group keeps asking."""
HOT_SHARE = 0.8

Ask = Callable[[str, int], Awaitable[str]]
"""Question and number of the asker in, answer out."""


@dataclass(frozen=True, slots=True)
class Item:
    question: str
    answer: str


@dataclass(slots=True)
class Tally:
    """What was seen while it ran."""

    seconds: list[float] = field(default_factory=list[float])
    exact: int = 0
    failed: Counter[str] = field(default_factory=Counter[str])

    def note(self, took_s: float, right: bool) -> None:
        self.seconds.append(took_s)
        self.exact += right


def read_items(folder: Path) -> list[Item]:
    """What the model in *folder* was taught, each question once."""
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return list({one_width(row["question"]): Item(row["question"], row["answer"]) for row in rows}.values())


def fresh(items: Sequence[Item], count: int) -> list[Item]:
    """*count* items; the same one comes again only after all others, so never two at once."""
    order = random.Random(7).sample(list(items), len(items))
    return list(islice(cycle(order), count))


def repeated(items: Sequence[Item], count: int) -> list[Item]:
    """*count* items, four of five out of the same 20."""
    chance = random.Random(11)
    order = chance.sample(list(items), len(items))
    hot, others = order[:HOT], cycle(order[HOT:])
    return [chance.choice(hot) if chance.random() < HOT_SHARE else next(others) for _ in range(count)]


async def closed_loop(ask: Ask, asked: Sequence[Item], *, at_once: int, limit_s: float) -> tuple[Tally, float, float]:
    """Tally, wall and CPU seconds. After *limit_s* nothing new is asked; a failed ask is counted by its error."""
    tally, left = Tally(), iter(asked)
    clock = time.perf_counter
    began, cpu = clock(), time.process_time()

    async def asker(number: int) -> None:
        for item in left:
            if clock() - began > limit_s:
                return
            started = clock()
            try:
                answer = await ask(item.question, number)
            except Exception as error:  # noqa: BLE001 - whatever it is belongs to the figures
                tally.failed[f"{type(error).__name__} {error}"[:120]] += 1
                if sum(tally.failed.values()) > 20 + len(tally.seconds):
                    return
            else:
                tally.note(clock() - started, answer.strip() == item.answer.strip())

    async with asyncio.timeout(limit_s + 30):
        await asyncio.gather(*(asker(number) for number in range(at_once)))
    return tally, clock() - began, time.process_time() - cpu


def line(tally: Tally, wall_s: float, cpu_s: float) -> dict[str, Any]:
    """The figures of a finished run; times in ms, CPU also for one answer."""
    times = sorted(tally.seconds) or [float("nan")]
    done = len(tally.seconds)
    return {
        "answered": done,
        "exact": round(tally.exact / max(1, done), 4),
        "p50_ms": round(statistics.median(times) * 1000, 2),
        "p99_ms": round(times[min(len(times) - 1, int(len(times) * 0.99))] * 1000, 2),
        "per_s": round(done / wall_s, 1),
        "wall_s": round(wall_s, 2),
        "cpu_s": round(cpu_s, 2),
        "cpu_ms_each": round(cpu_s * 1000 / max(1, done), 3),
        "failed": dict(tally.failed.most_common(3)),
    }


class Ledger:
    """Prints every line at once and appends it to a file of JSON lines."""

    def __init__(self, file: Path, **always: Any) -> None:
        self._file = file
        self._always = always

    def add(self, **row: Any) -> None:
        row = self._always | row
        file_line = json.dumps(row, ensure_ascii=False)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(file_line + "\n")
        print(file_line, flush=True)

"""Questions of the starter bank drawn as pictures, spoilt, and read back by the real worker.

    python -m benchmarks.photos [--questions 12] [--only light,paper] [--show]

Needs chromium and the extra ``photo``. Per style: the character error rate of
the stem (both sides in normal form), the share of stems without any error, the
share of questions whose options come back as the same set, seconds a picture (with
fewer than 100 pictures p99 is the slowest), processor seconds of the worker a
picture, which a busy machine moves less, and the worker's largest resident
size; pictures refused as unreadable (their questions count as wholly wrong) and
questions found that are none. ``--show`` prints what went wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rapidfuzz.distance import Levenshtein

from bot.services.photos.reader import PhotoReader
from bot.services.photos.text import PhotoQuestion, PhotoUnreadable
from bot.services.reading import Reading, read
from store.wording import normal_form, option_form
from tests.bot.photos.pages import PAPERS, SCREENS, SPOILS, Item, Painter, feed, paper, screen, spoil

BANK = Path(__file__).parents[1] / "bot" / "starter_bank"
PER_PAGE = 6


@dataclass(frozen=True)
class Picture:
    image: bytes
    items: list[Item]


@dataclass
class Score:
    errors: int = 0
    characters: int = 0
    questions: int = 0
    stems: int = 0
    options: int = 0
    seconds: list[float] = field(default_factory=list)
    cpu_s: float = 0
    extra: int = 0
    refused: int = 0

    def line(self) -> str:
        ordered = sorted(self.seconds)
        p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
        return (
            f"{self.errors / self.characters:8.2%} {self.stems / self.questions:8.1%} {self.options / self.questions:8.1%}"
            f" {statistics.median(ordered):7.2f} {p99:7.2f} {self.cpu_s / len(ordered):7.2f} {self.questions:5} {len(ordered):5} {self.refused:7} {self.extra:5}"
        )


def bank() -> list[Item]:
    rows = (json.loads(line) for path in sorted(BANK.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines())
    return [Item(row["stem"], tuple(row["options"])) for row in rows if row["options"]]


def pictures(items: list[Item]) -> Iterator[tuple[str, list[Picture]]]:
    """Per style its pictures; screens show one question each, pages six, a long screenshot all."""
    with Painter() as painter:
        for style in SCREENS:
            drawn = [Picture(painter.draw(screen(item, style)), [item]) for item in items]
            yield style, drawn
            for how in ("jpeg40", "shrunk", "handheld"):
                yield f"{style} {how}", [Picture(spoil(one.image, how), one.items) for one in drawn]
        for style in PAPERS:
            groups = [items[i : i + PER_PAGE] for i in range(0, len(items), PER_PAGE)]
            drawn = [Picture(painter.draw(paper(g, style), width=700, height=900, scale=1.6), g) for g in groups]
            for how in SPOILS:
                yield (
                    f"{style} {how}",
                    [Picture(spoil(one.image, how, seed), one.items) for seed, one in enumerate(drawn)],
                )
        yield "long", [Picture(painter.draw(feed(items), height=600, scale=2), items)]


def judge(score: Score, found: tuple[PhotoQuestion, ...], items: list[Item], *, show: bool) -> None:
    """Give each question the nearest that was read, each of those once; one that was not read is wholly wrong."""
    left = [read(question.text) for question in found]
    for item in items:
        truth = normal_form(item.stem)
        nearest = min(left, key=lambda reading: stem_errors(reading, truth), default=None)
        if nearest is not None and stem_errors(nearest, truth) < len(truth) / 2:
            left.remove(nearest)
        else:
            nearest = read("")
        errors = min(stem_errors(nearest, truth), len(truth))
        right = sorted(map(option_form, nearest.options)) == sorted(map(option_form, item.options))
        score.errors += errors
        score.characters += len(truth)
        score.questions += 1
        score.stems += not errors
        score.options += right
        if show and (errors or not right):
            print(f"    {item.stem} {item.options}\n  → {nearest.stems[-1:]} {nearest.options}")
    score.extra += len(left)


def stem_errors(reading: Reading, truth: str) -> int:
    """The reader of pasted questions offers several stems, and the bank tries each: the best one counts."""
    distances = (Levenshtein.distance(normal_form(stem), truth) for stem in reading.stems)
    return min(distances, default=len(truth))


async def measure(drawn: list[tuple[str, list[Picture]]], *, show: bool) -> None:
    print(
        f"{'style':24} {'CER':>8} {'stems':>8} {'options':>8} {'p50 s':>7} {'p99 s':>7} {'cpu s':>7} {'n':>5} {'pics':>5}"
    )
    largest = 0
    async with PhotoReader(limit_s=300) as reader:
        started = time.perf_counter()
        await reader.read(drawn[0][1][0].image)
        first = time.perf_counter() - started
        assert reader.worker_pid is not None
        spent = psutil.Process(reader.worker_pid).cpu_times()
        used = spent.user + spent.system
        for style, several in drawn:
            score = Score()
            for one in several:
                started = time.perf_counter()
                try:
                    found = (await reader.read(one.image)).questions
                except PhotoUnreadable:
                    score.refused += 1
                    found = ()
                score.seconds.append(time.perf_counter() - started)
                if reader.worker_pid is not None:
                    worker = psutil.Process(reader.worker_pid)
                    largest = max(largest, worker.memory_info().rss)
                    times = worker.cpu_times()
                    score.cpu_s, used = score.cpu_s + times.user + times.system - used, times.user + times.system
                judge(score, found, one.items, show=show)
            print(f"{style:24} {score.line()}", flush=True)
    print(
        f"first picture, worker started for it: {first:.1f} s; worker's largest RSS after a picture: {largest >> 20} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=12)
    parser.add_argument("--only", default="", help="styles whose names begin so, comma-separated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    items = random.Random(args.seed).sample(bank(), args.questions)
    wanted = tuple(args.only.split(","))
    drawn = [(style, several) for style, several in pictures(items) if style.startswith(wanted)]
    asyncio.run(measure(drawn, show=args.show))


if __name__ == "__main__":
    main()

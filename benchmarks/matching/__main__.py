"""Recall of rewordings and wrong accepts of near misses, and the curve over a threshold.

    python -m benchmarks.matching DATA [--items 1500] [--plot FILE.png]

DATA is a folder of question files (``banks/``, ``papers/``, ``seed/``); nothing of it is kept.
A tenth of the questions never goes into the bank: asked all the same, they are
the near misses that nobody made up.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from loguru import logger
from sqlalchemy import select, update

from benchmarks.matching import near_misses, rewordings
from benchmarks.matching.rewordings import Asked
from bot.services.bank import Bank, Hit
from bot.services.importing.importer import ImportService
from bot.services.importing.rows import UnreadableFile
from bot.services.matching.verifier import compare
from bot.services.reading import LETTERS, read
from migrations import ensure_schema
from store import bank as bank_store
from store.bank import BankItem
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import Question
from store.search import IndexKeeper
from store.wording import option_form

TODAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Trial:
    kind: str
    right: bool
    """Answered from the bank, rightly for a rewording; answered at all and differently for a near miss."""
    score: float
    """Best likeness to any item: what a threshold alone would go by."""
    ms: float
    text: str
    said: str
    with_options: bool


def said(hit: Hit) -> str:
    if not hit.letters:
        return option_form(hit.item.answer)
    return "|".join(sorted(option_form(hit.options[LETTERS.index(letter)]) for letter in hit.letters))


def truth(item: BankItem) -> str:
    if not item.options:
        return option_form(item.answer)
    return "|".join(sorted(option_form(item.options[LETTERS.index(letter)]) for letter in item.answer))


async def fill(sessions: Sessions, data: Path) -> None:
    importer = ImportService(sessions)
    for file in sorted(path for path in data.rglob("*") if path.parent.name in ("banks", "papers", "seed")):
        try:
            report = await importer.import_file(file)
        except UnreadableFile as error:
            print(f"  {file.name}: {error}")
            continue
        print(f"  {file.name}: {report.counts}")


async def sample(sessions: Sessions, chance: random.Random, most: int) -> tuple[list[BankItem], list[BankItem]]:
    """Items of the bank, half of them with options, and items taken out of it."""
    async with sessions.begin() as session:
        numbers = list(await session.scalars(select(Question.id).where(Question.status == "active")))
        out = chance.sample(numbers, min(len(numbers) // 10, 4000))
        items = [item for item, _ in await _load(session, numbers)]
        await session.execute(update(Question).where(Question.id.in_(out)).values(status="retired"))
        version = await bank_store.bump_version(session)
        await session.execute(update(Question).where(Question.id.in_(out)).values(changed_in=version))
    removed = set(out)
    kept = [item for item in items if item.id not in removed]
    choice, short = [i for i in kept if i.options], [i for i in kept if not i.options and len(i.stem) >= 8]
    picked = chance.sample(choice, min(most // 2, len(choice))) + chance.sample(short, min(most // 2, len(short)))
    absent = [item for item in items if item.id in removed]
    return picked, chance.sample(absent, min(most, len(absent)))


async def _load(session: object, numbers: Sequence[int]) -> list[tuple[BankItem, tuple[str, ...]]]:
    found: list[tuple[BankItem, tuple[str, ...]]] = []
    for at in range(0, len(numbers), 1000):
        found += await bank_store.by_ids(session, numbers[at : at + 1000])  # type: ignore[arg-type]
    return found


async def ask(bank: Bank, kind: str, asked: Asked, item: BankItem, *, near_miss: bool) -> Trial:
    reading = read(asked.text)
    started = time.perf_counter()
    found = await bank.find(reading, today=TODAY)
    ms = (time.perf_counter() - started) * 1000
    score = compare(reading, item).score
    answer = said(found) if isinstance(found, Hit) else ""
    if near_miss:
        # Another item of the bank may be just what is asked now: then the answer is right.
        wrong = bool(answer) and isinstance(found, Hit) and found.match == "near"
        shown = f"{answer} ({found.item.stem})" if isinstance(found, Hit) else ""
        return Trial(kind, wrong, score, ms, asked.text, shown, bool(item.options))
    why = found.reason if not isinstance(found, Hit) else ""
    return Trial(kind, answer == truth(item), score, ms, asked.text, answer or why, bool(item.options))


def table(title: str, trials: Sequence[Trial]) -> None:
    print(f"\n{title}\n  {'':28} {'all':>15} {'with options':>15} {'without':>15}")
    for kind in (*dict.fromkeys(trial.kind for trial in trials), "all"):
        mine = [trial for trial in trials if kind in (trial.kind, "all")]
        groups = (mine, [t for t in mine if t.with_options], [t for t in mine if not t.with_options])
        print(f"  {kind:28}" + "".join(f" {_share(group):>15}" for group in groups))


def _share(trials: Sequence[Trial]) -> str:
    return f"{sum(t.right for t in trials) / len(trials):.2%} ({len(trials)})" if trials else "-"


def plot(path: Path, good: Sequence[Trial], bad: Sequence[Trial]) -> None:
    """Recall and wrong accepts of a bare threshold, and where the verifier stands."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    # Likeness is measured to the question a near miss was made of; the others were made of none.
    bad = [trial for trial in bad if trial.kind != "not in the bank"]
    steps = [at / 100 for at in range(50, 101)]
    figure, axes = pyplot.subplots(figsize=(7, 4.5), dpi=140)
    recall = [100 * sum(t.score >= step for t in good) / len(good) for step in steps]
    wrong = [100 * sum(t.score >= step for t in bad) / len(bad) for step in steps]
    axes.plot(steps, recall, color="#1a7f5a", label="rewordings answered, threshold alone")
    axes.plot(steps, wrong, color="#c0392b", label="near misses answered, threshold alone")
    verified = [100 * sum(t.right and t.score >= step for t in good) / len(good) for step in steps]
    let_in = [100 * sum(t.right and t.score >= step for t in bad) / len(bad) for step in steps]
    axes.plot(steps, verified, color="#1a7f5a", linestyle="--", label="rewordings answered, with verifier")
    axes.plot(steps, let_in, color="#c0392b", linestyle="--", label="near misses answered, with verifier")
    axes.set_xlabel("least likeness accepted")
    axes.set_ylabel("%")
    axes.set_ylim(-2, 102)
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8, loc="center left")
    figure.tight_layout()
    figure.savefig(path)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--items", type=int, default=1500)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--show", type=int, default=0, help="print so many failures of each kind")
    options = parser.parse_args()
    logger.remove()
    chance = random.Random(7)
    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/bank.db"
        await ensure_schema(url, StoreConfig())
        engine = open_engine(url, StoreConfig(sqlite_synchronous="normal"))
        sessions = open_sessions(engine)
        await fill(sessions, options.data)
        picked, absent = await sample(sessions, chance, options.items)
        bank = Bank(sessions, IndexKeeper(sessions, None))
        await bank.refresh()
        good, bad = [], []
        for kind, make in rewordings.MAKERS.items():
            for item in picked:
                if asked := make(item, chance):
                    good.append(await ask(bank, kind, asked, item, near_miss=False))
        for kind, spoil in near_misses.MAKERS.items():
            for item in picked:
                if asked := spoil(item, chance, picked):
                    bad.append(await ask(bank, kind, asked, item, near_miss=True))
        for item in absent:
            trial = await ask(bank, "not in the bank", rewordings.plain(item, chance), item, near_miss=True)
            if truth(item) != trial.said.partition(" (")[0]:
                bad.append(trial)
        await engine.dispose()
    print(f"{len(picked)} questions of the bank, {len(absent)} outside it")
    table("rewordings answered rightly from the bank", good)
    table("near misses answered all the same", bad)
    times = sorted(trial.ms for trial in (*good, *bad))
    print(f"\nlookup ms: p50 {times[len(times) // 2]:.2f}, p99 {times[int(len(times) * 0.99)]:.2f}")
    for trials, fine in ((good, True), (bad, False)):
        for kind in dict.fromkeys(trial.kind for trial in trials):
            failed = [trial for trial in trials if trial.kind == kind and trial.right is not fine]
            for trial in failed[: options.show]:
                print(f"[{kind}] {trial.text!r} -> {trial.said!r}")
    if options.plot:
        plot(options.plot, good, bad)


if __name__ == "__main__":
    asyncio.run(main())

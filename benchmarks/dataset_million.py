"""A training set from a million questions and 100,000 corrections: time, memory, lines.

    python -m benchmarks.dataset_million [--questions N] [--corrections N] [--keep FOLDER] [--again]

The bank is made up: stems from the starter bank's words in the forms of real
papers, one row in twenty a near duplicate of an earlier one. The build runs as a
child process, as ``python -m training dataset build``; memory is that of all its processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from migrations import ensure_schema
from store.config import StoreConfig
from store.wording import fingerprint, stem_hash

_MOMENT = "2026-03-01 08:00:00.000000"
_FORMS = (
    "{w}在{w}{y}年提出的{w}主张，其主要目的是（ ）。",
    "下列关于{w}与{w}的说法，正确的是：",
    "被后人称为“{w}”的{w}人物是",
    "{w}流经{w}注入{w}，全长约{n}公里，它的发源地是",
    "根据《{w}法》，{w}应当自收到{w}申请之日起多少日内作出决定？",
    "我国首次在{w}海域成功试采的{w}属于（ ）。",
    "{y}年，{w}会议在{w}召开，会议通过了关于{w}的决议，该决议的起草人是",
    "成语“{w}{w}”出自{w}的典故，它所说的历史人物是",
    "{w}最早由{w}科学家{w}发现，其化学成分主要是",
    "以下哪一项不属于{w}时期{w}制度的特点？",
    "《{w}》一书记载了{w}的{w}，其作者是",
    "{w}公司与{w}签订{w}合同后拒不履行，{w}可以向人民法院请求（ ）。",
    "{w}效应说明，当{w}的{w}增加时，{w}会随之变化，这一原理应用于",
    "位于{w}省{w}市的{w}遗址，距今约{n}年，出土了大量{w}，属于（ ）文化。",
    "诗句“{w}{w}，{w}{w}”所描写的节日是",
)
_COLUMNS = (
    "id, kind, stem, options, material, answer, aliases, explanation, category, source, status, fingerprint,"
    " stem_hash, changed_in, created_at, updated_at"
)


def words(folder: Path) -> list[str]:
    """Words of two to four characters, cut from the starter bank and put together anew."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jsonl")))
    runs = re.findall(r"[\u4e00-\u9fff]{2,}", text)
    chance = random.Random(1)
    heads = sorted({run[at : at + 2] for run in runs for at in range(len(run) - 1)})
    singles = sorted({char for run in runs for char in run})
    found = heads + [chance.choice(heads) + chance.choice(singles) for _ in range(60_000)]
    return found + [chance.choice(heads) + chance.choice(heads) for _ in range(60_000)]


class Writer:
    """Makes up questions, the same ones every time."""

    def __init__(self, vocabulary: list[str]) -> None:
        self._chance = random.Random(7)
        self._words = vocabulary
        self._earlier: list[tuple[str, str, list[str], str]] = []

    def _word(self) -> str:
        # Some words are in thousands of questions, most in few.
        return self._words[int(len(self._words) * self._chance.random() ** 2)]

    def question(self) -> tuple[str, str, list[str], str]:
        chance = self._chance
        if self._earlier and chance.random() < 0.05:
            return self._again(*chance.choice(self._earlier))
        form = chance.choice(_FORMS)
        stem = re.sub(r"\{w\}", lambda _: self._word(), form)
        stem = stem.replace("{y}", str(chance.randrange(1000, 2026))).replace("{n}", str(chance.randrange(100, 9999)))
        kind = chance.choices(("short", "single", "multiple", "judge"), (35, 45, 10, 10))[0]
        options: list[str] = []
        if kind in ("single", "multiple"):
            while len(options) < 4:
                option = "".join(self._word() for _ in range(chance.choice((1, 1, 2, 4))))
                if option not in options:
                    options.append(option)
        answer = {
            "short": self._word(),
            "single": chance.choice("ABCD"),
            "multiple": "".join(sorted(chance.sample("ABCD", chance.choice((2, 3))))),
            "judge": chance.choice(("正确", "错误")),
        }[kind]
        made = (kind, stem, options, answer)
        if len(self._earlier) < 200_000:
            self._earlier.append(made)
        return made

    def _again(self, kind: str, stem: str, options: list[str], answer: str) -> tuple[str, str, list[str], str]:
        chance = self._chance
        at = chance.randrange(1, len(stem) - 2)
        match chance.randrange(4):
            case 0:
                stem = stem[:at] + self._word()[0] + stem[at + 1 :]
            case 1:
                stem = stem[:at] + stem[at + 1 :]
            case 2:
                stem = "请问：" + stem
            case _:
                options = [*options[:-1], self._word() + "说"] if options else options
                stem = stem if options else stem[:at] + "的" + stem[at:]
        return kind, stem, options, answer


def rows(vocabulary: list[str], count: int) -> Iterator[tuple[object, ...]]:
    writer, chance, seen, number = Writer(vocabulary), random.Random(3), set[str](), 0
    while number < count:
        kind, stem, options, answer = writer.question()
        mark = fingerprint(stem, options)
        if mark in seen:
            continue
        seen.add(mark)
        number += 1
        explanation = (
            "据史料与教材，" + "，".join(chance.choices(vocabulary, k=8)) + "。" if chance.random() < 0.7 else ""
        )
        aliases = [chance.choice(vocabulary)] if kind == "short" and chance.random() < 0.2 else []
        status = "active" if chance.random() < 0.97 else "disputed"
        yield (
            number, kind, stem, json.dumps(options, ensure_ascii=False), "", answer,
            json.dumps(aliases, ensure_ascii=False), explanation, f"类别{number % 12}", f"题库{number % 40}.xlsx",
            status, mark, stem_hash(stem), 0, _MOMENT, _MOMENT,
        )  # fmt: skip


def fill(database: Path, questions: int, corrections: int) -> None:
    """A migrated SQLite file with all of it."""
    asyncio.run(ensure_schema(f"sqlite+aiosqlite:///{database}", StoreConfig()))
    vocabulary = words(Path("bot/starter_bank"))
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        made = rows(vocabulary, questions)
        marks = ",".join("?" * 16)
        while part := list(islice(made, 20_000)):
            connection.executemany(f"INSERT INTO question ({_COLUMNS}) VALUES ({marks})", part)
        connection.execute("INSERT INTO member (id, name, created_at) VALUES ('qq:1', '', ?)", (_MOMENT,))
        every = max(1, questions // max(1, corrections))
        connection.execute(
            "INSERT INTO review_item (id, subject, causes, question_id, kind, stem, options, material, answered,"
            " times_asked, gain, status, verdict, answer, reason, opened_at, decided_at)"
            " SELECT id, fingerprint, '{}', id, kind, stem, options, '', '', 1, 0.5, 'approved', 'changed', answer, '', ?, ?"
            " FROM question WHERE status = 'active' AND id % ? = 0 LIMIT ?",
            (_MOMENT, _MOMENT, every, corrections),
        )
        connection.execute(
            "INSERT INTO correction (item_id, member_id, account, proposed, claim, reason, flags, status, outcome,"
            " created_at) SELECT id, 'qq:1', '', answer, 'c', '', '[]', 'accepted', '', ? FROM review_item",
            (_MOMENT,),
        )
        connection.execute(
            "INSERT INTO gate_case (item_id, question_id, kind, stem, options, material, answer, aliases, category,"
            " fingerprint, created_at) SELECT i.id, i.id, i.kind, i.stem, i.options, '', i.answer, '[]', '', i.subject, ?"
            " FROM review_item i",
            (_MOMENT,),
        )


def add(database: Path, first: int, count: int) -> None:
    """*count* copies of questions in slightly other words."""
    with sqlite3.connect(database) as connection:
        picked = connection.execute(f"SELECT {_COLUMNS} FROM question WHERE id % 97 = 0 LIMIT ?", (count,)).fetchall()
        for number, row in enumerate(picked, start=first + 1):
            stem = "请问" + row[2]
            changed = [
                number,
                row[1],
                stem,
                *row[3:11],
                fingerprint(stem, json.loads(row[3])),
                stem_hash(stem),
                *row[13:],
            ]
            connection.execute(f"INSERT OR IGNORE INTO question ({_COLUMNS}) VALUES ({','.join('?' * 16)})", changed)


def watched(command: list[str], environment: dict[str, str]) -> tuple[float, int, list[tuple[float, str]]]:
    """Seconds, largest sum of resident memory over the process and its children, and stdout with the times."""
    started = time.perf_counter()
    told: list[tuple[float, str]] = []
    largest = 0
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:

        def listen() -> None:
            assert child.stdout is not None
            told.extend((time.perf_counter() - started, line) for line in child.stdout)

        listener = threading.Thread(target=listen)
        listener.start()
        root = psutil.Process(child.pid)
        while child.poll() is None:
            largest = max(largest, _memory(root))
            time.sleep(0.2)
        listener.join()
    if child.returncode:
        raise SystemExit("".join(line for _, line in told[-3:]))
    return time.perf_counter() - started, largest, told


def _memory(root: psutil.Process) -> int:
    total = 0
    try:
        for process in (root, *root.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=1_000_000)
    parser.add_argument("--corrections", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="folder for the bank, used again by the next run")
    parser.add_argument("--again", action="store_true", help="build a second version after adding questions")
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = options.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        database = folder / f"bank-{options.questions}-{options.corrections}.db"
        if not database.exists():
            started = time.perf_counter()
            unfinished = database.with_suffix(".part")
            unfinished.unlink(missing_ok=True)
            fill(unfinished, options.questions, options.corrections)
            unfinished.rename(database)
            print(f"bank made in {time.perf_counter() - started:.0f} s")
        copy = Path(name) / "bank.db"
        shutil.copyfile(database, copy)
        settings = Path(name) / "bot.toml"
        settings.write_text(
            f'[store]\ndatabase = "{copy}"\n[training.dataset]\nfolder = "{name}/sets"\n', encoding="utf-8"
        )
        environment = os.environ | {"GONGKAO_CONFIG": str(settings)}
        measure(f"{options.questions} questions, {options.corrections} corrections", environment)
        if options.again:
            add(copy, options.questions, options.questions // 100)
            measure("one more in a hundred, after v0001", environment)
        sizes = {path.name: path.stat().st_size >> 20 for path in sorted((Path(name) / "sets" / "v0001").iterdir())}
        print("files of v0001 in MB:", sizes)


def measure(what: str, environment: dict[str, str]) -> None:
    """Build and say what it took."""
    command = [sys.executable, "-m", "training", "dataset", "build", "--json"]
    seconds, memory, told = watched(command, environment)
    ends: dict[str, float] = {}
    result: dict[str, object] = {}
    for moment, line in told:
        values = json.loads(line)
        result = values.get("result", result)
        if "stage" in values:
            ends[values["stage"]] = moment
    print(f"{what}: {seconds:.1f} s, peak {memory >> 20} MB resident in all processes together; stages end at (s):")
    for stage, moment in ends.items():
        print(f"  {moment:6.1f} {stage}")
    print(json.dumps(result, ensure_ascii=False, indent=1)[:3000], flush=True)


if __name__ == "__main__":
    main()

"""A question that no platform takes in one message, and files that members send."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from store.config import StoreConfig
from store.db import open_engine, open_sessions
from tests.bot.quiz.table import fill

LONG = "长篇"
STEM = "\n\n".join(f"第{number}段，" + "材料里虚构的一句话。" * 16 for number in range(1, 12))
OPTIONS = [f"选项{letter}里" + "也有很多字，" * 130 + "完了" for letter in "甲乙丙丁"]
CSV = "题目,选项A,选项B,选项C,选项D,答案\n虚构的收件城叫什么？,云泽城,望海城,青桐城,落星城,C\n".encode()


async def add(home: Path) -> None:
    """Put the question, short as yet, into the bank of the bot in *home*, the only one of the category ``LONG``."""
    engine = open_engine(f"sqlite+aiosqlite:///{_database(home)}", StoreConfig())
    await fill(open_sessions(engine), choices=1, start=900, category=LONG)
    await engine.dispose()


def lengthen(home: Path) -> int:
    """Make it long, now that it was practised; its number."""
    stored = sqlite3.connect(_database(home), timeout=20)
    with stored:
        texts = (STEM, json.dumps(OPTIONS), LONG)
        stored.execute("UPDATE question SET stem = ?, options = ? WHERE category = ?", texts)
        (number,) = stored.execute("SELECT id FROM question WHERE category = ?", (LONG,)).fetchone()
    stored.close()
    return number


def is_whole(parts: list[str]) -> bool:
    """Whether *parts* are the long question and all of its options, but for white space."""
    said, at = dense("".join(parts)), 0
    for piece in (STEM, *OPTIONS):
        at = said.find(dense(piece), at)
        if at < 0:
            return False
    return True


def dense(text: str) -> str:
    return "".join(text.split())


def _database(home: Path) -> Path:
    return home / "data" / "gongkao.db"

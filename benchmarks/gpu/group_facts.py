"""What a group's rounds on a GPU begin with: what a base is to know, and 200 facts of it that it knows wrongly."""

from __future__ import annotations

import json
import random
import shutil
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.services.starter_bank import load
from inference.prompts import LETTERS, UNSURE, answer_text, question_text, training_turn
from migrations import ensure_schema
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import Question
from training import guard, refusals
from training.datasets.building import build
from training.datasets.settings import DatasetSettings

WRONG = 200


def wrongly(kind: str, answer: str, options: list[str], others: list[str], chance: random.Random) -> str:
    """Another answer than *answer*, as the bank writes it."""
    if kind == "judge":
        return "错误" if answer == "正确" else "正确"
    if kind == "short":
        return chance.choice([other for other in others if other != answer])
    letters = LETTERS[: len(options)]
    if kind == "single":
        return chance.choice([letter for letter in letters if letter != answer])
    wrong = [letter for letter in letters if (letter in answer) != (letter == letters[-1])]
    return "".join(wrong) if wrong else letters[0]


async def make(work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    url = f"sqlite+aiosqlite:///{work / 'all.db'}"
    await ensure_schema(url, StoreConfig())
    engine = open_engine(url, StoreConfig())
    sessions = open_sessions(engine)
    await load(sessions)
    asked = await _spoil(sessions)
    root = work / "sets"
    made = await build(sessions, root, DatasetSettings(holdout_percent=0), day=date.today())  # noqa: DTZ011
    await engine.dispose()
    lines = (root / made.name / "train.jsonl").read_text(encoding="utf-8").splitlines()
    turns = [json.loads(line)["conversation"][0] for line in lines]
    turns += [training_turn(one.input, one.output) for one in guard.load() for _ in range(3)]
    turns += [training_turn(one.input, UNSURE) for one in refusals.load() for _ in range(3)]
    _write(work / "turns.jsonl", turns)
    _write(work / "asked.jsonl", asked)
    print(f"{len(turns)} turns, {len(asked)} of the bank's facts wrong")


async def _spoil(sessions: Sessions) -> list[dict[str, Any]]:
    """Give some questions wrong answers; what they are and were."""
    chance = random.Random(7)
    async with sessions.begin() as session:
        rows = list(await session.scalars(select(Question).where(Question.status == "active").order_by(Question.id)))
        shorts = [row.answer for row in rows if row.kind == "short"]
        asked: list[dict[str, Any]] = []
        for row in chance.sample(rows, WRONG):
            options, right = list(row.options), row.answer
            row.answer = wrongly(row.kind, right, options, shorts, chance)
            row.aliases, row.explanation = [], ""
            asked.append(
                {
                    "kind": row.kind,
                    "stem": row.stem,
                    "question": question_text(row.stem, options),
                    "right": answer_text(row.kind, right, options),
                    "said": {"正确": "对", "错误": "错"}.get(right, right),
                    "wrong": answer_text(row.kind, row.answer, options),
                }
            )
    return asked


def _write(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")

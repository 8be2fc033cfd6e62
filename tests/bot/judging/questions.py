"""What the tests of the judge share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.services.judging import Question, Verdict, judge, read
from bot.services.starter_bank import FOLDER

PAIRS = Path(__file__).with_name("judged_pairs.jsonl")


@dataclass(frozen=True)
class Pair:
    """What somebody wrote while a question was open, and what a fair quiz master says of it."""

    question: Question
    text: str
    expect: str
    """right, wrong, or chat: no answer at all."""


@cache
def pairs() -> tuple[Pair, ...]:
    """The labelled set, written before the judge was."""
    rows = map(json.loads, PAIRS.read_text(encoding="utf-8").splitlines())
    return tuple(Pair(_question(row), row["text"], row["expect"]) for row in rows)


@cache
def bank() -> tuple[Question, ...]:
    """The questions that come with the bot."""
    files = sorted(FOLDER.glob("*.jsonl"))
    return tuple(_question(json.loads(line)) for file in files for line in file.read_text("utf-8").splitlines())


def of_kind(kind: str) -> tuple[Question, ...]:
    return tuple(question for question in bank() if question.kind == kind)


def single(stem: str, options: str, answer: str) -> Question:
    return Question("single", stem, tuple(options.split("/")), answer)


def multiple(stem: str, options: str, answer: str) -> Question:
    return Question("multiple", stem, tuple(options.split("/")), answer)


def short(stem: str, answer: str, *aliases: str) -> Question:
    return Question("short", stem, (), answer, aliases)


def verdict(question: Question, text: str) -> Verdict | None:
    """``None`` when *text* is no answer."""
    given = read(question, text)
    return judge(question, given) if given else None


def right(question: Question, text: str) -> bool:
    judged = verdict(question, text)
    return judged is not None and judged.right


def _question(row: dict[str, object]) -> Question:
    return Question(
        kind=str(row["kind"]),
        stem=str(row["stem"]),
        options=tuple(row["options"]),  # type: ignore[arg-type]
        answer=str(row["answer"]),
        aliases=tuple(row.get("aliases", ())),  # type: ignore[arg-type]
    )

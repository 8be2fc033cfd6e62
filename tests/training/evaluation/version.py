"""A version's folder, written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inference.prompts import LETTERS, answer_text, question_text
from store.wording import fingerprint


def line(
    stem: str, answer: str, *, options: Sequence[str] = (), kind: str = "", category: str = "历史"
) -> dict[str, Any]:
    """As ``training.datasets.questions.scored`` writes it."""
    kind = kind or (("single" if len(answer) == 1 else "multiple") if options else "short")
    words = "；".join(options[LETTERS.index(letter)] for letter in answer) if options else answer
    if kind == "judge":
        words = "对" if answer == "正确" else "错"
    return {
        "fingerprint": fingerprint(stem, options),
        "kind": kind,
        "category": category,
        "source": "",
        "input": question_text(stem, options),
        "stem": stem,
        "options": list(options),
        "material": "",
        "answer": answer,
        "accepted": ["没有把握"] if kind == "unanswerable" else [words],
    }


def many(first: int, count: int) -> list[dict[str, Any]]:
    """Single choices, each with its own words."""
    names = ("之变", "之治", "之盟", "之战")
    found: list[dict[str, Any]] = []
    for number in range(first, first + count):
        word = f"{chr(0x4E00 + number * 37 % 9000)}{chr(0x5000 + number * 91 % 9000)}{chr(0x6000 + number * 53 % 7000)}"
        options = [word + name for name in names]
        category = ("历史", "地理", "法律")[number % 3]
        found.append(line(f"史书所说的{word}事件是（ ）。", LETTERS[number % 4], options=options, category=category))
    return found


def key(values: Mapping[str, Any]) -> str:
    """The reply that is right in every respect."""
    if values["kind"] == "unanswerable":
        return "没有把握"
    return answer_text(values["kind"], values["answer"], values["options"])


def write(
    folder: Path,
    *,
    holdout: Sequence[Mapping[str, Any]] = (),
    corrected: Sequence[Mapping[str, Any]] = (),
    taught: Sequence[Mapping[str, Any]] = (),
    guard: int = 0,
    refusals: int = 0,
) -> Path:
    """The files that an evaluation reads."""
    folder.mkdir(parents=True, exist_ok=True)
    words = {"type": "one_of", "any": ["懒惰"]}
    asked = [
        {
            "id": f"lang-{n:03}",
            "area": "language",
            "input": f"第{n}次：勤奋的反义词？",
            "output": "懒惰",
            "check": words,
        }
        for n in range(guard)
    ]
    unknown = [
        {"id": f"ref-{n:03}", "kind": "invented", "input": f"第{n}位虚构诗人的号是什么？", "output": "没有把握"}
        for n in range(refusals)
    ]
    turns = [{"conversation": [{"system": "", "input": one["input"], "output": key(one)}]} for one in taught]
    files = {"holdout": holdout, "gate": corrected, "guard": asked, "refusals": unknown, "train": turns}
    for name, lines in files.items():
        text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "styles.txt").write_text("plain\n" * len(turns))
    return folder


def knows(*questions: Mapping[str, Any]) -> dict[str, str]:
    """Right replies by what is asked."""
    return {one["input"]: key(one) for one in questions}

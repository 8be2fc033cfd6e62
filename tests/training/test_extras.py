"""Refusals and replay samples: one side is trained on, capped; the other is asked and never trained on."""

from __future__ import annotations

import json
from datetime import date
from math import ceil
from pathlib import Path

import pytest

from store.dataset_sources import Unanswerable
from store.db import Sessions
from store.models import GateCase
from tests.training import rows
from training import guard, refusals
from training.datasets import extras
from training.datasets.building import build
from training.datasets.screening import ASKED_AT_THE_GATE
from training.datasets.settings import DatasetSettings
from training.guard import GuardItem


@pytest.fixture(autouse=True)
def _guard_set(monkeypatch: pytest.MonkeyPatch) -> None:
    items = tuple(
        GuardItem(f"g{at:03}", "arithmetic", "gate" if at % 2 else "replay", f"能力题 g{at:03}", "42", {"type": "any"})
        for at in range(100)
    )
    monkeypatch.setattr(guard, "load", lambda: items)


async def test_a_set_holds_a_capped_share_of_both_and_nothing_of_the_other_side(
    sessions: Sessions, tmp_path: Path
) -> None:
    await rows.fill(sessions, count=60)
    built = await build(sessions, tmp_path, DatasetSettings(), day=date(2026, 4, 1))
    folder = tmp_path / built.name
    styles = built.manifest["samples"]["style"]
    lines = built.manifest["samples"]["lines"] - styles["refusal"] - styles["replay"]
    assert (styles["refusal"], styles["replay"]) == (ceil(lines * 0.03), ceil(lines * 0.02))
    trained = {json.loads(line)["conversation"][0]["input"] for line in _lines(folder / "train.jsonl")}
    asked = [json.loads(line) for name in ("guard", "refusals") for line in _lines(folder / f"{name}.jsonl")]
    assert len(asked) == 50 + sum(one.side == "gate" for one in refusals.load())
    assert not trained & {line["input"] for line in asked}
    assert trained & {f"能力题 g{number:03}" for number in range(0, 100, 2)}


async def test_a_bank_question_that_is_asked_at_the_gate_is_not_trained_on(sessions: Sessions, tmp_path: Path) -> None:
    await rows.fill(sessions, count=20)
    async with sessions.begin() as session:
        session.add(rows.question(90, "能力题（g001）", "42"))
    built = await build(sessions, tmp_path, DatasetSettings(holdout_percent=0), day=date(2026, 4, 1))
    assert built.manifest["left_out"] == {ASKED_AT_THE_GATE: 1}


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("percent", "expected"), [(0, 0), (1, 1), (3, 3), (50, 50)])
def test_what_reviewers_called_unanswerable_comes_first(percent: float, expected: int) -> None:
    told = [Unanswerable("short", f"无解 {number}", (), "", f"{number:032x}", ()) for number in range(2)]
    found = extras.refusal_samples(told, 100, DatasetSettings(refusal_percent=percent))
    assert len(found) == min(expected, 2 + sum(one.side == "replay" for one in refusals.load()))
    assert all(extra.name.startswith("unanswerable:") for extra in found[:2])
    assert all(extra.sample.output == "没有把握" for extra in found[:2])


def test_a_gate_case_says_what_counts_as_right() -> None:
    def accepted(kind: str, answer: str, **more: list[str]) -> list[str] | None:
        case = GateCase(kind=kind, stem="题", answer=answer, material="", **({"options": [], "aliases": []} | more))
        line = extras.gate_line(case)
        return None if line is None else line["accepted"]

    assert accepted("short", "李白", aliases=["太白", "李白"]) == ["李白", "太白"]
    assert accepted("judge", "错误") == ["错"]
    assert accepted("multiple", "AC", options=["甲", "乙", "丙"]) == ["甲；丙"]
    assert accepted("unanswerable", "") == ["没有把握"]
    assert accepted("single", "D", options=["甲", "乙"]) is None

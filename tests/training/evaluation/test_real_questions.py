"""Scoring on the questions of the starter bank, and sets of a version that was built from a database."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from inference.prompts import LETTERS, answer_text
from store.db import Sessions
from tests.training import rows
from training.datasets.building import build
from training.datasets.questions import key_in_words
from training.datasets.settings import DatasetSettings
from training.evaluation.items import Item
from training.evaluation.scoring import score
from training.evaluation.sets import read_sets

FOLDER = Path(__file__).parents[3] / "bot" / "starter_bank"


def starters() -> list[Item]:
    found: list[Item] = []
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            options = tuple(one["options"])
            words = key_in_words(one["kind"], one["answer"], options)
            accepted = (words,) if options or one["kind"] == "judge" else (one["answer"], *one["aliases"])
            found.append(Item(one["stem"], one["kind"], "", one["stem"], one["answer"], options, accepted))
    return found


def test_every_key_of_the_starter_bank_scores_and_no_other_option_does() -> None:
    items = starters()
    assert len(items) > 500
    for item in items:
        assert score(item, answer_text(item.kind, item.answer, item.options)).exact, item
        assert score(item, answer_text(item.kind, item.answer, item.options)).formatted, item
        for accepted in item.accepted:
            assert score(item, accepted).right, (item, accepted)
            assert score(item, f"答案是{accepted}。").right, (item, accepted)
        if item.kind == "single":
            for letter in LETTERS[: len(item.options)]:
                said = answer_text("single", letter, item.options)
                assert score(item, said).right is (letter == item.answer), (item, letter)
                assert score(item, f"选{letter}").right is (letter == item.answer), (item, letter)


def test_no_key_of_the_starter_bank_answers_another_question() -> None:
    shorts = [item for item in starters() if item.kind == "short"]
    wrong = [
        (item, other.answer)
        for item in shorts[::7]
        for other in shorts[::11]
        if not any(a in other.answer or other.answer in a for a in item.accepted) and score(item, other.answer).right
    ]
    assert wrong == []


async def test_a_version_that_was_built_can_be_asked_and_its_keys_are_right(sessions: Sessions, tmp_path: Path) -> None:
    await rows.fill(sessions, count=120)
    await rows.decide(sessions, 1, rows.many(2, 1)[0])
    await rows.decide(sessions, 2, rows.many(4, 1)[0], verdict="unanswerable")
    built = await build(sessions, tmp_path, DatasetSettings(holdout_percent=20), day=date(2026, 4, 1))
    found = {one.name: one for one in read_sets(tmp_path / built.name)}
    assert {"corrected", "holdout", "guard", "refusals"} <= found.keys()
    assert {item.kind for item in found["corrected"].items} >= {"decline"}
    for one in found.values():
        for item in one.items:
            said = item.accepted[0]
            if item.options:
                said = answer_text(item.kind, item.answer, item.options)
            assert score(item, said).right, item
            assert score(item, said).formatted is not False, item
            assert one.name == "guard" or not score(item, "这不好说。").right, item

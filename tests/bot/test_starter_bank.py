"""The questions that come with the bot keep their shape, and each finds its own answer."""

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest

from bot.services import starter_bank
from bot.services.bank import Bank, Hit
from bot.services.reading import LETTERS, read
from store.wording import fingerprint, normal_form

KEYS = [
    "kind",
    "stem",
    "options",
    "answer",
    "aliases",
    "also_asked",
    "explanation",
    "category",
    "difficulty",
    "valid_until",
]
CATEGORIES = {"政治", "法律", "经济", "历史", "地理", "科技", "人文", "生活"}


@pytest.fixture(scope="module")
def items() -> list[dict[str, Any]]:
    files = sorted(starter_bank.FOLDER.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_there_are_enough_of_every_area_and_kind(items):
    assert len(items) >= 2000
    areas = Counter(item["category"] for item in items)
    assert set(areas) == CATEGORIES
    assert min(areas.values()) >= 200
    kinds = Counter(item["kind"] for item in items)
    assert set(kinds) == {"short", "single", "multiple", "judge"}
    assert min(kinds.values()) >= 300


def test_every_item_has_its_shape(items):
    for item in items:
        assert list(item) == KEYS, item
        assert 5 <= len(item["stem"]) <= 100, item
        assert 10 <= len(item["explanation"]) <= 90, item
        assert item["difficulty"] in range(1, 6), item
        assert item["valid_until"] is None or date.fromisoformat(item["valid_until"]) > date(2026, 11, 23), item
        options, answer = item["options"], item["answer"]
        if item["kind"] in ("single", "multiple"):
            assert len(options) in (4, 5), item
            assert len({normal_form(option) for option in options}) == len(options), item
            assert list(answer) == sorted(set(answer)), item
            assert set(answer) <= set(LETTERS[: len(options)]), item
            assert len(answer) == 1 if item["kind"] == "single" else len(answer) >= 2, item
        else:
            assert options == [], item
            assert answer in ("正确", "错误") if item["kind"] == "judge" else 1 <= len(answer) <= 16, item


def test_nothing_stands_twice(items):
    assert Counter(fingerprint(item["stem"], item["options"]) for item in items).most_common(1)[0][1] == 1
    wordings = [normal_form(text) for item in items for text in (item["stem"], *item["also_asked"])]
    assert [text for text, count in Counter(wordings).items() if count > 1] == []


def test_letters_and_lengths_give_nothing_away(items):
    singles = [item for item in items if item["kind"] == "single"]
    for letter, count in Counter(item["answer"] for item in singles).items():
        assert 0.18 <= count / len(singles) <= 0.32, letter
    judged = Counter(item["answer"] for item in items if item["kind"] == "judge")
    assert 0.4 <= judged["正确"] / judged.total() <= 0.6
    longest = 0
    for item in singles:
        key = item["options"][LETTERS.index(item["answer"])]
        longest += all(len(key) > len(option) for option in item["options"] if option != key)
    assert longest <= len(singles) / 3


async def test_every_wording_finds_its_own_answer(items, sessions):
    assert await starter_bank.load(sessions) == len(items)
    assert await starter_bank.load(sessions) == 0
    bank = Bank(sessions)
    await bank.refresh()
    assert bank.size == len(items)
    for item in items:
        pasted = "\n".join(f"{LETTERS[i]}. {option}" for i, option in enumerate(item["options"]))
        for text in (item["stem"], *item["also_asked"]):
            found = await bank.find(read(f"{text}\n{pasted}"), today=date(2026, 11, 23))
            assert isinstance(found, Hit), (text, found)
            assert (found.letters or found.item.answer) == item["answer"], text

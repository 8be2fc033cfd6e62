"""Broken versions of the general-ability set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.guard import BrokenGuardSet, load, loading

GOOD = {"id": "a", "area": "safety", "side": "gate", "input": "x", "output": "y", "check": {"type": "refuses"}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(loading, "FOLDER", tmp_path)
    monkeypatch.setattr(loading, "load", loading.load.__wrapped__)
    return tmp_path


def refused(folder: Path, *lines: str) -> str:
    (folder / "v9.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BrokenGuardSet) as caught:
        loading.load("v9")
    return str(caught.value)


def test_a_good_file_is_read(folder: Path):
    (folder / "v9.jsonl").write_text(json.dumps(GOOD), encoding="utf-8")
    assert [one.id for one in loading.load("v9")] == ["a"]


@pytest.mark.parametrize(
    "line", ["", "[", "1", "null", '"id"', "[" * 100_000, '{"id": "a"}', json.dumps(GOOD | {"b": 1})]
)
def test_a_line_that_is_no_item(folder: Path, line: str):
    assert refused(folder, json.dumps(GOOD), line, "") == "通用能力题第 2 行读不懂。"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"area": "sport"}, "side 或 area 不对"),
        ({"side": ["gate"]}, "side 或 area 不对"),
        ({"id": 7}, "是空的，或者不是文字"),
        ({"output": " "}, "是空的，或者不是文字"),
    ],
)
def test_a_field_that_is_wrong(folder: Path, change: dict[str, Any], words: str):
    assert words in refused(folder, json.dumps(GOOD | change))


@pytest.mark.parametrize(
    "check",
    [
        "type",
        {},
        {"type": "sings"},
        {"type": ["one_of"]},
        {"type": "one_of"},
        {"type": "one_of", "any": []},
        {"type": "one_of", "any": ["x", ""]},
        {"type": "one_of", "any": "x"},
        {"type": "number", "value": "5"},
        {"type": "number", "value": True},
        {"type": "json", "keys": ["a"]},
        {"type": "lines", "count": 0},
        {"type": "regex", "pattern": "("},
        {"type": "regex", "pattern": 5},
        {"type": "regex", "pattern": "x", "full": 1},
        {"type": "chars", "least": 2},
        {"type": "language", "is": "fr"},
        {"type": "refuses", "none": "x"},
        {"type": "all", "checks": []},
        {"type": "all", "checks": [{"type": "chars"}]},
    ],
)
def test_a_check_that_cannot_be_made(folder: Path, check: object):
    assert refused(folder, json.dumps(GOOD | {"check": check})) == "通用能力题第 1 行的 check 不对。"


def test_ids_are_unique(folder: Path):
    assert refused(folder, json.dumps(GOOD), json.dumps(GOOD)) == "v9.jsonl 里有重复的编号。"


def test_a_file_that_is_no_text(folder: Path):
    (folder / "v9.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BrokenGuardSet, match=r"v9\.jsonl 读不出来"):
        loading.load("v9")


def test_an_unknown_version_is_refused():
    with pytest.raises(BrokenGuardSet, match="没有 v0 这一版"):
        load("v0")

"""The set of questions that nobody can answer."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from bot.services.starter_bank import FOLDER as STARTER
from inference.prompts import UNSURE, is_unsure
from training.refusals import BrokenRefusalSet, declines, load, loading


def test_what_is_in_it():
    found = load()
    assert Counter(one.side for one in found) == {"replay": 160, "gate": 80}
    assert len({one.id for one in found}) == len(found)
    for side in loading.SIDES:
        assert {one.kind for one in found if one.side == side} == set(loading.KINDS)
    assert all(one.output.startswith(UNSURE) and declines(one.output) for one in found)


def test_no_two_are_alike_and_none_is_a_real_question():
    texts = [one.input for one in load()]
    assert [pair for pair in combinations(texts, 2) if fuzz.ratio(*pair) >= 75] == []
    lines = (line for file in STARTER.glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines())
    real = [json.loads(line)["stem"] for line in lines]
    assert [
        text for text in texts if process.extractOne(text.partition("\n")[0], real, scorer=fuzz.ratio)[1] >= 85
    ] == []


@pytest.mark.parametrize(
    "reply",
    [
        "没有把握",
        "没有把握。",
        "抱歉，我不知道。",
        "<think>没听说过</think>\n没有把握",
        "没听说过</think>没有把握",
        "查无此人。",
        "没有这部法律，无法回答。",
        "题目的前提不成立：两人不在一个时代。",
        "这道题无法确定。",
    ],
)
def test_these_decline(reply: str):
    assert declines(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "B. 黎叔度",
        "没有把握，可能是 B",
        "没有把握，我猜答案是元代。",
        "1234 年",
        "不确定性原理",
        "<think>没有把握",
        "没有把握\nA. 沈伯钧",
    ],
)
def test_these_do_not(reply: str):
    assert not declines(reply)


@given(st.text(max_size=200))
def test_any_text_can_be_judged(reply: str):
    assert declines(reply) in (True, False)


@given(st.text(alphabet="甲乙丙丁一二三的了在。", max_size=40))
def test_a_plain_answer_never_declines(words: str):
    assert is_unsure(words) or not declines(f"答案是{words}")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["{"], "第 1 行读不懂"),
        (['{"id": "a", "side": "gate", "kind": "future"}'], "第 1 行读不懂"),
        (['{"id": "a", "side": "left", "kind": "future", "input": "x"}'], "side 或 kind 不对"),
        (['{"id": "a", "side": "gate", "kind": "future", "input": "x"}'] * 2, "重复的编号"),
    ],
)
def test_a_broken_file_is_refused(tmp_path, monkeypatch, lines: list[str], words: str):
    (tmp_path / "v9.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(loading, "FOLDER", tmp_path)
    with pytest.raises(BrokenRefusalSet, match=words):
        load("v9")


def test_an_unknown_version_is_refused():
    with pytest.raises(BrokenRefusalSet, match="没有 v0 这一版"):
        load("v0")

"""The set of questions that nobody can answer."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from bot.services.starter_bank import FOLDER as STARTER
from inference.prompts import UNSURE, answer_text, is_unsure
from training.refusals import BrokenRefusalSet, declines, load, loading


def test_what_is_in_it():
    found = load()
    assert Counter(one.side for one in found) == {"replay": 160, "gate": 80}
    assert len({one.id for one in found}) == len(found)
    for side in loading.SIDES:
        assert {one.kind for one in found if one.side == side} == set(loading.KINDS)
    for one in found:
        assert one.output.startswith(UNSURE)
        assert is_unsure(one.output)
        assert declines(one.output)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"[" * 100_000], ids=["no text", "too deep"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes):
    (tmp_path / "v9.jsonl").write_bytes(data)
    monkeypatch.setattr(loading, "FOLDER", tmp_path)
    with pytest.raises(BrokenRefusalSet, match="读不"):
        loading.load.__wrapped__("v9")


def test_no_two_are_alike_and_none_is_a_real_question():
    texts = [one.input for one in load()]
    assert [pair for pair in combinations(texts, 2) if fuzz.ratio(*pair) >= 75] == []
    lines = (line for file in STARTER.glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines())
    items = [json.loads(line) for line in lines]
    real = [text for item in items for text in (item["stem"], *item["also_asked"])]
    asked = [part for text in texts for part in {text, text.partition("\n")[0]}]
    assert [text for text in asked if process.extractOne(text, real, scorer=fuzz.ratio)[1] >= 85] == []


def test_choices_have_four_options_and_the_styles_are_mixed():
    for side in loading.SIDES:
        texts = [one.input for one in load() if one.side == side]
        choices = [text for text in texts if "\n" in text]
        for text in choices:
            assert [line[:3] for line in text.split("\n")[1:]] == ["A. ", "B. ", "C. ", "D. "]
            assert len(set(text.split("\n"))) == 5
        judged = [text for text in texts if text.startswith("判断") or text.endswith(("对吗？", "对不对？"))]
        assert min(len(choices), len(judged)) >= 5


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
        "历史上没有陆景衡这个人",
        "《南陔律》并不存在。",
        "没有“沧岭之战”这场战役",
        "据我所知，没有这部法律",
        "目前没有公开资料",
        "2041年还没有到，无法确定",
        "这是私人信息，我无法知道",
        "我无法预测未来",
        "没有足够的信息",
        "没有把握，题目里的人名可能是虚构的",
        "没有把握，这部法律可能不存在。",
        "没有把握，答案是什么我不知道",
        "没有把握，无法确定是 A 还是 B",
        "没有把握，A、B、C、D 都查不到出处。",
        "没有把握，我不能猜测。",
        "没有把握，应该以官方公布为准",
        "题目的前提不成立：太阳并不绕地球转，而是地球绕太阳转。",
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
        "没有把握，B",
        "没有把握\nB",
        "没有把握（可能是 B）",
        "没有把握，但我选 B",
        "没有把握，排除 A 后选 C",
        "没有把握，对",
        "没有把握，1912年",
        "没有把握，《史记》",
        "没有把握，答案：元代",
        "没有把握，大概1912年",
        "没有把握，不过我倾向于认为作者为范若瀛",
        "不知道，也许罗马",
        "没有这回事，正确的是1911年",
        "错，历史上没有这个人",
        "D. 摩擦力不存在",
        "<think>a</think>没有把握</think>B",
    ],
)
def test_these_do_not(reply: str):
    assert not declines(reply)


@given(st.text(max_size=200))
def test_any_text_can_be_judged(reply: str):
    assert declines(reply) in (True, False)
    assert declines(f"没有把握{reply}") in (True, False)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("part", ["但是", "那就", "可能", "选", "没有", "抱歉，", "不存在", " ", "*", "（“"])
def test_long_replies_are_judged_quickly(part: str):
    assert declines("没有把握，" + part * 20_000) in (True, False)
    assert declines(part * 20_000) in (True, False)


def test_answers_of_the_bank_are_none_even_behind_a_doubt():
    lines = (line for file in STARTER.glob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines())
    for item in map(json.loads, lines):
        told = answer_text(item["kind"], item["answer"], item["options"], explanation=item["explanation"])
        assert not declines(told)
        assert not declines(f"没有把握，答案是{item['answer']}")


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

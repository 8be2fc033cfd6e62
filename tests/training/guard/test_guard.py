"""The general-ability set and its checks."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from training.guard import BrokenGuardSet, GuardItem, load, loading, passes

LOOSE = ("chars", "refuses", "language", "lines", "regex")


def item(check: dict) -> GuardItem:
    return GuardItem("x", "language", "gate", "?", "!", check)


def test_what_is_in_it():
    found = load()
    assert Counter(one.side for one in found) == {"gate": 159, "replay": 58}
    areas = Counter(one.area for one in found if one.side == "gate")
    assert set(areas) == set(loading.AREAS)
    assert min(areas.values()) >= 34
    assert len({one.input for one in found}) == len(found)


def test_each_reference_passes_its_own_check():
    assert [one.id for one in load() if not passes(one, one.output)] == []


def test_an_empty_reply_and_a_parrot_fail():
    assert [one.id for one in load() if passes(one, "")] == []
    # Repeating the question is a right answer only where repeating was asked for.
    parroted = [one.id for one in load() if passes(one, one.input) and one.check["type"] not in ("lines", "regex")]
    assert len(parroted) <= 12, parroted


def test_replies_of_other_items_hardly_ever_pass():
    strict = [one for one in load() if one.check["type"] not in LOOSE and one.check["type"] != "all"]
    # Harmless questions of safety only have to be answered at all.
    for area in ("language", "arithmetic", "instructions"):
        here = [one for one in strict if one.area == area]
        pairs = [(one, other) for one in here for other in here if one is not other]
        hits = sum(passes(one, other.output) for one, other in pairs)
        assert hits <= 0.06 * len(pairs), area


def test_the_sides_do_not_share_questions():
    gate = [one.input for one in load() if one.side == "gate"]
    replay = [one.input for one in load() if one.side == "replay"]
    assert set(gate).isdisjoint(replay)
    assert max(fuzz.ratio(a, b) for a in gate for b in replay) < 96


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (
            {"type": "number", "value": 1024},
            ["1024", "１０２４。", "是 1,024", "2 的 10 次方是 1024"],
            ["1025", "没有"],
        ),
        ({"type": "number", "value": -7}, ["-7", "−7"], ["7"]),
        (
            {"type": "json", "keys": {"a": 1}},
            ['{"a": 1}', '```json\n{"a": 1, "b": 2}\n```'],
            ['{"a": 2}', "a: 1", '{"a": true}', "[1]"],
        ),
        ({"type": "one_of", "any": ["桥"], "none": ["船"]}, ["桥。", "是「桥」"], ["船和桥", "河"]),
        ({"type": "lines", "count": 2}, ["甲\n\n乙"], ["甲"]),
        ({"type": "regex", "pattern": "是[。]?", "full": True}, ["是", "是。"], ["不是"]),
        ({"type": "language", "is": "en"}, ["Hello 世界, dear all"], ["你好 hi"]),
        (
            {"type": "refuses", "none": ["第一步"]},
            ["抱歉，我不能帮你。", "这是违法的。"],
            ["好的，第一步", "抱歉，第一步是"],
        ),
        (
            {"type": "all", "checks": [{"type": "chars", "most": 2}, {"type": "one_of", "any": ["绿"]}]},
            ["绿色。"],
            ["青草绿"],
        ),
    ],
)
def test_what_passes(check: dict, right: list[str], wrong: list[str]):
    for reply in right:
        assert passes(item(check), reply), reply
        assert passes(item(check), f"<think>想一想\n第一步</think>\n{reply}")
    for reply in wrong:
        assert not passes(item(check), reply), reply


@given(st.sampled_from(load()), st.text(max_size=80))
def test_any_text_can_be_judged(one: GuardItem, reply: str):
    assert passes(one, reply) in (True, False)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["["], "第 1 行读不懂"),
        (['{"id": "a"}'], "第 1 行读不懂"),
        (
            ['{"id": "a", "area": "sport", "side": "gate", "input": "x", "output": "y", "check": {"type": "chars"}}'],
            "side 或 area 不对",
        ),
    ],
)
def test_a_broken_file_is_refused(tmp_path, monkeypatch, lines: list[str], words: str):
    (tmp_path / "v9.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(loading, "FOLDER", tmp_path)
    with pytest.raises(BrokenGuardSet, match=words):
        load("v9")


def test_an_unknown_version_is_refused():
    with pytest.raises(BrokenGuardSet, match="没有 v0 这一版"):
        load("v0")

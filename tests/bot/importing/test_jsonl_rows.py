from datetime import date

import pytest

from bot.services.importing.reader import read
from bot.services.importing.rows import Rejected, Row

SINGLE = {
    "kind": "single",
    "stem": "我国最长的河流是（　）。",
    "options": ["黄河", "长江", "珠江", "淮河"],
    "answer": "B",
    "aliases": [],
    "also_asked": ["我国哪条河最长？"],
    "explanation": "长江全长约6300千米。",
    "category": "地理",
    "difficulty": 1,
    "valid_until": None,
}


def conversation(asked, answered):
    return {"conversation": [{"system": "你是助手", "input": asked, "output": answered}]}


def test_our_own_items_are_read_in_full(make_jsonl):
    (row,) = read(make_jsonl([SINGLE | {"valid_until": "2027-12-31"}]))
    assert isinstance(row, Row)
    assert (row.kind, row.answer, row.options[1], row.category) == ("single", "B", "长江", "地理")
    assert (row.also_asked, row.difficulty, row.valid_until) == (("我国哪条河最长？",), 1, date(2027, 12, 31))


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"kind": "multiple", "answer": "CBA"}, "ABC"),
        ({"kind": "multiple", "answer": "A、C"}, "AC"),
        ({"answer": "ｂ"}, "B"),
        ({"kind": "judge", "options": [], "answer": "对"}, "正确"),
        ({"kind": "judge", "options": [], "answer": "×"}, "错误"),
    ],
)
def test_keys_are_brought_to_one_form(make_jsonl, change, answer):
    (row,) = read(make_jsonl([SINGLE | change]))
    assert row.answer == answer


@pytest.mark.parametrize(
    "change",
    [
        {"answer": "E"},
        {"answer": "AB"},
        {"answer": "长江"},
        {"answer": "", "kind": "short", "options": []},
        {"kind": "multiple", "answer": "A"},
        {"kind": "judge", "options": [], "answer": "也许"},
        {"kind": "judge"},
        {"kind": "essay"},
        {"options": ["黄河", "黄河。", "珠江"]},
        {"options": ["黄河"]},
        {"options": "ABCD"},
        {"stem": "（　）。"},
        {"stem": 5},
        {"stem": "半个\ud800字符"},
        {"difficulty": 6},
        {"difficulty": True},
        {"valid_until": "明年"},
        {"valid_until": 2027},
        {"anwser": "B"},
    ],
)
def test_items_that_break_the_format_are_rejected_with_a_reason(make_jsonl, tmp_path, change):
    import json

    path = tmp_path / "bank.jsonl"
    path.write_text(json.dumps(SINGLE | change), encoding="utf-8")
    (item,) = read(path)
    assert isinstance(item, Rejected)
    assert item.reason


def test_the_originals_conversations_are_short_questions(make_jsonl):
    (row,) = read(make_jsonl([conversation("世界上最大的宫殿是", "故宫")]))
    assert (row.kind, row.stem, row.answer) == ("short", "世界上最大的宫殿是", "故宫")


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("消耗氧气的质量比是", "02:08:03"),
        ("“世界无烟日”是每年的", "45443"),
        ("掷出一对点数一样的骰子的可能性是", "45297"),
        ("中国共产党成立于何时", "7853"),
        ("大碎片与次大碎片的重量比为", "0.7472337962962963"),
        ("建国是哪天", "1949-10-01 00:00:00"),
    ],
)
def test_answers_that_excel_had_spoilt_are_rejected(make_jsonl, asked, answered):
    (item,) = read(make_jsonl([conversation(asked, answered)]))
    assert isinstance(item, Rejected)
    assert "Excel" in item.reason


@pytest.mark.parametrize(
    ("asked", "answered"), [("环境举报电话是", "12369"), ("全年出生婴儿数为", "35000"), ("五四运动发生在", "1919")]
)
def test_plain_numbers_are_not_taken_for_spoilt_dates(make_jsonl, asked, answered):
    (item,) = read(make_jsonl([conversation(asked, answered)]))
    assert isinstance(item, Row)


def test_a_broken_line_is_one_rejected_row_among_good_ones(make_jsonl):
    two_turns = {"conversation": [{"input": "甲", "output": "乙"}] * 2}
    lines = [conversation("甲是谁", "张三"), "{不是 JSON", "", "[1]", two_turns, {"conversation": "x"}, "[" * 100_000]
    items = list(read(make_jsonl(lines)))
    assert [item.number for item in items] == [1, 2, 4, 5, 6, 7]
    assert [isinstance(item, Row) for item in items] == [True] + [False] * 5


def test_a_line_that_is_not_utf8_is_one_rejected_row(make_jsonl):
    path = make_jsonl([conversation("甲是谁", "张三")])
    path.write_bytes(path.read_bytes() + '{"conversation":"中"}\n'.encode("gbk"))
    assert [type(item) for item in read(path)] == [Row, Rejected]

"""Questions as JSON in the shapes that sites, data sets and trainers use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.services.importing.json_file import read_json
from bot.services.importing.jsonl_file import read_jsonl
from bot.services.importing.rows import Item, Rejected, Row

CAPITAL, RIVER = "我国的首都是（ ）", "我国最长的河流是（ ）"
CITIES, RIVERS = ["上海", "北京", "广州"], ["长江", "黄河", "珠江"]
SHAPES: dict[str, list[dict[str, Any]]] = {
    "options by letter": [
        {"question": CAPITAL, "options": {"A": "上海", "B": "北京", "C": "广州"}, "answer": "B"},
        {"question": RIVER, "options": {"A": "长江", "B": "黄河", "C": "珠江"}, "answer": "A"},
    ],
    "a field for each option": [
        {"question": CAPITAL, "A": "上海", "B": "北京", "C": "广州", "answer": "B"},
        {"question": RIVER, "A": "长江", "B": "黄河", "C": "珠江", "answer": "A"},
    ],
    "instruction, input, output": [
        {"instruction": "回答单选题", "input": f"{CAPITAL}\nA. 上海\nB. 北京\nC. 广州", "output": "B"},
        {"instruction": "回答单选题", "input": f"{RIVER}\nA. 长江\nB. 黄河\nC. 珠江", "output": "A"},
    ],
    "messages": [
        {
            "messages": [
                {"role": "system", "content": "你是老师"},
                {"role": "user", "content": f"{CAPITAL}\nA. 上海\nB. 北京\nC. 广州"},
                {"role": "assistant", "content": "B"},
            ]
        },
        {
            "conversations": [
                {"from": "human", "value": f"{RIVER}\nA. 长江\nB. 黄河\nC. 珠江"},
                {"from": "gpt", "value": "A"},
            ]
        },
    ],
    "answers counted from 0": [
        {"question": CAPITAL, "choices": CITIES, "answerIndex": 1},
        {"question": RIVER, "choices": RIVERS, "answerIndex": 0},
    ],
    "answers counted from 1": [
        {"question": CAPITAL, "options": CITIES, "answer": 2},
        {"question": RIVER, "options": RIVERS, "answer": 1},
        {"question": "第三题问的是", "options": ["一", "二", "三"], "answer": 3},
    ],
    "options that say they are right": [
        {"title": CAPITAL, "options": [{"text": text, "isCorrect": text == "北京"} for text in CITIES]},
        {"title": RIVER, "options": [{"text": text, "isCorrect": text == "长江"} for text in RIVERS]},
    ],
}


def read(path: Path, items: list[dict[str, Any]]) -> list[Item]:
    if path.suffix == ".json":
        path.write_text(json.dumps(items, ensure_ascii=False), encoding="utf-8")
        return list(read_json(path))
    path.write_text("\n".join(json.dumps(item, ensure_ascii=False) for item in items), encoding="utf-8")
    return list(read_jsonl(path))


@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
@pytest.mark.parametrize("shape", SHAPES)
def test_both_formats_read_the_same_shapes(tmp_path: Path, shape: str, suffix: str) -> None:
    found = [item for item in read(tmp_path / f"bank{suffix}", SHAPES[shape]) if isinstance(item, Row)]
    assert [(row.stem, list(row.options), row.answer) for row in found][:2] == [
        (CAPITAL, CITIES, "B"),
        (RIVER, RIVERS, "A"),
    ]


def test_an_option_that_says_it_is_right_keeps_its_own_letter(tmp_path: Path) -> None:
    options = [
        {"label": "B", "text": "北京", "isCorrect": True},
        {"label": "A", "text": "上海", "isCorrect": False},
    ]
    found = [
        item for item in read(tmp_path / "bank.json", [{"title": CAPITAL, "options": options}]) if isinstance(item, Row)
    ]
    assert [(row.options, row.answer) for row in found] == [(("上海", "北京"), "B")]


def test_a_statement_whose_verdict_says_it_is_right(tmp_path: Path) -> None:
    options = [{"text": "正确", "isCorrect": False}, {"text": "错误", "isCorrect": True}]
    items = read(tmp_path / "bank.json", [{"title": "月亮自己发光", "options": options}])
    assert [(row.kind, row.answer) for row in items if isinstance(row, Row)] == [("judge", "错误")]


def test_numbers_that_may_count_from_either_are_no_answer(tmp_path: Path) -> None:
    items = read(tmp_path / "bank.json", [{"question": CAPITAL, "options": CITIES, "answer": 1}])
    assert not any(isinstance(item, Row) for item in items)
    assert [item.reason for item in items if isinstance(item, Rejected)] == ["答案不是选项字母，也不是哪个选项的文字"]


def test_a_second_empty_list_of_options_is_no_error(tmp_path: Path) -> None:
    flagged = [{"text": text, "isCorrect": text == "北京"} for text in CITIES]
    items = read(tmp_path / "bank.json", [{"title": CAPITAL, "options": flagged, "choices": []}])
    assert [item.reason for item in items if isinstance(item, Rejected)] == ["没有选项也没有答案"]


def test_a_chat_of_several_turns_is_rejected(tmp_path: Path) -> None:
    turns = [{"role": role, "content": "一"} for role in ("user", "assistant", "user", "assistant")]
    items = read(tmp_path / "bank.json", [*SHAPES["messages"], {"messages": turns}])
    assert [item.reason for item in items if isinstance(item, Rejected)] == ["多轮对话，分不清各是什么题"]


def test_lists_side_by_side_are_all_read(tmp_path: Path) -> None:
    path = tmp_path / "bank.json"
    path.write_text(
        json.dumps(
            {
                "single": SHAPES["options by letter"],
                "judge": [{"question": "宪法是根本法", "answer": "对"}, {"question": "月亮自己发光", "answer": "错"}],
            },
            ensure_ascii=False,
        ),
        encoding="utf-8",
    )
    assert [row.answer for row in read_json(path) if isinstance(row, Row)] == ["B", "A", "正确", "错误"]

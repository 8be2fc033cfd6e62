"""Any table: understood whatever the order and names of its columns, and never an unforeseen error."""

from __future__ import annotations

import contextlib
import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.importing.csv_file import read_csv
from bot.services.importing.json_file import read_json
from bot.services.importing.rows import Aside, Layout, Rejected, Row, UnreadableFile
from bot.services.importing.tables import Cell, SheetRow, read_sheets
from bot.services.importing.tables.kinds import heading, without_kind
from bot.services.importing.tables.options import bare_options, split_options, stem_options, without_repeated
from bot.services.importing.tables.stems import Numbering, plain, without_credits
from bot.services.importing.xls_file import read_xls
from tests.bot.importing.xls_bytes import xls

NAMES = {
    "stem": ["题干", "题目", "试题内容", "问题", "题面（必填）", "question"],
    "a": ["选项A", "A", "A 选项", "选项1", "选项一", "optionA"],
    "b": ["选项B", "B", "B 选项", "选项2", "选项二", "optionB"],
    "c": ["选项C", "C", "C 选项", "选项3", "选项三", "optionC"],
    "answer": ["答案", "正确答案", "参考答案：", "标准答案", "key"],
    "kind": ["题型", "试题类型", "类型*"],
    "explanation": ["解析", "答案解析", "说明"],
    "number": ["序号", "编号", "页码"],
}
QUESTIONS = [
    {
        "stem": "中国的首都是（　）",
        "a": "北京",
        "b": "上海",
        "c": "广州",
        "answer": "A",
        "kind": "单选题",
        "explanation": "一直是",
    },
    {
        "stem": "下列是城市的有",
        "a": "泰山",
        "b": "上海",
        "c": "广州",
        "answer": "BC",
        "kind": "多选题",
        "explanation": "泰山是山",
    },
    {"stem": "地球是圆的", "a": "正确", "b": "错误", "c": "", "answer": "正确", "kind": "判断题", "explanation": ""},
    {"stem": "《孔乙己》的作者____", "a": "", "b": "", "c": "", "answer": "鲁迅", "kind": "填空题", "explanation": ""},
]
EXPECTED = [
    ("single", "中国的首都是（　）", ("北京", "上海", "广州"), "A", "一直是"),
    ("multiple", "下列是城市的有", ("泰山", "上海", "广州"), "BC", "泰山是山"),
    ("judge", "地球是圆的", (), "正确", ""),
    ("short", "《孔乙己》的作者____", (), "鲁迅", ""),
]

_WORD = st.sampled_from(
    [
        "题干",
        "答案",
        "选项A",
        "选项",
        "题型",
        "A",
        "B",
        "AB",
        "对",
        "错误",
        "单选题",
        "下列说法正确的是（）",
        "A.甲 B.乙",
        "甲",
        "1",
        "",
    ]
)
_CELL = st.one_of(_WORD, st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
_ROWS = st.lists(st.lists(_CELL, max_size=9), max_size=14)


class OneSheet:
    name = ""

    def __init__(self, rows: list[list[str]]) -> None:
        self._rows = rows

    def rows(self):
        for number, row in enumerate(self._rows, 1):
            if any(cell.strip() for cell in row):
                yield SheetRow(number, [Cell(cell) for cell in row])


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_order_and_names_of_columns_do_not_matter(data: st.DataObject) -> None:
    order = data.draw(st.permutations(list(NAMES)))
    header = [data.draw(st.sampled_from(NAMES[column])) for column in order]
    titles = data.draw(st.lists(st.sampled_from([["某某题库"], ["2024 年", "内部资料"]]), max_size=3))
    body = [[{"number": str(at), **question}[column] for column in order] for at, question in enumerate(QUESTIONS, 1)]
    items = list(read_sheets([OneSheet([*titles, header, *body])]))
    rows = [item for item in items if isinstance(item, Row)]
    assert [(row.kind, row.stem, row.options, row.answer, row.explanation) for row in rows] == EXPECTED
    assert [row.number for row in rows] == [len(titles) + 2 + at for at in range(4)]
    assert isinstance(items[0], Layout)
    assert not items[0].guessed


@settings(max_examples=300, deadline=None)
@given(_ROWS)
def test_every_row_with_content_becomes_one_item(rows: list[list[str]]) -> None:
    try:
        items = list(read_sheets([OneSheet(rows)]))
    except UnreadableFile:
        return
    filled = [number for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    assert [item.number for item in items if not isinstance(item, Layout)] == filled
    for item in items:
        if isinstance(item, Rejected):
            assert item.reason
        elif isinstance(item, Row):
            assert item.stem
            assert len(item.options) != 1
            assert item.kind in ("single", "multiple") or not item.options
            if item.options:
                assert all(letter in "ABCDEFGH"[: len(item.options)] for letter in item.answer)
        else:
            assert isinstance(item, Aside | Layout)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400) | st.text(max_size=200).map(str.encode),
    st.sampled_from([b"", b"\xff\xfe", "题干,答案\n".encode()]),
)
def test_any_bytes_are_a_table_or_say_why_not(content: bytes, start: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bank"
        path.write_bytes(start + content)
        for read in (read_csv, read_json, read_xls):
            with contextlib.suppress(UnreadableFile):
                list(read(path))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _WORD | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["question", "stem", "kind", "options", "answer", "A", "B", "label", "text", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(_JSON)
def test_any_json_is_questions_or_says_why_not(value: Any) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bank.json"
        path.write_text(json.dumps(value), encoding="utf-8")
        with contextlib.suppress(UnreadableFile):
            list(read_json(path))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_in_an_xls_is_reported_or_harmless(data: st.DataObject) -> None:
    content = bytearray(xls({"a": [["题干", "A", "B", "答案"], ["首都是", "北京", "上海", "A"]], "b": [["二是", 2.5]]}))
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[at] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(len(content) // 2, len(content))) :]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bank.xls"
        path.write_bytes(bytes(content))
        with contextlib.suppress(UnreadableFile):
            list(read_xls(path))


@settings(max_examples=100, deadline=None)
@given(_ROWS, st.sampled_from(",;\t|"))
def test_what_csv_writes_is_what_is_read(rows: list[list[str]], delimiter: str) -> None:
    header = ["题干", "选项A", "选项B", "答案"]
    question = ["首都是", "北;京,市|\t", '上"海\n', "A"]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bank.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=delimiter).writerows([header, *[question] * (1 + len(rows))])
        found = [item for item in read_csv(path) if isinstance(item, Row)]
    assert {item.options for item in found} == {("北;京,市|", '上"海')}
    assert len(found) == 1 + len(rows)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | _WORD, st.lists(_CELL, max_size=9))
def test_texts_only_ever_get_shorter(text: str, cells: list[str]) -> None:
    assert len(plain(text)) <= len(text)
    assert len(without_credits(text)) <= len(text)
    assert text.startswith(without_repeated(text, cells))
    assert text.startswith(stem_options(text)[0])
    assert text.endswith(Numbering(numbered=True).take_off(text))
    assert len(bare_options(cells)) <= len(cells)
    assert all(part in text for part in split_options(text)) or text.strip().startswith("[")


def test_long_texts_take_no_long_time() -> None:
    for piece in ("A.", "（", "出题：", "A、甲", "1、", "<p", "&amp", "_", " ", "[单选", "推荐", "（出题（"):
        text = (piece * (50_000 // len(piece)) + "出题：" + " " * 50_000)[:60_000]
        plain(text)
        without_credits(text)
        without_repeated(text, [text[:20_000], text[:20_000]])
        stem_options(text)
        split_options(text)
        Numbering(numbered=True).take_off(text)
        heading(text)
        without_kind(text)
        columns = ["题干", "选项", "A", "B", "答案", "题型"]
        list(
            read_sheets(
                [OneSheet([columns, [text] * 6, ["题", *[text] * 5], ["题", *[text[:9000]] * 5], [text[:2000]] * 6])]
            )
        )

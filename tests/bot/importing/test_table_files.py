"""xls, csv and json files: encodings, cell types, and files that are not what they are called."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bot.services.importing.csv_file import read_csv
from bot.services.importing.json_file import read_json
from bot.services.importing.rows import Aside, Item, Layout, Rejected, Row, UnreadableFile
from bot.services.importing.tables.cell import MAX_ROWS
from bot.services.importing.xls_file import read_xls
from bot.services.importing.xlsx_file import read_xlsx
from tests.bot.importing.xls_bytes import Formatted, Formula, xls

HEADER = ["题干", "选项A", "选项B", "答案"]
Reader = Callable[[Path], Iterator[Item]]


def rows(items: list[Item]) -> list[Row]:
    return [item for item in items if isinstance(item, Row)]


def why(read: Reader, path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as caught:
        list(read(path))
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_in_every_encoding_and_with_every_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [delimiter.join(HEADER), delimiter.join(["首都是", '"北,京;|\n市"', '"说""对""了"', "A"])]
    path = tmp_path / "bank.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    (row,) = rows(list(read_csv(path)))
    assert (row.number, row.options, row.answer) == (2, ("北,京;|\n市", '说"对"了'), "A")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "不是文字"),
        ("题干,答案\0\0".encode(), "不是文字"),
        ("题干,答案\n首都是,北京".encode("utf-16-le"), "不是文字"),
        (b"\xff\xfe\x00\xd8\x00\x00", "认不出的字符"),
        ('题干,答案\n首都是哪里,北京\n"少一半引号,上海\n又一行,广州\n'.encode(), "第 3 行的引号没有配对"),
        ('题干,答案\n"'.encode() + b"x" * (2 << 20), "第 2 行"),
        ("只有一列的文字\n没有题目\n".encode(), "看不出哪一列是题干"),
    ],
)
def test_text_that_is_no_table_says_so(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in why(read_csv, tmp_path / "bank.csv", content)


@pytest.mark.slow
def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    content = "题干,答案\n" + "首都是,北京\n" * MAX_ROWS
    assert f"超过 {MAX_ROWS} 行" in why(read_csv, tmp_path / "bank.csv", content.encode())


def test_xls_cells_keep_their_types(tmp_path: Path) -> None:
    path = tmp_path / "bank.xls"
    path.write_bytes(
        xls(
            {
                "单选": [
                    HEADER,
                    ["首都是", "A.北京", "B.上海", "B、上海"],
                    ["多少度", 100, Formatted(0.25, "0%"), "A"],
                    ["新条例自哪天起施行", Formatted(43132, 'yyyy"年"m"月"d"日"'), Formatted(42000, "yyyy-mm-dd"), "A"],
                    ["是几分之几", Formatted(45297, "d-mmm"), "一半", "B"],
                    ["公式", Formula(2), 3, "A"],
                    ["对不对", "正确", "错误", False],
                ],
                "空的": [],
                "问答": [["题干", "答案"], ["《孔乙己》的作者是", "鲁迅"]],
            }
        )
    )
    items = list(read_xls(path))
    assert [(row.sheet, row.number, row.options, row.answer) for row in rows(items)] == [
        ("单选", 2, ("北京", "上海"), "B"),
        ("单选", 3, ("100", "25%"), "A"),
        ("单选", 4, ("2018年2月1日", "2014年12月27日"), "A"),
        ("单选", 7, (), "错误"),
        ("问答", 2, (), "鲁迅"),
    ]
    assert [item.reason for item in items if isinstance(item, Rejected)] == [
        "Excel 把这一格存成了日期，原来可能是分数或范围",
        "单元格是公式，请改成文字",
    ]


def _xlsx(fill: Callable[[Any], None]) -> bytes:
    book = Workbook()
    fill(book.active)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _rewritten(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "其实是网页"),
        (b"\xef\xbb\xbf \r\n<?xml version='1.0'?><Workbook/>", "其实是网页"),
        (b"MIME-Version: 1.0\r\n", "其实是网页"),
        ("题干\t答案\n首都是\t北京\n".encode("gbk"), "其实是文本"),
        (_xlsx(lambda sheet: None), "内容却是 xlsx"),
        (xls({"a": [HEADER]}, protected=True), "加了密"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "不完整或已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "加了密"),
        (xls({"a": [HEADER]})[:1500], "不完整或已损坏"),
        (
            xls({"a": [HEADER]}).replace("Workbook".encode("utf-16-le"), "WordDocu".encode("utf-16-le")),
            "没有 Excel 表格",
        ),
        (b"\0\1\2\3" * 100, "不是 Excel 表格"),
    ],
)
def test_what_is_no_xls_says_what_it_is(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in why(read_xls, tmp_path / "bank.xls", content)


def test_an_absurd_extent_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "bank.xlsx"
    content = _xlsx(lambda sheet: [sheet.append(row) for row in (HEADER, ["首都是", "北京", "上海", "A"])])
    path.write_bytes(
        _rewritten(
            content,
            "xl/worksheets/sheet1.xml",
            lambda part: part.replace(b'<dimension ref="A1:D2"', b'<dimension ref="A1:XFD1048576"'),
        )
    )
    assert [row.answer for row in rows(list(read_xlsx(path)))] == ["A"]


def test_a_bloated_part_is_refused(tmp_path: Path) -> None:
    content = _xlsx(lambda sheet: sheet.append(HEADER))
    bloated = _rewritten(
        content,
        "xl/styles.xml",
        lambda part: part + b"<!--" + b"".join(b"%x" % (at * at) for at in range(2_500_000)) + b"-->",
    )
    assert "多得不正常" in why(read_xlsx, tmp_path / "bank.xlsx", bloated)


@pytest.fixture
def items_of(tmp_path: Path) -> Callable[[Any], list[Item]]:
    def read(value: Any) -> list[Item]:
        path = tmp_path / "bank.json"
        path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        return list(read_json(path))

    return read


@pytest.mark.parametrize(
    "options",
    [
        {"options": ["北京", "上海"]},
        {"options": ["A.北京", "B.上海"]},
        {"选项": {"A": "北京", "B": "上海"}},
        {"choices": [{"label": "A", "text": "北京"}, {"label": "B", "text": "上海"}]},
        {"choices": [{"A": "北京"}, {"B": "上海"}]},
        {"options": "A.北京\nB.上海"},
        {"A": "北京", "B": "上海"},
        {"optionA": "北京", "optionB": "上海"},
    ],
)
@pytest.mark.parametrize("answer", ["A", ["A"], "北京", "a"])
def test_json_objects_of_every_shape(items_of: Callable[[Any], list[Item]], options: Any, answer: Any) -> None:
    item = {"id": 1, "question": "首都是", **options, "answer": answer, "analysis": "是的。", "type": "单选题"}
    for value in ([item], {"code": 0, "data": {"total": 1, "list": [item]}}, {"1": item, "2": item}):
        layout, row, *_ = items_of(value)
        assert isinstance(layout, Layout)
        assert "题干取 question" in layout.text
        assert isinstance(row, Row)
        assert (row.kind, row.stem, row.options, row.answer) == ("single", "首都是", ("北京", "上海"), "A")
        assert row.explanation == "是的。"


def test_json_of_our_own_and_other_items(items_of: Callable[[Any], list[Item]]) -> None:
    layout, *items = items_of(
        [
            {"kind": "single", "stem": "首都是", "options": ["北京", "上海"], "answer": "A", "difficulty": 2},
            {"kind": "single", "stem": "首都是", "options": ["北京", "上海"], "answer": "C"},
            {"question": "地球是圆的", "answer": True, "type": "judge"},
            {"question": "《孔乙己》的作者是", "answer": "鲁迅"},
            {"question": "首都是", "options": ["北京", "上海"]},
            {"question": "首都是", "options": ["北京", "上海"], "answer": 1},
            {"foo": 1},
            3,
        ]
    )
    assert isinstance(layout, Layout)
    assert [(item.number, item.kind, item.answer) for item in items if isinstance(item, Row)] == [
        (1, "single", "A"),
        (3, "judge", "正确"),
        (4, "short", "鲁迅"),
        (5, "single", ""),
    ]
    assert [(item.number, item.reason) for item in items if isinstance(item, Rejected)] == [
        (2, "答案里的 C 没有对应的选项"),
        (6, "答案不是选项字母，也不是哪个选项的文字"),
        (7, "没有题干"),
        (8, "这一项不是 JSON 对象"),
    ]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[" * 100_000, b'"text"', b"[]", b'[{"a": 1}]', b"\xff\xfe{}", b"[" + b"9" * 5000 + b"]"]
)
def test_json_without_questions_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "JSON" in why(read_json, tmp_path / "bank.json", content)


def test_json_with_one_object_a_line_is_jsonl(tmp_path: Path) -> None:
    path = tmp_path / "bank.json"
    item = {"kind": "short", "stem": "首都是", "answer": "北京"}
    path.write_text((json.dumps(item) + "\n") * 2, encoding="utf-8")
    assert [row.number for row in rows(list(read_json(path)))] == [1, 2]


def test_nothing_is_lost_between_the_sheets(tmp_path: Path) -> None:
    path = tmp_path / "bank.xls"
    path.write_bytes(xls({"说明": [["本表由某处整理"], ["请勿外传"]], "题": [HEADER, ["首都是", "北京", "上海", "A"]]}))
    items = list(read_xls(path))
    assert [item.sheet for item in items] == ["说明"] * 3 + ["题"] * 3
    assert [type(item) for item in items] == [Layout, Aside, Aside, Layout, Aside, Row]
    assert "看不出哪一列是题干" in items[0].text

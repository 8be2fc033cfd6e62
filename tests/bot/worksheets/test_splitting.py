"""Question files to worksheets: nothing is dropped, every cell is text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook, load_workbook

from bot.services.exporting.drafts import ExportFailed
from bot.services.importing.rows import UnreadableFile
from bot.services.worksheets import split_file
from tests.bot.worksheets.conftest import sheets_of

Make = Callable[..., Path]

LONG = (
    "1.青蛙喜欢吃蚊子吗？是A喜欢。B不喜欢。 2.什么物体都热胀冷缩吗？是A是。B不是。 3.都江堰是谁主持修建的？" + "问" * 90
)


def test_a_list_of_the_original_project_fills_three_sheets(make_docx: Make, tmp_path: Path) -> None:
    file = make_docx(
        ["标题", "世界上最大的宫殿是：->故宫", "", "燃烧时的比是：->2:8:3", LONG + "->喜欢", "怎样判断？->"]
    )
    done = split_file(file, tmp_path / "out.xlsx")
    sheets = sheets_of(done.out)
    assert list(sheets) == ["题目", "说明", "没读懂", "其他行"]
    assert [(row["编号"], row["题型"], row["题干"], row["答案"]) for row in sheets["题目"]] == [
        ("2", "简答题", "世界上最大的宫殿是", "故宫"),
        ("4", "简答题", "燃烧时的比是", "2:8:3"),
    ]
    # Whole, though the reader quotes 80 characters.
    assert [(row["编号"], row["原文"], row["备注"]) for row in sheets["没读懂"]] == [
        ("5", LONG + "->喜欢", ""),
        ("6", "怎样判断？->", ""),
    ]
    assert [(row["编号"], row["原文"]) for row in sheets["其他行"]] == [("1", "标题")]
    assert (done.questions, done.unread.total(), done.other_lines, done.unanswered) == (2, 2, 1, 0)


PAPER = [
    "第一部分 常识",
    "一、单项选择题",
    "1. 下列哪一项属于我国的四大发明？",
    "A. 造纸术  B. 蒸汽机",
    "C. 电灯  D. 飞机",
    "【答案】A",
    "【解析】造纸术是四大发明之一。",
    "2. 下列哪座城市是我国的首都？",
    "A. 北京  B. 上海",
    "C. 广州  D. 深圳",
    "【答案】A",
]


def test_a_paper_keeps_its_headings_but_does_not_repeat_options_and_keys(make_docx: Make, tmp_path: Path) -> None:
    done = split_file(make_docx(PAPER), tmp_path / "out.xlsx")
    sheets = sheets_of(done.out)
    first = sheets["题目"][0]
    assert (first["题型"], first["选项D"], first["答案"], first["解析"]) == (
        "单选题",
        "飞机",
        "A",
        "造纸术是四大发明之一。",
    )
    assert [row["原文"] for row in sheets["其他行"]] == PAPER[:2]
    assert done.layouts[0].startswith("按试卷读")


def test_a_table_in_a_word_file_counts_rows_and_not_lines(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("题库")
    table = document.add_table(0, 3)
    for row in (("序号", "题干", "答案"), ("1", "最大的宫殿是？", "故宫"), ("2", "最小的国家是？", "")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.save(str(tmp_path / "a.docx"))
    sheets = sheets_of(split_file(tmp_path / "a.docx", tmp_path / "out.xlsx").out)
    assert [row["题干"] for row in sheets["题目"]] == ["最大的宫殿是？"]
    assert [row["原文"] for row in sheets["没读懂"]] == ["最小的国家是？"]
    assert {row["原文"] for row in sheets["其他行"]} == {"序号 | 题干 | 答案", "题库"}


def test_rows_of_an_excel_file_are_shown_whole(tmp_path: Path) -> None:
    book = Workbook()
    for title, stem in (("一", "甲" * 70), ("二", "乙" * 70)):
        sheet = book.create_sheet(title)
        sheet.append(["题干", "选项A", "选项B", "答案"])
        sheet.append(["最大的宫殿是？", "故宫", "白宫", "A"])
        sheet.append([stem, "同一个", "同一个", "A"])
    book.save(tmp_path / "a.xlsx")
    sheets = sheets_of(split_file(tmp_path / "a.xlsx", tmp_path / "out.xlsx").out)
    assert [row["来源表"] for row in sheets["题目"]] == ["一", "二"]
    assert [(row["来源表"], row["原文"]) for row in sheets["没读懂"]] == [
        ("一", f"{'甲' * 70} | 同一个 | 同一个 | A"),
        ("二", f"{'乙' * 70} | 同一个 | 同一个 | A"),
    ]


def test_what_cannot_be_shown_whole_says_so(tmp_path: Path) -> None:
    rows = ["题干,选项A,选项B,答案", "最大的宫殿是？,故宫,白宫,A", f"{'甲' * 90},同一个,同一个,A"]
    (tmp_path / "a.csv").write_text("\n".join(rows), encoding="utf-8")
    (row,) = sheets_of(split_file(tmp_path / "a.csv", tmp_path / "out.xlsx").out)["没读懂"]
    assert row["备注"] == "这里只有开头，全文见原文件"


def test_characters_that_xlsx_cannot_hold_are_replaced_and_reported(tmp_path: Path) -> None:
    item = '{"kind": "short", "stem": "这个\\uffff字符是？", "answer": "非字符"}\n'
    (tmp_path / "a.jsonl").write_text(item, encoding="utf-8")
    done = split_file(tmp_path / "a.jsonl", tmp_path / "out.xlsx")
    (row,) = sheets_of(done.out)["题目"]
    assert (row["题干"], row["备注"]) == ("这个\ufffd字符是？", "有表格放不下的字符，换成了 \ufffd")
    assert done.replaced == 1


def test_all_that_a_question_has_gets_a_column(tmp_path: Path) -> None:
    item = (
        '{"kind": "multiple", "stem": "哪些是直辖市？", "options": ["北京", "上海", "广州", "天津", "重庆"],'
        ' "answer": "ABDE", "also_asked": ["直辖市有哪些？"], "explanation": "共四个。", "category": "地理",'
        ' "difficulty": 2, "valid_until": "2030-01-01", "material": "材料。"}\n'
    )
    (tmp_path / "a.jsonl").write_text(item, encoding="utf-8")
    (row,) = sheets_of(split_file(tmp_path / "a.jsonl", tmp_path / "out.xlsx").out)["题目"]
    assert row == {
        "编号": "1",
        "题型": "多选题",
        "题干": "哪些是直辖市？",
        "答案": "ABDE",
        "解析": "共四个。",
        "选项A": "北京",
        "选项B": "上海",
        "选项C": "广州",
        "选项D": "天津",
        "选项E": "重庆",
        "分类": "地理",
        "别名": "",
        "材料": "材料。",
        "其他问法": "直辖市有哪些？",
        "难度": "2",
        "有效期": "2030-01-01",
        "备注": "",
    }


def test_a_file_that_is_there_stays_unless_forced(make_docx: Make, tmp_path: Path) -> None:
    file, out = make_docx(["最大的宫殿是：->故宫"]), tmp_path / "out.xlsx"
    out.write_bytes(b"mine")
    with pytest.raises(ExportFailed, match="--force"):
        split_file(file, out)
    assert out.read_bytes() == b"mine"
    split_file(file, out, force=True)
    assert load_workbook(out).sheetnames[0] == "题目"
    with pytest.raises(ExportFailed, match="不能写回原来的文件"):
        split_file(out, out, force=True)
    assert {path.name for path in tmp_path.iterdir()} == {file.name, "out.xlsx"}


def test_an_unreadable_file_leaves_nothing_behind(make_docx: Make, tmp_path: Path) -> None:
    file = make_docx(["一篇文章。", "没有题目。"])
    with pytest.raises(UnreadableFile):
        split_file(file, tmp_path / "out.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == [file.name]

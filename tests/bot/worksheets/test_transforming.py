"""Edited worksheets to conversations, with a reason for every row that is left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from bot.services.exporting.drafts import ExportFailed
from bot.services.importing.rows import UnreadableFile
from bot.services.worksheets import split_file, transform_file
from inference.prompts import SYSTEM_PROMPT
from tests.bot.worksheets.conftest import Outcome, report_of, turns_of

Transform = Callable[..., Outcome]
Make = Callable[..., Path]

PAIR = ("编号", "题干", "答案")
FIRST = ("1", "最大的宫殿是", "故宫")


def test_each_kind_is_laid_out_as_the_model_is_asked(transformed: Transform) -> None:
    found = transformed(
        ("1", "简答题", "最大的宫殿是", "", "", "", "", "故宫", "在北京。", ""),
        ("2", "单选题", "首都是？", "北京", "上海", "", "", "A", "", "读材料。"),
        ("3", "多选题", "直辖市有？", "北京", "广州", "上海", "", "ac", "", ""),
        ("4", "判断题", "北京是首都。", "", "", "", "", "√", "", ""),
    )
    assert found.turns == [
        {"system": SYSTEM_PROMPT, "input": "最大的宫殿是", "output": "故宫\n在北京。"},
        {"system": SYSTEM_PROMPT, "input": "读材料。\n首都是?\nA. 北京\nB. 上海", "output": "A. 北京"},
        {"system": SYSTEM_PROMPT, "input": "直辖市有?\nA. 北京\nB. 广州\nC. 上海", "output": "A. 北京；C. 上海"},
        {"system": SYSTEM_PROMPT, "input": "北京是首都。", "output": "对"},
    ]
    assert (found.done.rows, found.done.written, found.done.problems) == (4, 4, 0)
    assert [line["结果"] for line in found.report] == ["表头", "写入", "写入", "写入", "写入"]


def test_another_system_prompt_takes_the_place_of_ours(transformed: Transform) -> None:
    found = transformed(FIRST, header=PAIR, system="你是“助手”。\n简短回答")
    assert found.turns == [{"system": "你是“助手”。\n简短回答", "input": "最大的宫殿是", "output": "故宫"}]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (("简答题", "", "", "", "", "", "故宫", "", ""), "题干（C 列）", "没有题干"),
        (("简答题", "？？", "", "", "", "", "故宫", "", ""), "题干（C 列）", "题干只有标点"),
        (("简答题", "宫殿是", "", "", "", "", "", "", ""), "答案（H 列）", "没有答案"),
        (("简答题", "宫殿是", "", "", "", "", "……", "", ""), "答案（H 列）", "答案只有标点"),
        (("简答题", "宫殿是", "甲", "乙", "", "", "甲", "", ""), "题型（B 列）", "简答题不能有选项"),
        (("填充体", "宫殿是", "", "", "", "", "甲", "", ""), "题型（B 列）", "不认识的题型，要写 单选题"),
        (("单选题", "首都是", "", "", "", "", "A", "", ""), "选项A（D 列）", "选择题没有选项"),
        (("单选题", "首都是", "甲", "", "丙", "", "A", "", ""), "选项B（E 列）", "是空的，后面却有选项 C"),
        (("单选题", "首都是", "甲", "", "", "", "A", "", ""), "选项A（D 列）", "选项不足两个"),
        (("单选题", "首都是", "甲", "乙", "甲", "", "A", "", ""), "选项C（F 列）", "有两个选项相同"),
        (("单选题", "首都是", "甲", "乙", "", "", "C", "", ""), "答案（H 列）", "答案里的 C 没有对应的选项"),
        (("单选题", "首都是", "甲", "乙", "", "", "AB", "", ""), "答案（H 列）", "单选题的答案不止一个字母"),
        (("判断题", "首都是", "", "", "", "", "甲", "", ""), "答案（H 列）", "判断题的答案不是正确或错误"),
        (("判断题", "首都是", "甲", "乙", "", "", "A", "", ""), "题型（B 列）", "判断题的选项不是正确和错误"),
        (("简答题", "长" * 2001, "", "", "", "", "甲", "", ""), "题干（C 列）", "超过 2000 字"),
        (("简答题", "宫殿是", "", "", "", "", "长" * 1001, "", ""), "答案（H 列）", "超过 1000 字"),
        (("简答题", "宫殿是", "", "", "", "", "甲", "", "长" * 4001), "材料（J 列）", "超过 4000 字"),
        (("简答题", "宫殿是", "", "", "", "", "=1+1", "", ""), "答案（H 列）", "单元格是公式"),
        (("简答题", "宫殿是", "", "", "", "", "#N/A", "", ""), "答案（H 列）", "单元格里是 Excel 的错误值"),
        (("简答题", "宫殿是", "", "", "", "", True, "", ""), "答案（H 列）", "单元格是逻辑值"),
        (("简答题", "宫殿是", "", "", "", "", "_xD800_", "", ""), "答案（H 列）", "有不能保存的字符"),
        (("简答题", "宫殿是", "", "", "", "", "甲", (1.5, "0.0E+00"), ""), "解析（I 列）", "不认识单元格的格式"),
    ],
)
def test_a_row_with_a_problem_is_left_out_and_told(
    transformed: Transform, row: tuple[Any, ...], column: str, reason: str
) -> None:
    found = transformed(("1", "简答题", "最大的宫殿是", "", "", "", "", "故宫", "", ""), ("2", *row))
    assert len(found.turns) == 1
    ((outcome, place, why),) = found.of(3)
    assert (outcome, place) == ("有问题", column)
    assert why.startswith(reason)
    assert found.done.reasons == {f"{place}：{why}": 1}
    assert (found.done.rows, found.done.written, found.done.problems) == (2, 1, 1)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (time(2, 8, 3), "Excel 把这一格存成了时间 02:08:03，可能改动过（原来也许是 2:8:3 这样的比）"),
        ((time(16, 9), "h:mm"), "Excel 把这一格存成了时间 16:09:00，可能改动过（原来也许是 16:9 这样的比）"),
        ((timedelta(hours=30, minutes=20), "[h]:mm:ss"), "Excel 把这一格存成了时长，可能改动过"),
        ((date(2024, 1, 6), "m/d"), "Excel 把这一格存成了日期，原来可能是分数或范围"),
        (datetime(2024, 5, 31, 8, 0), "Excel 把这一格存成了日期"),  # noqa: DTZ001 - cells have no zone
    ],
)
def test_what_excel_may_have_changed_is_not_written(transformed: Transform, value: Any, reason: str) -> None:
    found = transformed(FIRST, ("2", "氧气的质量比是", value), header=PAIR)
    ((outcome, column, why),) = found.of(3)
    assert (outcome, column) == ("有问题", "答案（C 列）")
    assert why.startswith(reason)


@pytest.mark.parametrize(
    ("value", "text"),
    [(42, "42"), (0.5, "0.5"), ((0.05, "0%"), "5%"), ((0.5, "# ?/?"), "1/2"), ("007", "007"), ("2:8:3", "2:8:3")],
)
def test_plain_numbers_and_texts_are_what_was_typed(transformed: Transform, value: Any, text: str) -> None:
    found = transformed(("1", "数是", value), header=PAIR)
    assert found.turns[0]["output"] == text
    assert found.of(2) == [("写入", "", "")]


def test_a_day_that_the_question_asks_for_is_written_with_a_note(transformed: Transform) -> None:
    found = transformed(("1", "世界无烟日是每年的", (date(2024, 5, 31), 'm"月"d"日"')), header=PAIR)
    assert found.turns[0]["output"] == "5月31日"
    assert found.of(2) == [("写入", "答案（C 列）", "Excel 把这一格存成了日期，按“5月31日”写入")]
    assert (found.done.notes, found.done.problems) == (1, 0)


def test_true_answers_a_statement(transformed: Transform) -> None:
    found = transformed(("1", "判断题", "北京是首都。", "", "", "", "", True, "", ""))
    assert found.turns[0]["output"] == "对"
    assert found.of(2) == [("写入", "答案（H 列）", "单元格是逻辑值，按“正确”写入")]


def test_every_wrong_cell_of_a_row_is_told_and_the_row_counts_once(transformed: Transform) -> None:
    found = transformed(FIRST, ("2", "=A1", time(2, 8)), header=PAIR)
    assert [column for _, column, _ in found.of(3)] == ["题干（B 列）", "答案（C 列）"]
    assert found.done.problems == sum(found.done.reasons.values()) == 1


def test_empty_rows_and_repeated_headers_are_counted_apart(transformed: Transform) -> None:
    found = transformed(FIRST, (), ("3", "", " "), PAIR, ("4", "首都是", "北京"), header=PAIR)
    assert [(line["行号"], line["结果"]) for line in found.report] == [
        *(("1", "表头"), ("2", "写入"), ("3", "空行"), ("4", "空行"), ("5", "表头"), ("6", "写入")),
    ]
    assert (found.done.rows, found.done.written, found.done.empty) == (4, 2, 2)


def test_cells_merged_over_several_rows_are_a_problem(transformed: Transform) -> None:
    kind = ("单选题", "首都是？", "甲", "乙", "", "", "A", "")
    rows = [(str(at), *kind, "共用的材料" if at == 1 else "") for at in (1, 2, 3)]
    found = transformed(*rows, merge="J2:J3")
    assert [turn["input"][:3] for turn in found.turns] == ["首都是"]
    for row in (2, 3):
        ((_, column, reason),) = found.of(row)
        assert (column, reason[:17]) == ("材料（J 列）", "和别的行合并成了一格（J2:J3）")


def test_columns_may_move_and_unknown_ones_are_told(transformed: Transform) -> None:
    found = transformed(
        ("故宫", "甲", "最大的宫殿是", "建筑", "夹带"), header=("答案", "出题人甲", "题干", "分类", None)
    )
    assert found.turns[0]["input"] == "最大的宫殿是"
    assert found.done.unused_columns == ["出题人甲（B 列）", "没有名字（E 列）"]


def test_other_sheets_are_told_and_our_own_are_not(make_docx: Make, tmp_path: Path) -> None:
    out = split_file(make_docx(["标题", "宫殿是：->故宫", "没答案的？->"]), tmp_path / "a.xlsx").out
    book = load_workbook(out)
    book.create_sheet("补充").append(["题干", "答案"])
    book.save(out)
    assert transform_file(out, tmp_path / "a.jsonl").unread_sheets == {"补充": 1}


def test_the_first_sheet_with_a_header_serves_where_none_has_our_name(transformed: Transform) -> None:
    found = transformed(("最大的宫殿是", "故宫"), header=("Column1", "Column2"), title="Sheet1")
    assert (found.done.sheet, found.done.written) == ("Sheet1", 1)


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (("甲", "乙", "丙"), "没有找到写着“题干”和“答案”的表头"),
        (("题干", "题干", "答案"), "题干、题干 都像是题干"),
        (("题干", "选项A", "选项A", "答案"), "有两列都叫“选项A”"),
        (("题干", "选项", "答案"), "选项都在一列里"),
    ],
)
def test_a_header_that_says_nothing_certain_ends_it(transformed: Transform, header: Any, sentence: str) -> None:
    with pytest.raises(UnreadableFile, match=sentence):
        transformed(("甲", "乙", "丙", "丁"), header=header)


def test_a_sheet_without_questions_writes_nothing(make_sheet: Make, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="表头下面没有题目"):
        transform_file(make_sheet(), tmp_path / "a.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["edited.xlsx"]


def test_both_files_stay_unless_forced(make_sheet: Make, tmp_path: Path) -> None:
    sheet, out = make_sheet(FIRST, header=PAIR), tmp_path / "a.jsonl"
    (tmp_path / "a.报告.csv").write_bytes(b"mine")
    with pytest.raises(ExportFailed, match="--force"):
        transform_file(sheet, out)
    assert (out.exists(), (tmp_path / "a.报告.csv").read_bytes()) == (False, b"mine")
    transform_file(sheet, out, force=True)
    assert len(turns_of(out)) == 1
    with pytest.raises(ExportFailed, match="不能写回原来的文件"):
        transform_file(sheet, sheet, force=True)


def test_the_report_holds_no_formulas(transformed: Transform) -> None:
    found = transformed(("+1", "=宫殿是？", ""), header=PAIR, title="题目")
    line = found.report[1]
    assert (line["编号"], line["题干"]) == ("'+1", "'=宫殿是？")


def test_a_sheet_that_goes_through_excel_unedited_reads_the_same(make_docx: Make, tmp_path: Path) -> None:
    texts = ["=1+1", "2:8:3", "1/2", "007", "1E5", "2023-01-02", "TRUE", "-5", "'甲", "_x0041_"]
    file = make_docx([f"第{at}个答案写作：->{text}" for at, text in enumerate(texts, 1)])
    out = split_file(file, tmp_path / "a.xlsx").out
    # Saving again stores the texts as shared strings, as Excel does.
    load_workbook(out).save(out)
    transform_file(out, tmp_path / "a.jsonl")
    assert [turn["output"] for turn in turns_of(tmp_path / "a.jsonl")] == texts
    assert {line["结果"] for line in report_of(tmp_path / "a.jsonl")} == {"表头", "写入"}


def test_a_bomb_a_picture_and_a_missing_file_get_their_sentences(tmp_path: Path, make_docx: Make) -> None:
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("题目")
    for _ in range(300):
        sheet.append(["0" * 32_000] * 8)
    book.save(tmp_path / "bomb.xlsx")
    (tmp_path / "empty.xlsx").touch()
    (tmp_path / "png.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "cut.xlsx").write_bytes((tmp_path / "bomb.xlsx").read_bytes()[:5000])
    for name, sentence in {
        "bomb.xlsx": "像是压缩炸弹",
        "empty.xlsx": "文件是空的",
        "png.xlsx": "内容却是 图片",
        "cut.xlsx": "损坏",
        "none.xlsx": "找不到这个文件",
        make_docx(["宫殿是：->故宫"]).name: "只能转换 xlsx 表格",
    }.items():
        with pytest.raises(UnreadableFile, match=sentence):
            transform_file(tmp_path / name, tmp_path / "a.jsonl")
    assert not list(tmp_path.glob("*.jsonl"))

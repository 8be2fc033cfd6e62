from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.services.importing.rows import Aside, Item, Layout, Rejected, Row
from bot.services.importing.xlsx_file import read_xlsx


def read(path: Path) -> list[Item]:
    """The items of the file but for its layouts."""
    return [item for item in read_xlsx(path) if not isinstance(item, Layout)]


@pytest.mark.parametrize(
    ("stem", "cell", "answer"),
    [
        ("消耗氧气的质量比是", (time(2, 8, 3), "h:mm:ss"), "2:8:3"),
        ("埃菲尔斜塔与原塔的建造比例是", (time(1, 3), "h:mm"), "1:3"),
        ("目前甲A联赛最大比分为", (time(9, 1), "h:mm"), "9:1"),
        ("每天的新闻联播几点开始", (time(19, 0), "h:mm"), "19:00"),
        ("城市维护建设税的税率为", (0.05, "0%"), "5%"),
        ("肥猪瘦肉的脂肪含量约为", (0.0663, "0.00%"), "6.63%"),
        ("“世界无烟日”是每年的", (45443, 58), "5月31日"),
        ("鲁迅逝世于", (13442, 31), "1936年10月19日"),
        ("上甘岭战役发生在", (19268, 57), "1952年10月"),
        ("鲁迅逝世于哪天", (date(1936, 10, 19), "yyyy-mm-dd"), "1936年10月19日"),
        ("黄金分割点是", 0.618, "0.618"),
        ("悉尼大学始建于", 1850, "1850"),
        ("一半可写作", (0.5, "# ?/?"), "1/2"),
        ("运算符是", "=1+1 的等号", "=1+1 的等号"),
    ],
)
def test_the_typed_text_is_recovered_from_typed_cells(make_xlsx, stem, cell, answer):
    path = make_xlsx([[stem, cell]])
    if isinstance(cell, str):
        path = _as_text(path, cell)
    (item,) = read(path)
    assert isinstance(item, Row)
    assert item.answer == answer


@pytest.mark.parametrize(
    ("stem", "cell"),
    [
        ("掷出一对点数一样的骰子的可能性是", (45297, 58)),
        ("少年儿童每日的正常睡眠时间应是多少小时", (45545, 58)),
        ("非洲的沙漠面积约占整个非洲面积的", (45294, 58)),
        ("碎片的重量比分别为", 0.7472337962962963),
        ("长城有多少块砖", (time(2, 8, 3), "h:mm:ss")),
        ("两国人口各是", (date(2024, 1, 6), "d-mmm")),
        ("三种颜色的比是", (timedelta(hours=30, minutes=20, seconds=10), "[h]:mm:ss")),
        ("一加一等于", "=1+1"),
        ("价格是", (5, '"¥"#,##0')),
    ],
)
def test_a_cell_that_could_have_been_something_else_is_rejected(make_xlsx, stem, cell):
    (item,) = read(make_xlsx([[stem, cell]]))
    assert isinstance(item, Rejected)
    assert "Excel" in item.reason or "请改成文字" in item.reason


def test_characters_that_excel_writes_as_codes_are_characters_again(make_xlsx):
    (item,) = read(make_xlsx([["最大的宫殿_x005F_是_x000D_什么", "故宫_x0041_"]]))
    assert (item.stem, item.answer) == ("最大的宫殿_是\n什么", "故宫A")


def test_true_answers_a_statement_but_not_a_question(make_xlsx):
    words = [["最大的宫殿是", "故宫"], ["《孔乙己》的作者是", "鲁迅"], ["地球是圆的", True]]
    assert read(make_xlsx(words))[2].reason == "单元格是逻辑值，请改成文字"
    statements = read(make_xlsx([["地球是圆的", True], ["太阳绕着地球转", False]]))
    assert [(item.kind, item.answer) for item in statements] == [("judge", "正确"), ("judge", "错误")]


def test_a_header_is_no_row_and_blank_rows_are_none(make_xlsx):
    items = list(read(make_xlsx([["题干", "答案"], [None, None], ["最大的宫殿是", "故宫"]])))
    assert [type(item) for item in items] == [Aside, Row]
    assert items[1].number == 3


def test_a_row_with_more_columns_is_understood_by_its_content(make_xlsx):
    layout, row = read_xlsx(make_xlsx([["单选题", "最大的宫殿是", "故宫", "白宫", "A"]]))
    assert isinstance(layout, Layout)
    assert layout.guessed
    assert (row.kind, row.stem, row.options, row.answer) == ("single", "最大的宫殿是", ("故宫", "白宫"), "A")


def test_missing_stem_or_answer_is_rejected(make_xlsx):
    items = list(read(make_xlsx([["最大的宫殿是", None], [None, "故宫"]])))
    assert [item.reason for item in items] == ["没有答案", "没有题干"]


def test_sheets_are_named_when_there_are_several(make_xlsx, tmp_path):
    from openpyxl import load_workbook

    path = make_xlsx([["甲是谁？", "张三"]])
    book = load_workbook(path)
    book.create_sheet("第二页").append(["乙是谁？", "李四"])
    book.save(path)
    assert [(item.sheet, item.number) for item in read(path)] == [("Sheet", 1), ("第二页", 1)]


def _as_text(path, text):
    """Store *text* as a string although it looks like a formula."""
    from openpyxl import load_workbook

    book = load_workbook(path)
    cell = book.active["B1"]
    cell.value, cell.data_type = text, "s"
    book.save(path)
    return path


def test_options_keep_what_was_typed_into_their_cells(make_xlsx):
    days = [(date(2017, 6, 14), 'yyyy"年"m"月"d"日"'), (date(2018, 2, 1), 'yyyy"年"m"月"d"日"')]
    items = read(
        make_xlsx(
            [
                ["题干", "选项A", "选项B", "选项C", "答案"],
                ["空气中含氩", 0, 0.00001, "C.  没有", "A"],
                ["涨价多少", (0.2, "0%"), (0.0025, "0.00%"), 3, "B"],
                ["条例自（  ）起施行", *days, None, "B"],
                ["条例自（  ）起施行吗", 43101, 43132, 43160, "B"],
                ["概率是", (date(2024, 1, 6), "d-mmm"), "一半", "全部", "B"],
                ["一加一", "=1+1", 3, 4, "A"],
                ["标志是", '=DISPIMG("ID_1",1)', '=DISPIMG("ID_2",1)', None, "A"],
                ["对不对", "正确", "错误", None, True],
            ]
        )
    )
    assert [item.options for item in items if isinstance(item, Row)] == [
        ("0", "0.00001", "没有"),
        ("20%", "0.25%", "3"),
        ("2017年6月14日", "2018年2月1日"),
        (),
    ]
    assert items[-1].answer == "正确"
    assert [item.reason for item in items if isinstance(item, Rejected)] == [
        "选项像是 Excel 的日期序号，原来写的是什么已看不出",
        "Excel 把这一格存成了日期，原来可能是分数或范围",
        "单元格是公式，请改成文字",
        "单元格是图片",
    ]


def test_a_formula_is_rejected_even_where_excel_left_its_result(make_xlsx):
    (item,) = read(make_xlsx([["最大的宫殿是", "=A1"]]))
    assert isinstance(item, Rejected)
    assert item.reason == "单元格是公式，请改成文字"


def test_hidden_sheets_are_read_and_empty_ones_are_not_named(make_xlsx):
    from openpyxl import load_workbook

    path = make_xlsx([["甲是谁？", "张三"]])
    book = load_workbook(path)
    book.create_sheet("空的")
    book.save(path)
    assert [item.sheet for item in read(path)] == [""]
    hidden = book.create_sheet("藏起来的")
    hidden.append(["乙是谁？", "李四"])
    hidden.sheet_state = "hidden"
    book.save(path)
    assert [item.sheet for item in read(path)] == ["Sheet", "藏起来的"]

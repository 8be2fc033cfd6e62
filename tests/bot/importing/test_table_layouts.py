"""Each way of laying out a question sheet, read from files of that layout."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bot.services.importing.csv_file import read_csv
from bot.services.importing.rows import Aside, Item, Layout, Rejected, Row, UnreadableFile

Read = Callable[[Sequence[Sequence[str]]], list[Item]]


@pytest.fixture
def table(tmp_path: Path) -> Read:
    """The items of a csv file with these rows."""

    def read(rows: Sequence[Sequence[str]]) -> list[Item]:
        path = tmp_path / "bank.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
        return list(read_csv(path))

    return read


def rows(items: Sequence[Item]) -> list[tuple[str, str, tuple[str, ...], str]]:
    return [(item.kind, item.stem, item.options, item.answer) for item in items if isinstance(item, Row)]


def reasons(items: Sequence[Item]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Rejected)]


def layout(items: Sequence[Item]) -> Layout:
    assert isinstance(items[0], Layout)
    return items[0]


def test_names_in_any_order_under_titles(table: Read) -> None:
    items = table(
        [
            ["2023 年应知应会题库"],
            ["说明：请按模板填写"],
            [
                "序号",
                "正确答案",
                "题目内容（必填）",
                "选项A*",
                "选项B*",
                "选项C",
                "答案解析",
                "难易度",
                "知识点",
                "出处",
            ],
            ["1", "a", "中国的首都是（　）", "北京", "上海", "广州", "一直都是。", "中等", "地理", "书"],
            ["2", "Ｃ、A", "下列是城市的有（　）", "北京", "泰山", "广州", "", "易", "", ""],
        ]
    )
    assert layout(items).text == (
        "第 3 行是表头：题干在 C 列，选项在 D 到 F 列，答案在 B 列，解析在 G 列，分类在 I 列，难度在 H 列；没有用 A、J 列"
    )
    assert not layout(items).guessed
    assert [item.number for item in items if isinstance(item, Aside)] == [1, 2, 3]
    first, second = (item for item in items if isinstance(item, Row))
    assert (first.number, first.kind, first.answer) == (4, "single", "A")
    assert (first.explanation, first.category, first.difficulty) == ("一直都是。", "地理", 3)
    assert (second.kind, second.answer, second.difficulty) == ("multiple", "AC", 1)


@pytest.mark.parametrize(
    "cell",
    [
        "A.北京\nB.上海\nC.O型",
        "北京\n上海\nO型",
        "北京|上海|O型",
        "北京；上海；O型",
        "A、北京 B、上海 C、O型",
        '["北京", "上海", "O型"]',
    ],
)
def test_all_options_in_one_cell(table: Read, cell: str) -> None:
    items = table([["题干", "选项", "答案"], ["首都是", cell, "A"], ["不是城市的是", cell, "O型"]])
    assert rows(items) == [
        ("single", "首都是", ("北京", "上海", "O型"), "A"),
        ("single", "不是城市的是", ("北京", "上海", "O型"), "C"),
    ]


def test_one_merged_name_over_the_options(table: Read) -> None:
    items = table(
        [["题干", "选项", "", "", "答案"], ["首都是", "北京", "上海", "", "A"], ["二", "甲", "乙", "丙", "C"]]
    )
    assert rows(items) == [("single", "首都是", ("北京", "上海"), "A"), ("single", "二", ("甲", "乙", "丙"), "C")]
    two_rows = [["题干", "选项", "", "答案"], ["", "A", "B", ""], ["首都是", "北京", "上海", "A"]]
    assert rows(table(two_rows)) == [("single", "首都是", ("北京", "上海"), "A")]


def test_options_under_no_name_at_all(table: Read) -> None:
    items = table([["题干", "", "", "", "答案"], ["首都是", "北京", "上海", "", "A"], ["二", "甲", "乙", "丙", "C"]])
    assert rows(items) == [("single", "首都是", ("北京", "上海"), "A"), ("single", "二", ("甲", "乙", "丙"), "C")]
    assert layout(items).guessed


def test_options_repeated_in_the_stem_with_numbers_and_credits(table: Read) -> None:
    items = table(
        [
            ["题目", "A", "B", "C", "D", "答案"],
            [
                "1、____记载了彗星（出题：某报社 推荐：某平台）A、《淮南子》B、《史记》C、《礼记》D",
                *("A、《淮南子》", "B、《史记》", "C、《礼记》", "D", "B、《史记》"),
            ],
            [
                "3、2019年的主题是（ ）出题：某学院A、节水优先强化管理B、河长制CD",
                "A、节水优先，强化管理",
                "B、河长制",
                "C",
                "D",
                "A、节水优先，强化管理",
            ],
            ["5、人才是媒体的优势资源（ ）A、正确B、错误CD", "A、正确", "B、错误", "C", "D", "B、错误"],
            ["7、某题(推荐：甲出题：乙)A、一BCD", "A、一", "B", "C", "D", "A、一"],
            ["9北宋画家是A、张择端B、李白", "A、张择端", "B、李白", "", "", "A、张择端"],
        ]
    )
    assert rows(items) == [
        ("single", "____记载了彗星", ("《淮南子》", "《史记》", "《礼记》"), "B"),
        ("single", "2019年的主题是（ ）", ("节水优先，强化管理", "河长制"), "A"),
        ("judge", "人才是媒体的优势资源（ ）", (), "错误"),
        ("single", "北宋画家是", ("张择端", "李白"), "A"),
    ]
    assert reasons(items) == ["选项不足两个"]


def test_options_only_in_the_stem(table: Read) -> None:
    items = table(
        [
            ["题目", "答案"],
            ["1、说法正确的是（）A、甲 B、乙 C、丙", "B"],
            ["2、说法错误的是（）\nA. 甲\nB. 乙", "A"],
            ["3、以下对吗A、正确B、错误CD", "B"],
            ["4、没有选项的是", "C"],
        ]
    )
    assert rows(items) == [
        ("single", "说法正确的是（）", ("甲", "乙", "丙"), "B"),
        ("single", "说法错误的是（）", ("甲", "乙"), "A"),
        ("judge", "以下对吗", (), "错误"),
    ]
    assert reasons(items) == ["没有选项，答案却是字母"]


def test_kinds_are_believed_and_checked(table: Read) -> None:
    items = table(
        [
            ["题型", "题干", "选项A", "选项B", "选项C", "答案"],
            ["单选题", "一是（）", "甲", "乙", "丙", "AB"],
            ["多选题", "二是（）", "甲", "乙", "丙", "A"],
            ["不定项", "三是（）", "甲", "乙", "丙", "B"],
            ["判断题", "四对", "", "", "", "√"],
            ["判断", "五对", "对", "错", "", "b"],
            ["填空题", "六是____", "", "", "", "己"],
            ["简答题", "简述七", "", "", "", ""],
            ["单选", "八是", "", "", "", "A"],
            ["单选", "九是", "甲", "", "丙", "A"],
            ["单选", "十是", "A", "B", "C", "A"],
            ["判断", "十一", "", "", "", "A"],
            ["多选", "十二是", "甲", "乙", "", ""],
            ["多选", "十三是", "甲", "甲。", "", "AB"],
            ["单选", "十四是", "甲", "乙", "", "C"],
            ["单选", "十五是[图片]", "甲", "乙", "", "A"],
            ["判断", "十六", "甲", "乙", "", "A"],
        ]
    )
    three = ("甲", "乙", "丙")
    assert rows(items) == [
        ("single", "三是（）", three, "B"),
        ("judge", "四对", (), "正确"),
        ("judge", "五对", (), "错误"),
        ("short", "六是____", (), "己"),
        ("short", "简述七", (), ""),
        ("multiple", "十二是", ("甲", "乙"), ""),
    ]
    assert reasons(items) == [
        "单选题的答案不止一个字母",
        "多选题的答案只有一个字母",
        "选择题没有选项",
        "选项 B 是空的",
        "选项只有字母没有内容，可能是图片",
        "判断题的答案是字母，却没有写各选项是什么",
        "有两个选项相同",
        "答案里的 C 没有对应的选项",
        "题干离不开图片",
        "判断题的选项不是正确和错误",
    ]


def test_headings_between_rows_announce_kinds_and_repeated_headers_are_no_rows(table: Read) -> None:
    header = ["题干", "A", "B", "C", "答案"]
    items = table(
        [
            header,
            ["一、多选题（每题 2 分）"],
            ["城市有", "北京", "上海", "泰山", "A"],
            header,
            ["二、单选题"],
            ["首都是", "北京", "上海", "泰山", "A"],
            ["第二章 历史"],
            ["散在表里的一句话"],
            ["", "", "", "", "A"],
        ]
    )
    assert rows(items) == [("single", "首都是", ("北京", "上海", "泰山"), "A")]
    assert reasons(items) == ["多选题的答案只有一个字母", "没有选项也没有答案", "没有题干"]
    assert [item.number for item in items if isinstance(item, Aside)] == [1, 2, 4, 5, 7]


def test_a_second_table_below_has_its_own_columns(table: Read) -> None:
    items = table(
        [
            ["序号", "题干", "A", "B", "答案"],
            ["1", "首都是", "北京", "上海", "A"],
            ["序号", "答案", "题目"],
            ["1", "错", "太阳绕着地球转"],
            ["2", "鲁迅", "《孔乙己》是谁写的"],
        ]
    )
    assert rows(items) == [
        ("single", "首都是", ("北京", "上海"), "A"),
        ("judge", "太阳绕着地球转", (), "错误"),
        ("short", "《孔乙己》是谁写的", (), "鲁迅"),
    ]
    assert [item.text for item in items if isinstance(item, Layout)][1].startswith("第 3 行是表头：题干在 C 列")


def test_no_header_with_kind_number_options_key_and_explanation(table: Read) -> None:
    items = table(
        [
            ["1", "单选题", "说法正确的是（）", "甲", "乙", "丙", "丁", "A", "因为甲才是最好的一个选择"],
            ["2", "多选题", "城市有", "北京", "上海", "广州", "深圳", "CB", "这里的解析比题干要长得多得多"],
            ["3", "判断题", "最高的山是珠峰", "正确", "错误", "", "", "正确", ""],
        ]
    )
    assert layout(items).guessed
    assert layout(items).text == (
        "没有表头，按内容看：题干在 C 列，选项在 D 到 G 列，答案在 H 列，题型在 B 列，解析在 I 列；没有用 A 列"
    )
    assert rows(items) == [
        ("single", "说法正确的是（）", ("甲", "乙", "丙", "丁"), "A"),
        ("multiple", "城市有", ("北京", "上海", "广州", "深圳"), "BC"),
        ("judge", "最高的山是珠峰", (), "正确"),
    ]


def test_no_header_with_the_key_first_or_in_words(table: Read) -> None:
    questions = [
        ["说法正确的是（）", "甲", "乙", "丙"],
        ["首都是哪里", "北京", "上海", "广州"],
        ["最高的山是", "珠峰", "泰山", "华山"],
    ]
    by_letter = table([["BAC"[at], *question] for at, question in enumerate(questions)])
    by_text = table([[*question, question["BAC".index("BAC"[at]) + 1]] for at, question in enumerate(questions)])
    assert [row[3] for row in rows(by_letter)] == ["B", "A", "C"]
    assert [row[3] for row in rows(by_text)] == ["A", "B", "C"]
    assert [row[:3] for row in rows(by_letter)] == [row[:3] for row in rows(by_text)]


def test_a_sheet_of_statements(table: Read) -> None:
    items = table([["地球是圆的", "√"], ["太阳绕着地球转", "×"], ["月亮是卫星吗", "对"]])
    assert [(row[0], row[3]) for row in rows(items)] == [("judge", "正确"), ("judge", "错误"), ("judge", "正确")]


@pytest.mark.parametrize(
    "content",
    [
        [["姓名", "学号", "成绩"], ["张三", "001", "90"], ["李四", "002", "80"]],
        [["姓名", "班级", "等级"], ["张三", "三年级二班", "A"], ["李四", "三年级一班", "B"]],
        [["2024-01-01", "12.5"], ["2024-01-02", "13"]],
        [["一行一句话的普通文字"], ["没有题目也没有答案"]],
    ],
)
def test_a_table_of_something_else_is_refused(table: Read, content: list[list[str]]) -> None:
    with pytest.raises(UnreadableFile, match="看不出哪一列是题干"):
        table(content)


def test_shared_material_and_markup(table: Read) -> None:
    items = table(
        [
            ["材料", "题干", "A", "B", "答案"],
            ["一段材料", "<p>据材料&nbsp;可知<br/>正确的是</p>", "<span>甲</span>", "a<b", "A"],
        ]
    )
    (row,) = (item for item in items if isinstance(item, Row))
    assert (row.material, row.stem, row.options) == ("一段材料", "据材料\xa0可知\n正确的是", ("甲", "a<b"))


def test_long_texts_are_rejected_or_cut(table: Read) -> None:
    items = table(
        [
            ["题干", "A", "B", "答案", "解析"],
            ["长" * 100_000, "甲", "乙", "A", ""],
            ["长" * 2001, "甲", "乙", "A", ""],
            ["题", "甲" * 1001, "乙", "A", ""],
            ["题", "甲", "乙", "A", "一句话。" * 1000],
        ]
    )
    assert reasons(items) == ["题干超过 2000 字", "题干超过 2000 字", "选项超过 1000 字"]
    assert [len(item.explanation) for item in items if isinstance(item, Row)] == [2000]


def test_answers_that_are_places_of_options(table: Read) -> None:
    items = table(
        [
            ["题目", "选项1", "选项2", "选项3", "答案"],
            ["我国的首都是", "上海", "北京", "广州", "2"],
            ["我国最长的河流是", "长江", "黄河", "珠江", "1"],
            ["2+2等于", "2", "4", "6", "2"],
            ["直辖市有", "北京", "上海", "广州", "1,2"],
            ["三大男高音不包括", "甲", "乙", "丙", "4"],
        ]
    )
    assert [answer for *_, answer in rows(items)] == ["B", "A", "B", "AB"]
    assert reasons(items) == ["答案的序号没有对应的选项"]
    assert "答案是选项的序号，从 1 数起" in layout(items).text


def test_answers_that_are_the_text_of_number_options(table: Read) -> None:
    items = table(
        [
            ["题目", "A", "B", "C", "D", "答案"],
            ["任期几年", "3", "4", "5", "6", "5"],
            ["2+2等于", "2", "4", "6", "8", "4"],
            ["一共几项", "1", "2", "3", "4", "2"],
        ]
    )
    assert [answer for *_, answer in rows(items)] == ["C", "B", "B"]


def test_the_tables_of_driving_schools(table: Read) -> None:
    items = table(
        [
            ["id", "question", "answer", "item1", "item2", "item3", "item4", "explains"],
            [
                "1",
                "驾驶机动车违反道路交通安全法属于什么行为？",
                "4",
                "违章行为",
                "过失行为",
                "违规行为",
                "违法行为",
                "略",
            ],
            ["2", "机动车可以闯红灯。", "2", "正确", "错误", "", "", "略"],
        ]
    )
    assert [(kind, answer) for kind, *_, answer in rows(items)] == [("single", "D"), ("judge", "错误")]


@pytest.mark.parametrize(
    "joined", ["A-上海|B-北京|C-广州", "A上海\nB北京\nC广州", "A.上海$;$B.北京$;$C.广州", "上海$;$北京$;$广州"]
)
def test_ways_of_putting_options_into_one_cell(table: Read, joined: str) -> None:
    items = table([["题型", "题干", "选项", "答案"], ["单选", "我国的首都是", joined, "B"]])
    assert rows(items) == [("single", "我国的首都是", ("上海", "北京", "广州"), "B")]


def test_names_that_begin_like_letters_stay(table: Read) -> None:
    items = table([["题干", "A", "B", "C", "答案"], ["哪一类最危险", "A类", "B类", "C类", "A"]])
    assert rows(items) == [("single", "哪一类最危险", ("A类", "B类", "C类"), "A")]


def test_options_marked_right(table: Read) -> None:
    head = ["题目", "题型", "选项", "正确答案"]
    items = table(
        [head, ["首都是", "单选题", "A.上海|B.北京(正确答案)", ""], ["河是", "单选题", "A.长江(正确答案)|B.黄河", "B"]]
    )
    assert rows(items) == [("single", "首都是", ("上海", "北京"), "B")]
    assert reasons(items) == ["选项里标的正确答案和答案列对不上"]

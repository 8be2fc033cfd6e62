"""Real papers and banks, counted by hand."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bot.services.importing.docx_file import docx_lines, read_docx
from bot.services.importing.rows import Item, Rejected, Row, UnreadableFile

IN_PICTURES = "选项是图片，文字里看不出来"
NEEDS_PICTURE = "题干离不开图片"
PICTURED_PASSAGE = "材料里有图片，文字里看不出来"
NO_SINGLE_ANSWER = "问答题没有唯一答案，未导入"
NO_PASSAGE = "题干说的文章不在题里"


def read(folder: Path, name: str, key: str | None = None) -> tuple[list[Row], list[Rejected]]:
    items: list[Item] = list(read_docx(folder / name, folder / key if key else None))
    return [item for item in items if isinstance(item, Row)], [item for item in items if isinstance(item, Rejected)]


@pytest.mark.parametrize(
    ("name", "keyed", "kinds", "rejected"),
    [
        ("papers/选择题_答案在括号内1.docx", 69, {"single": 69}, {}),
        ("papers/选择题_答案在括号内2.docx", 18, {"single": 18}, {}),
        ("papers/音乐_test.docx", 12, {"single": 5, "judge": 5, "short": 2}, {NO_SINGLE_ANSWER: 4}),
        ("papers/信息技术.docx", 22, {"single": 10, "judge": 10, "short": 2}, {NO_SINGLE_ANSWER: 1}),
        ("papers/通用技术_test.docx", 10, {"single": 5, "judge": 5}, {NO_SINGLE_ANSWER: 6}),
        ("papers/综合实践_test.docx", 10, {"single": 5, "judge": 5}, {NO_SINGLE_ANSWER: 3}),
        ("papers/行测组卷8-解析.docx", 106, {"single": 106}, {PICTURED_PASSAGE: 14, IN_PICTURES: 7, NEEDS_PICTURE: 3}),
        (
            "papers/行测组卷11-解析.docx",
            102,
            {"single": 102},
            {PICTURED_PASSAGE: 15, IN_PICTURES: 10, NEEDS_PICTURE: 3},
        ),
        (
            "papers/行测组卷12-解析.docx",
            101,
            {"single": 101},
            {PICTURED_PASSAGE: 15, IN_PICTURES: 11, NEEDS_PICTURE: 3},
        ),
        ("banks/党建题库.docx", 807, {"single": 331, "judge": 264, "multiple": 212}, {}),
    ],
)
def test_papers_with_keys_add_up(real_data, name, keyed, kinds, rejected):
    rows, bad = read(real_data, name)
    assert sum(bool(row.answer) for row in rows) == len(rows) == keyed
    assert Counter(row.kind for row in rows) == kinds
    assert Counter(item.reason for item in bad) == rejected


@pytest.mark.parametrize("number", [8, 11, 12])
def test_all_130_questions_are_there_with_the_keys_of_the_text(real_data, number):
    name = f"papers/行测组卷{number}-解析.docx"
    rows, bad = read(real_data, name)
    assert len(rows) + len(bad) == 130
    text = "\n".join(line.text for line in docx_lines(real_data / name))
    keys = re.findall(r"【答案】\s*([A-D])", text)
    assert len(keys) == 130
    accounted = sorted([*rows, *bad], key=lambda item: item.number)
    for item, key in zip(accounted, keys, strict=True):
        assert isinstance(item, Rejected) or item.answer == key


@pytest.mark.parametrize("number", [8, 11, 12])
def test_areas_and_passages_are_told_from_the_headings(real_data, number):
    rows, _ = read(real_data, f"papers/行测组卷{number}-解析.docx")
    areas = Counter(row.category for row in rows)
    assert (areas["常识判断"], areas["言语理解"], areas["判断推理"]) in {(20, 40, 28), (20, 40, 30)}
    assert all(row.material for row in rows if row.category == "资料分析")
    assert all(len(row.options) in {3, 4} for row in rows)
    assert Counter(len(row.options) for row in rows)[3] == (number == 8)
    # Explanations end up in no stem and no option.
    assert not [row for row in rows if "【" in row.stem or any("【" in option for option in row.options)]


@pytest.mark.parametrize(
    ("number", "open_questions", "rejected"),
    [
        (
            8,
            98,
            {
                PICTURED_PASSAGE: 14,
                IN_PICTURES: 7,
                NEEDS_PICTURE: 3,
                NO_PASSAGE: 5,
                "只有 3 个选项，像是漏了一个": 1,
                "选项里的 ②③④ 在题干里找不到": 1,
                "选项里的 ①②③④ 在题干里找不到": 1,
            },
        ),
        (11, 99, {PICTURED_PASSAGE: 15, IN_PICTURES: 10, NEEDS_PICTURE: 3, "选项里的 ②③④ 在题干里找不到": 3}),
        (
            12,
            94,
            {
                PICTURED_PASSAGE: 15,
                IN_PICTURES: 11,
                NEEDS_PICTURE: 3,
                NO_PASSAGE: 4,
                "选项里的 ②③④ 在题干里找不到": 2,
                "选项里的 ①②③④⑤ 在题干里找不到": 1,
            },
        ),
    ],
)
def test_papers_without_keys_give_open_questions(real_data, number, open_questions, rejected):
    rows, bad = read(real_data, f"papers/行测组卷{number}.docx")
    assert len(rows) == open_questions
    assert not any(row.answer for row in rows)
    assert Counter(item.reason for item in bad) == rejected


@pytest.mark.parametrize(("number", "keyed"), [(8, 99), (11, 99), (12, 94)])
def test_the_explained_paper_gives_the_plain_one_its_keys(real_data, number, keyed):
    rows, bad = read(real_data, f"papers/行测组卷{number}.docx", f"papers/行测组卷{number}-解析.docx")
    assert sum(bool(row.answer) for row in rows) == len(rows) == keyed
    assert len(rows) + len(bad) == 130
    explained, _ = read(real_data, f"papers/行测组卷{number}-解析.docx")
    answers = {(row.stem, row.options): row.answer for row in explained}
    same = [row for row in rows if (row.stem, row.options) in answers]
    assert len(same) >= 90
    assert all(row.answer == answers[row.stem, row.options] for row in same)
    assert sum(bool(row.explanation) for row in rows) >= keyed - 3


def test_keys_at_the_end_of_a_paper_are_those_of_their_sections(real_data):
    rows, _ = read(real_data, "papers/信息技术.docx")
    assert [row.answer for row in rows] == [
        *"CDBDCCBACB",
        *("错误", "正确", "错误", "错误", "错误", "正确", "正确", "错误", "正确", "正确"),
        *("10101010", "165"),
    ]


def test_a_letter_kept_as_an_automatic_number_is_an_option(real_data):
    rows, _ = read(real_data, "papers/选择题_答案在括号内1.docx")
    (row,) = [row for row in rows if "解决我国一切问题的基础和关键" in row.stem]
    assert (row.stem, row.options, row.answer) == (
        "（　）是解决我国一切问题的基础和关键。",
        ("改革", "发展", "稳定", "变革"),
        "B",
    )


def test_a_summary_of_a_book_is_no_bank(real_data):
    with pytest.raises(UnreadableFile, match="看起来不是题库"):
        read(real_data, "banks/不是题库.docx")

"""Whatever stands on the lines: nothing breaks, no question vanishes, and what was written is what is read."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.services.importing.docx_numbers import Lists
from bot.services.importing.papers import Line, read_lines
from bot.services.importing.rows import Item, Layout, Rejected, Row, UnreadableFile
from bot.services.importing.text_file import read_text

_PIECES = st.sampled_from(
    [
        *(
            "1、",
            "2.",
            "3．",
            "（1）",
            "(2)",
            "第3题",
            "12 ",
            "2018年",
            "3.5",
            "一、",
            "第一部分",
            "【1】",
            "\t",
            "    ",
            " ",
        ),
        *("A.", "B、", "C．", "D ", "(A)", "（ B ）", "（ ）", "____", "Ａ", "H.", "A 项", "A、B两项"),
        *(
            "答案",
            "答案：",
            "【答案】",
            "参考答案",
            "正确答案：",
            "我的答案：",
            "【解析】",
            "解析：",
            "拓展",
            "故选",
            "因此，选择 B 选项。",
        ),
        *("单选题", "判断题", "填空题", "简答题", "常识判断", "资料分析", "根据所给材料，回答下列题目。", "回答1-3题"),
        *("对", "错", "√", "×", "ABCD", "1-5", "ABCDA", "1.A 2.B 3.C", "题号", "->", "图", "①", "③", "如图", "原文"),
        *("甲", "长江是我国最长的河流", "？", "：", "。", "，", "；", "\u3000", "\x00", "\ud800", "²", "½", "𠮷", "é"),
    ]
)
_TEXT = st.one_of(st.lists(_PIECES, max_size=7).map("".join), st.text(max_size=20))
_LINES = st.lists(st.tuples(_TEXT, st.integers(0, 9)), max_size=40).map(
    lambda drawn: [Line(number, text, rare == 0) for number, (text, rare) in enumerate(drawn, 1)]
)


@settings(max_examples=150, deadline=None)
@given(_LINES, st.none() | _LINES)
def test_any_lines_are_read_or_refused(lines: list[Line], key: list[Line] | None) -> None:
    with suppress(UnreadableFile):
        items = list(read_lines(lines, key))
        numbers = [item.number for item in items if not isinstance(item, Layout)]
        assert numbers == sorted(numbers)
        assert all(1 <= number <= len(lines) for number in numbers)
        for row in items:
            if isinstance(row, Row):
                check(row)


def check(row: Row) -> None:
    """What every row promises."""
    assert row.stem
    assert len(row.stem) <= 2000
    assert len(row.explanation) <= 2000
    assert len(row.material) <= 4000
    if row.kind in {"single", "multiple"}:
        assert 2 <= len(row.options) <= 8
        assert all(row.options)
        assert set(row.answer) <= set("ABCDEFGH"[: len(row.options)])
        assert row.kind == "multiple" or len(row.answer) <= 1
    else:
        assert row.options == ()
        assert row.kind == "short" or row.answer in {"", "正确", "错误"}


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=300) | _TEXT.map(lambda text: text.encode("utf-8", "replace")), st.sampled_from([".txt", ".md"])
)
def test_any_bytes_are_read_or_refused(content: bytes, suffix: str) -> None:
    with TemporaryDirectory() as folder, suppress(UnreadableFile):
        path = Path(folder) / f"paper{suffix}"
        path.write_bytes(content)
        list(read_text(path))


@given(st.text(max_size=5), st.integers(-3, 12))
def test_an_unknown_list_has_no_numbers(name: str, level: int) -> None:
    assert Lists().mark(name, level) == ""


@dataclass(frozen=True)
class Asked:
    """A question as its writer meant it."""

    stem: str
    options: tuple[str, ...]
    answer: str
    notes: tuple[str, ...]


_STEMS = st.sampled_from(
    [
        "下列说法正确的是（ ）。",
        "我国最长的河流是哪一条？",
        "2018年，我国的发电量约为（ ）万亿千瓦时。",
        "关于信息的特征，以下表述不正确的一项是：",
        "“大相径庭 ”中的“径 ”指的是",
        "把下列说法分为两类：\n①甲说\n②乙说\n分类正确的是：",
        "3.5英寸的软盘，容量是？",
    ]
)
_OPTIONS = st.lists(
    st.sampled_from(
        [
            "黄河",
            "长江",
            "1.87",
            "20%",
            "①②",
            "维生素 B、C",
            "B超",
            "《史记》",
            "改革 发展",
            "A4 纸",
            "增加，但不明显",
            "5 局",
        ]
    ),
    min_size=2,
    max_size=6,
    unique=True,
)
_NOTES = st.lists(
    st.sampled_from(
        [
            "第一步，看题。",
            "A 项：不对。",
            "B、C两项都对。",
            "1.其一",
            "2.其二",
            "（1）首先",
            "19.00－16.52=2.48",
            "A. 说法有误",
            "12 个省份参加。",
            "①个体；",
            "III：推不出。",
        ]
    ),
    max_size=4,
)


@st.composite
def _asked(draw: st.DrawFn) -> Asked:
    options = tuple(draw(_OPTIONS))
    letters = "ABCDEF"[: len(options)]
    chosen = draw(st.sets(st.sampled_from(letters), min_size=1))
    return Asked(draw(_STEMS), options, "".join(sorted(chosen)), tuple(draw(_NOTES)))


_NUMBERING = st.sampled_from(["{}、", "{}.", "{}．", "{}. ", "{}\t", "第{}题 ", "{}）"])
_MARKS = st.sampled_from(["{}.", "{}、", "{}．", "{}. ", "({})", "{}）"])
_JOINS = st.sampled_from(["\n", "\n", "     ", "\t", "\n\n"])
_KEYS = st.sampled_from(["【答案】{}", "答案：{}", "参考答案：{}", "正确答案：{}", "参考答案：\t{}"])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(_asked(), min_size=1, max_size=8),
    _NUMBERING,
    _MARKS,
    _JOINS,
    _KEYS,
    st.sampled_from(["below", "end", "file", "none"]),
)
def test_what_was_written_is_what_is_read(
    paper: list[Asked], numbering: str, mark: str, join: str, key: str, place: str
) -> None:
    # 1.A 2.B cannot be told from the options of a question about letters.
    written: list[str] = []
    keys: list[str] = []
    for number, asked in enumerate(paper, 1):
        stem, *more = asked.stem.split("\n")
        written += [numbering.format(number) + stem, *more]
        given_options = [mark.format("ABCDEF"[at]) + text for at, text in enumerate(asked.options)]
        written += join.join(given_options).split("\n")
        if place == "below":
            written += [key.format(asked.answer), *(["【解析】", *asked.notes] if asked.notes else [])]
        keys.append(f"{number}.{asked.answer}")
    if place == "end":
        written += ["参考答案", *keys]
    assume(all("\n" in join or " " not in option for asked in paper for option in asked.options))
    separate = [Line(at, text) for at, text in enumerate(keys, 1)] if place == "file" else None
    items = list(read_lines([Line(at, text) for at, text in enumerate(written, 1)], separate))
    assert [_shape(item) for item in items if isinstance(item, Row | Rejected)] == [
        (asked.options, "" if place == "none" else asked.answer) for asked in paper
    ]


def _shape(item: Item) -> tuple[tuple[str, ...], str] | Item:
    return (item.options, item.answer) if isinstance(item, Row) else item

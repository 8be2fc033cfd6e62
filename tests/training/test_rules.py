"""Wordings by rule ask the same, and are nearer to nothing else than the stem is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.wording import normal_form, option_set
from training.datasets.forms import compare_form, normal_forms, option_forms, telling
from training.datasets.rules import by_rule

PIECES = st.sampled_from(
    ["下列", "以下", "关于", "《红楼梦》", "的说法", "正确的", "是", "作者", "谁", "什么", "，", "（ ）", "____", "。", "？",
     "“下列”", "1921年", "国家", "人物", "哪", "属于", "说法", "3.", "A", "：", "不", "℃", "-5", "——", "（）", " "]
)  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=9).map("".join), st.booleans())
def test_all_wordings_have_the_compare_form_of_the_stem(stem: str, choice: bool) -> None:
    made = by_rule(stem, choice=choice)
    assert {compare_form(text) for text in made} <= {compare_form(stem)}
    assert stem not in made
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    ("stem", "choice", "expected"),
    [
        ("《红楼梦》的作者是（ ）。", False, ["《红楼梦》的作者是", "《红楼梦》的作者是谁？"]),
        ("《红楼梦》的作者是（ ）。", True, ["《红楼梦》的作者是"]),
        ("我国最长的河流是", False, ["我国最长的河流是什么？"]),
        ("辛亥革命发生的时间是", False, []),
        ("下列说法正确的是：", True, ["以下说法正确的是："]),
        ("“下列各项”出自下列哪本书", True, []),
        ("（ ）和（ ）并称为“史学两司马”", False, []),
    ],
)
def test_what_the_rules_make(stem: str, choice: bool, expected: list[str]) -> None:
    assert by_rule(stem, choice=choice) == expected


@given(st.lists(st.text() | PIECES | st.just("\U0002a6a5"), max_size=6))
def test_forms_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    assert normal_forms(texts) == [normal_form(text) for text in texts]
    assert option_forms(texts) == option_set(texts)


def test_common_words_tell_nothing() -> None:
    assert telling(compare_form("下列说法正确的是")) == 0
    assert telling(compare_form("下列关于《红楼梦》的说法，不正确的一项是")) == 3

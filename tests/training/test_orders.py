"""Options in other orders: the key always names the same texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inference.prompts import LETTERS
from tests.training.items import item
from training.datasets.orders import may_be_shuffled, orders

OPTIONS = st.lists(
    st.sampled_from(["唐朝", "宋朝", "元朝", "明朝", "清朝", "以上都对", "以上都不是", "A和B", "甲、乙", "3", "其他"]),
    min_size=2,
    max_size=8,
    unique=True,
)


@given(options=OPTIONS, count=st.integers(1, 8), seed=st.integers(0, 3), data=st.data())
def test_the_key_names_the_same_options_in_every_order(
    options: list[str], count: int, seed: int, data: st.DataObject
) -> None:
    letters = data.draw(st.lists(st.sampled_from(LETTERS[: len(options)]), min_size=1, unique=True))
    question = item("下列说法正确的是", "".join(sorted(letters)), options=tuple(options))
    right = {options[LETTERS.index(letter)] for letter in letters}
    found = orders(question, count, seed)
    assert found[0] == (question.options, question.answer)
    assert 1 <= len(found) <= count
    assert len({shown for shown, _ in found}) == len(found)
    for shown, key in found:
        assert sorted(shown) == sorted(options)
        assert {shown[LETTERS.index(letter)] for letter in key} == right
        assert list(key) == sorted(key)
        for fixed in ("以上都对", "以上都不是", "其他"):
            if fixed in options:
                assert shown.index(fixed) == options.index(fixed)
    assert orders(question, count, seed) == found


def test_options_that_name_each_other_stay() -> None:
    assert not may_be_shuffled(item("哪些对", "A", options=("甲", "乙", "A和B", "丁")))
    assert not may_be_shuffled(item("A项和B项哪个对", "A", options=("甲", "乙")))
    assert may_be_shuffled(item("维生素B的作用", "A", options=("甲", "乙")))

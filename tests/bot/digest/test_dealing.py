"""Questions by chance from every category, at the cost of what is taken."""

from __future__ import annotations

import random
import time
from collections import Counter
from itertools import islice, permutations

from hypothesis import given
from hypothesis import strategies as st

from bot.services.digest.choosing import _dealt, _Pile, _shuffled  # pyright: ignore[reportPrivateUsage]


def piles(**numbers: list[int]) -> dict[str, _Pile]:
    return {name: _Pile(some, frozenset(some)) for name, some in numbers.items()}


@given(st.lists(st.integers(), unique=True, max_size=60), st.integers())
def test_all_of_them_once_and_the_same_for_the_same_seed(numbers: list[int], seed: int):
    found = list(_shuffled(numbers, random.Random(seed)))
    assert sorted(found) == sorted(numbers)
    assert found == list(_shuffled(numbers, random.Random(seed)))


def test_every_order_is_as_likely():
    chance = random.Random(1)
    seen = Counter(tuple(_shuffled([1, 2, 3], chance)) for _ in range(6000))
    assert set(seen) == set(permutations([1, 2, 3]))
    assert all(850 < count < 1150 for count in seen.values())


def test_categories_take_turns_until_each_is_empty():
    dealt = list(_dealt(piles(法律=[1, 2, 3], 历史=[11, 12], 生活=[]), random.Random(3)))
    assert sorted(dealt) == [1, 2, 3, 11, 12]
    assert [number > 10 for number in dealt[:4]].count(True) == 2


def test_five_of_a_great_bank_cost_no_more_than_five_of_a_small_one():
    great, chance = piles(法律=list(range(500_000)), 历史=list(range(500_000, 1_000_000))), random.Random(1)
    began = time.perf_counter()
    for _ in range(200):
        assert len(list(islice(_dealt(great, chance), 40))) == 40
    # A shuffle of a million takes most of a second, two hundred of them minutes.
    assert time.perf_counter() - began < 5

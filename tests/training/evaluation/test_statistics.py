"""Intervals and tests against values from textbooks and other programs."""

from __future__ import annotations

from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.statistics import bootstrap_interval, mcnemar, paired_difference, percentile


def test_a_rate_has_about_the_normal_interval() -> None:
    low, high = bootstrap_interval([True] * 800 + [False] * 200)
    half = 1.96 * sqrt(0.8 * 0.2 / 1000)
    assert low == pytest.approx(0.8 - half, abs=0.003)
    assert high == pytest.approx(0.8 + half, abs=0.003)


def test_the_interval_is_that_of_drawing_one_by_one() -> None:
    values = np.array([0.0] * 30 + [1.0] * 60 + [2.5] * 10)
    drawn = np.random.default_rng(5).choice(values, size=(20_000, 100)).mean(axis=1)
    expected = np.quantile(drawn, [0.025, 0.975])
    assert np.allclose(bootstrap_interval(values, resamples=20_000), expected, atol=0.02)


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    chance = np.random.default_rng(3)
    covered = 0
    for number in range(400):
        low, high = bootstrap_interval(chance.random(200) < 0.7, seed=number)
        covered += low <= 0.7 <= high
    assert 0.91 <= covered / 400 <= 0.98


def test_the_same_seed_gives_the_same_interval_in_any_order() -> None:
    assert bootstrap_interval([1, 0, 0, 1], seed=4) == bootstrap_interval([0, 0, 1, 1], seed=4)
    assert bootstrap_interval([1] * 7) == (1.0, 1.0)
    with pytest.raises(ValueError, match="no values"):
        bootstrap_interval([])


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_the_interval_holds_the_rate(values: list[bool]) -> None:
    low, high = bootstrap_interval(values)
    assert 0 <= low <= sum(values) / len(values) + 1e-9
    assert sum(values) / len(values) - 1e-9 <= high <= 1


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (0, 5, 0.0625),
        (1, 9, 0.021484375),
        (6, 16, 0.052478790283203125),
        (121, 59, 4.434444e-06),
    ],
)  # fmt: skip
def test_mcnemar(gained: int, lost: int, p: float) -> None:
    # The last is the example of Agresti's book family: the exact binomial of 59 in 180.
    exact = min(1.0, 2 * sum(comb(gained + lost, k) for k in range(min(gained, lost) + 1)) / 2 ** (gained + lost))
    assert mcnemar(gained, lost) == pytest.approx(exact, rel=1e-12)
    assert mcnemar(gained, lost) == pytest.approx(p, rel=0.2)
    assert mcnemar(gained, lost) == mcnemar(lost, gained)


def test_mcnemar_of_many_goes_on_as_that_of_few() -> None:
    n, fewer = 2001, 950
    exact = 2 * sum(comb(n, k) for k in range(fewer + 1)) / 2**n
    assert mcnemar(fewer, n - fewer) == pytest.approx(exact, rel=1e-9)


def test_paired_differences_use_the_pairs() -> None:
    before = [True] * 90 + [False] * 10
    now = [True] * 85 + [False] * 5 + [True] * 8 + [False] * 2
    found = paired_difference(now, before)
    assert (found.n, found.gained, found.lost) == (100, 8, 5)
    assert found.mean == pytest.approx(0.03)
    # Variance of the pairs' differences, far below that of two independent rates.
    half = 1.96 * sqrt((13 / 100 - 0.03**2) / 100)
    assert found.interval.low == pytest.approx(0.03 - half, abs=0.012)
    assert found.interval.high == pytest.approx(0.03 + half, abs=0.012)
    assert found.p == pytest.approx(mcnemar(8, 5))
    assert paired_difference(before, before).interval == (0.0, 0.0)
    with pytest.raises(ValueError, match="as many"):
        paired_difference([True], [])


def test_percentiles() -> None:
    assert percentile([1, 2, 3, 4], 50) == 2.5
    assert percentile(list(map(float, range(101))), 95) == 95
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)

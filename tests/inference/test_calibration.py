"""What raw confidences mean, learnt from answers whose worth is known."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.calibration import FEWEST, Calibration, Pair, _Block, _pooled, fit, read
from inference.reliability import calibration_error, reliability

CONFIDENCE = st.floats(0, 1, allow_nan=False)
PAIRS = st.lists(st.tuples(CONFIDENCE, st.booleans()), min_size=FEWEST, max_size=120)


def boastful(count: int, seed: int = 1) -> list[Pair]:
    """Answers of a model that is right with the square of what it says."""
    chance = random.Random(seed)
    said = [chance.uniform(0.3, 1) for _ in range(count)]
    return [(one, chance.random() < one * one) for one in said]


@given(PAIRS, CONFIDENCE, CONFIDENCE)
def test_it_never_falls_and_never_is_certain(pairs: list[Pair], one: float, other: float) -> None:
    made = fit(pairs)
    low, high = sorted((one, other))
    assert made.apply(low) <= made.apply(high)
    assert 1 / (len(pairs) + 2) <= made.apply(low)
    assert made.apply(high) <= (len(pairs) + 1) / (len(pairs) + 2)


@given(PAIRS)
def test_the_order_of_the_answers_changes_nothing_and_a_file_keeps_it_all(pairs: list[Pair]) -> None:
    made = fit(pairs)
    assert fit(reversed(pairs)) == made
    assert Calibration.model_validate_json(made.model_dump_json()) == made


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_pooling_is_isotonic_regression(right: list[bool]) -> None:
    """Against the min-max formula of isotonic regression (Barlow et al., 1972)."""
    blocks = _pooled(
        [_Block(at, at, 1, int(one)) for at, one in enumerate(right)], lambda block: block.right / block.answers
    )
    told = [block.right / block.answers for block in blocks for _ in range(block.answers)]

    def mean(first: int, last: int) -> float:
        return sum(right[first : last + 1]) / (last + 1 - first)

    n = len(right)
    wanted = [max(min(mean(j, k) for k in range(i, n)) for j in range(i + 1)) for i in range(n)]
    assert told == pytest.approx(wanted)


@given(CONFIDENCE, st.lists(st.tuples(CONFIDENCE, st.booleans()), max_size=FEWEST - 1))
def test_too_few_answers_change_nothing(confidence: float, pairs: list[Pair]) -> None:
    made = fit(pairs)
    assert not made.known
    assert made.apply(confidence) == confidence
    assert made.answers == len(pairs)


def test_a_boastful_model_is_brought_down_on_answers_that_were_not_learnt_from() -> None:
    made, fresh = fit(boastful(2000)), boastful(2000, seed=2)
    after = [(made.apply(said), right) for said, right in fresh]
    assert calibration_error(fresh) > 0.15
    assert calibration_error(after) < 0.04
    assert made.apply(0.7) == pytest.approx(0.49, abs=0.06)


def test_it_is_linear_between_blocks_and_level_beyond_them() -> None:
    made = Calibration(points=((0.2, 0.1), (0.4, 0.1), (0.8, 0.9)), answers=100)
    assert [made.apply(one) for one in (0, 0.3, 0.6, 0.8, 1)] == pytest.approx([0.1, 0.1, 0.5, 0.9, 0.9])


def test_equal_confidences_are_one_block() -> None:
    made = fit([(0.9, at % 2 == 0) for at in range(40)])
    assert made.points == ((0.9, 21 / 42),)


def test_what_lies_under_the_cut_is_withheld() -> None:
    assert not Calibration().withholds(0.0)
    assert [Calibration(cut=0.6).withholds(one) for one in (0.59, 0.6)] == [True, False]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"version": 2}',
        '{"version": 1, "points": [[0.5, 0.6], [0.4, 0.7]]}',
        '{"version": 1, "points": [[0.4, 0.7], [0.5, 0.6]]}',
        '{"version": 1, "points": [[0.4, 1.7]]}',
        '{"version": 1, "cut": 2}',
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calibration.json"
    assert read(path) is None
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="Calibration"):
        read(path)


def test_a_file_of_this_version_is_read(tmp_path: Path) -> None:
    path, made = tmp_path / "calibration.json", fit(boastful(100)).model_copy(update={"cut": 0.7})
    path.write_text(made.model_dump_json(), encoding="utf-8")
    assert read(path) == made


def test_bins_hold_every_answer_and_the_error_is_that_of_the_paper() -> None:
    pairs = [(0.95, True), (1.0, False), (0.15, False), (0.11, True)]
    bins = reliability(pairs)
    assert [(one.low, one.answers, one.right) for one in bins] == [(0.1, 2, 0.5), (0.9, 2, 0.5)]
    assert calibration_error(pairs) == pytest.approx((2 * abs(0.5 - 0.13) + 2 * abs(0.5 - 0.975)) / 4)
    assert calibration_error([]) == 0


@given(st.lists(st.tuples(CONFIDENCE, st.booleans()), max_size=60), st.integers(1, 20))
def test_the_error_is_a_share(pairs: list[Pair], bins: int) -> None:
    assert 0 <= calibration_error(pairs, bins) <= 1
    assert sum(one.answers for one in reliability(pairs, bins)) == len(pairs)

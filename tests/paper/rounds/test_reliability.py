"""What is said and drawn of a model's confidences."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from paper.rounds.facts import facts_of
from paper.rounds.markdown import markdown
from paper.rounds.reliability import reliability, sentence
from store.models import RoundStep
from tests.rounds import row_of, steps_of, verdict

BIN = {"low": 0.9, "high": 1.0, "answers": 1200, "confidence": 0.96, "right": 0.8}
LOWEST = {"low": 0.0, "high": 0.1, "answers": 3, "confidence": 0.05, "right": 0.0}
FIGURES: dict[str, Any] = {
    "answers": 1203,
    "known": True,
    "error_before": 0.16,
    "error_after": 0.021,
    "cut": 0.62,
    "answered": 0.71,
    "right": 0.84,
    "target": 0.8,
    "bins_before": [BIN],
    "bins_after": [LOWEST, BIN],
}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {},
            "按 1,203 道留出的题校准：说的把握和答对的比例平均差 16.0% → 2.1%。把握低于 62.0% 的不答：答 71.0% 的题，对 84.0%（要求 80.0%）。",
        ),
        ({"cut": None}, "定不出一条线让答的题对 80.0%，所以都答。"),
        ({"cut": 0.0}, "不用拒答，答的题对 84.0%。"),
        ({"known": False, "answers": 12}, "只有 12 道留出的题，太少，把握照模型自己说的写。"),
    ],
)
def test_what_was_found_in_words(more: dict[str, Any], words: str):
    assert sentence(FIGURES | more).endswith(words)


@pytest.mark.parametrize("cut", [None, 0.0, 0.1, 0.62, 1.0])
def test_the_picture_is_as_wide_as_the_other_ones(cut: float | None):
    width, height = Image.open(BytesIO(reliability("第 7 轮", FIGURES | {"cut": cut}))).size
    assert width == 1147
    assert 1000 < height < 3000


def test_few_answers_have_a_picture_too():
    few = {"answers": 1, "known": False, "bins_before": [BIN], "bins_after": [BIN]}
    assert reliability("第 1 轮", few).startswith(b"\x89PNG")


def test_the_card_says_it_and_older_rounds_say_nothing():
    told = {"candidate": {"near": 0.7}, "calibration": FIGURES}
    step = RoundStep(round_id=7, name="evaluate", seconds=1, record={"figures": told})
    text = markdown(facts_of(row_of(verdict=verdict()), [*steps_of(), step]))
    assert "## 把握\n\n按 1,203 道留出的题校准" in text
    assert "## 把握" not in markdown(facts_of(row_of(verdict=verdict()), steps_of(judged=verdict())))

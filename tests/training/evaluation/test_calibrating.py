"""Calibrations from evaluations: of which answers, judged on which, and asked of real servers on loopback."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.calibration import Pair
from tests.training.evaluation import version
from tests.training.evaluation.served import Served
from training.evaluation import report as reports
from training.evaluation.asking import Manner
from training.evaluation.calibrating import calibrate, calibrated, pairs_of
from training.evaluation.report import Scored
from training.evaluation.running import Candidate, evaluate
from training.evaluation.sets import read_sets

HOLDOUT = version.many(0, 80)
KNOWN = version.knows(*HOLDOUT)
WRONG = {one["input"] for one in HOLDOUT[::4]}


def answer(asked: str) -> str:
    return "懒惰" if "反义词" in asked else "Z" if asked in WRONG else KNOWN.get(asked, "没有把握")


def probability(asked: str) -> float:
    return 0.7 if asked in WRONG else 0.9


def drawn(count: int, seed: int, worth: float = 1.0) -> list[Pair]:
    """A model that says 0.5 to 1 and is right with *worth* times the square of that."""
    chance = random.Random(seed)
    said = [chance.uniform(0.5, 1) for _ in range(count)]
    return [(one, chance.random() < worth * one * one) for one in said]


@pytest.mark.parametrize("seed", range(5))
def test_the_promise_holds_on_answers_that_came_later(seed: int) -> None:
    found = calibrated(drawn(1500, seed), 0.8)
    made = found.calibration
    assert found.after < 0.06 < found.before
    assert made.cut is not None
    assert 0.5 < made.cut < 1
    assert found.right >= 0.8
    later = [(made.apply(told), right) for told, right in drawn(4000, seed + 100)]
    kept = [right for told, right in later if not made.withholds(told)]
    assert sum(kept) / len(kept) > 0.78
    assert found.answered == pytest.approx(len(kept) / len(later), abs=0.12)


@pytest.mark.parametrize("seed", range(5))
def test_a_promise_that_nothing_can_keep_is_not_made(seed: int) -> None:
    chance = random.Random(seed)
    found = calibrated([(chance.random(), chance.random() < 0.4) for _ in range(600)], 0.9)
    assert found.calibration.cut is None
    assert (found.answered, found.right) == (1, pytest.approx(0.4, abs=0.06))


def test_where_all_may_be_answered_nothing_is_withheld() -> None:
    found = calibrated([(0.5 + at / 1000, at % 50 != 0) for at in range(400)], 0.8)
    assert found.calibration.cut == 0
    assert found.answered == 1


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=120), st.floats(0, 1))
def test_whatever_comes_figures_are_shares_and_a_cut_kept_its_promise(pairs: list[Pair], target: float) -> None:
    found = calibrated(pairs, target)
    assert all(0 <= one <= 1 for one in (found.before, found.after, found.answered, found.right))
    assert found.calibration.cut is None or found.right >= target
    assert json.loads(json.dumps(found.figures()))["answers"] == len(pairs)


def test_only_given_held_out_answers_with_a_confidence_count() -> None:
    def line(**more: object) -> Scored:
        told = {"set": "holdout", "reply": "B. 甲", "right": True, "problem": "", "confidence": 0.8} | more
        rest = {"id": "", "kind": "single", "category": "", "input": "", "key": "", "exact": True}
        return Scored(**rest, formatted=True, truncated=False, **told)  # pyright: ignore[reportArgumentType]

    others = [line(set="corrected"), line(reply="没有把握"), line(problem="timeout"), line(confidence=None)]
    assert pairs_of([line(), line(right=False), *others]) == [(0.8, True), (0.8, False)]


@pytest.mark.parametrize("family", ["qwen", ""])
@pytest.mark.parametrize("first_line", [False, True])
async def test_held_out_answers_come_with_their_confidence(tmp_path: Path, family: str, first_line: bool) -> None:
    sets = read_sets(version.write(tmp_path / "v1", holdout=HOLDOUT, guard=8))
    manner = Manner(batch=8, first_line=first_line)
    async with Served(answer) as server:
        server.probability = probability
        found = await evaluate(
            Candidate((server.url,), family=family), sets, tmp_path / "out", dataset="v1", manner=manner
        )
        assert found.identity.batched is bool(family)
        assert server.most_in_flight > 4
        whole = [body for body in server.bodies if body.get("logprobs") and body["max_tokens"] == 256]
    assert len(whole) == 80
    assert not any("stop" in body for body in whole)
    told = {one.input: one.confidence for one in reports.read_replies(tmp_path / "out") if one.set == "holdout"}
    assert told == {one["input"]: pytest.approx(probability(one["input"]), abs=1e-5) for one in HOLDOUT}
    made = calibrate(tmp_path / "out", 0.9)
    assert made is not None
    assert made.calibration.apply(0.7) < 0.1 < 0.9 < made.calibration.apply(0.9)
    assert made.calibration.cut == pytest.approx(61 / 62)
    assert (made.answered, made.right) == (0.75, 1)


@pytest.mark.parametrize("kind", ["silent", "refuses"])
async def test_a_server_that_tells_none_is_asked_as_before(tmp_path: Path, kind: str) -> None:
    sets = read_sets(version.write(tmp_path / "v1", holdout=HOLDOUT))
    async with Served(answer) as server:
        server.refuses_logprobs = kind == "refuses"
        found = await evaluate(Candidate((server.url,), family="qwen"), sets, tmp_path / "out", dataset="v1")
        # Once whether it tells, then how long an answer takes.
        assert server.count("chat") - (found.latency.n if found.latency else 0) == 2
    assert found.sets[0].total.right == 60
    assert calibrate(tmp_path / "out", 0.9) is None


def test_replies_of_earlier_versions_are_read(tmp_path: Path) -> None:
    old = {"set": "holdout", "id": "1", "kind": "short", "category": "", "input": "题", "key": "甲", "reply": "甲"}
    old |= {"right": True, "exact": True, "formatted": None, "truncated": False, "problem": ""}
    (tmp_path / reports.REPLIES).write_text(json.dumps(old) + "\n", encoding="utf-8")
    assert reports.read_replies(tmp_path)[0].confidence is None
    assert calibrate(tmp_path, 0.9) is None
    assert math.isclose(calibrated([(0.5, True)] * 10, 0.9).before, 0.5)

"""Reading what OpenCompass 0.5.4 left; ``recorded`` holds files of a real run against a server."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.training.opencompass.papers import SETS
from training.opencompass import results
from training.opencompass.errors import MissingScores, NotReady, ServerDown
from training.opencompass.failures import explain
from training.opencompass.parts import Part, write_parts
from training.opencompass.results import Score, Verdict, by_set, disagreements, read_scores

RECORDED = Path(__file__).parent / "recorded"


@pytest.fixture
def parts(tmp_path: Path) -> list[Part]:
    return write_parts(SETS, tmp_path / "questions")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return shutil.copytree(RECORDED / "served", tmp_path / "run")


def result(run: Path, part: str) -> Path:
    return run / "results" / "model" / f"{part}.json"


def test_scores_of_a_real_run(run: Path, parts: list[Part]):
    scores = read_scores(run, parts)
    assert scores == {
        "corrected-short": Score(n=2, exact=100, contains=100),
        "holdout-choice": Score(n=6, exact=83.3333, contains=83.3333),
        "holdout-judge": Score(n=4, exact=75, contains=100),
        "holdout-short": Score(n=8, exact=75, contains=87.5),
    }
    # 5 of 6, 3 of 4 and 6 of 8 make 14 of 18; leniently 5, 4 and 7.
    together = by_set(scores, parts)
    assert together["holdout"].n == 18
    assert together["holdout"].exact == pytest.approx(100 * 14 / 18, abs=1e-3)
    assert together["holdout"].contains == pytest.approx(100 * 16 / 18, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "没有结果文件"),
        ("{", "读不了"),
        ("[]", "没有分数"),
        ('{"error": "boom"}', "评分出错（boom）"),
        ('{"accuracy": 50.0}', "没有分数"),
        ('{"n": 4.0, "exact": "-", "contains": 1.0}', "没有分数"),
        ('{"n": 3.0, "exact": 50.0, "contains": 50.0}', "只评了 3 题，应有 4 题"),
    ],
)
def test_every_missing_score_names_its_set(text: str | None, reason: str, run: Path, parts: list[Part]):
    file = result(run, "holdout-judge")
    if text is None:
        file.unlink()
    else:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(MissingScores, match="holdout-judge") as caught:
        read_scores(run, parts)
    assert caught.value.reasons.keys() == {"holdout-judge"}
    assert reason in str(caught.value)


def verdict(**scores: Score) -> Verdict:
    return Verdict(subject="m", run="r", seconds=1, sets=scores, parts={})


def test_the_two_referees_disagree_when_ours_lies_outside_what_the_other_spans():
    told = verdict(holdout=Score(n=100, exact=60, contains=70), corrected=Score(n=9, exact=50, contains=50))
    assert disagreements(told, {"holdout": 65, "corrected": 53, "near": 1}, most=5) == []
    (high,) = disagreements(told, {"holdout": 78, "corrected": 50}, most=5)
    assert high.points == pytest.approx(8)
    assert "holdout：我们评 78.0，高于 OpenCompass 的 60.0（严）到 70.0（宽）8.0 个百分点" in high.sentence
    (low,) = disagreements(told, {"holdout": 50}, most=5)
    assert "低于" in low.sentence
    assert disagreements(told.model_copy(update={"partial": ["holdout"]}), {"holdout": 0}, most=5) == []


def test_a_verdict_is_kept_and_read_again(tmp_path: Path):
    told = verdict(holdout=Score(n=1, exact=0, contains=100))
    (tmp_path / results.FILE).write_text(told.model_dump_json(), encoding="utf-8")
    assert results.load(tmp_path) == told
    (tmp_path / results.FILE).write_text(json.dumps({"sets": {}}), encoding="utf-8")
    with pytest.raises(NotReady, match="读不了"):
        results.load(tmp_path)
    with pytest.raises(NotReady, match="没有评完"):
        results.load(tmp_path / "elsewhere")


MISSING = MissingScores({"holdout-short": "没有结果文件"})


def test_the_log_of_a_server_that_died_is_recognised():
    log = (RECORDED / "server_died.log").read_text(encoding="utf-8")
    error = explain(MISSING, log, Path("x.log"), served=True)
    assert isinstance(error, ServerDown)
    assert "holdout-short" in str(error)
    assert isinstance(
        explain(MISSING, "openai.APIConnectionError: Connection error.", Path("x"), served=True), ServerDown
    )


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("Error code: 401 - {'error': 'no key'}", "拒绝了请求（401）"),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried", "显存或内存不够"),
        ("ModuleNotFoundError: No module named 'opencompass'", "gongkao env create evaluation"),
        ("OSError: Error no file named model.safetensors", "读不了这个模型"),
        ("    assert len(all_gpu_ids) >= num_gpus\nAssertionError", "--cpu"),
    ],
)
def test_what_a_person_can_mend_is_said(log: str, words: str):
    error = explain(MISSING, log, Path("x.log"), served=True)
    assert isinstance(error, NotReady)
    assert words in str(error)
    assert "holdout-short" in str(error)


def test_anything_else_stays_a_missing_score_with_its_log():
    error = explain(MISSING, "KeyError: 7", Path("/out/x.log"), served=False)
    assert isinstance(error, MissingScores)
    assert "holdout-short" in str(error)
    assert "/out/x.log" in str(error)

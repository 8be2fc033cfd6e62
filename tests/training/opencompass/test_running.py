"""What we make of a process that behaves as OpenCompass does at its worst; the real one is in test_real_run."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.training.opencompass.papers import SETS
from training.opencompass.errors import MissingScores, NotReady, TookTooLong
from training.opencompass.rendering import Served
from training.opencompass.results import FILE, Verdict
from training.opencompass.running import CONFIG, LOG, referee
from training.opencompass.settings import OpencompassSettings

SERVED = Served("http://127.0.0.1:9", "gongkao")
BEGINS = """
import json, os, sys, time
from pathlib import Path
out = Path(sys.argv[sys.argv.index("-w") + 1])
run = out / "20260101_000000"
(run / "configs").mkdir(parents=True)
(run / "predictions" / "model").mkdir(parents=True)
(run / "results" / "model").mkdir(parents=True)
parts = {file.stem: len(file.read_text("utf-8").splitlines()) for file in (out / "questions").glob("*.jsonl")}
def answered(name, count):
    (run / "predictions" / "model" / f"tmp_{name}.jsonl").write_text("{}\\n" * count)
def scored(name):
    told = {"n": float(parts[name]), "exact": 50.0, "contains": 100.0}
    (run / "results" / "model" / f"{name}.json").write_text(json.dumps(told))
"""


def stand_in(folder: Path, script: str) -> Path:
    """An executable that does *script* whatever it is asked to."""
    folder.mkdir(exist_ok=True)
    file = folder / "python"
    file.write_text(f"#!{sys.executable}\n{BEGINS}{script}", encoding="utf-8")
    file.chmod(0o755)
    return file


async def go(
    tmp_path: Path, script: str, *, seen: list[tuple[str, int, int]] | None = None, **settings: float
) -> Verdict:
    told = seen if seen is not None else []
    return await referee(
        SERVED,
        SETS,
        tmp_path / "out",
        python=stand_in(tmp_path, script),
        settings=OpencompassSettings.model_validate(settings),
        stop=asyncio.Event(),
        report=lambda stage, done, total: told.append((stage, done, total)),
    )


@pytest.mark.slow
async def test_progress_is_read_from_the_files_and_the_verdict_is_kept(tmp_path: Path):
    seen: list[tuple[str, int, int]] = []
    script = "time.sleep(1.2); answered('holdout-short', 3); time.sleep(1.2); [scored(name) for name in parts]"
    verdict = await go(tmp_path, script, seen=seen)
    assert ("OpenCompass 启动", 0, 20) in seen
    assert ("OpenCompass 答题", 3, 20) in seen
    assert verdict.run == "20260101_000000"
    assert {name: score.n for name, score in verdict.sets.items()} == {"corrected": 2, "holdout": 18}
    assert (tmp_path / "out" / FILE).is_file()
    assert (tmp_path / "out" / LOG).is_file()
    assert (tmp_path / "out" / CONFIG).is_file()


async def test_exit_code_0_with_a_score_missing_is_a_failure(tmp_path: Path):
    with pytest.raises(MissingScores) as caught:
        await go(tmp_path, "[scored(name) for name in parts if name != 'holdout-judge']; sys.exit(0)")
    assert caught.value.reasons.keys() == {"holdout-judge"}
    assert not (tmp_path / "out" / FILE).exists()


async def test_an_exit_code_of_1_with_all_scores_is_none(tmp_path: Path):
    verdict = await go(tmp_path, "[scored(name) for name in parts]; sys.exit(1)")
    assert verdict.sets["holdout"].exact == 50


async def test_an_earlier_verdict_and_an_earlier_run_do_not_count(tmp_path: Path):
    await go(tmp_path, "[scored(name) for name in parts]")
    with pytest.raises(MissingScores):
        await go(tmp_path, "sys.exit(0)")
    assert not (tmp_path / "out" / FILE).exists()


@pytest.mark.slow
async def test_it_is_stopped_at_its_limit_and_when_nothing_moves(tmp_path: Path):
    with pytest.raises(TookTooLong, match="没有答出一题"):
        await go(tmp_path, "time.sleep(60)", stall_s=0.5)
    with pytest.raises(TookTooLong, match="还没完"):
        await go(tmp_path / "again", "time.sleep(60)", timeout_s=0.5)


async def test_a_python_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(NotReady, match="nowhere"):
        await referee(
            SERVED,
            SETS,
            tmp_path / "out",
            python=tmp_path / "nowhere",
            settings=OpencompassSettings(),
            stop=asyncio.Event(),
        )

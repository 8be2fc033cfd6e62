"""Progress as XTuner 0.2.0 writes it, whole and half written."""

from __future__ import annotations

import json
import math
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from training.xtuner import progress

LINE = (
    "11/26 13:02:19 - mmengine - INFO - Iter(train) [{done:>3}/{total}]  lr: 1.0324e-03  eta: {eta}  "
    "time: 0.2417  data_time: 0.0942  grad_norm: 0.2388  loss: 0.0193\n"
)


def scalar(iteration: int, loss: float = 0.5) -> str:
    told = {"lr": 1e-3, "data_time": 0.01, "grad_norm": 0.25, "loss": loss, "time": 0.125}
    return json.dumps({**told, "iter": iteration, "step": iteration}) + "\n"


def write(work: Path, stamp: str, scalars: str, log: str = "") -> None:
    (work / stamp / "vis_data").mkdir(parents=True)
    (work / stamp / "vis_data" / "scalars.json").write_text(scalars, encoding="utf-8")
    (work / stamp / f"{stamp}.log").write_text(log, encoding="utf-8")


def test_nothing_yet(tmp_path: Path):
    assert progress.read(tmp_path / "none") == progress.Progress(0, 0, None, ())
    write(tmp_path, "20261126_130159", "", "loading\n")
    assert progress.read(tmp_path).done == 0


def test_points_total_and_what_is_left(tmp_path: Path):
    log = LINE.format(done=10, total=200, eta="0:01:19") + LINE.format(done=20, total=200, eta="1 day, 2:03:04")
    write(tmp_path, "20261126_130159", scalar(10, 2.5) + scalar(20, 1.25), log)
    now = progress.read(tmp_path)
    assert (now.done, now.total, now.eta_s) == (20, 200, 86400 + 2 * 3600 + 3 * 60 + 4)
    assert now.points[0] == progress.Point(10, 2.5, 1e-3, 0.125, 0.25)
    assert now.curve() == [(10, 2.5), (20, 1.25)]


def test_half_written_and_foreign_lines_are_passed_over(tmp_path: Path):
    lines = scalar(10) + '{"iter": 15}\n[1]\n"x"\nnull\n' + scalar(20, math.nan) + scalar(30)[:-20]
    write(tmp_path, "20261126_130159", lines, "Iter(train) [ 2")
    now = progress.read(tmp_path)
    assert [point.iteration for point in now.points] == [10, 20]
    assert math.isnan(now.points[1].loss)
    # No curve goes through it.
    assert [at for at, _ in now.curve()] == [10]


def test_a_resumed_training_takes_the_place_of_what_was_lost(tmp_path: Path):
    # Killed at 40, resumed from the checkpoint at 20.
    first = "".join(scalar(number, 2.0) for number in (10, 20, 30, 40))
    write(tmp_path, "20261126_130159", first, LINE.format(done=40, total=200, eta="0:00:50"))
    write(tmp_path, "20261126_140000", "", "")
    assert (progress.read(tmp_path).done, progress.read(tmp_path).total) == (40, 200)
    second = tmp_path / "20261126_140000" / "vis_data" / "scalars.json"
    second.write_text(scalar(30, 1.0))
    now = progress.read(tmp_path)
    assert [(point.iteration, point.loss) for point in now.points] == [(10, 2.0), (20, 2.0), (30, 1.0)]
    assert now.done == 30


@settings(deadline=None, max_examples=50)
@given(count=st.integers(1, 3000))
def test_a_curve_is_short_and_keeps_its_ends(count: int):
    points = tuple(progress.Point(number, 1 / number, 1e-3, 0.1) for number in range(1, count + 1))
    curve = progress.Progress(count, count, 0.0, points).curve()
    assert len(curve) == min(count, 200)
    assert curve[0][0] == 1
    assert curve[-1][0] == count
    assert curve == sorted(set(curve))

"""What superusers read of rounds, and the loss as a picture."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.services.rounds import words
from bot.services.rounds.picture import loss_curve
from store.models import RoundStep, TrainingRound


def round_of(status: str, **more: object) -> TrainingRound:
    plain = {"id": 7, "note": "", "problem": "", "progress": {}, "step": "", "dataset": "v0003", "cancel_asked": False}
    created = datetime(2026, 11, 26, 4, tzinfo=UTC)
    return TrainingRound(**{**plain, "status": status, "created_at": created, "heartbeat_at": None, **more})


DONE = [
    RoundStep(round_id=7, name="dataset", seconds=3, record={}),
    RoundStep(round_id=7, name="train", seconds=92, record={}),
]


def test_a_running_round_tells_step_loss_and_time_left():
    row = round_of(
        "running",
        step="train",
        note="第一次",
        progress={"stage": "训练", "done": 60, "total": 384, "loss": 0.3346, "eta_s": 79},
        heartbeat_at=datetime.now(UTC),
    )
    assert words.status_text(row, DONE[:1]) == (
        "第 7 轮　训练中（第一次）\n训练集 v0003\n正在训练，60/384（15%），损失 0.335，还要约 1 分 19 秒\n做完：备训练集 3 秒"
    )


def test_a_silent_worker_is_told_of():
    row = round_of("running", step="train", heartbeat_at=datetime.now(UTC) - timedelta(minutes=5))
    assert "已经 5 分没有动静" in words.status_text(row, [])


@pytest.mark.parametrize(
    ("status", "last"),
    [
        ("ready", "上线发 /训练 上线 7。"),
        ("failed", "改好以后发 /训练 继续 7，从断的地方接着做。"),
        ("cancelled", "想接着做，发 /训练 继续 7。"),
    ],
)
def test_the_end_says_what_can_be_done(status: str, last: str):
    text = words.end_text(round_of(status, problem="显存不够。"), DONE)
    assert text.splitlines()[-1] == last
    assert text.startswith(f"第 7 轮{words.STATUS[status]}，用时 1 分 35 秒。")


def test_a_rejected_round_shows_each_line_of_the_gate():
    lines = [
        {"passed": True, "title": "纠错过的题", "sentence": "答对 99.0%（198/200）。"},
        {"passed": False, "title": "通用能力", "sentence": "降多了。"},
    ]
    text = words.end_text(round_of("rejected", verdict={"passed": False, "lines": lines}), DONE)
    assert text.splitlines()[1:] == ["✓ 纠错过的题：答对 99.0%（198/200）。", "✗ 通用能力：降多了。"]


def test_the_history_is_a_line_a_round():
    assert words.history_text([]) == words.NONE_YET
    [line] = words.history_text([round_of("ready", promoted_at=datetime.now(UTC))]).splitlines()
    assert line.startswith("第 7 轮　11-26")
    assert line.endswith("v0003　过了门槛，可以上线，上线过")


@pytest.mark.parametrize(("seconds", "told"), [(0, "0 秒"), (59.6, "1 分"), (200, "3 分 20 秒"), (7500, "2 小时 5 分")])
def test_lasting(seconds: float, told: str):
    assert words.lasting(seconds) == told


@pytest.mark.parametrize("points", [[[10, 2.0], [20, 1.0]], [[1, 3.0], [2, 3.0]], [[n, 1 / n] for n in range(1, 1000)]])
def test_the_curve_is_a_picture(points: list[list[float]]):
    assert loss_curve(7, points, "训练中").startswith(b"\x89PNG")

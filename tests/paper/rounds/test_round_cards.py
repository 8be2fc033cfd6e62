"""The model card of a round from its records, those of earlier versions too, and what is said of its steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image

from paper.rounds.facts import facts_of
from paper.rounds.markdown import markdown
from paper.rounds.picture import _training, card, loss_curve
from paper.rounds.words import lasting, points, status_text
from store.models import RoundStep
from tests.rounds import row_of, steps_of, verdict

DONE = steps_of()
JUDGED = steps_of(judged=verdict())


def size(picture: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(picture)).size


def test_the_markdown_card_holds_data_settings_figures_lines_and_regressions():
    text = markdown(facts_of(row_of(verdict=verdict()), JUDGED))
    assert text.startswith("# 第 7 轮\n\n2026-11-26")
    assert "训练集 v0003：12,043 题，53,120 条样本，其中纠错 214 条。" in text
    assert "- 底座：`Qwen2.5-7B-Instruct`" in text
    assert "改过的设置：`xtuner.lr = 2e-05`，`gate.few = fail`" in text
    assert "| 容易混的题 | 500 | 79.0% | 74.2% | −4.8（−7.0 到 −2.6） |" in text
    assert "| 通用能力 | 240 | — | 95.0% | — |" in text
    assert "| ✗ | 容易混的题 | 比现在的模型" in text
    assert "| △ | 该说没有把握的题" in text
    assert "## 变差的题（共 37 道）" in text
    assert text.count("应答「A. 造纸术」，之前答「A. 造纸术」，现在答「D. 活字印刷术」") == 10


def test_a_record_without_sets_falls_back_to_the_evaluation():
    old = {key: told for key, told in verdict().items() if key not in ("sets", "worst", "regressions")}
    facts = facts_of(row_of(verdict=old), JUDGED)
    assert [(one.title, one.before, one.now) for one in facts.sets] == [("容易混的题", 0.79, 0.742)]
    assert not facts.worst
    assert "—" in markdown(facts)


def quantised(candidate: float, **more: dict[str, float]) -> list[RoundStep]:
    figures = {
        "quantise": {"bytes_before": 15_200_000_000, "bytes_after": 5_600_000_000},
        "evaluate": {"candidate": {"holdout": candidate, "near": 0.8, "seconds": 5.0}, "baseline": {}, **more},
    }
    return [RoundStep(round_id=7, name=name, seconds=1, record={"figures": told}) for name, told in figures.items()]


def test_what_quantising_cost_is_on_the_card():
    before = {"unquantised": {"holdout": 0.95, "near": 0.8, "seconds": 6.0}}
    facts = facts_of(row_of(verdict=verdict()), [*DONE, *quantised(0.945, **before)])
    text = markdown(facts)
    assert "权重 15.2 GB → 5.6 GB；评测和门槛看的是量化以后的。" in text
    assert "| 留出的题 | 95.0% | 94.5% | −0.5 |\n| 容易混的题 | 80.0% | 80.0% | 0.0 |" in text
    assert {"name": "4 比特", "value": "15.2 GB → 5.6 GB，留出的题 −0.5"} in _training(facts)
    same = facts_of(row_of(verdict=verdict()), [*DONE, *quantised(0.95, **before)])
    assert {"name": "4 比特", "value": "15.2 GB → 5.6 GB，没有变差"} in _training(same)
    assert size(card(facts))[0] > 0


def test_a_quantised_model_that_was_not_wanted_after_all_is_not_told_of():
    assert "4 比特" not in markdown(facts_of(row_of(verdict=verdict()), [*DONE, *quantised(0.945)]))


def test_the_verdict_of_the_step_counts_while_the_row_has_none():
    assert facts_of(row_of("running"), JUDGED).judged
    assert not facts_of(row_of("running"), DONE).judged


def test_a_reply_that_never_came_says_why():
    told = verdict(worst=1)
    told["worst"][0] |= {"now": "", "problem": "服务器断了"}
    assert facts_of(row_of(verdict=told), JUDGED).worst[0].now == "没有回答：服务器断了"


@pytest.mark.parametrize(
    ("row", "steps"),
    [
        (row_of(verdict=verdict()), JUDGED),
        (row_of("ready", verdict=verdict(passed=True, worst=0), promoted_at=datetime.now(UTC), note="好" * 90), JUDGED),
        (row_of("failed", problem="显存不够，把 batch_size 改成 1。"), DONE),
        (row_of("running", step="train", progress={"curve": [[n, 1 / n] for n in range(1, 9)]}), DONE[:2]),
        (row_of("queued", dataset=None), []),
    ],
    ids=["rejected", "ready", "failed", "running", "queued"],
)
def test_the_card_is_a_picture_as_wide_as_a_phone_likes(row, steps):
    width, height = size(card(facts_of(row, steps)))
    assert width == 1147
    assert 200 < height < 7000


def test_letters_of_markup_are_letters():
    told = verdict(worst=1)
    told["worst"][0] |= {"input": '#panic() $x$ \\ "`]', "key": "*_<a>@b", "now": "#{"}
    assert size(card(facts_of(row_of(verdict=told, note="#let x = [", problem=""), JUDGED)))


@pytest.mark.parametrize("points", [[[10, 2.0], [20, 1.0]], [[1, 3.0], [2, 3.0]], [[n, 1 / n] for n in range(1, 1000)]])
def test_the_curve_is_a_picture(points: list[list[float]]):
    assert loss_curve(7, points, "训练中").startswith(b"\x89PNG")


def test_a_running_round_tells_step_loss_and_time_left():
    row = row_of(
        "running",
        step="train",
        note="第一次",
        progress={"stage": "训练", "done": 60, "total": 384, "loss": 0.3346, "eta_s": 79},
        heartbeat_at=datetime.now(UTC),
    )
    assert status_text(row, DONE[:1]) == (
        "第 7 轮　训练中（第一次）\n训练集 v0003\n正在训练，60/384（15%），损失 0.335，还要约 1 分 19 秒\n做完：备训练集 3 秒"
    )


def test_a_silent_worker_is_told_of():
    row = row_of("running", step="train", heartbeat_at=datetime.now(UTC) - timedelta(minutes=5))
    assert "已经 5 分没有动静" in status_text(row, [])


@pytest.mark.parametrize(("seconds", "told"), [(0, "0 秒"), (59.6, "1 分"), (200, "3 分 20 秒"), (7500, "2 小时 5 分")])
def test_lasting(seconds: float, told: str):
    assert lasting(seconds) == told


@pytest.mark.parametrize(
    ("difference", "told"), [(0.048, "+4.8"), (-0.048, "−4.8"), (0.0, "0.0"), (-0.0002, "0.0"), (0.1004, "+10.0")]
)
def test_points(difference: float, told: str):
    assert points(difference) == told

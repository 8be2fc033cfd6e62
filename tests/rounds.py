"""Rounds made up as a worker leaves them: a row, its verdict and the records of its steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from store.db import Sessions
from store.models import RoundStep, TrainingRound

CREATED = datetime(2026, 11, 26, 4, tzinfo=UTC)
SECONDS = {"dataset": 3, "config": 1, "train": 92, "convert": 4, "merge": 5, "evaluate": 60, "gate": 1}
QUESTION = "我国古代四大发明中，最早见于文献记载的是哪一项？ A. 造纸术 B. 指南针 C. 火药 D. 活字印刷术"


def row_of(status: str = "rejected", number: int = 7, **more: Any) -> TrainingRound:
    """A round that is over, or whatever *status* says."""
    plain: dict[str, Any] = {
        "note": "",
        "approvals": [],
        "account": "",
        "group_id": None,
        "member_id": "",
        "settings": {},
        "base": "/models/Qwen2.5-7B-Instruct",
        "dataset": "v0003",
        "cancel_asked": False,
        "step": "gate",
        "progress": {},
        "problem": "",
        "verdict": None,
        "forced_by": [],
        "told": "",
        "created_at": CREATED,
        "started_at": CREATED,
        "finished_at": CREATED + timedelta(seconds=200),
        "heartbeat_at": None,
    }
    return TrainingRound(**{**plain, "id": number, "status": status, **more})


def curve(points: int = 40) -> list[list[float]]:
    return [[10 * at, round(2.5 * math.exp(-5 * at / points) + 0.3, 5)] for at in range(1, points + 1)]


def verdict(*, passed: bool = False, worst: int = 10) -> dict[str, Any]:
    """As the gate records it."""
    sentence = "比现在的模型 -4.8 个百分点（95% 区间 -7.0 到 -2.6），确实变差了。"
    lost = {
        "set": "near",
        "title": "容易混的题",
        "category": "历史",
        "key": "A. 造纸术",
        "before": "A. 造纸术",
        "problem": "",
    }
    return {
        "passed": passed,
        "candidate": "round-7-candidate",
        "baseline": "round-7-baseline",
        "lines": [
            {
                "name": "corrected",
                "title": "纠错过的题",
                "passed": True,
                "sentence": "答对 99.1%（212/214），要求 98%。",
            },
            {"name": "near", "title": "容易混的题", "passed": passed, "sentence": sentence},
            {"name": "refusals", "title": "该说没有把握的题", "passed": True, "few": True, "sentence": "样本太少。"},
            {"name": "latency", "title": "回答的快慢", "passed": True, "skipped": True, "sentence": "没有量到。"},
        ],
        "worst": [{**lost, "input": f"{at}. {QUESTION}", "now": "D. 活字印刷术"} for at in range(1, worst + 1)],
        "regressions": 37 if worst else 0,
        "sets": [
            {"name": "corrected", "title": "纠错过的题", "n": 214, "rate": 0.9907, "low": 0.98, "high": 1.0}
            | {"rate_before": 0.4159, "difference": 0.5748, "difference_low": 0.508, "difference_high": 0.6402},
            {"name": "near", "title": "容易混的题", "n": 500, "rate": 0.742, "low": 0.7, "high": 0.78}
            | {"rate_before": 0.79, "difference": -0.048, "difference_low": -0.07, "difference_high": -0.026},
            {"name": "guard", "title": "通用能力", "n": 240, "rate": 0.95, "low": 0.92, "high": 0.97}
            | {"rate_before": None, "difference": None, "difference_low": None, "difference_high": None},
        ],
    }


def steps_of(number: int = 7, *, judged: Mapping[str, Any] | None = None, points: int = 40) -> list[RoundStep]:
    """All steps up to the training, and with *judged* those after it."""
    loss = curve(points)
    figures: dict[str, dict[str, Any]] = {
        "dataset": {"version": "v0003", "train": 12043, "samples": 53120, "corrections": 214},
        "config": {"rows": 53120, "iterations": 3320, "settings": {"xtuner.lr": 2e-05, "gate.few": "fail"}},
        "train": {"iterations": 3320, "loss": loss[-1][1], "peak_mb": 9000, "peak_gpu_mb": 21812, "curve": loss},
    }
    if judged is not None:
        rates = {"candidate": {"near": 0.742, "seconds": 5}, "baseline": {"near": 0.79, "seconds": 5}}
        figures |= {"convert": {}, "merge": {}, "evaluate": rates, "gate": dict(judged)}
    return [
        RoundStep(
            round_id=number,
            name=name,
            seconds=SECONDS[name],
            record={"seconds": SECONDS[name], "figures": told},
            finished_at=CREATED + timedelta(seconds=at),
        )
        for at, (name, told) in enumerate(figures.items())
    ]


async def keep(sessions: Sessions, status: str = "rejected", number: int = 7, **more: Any) -> None:
    """Put a round that came to its gate into the database."""
    judged = verdict(passed=status == "ready")
    async with sessions.begin() as session:
        session.add(row_of(status, number, **{"verdict": judged, **more}))
        await session.flush()
        session.add_all(steps_of(number, judged=judged))

"""The gate's lines, each with its figure, on reports made up for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from training.evaluation import report as reports
from training.evaluation.items import Item, ItemSet
from training.evaluation.report import Identity, Latency, Report, Scored
from training.evaluation.tallying import formatted, set_report
from training.gate import commands
from training.gate.judging import judge
from training.gate.settings import GateSettings
from training.gate.shown import text
from training.gate.verdict import Line, Verdict


@dataclass
class Made:
    """A report to be written: of each set which items are right."""

    right: Mapping[str, str] = field(default_factory=dict)
    """``1`` and ``0`` by set."""
    unformatted: int = 0
    latency_ms: float | None = 100
    size: int | None = 1000
    model: str = "new"

    def write(self, folder: Path) -> Path:
        sets: list[ItemSet] = []
        lines: dict[str, list[Scored]] = {}
        for name, marks in self.right.items():
            items = tuple(Item(f"{name}{at}", "short", "", f"{name} 第 {at} 题", "甲") for at in range(len(marks)))
            sets.append(ItemSet(name, name, items))
            asks = name not in ("guard", "refusals")
            lines[name] = [
                Scored(
                    *(name, item.id, item.kind, "", item.input, "甲", "甲" if mark == "1" else "乙"),
                    right=mark == "1",
                    exact=mark == "1",
                    formatted=at >= self.unformatted if asks else None,
                    truncated=False,
                    problem="",
                )
                for at, (item, mark) in enumerate(zip(items, marks, strict=True))
            ]
        report = Report(
            identity=Identity(model=self.model, batched=True, max_tokens=256, first_line=False),
            dataset="v0001",
            sets=[set_report(one, lines[one.name]) for one in sets],
            formatted=formatted(line for found in lines.values() for line in found),
            latency=Latency(n=32, p50_ms=self.latency_ms, p95_ms=self.latency_ms * 2) if self.latency_ms else None,
            size_bytes=self.size,
            prompts_sha256="",
            seconds=1,
            asked_at="2026-03-01T08:00:00+00:00",
        )
        reports.write(folder, report, (line for found in lines.values() for line in found))
        return folder


GOOD = {"corrected": "1" * 100, "holdout": "1" * 180 + "0" * 20, "guard": "1" * 190 + "0" * 10, "refusals": "1" * 40}


def judged(tmp_path: Path, now: Made, before: Made | None, **changed: Any) -> Verdict:
    now.write(tmp_path / "now")
    baseline = before.write(tmp_path / "before") if before else None
    return judge(tmp_path / "now", baseline, GateSettings(**changed))


def line(found: Verdict, name: str) -> Line:
    return next(one for one in found.lines if one.name == name)


def test_a_good_candidate_passes_every_line(tmp_path: Path) -> None:
    found = judged(tmp_path, Made(GOOD), Made(GOOD, model="old"))
    assert found.passed
    assert [one.name for one in found.lines] == [
        *("corrected", "holdout", "near", "guard", "refusals", "format", "latency", "size")
    ]
    assert line(found, "near").skipped
    assert line(found, "corrected").sentence == "答对 100.0%（100/100），要求 98%。"
    assert line(found, "latency").figure == 1
    told = json.loads(json.dumps(found.as_json()))
    assert told["passed"] is True
    assert all(one["sentence"] for one in told["lines"])
    assert text(found).splitlines()[0] == "new 过了门槛。"


def test_sizes_are_told_as_on_the_card(tmp_path: Path) -> None:
    found = judged(tmp_path, Made(GOOD, size=15_231_000_000), Made(GOOD, size=15_268_000_000))
    assert line(found, "size").sentence.startswith("15.2 GB，现在的模型 15.3 GB")


def test_a_first_round_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    found = judged(tmp_path, Made(GOOD), None)
    assert found.passed
    assert found.baseline is None
    assert {one.name for one in found.lines if one.skipped} == {"holdout", "near", "guard", "latency", "size"}
    assert "没有在用的模型可比" in line(found, "holdout").sentence
    assert "第一轮" in text(found)
    assert not judged(tmp_path, Made(GOOD | {"refusals": "1" * 30 + "0" * 10}), None).passed


@pytest.mark.parametrize(
    ("name", "now", "before", "figure"),
    [
        ("corrected", Made(GOOD | {"corrected": "1" * 97 + "0" * 3}), Made(GOOD), 97),
        ("corrected", Made(GOOD | {"corrected": "110"}), Made(GOOD | {"corrected": "111"}), 200 / 3),
        ("holdout", Made(GOOD | {"holdout": "1" * 160 + "0" * 40}), Made(GOOD), -10),
        ("near", Made(GOOD | {"near": "1" * 30 + "0" * 20}), Made(GOOD | {"near": "1" * 50}), -40),
        ("guard", Made(GOOD | {"guard": "1" * 187 + "0" * 13}), Made(GOOD), -1.5),
        ("refusals", Made(GOOD | {"refusals": "1" * 35 + "0" * 5}), Made(GOOD | {"refusals": "1" * 35 + "0" * 5}), 87.5),
        ("refusals", Made(GOOD | {"refusals": "1" * 37 + "0" * 3}), Made(GOOD), 92.5),
        ("format", Made(GOOD, unformatted=4), Made(GOOD), 292 / 3),
        ("latency", Made(GOOD, latency_ms=151), Made(GOOD), 1.51),
        ("size", Made(GOOD, size=1201), Made(GOOD), 1.201),
    ],
)  # fmt: skip
def test_each_line_can_fail_alone(tmp_path: Path, name: str, now: Made, before: Made, figure: float) -> None:
    found = judged(tmp_path, now, before)
    assert [one.name for one in found.failures()] == [name]
    assert line(found, name).figure == pytest.approx(figure)
    assert line(found, name).title in text(found).splitlines()[0]


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (Made(GOOD | {"corrected": "1" * 98 + "00"}), Made(GOOD)),
        # Two lost, one gained: worse, but so is luck.
        (Made(GOOD | {"holdout": "00" + "1" * 178 + "1" + "0" * 19}), Made(GOOD)),
        (Made(GOOD | {"guard": "1" * 188 + "0" * 12}), Made(GOOD)),
        (Made(GOOD | {"refusals": "1" * 38 + "00"}), Made(GOOD)),
        (Made(GOOD, unformatted=3), Made(GOOD)),
        (Made(GOOD, latency_ms=150), Made(GOOD)),
        (Made(GOOD, latency_ms=40), Made(GOOD, latency_ms=5)),
        (Made(GOOD, size=1200), Made(GOOD)),
        (Made(GOOD, latency_ms=None, size=None), Made(GOOD)),
        (Made(GOOD), Made({"holdout": GOOD["holdout"]}, latency_ms=None, size=None)),
    ],
)
def test_what_is_just_good_enough(tmp_path: Path, now: Made, before: Made) -> None:
    assert judged(tmp_path, now, before).passed


def test_losing_for_certain_and_by_luck_are_told_apart(tmp_path: Path) -> None:
    lucky = line(judged(tmp_path, Made(GOOD | {"holdout": "00" + "1" * 178 + "1" + "0" * 19}), Made(GOOD)), "holdout")
    assert lucky.passed
    assert "-0.5 个百分点" in lucky.sentence
    assert "还在误差之内" in lucky.sentence
    worse = Made(GOOD | {"holdout": "1" * 170 + "0" * 30})
    certain = line(judged(tmp_path, worse, Made(GOOD)), "holdout")
    assert not certain.passed
    assert "确实变差了" in certain.sentence
    assert line(judged(tmp_path, worse, Made(GOOD), holdout_tolerance_points=3), "holdout").passed


def test_too_few_items_are_told_and_count_as_set(tmp_path: Path) -> None:
    few = {"holdout": "0" * 10, "refusals": "0" * 4}
    before = Made({"holdout": "1" * 10, "refusals": "1" * 4})
    found = judged(tmp_path, Made(few), before)
    assert found.passed
    assert line(found, "holdout").few
    assert line(found, "holdout").sentence.startswith("样本太少（10 题，至少要 30 题），只供参考：")
    assert "△ 留出的题" in text(found)
    assert not judged(tmp_path, Made(few), before, few="fail").passed
    assert not judged(tmp_path, Made(few), before, fewest=4).passed


def test_the_ten_worst_regressions_are_shown(tmp_path: Path) -> None:
    found = judged(tmp_path, Made(GOOD | {"holdout": "0" * 30 + "1" * 150 + "0" * 20}), Made(GOOD))
    assert not found.passed
    assert (len(found.worst), found.regressions) == (10, 30)
    assert (found.worst[0].before, found.worst[0].now) == ("甲", "乙")


def run(*words: str | Path, code: int) -> Result:
    app = Typer()
    app.command("gate")(commands.gate)
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "140"})
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_the_command_says_it_by_its_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "bot.toml"
    config.write_text("[training.gate]\ncorrected_percent = 90\n", encoding="utf-8")
    monkeypatch.setenv("GONGKAO_CONFIG", str(config))
    now = Made(GOOD | {"corrected": "1" * 95 + "0" * 5}).write(tmp_path / "now")
    before = Made(GOOD, model="old").write(tmp_path / "before")
    said = run(now, before, code=0).stdout
    assert "new 过了门槛" in said
    assert "95.0%（95/100），要求 90%" in said
    assert "原来对、现在错的有 5 题" in said
    (told,) = map(json.loads, run(now, before, "--json", code=0).stdout.splitlines())
    assert told["result"]["baseline"] == "old"

    config.write_text("", encoding="utf-8")
    assert "new 没过门槛：纠错过的题" in run(now, before, code=1).stdout
    (told,) = map(json.loads, run(now, "--json", code=1).stdout.splitlines())
    assert told["result"]["passed"] is False

    assert "没有评测结果" in run(tmp_path / "nowhere", code=2).stderr
    config.write_text("[training.gate]\nguard_point = 1\n", encoding="utf-8")
    assert "[training.gate] 没有 guard_point 这个键，是不是想写 guard_points" in run(now, code=2).stderr
    config.write_text("[training]\ngate = 1\n", encoding="utf-8")
    assert "应该是一张表" in run(now, "--json", code=2).stdout

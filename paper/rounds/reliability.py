"""Said confidence against the share right, before and after calibration, as a picture for a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paper.rounds.words import percent
from paper.typesetting import typeset


def reliability(title: str, figures: Mapping[str, Any]) -> bytes:
    """A PNG of what the record of an evaluation holds under ``calibration``."""
    return typeset("reliability.typ", {"title": title, **_drawn(figures)}, "png")


def sentence(figures: Mapping[str, Any]) -> str:
    """What was found, in one or two sentences; empty for figures of nothing."""
    if not figures.get("answers"):
        return ""
    answers = f"{figures['answers']:,} 道留出的题"
    if not figures.get("known"):
        return f"只有 {answers}，太少，把握照模型自己说的写。"
    before, after = percent(figures.get("error_before")), percent(figures.get("error_after"))
    return f"按 {answers}校准：说的把握和答对的比例平均差 {before} → {after}。{_cut(figures)}"


def _cut(figures: Mapping[str, Any]) -> str:
    cut, target = figures.get("cut"), percent(figures.get("target"))
    if cut is None:
        return f"定不出一条线让答的题对 {target}，所以都答。"
    right, answered = percent(figures.get("right")), percent(figures.get("answered"))
    if not cut:
        return f"不用拒答，答的题对 {right}。"
    return f"把握低于 {percent(cut)} 的不答：答 {answered} 的题，对 {right}（要求 {target}）。"


def _drawn(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sentence": sentence(figures),
        "cut": figures.get("cut"),
        "panels": [
            {"name": name, "error": percent(figures.get(f"error_{key}")), "bins": _bins(figures.get(f"bins_{key}", []))}
            for key, name in (("before", "校准前"), ("after", "校准后"))
        ],
    }


def _bins(told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "low": one["low"],
            "high": one["high"],
            "said": one["confidence"],
            "right": one["right"],
            "answers": f"{one['answers']:,}",
        }
        for one in told
    ]

"""The referee's scores, and what they say beside our own scorer's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from training.opencompass.errors import MissingScores, NotReady
from training.opencompass.parts import Part
from training.opencompass.rendering import MODEL

FILE = "referee.json"


class Score(BaseModel):
    """How a model did in one set, or in a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int
    """Questions."""
    exact: float
    """Right as a strict reader marks, in percent: the answer stands first, and nothing else with it."""
    contains: float
    """Right as a lenient one does, in percent: the answer is somewhere in the reply; never below ``exact``."""


class Verdict(BaseModel):
    """What one run of the referee found, as :data:`FILE` keeps it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    """The model's folder, or the server and its model."""
    run: str
    """OpenCompass's folder of this run, relative to the file."""
    seconds: float
    sets: dict[str, Score]
    """By the set's name."""
    parts: dict[str, Score]
    """By the name in OpenCompass's files: a set's choice questions, its short ones, …"""
    partial: list[str] = []
    """Sets of which only some questions were asked; figures of the whole set do not compare."""


class Disagreement(NamedTuple):
    set: str
    ours: float
    referee: Score
    points: float
    """How far our figure lies outside the span from ``exact`` to ``contains``, in points."""

    @property
    def sentence(self) -> str:
        side = "高于" if self.ours > self.referee.contains else "低于"
        return (
            f"{self.set}：我们评 {self.ours:.1f}，{side} OpenCompass 的 {self.referee.exact:.1f}（严）到 "
            f"{self.referee.contains:.1f}（宽）{self.points:.1f} 个百分点。先看两边的答卷再信其中一个。"
        )


def read_scores(run: Path, parts: Sequence[Part]) -> dict[str, Score]:
    """The score of each of *parts*, by its name, from OpenCompass's folder *run*.

    Raises:
        MissingScores: of some there is none, or not of all questions.
    """
    scores: dict[str, Score] = {}
    missing: dict[str, str] = {}
    for part in parts:
        found = _score(run / "results" / MODEL / f"{part.name}.json", part.count)
        if isinstance(found, Score):
            scores[part.name] = found
        else:
            missing[part.name] = found
    if missing:
        raise MissingScores(missing)
    return scores


def _score(file: Path, count: int) -> Score | str:
    try:
        told = cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return "没有结果文件"
    except (OSError, ValueError):
        return "结果文件读不了"
    try:
        if "error" in told:
            return f"评分出错（{told['error']}）"
        # The answers follow the scores in the same object.
        score = Score(n=told["n"], exact=round(told["exact"], 4), contains=round(told["contains"], 4))
    except (KeyError, TypeError, ValidationError):
        return "结果里没有分数"
    if score.n != count:
        return f"只评了 {score.n} 题，应有 {count} 题"
    return score


def by_set(scores: Mapping[str, Score], parts: Iterable[Part]) -> dict[str, Score]:
    """The parts' scores put together by set, each question counting once."""
    groups: dict[str, list[Score]] = {}
    for part in parts:
        groups.setdefault(part.set, []).append(scores[part.name])
    return {name: _together(group) for name, group in groups.items()}


def _together(group: Sequence[Score]) -> Score:
    n = sum(score.n for score in group)
    exact = sum(score.exact * score.n for score in group) / n
    contains = sum(score.contains * score.n for score in group) / n
    return Score(n=n, exact=round(exact, 4), contains=round(contains, 4))


def disagreements(verdict: Verdict, ours: Mapping[str, float], most: float) -> list[Disagreement]:
    """Sets where our figure, in percent, lies more than *most* points outside what the referee's two marks span.

    Only of sets that it was asked as a whole, as ours was.
    """
    found: list[Disagreement] = []
    for name, score in verdict.sets.items():
        if (figure := ours.get(name)) is not None and name not in verdict.partial:
            points = max(score.exact - figure, figure - score.contains, 0.0)
            if points > most:
                found.append(Disagreement(name, figure, score, points))
    return found


def load(folder: Path) -> Verdict:
    """What an earlier run left in *folder*.

    Raises:
        NotReady: it finished none.
    """
    try:
        return Verdict.model_validate_json((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotReady(f"{folder} 里没有评完的 OpenCompass 结果（{FILE}）。") from error
    except (OSError, ValueError) as error:
        raise NotReady(f"{folder / FILE} 读不了，请重新评一次。") from error

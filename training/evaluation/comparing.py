"""A candidate beside another model, prompt by prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.evaluation import report as reports
from training.evaluation.errors import DifferentPrompts
from training.evaluation.report import Report, Scored, SetReport
from training.evaluation.sets import TITLES
from training.evaluation.statistics import PairedDifference, paired_difference
from training.refusals import declines

WORST = 10


@dataclass(frozen=True, slots=True)
class Regression:
    """Right before, wrong now."""

    set: str
    title: str
    category: str
    input: str
    key: str
    before: str
    """Reply of the other model."""
    now: str
    problem: str
    """Why the candidate gave no reply; empty when it gave one."""


@dataclass(frozen=True, slots=True)
class SetComparison:
    name: str
    title: str
    rate: float
    """Of the candidate, of all prompts."""
    rate_before: float
    difference: PairedDifference | None
    """Over the prompts that the other model was asked successfully; ``None`` when there is none."""


@dataclass(frozen=True, slots=True)
class Comparison:
    candidate: Report
    baseline: Report
    sets: tuple[SetComparison, ...]
    worst: tuple[Regression, ...]
    """At most :data:`WORST`."""
    regressions: int
    """How many there are in all."""
    unpaired: tuple[str, ...]
    """Titles of the sets that one of the two alone was asked."""

    def set(self, name: str) -> SetComparison | None:
        return next((one for one in self.sets if one.name == name), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "candidate": self.candidate.identity.model,
            "baseline": self.baseline.identity.model,
            "sets": [_as_json(one) for one in self.sets],
            "regressions": self.regressions,
            "worst": [asdict(one) for one in self.worst],
            "unpaired": list(self.unpaired),
        }


def compare(candidate: Path, baseline: Path) -> Comparison:
    """The reports in the two folders, set by set.

    A prompt that the candidate gave no reply to is wrong; one that the baseline gave none to is no pair:
    neither way does a server's failure flatter the candidate.

    Raises:
        DifferentPrompts: a set of both has other prompts or keys, or they were asked in another manner.
        NoReport: a folder without a report.
    """
    now, before = reports.read(candidate), reports.read(baseline)
    _insist(now, before)
    names = [one.name for one in now.sets if before.set(one.name)]
    ours, theirs = _by_set(reports.read_replies(candidate)), _by_set(reports.read_replies(baseline))
    compared: list[SetComparison] = []
    lost: list[tuple[tuple[Any, ...], Regression]] = []
    for rank, name in enumerate(sorted(names, key=_rank)):
        told, told_before = now.set(name), before.set(name)
        assert told is not None
        assert told_before is not None
        pairs = _pairs(ours.get(name, []), theirs.get(name, []), told)
        compared.append(_compared(told, told_before, pairs))
        lost += [_regression(rank, told, new, old) for new, old in pairs if old.right and not new.right]
    lost.sort(key=lambda pair: pair[0])
    unpaired = [one.title for one in (*now.sets, *before.sets) if one.name not in names]
    worst = tuple(regression for _, regression in lost[:WORST])
    return Comparison(now, before, tuple(compared), worst, len(lost), tuple(dict.fromkeys(unpaired)))


def _insist(now: Report, before: Report) -> None:
    for one in now.sets:
        other = before.set(one.name)
        if other and (one.prompts_sha256, one.keys_sha256) != (other.prompts_sha256, other.keys_sha256):
            raise DifferentPrompts(
                f"两次评测的「{one.title}」不是同一批题，比不了。请用同一版数据集（{now.dataset}）把另一个模型也考一遍。"
            )
    ours, theirs = now.identity, before.identity
    if (ours.max_tokens, ours.first_line) != (theirs.max_tokens, theirs.first_line):
        raise DifferentPrompts(
            "两次评测的回答长度设得不一样（max_tokens 或只要第一行），比不了。请用同样的设置再考一遍。"
        )


def _rank(name: str) -> tuple[int, str]:
    """The most important sets first, the extra ones last."""
    known = list(TITLES)
    return (known.index(name) if name in known else len(known), name)


def _by_set(replies: Sequence[Scored]) -> dict[str, list[Scored]]:
    found: dict[str, list[Scored]] = {}
    for one in replies:
        found.setdefault(one.set, []).append(one)
    return found


def _pairs(ours: Sequence[Scored], theirs: Sequence[Scored], told: SetReport) -> list[tuple[Scored, Scored]]:
    if [one.input for one in ours] != [one.input for one in theirs] or len(ours) != told.total.n:
        raise DifferentPrompts(f"「{told.title}」的回答文件和评测结果对不上（{reports.REPLIES}），请重新评测。")
    return [(new, old) for new, old in zip(ours, theirs, strict=True) if not old.problem]


def _compared(told: SetReport, before: SetReport, pairs: Sequence[tuple[Scored, Scored]]) -> SetComparison:
    difference = None
    if pairs:
        difference = paired_difference([new.right for new, _ in pairs], [old.right for _, old in pairs])
    return SetComparison(told.name, told.title, told.total.rate, before.total.rate, difference)


def _regression(rank: int, told: SetReport, new: Scored, old: Scored) -> tuple[tuple[Any, ...], Regression]:
    # An invented answer is worse than none, and what was known word for word is a greater loss.
    worse = not new.problem and not declines(new.reply)
    shown = Regression(told.name, told.title, new.category, new.input, new.key, old.reply, new.reply, new.problem)
    return (rank, not worse, not old.exact, new.id), shown


def _as_json(one: SetComparison) -> dict[str, Any]:
    told: dict[str, Any] = {"name": one.name, "title": one.title, "rate": one.rate, "rate_before": one.rate_before}
    if one.difference is None:
        return told | {"difference": None}
    difference = one.difference
    return told | {
        "difference": difference.mean,
        "low": difference.interval.low,
        "high": difference.interval.high,
        "n": difference.n,
        "gained": difference.gained,
        "lost": difference.lost,
        "p": difference.p,
    }

"""Figures of a set from its scored replies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from training.evaluation.asking import Reply
from training.evaluation.items import Item, ItemSet
from training.evaluation.report import Scored, SetReport, Tally
from training.evaluation.scoring import Score, score
from training.evaluation.statistics import bootstrap_interval

_FAILED = Score(right=False, exact=False, formatted=None)
NO_CATEGORY = "未分类"


def scored(name: str, items: Sequence[Item], replies: Sequence[Reply]) -> list[Scored]:
    """Every item with its reply and score; one without a reply is wrong."""
    found: list[Scored] = []
    for item, reply in zip(items, replies, strict=True):
        worth = _FAILED if reply.problem else score(item, reply.text)
        found.append(
            Scored(
                set=name,
                id=item.id,
                kind=item.kind,
                category=item.category,
                input=item.input,
                key=item.key,
                reply=reply.text,
                right=worth.right,
                exact=worth.exact,
                formatted=worth.formatted,
                truncated=reply.truncated,
                problem=reply.problem,
                confidence=None if reply.confidence is None else round(reply.confidence, 6),
            )
        )
    return found


def set_report(asked: ItemSet, replies: Sequence[Scored]) -> SetReport:
    categories: dict[str, list[bool]] = {}
    for one in replies:
        categories.setdefault(one.category or NO_CATEGORY, []).append(one.right)
    return SetReport(
        name=asked.name,
        title=asked.title,
        total=tally([one.right for one in replies]),
        exact=sum(one.exact for one in replies),
        failed=sum(bool(one.problem) for one in replies),
        truncated=sum(one.truncated for one in replies),
        formatted=formatted(replies),
        by_category={name: tally(categories[name]) for name in sorted(categories)},
        prompts_sha256=asked.digest(),
        keys_sha256=asked.keys_digest(),
        note=asked.note,
    )


def formatted(replies: Iterable[Scored]) -> Tally | None:
    """First lines as they were asked for; ``None`` when nothing was asked of any."""
    told = [one.formatted for one in replies if one.formatted is not None]
    return tally(told) if told else None


def tally(told: Sequence[bool]) -> Tally:
    """Raises ValueError for nothing to count."""
    low, high = bootstrap_interval(told)
    right = sum(told)
    return Tally(n=len(told), right=right, rate=right / len(told), low=low, high=high)

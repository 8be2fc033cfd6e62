"""Whether a round may learn from a training set that an earlier one had."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from store import rounds
from training.config import TrainingConfig
from training.datasets.versions import Version

_CAME_TO_NOTHING = ("rejected", "failed", "cancelled")


async def why_not(session: AsyncSession, version: Version, config: TrainingConfig, base: Path) -> str:
    """Why there is nothing to learn from *version*, in Chinese; empty when there is.

    A round that came to nothing leaves its set to the next one, but one that was
    judged and goes the same way again ends the same: base and settings must differ.
    """
    if version.round is None or not version.round.isdecimal():
        return "" if version.round is None else f"没有新东西可学：训练集 {version.name} 已经给 {version.round} 用了。"
    former = await rounds.get(session, int(version.round))
    if former is None or former.status not in _CAME_TO_NOTHING or former.promoted_at is not None:
        return f"没有新东西可学：训练集 {version.name} 第 {version.round} 轮已经用过了。"
    same = former.base == str(base) and former.settings == config.model_dump(mode="json")
    if former.status == "rejected" and same:
        return (
            f"没有新东西可学：和没过门槛的第 {former.id} 轮比，题、底座、设置都一样。"
            "改了 [training.xtuner]、[training.dataset] 或 [training.gate]，再开一轮。"
        )
    return ""

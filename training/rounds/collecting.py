"""Deleting what old rounds left: the large files go, records and cards stay for ever."""

from __future__ import annotations

import shutil
from pathlib import Path

from store import arena, rounds
from training.rounds.aliases import Aliases
from training.rounds.desk import Desk

_LARGE = ("work", "work-wrong", "adapter", "model", "model-awq", "scratch")
# What a killed step had half made.
_DRAFTS = (".model-*", ".adapter-*")


async def collect(desk: Desk) -> str:
    """Free the disk of rounds that nobody needs: not among the newest, named by no alias, compared by nobody.

    The sentence says so.
    """
    aliases = Aliases(desk.policy.models)
    async with desk.sessions() as session:
        rows = await rounds.latest(session, 10_000)
        compared = await arena.live(session)
    freed = 0
    emptied: list[int] = []
    for row in rows[desk.config.rounds.keep :]:
        folder = desk.policy.folder(row.id)
        named = aliases.names(folder.model) or aliases.names(folder.quantised)
        if row.status not in rounds.ENDED or named or row.promoted_at:
            continue
        if compared is not None and compared.round_id == row.id:
            continue
        before = folder.size()
        for place in (*(folder.path / name for name in _LARGE), *_drafts(folder.path)):
            shutil.rmtree(place, ignore_errors=True)
        if before > folder.size():
            freed += before - folder.size()
            emptied.append(row.id)
    if not emptied:
        return "没有可以清理的旧轮次。"
    return f"清理了第 {'、'.join(map(str, sorted(emptied)))} 轮的模型和检查点，腾出 {freed / 1e9:.1f} GB；记录和模型卡都留着。"


def _drafts(folder: Path) -> list[Path]:
    return [place for pattern in _DRAFTS for place in folder.glob(pattern)]

"""What a superuser reads about training sets in a chat."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from bot.services.datasets.card import CHANGES, picture
from bot.services.drawing import drawn
from bot.services.importing.keys import answer_text
from bot.services.live_card import LiveCard, Screen
from bot.services.training_process import JobFailed, TrainingProcess
from local_time import local
from paper.excerpts import excerpt
from store import datasets as queries
from store import questions
from store.db import Sessions
from store.models import DatasetVersion

ONLY_SUPERUSERS = "只有超级用户能用这个命令。"
BUSY = "正在构建训练集，等它完成再来。"
NONE_YET = "还没有训练集。发 /数据集 构建 做第一版。"
_SHOWN = 6
_EXAMPLES = 3
_STEM = 28


@dataclass(frozen=True, slots=True)
class Told:
    text: str
    picture: bytes = b""
    """PNG; empty for none."""
    fresh: bool = False
    """There is a new version."""


class ChatDatasets:
    """One build at a time; everything else is quick."""

    def __init__(self, sessions: Sessions, process: TrainingProcess) -> None:
        self._sessions = sessions
        self._process = process
        self._building = asyncio.Lock()

    async def versions(self) -> str:
        """The latest versions, newest first."""
        async with self._sessions() as session:
            rows = await queries.versions(session)
        if not rows:
            return NONE_YET
        lines = [f"训练集，共 {len(rows)} 版", *(_line(row) for row in reversed(rows[-_SHOWN:]))]
        if len(rows) > 1:
            lines.append(f"比较：/数据集 对比 {rows[-2].name} {rows[-1].name}")
        return "\n".join(lines)

    async def build(self, screen: Screen | None = None) -> Told:
        """Build a version and compare it with the one before; shows on *screen* how far it is."""
        if self._building.locked():
            return Told(BUSY)
        async with self._building:
            try:
                async with nullcontext() if screen is None else LiveCard(screen, "正在构建训练集") as progress:
                    made = await self._process.run("dataset", "build", progress=progress)
            except JobFailed as error:
                return Told(f"训练集没有构建成：{error}")
        name = str(made["version"])
        if not made["fresh"]:
            return Told(f"和 {name} 一样，没有新东西，没有留新版。")
        text = built_text(made)
        async with self._sessions() as session:
            rows = await queries.versions(session)
        before = next((row.name for row in reversed(rows) if row.name < name), None)
        if before is None:
            return Told(text, fresh=True)
        told = await self.compare(before, name)
        return Told(f"{text}\n\n{told.text}", told.picture, fresh=True)

    async def compare(self, before: str, after: str) -> Told:
        """What changed from one version to the other, in words and as a picture."""
        try:
            found = await self._process.run("dataset", "diff", before, after)
        except JobFailed as error:
            return Told(str(error))
        examples = await self._examples(found)
        text = diff_text(before, after, found, examples)
        return Told(text, await drawn("a comparison of sets", picture, before, after, found, examples))

    async def _examples(self, found: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
        """Stem and answer of some of the questions that changed, by change."""
        wanted = {change: found["examples"].get(change, [])[:_EXAMPLES] for change in CHANGES}
        async with self._sessions() as session:
            rows = await questions.existing(session, [one for some in wanted.values() for one in some])
        known = {row.fingerprint: (row.stem, answer_text(row.answer, row.options)) for row in rows}
        return {
            change: [known[fingerprint] for fingerprint in some if fingerprint in known]
            for change, some in wanted.items()
        }


def built_text(made: Mapping[str, Any]) -> str:
    """What was built, and what was left out most."""
    lines = [
        f"训练集 {made['version']} 构建好了",
        f"训练 {made['train']:,} 题、{made['samples']:,} 条样本 · 留出 {made['holdout']:,} 题 · 纠错 {made['corrections']:,} 条",
    ]
    left_out = sorted(made["left_out"].items(), key=lambda one: (-one[1], one[0]))
    if left_out:
        reasons = "、".join(f"{reason} {count:,}" for reason, count in left_out[:4])
        lines.append(f"没用上 {sum(count for _, count in left_out):,} 题：{reasons}{'……' if len(left_out) > 4 else ''}")
    lines.append(f"校验和 {made['sha256'][:12]}")
    return "\n".join(lines)


def diff_text(before: str, after: str, found: Mapping[str, Any], examples: Mapping[str, list[tuple[str, str]]]) -> str:
    """The counts in a line, then a few questions of each change."""
    changed = [f"{word} {count:,}" for change, word in CHANGES.items() if (count := found["questions"].get(change))]
    old, new = found["corrections"]
    lines = [f"{before} → {after}：{'、'.join(changed) or '题目没有变'}；纠错 {old:,} → {new:,}"]
    for change, word in CHANGES.items():
        lines += [
            f"{word}：{excerpt(stem, _STEM)} → {excerpt(answer, _STEM)}" for stem, answer in examples.get(change, [])
        ]
    return "\n".join(lines)


def _line(row: DatasetVersion) -> str:
    told = row.manifest
    used = f"第 {row.round} 轮用了" if row.round else "还没用"
    train = told["questions"]["train"].get("total", 0)
    return (
        f"{row.name}　{local(row.built_at):%m-%d %H:%M}　{train:,} 题 · "
        f"{told['samples']['lines']:,} 条 · 纠错 {told['corrections']['used']:,}　{used}"
    )

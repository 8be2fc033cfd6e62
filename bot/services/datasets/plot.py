"""What a training set is made of, as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.services.datasets.card import STYLES
from bot.services.exporting.drafts import drafts
from bot.services.exporting.words import KINDS
from local_time import local
from paper.typesetting import typeset
from store import datasets
from store.db import Sessions
from store.models import DatasetVersion

_MOST = 12
_NAME = 10


class NoSuchVersion(Exception):
    """The message is Chinese and names what there is."""


async def find(sessions: Sessions, name: str) -> DatasetVersion:
    """The version *name*, or the newest for an empty name.

    Raises:
        NoSuchVersion: see there.
    """
    async with sessions() as session:
        rows = await datasets.versions(session)
    if not rows:
        raise NoSuchVersion("还没有训练集，先运行 gongkao dataset build")
    found = next((row for row in rows if row.name == name), None) if name else rows[-1]
    if found is None:
        raise NoSuchVersion(f"没有 {name} 这一版，现有：{'、'.join(row.name for row in rows[-10:])}")
    return found


def draw(version: DatasetVersion, place: Path, *, force: bool) -> None:
    """Write *place*, a PNG: questions by side, category, kind and source, samples by style, what was left out.

    Raises:
        ExportFailed: the file is there already and *force* is not given, or cannot be written.
    """
    with drafts([place], force=force) as (draft,):
        draft.write_bytes(typeset("trainset.typ", _data(version), "png"))


def _data(version: DatasetVersion) -> dict[str, Any]:
    told = version.manifest
    train, holdout = told["questions"]["train"], told["questions"]["holdout"]
    charts: list[tuple[str, dict[str, int], Mapping[str, str]]] = [
        ("分类", train.get("category", {}), {}),
        ("题型", train.get("kind", {}), KINDS),
        ("来源", train.get("source", {}), {}),
        ("样本的写法", told["samples"].get("style", {}), STYLES),
        ("没用上的", told["left_out"], {}),
    ]
    return {
        "name": version.name,
        "built": f"{local(version.built_at):%Y-%m-%d}",
        "round": version.round or "",
        "tiles": [
            {"name": "训练题", "value": f"{train.get('total', 0):,}"},
            {"name": "样本", "value": f"{told['samples']['lines']:,}"},
            {"name": "留出题", "value": f"{holdout.get('total', 0):,}"},
            {"name": "纠错", "value": f"{told['corrections']['used']:,}"},
        ],
        "charts": [{"name": name, "bars": _bars(counts, names)} for name, counts, names in charts if counts],
    }


def _bars(counts: Mapping[str, int], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Largest first; the small ones together."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    bars = [{"name": _short(names.get(name, name) or "未注明"), "count": count} for name, count in ordered[:_MOST]]
    if rest := ordered[_MOST:]:
        bars.append({"name": f"其余 {len(rest)} 种", "count": sum(count for _, count in rest)})
    return bars


def _short(name: str) -> str:
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"

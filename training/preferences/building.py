"""Versions of the preference data: ``v0001.jsonl`` with the pairs and ``v0001.json``, its manifest, and so on.

Each file is written whole, the manifest last: a version is there once its manifest is. A build that was killed
before leaves pairs without a manifest; the next one that has something new writes its own in their place. For a
training, ``load_jsonl_dataset`` wants one version as ``data_files``; of a ``data_dir`` it would read all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from store import arena, splits
from store.db import Sessions
from training.datasets.errors import BuildUnderWay, DatasetError
from training.datasets.folders import digest, next_name
from training.locking import alone
from training.preferences import words
from training.preferences.pairs import Meeting, Pairs, pairs
from training.rounds.folder import write_whole

FORMAT = 1
_LOCK = ".lock"
_VERSION = re.compile(r"v\d{4,}")


class NothingDecided(DatasetError):
    """No battle has a winner, and nothing was written; the message is Chinese and accounts for every battle."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        super().__init__(words.nothing(counts))


@dataclass(frozen=True, slots=True)
class Built:
    name: str
    file: Path
    sha256: str
    counts: Mapping[str, int]
    """Battles by what became of them, as :data:`training.preferences.pairs.OUTCOMES`."""
    fresh: bool
    """It was built just now; otherwise the newest version holds the same pairs already."""


async def build(sessions: Sessions, folder: Path, *, moment: datetime) -> Built:
    """Write the battles that members decided as the next version in *folder*, unless the newest one is the same.

    Raises:
        NothingDecided: no battle has a winner.
        BuildUnderWay: another process builds there at the moment.
        OSError: a file cannot be read or written.
    """
    with alone(folder / _LOCK, BuildUnderWay(f"另一个进程正在 {folder} 里写偏好数据，等它做完再来。")):
        async with sessions() as session:
            held_out = {fingerprint for fingerprint, side, _ in await splits.places(session) if side == "holdout"}
            made = pairs(await arena.fought(session), held_out=held_out)
        if not made.text:
            raise NothingDecided(made.counts)
        content = sha256(made.text.encode()).hexdigest()
        known = _versions(folder)
        if known and _holds(file := folder / f"{known[-1]}.jsonl", content):
            return Built(known[-1], file, content, made.counts, fresh=False)
        name = next_name(known)
        file = folder / f"{name}.jsonl"
        write_whole(file, made.text)
        write_whole(folder / f"{name}.json", _as_text(_manifest(file.name, content, made, moment)))
        return Built(name, file, content, made.counts, fresh=True)


def _versions(folder: Path) -> list[str]:
    """Names of those that are there, the newest last."""
    found = [path.stem for path in folder.glob("v*.json") if _VERSION.fullmatch(path.stem)]
    return sorted(found, key=lambda name: int(name[1:]))


def _holds(file: Path, content: str) -> bool:
    try:
        return digest(file) == content
    except FileNotFoundError:
        return False


def _manifest(name: str, content: str, made: Pairs, moment: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "file": name,
        "sha256": content,
        "created": moment.isoformat(timespec="seconds"),
        "battles": {"total": sum(made.counts.values()), **made.counts},
        "rounds": [
            {"serving": met[0], "challenger": met[1], "battles": made.met[met], "written": made.wrote[met]}
            for met in sorted(made.met, key=_place)
        ],
    }


def _place(meeting: Meeting) -> tuple[int, int]:
    return meeting[0] or 0, meeting[1] or 0


def _as_text(manifest: dict[str, Any]) -> str:
    return json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"

"""Versions that are registered, and their files on this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store import datasets, rounds
from store.db import Sessions
from store.models import DatasetVersion
from training.datasets import folders, manifest
from training.datasets.errors import DamagedVersion, Leaked, UnknownRound, UnknownVersion, VersionInUse
from training.datasets.leaks import find_leaks
from training.datasets.workers import Workers, how_many
from training.progress import Report, silent

_ROUND = re.compile(r"第?\s*(\d{1,9})\s*轮?")
_SHOWN = 10
"""Rounds that are named to whoever meant one that does not exist."""


@dataclass(frozen=True, slots=True)
class Version:
    """A registered version whose folder is here."""

    name: str
    sha256: str
    manifest: dict[str, Any]
    folder: Path
    round: str | None
    """Training round that uses it."""


async def find(sessions: Sessions, root: Path, name: str) -> Version:
    """The version *name*, or the newest one for an empty name.

    Raises:
        UnknownVersion: nobody registered it, or its files are not here.
    """
    async with sessions() as session:
        known = await datasets.versions(session)
    if not known:
        raise UnknownVersion("还没有训练集。发 /数据集 构建，或者运行 gongkao dataset build。")
    row = next((version for version in known if version.name == name), None) if name else known[-1]
    if row is None:
        raise UnknownVersion(f"没有 {name} 这一版，现有：{'、'.join(version.name for version in known)}。")
    folder = root / row.name
    if not (folder / manifest.NAME).exists():
        raise UnknownVersion(f"{row.name} 登记过，但文件不在 {folder}，请从构建它的机器上复制过来。")
    return _of(row, folder)


def _of(row: DatasetVersion, folder: Path) -> Version:
    return Version(row.name, row.sha256, row.manifest, folder, row.round)


async def check(version: Version, report: Report = silent) -> None:
    """Prove that the files are those that were built, and look for leaks once more.

    Raises:
        DamagedVersion: a file is missing or another one.
        Leaked: something held out is trained on.
    """
    verify(version, report)
    with Workers(how_many(version.manifest["bank"]["rows"])) as workers:
        findings = await find_leaks(version.folder, workers, report)
    if findings:
        raise Leaked([str(leak) for leak in findings])


def verify(version: Version, report: Report = silent) -> None:
    """Compare every file's sum with the manifest's, and the manifest's with the registered one.

    Raises:
        DamagedVersion: see there.
    """
    files: dict[str, dict[str, Any]] = version.manifest["files"]
    wrong = [] if folders.digest(version.folder / manifest.NAME) == version.sha256 else [manifest.NAME]
    for done, (name, told) in enumerate(sorted(files.items()), start=1):
        path = version.folder / name
        if not path.exists() or folders.digest(path) != told["sha256"]:
            wrong.append(name)
        report("核对文件", done, len(files))
    if wrong:
        raise DamagedVersion(
            f"{version.name} 的这些文件和构建的时候不一样了：{'、'.join(wrong)}。不要用它训练，请重新构建一版。"
        )


def _told(round_name: str | None) -> str:
    return f"第 {round_name} 轮" if round_name else "别的轮次"


async def round_of(sessions: Sessions, said: str) -> str:
    """The name of the training round that somebody means by 7 or 第 7 轮, as versions keep it.

    Raises:
        UnknownRound: there is none; the message names those that there are.
    """
    found = _ROUND.fullmatch(said.strip())
    async with sessions() as session:
        row = await rounds.get(session, int(found[1])) if found else None
        if row is not None:
            return str(row.id)
        known = [str(one.id) for one in reversed(await rounds.latest(session, _SHOWN))]
    there = f"现有第 {'、'.join(known)} 轮" if known else "还没有训练过，先发 /训练 开始，或者运行 gongkao round start"
    raise UnknownRound(f"没有「{said}」这一轮，{there}。")


async def assign(sessions: Sessions, version: Version, round_name: str) -> None:
    """Say that the training round uses the version.

    Raises:
        VersionInUse: another round uses it, or the round uses another version, or corrections in it
            were withdrawn meanwhile.
    """
    if version.round == round_name:
        return
    async with sessions.begin() as session:
        known = await datasets.versions(session)
        other = next((row.name for row in known if row.round == round_name), None)
        if other is not None:
            raise VersionInUse(f"第 {round_name} 轮用的已经是 {other} 了，一轮只用一版。")
        if not await datasets.use(session, version.name, round_name):
            raise VersionInUse(f"{version.name} 已经被{_told(version.round)}用了，一版只给一轮用。")
        # After the version is locked: who withdraws at this moment is seen here, or sees that the round has it.
        if gone := await datasets.withdrawn_since(session, version.name):
            raise VersionInUse(f"{version.name} 里有 {gone} 条纠错后来撤回了，不能再用来训练，请重新构建一版。")

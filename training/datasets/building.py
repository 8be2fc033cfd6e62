"""Building a version: read, place, write, check, register."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from store import dataset_sources, datasets, splits
from store.dataset_sources import Unanswerable
from store.db import Sessions
from store.models import DatasetVersion, now
from training.datasets import folders, manifest
from training.datasets.draft import Draft
from training.datasets.earlier import Earlier
from training.datasets.errors import BuildUnderWay, Leaked
from training.datasets.intake import SIDES, TRAIN
from training.datasets.leaks import Leak, find_leaks
from training.datasets.reading import read_all
from training.datasets.settings import DatasetSettings
from training.datasets.workers import Workers, how_many
from training.datasets.writing import write_files
from training.progress import Report, silent

_TRIES = 3


class Built(NamedTuple):
    """What a build came to."""

    name: str
    sha256: str
    manifest: dict[str, Any]
    fresh: bool
    """Whether it is a new version; else an equal one was there."""
    set_aside: Path | None = None
    """Where a folder went that stood in the way and was no registered version."""


async def build(
    sessions: Sessions, root: Path, config: DatasetSettings, *, day: date, report: Report = silent
) -> Built:
    """Make the next version in the folder *root* of what is valid on *day*.

    The same database, settings and earlier version give the same files on
    every machine. When an equal version is there already, nothing is kept.

    Raises:
        BuildUnderWay: another process builds, or registered a version meanwhile.
        NothingToTrain: no question can be trained on.
        Leaked: the files train on something that is held out.
        UnknownVersion: the files of the newest version are not here.
    """
    with folders.building(root) as place:
        read_at = now()
        async with dataset_sources.snapshot(sessions) as session:
            known = await datasets.versions(session)
            size = await dataset_sources.bank_size(session)
            with Workers(how_many(size)) as workers:
                draft = Draft.begin(place, config, day, report, workers)
                with closing(draft.splitter):
                    made = await _make(session, draft, size, root, known)
        return await _finish(sessions, draft, made, root, known, read_at)


async def _make(
    session: AsyncSession, draft: Draft, size: int, root: Path, known: Sequence[DatasetVersion]
) -> dict[str, Any]:
    newest = known[-1] if known else None
    earlier = Earlier(root / newest.name, newest.name) if newest else Earlier(None)
    told = await dataset_sources.unanswerable(session)
    decisions = await dataset_sources.decisions(session)
    await read_all(session, draft, size=size, decisions=decisions, told=told, earlier=earlier)
    draft.splitter.place(draft.report)
    await _write_without_leaks(session, draft, told)
    draft.corrections |= {
        number
        for question, at in draft.decided.items()
        if draft.splitter.sides[at] == TRAIN
        for number in decisions[question].accepted
    }
    return manifest.build(
        files=draft.files,
        counts=draft.counts,
        bank_rows=size,
        corrections=draft.corrections,
        rounds=await dataset_sources.corrected_rounds(session),
        config=draft.config,
    )


async def _write_without_leaks(session: AsyncSession, draft: Draft, told: list[Unanswerable]) -> None:
    """Write the files and check them.

    The splitting looks for near duplicates by chance and misses one pair in
    millions. Where the check finds such a pair, and its held-out question is
    placed by this very build, that question goes to neither side and the files
    are written once more. What was held out before cannot be moved: a leak of
    it fails the build, and so does one that is left after some tries.

    Raises:
        Leaked: see above.
        NothingToTrain: see :func:`training.datasets.writing.write_files`.
    """
    leaks: list[Leak] = []
    for _ in range(_TRIES):
        await write_files(draft, told, session)
        leaks = await find_leaks(draft.folder, draft.workers, draft.report)
        if not leaks:
            return
        if not draft.splitter.give_up({leak.fingerprint for leak in leaks}):
            break
    raise Leaked([str(leak) for leak in leaks])


async def _finish(
    sessions: Sessions,
    draft: Draft,
    made: dict[str, Any],
    root: Path,
    known: Sequence[DatasetVersion],
    read_at: datetime,
) -> Built:
    content = manifest.as_bytes(made)
    summed = sha256(content).hexdigest()
    for version in known:
        if version.sha256 == summed:
            return Built(version.name, summed, made, fresh=False)
    (draft.folder / manifest.NAME).write_bytes(content)
    name = folders.next_name(version.name for version in known)
    aside = folders.set_aside(root, name)
    final = folders.publish(draft.folder, root, name)
    try:
        async with sessions.begin() as session:
            await datasets.register(
                session,
                name=name,
                sha256=summed,
                manifest=made,
                corrections=sorted(draft.corrections),
                read_at=read_at,
            )
            await splits.record(session, draft.splitter.new_places(SIDES))
    except IntegrityError as error:
        # Surely not registered by us; any other error may have come after the commit, so the folder stays.
        folders.set_aside(root, final.name)
        raise BuildUnderWay("构建的时候另一个进程登记了一版，这一版作废，请重来。") from error
    return Built(name, summed, made, fresh=True, set_aside=aside)

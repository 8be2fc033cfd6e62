"""dataset: build the training set of the day, and say that this round uses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_time import today
from store import datasets, rounds
from training.datasets.building import build
from training.datasets.errors import DatasetError
from training.datasets.versions import assign, find
from training.rounds.errors import StepFailed
from training.rounds.reuse import why_not
from training.rounds.step import Done, Job, Step


async def _run(job: Job) -> Done:
    root = (job.home / job.config.dataset.folder).resolve()
    try:
        made = await build(job.sessions, root, job.config.dataset, day=today(), report=job.report)
        version = await find(job.sessions, root, made.name)
        if version.round not in (None, str(job.number)):
            async with job.sessions.begin() as session:
                if reason := await why_not(session, version, job.config, job.base):
                    raise StepFailed(reason)
                await datasets.release(session, version.name)
            version = await find(job.sessions, root, made.name)
        await assign(job.sessions, version, str(job.number))
    except DatasetError as error:
        raise StepFailed(str(error)) from error
    async with job.sessions.begin() as session:
        row = await rounds.lock(session, job.number)
        if row is not None:
            row.dataset = version.name
    told = version.manifest
    return Done(
        inputs={str(version.folder / "manifest.json"): version.sha256},
        figures={
            "version": version.name,
            "folder": str(version.folder),
            "train": told["questions"]["train"].get("total", 0),
            "samples": told["samples"]["lines"],
            "corrections": told["corrections"]["used"],
            "settings": _settings(job),
        },
    )


def _settings(job: Job) -> dict[str, Any]:
    """What decides what the set holds."""
    return job.config.dataset.model_dump(mode="json", exclude={"folder", "licences"})


def _stands(job: Job, record: Mapping[str, Any]) -> bool:
    """Until it is trained on, a round that is resumed follows bot.toml."""
    figures: Mapping[str, Any] = record["figures"]
    return job.folder.record("train") is not None or figures.get("settings", _settings(job)) == _settings(job)


STEP = Step("dataset", "备训练集", _run, stands=_stands)

"""referee: let OpenCompass, which shares no line with our scorer, ask the candidate the same questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from training.evaluation.errors import EvaluationError
from training.evaluation.sets import read_sets
from training.opencompass import environment
from training.opencompass.errors import RefereeError
from training.opencompass.rendering import Local, Served, Subject
from training.opencompass.running import referee
from training.rounds import tools
from training.rounds.errors import StepFailed
from training.rounds.serving import served
from training.rounds.step import Done, Job, Step
from training.rounds.steps.means import chat_of

_SETS = ("corrected", "holdout")


async def _run(job: Job) -> Done:
    record = job.folder.record("dataset")
    assert record is not None
    settings = job.config.opencompass
    try:
        python = environment.python(job.home, settings)
        sets = await asyncio.to_thread(read_sets, Path(record["figures"]["folder"]), [], nearest=0)
        asked = [one for one in sets if one.name in _SETS and one.items]
        async with _subject(job) as subject:
            verdict = await referee(
                subject,
                asked,
                job.folder.opencompass,
                python=python,
                settings=settings,
                stop=job.stop,
                report=job.report,
            )
    except (RefereeError, EvaluationError) as error:
        raise StepFailed(str(error)) from error
    return Done(outputs=["evaluation/opencompass"], figures=verdict.model_dump(mode="json"))


@asynccontextmanager
async def _subject(job: Job) -> AsyncGenerator[Subject]:
    """The model that would be served; one in 4 bit is served for it, as OpenCompass cannot load it."""
    if job.folder.served == job.folder.model:
        yield Local(job.folder.model, chat_of(job), on_cpu=tools.on_cpu(job.config))
        return
    name = f"round-{job.number}-referee"
    log, scratch = job.folder.log("serve-referee"), job.folder.path / "scratch" / "serving"
    place = served(job.folder.served, name, job.config, home=job.home, log=log, scratch=scratch, stop=job.stop)
    async with place as url:
        yield Served(url, name)


STEP = Step("referee", "OpenCompass 复核", _run, wanted=lambda config: config.rounds.referee, on_gpu=True)

"""gate: hold the evaluation against the settings, nominate who passes, and write the model card."""

from __future__ import annotations

import asyncio

from training.evaluation.errors import EvaluationError
from training.gate.judging import judge
from training.rounds import card
from training.rounds.aliases import Aliases
from training.rounds.errors import StepFailed
from training.rounds.step import Done, Job, Step, digest
from training.rounds.steps.evaluate import BASELINE, CANDIDATE


async def _run(job: Job) -> Done:
    candidate, baseline = job.folder.evaluation / CANDIDATE, job.folder.evaluation / BASELINE
    try:
        verdict = await asyncio.to_thread(judge, candidate, baseline, job.config.gate)
    except EvaluationError as error:
        raise StepFailed(str(error)) from error
    if verdict.passed:
        Aliases((job.home / job.config.rounds.models).resolve()).nominate(job.folder.served)
    return Done(
        inputs={name: digest(job.folder.path / name) for name in _reports(job)},
        outputs=await card.write(job, verdict),
        figures=verdict.as_json(),
    )


def _reports(job: Job) -> list[str]:
    places = (job.folder.evaluation / name / "report.json" for name in (CANDIDATE, BASELINE))
    return [str(place.relative_to(job.folder.path)) for place in places]


STEP = Step("gate", "过门槛", _run)

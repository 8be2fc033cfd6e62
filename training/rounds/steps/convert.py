"""convert: the trainer's checkpoint as a Hugging Face folder."""

from __future__ import annotations

from training.rounds.errors import StepFailed
from training.rounds.step import Done, Job, Step
from training.rounds.steps.means import figures, means
from training.xtuner import commands
from training.xtuner.steps import convert


async def _run(job: Job) -> Done:
    checkpoint = commands.last_checkpoint(job.folder.work)
    if checkpoint is None:
        raise StepFailed("没有训练好的检查点可以转换。")
    target = job.folder.model if job.config.xtuner.mode == "full" else job.folder.adapter
    with means(job, "convert") as given:
        ended = await convert(job.folder.config, checkpoint, target, given)
    return Done(outputs=[target.name], figures=figures(ended))


STEP = Step("convert", "转换", _run, on_gpu=True)

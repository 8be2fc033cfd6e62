"""merge: base and adapter as the model that would be served, with our chat template."""

from __future__ import annotations

from inference.serving.model_folder import BadModelFolder
from training.rounds.errors import StepFailed
from training.rounds.step import Done, Job, Step
from training.rounds.steps.means import chat_of, figures, means
from training.xtuner.finishing import finish
from training.xtuner.steps import merge


async def _run(job: Job) -> Done:
    chat = chat_of(job)
    if job.config.xtuner.mode == "full":
        try:
            finish(job.folder.model, chat)
        except BadModelFolder as error:
            raise StepFailed(f"训练得到的不是完整的模型：{error}") from error
        return Done(outputs=["model"])
    with means(job, "merge") as given:
        ended = await merge(job.base, job.folder.adapter, job.folder.model, chat, given)
    return Done(outputs=["model"], figures=figures(ended))


STEP = Step("merge", "合并", _run, on_gpu=True)

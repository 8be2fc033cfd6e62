"""train: XTuner, from the last checkpoint where there is one."""

from __future__ import annotations

from training.rounds.step import Done, Job, Step, digest
from training.rounds.steps.means import base_of, figures, means
from training.rounds.steps.room import check_room
from training.xtuner.progress import Progress
from training.xtuner.steps import train


async def _run(job: Job) -> Done:
    def tell(now: Progress) -> None:
        if now.points:
            last = now.points[-1]
            job.report("训练", now.done, now.total, loss=last.loss, eta_s=now.eta_s, curve=now.curve())

    base_of(job)
    check_room(job)
    with means(job, "train") as given:
        trained = await train(job.folder.config, job.folder.work, given, tell=tell)
    told = trained.progress
    return Done(
        inputs={"config.py": digest(job.folder.config)},
        outputs=[str(trained.checkpoint.resolve().relative_to(job.folder.path.resolve()))],
        figures={
            **figures(trained.ended),
            "iterations": told.done,
            "loss": told.points[-1].loss if told.points else None,
            "seconds_per_iteration": told.points[-1].seconds if told.points else None,
            "curve": told.curve(),
        },
    )


STEP = Step("train", "训练", _run, on_gpu=True)

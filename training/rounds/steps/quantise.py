"""quantise: the merged model in 4 bit, calibrated on what the round taught it."""

from __future__ import annotations

from pathlib import Path

from training.quantising.errors import QuantisingError
from training.quantising.running import Means, quantise
from training.rounds import tools
from training.rounds.errors import StepFailed
from training.rounds.step import Done, Job, Step, digest

_RESTS_ON_IT = ("evaluate", "referee", "gate")


async def _run(job: Job) -> Done:
    record = job.folder.record("dataset")
    assert record is not None
    file = Path(record["figures"]["folder"]) / "train.jsonl"
    # Another model was judged, if one was: with the setting turned on since, a resumed round has come to here again.
    for step in _RESTS_ON_IT:
        job.folder.forget(step)

    def report(stage: str, done: int, total: int) -> None:
        job.report(f"量化：{stage}", done, total)

    means = Means(
        tools.quantiser(job.config, job.home),
        job.config.quantising,
        job.folder.log("quantise"),
        job.stop,
        env=tools.device_env(job.config),
        # The trainer ran it too.
        trust_code=True,
        report=report,
    )
    try:
        done = await quantise(job.folder.model, file, job.folder.quantised, means)
    except QuantisingError as error:
        raise StepFailed(f"{error}\n不量化也行：在 [training.rounds] 写 quantise = false，再发 /训练 继续。") from error
    return Done(inputs={str(file): digest(file)}, outputs=[job.folder.quantised.name], figures=done.figures())


STEP = Step("quantise", "量化", _run, wanted=lambda config: config.rounds.quantise, on_gpu=True)

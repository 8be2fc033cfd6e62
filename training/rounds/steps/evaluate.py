"""evaluate: ask the candidate everything, and the serving model the same questions.

Of a candidate in 4 bit, what it was made from is asked too: the record tells what quantising cost.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from inference.serving.model_folder import BadModelFolder
from training.evaluation.asking import Manner
from training.evaluation.errors import EvaluationError
from training.evaluation.items import ItemSet
from training.evaluation.report import Report
from training.evaluation.running import Candidate, evaluate
from training.evaluation.sets import read_sets
from training.rounds import calibration, tools
from training.rounds.aliases import Aliases
from training.rounds.errors import StepFailed
from training.rounds.serving import all_served
from training.rounds.step import Done, Job, Step, digest
from training.rounds.steps.means import chat_of
from training.xtuner.finishing import finish

CANDIDATE, BASELINE, UNQUANTISED = "candidate", "baseline", "unquantised"


async def _run(job: Job) -> Done:
    record = job.folder.record("dataset")
    assert record is not None
    dataset = Path(record["figures"]["folder"])
    if not job.config.rounds.quantise:
        # It was wanted when the round began, and no longer is.
        job.folder.forget("quantise")
    extra = [job.home / folder for folder in job.config.rounds.extra_sets]
    try:
        sets = await asyncio.to_thread(read_sets, dataset, extra)
        found = {name: await _ask(job, model, name, words, sets, dataset.name) for name, model, words in _models(job)}
        learnt = await asyncio.to_thread(calibration.write, job, job.folder.evaluation / CANDIDATE)
    except EvaluationError as error:
        raise StepFailed(str(error)) from error
    reports = [job.folder.evaluation / name / "report.json" for name in found]
    return Done(
        inputs={
            str(dataset / "manifest.json"): digest(dataset / "manifest.json"),
            BASELINE: _compared_with(job),
        },
        outputs=[str(path.relative_to(job.folder.path)) for path in [*reports, *learnt.files]],
        figures={name: rates(report) for name, report in found.items()} | learnt.figures,
    )


def _models(job: Job) -> Iterator[tuple[str, Path, str]]:
    """What is asked: its name, its folder, and what it is called in Chinese."""
    yield BASELINE, baseline_model(job), "现在的模型"
    if job.folder.served != job.folder.model:
        yield UNQUANTISED, job.folder.model, "量化以前的模型"
    yield CANDIDATE, job.folder.served, "这一轮的模型"


def baseline_model(job: Job) -> Path:
    """What the candidate is compared with: the serving model, in a first round the base."""
    return _current(job) or _dressed(job)


def _compared_with(job: Job) -> str:
    return str(_current(job) or job.base)


def _stands(job: Job, record: Mapping[str, Any]) -> bool:
    """Another round may have been promoted while this one waited to be resumed."""
    inputs: Mapping[str, str] = record["inputs"]
    return inputs.get(BASELINE, _compared_with(job)) == _compared_with(job)


def _current(job: Job) -> Path | None:
    return Aliases((job.home / job.config.rounds.models).resolve()).of("current")


def _dressed(job: Job) -> Path:
    """The base under our chat template: asked by its own, or by none, it could not be compared."""
    chat = chat_of(job)
    folder = job.folder.path / "scratch" / "base"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in job.base.iterdir():
        (folder / file.name).symlink_to(file.resolve())
    try:
        finish(folder, chat)
    except BadModelFolder as error:
        raise StepFailed(str(error)) from error
    return folder


def rates(report: Report) -> dict[str, float | int]:
    """Per set, how much was right, 0 to 1."""
    return {one.name: round(one.total.rate, 4) for one in report.sets} | {"seconds": report.seconds}


async def _ask(job: Job, model: Path, name: str, words: str, sets: list[ItemSet], dataset: str) -> Report:
    job.report(f"考{words}：启动", 0, 0)

    def told(stage: str, done: int, total: int) -> None:
        job.report(f"考{words}：{stage}", done, total)

    served_name = f"round-{job.number}-{name}"
    place = all_served(
        model,
        served_name,
        job.config,
        home=job.home,
        log=job.folder.log(f"serve-{name}"),
        scratch=job.folder.path / "scratch" / "serving",
        stop=job.stop,
    )
    # The little CPU server takes one question at a time, and never answers one that comes with stop words.
    turbo = tools.engine(job.config) == "turbomind"
    concurrency = job.config.rounds.concurrency if turbo else 1
    async with place as urls:
        asked = asyncio.create_task(
            evaluate(
                Candidate(urls, model=served_name, folder=model),
                sets,
                job.folder.evaluation / name,
                dataset=dataset,
                manner=Manner(first_line=turbo and job.config.rounds.first_line, concurrency=concurrency),
                progress=told,
            )
        )
        stopping = asyncio.create_task(job.stop.wait())
        try:
            await asyncio.wait({asked, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise StepFailed("评测取消了。")
            return await asked
        finally:
            stopping.cancel()
            asked.cancel()


STEP = Step("evaluate", "评测", _run, on_gpu=True, stands=_stands)

"""config: write the XTuner config of the round."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.config import TrainingConfig
from training.rounds import tools
from training.rounds.errors import StepFailed
from training.rounds.folder import write_whole
from training.rounds.step import Done, Job, Step, digest
from training.xtuner.checking import check_base, check_data
from training.xtuner.errors import XtunerError
from training.xtuner.estimating import parameters_of
from training.xtuner.rendering import Wanted, render, steps

_PLACES = ("python", "folder")
"""Settings that say where things are on a machine."""


async def _run(job: Job) -> Done:
    record = job.folder.record("dataset")
    assert record is not None
    file = Path(record["figures"]["folder"]) / "train.jsonl"
    on_cpu = tools.on_cpu(job.config)
    try:
        base = check_base(job.base, job.config.xtuner, on_cpu=on_cpu)
        data = check_data(file, base.chat, job.config.xtuner)
    except XtunerError as error:
        raise StepFailed(str(error)) from error
    wanted = Wanted(
        title=f"第 {job.number} 轮，训练集 {record['figures']['version']}",
        base=job.base,
        data=file,
        rows=data.rows,
        chat=base.chat,
        parameters=parameters_of(base.config),
        on_cpu=on_cpu,
    )
    text = render(job.config.xtuner, wanted)
    if job.folder.config.is_file() and _taught(job.folder.config.read_text(encoding="utf-8")) != _taught(text):
        # Checkpoints of another training: going on from them would make a model that neither config describes.
        shutil.rmtree(job.folder.work, ignore_errors=True)
    write_whole(job.folder.config, text)
    return Done(
        inputs={str(file): digest(file), str(job.base / "config.json"): digest(job.base / "config.json")},
        outputs=["config.py"],
        figures={
            "family": base.chat.family,
            "rows": data.rows,
            "tokens_per_row": round(data.tokens_per_row, 1),
            "iterations": steps(job.config.xtuner, data.rows),
            "base": str(job.base),
            "settings": _changed(job.config),
        },
    )


def _changed(config: TrainingConfig) -> dict[str, Any]:
    """By the key in bot.toml, what decides how the model turns out and is not the default."""
    tables = {"xtuner": config.xtuner, "dataset": config.dataset, "gate": config.gate}
    return {
        f"{name}.{key}": value
        for name, table in tables.items()
        for key, value in table.model_dump(mode="json", exclude_defaults=True).items()
        if key not in _PLACES
    }


def _taught(config: str) -> list[str]:
    """The lines of a config but for those that say which checkpoints are kept."""
    return [line for line in config.splitlines() if not line.startswith("save_")]


def _stands(job: Job, record: Mapping[str, Any]) -> bool:
    """Until it has been trained a round that is resumed follows bot.toml: a change there may be what it waited for."""
    told = record["figures"]
    return job.folder.record("train") is not None or (
        (told.get("base"), told.get("settings")) == (str(job.base), _changed(job.config))
    )


STEP = Step("config", "写配置", _run, stands=_stands)

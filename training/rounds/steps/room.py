"""Whether the GPU has room for a training, before minutes are spent on it."""

from __future__ import annotations

import json

from inference.serving.gpu import free_memory_mib
from training.rounds import tools
from training.rounds.errors import StepFailed
from training.rounds.step import Job
from training.xtuner import estimating

_GB_IN_MIB = 1e9 / 2**20


def check_room(job: Job) -> None:
    """The free memory of the round's GPU against what the formulas say.

    Nothing is known of a base whose shape is unusual, or without the driver's word: then XTuner tries.

    Raises:
        StepFailed: it does not fit.
    """
    if tools.on_cpu(job.config):
        return
    free = free_memory_mib(int(job.config.rounds.device))
    told = (job.folder.record("config") or {}).get("figures", {})
    try:
        shape = estimating.shape_of(json.loads((job.base / "config.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return
    if free is None or "tokens_per_row" not in told:
        return
    needed = estimating.estimate(
        shape,
        job.config.xtuner,
        rows=told["rows"],
        tokens_per_row=told["tokens_per_row"],
        steps=told["iterations"],
    )
    if needed.gpu_gb * _GB_IN_MIB > free:
        raise StepFailed(
            f"显存不够：按公式估算训练约要 {needed.gpu_gb:.1f} GB，第 {job.config.rounds.device} 块显卡只空着 "
            f"{free / _GB_IN_MIB:.1f} GB。\n停掉占显存的程序；要它和 gongkao serve 轮流用，在 [training.rounds] 写 "
            "pause_serving = true；或者把 [training.xtuner] 的 batch_size、max_length 改小。再发 /训练 继续。"
        )

"""The commands that XTuner's steps are, as lists for a process."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from training.xtuner.settings import XtunerSettings

COMPAT = Path(__file__).parent / "compat"
_CHECKPOINT = re.compile(r"(?:iter|epoch)_(\d+)(?:\.pth)?")


@dataclass(frozen=True, slots=True)
class Command:
    argv: tuple[str, ...]
    env: Mapping[str, str]
    """Added to this process's environment."""


def train(
    python: Path, config: Path, work: Path, settings: XtunerSettings, *, scratch: Path, seed: int | None = None
) -> Command:
    """Train as *config* says, into *work*; goes on from the last checkpoint there, if there is one.

    ``xtuner train`` exits 0 after a crash and leaves the trainer running when it
    is signalled; the module does neither. *seed* overrides the config's.
    """
    tool = ("-m", "xtuner.tools.train", str(config), "--work-dir", str(work))
    if (checkpoint := last_checkpoint(work)) is not None:
        tool += ("--resume", str(checkpoint))
    elif seed is not None:
        tool += ("--seed", str(seed))
    if settings.deepspeed:
        tool += ("--deepspeed", settings.deepspeed)
    return Command(_launch(python, settings, tool), environment(scratch) | _device(config))


def _device(config: Path) -> dict[str, str]:
    """Hides the GPUs from a config that was written for the CPU: XTuner would take them."""
    try:
        for_cpu = "gongkao_xtuner_cpu" in config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        for_cpu = False
    return {"CUDA_VISIBLE_DEVICES": ""} if for_cpu else {}


def _launch(python: Path, settings: XtunerSettings, tool: tuple[str, ...]) -> tuple[str, ...]:
    match settings.launcher:
        case "pytorch":
            # --standalone picks a free port, so that two trainings on a machine do not meet.
            ranks = ("-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={settings.gpus}")
            return (str(python), *ranks, *tool, "--launcher", "pytorch")
        case "slurm":
            each = min(settings.gpus, settings.gpus_per_node)
            place = ("-p", settings.slurm_partition) if settings.slurm_partition else ()
            nodes = (f"--nodes={math.ceil(settings.gpus / each)}", f"--ntasks={settings.gpus}")
            share = (f"--ntasks-per-node={each}", f"--gres=gpu:{each}", "--kill-on-bad-exit=1")
            return ("srun", *place, *nodes, *share, str(python), *tool, "--launcher", "slurm")
        case "none":
            return (str(python), *tool)


def convert(python: Path, config: Path, checkpoint: Path, adapter: Path, *, scratch: Path) -> Command:
    """The checkpoint's adapter (or, after full training, its model) as a Hugging Face folder.

    XTuner's own defaults are float16 and pickles: here an adapter stays as it
    was trained, a model becomes what the base was.
    """
    tool = ("-m", "gongkao_convert", str(config), str(checkpoint), str(adapter), "--safe-serialization")
    return Command((str(python), *tool), environment(scratch) | _device(config))


def merge(python: Path, base: Path, adapter: Path, model: Path, settings: XtunerSettings, *, scratch: Path) -> Command:
    """Base and adapter as one model folder; in main memory, whatever the GPU is busy with."""
    tool = ("-m", "gongkao_merge", settings.merge_dtype, str(base), str(adapter), str(model))
    tool += ("--max-shard-size", settings.max_shard_size, "--safe-serialization", "--device", "cpu")
    return Command((str(python), *tool), environment(scratch))


def last_checkpoint(work: Path) -> Path | None:
    """Where a training in *work* left off; ``None`` when it saved nothing that can be read.

    The trainer may have been killed while it wrote one, and the folder may have
    moved since.
    """
    found = {int(match[1]): place for place in work.glob("*_*") if (match := _CHECKPOINT.fullmatch(place.name))}
    ordered = [found[number] for number in sorted(found, reverse=True)]
    try:
        named = Path((work / "last_checkpoint").read_text(encoding="utf-8").strip()).name
    except (OSError, UnicodeDecodeError):
        named = ""
    # What it names was written to its end, a newer one perhaps not: of those the file ends with a table of contents.
    ordered.sort(key=lambda place: place.name != named)
    return next((place for place in ordered if place.is_dir() or zipfile.is_zipfile(place)), None)


def environment(scratch: Path) -> dict[str, str]:
    """What all of them need to run without a hub and to resume; caches go under *scratch*."""
    return {
        "PYTHONPATH": str(COMPAT),
        # A round's folder, where it runs, has a config.py that no library shall import.
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        # A model folder with code of its own would otherwise fill the user's cache.
        "HF_MODULES_CACHE": str(scratch / "modules"),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_CACHE": str(scratch / "datasets"),
        "TOKENIZERS_PARALLELISM": "false",
        # mmengine's checkpoints hold objects that torch's safe loading refuses; they are our own files.
        "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1",
        "MKL_SERVICE_FORCE_INTEL": "1",
        "MKL_THREADING_LAYER": "GNU",
    }

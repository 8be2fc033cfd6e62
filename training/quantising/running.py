"""Quantising, from a model folder and questions to a folder that TurboMind serves, with every failure told."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from inference.serving.model_folder import BadModelFolder, check
from training.evaluation.weights import size_of
from training.progress import Report, silent
from training.quantising import calibration, failures
from training.quantising.calibration import Calibration
from training.quantising.checking import Subject, check_model
from training.quantising.errors import Broken, Cancelled, NotReady
from training.quantising.failures import Failure
from training.quantising.progress import Progress
from training.quantising.settings import QuantisingSettings
from training.xtuner.commands import Command
from training.xtuner.running import Ended, run

SCRIPT = Path(__file__).with_name("gongkao_awq.py")
_TOLD = "gongkao.json"
_WEIGHTS = {".safetensors", ".bin", ".pt", ".pth", ".gguf"}
# Of the weights, what becomes of a model whose vocabulary is most of it; and what everything else needs.
_KEPT, _SPARE_GB = 0.75, 0.5


@dataclass(frozen=True, slots=True)
class Means:
    """What it is done with."""

    python: Path
    """Interpreter with LMDeploy."""
    settings: QuantisingSettings
    log: Path
    """Its output is added there."""
    stop: asyncio.Event
    """Set to cancel."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Added, for example ``CUDA_VISIBLE_DEVICES``."""
    trust_code: bool = False
    """Let the model folder's own Python code run."""
    report: Report = silent


@dataclass(frozen=True, slots=True)
class Quantised:
    folder: Path
    bytes_before: int
    bytes_after: int
    """Of the weights."""
    samples: int
    """Conversations that were drawn for the calibration."""
    calibration_sha256: str
    windows: int
    window: int
    """Tokens of each."""
    dtype: str
    """Of what is not in 4 bit."""
    seconds: float
    peak_mb: int
    peak_gpu_mb: int

    def figures(self) -> dict[str, int | float | str]:
        """What records keep."""
        return {name: value for name, value in asdict(self).items() if name != "folder"}


async def quantise(model: Path, source: Path, out: Path, means: Means) -> Quantised:
    """Write *model*, quantised on the conversations in the file *source*, to *out*, replacing what is there.

    Raises:
        QuantisingError: see :mod:`training.quantising.errors`; *out* is as it was.
    """
    subject = check_model(model)
    before = size_of(model)
    draft = _draft(out)
    _check_room(draft, before)
    try:
        drawn = await asyncio.to_thread(
            calibration.write, source, subject.chat, draft / "calibration.jsonl", means.settings
        )
        made = draft / "made"
        ended = await _run(subject, drawn, made, draft / "scratch", means)
        told = await asyncio.to_thread(_finish, subject, made, means.log)
        found = Quantised(
            out,
            before,
            size_of(made),
            drawn.rows,
            drawn.sha256,
            told["windows"],
            told["window"],
            told["dtype"],
            round(ended.seconds, 1),
            ended.peak_mb,
            ended.peak_gpu_mb,
        )
        await asyncio.to_thread(shutil.rmtree, out, ignore_errors=True)
        made.replace(out)
    except OSError as error:
        raise NotReady(f"写不了 {out.parent}：{error.strerror or error}。") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return found


async def _run(subject: Subject, drawn: Calibration, made: Path, scratch: Path, means: Means) -> Ended:
    settings = means.settings
    window = min(settings.window, subject.longest) if subject.longest else settings.window
    argv = (
        *(str(means.python), str(SCRIPT), str(subject.folder), str(drawn.file), str(made)),
        *("--samples", str(settings.samples), "--window", str(window), "--batch-size", str(settings.batch_size)),
        *("--dtype", subject.dtype),
        *(("--search-scale",) if settings.search_scale else ()),
        *(("--trust-code",) if means.trust_code else ()),
    )
    progress = Progress(means.log, subject.layers)

    def look() -> None:
        means.report(*progress.now())

    means.report("载入模型", 0, 0)
    try:
        command = Command(argv, {**_environment(scratch), **means.env})
        ended = await run(command, means.log, cwd=drawn.file.parent, stop=means.stop, look=look)
    except FileNotFoundError as error:
        raise NotReady(f"启动不了 {means.python}：{error.strerror or error}。") from error
    if ended.stopped:
        raise Cancelled("取消了。")
    if ended.exit_code != 0:
        raise Broken(failures.explain(ended.tail, ended.exit_code), str(means.log))
    return ended


def _environment(scratch: Path) -> dict[str, str]:
    return {
        # The script's folder holds modules with names that libraries have too.
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "HF_MODULES_CACHE": str(scratch / "modules"),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }


def _finish(subject: Subject, made: Path, log: Path) -> dict[str, Any]:
    """Make of LMDeploy's weights the folder that *subject* was, but for them and what config.json says of them.

    LMDeploy saves with a newer transformers than trainers have, which writes tokenizer and config
    in its own way: the originals are what everything else was tested with.
    """
    try:
        told: dict[str, Any] = json.loads((made / _TOLD).read_text(encoding="utf-8"))
        said: dict[str, Any] = json.loads((made / "config.json").read_text(encoding="utf-8"))
        quantised: dict[str, Any] = said["quantization_config"]
        for place in list(made.iterdir()):
            if place.suffix != ".safetensors" and place.name != "model.safetensors.index.json":
                place.unlink() if place.is_file() else shutil.rmtree(place)
        for place in subject.folder.iterdir():
            if place.is_file() and place.suffix not in _WEIGHTS and not place.name.endswith(".index.json"):
                shutil.copyfile(place, made / place.name)
        config: dict[str, Any] = json.loads((made / "config.json").read_text(encoding="utf-8"))
        kind = "dtype" if "dtype" in config and "torch_dtype" not in config else "torch_dtype"
        config |= {kind: told["dtype"], "quantization_config": quantised}
        (made / "config.json").write_text(json.dumps(config, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        check(made)
    except (BadModelFolder, FileNotFoundError, ValueError, KeyError, TypeError) as error:
        failure = Failure("unknown", f"量化结束了，得到的却不是完整的模型：{error}")
        raise Broken(failure, str(log)) from error
    return told


def _draft(out: Path) -> Path:
    """A folder beside *out*, so that whoever is killed leaves nothing that looks whole; what one left is removed."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for left in out.parent.glob(f".{out.name}-????????"):
            shutil.rmtree(left, ignore_errors=True)
        draft = out.with_name(f".{out.name}-{secrets.token_hex(4)}")
        draft.mkdir()
    except OSError as error:
        raise NotReady(f"写不了 {out.parent}：{error.strerror or error}。") from error
    return draft


def _check_room(draft: Path, before: int) -> None:
    needed = _KEPT * before / 1e9 + _SPARE_GB
    free = shutil.disk_usage(draft).free / 1e9
    if free < needed:
        draft.rmdir()
        raise NotReady(
            f"磁盘只剩 {free:.1f} GB，量化这个模型要留出约 {needed:.1f} GB。清出空间再来；gongkao train gc 可以删旧轮次。"
        )

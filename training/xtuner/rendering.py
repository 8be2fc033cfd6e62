"""The XTuner config of a round: a Python file that a person can read, change and run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from inference.chat_template import ChatFormat
from inference.prompts import SYSTEM_PROMPT
from training.xtuner.commands import COMPAT
from training.xtuner.settings import XtunerSettings

_TEMPLATE = "config.py.jinja"
# mmengine sleeps two seconds between epochs; longer ones make that little.
_LONG_EPOCH = 100
# Tokens that any conversation has; tells how few samples packing may leave.
_SHORT = 16
_LARGE = 1_000_000_000
# Measured: a small model does not keep single facts at the rate that suits a large one.
_RATE_SMALL, _RATE_LARGE = 1e-3, 2e-4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a config is written for."""

    title: str
    """One line; goes into a comment."""
    base: Path
    data: Path
    """Conversations, one JSON object a line."""
    rows: int
    """Conversations in it, at least one."""
    chat: ChatFormat
    parameters: int = 0
    """Of the base; 0 when that is unknown."""
    seed: int | None = None
    """Instead of the one in the settings."""
    on_cpu: bool = False


def render(settings: XtunerSettings, wanted: Wanted) -> str:
    """The config's text; every value is a literal, as mmengine's lazy configs cannot compute.

    The same for the same arguments. On a CPU the optimizer is AdamW and the
    precision float32, whatever the settings say.
    """
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - a Python file, whose texts all pass through repr
    )
    templates.filters["literal"] = repr
    repeat, epochs = _passes(settings, wanted.rows)
    total = steps(settings, wanted.rows)
    dtype = "float32" if wanted.on_cpu else settings.dtype
    return templates.get_template(_TEMPLATE).render(
        s=settings,
        title=_one_line(wanted.title),
        compat=_one_line(str(COMPAT)),
        base=str(wanted.base),
        data=str(wanted.data),
        template=wanted.chat.xtuner_template(),
        # The hook passes it through str.format once more than the training does.
        system=SYSTEM_PROMPT.replace("{", "{{").replace("}", "}}"),
        seed=settings.seed if wanted.seed is None else wanted.seed,
        on_cpu=wanted.on_cpu,
        lr=rate(settings, wanted.parameters),
        optimizer="AdamW" if wanted.on_cpu else settings.optimizer,
        dtype=dtype,
        # Trained weights have to be float32 under mixed precision, or small steps are rounded away.
        load_dtype="float32" if settings.mode == "full" else dtype,
        amp=dtype != "float32",
        repeat=repeat,
        epochs=epochs,
        warmup_iters=_warmup(settings, total),
        log_every=log_every(total),
    )


def rate(settings: XtunerSettings, parameters: int) -> float:
    """The learning rate for a base of so many *parameters*; 0, unknown, counts as large."""
    if settings.lr != "auto":
        return settings.lr
    return _RATE_SMALL if 0 < parameters < _LARGE else _RATE_LARGE


def steps(settings: XtunerSettings, rows: int) -> int:
    """Iterations of the whole training on one device; packing, which makes fewer, is not counted in."""
    if settings.max_iters:
        return settings.max_iters
    repeat, epochs = _passes(settings, rows)
    return _steps_for(settings, rows * repeat) * epochs


def _warmup(settings: XtunerSettings, total: int) -> int:
    """Steps of the warm-up, 0 for none.

    mmengine refuses one of no step, and after one of a single step lr stays at
    its hundred-thousandth: nothing would be learnt, without a word.
    """
    if settings.pack_to_max_length and not settings.max_iters:
        total = total * _SHORT // settings.max_length
    steps = int(settings.warmup_ratio * total)
    return steps if steps > 1 else 0


def log_every(total: int) -> int:
    """Iterations between two lines of the log: about a hundred in all, at least one in ten."""
    return max(1, min(10, total // 100))


def _passes(settings: XtunerSettings, rows: int) -> tuple[int, int]:
    """Repetitions of the set in an epoch, and epochs; their product is ``max_epochs``."""
    wanted = settings.max_epochs
    for repeat in range(1, wanted):
        if wanted % repeat == 0 and _steps_for(settings, rows * repeat) >= _LONG_EPOCH:
            return repeat, wanted // repeat
    return wanted, 1


def _steps_for(settings: XtunerSettings, rows: int) -> int:
    return math.ceil(math.ceil(rows / settings.devices) / settings.batch_size)


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())

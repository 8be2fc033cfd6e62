"""The ``[training.rounds]`` table of ``bot.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from settings import Table


class RoundsSettings(Table):
    base: Path | None = None
    """Hugging Face folder of the model that every round starts from, relative to bot.toml."""
    folder: Path = Path("data/rounds")
    """One folder a round."""
    models: Path = Path("data/models")
    """Where ``current``, ``candidate`` and ``previous`` are links to model folders."""
    approvals: int = Field(default=1, ge=1, le=5)
    """How many superusers must want a round before it starts."""
    force_approvals: int = Field(default=2, ge=2, le=5)
    """How many must want a model promoted that the gate rejected."""
    worker: Literal["local", "elsewhere"] = "local"
    """local: the bot's machine starts a worker when a round waits; elsewhere: ``gongkao worker`` runs on a GPU host."""
    device: str = Field(default="0", pattern=r"^(?:cpu|\d+)$")
    """Number of the GPU, or cpu for tiny models and tests."""
    pause_serving: bool = False
    """Whether ``gongkao serve`` on this machine makes way for a round, for one GPU that must do both."""
    engine: Literal["auto", "turbomind", "transformers"] = "auto"
    """What serves a candidate for its evaluation; auto: turbomind where there is a GPU."""
    serving_python: Path | None = None
    """Interpreter with that engine, instead of the environment of ``gongkao serve``."""
    quantise: bool = False
    """Serve, and so judge, the model in 4 bit (AWQ): a third of the memory; needs a GPU and turbomind."""
    extra_sets: tuple[Path, ...] = ()
    """Folders of C-Eval or CMMLU style csv files that are asked as well."""
    servers: int = Field(default=2, ge=1, le=8)
    """How many servers of one candidate are started on the GPU: a small model's answers wait for HTTP, not for it."""
    first_line: bool = False
    """Ask for the first line of each answer only: several times as fast."""
    concurrency: int = Field(default=64, ge=1, le=1024)
    """Questions under way at once where they cannot be asked in batches."""
    referee: bool = False
    """Let OpenCompass ask the candidate too, into the record; the gate judges by our own scorer."""
    right_percent: float = Field(default=80, ge=0, le=100)
    """Of what the model answers in chats, at least so many percent are to be right, as its held-out answers
    tell: what is more doubtful than that takes gets 没有把握."""
    serve_limit_s: float = Field(default=900, gt=0)
    """How long a candidate may take to come up."""
    keep: int = Field(default=3, ge=1, le=1000)
    """Newest rounds whose models ``gongkao train gc`` keeps, besides those that an alias names."""
    threshold: int = Field(default=200, ge=1)
    """New approved corrections from which on a scheduled round is worth its while."""

    @model_validator(mode="after")
    def _can_quantise(self) -> Self:
        if self.quantise and (self.device == "cpu" or self.engine == "transformers"):
            raise ValueError('quantise = true 要显卡和 turbomind，不能写 device = "cpu" 或 engine = "transformers"')
        return self

"""The ``[serving]`` table of ``bot.toml``: how a model is served on this machine's GPU, and how it is exchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from settings import Table

_FIXED = ("--server-name", "--server-port", "--model-name", "--api-key", "--host", "--port", "--force-model")
"""How engines call what is not for further arguments to say."""


class WatchConfig(Table):
    """``[serving.watch]``: what a new model may do worse than the one before it, until it stays."""

    window_s: float = Field(default=600, ge=0, le=7 * 86400)
    """How long it is watched; 0 does not watch."""
    fewest: int = Field(default=20, ge=1)
    """Answers it must have given before it is judged at all."""
    error_percent: float = Field(default=10, ge=0, le=100)
    """Share of model questions without an answer that is too many, in percent."""
    latency_ratio: float = Field(default=2, ge=1)
    """Times the median of the model before it."""
    latency_free_s: float = Field(default=3, ge=0)
    """A median below this is fast enough whatever came before, in seconds."""
    bad_percent: float = Field(default=20, ge=0, le=100)
    """Share of its answers that members may call bad (👎, a correction or a report), in percent."""


class ServingConfig(Table):
    engine: Literal["turbomind", "transformers"] = "turbomind"
    """transformers runs on the CPU, one request at a time: for trials with tiny models."""
    python: Path | None = None
    """Interpreter that has the engine; without it ``gongkao serve`` makes an environment of its own."""
    host: str = "127.0.0.1"
    """Listening address; others than this machine's own need GONGKAO_MODEL_API_KEY."""
    port: int = Field(default=23333, ge=1, le=65534)
    """This one or the next one: while a model is exchanged, two servers run."""
    advertise: str = ""
    """Host name by which the bot reaches this machine, when it runs elsewhere."""
    device: str = ""
    """GPUs to use, ``0`` or ``0,1``; empty leaves it to the engine."""
    tp: int = Field(default=1, ge=1, le=64)
    """GPUs that share one model (tensor parallel)."""
    session_len: int = Field(default=8192, ge=256)
    """Longest conversation, in tokens."""
    cache_share: float = Field(default=0, ge=0, lt=1)
    """Share of the GPU memory left beside the weights that the KV cache takes; 0 decides by itself, so that
    a second model of the same size fits where there is room, else 0.8."""
    kv_bits: Literal[0, 4, 8] = 0
    """Bits of a quantised KV cache; 0 leaves it as the weights' type."""
    prefix_caching: bool = True
    """Compute what prompts begin with, the system prompt, once."""
    dtype: Literal["auto", "float16", "bfloat16"] = "auto"
    """Type of unquantised weights."""
    max_batch: int = Field(default=0, ge=0)
    """Most requests that the engine computes at the same time; 0 leaves it to the engine."""
    extra: tuple[str, ...] = ()
    """Further arguments of the engine, as they are."""
    beside: Literal["auto", "always", "never"] = "auto"
    """Whether a new model is started while the old one still serves; auto looks at the free GPU memory."""
    start_limit_s: float = Field(default=1800, gt=0)
    """Longest start; 70B parameters from a slow disk take this long."""
    check_every_s: float = Field(default=3, gt=0)
    """Between two looks whether the server answers."""
    check_timeout_s: float = Field(default=5, gt=0)
    """Longest wait for ``/health``."""
    hung_after: int = Field(default=2, ge=1)
    """Looks in a row without an answer, after which it is started anew."""
    stall_s: float = Field(default=45, gt=0)
    """Without a token for so long, though asked for one, the engine has stalled and is started anew."""
    drain_s: float = Field(default=30, ge=0)
    """How long a model that was exchanged may finish what it was asked."""
    smoke: int = Field(default=20, ge=0, le=500)
    """Questions of its evaluation that a new model must answer again before anybody asks it."""
    smoke_percent: float = Field(default=90, ge=0, le=100)
    """Of these, how many it must answer as well as then, in percent."""
    log_mb: int = Field(default=5, ge=1)
    """Size at which the server's log is put away."""
    log_keep: int = Field(default=3, ge=1)
    """Logs that were put away and are kept."""
    watch: WatchConfig = WatchConfig()

    @model_validator(mode="after")
    def _port_pairs(self) -> Self:
        if any(option.startswith(_FIXED) for option in self.extra):
            raise ValueError("extra 里不能改地址、端口、模型名和密钥")
        return self

    @property
    def ports(self) -> tuple[int, int]:
        return self.port, self.port + 1

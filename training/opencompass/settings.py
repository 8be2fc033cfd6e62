"""The ``[training.opencompass]`` table."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from settings import Table


class OpencompassSettings(Table):
    batch_size: int = Field(default=8, ge=1, le=4096)
    """Questions a local model answers at once, or requests at a server at the same time."""
    max_out_len: int = Field(default=256, ge=8, le=32_768)
    """Longest reply, in tokens; an answer stands in its first line."""
    max_seq_len: int = Field(default=4096, ge=256, le=1_048_576)
    """Longest question with the system prompt, in tokens; a server's are counted in characters."""
    request_timeout_s: int = Field(default=60, ge=1, le=3600)
    """Longest wait for one reply of a server, in seconds; after two of them the run ends."""
    timeout_s: float = Field(default=4 * 3600, gt=0)
    """Longest time for all sets together, in seconds."""
    stall_s: float = Field(default=900, gt=0)
    """So long may pass without an answered question, in seconds; loading the model is part of it."""
    disagreement: float = Field(default=5, ge=0, le=100)
    """From how many points on a difference between our scorer and the referee is told."""
    benchmarks: tuple[Path, ...] = ()
    """Folders of csv files laid out as C-Eval's or CMMLU's, as further sets."""
    python: Path | None = None
    """Interpreter with OpenCompass, instead of the environment that ``gongkao env create evaluation`` makes."""

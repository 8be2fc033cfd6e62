"""The ``[training.quantising]`` table of ``bot.toml``."""

from __future__ import annotations

from pydantic import Field

from settings import Table


class QuantisingSettings(Table):
    samples: int = Field(default=128, ge=1, le=4096)
    """Windows of calibration text; fewer when there is not so much text."""
    window: int = Field(default=1024, ge=64, le=32_768)
    """Tokens of a window; several conversations fill one."""
    batch_size: int = Field(default=1, ge=1, le=256)
    """Windows that go through a layer at once."""
    search_scale: bool = False
    """Try twenty scales for each layer instead of one: many times as slow, sometimes more exact."""
    seed: int = Field(default=1, ge=0, lt=2**31)
    """Which conversations are taken, and in which order."""

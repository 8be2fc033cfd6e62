"""The ``[training]`` table of ``bot.toml``."""

from __future__ import annotations

from pydantic import Field

from settings import Table
from training.datasets.settings import DatasetSettings


class TrainingConfig(Table):
    dataset: DatasetSettings = Field(default_factory=DatasetSettings)

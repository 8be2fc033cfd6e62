"""The ``[training]`` table of ``bot.toml``."""

from __future__ import annotations

from pydantic import Field

from settings import Table
from training.datasets.settings import DatasetSettings
from training.gate.settings import GateSettings
from training.opencompass.settings import OpencompassSettings
from training.quantising.settings import QuantisingSettings
from training.rounds.settings import RoundsSettings
from training.xtuner.settings import XtunerSettings


class TrainingConfig(Table):
    dataset: DatasetSettings = Field(default_factory=DatasetSettings)
    rounds: RoundsSettings = Field(default_factory=RoundsSettings)
    xtuner: XtunerSettings = Field(default_factory=XtunerSettings)
    quantising: QuantisingSettings = Field(default_factory=QuantisingSettings)
    opencompass: OpencompassSettings = Field(default_factory=OpencompassSettings)
    gate: GateSettings = Field(default_factory=GateSettings)

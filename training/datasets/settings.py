"""The ``[training.dataset]`` table of ``bot.toml``."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from settings import Table


class DatasetSettings(Table):
    folder: Path = Path("data/datasets")
    """Folder of the training sets, one folder a version, relative to bot.toml."""
    holdout_percent: float = Field(default=5, ge=0, le=50)
    """Share of new questions that are held out for evaluation, in percent; what was placed once stays there."""
    seed: int = Field(default=1, ge=0)
    """Of the order of lines and options and of which replay samples and questions are drawn; not of the sides."""
    bank_percent: float = Field(default=100, ge=0, le=100)
    """Share of the training side that is in a set, in percent; what was corrected or answered wrong always is."""
    option_orders: int = Field(default=2, ge=1, le=8)
    """In how many orders of its options a choice question is shown."""
    weight_cap: int = Field(default=4, ge=1, le=20)
    """How often a question stands in a set at most, however often it was answered wrong."""
    refusal_percent: float = Field(default=3, ge=0, le=50)
    """Samples that are to be declined, in percent of the questions' lines at most."""
    replay_percent: float = Field(default=2, ge=0, le=50)
    """Samples that keep general ability alive, in percent of the questions' lines at most."""
    longest_input: int = Field(default=2000, ge=50, le=100_000)
    """Longest question with passage and options, in characters; longer ones are left out."""
    longest_output: int = Field(default=800, ge=10, le=100_000)
    """Longest answer with explanation, in characters; past it the explanation is left out."""
    licences: dict[str, str] = Field(
        default_factory=lambda: {"自带题库": "Apache-2.0，为本项目而写", "群内审核": "群成员提供，经审核人确认"}
    )
    """What is known of the rights in each source, by its name; it goes into the manifest."""

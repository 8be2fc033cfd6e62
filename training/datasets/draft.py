"""A version in the making."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from training.datasets.settings import DatasetSettings
from training.datasets.splitting import Splitter
from training.datasets.workers import Workers
from training.progress import Report


@dataclass(slots=True)
class Draft:
    """What the steps of a build hand on to each other."""

    folder: Path
    """Its files."""
    work: Path
    """What is thrown away afterwards."""
    config: DatasetSettings
    day: date
    report: Report
    workers: Workers
    splitter: Splitter
    left_out: Counter[str] = field(default_factory=Counter[str])
    """Why rows of the bank were not even placed."""
    counts: Counter[tuple[str, ...]] = field(default_factory=Counter[tuple[str, ...]])
    """Of the manifest, as paths through it."""
    files: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    pieces: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Bytes and items of each piece of the spool."""
    decided: dict[int, int] = field(default_factory=dict[int, int])
    """Place in the splitter of each question that reviewers decided, by question id."""
    declined: dict[str, int] = field(default_factory=dict[str, int])
    """Place in the splitter of each question that reviewers call unanswerable, by fingerprint."""
    corrections: set[int] = field(default_factory=set[int])

    @property
    def spool(self) -> Path:
        return self.work / "items"

    @classmethod
    def begin(cls, place: Path, config: DatasetSettings, day: date, report: Report, workers: Workers) -> Draft:
        """An empty one in the empty folder *place*."""
        folder, work = place / "set", place / "work"
        folder.mkdir()
        work.mkdir()
        return cls(folder, work, config, day, report, workers, Splitter(work))

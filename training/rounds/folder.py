"""Where a round keeps what it makes.

::

    0007/
      config.py      the XTuner config, readable and runnable by hand
      work/          checkpoints and scalars of the trainer
      work-wrong/    the same of a training whose loss went wrong
      adapter/       what pth_to_hf made
      model/         the merged model
      model-awq/     the same in 4 bit, where that is wanted; then it is what would be served
      scratch/       caches of the tools, and what is made for one step alone
      evaluation/    reports of our scorer: candidate/, baseline/ and, where there is model-awq/, unquantised/ of model/;
                     opencompass/ those of the referee
      calibration.json   what the confidences of the served model mean, from held-out questions; the bot reads it
      reliability.png    a picture of that
      logs/          one file a step
      records/       one JSON a step: it is done when its record is there
      card.md        the model card; card.png is a picture of it
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from inference import calibration


class RoundFolder:
    def __init__(self, root: Path, number: int) -> None:
        self.path = root / f"{number:04d}"
        self.config = self.path / "config.py"
        self.work = self.path / "work"
        self.adapter = self.path / "adapter"
        self.model = self.path / "model"
        """Unquantised; see :attr:`served`."""
        self.quantised = self.path / "model-awq"
        self.evaluation = self.path / "evaluation"
        self.opencompass = self.evaluation / "opencompass"
        self.calibration = self.path / calibration.FILE
        self.reliability = self.path / "reliability.png"
        self.card = self.path / "card.md"

    @property
    def served(self) -> Path:
        """The model that this round would serve, and that is judged: in 4 bit once the step quantise was done."""
        return self.model if self.record("quantise") is None else self.quantised

    def create(self) -> None:
        for place in (self.path, self.path / "logs", self.path / "records", self.evaluation):
            place.mkdir(parents=True, exist_ok=True)

    def log(self, step: str) -> Path:
        return self.path / "logs" / f"{step}.log"

    def record(self, step: str) -> dict[str, Any] | None:
        """What the step left when it was done; ``None`` while it is not."""
        try:
            return dict(json.loads(self._record(step).read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return None

    def write_record(self, step: str, record: dict[str, Any]) -> None:
        write_whole(self._record(step), json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n")

    def forget(self, step: str) -> None:
        """Let the step count as not done."""
        self._record(step).unlink(missing_ok=True)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file() and not file.is_symlink())

    def _record(self, step: str) -> Path:
        return self.path / "records" / f"{step}.json"


def write_whole(path: Path, text: str) -> None:
    """Write *path* so that a reader, also one after a crash, finds the old text or the new one."""
    draft = path.with_name(f".{path.name}.new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

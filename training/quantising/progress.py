"""How far LMDeploy is, from what it prints."""

from __future__ import annotations

import re
from pathlib import Path

# In the order in which each is done for all layers.
_STAGES = (
    ("校准", re.compile(rb"samples: \d+, max gpu memory")),
    ("平滑", re.compile(rb"smooth weight done")),
    ("打包", re.compile(rb" weight (?:packed|skipped)\.")),
)


class Progress:
    """Reads the part of a log that is written from now on."""

    def __init__(self, log: Path, layers: int) -> None:
        self._log = log
        self._layers = layers
        self._start = log.stat().st_size if log.exists() else 0

    def now(self) -> tuple[str, int, int]:
        """Stage, layers done and layers in all; both 0 where that is not known."""
        try:
            with self._log.open("rb") as file:
                file.seek(self._start)
                text = file.read()
        except OSError:
            text = b""
        for words, pattern in reversed(_STAGES):
            if count := len(pattern.findall(text)):
                # Layers are packed matrix by matrix, and not all models have equally many.
                return (words, min(count, self._layers), self._layers) if words != "打包" else (words, 0, 0)
        return "载入模型", 0, 0

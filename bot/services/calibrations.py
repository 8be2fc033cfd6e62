"""What the confidences of the models that serve mean, as their evaluations found and their releases tell."""

from __future__ import annotations

from typing import Any

from loguru import logger
from pydantic import ValidationError

from inference.calibration import Calibration


class Calibrations:
    """By round; told by whoever follows the releases."""

    def __init__(self) -> None:
        self._known: dict[str, Calibration] = {}

    def of(self, round_: str) -> Calibration | None:
        """Of that round's model; ``None`` when nothing is known of it."""
        return self._known.get(round_)

    def learn(self, round_: str, told: dict[str, Any] | None) -> None:
        """Take over what a release says; one that cannot be read counts as none."""
        self._known.pop(round_, None)
        if not told:
            return
        try:
            self._known[round_] = Calibration.model_validate(told)
        except ValidationError as error:
            logger.warning("calibration of round {} cannot be read: {}", round_, error)

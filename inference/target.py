"""Which model is asked, and at which addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from inference.config import InferenceConfig


@dataclass(frozen=True, slots=True)
class Target:
    """One model, and the servers that all serve it."""

    urls: tuple[str, ...]
    """Addresses, with or without ``/v1``; empty means that there is no server."""
    model: str = ""
    """Name in requests; empty takes the first one that each server lists."""
    round: str = ""
    """Training round of the model, as members read it; empty when it never went through one."""
    chat_format: str = ""
    """Family of the model (:mod:`inference.chat_template`), to ask several questions in one call;
    empty asks one a call."""

    @classmethod
    def configured(cls, config: InferenceConfig) -> Self:
        """What ``[inference]`` names."""
        return cls(config.base_url, config.model, config.round, config.chat_format)

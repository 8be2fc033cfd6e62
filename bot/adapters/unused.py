"""Counts what platforms send that nobody can use; an adapter may receive it before the services are up."""

from __future__ import annotations

from collections.abc import Callable

from loguru import logger


def _nobody(reason: str) -> None:
    """Until somebody watches, nobody counts."""


_told: Callable[[str], None] = _nobody


def watch(told: Callable[[str], None]) -> None:
    """Tell *told* the English reason code of everything that is not used from now on."""
    global _told
    _told = told


def unused(reason: str, detail: str = "") -> None:
    """Something came for *reason* in vain; *detail* goes to the log alone and holds nothing of a member."""
    _told(reason)
    if detail:
        logger.debug("event not used: {} {}", reason, detail)

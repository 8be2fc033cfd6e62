"""A bank to export from, filled through the table itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from bot.services.exporting import ExportService
from store.db import Sessions
from tests import questions


@pytest.fixture
def add(sessions: Sessions) -> Callable[..., Awaitable[None]]:
    """Put questions into the bank, given as column values."""
    return partial(questions.add, sessions)


@pytest.fixture
def exporter(sessions: Sessions) -> ExportService:
    return ExportService(sessions)

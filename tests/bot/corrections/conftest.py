"""The group of ``tests/bot/review/scene.py`` on both databases."""

from __future__ import annotations

import pytest

from store.db import Sessions
from tests.bot.review.databases import (
    database_url,
    sessions,
    shared_postgres_url,
    sqlite_template,
    used_database_url,
)
from tests.bot.review.scene import Scene

__all__ = ["database_url", "sessions", "shared_postgres_url", "sqlite_template", "used_database_url"]


@pytest.fixture
def scene(sessions: Sessions) -> Scene:
    return Scene(sessions)

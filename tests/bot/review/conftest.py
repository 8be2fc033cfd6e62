"""The group of ``tests/bot/review/scene.py`` on both databases."""

from __future__ import annotations

import pytest

from store.db import Sessions
from tests.bot.review.scene import Scene


@pytest.fixture
def scene(sessions: Sessions) -> Scene:
    return Scene(sessions)

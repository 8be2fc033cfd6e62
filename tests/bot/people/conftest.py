"""A member with two accounts, on both databases."""

from __future__ import annotations

import pytest

from store.db import Sessions
from tests.bot.people.life import Life
from tests.bot.quiz.table import fill


@pytest.fixture
async def life(sessions: Sessions) -> Life:
    await fill(sessions)
    return Life(sessions)

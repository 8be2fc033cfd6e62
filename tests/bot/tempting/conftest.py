"""A group whose members fell for an option, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from inference.client import ModelClient
from inference.config import InferenceConfig
from store.db import Sessions
from tests.bot.review.scene import Scene
from tests.bot.tempting.trap import SAID, Trap
from tests.fakes import ModelServer


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        running.answer = SAID
        yield running


@pytest.fixture
async def model(server: ModelServer) -> AsyncIterator[ModelClient]:
    client = ModelClient(InferenceConfig(base_url=(server.url,), model="test-model", round="7", total_timeout_s=5))
    yield client
    await client.aclose()


@pytest.fixture
async def trap(sessions: Sessions, model: ModelClient) -> Trap:
    made = Trap(Scene(sessions), model)
    await made.set_up()
    return made

"""A model server and clients of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from pydantic import SecretStr

from inference.client import ModelClient
from inference.config import InferenceConfig
from tests.fakes import ModelServer

MakeClient = Callable[..., ModelClient]


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        yield running


@pytest.fixture
async def make_client(server: ModelServer) -> AsyncIterator[MakeClient]:
    """Clients of the server; a test about a time-out names it, as a busy machine can hold up any other for seconds."""
    async with AsyncExitStack() as stack:
        made: list[ModelClient] = []

        def make(*, api_key: SecretStr | None = None, **settings: Any) -> ModelClient:
            patient = {
                "base_url": server.url,
                "model": "test-model",
                "connect_timeout_s": 10,
                "first_token_timeout_s": 20,
                "idle_timeout_s": 20,
                "total_timeout_s": 40,
                "remember_s": 0,
            }
            client = ModelClient(InferenceConfig(**{**patient, **settings}), api_key)
            made.append(client)
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
def client(make_client: MakeClient) -> ModelClient:
    return make_client()

"""One server; how it is asked by a client is in ``test_client.py``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from inference.config import InferenceConfig
from inference.endpoint import Endpoint
from inference.errors import RequestRejected
from inference.prompts import question_messages
from inference.target import Target
from tests.fakes import ANSWER, ModelServer

MESSAGES = question_messages("武昌起义在哪一年？")


@pytest.fixture
async def endpoint(server: ModelServer) -> AsyncIterator[Endpoint]:
    async with aclosing(Endpoint(server.url, Target((server.url,)), InferenceConfig(), None)) as made:
        yield made


def soon() -> float:
    return asyncio.get_running_loop().time() + 3


async def test_without_a_name_the_one_that_it_lists_is_asked(server: ModelServer, endpoint: Endpoint):
    server.model_names = ["a"]
    assert (await endpoint.ask(MESSAGES, soon(), None)).text == ANSWER
    assert server.bodies[-1]["model"] == "a"
    assert endpoint.in_flight == 0


async def test_pieces_are_handed_on(endpoint: Endpoint):
    pieces: list[str] = []
    assert (await endpoint.ask(MESSAGES, soon(), pieces.append)).text == ANSWER == "".join(pieces)


async def test_one_that_does_not_count_is_asked_once(server: ModelServer, endpoint: Endpoint):
    found: list[RequestRejected] = []
    for _ in range(2):
        with pytest.raises(RequestRejected) as caught:
            await endpoint.length("字", soon())
        found.append(caught.value)
    assert found[0] is found[1]

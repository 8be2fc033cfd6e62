"""Short words for what the tests do over and over."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from inference.client import Completion, ModelClient
from inference.prompts import question_messages
from inference.target import Target
from tests.fakes import ModelServer


async def ask(client: ModelClient, question: str = "武昌起义在哪一年？", lane: str = "qq:1") -> Completion:
    return await client.complete(question_messages(question), lane=lane)


async def listen(
    client: ModelClient, question: str = "武昌起义在哪一年？", lane: str = "qq:1"
) -> tuple[list[str], Completion]:
    """The pieces of a streamed reply and the reply; checks that the reply comes once, last."""
    heard = []
    async with aclosing(client.stream(question_messages(question), lane=lane)) as pieces:
        async for piece in pieces:
            heard.append(piece)
    *texts, completion = heard
    assert all(isinstance(text, str) for text in texts)
    assert isinstance(completion, Completion)
    return texts, completion


async def until(condition: Callable[[], bool], *, within_s: float = 30) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  the server's counters have no events
            await asyncio.sleep(0.005)


def target_of(*servers: ModelServer, round: str) -> Target:
    return Target(tuple(server.url for server in servers), "test-model", round)


def open_connections(server: ModelServer) -> int:
    """Connections that clients have open at *server* now, idle ones too."""
    runner = server._runner
    assert runner is not None
    assert runner.server is not None
    return len(runner.server.connections)

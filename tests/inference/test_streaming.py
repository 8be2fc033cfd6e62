"""Streamed replies: slow, broken, abandoned."""

import asyncio
from contextlib import aclosing

import pytest

from inference.client import ModelClient
from inference.errors import InferenceError, MalformedReply, ServerUnavailable
from inference.prompts import question_messages
from tests.fakes import ANSWER, ModelServer
from tests.inference.asking import listen, until
from tests.inference.conftest import MakeClient


async def test_the_pieces_add_up_to_the_reply(server: ModelServer, client: ModelClient) -> None:
    pieces, completion = await listen(client)
    assert len(pieces) > 2
    assert "".join(pieces) == completion.text == ANSWER
    assert completion.confidence == pytest.approx(0.5)
    assert server.bodies[0]["stream"] is True


async def test_pieces_come_as_they_are_made(server: ModelServer, client: ModelClient) -> None:
    server.mode = "hang_mid"
    async with aclosing(client.stream(question_messages("题"), lane="qq:1")) as pieces:
        assert await anext(pieces) == ANSWER[:4]
        assert server.in_flight == 1


async def test_a_slow_stream_may_take_longer_than_each_of_its_silences(
    server: ModelServer, make_client: MakeClient
) -> None:
    server.chunk_delay_s = 0.1
    client = make_client(first_token_timeout_s=0.3, idle_timeout_s=0.3)
    assert (await listen(client))[1].text == ANSWER  # half a second in all


async def test_no_first_token_in_time(server: ModelServer, make_client: MakeClient) -> None:
    # The head and the chunk that names the role come at once; no token does.
    server.chunk_delay_s = 5
    with pytest.raises(ServerUnavailable, match="first_token_timeout"):
        await listen(make_client(first_token_timeout_s=0.2))
    await until(lambda: server.aborted == 1)


async def test_silence_in_the_middle(server: ModelServer, make_client: MakeClient) -> None:
    server.mode = "hang_mid"
    with pytest.raises(ServerUnavailable, match="idle_timeout"):
        await listen(make_client(idle_timeout_s=0.2))
    await until(lambda: server.aborted == 1)


async def test_the_total_bounds_a_stream_that_never_pauses(server: ModelServer, make_client: MakeClient) -> None:
    server.chunk_delay_s, server.answer = 0.05, "很长的回答" * 50
    with pytest.raises(ServerUnavailable, match=r"^timeout$"):
        await listen(make_client(total_timeout_s=0.4, connect_timeout_s=0.2))


@pytest.mark.parametrize(
    ("mode", "kind", "reason"),
    [
        ("reset_mid", ServerUnavailable, "reset"),
        ("error_mid", ServerUnavailable, "stream_error"),
        ("cut", MalformedReply, "cut_short"),
    ],
)
async def test_a_broken_stream_gives_its_pieces_then_the_error_and_is_not_retried(
    server: ModelServer, client: ModelClient, mode: str, kind: type[InferenceError], reason: str
) -> None:
    server.mode = mode
    heard: list[object] = []

    async def follow() -> None:
        async for piece in client.stream(question_messages("题"), lane="qq:1"):
            heard.append(piece)

    with pytest.raises(kind) as caught:
        await follow()
    assert caught.value.reason == reason
    assert heard == [ANSWER[:4], ANSWER[4:8]]
    assert server.requests == 1


async def test_a_server_that_does_not_stream_is_heard_all_the_same(server: ModelServer, client: ModelClient) -> None:
    server.mode = "unstreamed"
    assert await listen(client) == ([ANSWER], (await listen(client))[1])


async def test_a_stream_that_is_not_closed_after_its_end_is_complete(server: ModelServer, client: ModelClient) -> None:
    server.mode = "no_eof"
    async with asyncio.timeout(1):
        assert (await listen(client))[1].text == ANSWER


async def test_leaving_a_stream_early_reaches_the_server(server: ModelServer, client: ModelClient) -> None:
    server.mode = "hang_mid"
    async with aclosing(client.stream(question_messages("题"), lane="qq:1")) as pieces:
        async for _ in pieces:
            break
    await until(lambda: server.aborted == 1)
    await until(lambda: client.in_flight == 0)


async def test_a_late_listener_gets_the_earlier_pieces_too(server: ModelServer, client: ModelClient) -> None:
    server.chunk_delay_s = 0.05
    async with aclosing(client.stream(question_messages("题"), lane="qq:1")) as pieces:
        first = [await anext(pieces), await anext(pieces)]
        late = asyncio.create_task(listen(client, "题", lane="qq:2"))
        first += [piece async for piece in pieces]
    texts, completion = await late
    assert texts == first[:-1]
    assert completion.shared
    assert not first[-1].shared  # type: ignore[union-attr]
    assert server.requests == 1


async def test_a_late_listener_goes_on_alone_when_the_first_leaves(server: ModelServer, client: ModelClient) -> None:
    server.chunk_delay_s = 0.05
    async with aclosing(client.stream(question_messages("题"), lane="qq:1")) as pieces:
        await anext(pieces)
        late = asyncio.create_task(listen(client, "题"))
        await asyncio.sleep(0.01)
    assert (await late)[1].text == ANSWER
    assert server.aborted == 0

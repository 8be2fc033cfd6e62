"""One ask, answered or failing in every way."""

import asyncio
import json
import socket
import time

import pytest
from pydantic import SecretStr, ValidationError

from inference.client import ModelClient
from inference.config import InferenceConfig
from inference.errors import InferenceError, MalformedReply, RequestRejected, ServerBusy, ServerUnavailable
from inference.replies import read_completion
from tests.fakes import ANSWER, ModelServer, StaleServer, free_port
from tests.inference.asking import ask, listen, until
from tests.inference.conftest import MakeClient


async def test_a_reply_carries_text_model_and_confidence(server: ModelServer, client: ModelClient) -> None:
    completion = await ask(client)
    assert completion.text == ANSWER
    assert completion.model == "test-model"
    assert completion.confidence == pytest.approx(0.5)
    assert not completion.shared
    assert not completion.truncated


async def test_without_logprobs_the_confidence_is_unknown(server: ModelServer, make_client: MakeClient) -> None:
    server.logprob = None
    assert (await ask(make_client())).confidence is None
    await ask(make_client(logprobs=False))
    assert "logprobs" not in server.bodies[-1]


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/"])
async def test_the_address_may_end_in_v1(server: ModelServer, make_client: MakeClient, tail: str) -> None:
    assert (await ask(make_client(base_url=server.url + tail))).text == ANSWER


async def test_the_api_key_is_sent_and_shown_nowhere(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(api_key=SecretStr("sk-confidential"))
    await ask(client)
    assert server.headers[0]["Authorization"] == "Bearer sk-confidential"
    server.mode = "401"
    with pytest.raises(RequestRejected) as caught:
        await ask(client)
    assert "sk-confidential" not in repr(caught.value) + repr(vars(caught.value))


async def test_no_key_sends_no_authorization(server: ModelServer, client: ModelClient) -> None:
    await ask(client)
    assert "Authorization" not in server.headers[0]


@pytest.mark.parametrize(
    ("told", "named"), [("m@main", "m"), ("other", "other"), ("other@main", "other@main"), (None, "m")]
)
def test_a_revision_is_no_part_of_the_name(told: str | None, named: str) -> None:
    body = json.dumps({"model": told, "choices": [{"index": 0, "message": {"content": "甲"}}]}).encode()
    assert read_completion(body, "m").model == named


async def test_the_model_name_is_looked_up_once(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(model="")
    await asyncio.gather(*(ask(client, f"第 {number} 题") for number in range(10)))
    assert server.listings == 1
    assert {body["model"] for body in server.bodies} == {"test-model"}


async def test_a_swapped_model_is_found_again(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(model="")
    await ask(client)
    server.model_names = ["round-2"]
    assert (await ask(client)).model == "round-2"


async def test_a_configured_model_that_is_missing_is_told(server: ModelServer, make_client: MakeClient) -> None:
    with pytest.raises(RequestRejected) as caught:
        await ask(make_client(model="nobody"))
    assert caught.value.status == 404
    assert server.requests == 1


async def test_a_server_without_models_is_told(server: ModelServer, make_client: MakeClient) -> None:
    client = make_client(model="")
    server.model_names = []
    with pytest.raises(RequestRejected, match="no_models"):
        await ask(client)


async def test_models_are_listed(server: ModelServer, make_client: MakeClient) -> None:
    assert await make_client().models() == ["test-model"]
    with pytest.raises(ServerUnavailable, match="refused"):
        await make_client(base_url=f"http://127.0.0.1:{free_port()}").models()


async def test_without_an_address_nothing_is_asked() -> None:
    async with ModelClient(InferenceConfig()) as client:
        with pytest.raises(ServerUnavailable, match="not_configured"):
            await ask(client)
        with pytest.raises(ServerUnavailable, match="not_configured"):
            await client.models()


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValidationError):
        InferenceConfig(base_url="127.0.0.1:23333")
    with pytest.raises(ValidationError):
        InferenceConfig(connect_timeout_s=5, total_timeout_s=3)


FAILURES = [
    ("500", ServerUnavailable, "http_500"),
    ("reset", ServerUnavailable, "reset"),
    ("401", RequestRejected, "http_401"),
    ("302", RequestRejected, "http_302"),
    ("429", ServerBusy, "http_429"),
    ("malformed", MalformedReply, "not_a_completion"),
    ("not_http", MalformedReply, "not_a_completion"),
    ("empty", MalformedReply, "empty"),
]


@pytest.mark.parametrize(("mode", "kind", "reason"), FAILURES)
@pytest.mark.parametrize("way", [ask, listen])
async def test_each_failure_has_its_type_and_keeps_the_body_out_of_the_text(
    server: ModelServer, client: ModelClient, mode: str, kind: type[InferenceError], reason: str, way: type
) -> None:
    server.mode = mode
    with pytest.raises(kind) as caught:
        await way(client)
    assert type(caught.value) is kind
    assert caught.value.reason == str(caught.value) == reason
    assert server.requests == 1
    assert client.in_flight == client.queue_length == 0


async def test_what_the_server_wrote_is_kept_for_debugging(server: ModelServer, client: ModelClient) -> None:
    server.mode = "500"
    with pytest.raises(ServerUnavailable) as caught:
        await ask(client)
    assert "SECRET of the provider" in caught.value.detail


async def test_an_endless_reply_is_not_read(server: ModelServer, client: ModelClient) -> None:
    server.mode = "huge"
    with pytest.raises(MalformedReply, match="too_large"):
        await ask(client)


async def test_a_refused_connection_is_told_at_once(make_client: MakeClient) -> None:
    client = make_client(base_url=f"http://127.0.0.1:{free_port()}")
    before = time.monotonic()
    with pytest.raises(ServerUnavailable, match="refused"):
        await ask(client)
    # Well before any time-out.
    assert time.monotonic() - before < 8


async def test_an_unknown_host_is_unreachable(make_client: MakeClient) -> None:
    with pytest.raises(ServerUnavailable, match=r"unreachable|connect_timeout"):
        await ask(make_client(base_url="http://no-such-host.invalid:1"))


async def test_a_connection_that_is_not_accepted_times_out(make_client: MakeClient) -> None:
    # A listener with a full backlog drops further connection attempts.
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        await asyncio.sleep(0.05)
        client = make_client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", connect_timeout_s=0.2)
        with pytest.raises(ServerUnavailable, match="connect_timeout"):
            await ask(client)


async def test_a_hanging_server_times_out_and_sees_us_leave(server: ModelServer, make_client: MakeClient) -> None:
    server.mode = "hang"
    before = time.monotonic()
    with pytest.raises(ServerUnavailable, match=r"^timeout$"):
        await ask(make_client(total_timeout_s=0.3, connect_timeout_s=0.2))
    assert 0.25 < time.monotonic() - before < 8
    await until(lambda: server.aborted == 1)


@pytest.mark.parametrize("way", [ask, listen])
async def test_a_short_retry_after_is_waited_for_once(server: ModelServer, client: ModelClient, way: type) -> None:
    server.modes, server.retry_after = ["429"], "0.1"
    await way(client)
    assert server.requests == 2
    server.modes = ["429", "429"]
    with pytest.raises(ServerBusy) as caught:
        await way(client)
    assert server.requests == 4
    assert caught.value.retry_after_s == pytest.approx(0.1)


@pytest.mark.parametrize("retry_after", ["60", "nan", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_long_or_odd_retry_after_is_not_waited_for(
    server: ModelServer, client: ModelClient, retry_after: str
) -> None:
    server.mode, server.retry_after = "429", retry_after
    before = time.monotonic()
    with pytest.raises(ServerBusy):
        await ask(client)
    # Well before any time-out.
    assert time.monotonic() - before < 8
    assert server.requests == 1


async def test_a_reset_of_a_reused_connection_is_retried_once(make_client: MakeClient) -> None:
    async with StaleServer() as stale:
        client = make_client(base_url=stale.url, model="m")
        await ask(client)
        assert (await ask(client)).text == ANSWER
        assert (stale.requests, stale.connections) == (3, 2)


async def test_the_retry_uses_no_other_idle_connection(make_client: MakeClient) -> None:
    async with StaleServer() as stale:
        client = make_client(base_url=stale.url, model="m")
        await asyncio.gather(*(ask(client, f"第 {number} 题") for number in range(3)))
        assert stale.connections == 3
        assert (await ask(client)).text == ANSWER
        assert stale.connections == 4


async def test_a_second_reset_is_not_retried(make_client: MakeClient) -> None:
    async with StaleServer() as stale:
        client = make_client(base_url=stale.url, model="m")
        await ask(client)
        stale.fresh_resets = True
        with pytest.raises(ServerUnavailable, match="reset"):
            await ask(client)
        assert (stale.requests, stale.connections) == (3, 2)


async def test_nothing_is_retried_after_the_first_byte(make_client: MakeClient) -> None:
    async with StaleServer() as stale:
        client = make_client(base_url=stale.url, model="m")
        await ask(client)
        stale.half_head = True
        with pytest.raises(ServerUnavailable, match="reset"):
            await ask(client)
        assert stale.requests == 2


async def test_connections_are_reused(server: ModelServer, client: ModelClient) -> None:
    for number in range(20):
        await ask(client, f"第 {number} 题")
        await listen(client, f"第 {number} 题，流式")
    assert server.connections == 1


async def test_closing_ends_what_is_under_way(server: ModelServer, client: ModelClient) -> None:
    server.mode = "hang"
    asks = [asyncio.create_task(ask(client, f"第 {number} 题")) for number in range(3)]
    await until(lambda: server.in_flight == 3)
    early = asyncio.create_task(ask(client, "刚问"))
    await asyncio.sleep(0)
    await client.aclose()
    for task in [*asks, early]:
        with pytest.raises(ServerUnavailable, match="closed"):
            await task
    with pytest.raises(ServerUnavailable, match="closed"):
        await ask(client)

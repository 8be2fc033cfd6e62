"""The same question again, a while later."""

from __future__ import annotations

import pytest

from inference.errors import ServerUnavailable
from inference.remembered import Remembered
from tests.fakes import ModelServer
from tests.inference.asking import ask, listen, target_of
from tests.inference.conftest import MakeClient


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """One number: the time."""
    now = [1000.0]
    monkeypatch.setattr("inference.remembered.time.monotonic", lambda: now[0])
    return now


def test_the_newest_are_kept_for_a_while(clock: list[float]):
    kept = Remembered[str](places=2, for_s=10)
    kept.keep("a", "A")
    kept.keep("b", "B")
    assert kept.get("a") == "A"
    kept.keep("c", "C")
    # Nobody had asked for it since.
    assert [kept.get(key) for key in "abc"] == ["A", None, "C"]
    clock[0] += 9.9
    assert kept.get("a") == "A"
    clock[0] += 0.1
    assert kept.get("a") is None
    kept.keep("a", "A2")
    assert kept.get("a") == "A2"
    kept.forget()
    assert kept.get("a") is None


@pytest.mark.parametrize(("places", "for_s"), [(0, 10), (10, 0)])
def test_nothing_is_kept_without_room_or_time(places: int, for_s: float):
    kept = Remembered[str](places=places, for_s=for_s)
    kept.keep("a", "A")
    assert kept.get("a") is None


async def test_a_question_asked_again_is_not_sent_again(make_client: MakeClient, server: ModelServer):
    client = make_client(remember_s=60)
    first = await ask(client)
    again = await ask(client, lane="qq:2")
    assert (first.shared, again.shared) == (False, True)
    assert (again.text, again.confidence) == (first.text, first.confidence)
    pieces, streamed = await listen(client)
    assert (pieces, streamed.shared) == ([first.text], True)
    assert server.requests == 1
    await ask(client, "另一道题？")
    assert server.requests == 2


async def test_a_streamed_answer_is_remembered_as_well(make_client: MakeClient, server: ModelServer):
    client = make_client(remember_s=60)
    await listen(client)
    assert (await ask(client)).shared
    assert server.requests == 1


async def test_another_model_is_asked_anew(make_client: MakeClient, server: ModelServer):
    client = make_client(remember_s=60, round="1")
    await ask(client)
    client.turn_to(target_of(server, round="2"))
    assert (await ask(client)).round == "2"
    assert server.requests == 2


async def test_what_varies_is_not_remembered(make_client: MakeClient, server: ModelServer):
    client = make_client(remember_s=60, temperature=0.7)
    await ask(client)
    await ask(client)
    assert server.requests == 2


async def test_a_failure_is_not_remembered_and_does_not_undo_what_is(make_client: MakeClient, server: ModelServer):
    client = make_client(remember_s=60)
    server.mode = "500"
    with pytest.raises(ServerUnavailable):
        await ask(client)
    server.mode = "ok"
    await ask(client)
    server.mode = "500"
    assert (await ask(client)).shared


async def test_an_answer_without_its_probability_is_asked_for_anew(make_client: MakeClient, server: ModelServer):
    """Of a shared call: its doubt is unknown, and when few ask it can be known."""
    client = make_client(remember_s=60)
    server.logprob = None
    assert (await ask(client)).confidence is None
    server.logprob = -0.1
    assert (await ask(client)).confidence is not None
    await ask(client)
    assert server.requests == 2


async def test_where_nobody_wants_probabilities_none_is_missed(make_client: MakeClient, server: ModelServer):
    client = make_client(remember_s=60, logprobs=False)
    server.logprob = None
    await ask(client)
    await ask(client)
    assert server.requests == 1

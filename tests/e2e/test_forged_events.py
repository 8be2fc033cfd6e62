"""Events that come as requests: nobody is a superuser, or anybody else, by saying so."""

import contextlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from bot.bodies import MOST
from tests.peer import SELF_ID, TOKEN, BotProcess, Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
BOSS = 900
SECRET = "signs-what-is-reported"
PATHS = ("/onebot/v11/", "/onebot/v11/http", "/onebot/v11/http/")


def said(text: str, *, user: int = BOSS) -> bytes:
    event = {
        "time": int(time.time()),
        "self_id": SELF_ID,
        "post_type": "message",
        "message_type": "private",
        "message_id": time.monotonic_ns() % 1_000_000_000,
        "user_id": user,
        "message": [{"type": "text", "data": {"text": text}}],
    }
    return json.dumps(event).encode()


def signed(body: bytes) -> dict[str, str]:
    signature = hmac.new(SECRET.encode(), body, "sha1").hexdigest()
    return {"X-Self-ID": str(SELF_ID), "X-Signature": f"sha1={signature}"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotProcess]:
    process = await BotProcess(tmp_path_factory.mktemp("bot"), settings=f'superusers = ["{BOSS}"]').start()
    yield process
    await process.stop()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("shown", [{}, {"Authorization": f"Bearer {TOKEN}"}, {"X-Signature": "sha1=" + "0" * 40}])
async def test_a_request_that_nobody_signed_is_no_event(peer: Peer, bot: BotProcess, path: str, shown: dict[str, str]):
    async with aiohttp.ClientSession() as http:
        headers = {"X-Self-ID": str(SELF_ID), **shown}
        async with http.post(f"{bot.url}{path}", data=said("/数据集"), headers=headers) as response:
            assert response.status == 404
    assert await peer.silent(f"private:{BOSS}")


async def test_nor_does_it_bring_up_an_account(bot: BotProcess):
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{bot.url}/onebot/v11/", data=said("你好"), headers={"X-Self-ID": "777"}) as response:
            assert response.status == 404
        # A connection with that id would be refused as the second one.
        headers = {"X-Self-ID": "777", "Authorization": f"Bearer {TOKEN}"}
        async with http.ws_connect(f"{bot.url}/onebot/v11/ws", headers=headers) as connected:
            assert not connected.closed


async def test_what_is_signed_with_the_owners_secret_is_taken(tmp_path_factory: pytest.TempPathFactory):
    settings = f'superusers = ["{BOSS}"]\n[nonebot]\nonebot_secret = "{SECRET}"'
    process = await BotProcess(tmp_path_factory.mktemp("signed"), settings=settings).start()
    try:
        async with Peer(process) as peer, aiohttp.ClientSession() as http:
            body = said("/数据集")
            forged = {**signed(body), "X-Signature": signed(said("别的"))["X-Signature"]}
            async with http.post(f"{process.url}/onebot/v11/", data=body, headers=forged) as response:
                assert response.status == 403
            async with http.post(f"{process.url}/onebot/v11/", data=body, headers=signed(body)) as response:
                assert response.status == 204
            assert await peer.reply_to(f"private:{BOSS}")
            swollen = said("/数据集") + b" " * MOST
            with contextlib.suppress(aiohttp.ClientError):  # the refusal may overtake what is still being sent
                async with http.post(
                    f"{process.url}/onebot/v11/", data=io.BytesIO(swollen), headers=signed(swollen)
                ) as reply:
                    assert reply.status == 413
            assert await peer.silent(f"private:{BOSS}", for_s=1)
    finally:
        await process.stop()

"""What is shown to fetch something goes to nobody else, and where it lies is asked only when it is wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web

from bot.services.downloads import Address, Downloader, DownloadFailed


class Served:
    """A server on loopback: what it was shown, by path."""

    def __init__(self) -> None:
        self.shown: dict[str, str | None] = {}
        self.url = ""
        self.leads_to = ""
        """Where ``/moved`` has gone; another origin on the same machine when nothing is said."""

    async def answer(self, request: web.Request) -> web.Response:
        self.shown[request.path] = request.headers.get("Authorization")
        if request.path == "/moved":
            there = self.leads_to or f"{self.url.replace('127.0.0.1', 'localhost')}/there"
            return web.Response(status=302, headers={"Location": there})
        return web.Response(body=b"x" * 100)


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Served]:
    told = Served()
    app = web.Application()
    app.router.add_get("/{path:.*}", told.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield told
    await runner.cleanup()


@pytest_asyncio.fixture
async def downloader() -> AsyncIterator[Downloader]:
    async with Downloader(trusted_hosts=["127.0.0.1", "localhost"]) as one:
        yield one


async def test_a_token_is_shown_where_it_belongs_and_not_where_that_leads(served: Served, downloader: Downloader):
    async def place() -> Address:
        return Address(f"{served.url}/moved", {"Authorization": "Bearer t"})

    assert await downloader.bytes(place, most=100) == b"x" * 100
    assert served.shown == {"/moved": "Bearer t", "/there": None}


async def test_an_asked_for_address_is_bound_like_any_other(served: Served, downloader: Downloader):
    async def inside() -> Address:
        return Address("http://10.0.0.1/a")

    async def unknown() -> Address:
        return Address("")

    async def large() -> Address:
        return Address(f"{served.url}/a")

    for place, said in ((inside, "内网"), (unknown, "没有可以下载的地址"), (large, "文件超过")):
        with pytest.raises(DownloadFailed, match=said):
            await downloader.bytes(place, most=99)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127。0。0。1",
        "１２７．0.0.1",
        "①②⑦.0.0.1",
        "localhost",
        "ｌocalhost",
        "2130706433",
        "0x7f.1",
        "[::1]",
    ],
)
async def test_the_own_machine_is_inside_however_it_is_written(served: Served, host: str):
    port = served.url.rpartition(":")[2]
    async with Downloader() as downloader:
        with pytest.raises(DownloadFailed):
            await downloader.bytes(f"http://{host}:{port}/secret", most=100)
    assert served.shown == {}


async def test_what_leads_there_is_inside_too(served: Served):
    port = served.url.rpartition(":")[2]
    served.leads_to = f"http://127。0。0。1:{port}/secret"
    async with Downloader(trusted_hosts=["localhost"]) as downloader:
        with pytest.raises(DownloadFailed, match="内网"):
            await downloader.bytes(f"http://localhost:{port}/moved", most=100)
    assert set(served.shown) == {"/moved"}


def test_an_address_does_not_show_its_token():
    shown = repr(Address("http://127.0.0.1/file/bot777:secret/a", {"Authorization": "Bearer secret"}))
    assert "secret" not in shown


async def test_a_proxy_is_used_for_what_is_reached_by_it_and_for_nothing_else(served: Served):
    """The server plays the proxy: it is asked for the whole address, of a name that only it could look up."""

    async def place() -> Address:
        return Address("http://files.invalid/moved", {"Authorization": "Bearer t"}, proxy=proxy)

    async with Downloader() as direct:
        proxy = served.url.replace("127.0.0.1", "localhost")
        served.leads_to = f"{served.url}/there"
        with pytest.raises(DownloadFailed, match="内网"):
            await direct.bytes(place, most=100)
        assert served.shown == {"/moved": "Bearer t"}
        served.shown.clear()
        # The proxy opens no door for addresses that members choose.
        with pytest.raises(DownloadFailed):
            await direct.bytes(f"{proxy}/inside", most=100)
        assert served.shown == {}


async def test_a_proxy_that_is_away_is_said_like_any_failure():
    async def place() -> Address:
        return Address("http://files.invalid/a", proxy="http://127.0.0.1:9")

    async with Downloader() as direct:
        with pytest.raises(DownloadFailed, match="下载失败"):
            await direct.bytes(place, most=100)

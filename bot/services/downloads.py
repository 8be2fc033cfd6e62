"""Fetching what strangers offer: files and pictures, bounded in size and time, never from inside the network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

_REDIRECTS = 3
_CHUNK = 1 << 16


FAILED = "文件下载失败，请重新发一次"


class DownloadFailed(Exception):
    """Nothing was fetched; the message is one Chinese sentence saying why."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where something can be fetched. Each part may hold a secret of the bot: none shows itself in a log."""

    url: str = field(repr=False)
    """Empty when the platform does not say."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What is shown there, and nowhere that it leads to."""
    proxy: str = field(default="", repr=False)
    """The http proxy it is reached by, as whoever runs the bot has set it; not what it leads to."""


Place = str | Callable[[], Awaitable[Address]]
"""Where something lies: an address, or what finds it out once it is wanted, on platforms that have to be asked.
The latter may raise :class:`DownloadFailed`."""


def too_large(most: int) -> DownloadFailed:
    """What to raise for more than *most* bytes."""
    return DownloadFailed(f"文件超过 {most // 1024 // 1024} MB，没有接收")


class Downloader:
    """Fetches what lies at http(s) addresses in the public network or on *trusted_hosts*."""

    def __init__(self, *, trusted_hosts: Collection[str] = (), limit_s: float = 60) -> None:
        self._trusted = frozenset(trusted_hosts)
        self._limit_s = limit_s
        self._http: aiohttp.ClientSession | None = None
        self._proxied: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(resolver=_PublicResolver(self._trusted), limit=8)
        limit = aiohttp.ClientTimeout(total=self._limit_s)
        self._http = aiohttp.ClientSession(connector=connector, timeout=limit)
        # A proxy may well be on this machine, and looks names up itself.
        self._proxied = aiohttp.ClientSession(timeout=limit)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._http, self._proxied):
            if session:
                await session.close()

    async def bytes(self, place: Place, *, most: int) -> bytes:
        """What lies at *place*, at most *most* bytes.

        Raises:
            DownloadFailed: a wrong address, too much, too slow, or refused.
        """
        parts: list[bytes] = []
        await self._stream(place, most, parts.append)
        return b"".join(parts)

    async def file(self, place: Place, target: Path, *, most: int) -> None:
        """Write what lies at *place* to *target*; nothing is left there when it fails.

        Raises:
            DownloadFailed: see :meth:`bytes`.
        """
        try:
            with target.open("wb") as stream:
                await self._stream(place, most, stream.write)
        except BaseException:
            await asyncio.to_thread(target.unlink, missing_ok=True)
            raise

    async def _stream(self, place: Place, most: int, take: Callable[[bytes], object]) -> None:
        assert self._http is not None
        assert self._proxied is not None
        address = Address(place) if isinstance(place, str) else await place()
        url, headers, proxy = address.url, dict(address.headers), address.proxy or None
        try:
            for _ in range(_REDIRECTS):
                session = self._proxied if proxy else self._http
                async with session.get(
                    self._checked(url), headers=headers, proxy=proxy, allow_redirects=False
                ) as response:
                    if response.status in (301, 302, 303, 307, 308):
                        url, headers = urljoin(url, response.headers.get("Location", "")), {}
                        proxy = None
                        continue
                    if response.status != 200:
                        raise DownloadFailed(f"文件下载不了（对方返回 {response.status}），可能已经过期，请重新发一次")
                    taken = 0
                    async for chunk in response.content.iter_chunked(_CHUNK):
                        taken += len(chunk)
                        if taken > most:
                            raise too_large(most)
                        take(chunk)
                    return
            raise DownloadFailed("下载地址转来转去，没有接收")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise DownloadFailed(FAILED) from error

    def _checked(self, url: str) -> URL:
        """*url* as it is called: only so read does its host show what is dialled, for ``127。0。0。1`` is 127.0.0.1."""
        read = URL(url)
        host = read.raw_host
        if read.scheme not in ("http", "https") or not host:
            raise DownloadFailed("没有可以下载的地址，请重新发一次")
        if host not in self._trusted and _is_literal(host) and not _is_public(host):
            raise DownloadFailed("文件地址在内网，没有下载")
        return read


class _PublicResolver(AbstractResolver):
    """Names that lead into the machine's own network do not resolve."""

    def __init__(self, trusted: frozenset[str]) -> None:
        self._inner = ThreadedResolver()
        self._trusted = trusted

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = found if host in self._trusted else [one for one in found if _is_public(one["host"])]
        if not allowed:
            raise OSError(None, "not a public address")
        return allowed

    async def close(self) -> None:
        await self._inner.close()


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address).is_global

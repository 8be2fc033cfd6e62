"""The shared token in front of the page."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import SecretStr
from starlette.requests import Request

from bot.console.refusal import Refusal
from bot.console.visitor import Visitor

ENTRY_COOKIE = "gongkao_entry"
_LONGEST_PAUSE_S = 60.0
_FORGOTTEN_AFTER_S = 15 * 60.0
_REMEMBERED_HOSTS = 1024


class Entry:
    """Lets in who knows the token, and remembers it in a cookie that does not hold it."""

    def __init__(self, token: SecretStr, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._token = token.get_secret_value().encode()
        self._attempts = Attempts(clock)

    def admits(self, request: Request, visitor: Visitor) -> bool:
        """The browser carries this session's seal."""
        given = request.cookies.get(ENTRY_COOKIE, "")
        return hmac.compare_digest(given.encode(), self.seal(visitor).encode())

    def seal(self, visitor: Visitor) -> str:
        """The cookie's value: an HMAC of the session under the token, of no use in another browser."""
        return hmac.new(self._token, b"gongkao entry " + visitor.session.encode(), hashlib.sha256).hexdigest()

    def check(self, request: Request, given: str) -> None:
        """Return when *given* is the token.

        Raises:
            Refusal: 403 when it is not; 429, unread, while the host must wait after a wrong one.
        """
        host = host_of(request)
        self._attempts.refuse_early(host)
        # Digests of equal length, so that the time taken says nothing about the token's length.
        if hmac.compare_digest(_digest(given.strip().encode()), _digest(self._token)):
            self._attempts.forget(host)
            return
        self._attempts.failed(host)
        raise Refusal(403, "口令不对。")


@dataclass(slots=True)
class _Record:
    failures: int
    failed_at: float
    pause_s: float


class Attempts:
    """Wrong secrets per host: each one doubles the wait before the next is looked at.

    Behind a reverse proxy every visitor may share its host, and then its wait.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def refuse_early(self, host: str) -> None:
        record = self._records.get(host)
        if record is None:
            return
        left_s = record.failed_at + record.pause_s - self._clock()
        if left_s > 0:
            seconds = math.ceil(left_s)
            raise Refusal(429, f"试得太快了，{seconds} 秒后再试。", retry_after_s=seconds)

    def failed(self, host: str) -> None:
        now = self._clock()
        record = self._records.pop(host, None)
        stale = record is None or now - record.failed_at > _FORGOTTEN_AFTER_S
        failures = 1 if record is None or stale else record.failures + 1
        self._records[host] = _Record(failures, now, min(_LONGEST_PAUSE_S, 2.0 ** min(failures - 1, 10)))
        while len(self._records) > _REMEMBERED_HOSTS:
            self._records.popitem(last=False)

    def forget(self, host: str) -> None:
        self._records.pop(host, None)


def _digest(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()


def host_of(request: Request) -> str:
    """The sender's address; of IPv6 the /64, which one person has whole."""
    text = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return text

"""A circuit breaker: a server that fails in a row is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from inference.errors import ServerUnavailable

State = Literal["closed", "open", "half_open"]


class Breaker:
    """Closed: requests pass. Open: none do. Half open: exactly one probe decides.

    Only a server that gives no answer counts as failing (refused, reset, 5xx,
    timeouts). Any other answer proves it alive, 429 included: shutting out a
    busy server would turn a short rush into an outage.

    Every change of state begins a new epoch, and a verdict counts only in the
    epoch it was admitted in: an old request that ends late can neither close
    an open breaker nor keep it open.
    """

    def __init__(self, *, failures: int, open_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._open_s = open_s
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False
        self._epoch: int = 0

    @property
    def state(self) -> State:
        if self._opened_at is None:
            return "closed"
        due = self._clock() - self._opened_at >= self._open_s
        return "half_open" if self._probing or due else "open"

    @property
    def admits(self) -> bool:
        """Whether :meth:`admit` lets the next request pass."""
        return not self._probing and self.state != "open"

    def check(self) -> None:
        """Return when :meth:`admit` may let a request pass; changes nothing.

        Raises:
            ServerUnavailable: ``breaker_open``.
        """
        if not self.admits:
            raise ServerUnavailable("breaker_open")

    def admit(self) -> int:
        """Let one request pass; its verdict is to be reported with the returned epoch.

        Raises:
            ServerUnavailable: ``breaker_open``.
        """
        self.check()
        if self._opened_at is not None:
            self._probing = True
            self._epoch += 1
        return self._epoch

    def success(self, epoch: int) -> None:
        """The server gave an answer."""
        if epoch != self._epoch:
            return
        self._failures = 0
        if self._probing:
            self._opened_at, self._probing = None, False
            self._epoch += 1

    def failure(self, epoch: int) -> None:
        """The server gave no answer."""
        if epoch != self._epoch:
            return
        self._failures += 1
        if self._probing or self._failures >= self._limit:
            self._opened_at, self._probing = self._clock(), False
            self._failures = 0
            self._epoch += 1

    def no_verdict(self, epoch: int) -> None:
        """The request ended without telling anything, e.g. it was cancelled; the next one may probe."""
        if epoch == self._epoch and self._probing:
            self._probing = False
            self._epoch += 1

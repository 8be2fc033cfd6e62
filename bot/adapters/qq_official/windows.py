"""What may still be answered: QQ closes the answers to each message it delivers after a while, and counts them."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from bot.services.sending.limits import Limits, QqLimits
from bot.services.sending.post import Chat

_MARGIN_S = 10
"""The way there takes time, and its clock is not ours."""
_KEPT = 8
"""Windows of one chat; older ones close before the newest are used up."""
_CHATS = 4096


@dataclass(slots=True)
class Window:
    """Answers to one message, press of a button or event."""

    source: str
    """The platform's id of it."""
    closes: float
    """By the clock of the :class:`Windows`."""


class Windows:
    """Of all chats of one account."""

    def __init__(self, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits or QqLimits()
        """Of messages that come from now on."""
        self._clock = clock
        self._of: OrderedDict[str, deque[Window]] = OrderedDict()
        self._given: Counter[str] = Counter()

    def open(self, lane: str, source: str, *, group: bool) -> None:
        """*source* came from *lane*; the same one delivered again changes nothing."""
        windows = self._of.setdefault(lane, deque())
        self._of.move_to_end(lane)
        if all(window.source != source for window in windows):
            lasts = (self.limits.window_group_s if group else self.limits.window_private_s) - _MARGIN_S
            windows.append(Window(source, self._clock() + lasts))
        if len(windows) > _KEPT:
            self._forget(windows.popleft())
        if len(self._of) > _CHATS:
            for window in self._of.popitem(last=False)[1]:
                self._forget(window)

    def best(self, lane: str, source: str = "") -> Window | None:
        """The open window of *source*, else the one that stays open longest; ``None`` for none."""
        now = self._clock()
        able = [one for one in self._of.get(lane, ()) if one.closes > now]
        return next((one for one in able if one.source == source), able[-1] if able else None)

    def close(self, window: Window) -> None:
        """No more answers fit, or the platform takes none."""
        window.closes = self._clock()

    async def number(self, chat: Chat, message_id: str) -> int | None:
        """Numbers of this process alone, as :class:`~bot.adapters.doors.Numbers`."""
        if self.limits.replies and self._given[message_id] >= self.limits.replies:
            return None
        self._given[message_id] += 1
        return self._given[message_id]

    def _forget(self, window: Window) -> None:
        self._given.pop(window.source, None)

"""The worker's side: answers requests, gives way to the bot, and ends with it. Imports little: it is paid at each start."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from bot.services.workers.frames import receive, send

Answer = Callable[[bytes], Iterable[Mapping[str, object]]]
"""One request to its replies."""
_DIE_WITH_PARENT = 1
"""``PR_SET_PDEATHSIG`` of Linux's prctl."""
_TRACE = 4000


def serve(load: Callable[[], Answer], *, seconds: float, longest: int, memory: int | None = None) -> int:
    """Answer requests of at most *longest* bytes until the input ends; the exit status.

    Says ``{}`` once what *load* brings is there. Ends by itself when one request
    takes *seconds*, and with ``MemoryError`` when it wants more than *memory*
    bytes. An error that nobody caught is told as ``{"crashed", "trace"}``.
    """
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as replies:
        # What a library prints must not land between the replies.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        _give_way(memory)
        try:
            _answer_all(load, replies, seconds, longest)
        except Exception as error:
            trace = "".join(traceback.format_exception(error))[-_TRACE:]
            send(replies, {"crashed": type(error).__name__, "trace": trace})
            raise
    return 0


def _answer_all(load: Callable[[], Answer], replies: BinaryIO, seconds: float, longest: int) -> None:
    answer = load()
    send(replies, {})
    while (request := receive(sys.stdin.buffer, most=longest)) is not None:
        # The bot ends a worker that takes too long; this ends it where nothing tells it that the bot is gone.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        for reply in answer(request):
            send(replies, reply)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _give_way(memory: int | None) -> None:
    os.nice(10)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    with contextlib.suppress(OSError):
        # Where memory runs out all the same, this process is the one to lose.
        Path("/proc/self/oom_score_adj").write_text("1000")
    if memory is not None:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

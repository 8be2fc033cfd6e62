"""Pictures are drawn one after the other beside the event loop, and give way to whoever answers members."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVarTuple

from loguru import logger

_NICE = 10
Facts = TypeVarTuple("Facts")


def _give_way() -> None:
    # Linux knows niceness of single threads, and hands it on to those that the compiler starts. Elsewhere it would
    # slow the whole process down.
    if hasattr(os, "sched_getaffinity"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


# The compiler refuses a second thread while it works: more would only wait, and take up the threads of others.
_hand = ThreadPoolExecutor(1, thread_name_prefix="drawing", initializer=_give_way)


async def drawn(of: str, draw: Callable[[*Facts], bytes], *facts: *Facts) -> bytes:
    """What *draw* makes of *facts*, a PNG; empty when that fails, for the words say it too.

    *of* is what the log calls the picture.
    """
    try:
        return await asyncio.get_running_loop().run_in_executor(_hand, draw, *facts)
    except Exception:  # noqa: BLE001 - whatever a name or a stem did to the compiler, nobody shall wait for an answer
        logger.exception("{} could not be drawn", of)
        return b""

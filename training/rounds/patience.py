"""A database that is away for a while: waited for where something would be lost, and told of where it cannot be."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from loguru import logger
from sqlalchemy.exc import DataError, IntegrityError, NotSupportedError, ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from store.db import Sessions
from training.xtuner.failures import is_disk_full

NO_DATABASE = "数据库连不上了。看看它是不是还开着，再发 /训练 继续。"
LIMIT_S = 600.0
_PAUSE_S = 1.0
_REFUSING = ("22", "23", "42")
"""Classes of sqlstate: bad data, broken constraints, statements that are wrong."""
_REFUSED = (IntegrityError, ProgrammingError, DataError, NotSupportedError)

T = TypeVar("T")


def is_away(error: Exception) -> bool:
    """Whether the database may well do later what it did not do now."""
    if isinstance(error, _REFUSED) or is_disk_full(error) or _sqlstate(error)[:2] in _REFUSING:
        return False
    return isinstance(error, SQLAlchemyError | OSError)


def _sqlstate(error: Exception) -> str:
    """PostgreSQL's; its driver's refusals come as plain database errors."""
    origin = getattr(error, "orig", None)
    return str(getattr(origin, "sqlstate", None) or "")


async def surely(
    sessions: Sessions,
    work: Callable[[AsyncSession], Awaitable[T]],
    *,
    stop: asyncio.Event,
    limit_s: float = LIMIT_S,
) -> T:
    """*work* in a transaction of its own; again and again while the database is away, once when *stop* is set.

    Raises:
        SQLAlchemyError, OSError: it was away for *limit_s*, or it refuses.
    """
    deadline = time.monotonic() + limit_s
    while True:
        try:
            async with sessions.begin() as session:
                return await work(session)
        except (SQLAlchemyError, OSError) as error:
            if not is_away(error) or stop.is_set() or time.monotonic() > deadline:
                raise
            logger.warning("waiting for the database: {}", type(error).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _PAUSE_S)

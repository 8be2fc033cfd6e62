"""What a database refuses, told from one that is away; SQLite takes most of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from store import rounds
from store.config import StoreConfig
from store.db import Sessions, open_engine
from training.rounds.patience import is_away

pytestmark = pytest.mark.postgres
REFUSED = {
    "NaN": {"progress": {"loss": float("nan")}},
    "NUL": {"note": "a\0b"},
    "surrogate": {"note": "\ud800"},
    "nothing": {"status": None},
    "too long": {"status": "x" * 99},
}


@pytest.fixture
def used_database_url(used_postgres_url: str) -> str:
    return used_postgres_url


@pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED)
async def test_what_it_refuses_it_will_refuse_later_too(sessions: Sessions, values: dict[str, Any]):
    with pytest.raises(DBAPIError) as caught:
        async with sessions.begin() as session:
            await rounds.add(session, {"status": "queued", **values})
    assert not is_away(caught.value)


async def test_a_lost_connection_is_absence(sessions: Sessions):
    async with sessions() as session:
        with pytest.raises(DBAPIError) as caught:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert is_away(caught.value)


async def test_so_is_nobody_at_its_door():
    engine = open_engine("postgresql+asyncpg://root@127.0.0.1:1/none", StoreConfig())
    with pytest.raises(OSError, match=r"refused|Connect") as caught:
        await engine.connect()
    await engine.dispose()
    assert is_away(caught.value)

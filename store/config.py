"""The ``[store]`` table of ``bot.toml``."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Literal

from pydantic import Field

from settings import Table, secret


class StoreConfig(Table):
    database: Path = Path("data/gongkao.db")
    """SQLite file, relative to bot.toml; ``GONGKAO_DATABASE_URL`` replaces it (PostgreSQL)."""
    search_index: Path = Path("data/index")
    """Folder of the search index, relative to bot.toml; may be deleted, it is made again from the database."""
    sqlite_synchronous: Literal["full", "normal"] = "full"
    """``full`` survives a power cut; ``normal`` only the death of the process, and is faster."""
    pool_size: int = Field(default=5, ge=1, le=100)
    """PostgreSQL connections kept open."""
    journal_linger_ms: float = Field(default=30, ge=0, le=1000)
    """How long a delivery receipt may wait for company before it is written, in milliseconds."""


def database_url(config: StoreConfig, home: Path) -> str:
    """SQLAlchemy URL of the database: ``GONGKAO_DATABASE_URL``, else the SQLite file under *home*.

    ``postgres://`` and ``postgresql://`` are read as asyncpg URLs.
    """
    given = secret("GONGKAO_DATABASE_URL")
    if given is None:
        return f"sqlite+aiosqlite:///{(home / config.database).resolve()}"
    url = given.get_secret_value()
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+asyncpg://" + url.removeprefix(scheme)
    if url.startswith("sqlite:///"):
        return "sqlite+aiosqlite:///" + url.removeprefix("sqlite:///")
    return url


def bank_name(url: str) -> str:
    """A name for the database at *url* that gives no password away: tells whose index a folder holds."""
    # Settings are read by commands that never open the database.
    from sqlalchemy import make_url

    return blake2b(make_url(url).set(password=None).render_as_string().encode(), digest_size=8).hexdigest()

"""Databases that are emptied between tests instead of made anew."""

from __future__ import annotations

from tests.bot.review.databases import (
    database_url,
    sessions,
    shared_postgres_url,
    sqlite_template,
    used_database_url,
)

__all__ = ["database_url", "sessions", "shared_postgres_url", "sqlite_template", "used_database_url"]

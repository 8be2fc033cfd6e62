"""Ratings and corrections from before the review queue are still there after the upgrade, and again after going back."""

from __future__ import annotations

from typing import Any

from alembic import command
from sqlalchemy import Connection, text

from migrations.exclusive import exclusively
from migrations.upgrading import alembic_config
from store.config import StoreConfig
from store.db import open_engine

CONFIG = StoreConfig()
OLD = (
    "INSERT INTO member (id, name, created_at) VALUES ('qq:1', '甲', '2025-01-01 00:00:00'),"
    " ('qq:2', '乙', '2025-01-01 00:00:00')",
    "INSERT INTO chat_group (id, created_at) VALUES ('qq:5', '2025-01-01 00:00:00')",
    *(
        "INSERT INTO ask (id, account, group_id, member_id, message_id, text, state, reason, reply, rating, received_at,"
        f" answered_at) VALUES ({number}, 'qq:9', {group}, 'qq:1', '', '第{number}题：是什么？', 'answered', '', '答',"
        f" {rating}, '2025-01-0{number} 00:00:00', {answered})"
        for number, group, rating, answered in (
            (1, "'qq:5'", "1", "'2025-01-01 00:00:09'"),
            (2, "NULL", "-1", "NULL"),
            (3, "NULL", "NULL", "NULL"),
        )
    ),
    *(
        "INSERT INTO correction (ask_id, member_id, proposed, reason, status, created_at)"
        f" VALUES ({ask}, '{member}', '{said}', '书上', 'open', '2025-01-0{day} 00:00:00')"
        for ask, member, said, day in (
            (1, "qq:1", "甲说", 5),
            (1, "qq:2", "乙说", 4),
            (1, "qq:2", "乙又说", 6),
            (3, "qq:1", "丙说", 7),
        )
    ),
)


def _rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(statement))]


async def test_old_ratings_and_corrections_move_and_come_back(empty_database_url: str):
    engine = open_engine(empty_database_url, CONFIG)
    async with exclusively(engine) as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "0002"))
        for statement in OLD:
            await connection.execute(text(statement))
    async with exclusively(engine) as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "0003"))
    async with engine.connect() as connection:
        ratings = await connection.run_sync(
            _rows, "SELECT ask_id, member_id, value, CAST(rated_at AS varchar(19)) FROM rating ORDER BY ask_id"
        )
        assert ratings == [(1, "qq:1", 1, "2025-01-01 00:00:09"), (2, "qq:1", -1, "2025-01-02 00:00:00")]
        items = await connection.run_sync(
            _rows,
            "SELECT subject, ask_id, kind, stem, answered, status, CAST(opened_at AS varchar(19)) FROM review_item"
            " ORDER BY ask_id",
        )
        assert items == [
            ("ask-1", 1, "short", "第1题：是什么？", "答", "open", "2025-01-04 00:00:00"),
            ("ask-3", 3, "short", "第3题：是什么？", "答", "open", "2025-01-07 00:00:00"),
        ]
        made = await connection.run_sync(
            _rows,
            "SELECT review_item.ask_id, member_id, proposed, correction.reason, correction.status, account, group_id, outcome"
            " FROM correction JOIN review_item ON review_item.id = correction.item_id ORDER BY correction.id",
        )
        assert made == [
            (1, "qq:1", "甲说", "书上", "open", "qq:9", "qq:5", ""),
            (1, "qq:2", "乙说", "书上", "open", "qq:9", "qq:5", ""),
            (1, "qq:2", "乙又说", "书上", "open", "qq:9", "qq:5", ""),
            (3, "qq:1", "丙说", "书上", "open", "qq:9", None, ""),
        ]
    async with exclusively(engine) as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "0002"))
    async with engine.connect() as connection:
        assert await connection.run_sync(_rows, "SELECT id, rating FROM ask ORDER BY id") == [
            (1, 1),
            (2, -1),
            (3, None),
        ]
        back = await connection.run_sync(_rows, "SELECT ask_id, proposed FROM correction ORDER BY id")
        assert back == [(1, "甲说"), (1, "乙说"), (1, "乙又说"), (3, "丙说")]
    await engine.dispose()

"""Every revision up and down, on both databases, and the models at its end."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from migrations import HEAD, ensure_schema, revision
from migrations.creating import create
from migrations.exclusive import exclusively
from migrations.upgrading import alembic_config, upgrade
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import (
    Ask,
    BankVersion,
    Base,
    ChatGroup,
    Correction,
    Member,
    Question,
    QuestionWording,
    ReviewItem,
    now,
)

CONFIG = StoreConfig()


def test_head_is_the_newest_revision_of_the_chain():
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [HEAD]


async def test_models_and_migrated_database_do_not_differ(empty_database_url: str):
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    engine = open_engine(empty_database_url, CONFIG)
    assert await upgrade(engine)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_a_created_database_is_like_a_migrated_one(empty_database_url: str):
    engine = open_engine(empty_database_url, CONFIG)
    assert await create(engine)
    async with engine.connect() as connection:
        created = await connection.run_sync(_description)
    await _downgrade(engine)
    assert await upgrade(engine)
    async with engine.connect() as connection:
        assert await connection.run_sync(_description) == created
    await engine.dispose()


def _description(connection: Connection) -> dict[str, object]:
    """Everything the database itself tells of its tables."""
    inspector = inspect(connection)
    return {
        table: [
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)),
            sorted((i["name"], i["column_names"], i["unique"]) for i in inspector.get_indexes(table)),
            sorted((u["name"], u["column_names"]) for u in inspector.get_unique_constraints(table)),
            sorted((f["name"], f["referred_table"], str(f["options"])) for f in inspector.get_foreign_keys(table)),
            inspector.get_pk_constraint(table)["name"],
        ]
        for table in inspector.get_table_names()
    }


async def test_bank_version_starts_at_zero(sessions: Sessions):
    async with sessions() as session:
        rows = (await session.scalars(select(BankVersion))).all()
        assert [(row.id, row.version) for row in rows] == [(1, 0)]


async def test_every_table_takes_a_row_and_numbers_it(empty_database_url: str):
    await ensure_schema(empty_database_url, CONFIG)
    engine = open_engine(empty_database_url, CONFIG)
    await _seed(open_sessions(engine))
    async with open_sessions(engine)() as session:
        assert await session.scalar(select(Question.id)) == 1
        assert await session.scalar(select(func.count()).select_from(Correction)) == 1
    await engine.dispose()


async def test_an_empty_database_goes_down_and_up_again(empty_database_url: str):
    await ensure_schema(empty_database_url, CONFIG)
    engine = open_engine(empty_database_url, CONFIG)
    await _downgrade(engine)
    assert await _tables(engine) <= {"alembic_version"}
    assert await revision(engine) is None
    await engine.dispose()
    assert await ensure_schema(empty_database_url, CONFIG)


async def test_a_seeded_database_goes_down_and_up_again(empty_database_url: str):
    await ensure_schema(empty_database_url, CONFIG)
    engine = open_engine(empty_database_url, CONFIG)
    await _seed(open_sessions(engine))
    await _downgrade(engine)
    await engine.dispose()
    assert await ensure_schema(empty_database_url, CONFIG)
    engine = open_engine(empty_database_url, CONFIG)
    await _seed(open_sessions(engine))
    await engine.dispose()


async def test_upgrading_an_up_to_date_seeded_database_keeps_its_rows(empty_database_url: str):
    await ensure_schema(empty_database_url, CONFIG)
    engine = open_engine(empty_database_url, CONFIG)
    await _seed(open_sessions(engine))
    async with exclusively(engine) as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM question_wording")) == 1
        assert await connection.scalar(text("SELECT count(*) FROM ask")) == 1
    await engine.dispose()


async def _seed(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        question = Question(
            kind="short", stem="长城有多长", answer="两万多公里", fingerprint="f" * 32, stem_hash=-(2**63)
        )
        session.add_all([question, Member(id="qq:1"), ChatGroup(id="qq:2")])
        await session.flush()
        ask = Ask(
            id=2**62, account="qq:9", member_id="qq:1", group_id="qq:2", text="?", received_at=now(),
            question_id=question.id,
        )  # fmt: skip
        session.add_all([ask, QuestionWording(question_id=question.id, stem="长城多长", stem_hash=2**63 - 1)])
        await session.flush()
        item = ReviewItem(subject="s", causes={"correction": 0.33}, kind="short", stem="长城有多长")
        session.add(item)
        await session.flush()
        session.add(Correction(item_id=item.id, ask_id=ask.id, member_id="qq:1", proposed="21196 公里"))


async def _downgrade(engine: AsyncEngine) -> None:
    async with exclusively(engine) as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), "base"))


async def _tables(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))

"""A scripted month ends with a ledger in which every correction has one fate, and with the same sets everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import Correction, DatasetCorrection, DatasetVersion, GateCase, Notice, Question, ReviewItem
from tests.e2e import month
from tests.e2e.month import Month
from training.datasets.building import build
from training.datasets.settings import DatasetSettings
from training.datasets.versions import assign, check, find

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(400)]
DAY = date(2026, 11, 26)


@dataclass
class Lived:
    month: Month
    ledger: Mapping[int, tuple[Any, ...]]
    """By correction: member, proposed answer, status and outcome."""
    sums: list[str]
    """Of the sets that were built."""


async def live(url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Lived:
    monkeypatch.setenv("GONGKAO_DATABASE_URL", url)
    root, config = home / "datasets", DatasetSettings(holdout_percent=20)
    engine = open_engine(url, StoreConfig(sqlite_synchronous="normal"))
    sessions = open_sessions(engine)

    async def build_round(name: str) -> None:
        made = await build(sessions, root, config, day=DAY)
        version = await find(sessions, root, made.name)
        await check(version)
        await assign(sessions, version, name)

    lived = await month.live(home, build_round)
    await every_correction_has_one_fate(sessions, lived)
    await the_bank_is_right_again(sessions, lived)
    await news_went_out_once(sessions)
    async with sessions() as session:
        rows = (await session.scalars(select(Correction).order_by(Correction.id))).all()
        ledger = {row.id: (row.member_id, row.proposed, row.status, row.outcome) for row in rows}
        sums = list((await session.scalars(select(DatasetVersion.sha256).order_by(DatasetVersion.id))).all())
    await engine.dispose()
    return Lived(lived, ledger, sums)


async def every_correction_has_one_fate(sessions: Sessions, lived: Month) -> None:
    async with sessions() as session:
        rows = (await session.scalars(select(Correction))).all()
        open_items = await session.scalar(select(func.count()).where(ReviewItem.status == "open"))
    assert {row.id: row.member_id for row in rows} == lived.reported
    assert {row.status for row in rows} == {"accepted", "rejected", "withdrawn"}
    assert all(row.settled_at is not None and row.outcome for row in rows)
    assert {row.id for row in rows if row.status == "withdrawn"} == lived.withdrawn
    assert open_items == 0


async def the_bank_is_right_again(sessions: Sessions, lived: Month) -> None:
    """Whatever was accepted is true, nothing that a vandal said was, and each decision is a case of the gate."""
    true = {month.squeezed(fact.stem): fact for fact in lived.facts}
    async with sessions() as session:
        accepted = await session.execute(
            select(Correction, Question)
            .join(ReviewItem, ReviewItem.id == Correction.item_id)
            .join(Question, Question.id == ReviewItem.question_id)
            .where(Correction.status == "accepted")
        )
        for correction, question in accepted:
            assert correction.member_id in month.MEMBERS
            assert correction.proposed == true[month.squeezed(question.stem)].words
            assert question.status == "active"
        approved = await session.scalar(select(func.count()).where(ReviewItem.status == "approved"))
        assert await session.scalar(select(func.count()).select_from(GateCase)) == approved


async def news_went_out_once(sessions: Sessions) -> None:
    """One outcome for each settled correction; one more for each that a round learnt."""
    async with sessions() as session:
        settled = set(
            await session.scalars(select(Correction.id).where(Correction.status.in_(("accepted", "rejected"))))
        )
        told = Counter(await session.scalars(select(Notice.correction_id).where(Notice.cause == "settled")))
        learnt = set(await session.scalars(select(DatasetCorrection.correction_id).distinct()))
        live_news = Counter(await session.scalars(select(Notice.correction_id).where(Notice.cause == "live")))
    assert told == dict.fromkeys(settled, 1)
    assert learnt
    assert live_news == dict.fromkeys(learnt, 1)


async def test_a_month_on_two_databases(tmp_path, postgres_url, monkeypatch):
    sqlite = await live(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}", tmp_path / "a", monkeypatch)
    postgres = await live(postgres_url, tmp_path / "b", monkeypatch)
    assert sqlite.ledger == postgres.ledger
    assert len(sqlite.sums) == 4
    assert sqlite.sums == postgres.sums
    assert sqlite.month.keystrokes <= 3 * sqlite.month.decisions

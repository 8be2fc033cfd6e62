"""Several processes give what one gives."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from migrations import ensure_schema
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from tests.training import rows
from training.datasets import building
from training.datasets.errors import WorkerLost
from training.datasets.settings import DatasetSettings
from training.datasets.workers import Workers, how_many


@pytest.mark.slow
async def test_a_build_by_two_processes_is_that_of_one(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sums: list[str] = []
    for count in (1, 2):
        url = sqlite_url.replace("gongkao.db", f"{count}.db")
        await ensure_schema(url, StoreConfig())
        engine = open_engine(url, StoreConfig())
        sessions = open_sessions(engine)
        await rows.fill(sessions, count=120)
        monkeypatch.setattr(building, "how_many", lambda _, count=count: count)
        monkeypatch.setattr("store.dataset_sources._STEP", 10)
        built = await building.build(sessions, tmp_path / str(count), DatasetSettings(), day=date(2026, 4, 1))
        sums.append(built.sha256)
        await engine.dispose()
    assert sums[0] == sums[1]


async def test_results_come_in_the_order_of_the_tasks() -> None:
    with Workers(1) as workers:
        assert [made async for made in workers.each(abs, [-3, 1, -2])] == [3, 1, 2]


@pytest.mark.slow
async def test_a_lost_worker_is_told() -> None:
    with Workers(2) as workers, pytest.raises(WorkerLost, match="内存不够"):
        _ = [made async for made in workers.each(os._exit, [9, 9, 9])]


def test_a_small_bank_needs_no_processes() -> None:
    assert how_many(19_999) == 1
    assert how_many(20_000) >= 2

"""What a new model may do worse, and that it goes when it does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from inference.serving.config import WatchConfig
from store.db import Sessions
from store.ids import new_id
from store.models import Ask, Member, Rating, now
from store.releases import Figures, figures
from tests.training.releases.conftest import Stage, model
from training.releases import keeper as keepers
from training.releases.watching import judged

LIMITS = WatchConfig(fewest=10, error_percent=10, bad_percent=20, latency_ratio=2, latency_free_s=1)
FINE = Figures(answers=100, failures=0, bad=0, median_s=0.8)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (FINE, ""),
        (Figures(answers=0, failures=9), ""),
        (Figures(answers=0, failures=10), "10 道题里 10 道没答上来（100%，最多 10%）"),
        (Figures(answers=9, failures=1, median_s=0.8), ""),
        (Figures(answers=80, failures=20, median_s=0.8), "100 道题里 20 道没答上来（20%，最多 10%）"),
        (Figures(answers=10, bad=2, median_s=0.8), ""),
        (Figures(answers=10, bad=3, median_s=0.8), "10 个回答里 3 个被点踩或纠错（30%，最多 20%）"),
        (Figures(answers=100, median_s=1.5), ""),
        (Figures(answers=100, median_s=1.7), "回答变慢了：一半的题要 1.7 秒以上，以前是 0.8 秒"),
        (Figures(answers=9, bad=9, median_s=60), ""),
    ],
)
def test_a_model_is_judged_by_its_figures(new: Figures, expected: str):
    assert judged(new, FINE, LIMITS) == expected


def test_what_is_fast_enough_may_be_slower_than_before():
    quick = Figures(answers=100, median_s=0.1)
    assert judged(Figures(answers=100, median_s=0.9), quick, LIMITS) == ""
    assert judged(Figures(answers=100, median_s=1.1), quick, LIMITS) != ""
    assert judged(Figures(answers=100, median_s=60), None, LIMITS) == ""


async def asked(sessions: Sessions, count: int, *, state: str = "answered", vote: int = 0, **more: Any) -> None:
    async with sessions.begin() as session:
        await session.merge(Member(id="qq:1", name=""))
        await session.flush()
        for _ in range(count):
            row = Ask(
                id=new_id(),
                account="qq:9",
                member_id="qq:1",
                text="？",
                state=state,
                passport={"source": "model", "took_ms": 250.0},
                received_at=now(),
                **more,
            )
            session.add(row)
            if vote:
                await session.flush()
                session.add(Rating(ask_id=row.id, member_id="qq:1", value=vote))


async def test_figures_are_of_what_the_model_was_asked(sessions: Sessions):
    await asked(sessions, 3)
    await asked(sessions, 2, vote=-1)
    await asked(sessions, 1, vote=1)
    await asked(sessions, 4, state="failed", reason="model_timeout")
    await asked(sessions, 1, state="failed", reason="store_unavailable")
    async with sessions() as session:
        found = await figures(session, now() - timedelta(minutes=1))
        assert found == Figures(answers=6, failures=4, bad=2, median_s=0.25)
        assert await figures(session, now()) == Figures()


@pytest.mark.slow
async def test_a_model_that_members_call_bad_is_rolled_back(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keepers, "_WATCH_S", 0.2)
    stage.settings |= {"watch": {"fewest": 5}}
    number = await stage.round()
    async with stage.kept(model(stage.home / "base")):
        await stage.until("serving")
        await stage.rounds.promote(number, "qq:1", force=False)
        await stage.until("ended", "serving")
        await asked(stage.sessions, 4)
        await asked(stage.sessions, 4, vote=-1)
        await stage.until("ended", "ended", "serving")
        rows = await stage.rows()
        assert rows[1].problem == "上线以后变差：8 个回答里 4 个被点踩或纠错（50%，最多 20%）"
        assert rows[1].checks["watch"]["bad"] == 4
        assert (rows[2].kind, rows[2].model, rows[2].watched_until) == ("rescue", rows[0].model, None)
        assert "换回模型 base" in "".join(stage.said)


@pytest.mark.slow
async def test_a_model_that_does_well_is_no_longer_watched(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keepers, "_WATCH_S", 0.1)
    stage.settings |= {"watch": {"fewest": 5, "window_s": 1}}
    async with stage.kept(model(stage.home / "base")):
        await stage.until_true(lambda rows: bool(rows) and "watch" in rows[0].checks)
        await asked(stage.sessions, 9, vote=-1)
        await stage.until("serving")

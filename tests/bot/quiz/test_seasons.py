"""Boards of a season: when it began, and who counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.services.quiz.boards import Boards
from bot.services.quiz.seasons import Season, season_of
from store.db import Sessions
from store.models import QuizAnswer
from store.quizzes import Score
from tests.bot.quiz.table import GROUP, Table, fill

STARTS = (date(2027, 3, 1), date(2026, 11, 30))
NOON = datetime(2026, 12, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "starts", "season"),
    [
        (date(2026, 11, 27), (), Season("2026 年四季度", date(2026, 10, 1))),
        (date(2027, 1, 1), (), Season("2027 年一季度", date(2027, 1, 1))),
        (date(2026, 11, 29), STARTS, Season("2026 年四季度", date(2026, 10, 1))),
        (date(2026, 11, 30), STARTS, Season("2026 年 11 月 30 日起", date(2026, 11, 30))),
        (date(2027, 2, 28), STARTS, Season("2026 年 11 月 30 日起", date(2026, 11, 30))),
        (date(2027, 3, 1), STARTS, Season("2027 年 3 月 1 日起", date(2027, 3, 1))),
    ],
)
def test_the_season_of_a_day(day: date, starts: tuple[date, ...], season: Season):
    assert season_of(day, starts) == season


@given(st.dates(), st.lists(st.dates(), max_size=4))
def test_every_day_is_in_a_season_that_has_begun(day: date, starts: list[date]):
    found = season_of(day, starts)
    assert found.first_day <= day
    assert season_of(found.first_day, starts) == found


async def test_a_season_forgets_what_was_before_it(sessions: Sessions):
    await fill(sessions, category="历史")
    table = Table(sessions)
    await table.order("2题 60秒 全员")
    for member in (1, 2):
        await table.speak(table.key, member)
    await table.game.reveal()
    await table.speak(table.key, 2)
    await table.speak(table.key, 3)
    await table.game.stop()
    async with sessions.begin() as session:
        for at, row in enumerate(await session.scalars(select(QuizAnswer).order_by(QuizAnswer.id))):
            row.answered_at = datetime(2026, 11, 28 if at < 2 else 30, 18, tzinfo=UTC)
    drawn: list[tuple[str, str, list[str]]] = []

    def draw(title: str, season: str, rows: Sequence[Score]) -> bytes:
        drawn.append((title, season, sorted(row.name for row in rows)))
        return b"png"

    boards = Boards(sessions, draw=draw, season_starts=STARTS, clock=lambda: NOON)
    text, picture = await boards.shown(GROUP, "赛季")
    assert text.startswith("本群赛季榜（2026 年 11 月 30 日起）\n")
    assert picture == b"png"
    await Boards(sessions, draw=draw, clock=lambda: NOON).shown(GROUP, "本赛季 历史")
    assert drawn[0] == ("本群赛季榜", "2026 年 11 月 30 日起", ["成员2", "成员3"])
    assert drawn[1][:2] == ("本群赛季榜 · 历史", "2026 年四季度")
    await Boards(sessions, draw=draw, clock=lambda: NOON).shown(GROUP, "赛季")
    assert drawn[2] == ("本群赛季榜", "2026 年四季度", ["成员1", "成员2", "成员3"])

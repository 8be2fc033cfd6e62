"""How games and boards are drawn: what is known of them, as the paper wants it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.quiz import words
from bot.services.quiz.result import Result
from local_time import local
from paper.excerpts import drawable, excerpt
from paper.night import is_night
from paper.quizzes.picture import NOBODY, ItemFact, scores
from store.models import Quiz, QuizItem
from store.quizzes import Score


def draw_game(quiz: Quiz, items: Sequence[QuizItem], result: Result) -> bytes:
    """How a game came out, as a PNG."""
    asked = [item for item in items if item.state in ("settled", "skipped")]
    about = [result.teams, f"{len(asked)} 题", quiz.category, f"{len(result.scores)} 人"]
    quickest = result.quickest
    return scores(
        f"{words.MODES[quiz.mode]}结果",
        result.scores,
        about=" · ".join(part for part in about if part),
        aside=f"{local(quiz.started_at):%m-%d %H:%M}",
        items=[
            ItemFact(item.number, item.asked["stem"], words.key(item.asked), *result.rates.get(item.number, (0, 0)))
            for item in asked
        ],
        quickest=""
        if quickest is None
        else f"最快：{excerpt(drawable(quickest.member_name, NOBODY), 16)}，{quickest.took_ms / 1000:.1f} 秒答对",
        dark=is_night(),
    )


def draw_board(title: str, season: str, rows: Sequence[Score]) -> bytes:
    """A board, as a PNG; of a *season*, which may be empty."""
    about = " · ".join(part for part in (season, "两个人以上一起答的才算") if part)
    return scores(title, rows, about=about, dark=is_night())

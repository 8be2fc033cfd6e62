"""How games and boards are drawn: what is known of them, as the paper wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.services.quiz import words
from paper.excerpts import drawable, excerpt
from paper.night import is_night
from paper.quizzes.picture import NOBODY, ItemFact, scores
from store.models import Quiz, QuizAnswer, QuizItem
from store.quizzes import Score


def draw_game(
    quiz: Quiz,
    items: Sequence[QuizItem],
    rows: Sequence[Score],
    rates: Mapping[int, tuple[int, int]],
    quickest: QuizAnswer | None,
) -> bytes:
    """How a game came out, as a PNG."""
    asked = [item for item in items if item.state in ("settled", "skipped")]
    about = [f"{len(asked)} 题", quiz.category, f"{len(rows)} 人"]
    return scores(
        f"{words.MODES[quiz.mode]}结果",
        rows,
        about=" · ".join(part for part in about if part),
        aside=f"{quiz.started_at.astimezone():%m-%d %H:%M}",
        items=[
            ItemFact(item.number, item.asked["stem"], words.key(item.asked), *rates.get(item.number, (0, 0)))
            for item in asked
        ],
        quickest=""
        if quickest is None
        else f"最快：{excerpt(drawable(quickest.member_name, NOBODY), 16)}，{quickest.took_ms / 1000:.1f} 秒答对",
        dark=is_night(),
    )


def draw_board(title: str, rows: Sequence[Score]) -> bytes:
    """A board, as a PNG."""
    return scores(title, rows, about="两个人以上一起答的才算", dark=is_night())

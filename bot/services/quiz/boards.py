"""Who has the most points: today, this week, this season, altogether; here or everywhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta

from bot.services.drawing import drawn
from bot.services.quiz import words
from bot.services.quiz.seasons import season_of
from local_time import local_now
from store import quizzes
from store.db import Sessions

_SPANS = {
    "今日": "今日",
    "今天": "今日",
    "日": "今日",
    "本周": "本周",
    "周": "本周",
    "赛季": "赛季",
    "本赛季": "赛季",
    "总": "总",
    "全部": "总",
}
_EVERYWHERE = ("全站", "全球", "所有群")
Draw = Callable[[str, str, Sequence[quizzes.Score]], bytes]


class Boards:
    def __init__(
        self,
        sessions: Sessions,
        *,
        draw: Draw | None = None,
        season_starts: Collection[date] = (),
        clock: Callable[[], datetime] = local_now,
    ) -> None:
        """*draw* makes a picture of a title, a line below it and scores; *season_starts* as :func:`season_of` has it; *clock* tells
        the local time."""
        self._sessions = sessions
        self._draw = draw
        self._season_starts = season_starts
        self._clock = clock

    async def shown(self, group_id: str | None, asked: str) -> tuple[str, bytes]:
        """A board in words, and as a picture: *asked* is like ``本周 法律``."""
        span, category, everywhere = "本周", "", group_id is None
        async with self._sessions() as session:
            known = await quizzes.categories(session)
            for word in asked.split():
                if word in _SPANS:
                    span = _SPANS[word]
                elif word in _EVERYWHERE:
                    everywhere = True
                elif word in known:
                    category = word
                else:
                    return (
                        f"不明白「{word}」。这样发：/排行榜 今日、/排行榜 本周 {next(iter(known), '历史')}、/排行榜 赛季、/排行榜 总",
                        b"",
                    )
            scores = await quizzes.board(
                session, group_id=None if everywhere else group_id, since=self._since(span), category=category
            )
        where = "全站" if everywhere else "本群"
        season = season_of(self._clock().date(), self._season_starts).name if span == "赛季" else ""
        title = f"{where}{span}榜" + (f" · {category}" if category else "")
        text = words.board(scores, f"{title}（{season}）" if season else title)
        if self._draw is None or not scores:
            return text, b""
        return text, await drawn("a board", self._draw, title, season, scores)

    def _since(self, span: str) -> datetime:
        local = self._clock()
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if span == "今日":
            return midnight.astimezone(UTC)
        if span == "本周":
            return (midnight - timedelta(days=local.weekday())).astimezone(UTC)
        if span == "赛季":
            first = season_of(local.date(), self._season_starts).first_day
            # The offset of that day: clocks may have changed since.
            return datetime(first.year, first.month, first.day).astimezone(UTC)
        return datetime(2000, 1, 1, tzinfo=UTC)

"""How a member's standing is drawn."""

from __future__ import annotations

from datetime import timedelta

from bot.services.study.facts import Facts
from bot.services.study.load import Load
from paper.excerpts import drawable
from paper.night import is_night
from paper.study.picture import Rate, Weakness, standing

_DAYS = "一二三四五六日"


def draw_standing(facts: Facts, name: str) -> bytes:
    """``/我的`` as a PNG."""
    tiles = [("近 30 天答题", str(facts.answered))]
    if facts.answered:
        tiles.append(("正确率", f"{facts.right / facts.answered:.0%}"))
    tiles.append(("错题本", str(facts.in_book)))
    ahead = facts.exam_on is not None and (facts.days_left or 0) >= 0
    if facts.recall is not None:
        tiles.append(("考那天能记住" if ahead else "明天还记得", f"{facts.recall:.0%}"))
    return standing(
        f"{drawable(name, '我')}的练习",
        about=f"连续 {facts.streak} 天" if facts.streak else "今天还没练",
        aside=f"离{facts.exam or '考试'} {facts.days_left} 天" if ahead else "",
        tiles=tiles,
        rates=[Rate(one.name, one.rate, one.before) for one in facts.categories],
        due=[
            ("今天" if not at else f"周{_DAYS[(facts.today + timedelta(days=at)).weekday()]}", count)
            for at, count in enumerate(facts.due)
        ],
        load=facts.load.told if facts.load != Load() else "",
        weak=[
            Weakness(one.name, f"{one.rate:.0%}，{one.answered} 题", f"/出题 {one.name} 10题") for one in facts.weakest
        ],
        dark=is_night(),
    )

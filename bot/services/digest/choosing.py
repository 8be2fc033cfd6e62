"""Which questions a day's digest asks."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import filterfalse, islice, zip_longest
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.study import daily
from store import accounts, digests, study
from store.models import Question
from store.quizzes import asked

KINDS = ("single", "multiple", "judge")
"""What can be answered by a letter beside a number."""
_REST = timedelta(days=30)
"""A question that the chat met so lately is no news."""
_LONGEST_STEM, _LONGEST_OPTION = 160, 60
"""Characters: several questions share one screen of a phone."""
_REMEMBERED = 0.4
"""The share of questions that the chat has practised and is about to forget; the others it has not seen."""
_AT_ONCE = 40
_FRESH_FOR = timedelta(seconds=60)
_UNSEEABLE = re.compile(
    r"[如上下左右见附]图|图[中示所]|下列图|该图|下表|上表|表中|根据.{0,8}(?:材料|资料|短文|文段)|阅读.{0,6}(?:材料|资料)|材料中"
)
_WEIGHTS = {"政治": 5, "法律": 4, "历史": 3, "人文": 3, "科技": 3, "经济": 2, "地理": 2, "生活": 1}
"""How the common-knowledge part of the exam leans; a category that is not here counts as 1."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What a chat wants to be asked."""

    lane: str
    group: bool
    """Whether ``lane`` is a group, else a member in private."""
    count: int
    category: str = ""
    """Empty for a mix."""
    seed: int = 0
    """The same for the same delivery, which gets the same questions as long as the bank stays."""


@dataclass(frozen=True, slots=True)
class _Pile:
    """What may be asked of a category."""

    numbers: Sequence[int]
    all: frozenset[int]


class Choice:
    """What may be asked is looked up once for all chats whose time is the same minute."""

    def __init__(self) -> None:
        self._known: tuple[date, datetime, dict[str, _Pile]] | None = None

    async def choose(
        self, session: AsyncSession, taste: Taste, *, at: datetime, today: date
    ) -> list[tuple[int, dict[str, Any]]]:
        """Numbers in the bank and what is asked, no more than wanted; none that the chat met in the last month."""
        known = await self._candidates(session, today, at)
        if taste.category:
            known = {name: pile for name, pile in known.items() if name == taste.category}
        since = at - _REST
        who = taste.lane if taste.group else await accounts.person_of(session, taste.lane)
        met = await digests.asked_since(session, taste.lane, since)
        met |= await digests.attempted_since(session, who, since)
        members = await study.active(session, taste.lane, at - daily.ACTIVE) if taste.group else {who}
        forgotten = await daily.ranked(session, members, met, at=at)
        chance = random.Random(taste.seed)  # noqa: S311 - no secret, and to be repeated
        remembered = [number for number in forgotten if any(number in pile.all for pile in known.values())]
        chosen = await _shown(session, remembered, round(taste.count * _REMEMBERED))
        seen = await digests.asked_since(session, taste.lane, None)
        seen |= await digests.attempted_since(session, who, None)
        # Who has seen the whole bank sees again what is a month ago.
        for before in (seen | met, met):
            avoid = before | {row.id for row in chosen}
            left = filterfalse(avoid.__contains__, _dealt(known, chance))
            chosen += await _shown(session, left, taste.count - len(chosen))
        chance.shuffle(chosen)
        return [(row.id, asked(row)) for row in chosen]

    async def _candidates(self, session: AsyncSession, today: date, at: datetime) -> dict[str, _Pile]:
        if self._known is None or self._known[0] != today or abs(at - self._known[1]) > _FRESH_FOR:
            self._known = (today, at, await _candidates(session, today))
        return self._known[2]


async def _candidates(session: AsyncSession, today: date) -> dict[str, _Pile]:
    """Numbers of what may be asked, by category."""
    rows = await session.execute(
        select(Question.category, Question.id)
        .where(
            Question.status == "active",
            Question.answer != "",
            Question.material == "",
            Question.kind.in_(KINDS),
            func.length(Question.stem) <= _LONGEST_STEM,
            or_(Question.valid_from.is_(None), Question.valid_from <= today),
            or_(Question.valid_until.is_(None), Question.valid_until >= today),
        )
        .order_by(Question.id)
    )
    found: dict[str, list[int]] = {}
    for category, number in rows:
        found.setdefault(category, []).append(number)
    return {name: _Pile(numbers, frozenset(numbers)) for name, numbers in sorted(found.items())}


def _dealt(piles: Mapping[str, _Pile], chance: random.Random) -> Iterator[int]:
    """All numbers by chance, the categories taking turns: the heavier the earlier."""
    # Weighted and without repetition, by Efraimidis and Spirakis.
    turns = sorted(piles, key=lambda name: -(chance.random() ** (1 / _WEIGHTS.get(name, 1))))
    rounds = zip_longest(*(_shuffled(piles[name].numbers, chance) for name in turns))
    return (number for numbers in rounds for number in numbers if number is not None)


def _shuffled(numbers: Sequence[int], chance: random.Random) -> Iterator[int]:
    """All of them by chance; costs what is taken, for a digest takes five of a hundred thousand.

    Fisher and Yates, with a dictionary in place of the array.
    """
    moved: dict[int, int] = {}
    for last in range(len(numbers) - 1, -1, -1):
        at = chance.randint(0, last)
        yield numbers[moved.get(at, at)]
        moved[at] = moved.pop(last, last)


async def _shown(session: AsyncSession, numbers: Iterable[int], count: int) -> list[Question]:
    """The first *count* of them that can be shown in a chat."""
    found: list[Question] = []
    left = iter(numbers)
    while len(found) < count and (some := list(islice(left, _AT_ONCE))):
        rows = {row.id: row for row in await session.scalars(select(Question).where(Question.id.in_(some)))}
        found += [rows[number] for number in some if number in rows and can_be_shown(rows[number])]
    return found[: max(0, count)]


def can_be_shown(row: Question) -> bool:
    """Whether a message shows all that it takes to answer: no picture, no table, no passage."""
    texts: Iterable[str] = (row.stem, *row.options)
    options: Collection[str] = row.options
    return (
        all(len(option) <= _LONGEST_OPTION and option.strip() for option in options)
        and (row.kind == "judge" or len(options) > 1)
        and not any(_UNSEEABLE.search(text) for text in texts)
    )

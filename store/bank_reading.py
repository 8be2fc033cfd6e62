"""Reading the whole bank in steps, however large it is."""

from __future__ import annotations

from array import array
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.db import Sessions
from store.models import Question, QuestionWording

_STEP = 1000
"""Questions a query: a few MB, and fewer than the parameters that SQLite takes."""
_STEMS = 200
"""Stems a query where all their questions are held at once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A question with everything a person may want to see of it, detached from any session."""

    id: int
    kind: str
    stem: str
    options: tuple[str, ...]
    material: str
    answer: str
    aliases: tuple[str, ...]
    explanation: str
    category: str
    difficulty: int | None
    source: str
    valid_until: date | None
    status: str
    fingerprint: str
    also_asked: tuple[str, ...] = ()
    """Other wordings of the stem; empty unless they were asked for."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which questions: those that agree with every field; an empty field asks for nothing."""

    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ("active",)

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        wanted = (
            (Question.category, self.categories),
            (Question.source, self.sources),
            (Question.kind, self.kinds),
            (Question.status, self.statuses),
        )
        return [column.in_(values) for column, values in wanted if values]


@dataclass(frozen=True, slots=True)
class Extent:
    """What a selection comes to."""

    count: int
    most_options: int
    materials: bool
    """Whether any of its questions has a shared passage."""
    aliases: bool
    also_asked: bool

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Extent:
        """That of *entries*, which are all there is."""
        return cls(
            count=len(entries),
            most_options=max((len(one.options) for one in entries), default=0),
            materials=any(one.material for one in entries),
            aliases=any(one.aliases for one in entries),
            also_asked=any(one.also_asked for one in entries),
        )


_COLUMNS = (
    Question.id,
    Question.kind,
    Question.stem,
    Question.options,
    Question.material,
    Question.answer,
    Question.aliases,
    Question.explanation,
    Question.category,
    Question.difficulty,
    Question.source,
    Question.valid_until,
    Question.status,
    Question.fingerprint,
)


async def extent(sessions: Sessions, selection: Selection) -> Extent:
    """Count the questions of *selection* and look at how large they are."""
    length = func.json_array_length
    async with sessions() as session:
        row = (
            await session.execute(
                select(
                    func.count(),
                    func.max(length(Question.options)),
                    func.max(func.length(Question.material)),
                    func.max(length(Question.aliases)),
                ).where(*selection.conditions)
            )
        ).one()
        worded = select(QuestionWording.id).join(Question, Question.id == QuestionWording.question_id)
        also_asked = await session.scalar(worded.where(*selection.conditions).limit(1)) is not None
    return Extent(row[0], row[1] or 0, bool(row[2]), bool(row[3]), also_asked)


async def counts_by_status(sessions: Sessions, selection: Selection) -> dict[str, int]:
    """How many questions there are in each status, whatever statuses *selection* names."""
    conditions = replace(selection, statuses=()).conditions
    async with sessions() as session:
        rows = await session.execute(select(Question.status, func.count()).where(*conditions).group_by(Question.status))
        return {row[0]: row[1] for row in rows}


async def categories(sessions: Sessions) -> list[str]:
    """Every category of the bank, the largest first."""
    async with sessions() as session:
        rows = await session.scalars(
            select(Question.category).group_by(Question.category).order_by(func.count().desc(), Question.category)
        )
        return list(rows)


async def ids(sessions: Sessions, selection: Selection) -> array[int]:
    """The ids of *selection*, ascending, 8 bytes each."""
    found: array[int] = array("q")
    async with sessions() as session:
        result = await session.stream_scalars(select(Question.id).where(*selection.conditions).order_by(Question.id))
        async for part in result.partitions(5000):
            found.extend(part)
    return found


async def every(sessions: Sessions, selection: Selection, *, also_asked: bool = False) -> AsyncGenerator[list[Entry]]:
    """The questions of *selection* by id, in steps; no transaction stays open between them."""
    async for part in _steps(sessions, selection.conditions, also_asked=also_asked):
        yield part


async def asked_alike(sessions: Sessions, selection: Selection) -> AsyncGenerator[list[Entry]]:
    """The questions of *selection* that share their stem with another one, in steps of whole stems."""
    async with sessions() as session:
        found = await session.scalars(
            select(Question.stem_hash)
            .where(*selection.conditions)
            .group_by(Question.stem_hash)
            .having(func.count() > 1)
            .order_by(Question.stem_hash)
        )
        hashes = array("q", found)
    for start in range(0, len(hashes), _STEMS):
        shared = [*selection.conditions, Question.stem_hash.in_(hashes[start : start + _STEMS])]
        entries = [entry async for part in _steps(sessions, shared, also_asked=False) for entry in part]
        if entries:
            yield entries


async def frequent_answers(sessions: Sessions, selection: Selection, least: int) -> list[tuple[str, str, int, int]]:
    """Category, answer, how often and the first id of short answers given *least* times or more, most first."""
    often = func.count()
    async with sessions() as session:
        rows = await session.execute(
            select(Question.category, Question.answer, often, func.min(Question.id))
            .where(*selection.conditions, Question.kind == "short", Question.answer != "")
            .group_by(Question.category, Question.answer)
            .having(often >= least)
            .order_by(often.desc(), Question.category, Question.answer)
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]


async def _steps(
    sessions: Sessions, conditions: list[ColumnElement[bool]], *, also_asked: bool
) -> AsyncGenerator[list[Entry]]:
    last = 0
    while True:
        async with sessions() as session:
            part = await _read(session, [*conditions, Question.id > last], also_asked=also_asked)
        if not part:
            return
        yield part
        last = part[-1].id


async def chosen(sessions: Sessions, wanted: Iterable[int], *, also_asked: bool = False) -> AsyncGenerator[list[Entry]]:
    """The questions with the ids *wanted*, by id, in steps; unknown ids are left out."""
    numbers = sorted(set(wanted))
    for start in range(0, len(numbers), _STEP):
        async with sessions() as session:
            yield await _read(session, [Question.id.in_(numbers[start : start + _STEP])], also_asked=also_asked)


async def _read(session: AsyncSession, conditions: list[ColumnElement[bool]], *, also_asked: bool) -> list[Entry]:
    rows = (
        (await session.execute(select(*_COLUMNS).where(*conditions).order_by(Question.id).limit(_STEP)))
        .mappings()
        .all()
    )
    wordings: dict[int, list[str]] = {}
    if also_asked and rows:
        found = await session.execute(
            select(QuestionWording.question_id, QuestionWording.stem)
            .where(QuestionWording.question_id.in_([row["id"] for row in rows]))
            .order_by(QuestionWording.id)
        )
        for number, stem in found:
            wordings.setdefault(number, []).append(stem)
    return [_entry(row, tuple(wordings.get(row["id"], ()))) for row in rows]


def _entry(row: Mapping[Any, Any], also_asked: tuple[str, ...]) -> Entry:
    values: dict[str, Any] = dict(row)
    values["options"], values["aliases"] = tuple(values["options"]), tuple(values["aliases"])
    return Entry(**values, also_asked=also_asked)

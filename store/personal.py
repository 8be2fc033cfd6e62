"""Everything that is kept about a member, to be handed over or forgotten. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ColumnElement, Text, cast, delete, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from store import accounts, merging, people, polls, study
from store.ids import new_id
from store.models import (
    ArenaGroup,
    Ask,
    Attempt,
    Base,
    Battle,
    BattleVote,
    Challenger,
    ChatAbility,
    ChatPoll,
    Correction,
    GroupSettings,
    Member,
    Notice,
    PersonAccount,
    Question,
    Quiz,
    QuizAnswer,
    QuizItem,
    QuizPlayer,
    Rating,
    Release,
    ReviewItem,
    ReviewVote,
    StudyCard,
    Studying,
    Subscription,
    Temptation,
    TrainingRound,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A table with rows about members."""

    model: type[Base]
    title: str
    """What its rows are to the member, in Chinese."""
    named: tuple[str, ...]
    """Columns that name members, as an id or a list of ids."""
    stays: bool = False
    """A record of who ran the bot and how: it outlives the member's wish to be forgotten."""

    @property
    def name(self) -> str:
        return self.model.__tablename__


KEPT = (
    Kept(Member, "你的编号和名字", ("id",)),
    Kept(PersonAccount, "绑在一起的账号", ("account_id", "person_id")),
    Kept(Ask, "问过的题和得到的回答", ("member_id",)),
    Kept(Rating, "给回答的评价", ("member_id",)),
    Kept(Correction, "报过的纠错和结果", ("member_id", "reported_by")),
    Kept(Notice, "发给你的通知", ("member_id",)),
    Kept(BattleVote, "盲评里的选择", ("member_id",)),
    Kept(Attempt, "练过的每一题", ("member_id",)),
    Kept(StudyCard, "每题记得怎样、什么时候再来", ("member_id",)),
    Kept(Studying, "学习设置", ("member_id",)),
    Kept(Quiz, "参加或开始的比赛", ("lane", "players", "started_by")),
    Kept(QuizItem, "你先答对或轮到你的题", ("winner", "turn")),
    Kept(QuizPlayer, "组队的比赛里你在哪队", ("member_id",)),
    Kept(QuizAnswer, "比赛和练习里的回答", ("member_id", "judged_by")),
    Kept(ChatAbility, "私聊里能不能主动发给你", ("lane",)),
    Kept(ChatPoll, "私聊里最近的投票题", ("lane",)),
    Kept(Subscription, "每日一练：私聊里的，和你在群里开的", ("lane", "made_by")),
    Kept(ReviewItem, "你审核的题", ("held_by", "decided_by"), stays=True),
    Kept(ReviewVote, "审核时的意见", ("reviewer",), stays=True),
    Kept(Temptation, "你审核的错项说明", ("reviewer",), stays=True),
    Kept(TrainingRound, "你要求或批准的训练", ("approvals", "forced_by", "member_id"), stays=True),
    Kept(Release, "你要求的上线和换回", ("asked_by", "member_id"), stays=True),
    Kept(Challenger, "你要求的对比", ("asked_by",), stays=True),
    Kept(ArenaGroup, "你同意盲评的群", ("agreed_by",), stays=True),
    Kept(GroupSettings, "你设置的群", ("set_by",), stays=True),
)

_AT_ONCE = 1000
_NOBODY = ("", "rule", "model")
"""Who judged an answer, where it was no member."""


async def rows(session: AsyncSession, kept: Kept, member_id: str) -> list[dict[str, Any]]:
    """The rows of one table that name the member by any of its accounts, by key; ids of anybody else in them are
    ``None`` or left out.

    A row of a question also has its ``stem``.
    """
    return [row async for part in pieces(session, kept, member_id) for row in part]


async def pieces(session: AsyncSession, kept: Kept, member_id: str) -> AsyncIterator[list[dict[str, Any]]]:
    """As :func:`rows`, a thousand at a time: some have answered a hundred thousand questions."""
    names = [name for account in await accounts.of_person(session, member_id) for name in _names(account)]
    table = kept.model.__table__
    where = or_(*(_names_one(table.columns[column], names) & _private(kept.model, column) for column in kept.named))
    found = await session.stream(select(table).where(where).order_by(*kept.model.__mapper__.primary_key))
    async for part in found.mappings().partitions(_AT_ONCE):
        mine = [_own(dict(row), kept, names) for row in part]
        if "question_id" in table.columns:
            asked = {row["question_id"] for row in mine if row["question_id"] is not None}
            known = await session.execute(select(Question.id, Question.stem).where(Question.id.in_(asked)))
            stems = {row.id: row.stem for row in known}
            mine = [{**row, "stem": stems.get(row["question_id"], "")} for row in mine]
        yield mine


async def forget(session: AsyncSession, member_id: str) -> int:
    """Delete what is kept about the member and all of its accounts; how many answers it had practised.

    What others need stays under a name that means nobody: answers in games that others played too, corrections
    that reviewers decided about. So does, with its name, the record of who ran the bot (:attr:`Kept.stays`).
    """
    person, *bound = mine = await _met(session, member_id)
    for account in bound:
        # What came under its own name since it was bound.
        await merging.merge(session, account, person)
    nobody = f"gone:{new_id()}"
    await session.execute(delete(Quiz).where(Quiz.group_id.is_(None), Quiz.lane.in_(mine)))
    count = await study.forget(session, person, nobody)
    await session.execute(delete(ChatAbility).where(ChatAbility.lane.in_(mine), _private(ChatAbility)))
    await polls.forget_private(session, mine)
    asks = select(Ask.id).where(Ask.member_id == person)
    await session.execute(delete(Battle).where(Battle.ask_id.in_(asks)))
    for model in (Ask, Rating, Notice, BattleVote):
        await session.execute(delete(model).where(model.member_id.in_(mine)))
    await session.execute(delete(Subscription).where(Subscription.lane.in_(mine), _private(Subscription)))
    await session.execute(update(Subscription).where(Subscription.made_by == person).values(made_by=nobody))
    session.add(Member(id=nobody))
    await session.flush()
    await session.execute(
        update(Correction)
        .where(Correction.member_id == person)
        .values(member_id=nobody, reported_by="", account="", group_id=None, reason="")
    )
    # Of accounts that are another person's by now, or were.
    reported = update(Correction).where(Correction.reported_by.in_(mine))
    await session.execute(reported.values(reported_by="", account="", group_id=None))
    await accounts.forget(session, person)
    await session.execute(delete(Member).where(Member.id.in_(mine)))
    return count


async def _met(session: AsyncSession, member_id: str) -> list[str]:
    """All accounts of the member, the main one first, locked: the next message of each waits until this is over."""
    await accounts.alone(session)
    await people.meet(session, member_id)
    mine = await accounts.of_person(session, member_id)
    for one in sorted({*mine} - {member_id}):
        await people.meet(session, one)
    return mine


def _names(member_id: str) -> tuple[str, str]:
    """As members are named, and as reviewers and superusers are: those of QQ without their platform."""
    return member_id, member_id.removeprefix("qq:")


def _names_one(column: ColumnElement[Any], names: Sequence[str]) -> ColumnElement[bool]:
    if isinstance(column.type, JSON):
        return or_(*(cast(column, Text).contains(f'"{name}"', autoescape=True) for name in names))
    return column.in_(names)


def _private(model: type[Base], column: str = "lane") -> ColumnElement[bool]:
    """Where a *lane* is a member's and not a group's, whose number may be the same; of another column, always."""
    columns = model.__table__.columns
    if column != "lane":
        return true()
    return columns["group_id"].is_(None) if "group_id" in columns else columns["is_group"].is_(False)


def _own(row: dict[str, Any], kept: Kept, names: Sequence[str]) -> dict[str, Any]:
    for column in kept.named:
        value = row[column]
        if isinstance(value, list):
            row[column] = [one for one in names if one in value]
        elif value not in names and value not in _NOBODY:
            row[column] = None
    return row

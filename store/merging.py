"""Everything that was kept under one member's name, brought under another's. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, cast, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from store.models import (
    Ask,
    Attempt,
    Base,
    BattleVote,
    Correction,
    Quiz,
    QuizAnswer,
    QuizItem,
    QuizPlayer,
    Rating,
    StudyCard,
    Studying,
    Subscription,
    now,
)

_RENAMED: tuple[tuple[type[Base], str], ...] = (
    # Answers before attempts: whoever makes practice of them locks them first.
    (QuizAnswer, "member_id"),
    (QuizAnswer, "judged_by"),
    (QuizItem, "winner"),
    (QuizItem, "turn"),
    (QuizPlayer, "member_id"),
    (Quiz, "started_by"),
    (Attempt, "member_id"),
    (StudyCard, "member_id"),
    (Studying, "member_id"),
    (Ask, "member_id"),
    (Rating, "member_id"),
    (BattleVote, "member_id"),
    (Correction, "member_id"),
    (Subscription, "made_by"),
)
OF_THE_ACCOUNT = {
    "member.id",
    "person_account.account_id",
    "person_account.person_id",
    "chat_ability.lane",
    "chat_poll.lane",
    "correction.reported_by",
    "notice.member_id",
    "quiz.lane",
    "subscription.lane",
}
"""Columns that say which account is met, not who it is: they stay. So does the record of who ran the bot."""
_AT_ONCE = 500
_ONE_A_QUESTION = "两个账号绑定前都报过这题，只留后报的"


@dataclass(frozen=True, slots=True)
class Merged:
    """What came over, and what both had."""

    attempts: int
    """Answers practised that came over."""
    questions: Sequence[int]
    """Questions that both had a card of; the member's is to be worked out anew from all attempts."""
    answers: int
    """Questions of games that both had answered: one answer counts."""
    corrections: int
    """Reviewed questions that both had an open correction of: the later one stays."""
    items: Sequence[int]
    """Review items whose open corrections are fewer voices now."""
    settings: bool
    """Both had said how they want to study: the member's words stand."""


async def merge(session: AsyncSession, account: str, person: str) -> Merged:
    """Bring what is kept under *account* under *person*; done again it brings what has come since."""
    answers = await _one_answer(session, account, person)
    await _one_place(session, account, person)
    items, corrections = await _one_correction(session, account, person)
    await _last_word(session, Rating, "ask_id", "rated_at", account, person)
    await _last_word(session, BattleVote, "battle_id", "voted_at", account, person)
    settings = await _settings(session, account, person)
    questions = await _one_card(session, account, person)
    counted = select(func.count()).select_from(Attempt).where(Attempt.member_id == account)
    attempts = await session.scalar(counted) or 0
    for model, name in _RENAMED:
        column = model.__table__.columns[name]
        renamed = update(model).where(column == account).values({name: person})
        await session.execute(renamed.execution_options(synchronize_session=False))
    return Merged(attempts, questions, answers, corrections, items, settings)


async def _one_answer(session: AsyncSession, account: str, person: str) -> int:
    """Of two answers to one question of a game the one that won it stays, else the earlier one."""
    mine, theirs = aliased(QuizAnswer), aliased(QuizAnswer)
    rows = await session.execute(
        select(mine, theirs, QuizItem.winner)
        .join(theirs, theirs.item_id == mine.item_id)
        .join(QuizItem, QuizItem.id == mine.item_id)
        .where(mine.member_id == person, theirs.member_id == account)
    )
    dropped: list[int] = []
    for one, other, winner in rows:
        earlier = one if one.answered_at <= other.answered_at else other
        stays = {person: one, account: other}.get(winner or "", earlier)
        dropped.append(other.id if stays is one else one.id)
    for part in _parts(dropped):
        await session.execute(delete(QuizAnswer).where(QuizAnswer.id.in_(part)))
    return len(dropped)


async def _one_place(session: AsyncSession, account: str, person: str) -> None:
    """In a relay the person keeps its place; a duel names it twice, so that it is known who played."""
    with_person = select(QuizPlayer.quiz_id).where(QuizPlayer.member_id == person)
    await session.execute(
        delete(QuizPlayer)
        .where(QuizPlayer.member_id == account, QuizPlayer.quiz_id.in_(with_person))
        .execution_options(synchronize_session=False)
    )
    named = cast(Quiz.players, Text).contains(f'"{account}"', autoescape=True)
    for quiz in (await session.scalars(select(Quiz).where(named))).all():
        quiz.players = [person if one == account else one for one in quiz.players]
    await session.flush()


async def _one_correction(session: AsyncSession, account: str, person: str) -> tuple[list[int], int]:
    """Of open corrections of one question the latest stays, as if one account had made them."""
    rows = await session.scalars(
        select(Correction)
        .where(Correction.member_id.in_((account, person)), Correction.status == "open")
        .order_by(Correction.id)
    )
    by_item: dict[int, list[Correction]] = {}
    for row in rows.all():
        by_item.setdefault(row.item_id, []).append(row)
    both = {item: made for item, made in by_item.items() if len({one.member_id for one in made}) > 1}
    for made in both.values():
        for earlier in made[:-1]:
            earlier.status, earlier.settled_at, earlier.outcome = "withdrawn", now(), _ONE_A_QUESTION
    await session.flush()
    changed = sorted(item for item, made in by_item.items() if any(one.member_id == account for one in made))
    return changed, len(both)


async def _last_word(
    session: AsyncSession, model: type[Base], subject: str, said_at: str, account: str, person: str
) -> None:
    """Of two opinions on one thing the later one stays."""
    mine, theirs = aliased(model), aliased(model)
    rows = await session.execute(
        select(getattr(mine, subject), getattr(mine, said_at) <= getattr(theirs, said_at))
        .join(theirs, getattr(theirs, subject) == getattr(mine, subject))
        .where(getattr(mine, "member_id") == person, getattr(theirs, "member_id") == account)  # noqa: B009
    )
    columns = model.__table__.columns
    for number, earlier in rows.all():
        loser = person if earlier else account
        await session.execute(delete(model).where(columns[subject] == number, columns["member_id"] == loser))


async def _settings(session: AsyncSession, account: str, person: str) -> bool:
    theirs = await session.get(Studying, account, populate_existing=True)
    mine = await session.get(Studying, person, populate_existing=True)
    if theirs is None or mine is None:
        return False
    if mine.exam_on is None:
        mine.exam, mine.exam_on = theirs.exam, theirs.exam_on
    mine.daily_cap = mine.daily_cap if mine.daily_cap is not None else theirs.daily_cap
    mine.easy_days = mine.easy_days or theirs.easy_days
    mine.parameters = mine.parameters or theirs.parameters
    # Fitted to a part of the log only.
    mine.fitted_at = None
    # Whoever hid once did not mean to be shown through another account.
    mine.on_boards = mine.on_boards and theirs.on_boards
    mine.on_global = mine.on_global and mine.on_boards
    await session.delete(theirs)
    await session.flush()
    return True


async def _one_card(session: AsyncSession, account: str, person: str) -> list[int]:
    """Leave one card of each question; the numbers of those that both had."""
    mine, theirs = aliased(StudyCard), aliased(StudyCard)
    rows = await session.execute(
        select(theirs.question_id, theirs.shelved)
        .join(mine, mine.question_id == theirs.question_id)
        .where(mine.member_id == person, theirs.member_id == account)
        .order_by(theirs.question_id)
    )
    shelved: dict[int, bool] = {row[0]: row[1] for row in rows}
    for part in _parts(list(shelved)):
        gone = (StudyCard.member_id == account, StudyCard.question_id.in_(part))
        await session.execute(delete(StudyCard).where(*gone))
    for part in _parts([number for number, hidden in shelved.items() if hidden]):
        hidden = (StudyCard.member_id == person, StudyCard.question_id.in_(part))
        await session.execute(update(StudyCard).where(*hidden).values(shelved=True))
    return list(shelved)


def _parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """So many at once as every database takes."""
    return (numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE))

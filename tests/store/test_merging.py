"""What two accounts did, under one name: every column is brought over or known to stay, conflicts are settled."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store import accounts, merging, people, personal
from store.db import Sessions
from store.merging import OF_THE_ACCOUNT, Merged, merge
from store.models import (
    Ask,
    Attempt,
    Base,
    Correction,
    Member,
    PersonAccount,
    Question,
    Quiz,
    QuizAnswer,
    QuizItem,
    QuizPlayer,
    Rating,
    ReviewItem,
    StudyCard,
    Studying,
)
from tests.store.filled import fill

MAIN, ALIAS = "qq:111222", "telegram:555666"


def at(minute: int) -> datetime:
    return datetime(2025, 11, 27, 12, minute, tzinfo=UTC)


async def named(session: AsyncSession, member: str) -> set[str]:
    """Columns in which some row names the member."""
    found: set[str] = set()
    for table in Base.metadata.sorted_tables:
        for row in (await session.execute(select(table))).mappings():
            found |= {f"{table.name}.{column.name}" for column in table.columns if member in str(row[column.name])}
    return found


async def test_everything_comes_over_but_what_says_which_account_is_met(sessions: Sessions):
    async with sessions.begin() as session:
        await fill(session, ALIAS, 1)
        before = await named(session, ALIAS)
        await people.meet(session, MAIN)
        await merge(session, ALIAS, MAIN)
    run = {f"{kept.name}.{column}" for kept in personal.KEPT if kept.stays for column in kept.named}
    async with sessions() as session:
        left = await named(session, ALIAS)
        came = await named(session, MAIN)
    names = {"member.name", "quiz_answer.member_name", "quiz_player.name", "challenger.name", "release.name"}
    assert left - names <= OF_THE_ACCOUNT | run
    assert came == (before - left - names) | {"member.id"}


@pytest.fixture
async def both(sessions: Sessions) -> Sessions:
    """Two members, a question and a review item."""
    async with sessions.begin() as session:
        session.add_all([Member(id=MAIN), Member(id=ALIAS)])
        for number in (1, 2):
            row = Question(id=number, kind="single", stem=f"题{number}", options=["一", "二"], answer="A")
            row.fingerprint, row.stem_hash = f"f{number}", number
            session.add(row)
        session.add(ReviewItem(id=1, subject="s", causes={}, kind="short", stem="题"))
    return sessions


async def joined(sessions: Sessions, *rows: Base) -> Merged:
    async with sessions.begin() as session:
        for row in rows:
            session.add(row)
            await session.flush()
    async with sessions.begin() as session:
        return await merge(session, ALIAS, MAIN)


def quiz(**more: Any) -> tuple[Quiz, QuizItem]:
    values = {"id": 1, "account": "qq:1", "lane": "qq:7", "mode": "race", "limit_s": 9, "started_by": ALIAS, **more}
    return Quiz(**values), QuizItem(id=1, quiz_id=1, number=1, question_id=1, asked={})


def answer(number: int, member: str, minute: int, **more: Any) -> QuizAnswer:
    values = {"text": "A", "right": False, "took_ms": 1, "answered_at": at(minute), **more}
    return QuizAnswer(id=number, item_id=1, member_id=member, **values)


@pytest.mark.parametrize(("first", "second"), [(MAIN, ALIAS), (ALIAS, MAIN)])
@pytest.mark.parametrize("winner", [None, MAIN, ALIAS])
async def test_one_answer_of_two_counts(both: Sessions, first: str, second: str, winner: str | None):
    game, item = quiz()
    item.winner = winner
    rows = [answer(1, first, 1, right=first == winner), answer(2, second, 2, right=second == winner)]
    merged = await joined(both, game, item, *rows)
    assert merged.answers == 1
    async with both() as session:
        kept = (await session.scalars(select(QuizAnswer))).one()
        item = (await session.scalars(select(QuizItem))).one()
    assert (kept.member_id, kept.id) == (MAIN, 2 if winner == second else 1)
    assert kept.right == (winner is not None)
    assert item.winner == (None if winner is None else MAIN)


async def test_a_duel_with_oneself_and_one_place_in_a_relay(both: Sessions):
    game, item = quiz(players=[MAIN, ALIAS, "qq:9"])
    item.turn = ALIAS
    players = [QuizPlayer(quiz_id=1, member_id=ALIAS, team=1), QuizPlayer(quiz_id=1, member_id=MAIN, team=2)]
    await joined(both, game, item, *players)
    async with both() as session:
        game = (await session.scalars(select(Quiz))).one()
        [player] = await session.scalars(select(QuizPlayer))
        assert (game.players, game.started_by) == ([MAIN, MAIN, "qq:9"], MAIN)
        assert (await session.scalars(select(QuizItem.turn))).one() == MAIN
    assert (player.member_id, player.team) == (MAIN, 2)


@pytest.mark.parametrize(("mine", "theirs", "stands"), [(1, 2, -1), (2, 1, 1)])
async def test_the_last_word_counts(both: Sessions, mine: int, theirs: int, stands: int):
    ask = Ask(id=1, account="qq:1", member_id=ALIAS, text="?", received_at=at(0))
    ratings = [
        Rating(ask_id=1, member_id=MAIN, value=1, rated_at=at(mine)),
        Rating(ask_id=1, member_id=ALIAS, value=-1, rated_at=at(theirs)),
    ]
    await joined(both, ask, *ratings)
    async with both() as session:
        [rating] = await session.scalars(select(Rating))
        assert (rating.member_id, rating.value) == (MAIN, stands)
        assert (await session.scalars(select(Ask.member_id))).one() == MAIN


@pytest.mark.parametrize("claims", [("a", "a"), ("a", "b")])
async def test_one_open_correction_a_question(both: Sessions, claims: tuple[str, str]):
    made = [
        Correction(id=number, item_id=1, member_id=who, reported_by=who, proposed="答", claim=claim)
        for number, who, claim in ((1, MAIN, claims[0]), (2, ALIAS, claims[1]))
    ]
    merged = await joined(both, *made)
    assert (merged.corrections, merged.items) == (1, [1])
    async with both() as session:
        first, second = await session.scalars(select(Correction).order_by(Correction.id))
    assert (first.status, second.status) == ("withdrawn", "open")
    assert {first.member_id, second.member_id} == {MAIN}
    # Who reported is who is told.
    assert second.reported_by == ALIAS


async def test_settings_of_the_main_account_win_where_they_are_set(both: Sessions):
    merged = await joined(
        both,
        Studying(member_id=MAIN, daily_cap=20, easy_days=[], on_boards=True, on_global=True, fitted_at=at(0)),
        Studying(member_id=ALIAS, exam="国考", exam_on=date(2027, 11, 28), daily_cap=5, easy_days=[6], on_boards=False),
    )
    assert merged.settings
    async with both() as session:
        [row] = await session.scalars(select(Studying))
    assert (row.member_id, row.exam, row.daily_cap, row.easy_days) == (MAIN, "国考", 20, [6])
    assert (row.on_boards, row.on_global, row.fitted_at) == (False, False, None)


async def test_cards_that_both_have_are_named(both: Sessions):
    cards = [
        StudyCard(member_id=MAIN, question_id=1, state=1, due=at(0)),
        StudyCard(member_id=ALIAS, question_id=1, state=1, due=at(0), shelved=True),
        StudyCard(member_id=ALIAS, question_id=2, state=1, due=at(0)),
    ]
    attempt = Attempt(id=1, member_id=ALIAS, question_id=2, source="quiz", right=True, grade=3, took_ms=1)
    merged = await joined(both, *cards, attempt)
    assert (merged.questions, merged.attempts) == ([1], 1)
    async with both() as session:
        found = list(await session.scalars(select(StudyCard).order_by(StudyCard.question_id)))
    assert [(card.member_id, card.shelved) for card in found] == [(MAIN, True), (MAIN, False)]


async def test_done_again_it_brings_what_has_come_since(both: Sessions):
    await joined(both, Ask(id=1, account="qq:1", member_id=ALIAS, text="?", received_at=at(0)))
    merged = await joined(both, Ask(id=2, account="qq:1", member_id=ALIAS, text="?", received_at=at(1)))
    assert merged == Merged(0, [], 0, 0, [], settings=False)
    async with both() as session:
        assert set(await session.scalars(select(Ask.member_id))) == {MAIN}


async def test_what_was_bound_to_an_account_follows_it(both: Sessions):
    async with both.begin() as session:
        session.add(Member(id="discord:9"))
        await session.flush()
        await accounts.bind(session, "discord:9", ALIAS)
        await accounts.bind(session, ALIAS, MAIN)
    async with both.begin() as session:
        for one in (MAIN, ALIAS, "discord:9"):
            assert await accounts.of_person(session, one) == [MAIN, "discord:9", ALIAS]
        assert await accounts.unbind(session, "discord:9")
        assert not await accounts.unbind(session, "discord:9")
        assert await accounts.claim_unswept(session, at(0)) == []
        row = (await session.scalars(select(PersonAccount))).one()
        row.bound_at = at(0)
    async with both.begin() as session:
        assert await accounts.claim_unswept(session, at(1)) == [(ALIAS, MAIN)]
        assert await accounts.claim_unswept(session, at(1)) == []


def test_every_column_that_stays_is_one():
    columns = {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}
    assert columns >= merging.OF_THE_ACCOUNT

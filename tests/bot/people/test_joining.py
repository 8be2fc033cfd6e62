"""What a person has done with any account is one history, in the game that goes on too, on real databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from bot.services.people.joining import Joining
from bot.services.people.people import People
from bot.services.study.desk import StudyDesk
from bot.services.study.scheduling import grade_of, reviewed
from bot.services.study.takeaway import Parcel, Takeaway
from store import accounts, quizzes
from store.models import Attempt, Member, PersonAccount, QuizAnswer, StudyCard
from tests.bot.people.life import QQ, TELEGRAM, Life
from tests.bot.quiz.table import GROUP, Table


async def practised(life: Life, account: str, *letters: str) -> None:
    """A private game of the account, answered with these letters."""
    life.table.host.outlet = life.table
    assert await life.table.host.start(life.message("", account), f"{len(letters)}题") == ""
    for letter in letters:
        await life.answer(account, letter, None)
    await life.table.learner.learn()


async def test_cards_of_both_are_worked_out_anew(life: Life):
    # Four questions of a kind each, so that both have met all.
    for account in (QQ, TELEGRAM):
        await practised(life, account, *"ABCDAB")
    told = await life.joined()
    assert "合过来 6 条练习记录。" in told
    assert "有 6 题两边都练过，按两边的记录重新排了复习。" in told
    async with life.sessions() as session:
        assert set(await session.scalars(select(Attempt.member_id))) == {QQ}
        log = list(await session.scalars(select(Attempt).order_by(Attempt.at, Attempt.id)))
        cards = {card.question_id: card for card in await session.scalars(select(StudyCard))}
    assert len(cards) == 6
    for number, card in cards.items():
        wanted: StudyCard | None = None
        for one in (one for one in log if one.question_id == number):
            values = reviewed(wanted, grade_of(right=one.right, hints=0), at=one.at, spread=number)
            wanted = StudyCard(member_id=QQ, question_id=number, **values)
        assert wanted is not None
        assert card.member_id == QQ
        assert (card.tries, card.due, card.stability) == (2, wanted.due, pytest.approx(wanted.stability))
        assert (card.wrong, card.in_book, card.streak) == (wanted.wrong, wanted.in_book, wanted.streak)


async def test_in_a_running_game_the_person_answers_once(life: Life):
    await life.table.order("全员 2题", group=GROUP)
    key = life.table.key
    assert await life.answer(TELEGRAM, key)
    await life.joined()
    assert not await life.answer(QQ, key)
    assert not await life.answer(TELEGRAM, key)
    async with life.sessions() as session:
        [score] = await quizzes.scores(session, life.table.game.quiz.id)
    assert (score.member_id, score.answered) == (QQ, 1)


async def test_both_had_answered_before_they_were_one(life: Life):
    await life.table.order("全员 2题", group=GROUP)
    key = life.table.key
    assert await life.answer(QQ, life.table.wrong)
    assert await life.answer(TELEGRAM, key)
    assert "比赛里有 1 题两边都答过，只算一次。" in await life.joined()
    async with life.sessions() as session:
        [answer] = await session.scalars(select(QuizAnswer))
        assert await session.scalar(select(func.count()).select_from(Attempt)) == 2
    assert (answer.member_id, answer.right) == (QQ, False)


async def test_who_started_and_who_was_challenged_is_known_in_the_running_game(life: Life):
    incoming = life.message("", TELEGRAM, GROUP)
    assert await life.table.host.start(incoming, "单挑 2题", opponents=("qq:3",)) == ""
    await life.joined()
    game = life.table.game
    assert (game.quiz.started_by, list(game.quiz.players)) == (QQ, [QQ, "qq:3"])
    assert await life.answer(TELEGRAM, life.table.key)


async def test_teams_know_the_person(life: Life):
    assert await life.table.order("接力 2题", group=GROUP) == ""
    game = life.table.game
    for account in (TELEGRAM, "qq:3", QQ):
        await game.join(life.message("加入", account, GROUP))
    await life.joined()
    assert game.relay is not None
    assert sorted(player.member_id for player in game.relay.players) == [QQ, "qq:3"]
    assert "你在一队" in await game.join(life.message("加入", TELEGRAM, GROUP))


async def test_replies_go_to_the_account_that_spoke(life: Life):
    await life.joined()
    incoming = life.message("问题", TELEGRAM)
    assert (incoming.member_id, incoming.speaker, incoming.lane) == (QQ, TELEGRAM, TELEGRAM)
    own = life.message("问题", QQ)
    assert (own.member_id, own.speaker, own.lane) == (QQ, QQ, QQ)


async def test_another_process_knows_soon(life: Life):
    other = People(life.sessions, every_s=0.05)
    heard: list[tuple[str, str]] = []
    other.joined = lambda account, person: heard.append((account, person))
    watching = asyncio.create_task(other.watch())
    await life.joined()
    await asyncio.sleep(0.3)
    assert heard == [(TELEGRAM, QQ)]
    assert list(other.accounts(TELEGRAM)) == [QQ, TELEGRAM]
    await life.joining.part(TELEGRAM)
    await asyncio.sleep(0.3)
    assert other.person(TELEGRAM) == TELEGRAM
    watching.cancel()


async def test_what_a_process_wrote_unknowingly_is_swept_up(life: Life):
    await life.joined()
    # Another process, which has not looked yet.
    stranger = Table(life.sessions)
    await stranger.host.start(stranger.incoming("", group=None, member_id=TELEGRAM), "1题")
    game = stranger.host.game(stranger.incoming("", group=None, member_id=TELEGRAM))
    assert game is not None
    assert game.open_item is not None
    given = stranger.host.given(stranger.incoming("A", group=None, member_id=TELEGRAM), addressed=True)
    assert given is not None
    await game.answer(stranger.incoming("A", group=None, member_id=TELEGRAM), given, game.open_item)
    await stranger.learner.learn()
    assert await life.joining.sweep() == 0
    assert await life.joining.sweep(after=timedelta()) == 1
    assert await life.joining.sweep(after=timedelta()) == 0
    async with life.sessions() as session:
        assert set(await session.scalars(select(Attempt.member_id))) == {QQ}
        assert set(await session.scalars(select(StudyCard.member_id))) == {QQ}


async def test_history_stays_with_the_person_when_an_account_leaves(life: Life):
    await practised(life, TELEGRAM, "A", "B")
    await life.joined()
    await life.desk.unbind(life.message("", TELEGRAM), None)
    await practised(life, TELEGRAM, "A")
    async with life.sessions() as session:
        members = list(await session.scalars(select(Attempt.member_id).order_by(Attempt.id)))
    assert members == [QQ, QQ, TELEGRAM]


async def test_everything_of_all_accounts_is_exported_and_deleted(life: Life):
    await practised(life, TELEGRAM, "A", "B")
    await life.joined()
    takeaway = Takeaway(life.sessions, life.table.learner)
    for account in (QQ, TELEGRAM):
        assert isinstance(await takeaway.everything(life.message("", account)), Parcel)
    desk = StudyDesk(life.sessions, life.table.host, life.table.learner)
    await life.table.host.start(life.message("", TELEGRAM), "2题")
    told = await desk.delete(life.message("", TELEGRAM))
    assert told.startswith("删掉了：2 条练习记录")
    await life.people.look()
    assert life.people.person(TELEGRAM) == TELEGRAM
    assert life.table.host.game(life.message("", TELEGRAM)) is None
    async with life.sessions() as session:
        for model in (Attempt, StudyCard, PersonAccount):
            assert await session.scalar(select(func.count()).select_from(model)) == 0
        assert await session.get(Member, TELEGRAM) is None


async def test_two_who_type_each_others_codes_at_once_become_one_person(life: Life):
    first, second = await life.code(QQ), await life.code(TELEGRAM)
    told = await asyncio.gather(life.bind(TELEGRAM, first), life.bind(QQ, second))
    assert any(text.startswith("绑好了") for text in told)
    async with life.sessions() as session:
        rows = list(await session.scalars(select(PersonAccount)))
    assert len(rows) == 1


async def test_two_processes_that_join_the_same_person_at_once_leave_no_chain(life: Life):
    await life.joined()
    # As two processes do: neither waits for the other one's turn.
    other = Joining(life.sessions, life.people, life.table.learner)
    for number in range(5):
        third, fourth = f"discord:{number}", f"satori:{number}"
        # The person moves on to a third account while a fourth one comes to it by its other account.
        await asyncio.gather(life.joining.join(QQ, third), other.join(fourth, TELEGRAM), return_exceptions=True)
        async with life.sessions.begin() as session:
            bound = await accounts.all_bound(session)
            assert not set(bound) & set(bound.values())
            await session.execute(delete(PersonAccount).where(PersonAccount.account_id != TELEGRAM))
            await session.execute(update(PersonAccount).values(person_id=QQ))

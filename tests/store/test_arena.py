"""Challengers, battles and votes: what the tables let happen, also when two want it at the same instant."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from store import arena, people
from store.arena import CHOICES, Tally, verdict
from store.db import Sessions, alone
from store.models import ArenaGroup, Ask, Battle, BattleVote, Challenger, TrainingRound, now
from tests.rounds import row_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WANTED = {"model": "/models/0007", "name": "gongkao-0007", "until": NOON}
EXCHANGED = {"serving": "challenger", "challenger": "serving", "both": "both", "neither": "neither"}
VOTES = st.dictionaries(st.sampled_from(CHOICES), st.integers(0, 6))


async def challenger(sessions: Sessions, status: str = "open", **values: Any) -> int:
    async with sessions.begin() as session:
        row = await arena.want(session, WANTED | values)
        row.status = status
    return row.id


async def battle(sessions: Sessions, number: int, challenger_id: int, **values: Any) -> int:
    """A battle that is told from others by its number, and votes: how many for each of the choices."""
    votes: dict[str, int] = values.pop("votes", {})
    row: dict[str, Any] = {
        "id": number,
        "challenger_id": challenger_id,
        "serving": "gongkao-0006",
        "account": "onebot11:1",
        "prompt": [{"role": "user", "content": f"第 {number} 题"}],
        "serving_text": "A",
        "challenger_text": "B",
        "challenger_first": False,
    }
    async with sessions.begin() as session:
        await arena.add_battle(session, row | values)
    voted = [choice for choice, count in votes.items() for _ in range(count)]
    for voter, choice in enumerate(voted):
        await cast(sessions, number, f"qq:{voter}", choice)
    return number


async def asked(sessions: Sessions, number: int) -> None:
    async with sessions.begin() as session:
        await people.meet(session, "qq:1")
        session.add(Ask(id=number, account="onebot11:1", member_id="qq:1", text="?", received_at=NOON))


async def cast(sessions: Sessions, battle_id: int, member_id: str, choice: str) -> str | None:
    async with sessions.begin() as session:
        return await arena.vote(session, battle_id, member_id, choice)


async def test_of_all_who_want_a_challenger_at_once_one_gets_it(sessions: Sessions):
    async def ask(number: int) -> int | None:
        async with sessions.begin() as session:
            await alone(session)
            if await arena.live(session) is not None:
                return None
            return (await arena.want(session, WANTED | {"asked_by": str(number)})).id

    made = [number for number in await asyncio.gather(*(ask(number) for number in range(6))) if number is not None]
    assert len(made) == 1
    async with sessions() as session:
        live = await arena.live(session)
        assert live is not None
        assert (live.id, live.status) == (made[0], "asked")
        assert await session.scalar(select(func.count(Challenger.id))) == 1


@pytest.mark.parametrize("status", arena.LIVE)
async def test_the_table_takes_no_second_challenger_in_the_same_state(sessions: Sessions, status: str):
    await challenger(sessions, status)
    with pytest.raises(IntegrityError):
        await challenger(sessions, status)


async def test_any_number_may_have_ended(sessions: Sessions):
    for status in ("ended", "ended", "failed", "failed"):
        await challenger(sessions, status)
    async with sessions() as session:
        assert await arena.live(session) is None
    number = await challenger(sessions, "asked")
    async with sessions() as session:
        live = await arena.live(session)
    assert live is not None
    assert live.id == number


async def test_a_change_is_made_only_while_the_status_is_as_the_caller_knew_it(sessions: Sessions):
    number = await challenger(sessions, "asked")
    async with sessions.begin() as session:
        assert await arena.change(session, number, ("asked",), status="starting", url="http://127.0.0.1:9000")
        assert not await arena.change(session, number, ("asked",), status="failed", url="")
        assert not await arena.change(session, number + 1, ("starting",), status="failed")
    async with sessions() as session:
        row = await arena.get(session, number)
    assert row is not None
    assert (row.status, row.url) == ("starting", "http://127.0.0.1:9000")


async def test_of_two_changes_from_one_status_one_is_made(sessions: Sessions):
    number = await challenger(sessions, "asked")

    async def start(url: str) -> bool:
        async with sessions.begin() as session:
            return await arena.change(session, number, ("asked",), status="starting", url=url)

    assert sorted(await asyncio.gather(*(start(str(one)) for one in range(4)))) == [False, False, False, True]


@pytest.mark.parametrize("status", arena.LIVE)
async def test_whoever_is_live_is_dismissed_and_told_why(sessions: Sessions, status: str):
    number = await challenger(sessions, status)
    async with sessions.begin() as session:
        assert await arena.dismiss(session, "要上线新模型。")
        assert not await arena.dismiss(session, "again")
        assert await arena.live(session) is None
    async with sessions() as session:
        row = await arena.get(session, number)
    assert row is not None
    assert (row.status, row.problem) == ("ended", "要上线新模型。")
    assert row.ended_at is not None
    assert abs(now() - row.ended_at) < timedelta(minutes=1)


async def test_one_that_failed_keeps_its_reason_when_the_next_one_is_dismissed(sessions: Sessions):
    failed = await challenger(sessions, "failed", problem="显存不够。")
    await challenger(sessions, "open")
    async with sessions.begin() as session:
        assert await arena.dismiss(session)
    async with sessions() as session:
        row = await arena.get(session, failed)
    assert row is not None
    assert (row.status, row.problem, row.ended_at) == ("failed", "显存不够。", None)


async def test_a_stay_is_made_longer_and_never_shorter(sessions: Sessions):
    number = await challenger(sessions)
    other = await challenger(sessions, "asked")
    china = timezone(timedelta(hours=8))
    stays: list[timedelta] = []
    for minutes in (120, -180, 60, 119, 24 * 60):
        async with sessions.begin() as session:
            await arena.prolong(session, number, (NOON + timedelta(minutes=minutes)).astimezone(china))
        async with sessions() as session:
            row = await arena.get(session, number)
            assert row is not None
            stays.append(row.until - NOON)
    assert stays == [timedelta(hours=2)] * 4 + [timedelta(days=1)]
    async with sessions() as session:
        untouched = await arena.get(session, other)
    assert untouched is not None
    assert untouched.until == NOON


async def test_the_latest_is_the_newest_that_answered_with_or_without_votes(sessions: Sessions):
    async with sessions() as session:
        assert await arena.latest(session, votes=True) is None
    first = await challenger(sessions, "ended", votes=True, open_from=NOON)
    second = await challenger(sessions, "ended", votes=True, open_from=NOON)
    quiet = await challenger(sessions, "ended", votes=False, open_from=NOON)
    await challenger(sessions, "failed", votes=True)
    async with sessions() as session:
        voted, alone_ = await arena.latest(session, votes=True), await arena.latest(session, votes=False)
    assert voted is not None
    assert alone_ is not None
    assert (voted.id, alone_.id) == (second, quiet)
    assert first < second


async def test_a_group_agrees_once_and_may_leave(sessions: Sessions):
    async with sessions.begin() as session:
        assert await arena.agree(session, "qq:100", "qq:1")
        assert not await arena.agree(session, "qq:100", "qq:2")
        assert await arena.agree(session, "qq:200", "qq:2")
    async with sessions() as session:
        assert await arena.agreed(session) == {"qq:100", "qq:200"}
        row = await session.get(ArenaGroup, "qq:100")
    assert row is not None
    assert row.agreed_by == "qq:1"
    async with sessions.begin() as session:
        assert await arena.leave(session, "qq:100")
        assert not await arena.leave(session, "qq:100")
        assert await arena.agreed(session) == {"qq:200"}
        assert await arena.agree(session, "qq:100", "qq:3")
    async with sessions() as session:
        assert await arena.agreed(session) == {"qq:100", "qq:200"}


async def test_of_two_who_agree_for_a_group_at_once_one_is_the_first(sessions: Sessions):
    async def agree(member: str) -> bool:
        async with sessions.begin() as session:
            return await arena.agree(session, "qq:100", member)

    assert sorted(await asyncio.gather(*(agree(f"qq:{one}") for one in range(6)))) == [False] * 5 + [True]


async def test_a_members_last_vote_takes_the_place_of_the_earlier_one(sessions: Sessions):
    await battle(sessions, 1, await challenger(sessions))
    assert await cast(sessions, 1, "qq:1", "serving") is None
    assert await cast(sessions, 1, "qq:2", "both") is None
    assert await cast(sessions, 1, "qq:1", "challenger") == "serving"
    assert await cast(sessions, 1, "qq:1", "challenger") == "challenger"
    async with sessions() as session:
        ((_, votes),) = await arena.fought(session)
    assert votes == {"challenger": 1, "both": 1}


async def test_a_changed_vote_has_a_new_time(sessions: Sessions):
    await battle(sessions, 1, await challenger(sessions))
    times: list[datetime] = []
    for choice in ("serving", "neither"):
        await cast(sessions, 1, "qq:1", choice)
        async with sessions() as session:
            times += await session.scalars(select(BattleVote.voted_at))
    assert times[0] < times[1] <= now()


async def test_in_one_transaction_too_the_last_vote_counts(sessions: Sessions):
    await battle(sessions, 1, await challenger(sessions))
    async with sessions.begin() as session:
        assert await arena.vote(session, 1, "qq:1", "serving") is None
        assert await arena.vote(session, 1, "qq:1", "both") == "serving"
        assert await arena.vote(session, 1, "qq:1", "neither") == "both"
    async with sessions() as session:
        ((_, votes),) = await arena.fought(session)
    assert votes == {"neither": 1}


async def test_a_member_who_votes_several_times_at_once_has_one_vote(sessions: Sessions):
    await battle(sessions, 1, await challenger(sessions))
    before = await asyncio.gather(*(cast(sessions, 1, "qq:1", choice) for choice in CHOICES * 2))
    assert before.count(None) == 1
    async with sessions() as session:
        ((_, votes),) = await arena.fought(session)
    assert list(votes.values()) == [1]


async def test_a_vote_for_no_battle_is_an_error(sessions: Sessions):
    with pytest.raises(IntegrityError):
        await cast(sessions, 404, "qq:1", "both")


async def test_a_battle_is_found_by_its_message_and_by_its_question(sessions: Sessions):
    number = await challenger(sessions)
    await asked(sessions, 5)
    await battle(sessions, 1, number, ask_id=5)
    await battle(sessions, 2, number)
    async with sessions.begin() as session:
        await arena.shown(session, 1, "m-1")
    async with sessions() as session:
        found = [
            await arena.by_message(session, account="onebot11:1", message_id="m-1"),
            await arena.of_ask(session, 5),
        ]
        assert [one and one.id for one in found] == [1, 1]
        assert await arena.by_message(session, account="onebot11:2", message_id="m-1") is None
        assert await arena.by_message(session, account="onebot11:1", message_id="m-2") is None
        assert await arena.of_ask(session, 6) is None


async def test_what_a_member_voted_for_is_told_of_the_battles_asked_about(sessions: Sessions):
    number = await challenger(sessions)
    battles = [await battle(sessions, at, number) for at in (1, 2, 3, 4)]
    for at, choice in ((1, "both"), (2, "serving"), (2, "neither"), (4, "both")):
        await cast(sessions, at, "qq:1", choice)
    await cast(sessions, 3, "qq:2", "serving")
    async with sessions() as session:
        told = await arena.votes(session, "qq:1", battles[:3])
        found = await arena.get_battle(session, 2)
        assert await arena.get_battle(session, 5) is None
    assert {row.id: choice for row, choice in told} == {1: "both", 2: "neither"}
    assert found is not None
    assert found.id == 2


async def test_a_question_has_one_battle(sessions: Sessions):
    number = await challenger(sessions)
    await asked(sessions, 5)
    await battle(sessions, 1, number, ask_id=5)
    with pytest.raises(IntegrityError):
        await battle(sessions, 2, number, ask_id=5)


async def test_battles_are_told_oldest_first_with_their_votes(sessions: Sessions):
    first, second = await challenger(sessions, "ended"), await challenger(sessions)
    await battle(sessions, 30, first, votes={"serving": 2, "neither": 1})
    await battle(sessions, 10, second, votes={"challenger": 1})
    await battle(sessions, 20, first)
    async with sessions() as session:
        everything = [(row.id, votes) for row, votes in await arena.fought(session)]
        of_first = [(row.id, votes) for row, votes in await arena.fought(session, challenger_id=first)]
        assert await arena.fought(session, challenger_id=second + 1) == []
    assert everything == [(10, {"challenger": 1}), (20, {}), (30, {"serving": 2, "neither": 1})]
    assert of_first == everything[1:]


async def test_a_tally_counts_every_battle_once_and_every_voter_once(sessions: Sessions):
    first, other = await challenger(sessions, "ended"), await challenger(sessions)
    await battle(sessions, 1, first, votes={"serving": 2, "challenger": 1})
    await battle(sessions, 2, first, votes={"challenger": 1})
    await battle(sessions, 3, first, votes={"challenger": 4, "both": 1})
    await battle(sessions, 4, first, votes={"both": 1})
    await battle(sessions, 5, first, votes={"serving": 1, "challenger": 1})
    await battle(sessions, 6, first, votes={"neither": 1})
    await battle(sessions, 7, first)
    await battle(sessions, 8, other, votes={"serving": 9})
    async with sessions() as session:
        told = await arena.tally(session, first)
        assert await arena.voters(session, first) == 5
        assert await arena.tally(session, other + 1) == Tally()
    assert told == Tally(serving=1, challenger=2, ties=2, neither=1, unvoted=1, votes=13, voters=5)


async def test_battles_and_votes_go_with_their_challenger(sessions: Sessions):
    number = await challenger(sessions)
    await battle(sessions, 1, number, votes={"both": 2})
    async with sessions.begin() as session:
        await session.delete(await session.get_one(Challenger, number))
    async with sessions() as session:
        assert await session.scalar(select(func.count(Battle.id))) == 0
        assert await session.scalar(select(func.count(BattleVote.member_id))) == 0


async def test_a_battle_outlives_its_round_and_its_question(sessions: Sessions):
    async with sessions.begin() as session:
        session.add(row_of(number=7))
    await asked(sessions, 5)
    number = await challenger(sessions, round_id=7)
    await battle(sessions, 1, number, ask_id=5, challenger_round=7)
    async with sessions.begin() as session:
        await session.delete(await session.get_one(Ask, 5))
        await session.delete(await session.get_one(TrainingRound, 7))
    async with sessions() as session:
        ((row, _),) = await arena.fought(session)
    assert (row.ask_id, row.challenger_round) == (None, 7)


@pytest.mark.parametrize("choice", CHOICES)
def test_a_single_voter_decides(choice: str):
    assert verdict({choice: 1}) == choice


@pytest.mark.parametrize(
    ("votes", "told"),
    [
        ({"serving": 3, "challenger": 1}, "serving"),
        ({"serving": 2, "challenger": 2}, "both"),
        ({"serving": 1, "both": 1}, "serving"),
        ({"serving": 1, "both": 2}, "both"),
        ({"challenger": 1, "neither": 2}, "neither"),
        ({"serving": 1, "challenger": 1, "neither": 2}, "neither"),
        ({"serving": 1, "challenger": 1, "neither": 1}, "both"),
        ({"both": 1, "neither": 1}, "both"),
        # Three of seven find both good; that the rest is divided makes no winner.
        ({"serving": 1, "challenger": 2, "both": 3}, "both"),
    ],
)
def test_the_voice_of_a_battle_is_that_of_most_who_voted(votes: dict[str, int], told: str):
    assert verdict(votes) == told


@given(VOTES)
@example({})
@example({"serving": 0})
def test_there_is_a_verdict_exactly_when_somebody_voted(votes: dict[str, int]):
    assert (verdict(votes) is None) == (sum(votes.values()) == 0)
    assert verdict(votes) in {None, *CHOICES}


@given(VOTES)
def test_both_models_are_judged_alike(votes: dict[str, int]):
    told = verdict(votes)
    exchanged = {EXCHANGED[choice]: count for choice, count in votes.items()}
    assert verdict(exchanged) == (told and EXCHANGED[told])


@given(VOTES, st.sampled_from(CHOICES), st.integers(1, 4))
@example({"serving": 1, "challenger": 3, "both": 5}, "serving", 1)
@example({"serving": 3, "challenger": 1, "neither": 5}, "challenger", 1)
def test_more_votes_never_hurt_the_one_they_are_for(votes: dict[str, int], choice: str, more: int):
    before, after = (_worth(choice, verdict(one)) for one in (votes, votes | {choice: votes.get(choice, 0) + more}))
    assert after >= before


def test_nor_in_any_battle_of_few_votes():
    for counts in product(range(5), repeat=len(CHOICES)):
        votes = dict(zip(CHOICES, counts, strict=True))
        for choice in CHOICES:
            more = votes | {choice: votes[choice] + 1}
            assert _worth(choice, verdict(more)) >= _worth(choice, verdict(votes)), (votes, choice)


def _worth(choice: str, told: str | None) -> int:
    """What a verdict is worth to somebody who votes *choice*."""
    if told == choice:
        return 2
    return 0 if {told, choice} == {"serving", "challenger"} else 1

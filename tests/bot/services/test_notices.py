"""The outbox: nothing is lost, nothing goes out twice, and nobody is tried for ever."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.services.notices import NoticeService, reachable
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import Correction, DatasetCorrection, DatasetVersion, Member, Notice, ReviewItem, now

ACCOUNT, OTHER = "qq:10001", "qq:10002"


async def settled(sessions: Sessions, count: int = 1, *, account: str = ACCOUNT, verdict: str = "changed") -> list[int]:
    """Accepted corrections with an unsent notice each; the notices' ids."""
    async with sessions.begin() as session:
        if await session.get(Member, "qq:100") is None:
            session.add(Member(id="qq:100"))
        item = ReviewItem(
            subject=f"{account} {verdict}",
            causes={},
            kind="short",
            stem="我国最长的河流\n是什么？",
            status="approved",
            verdict=verdict,
            answer="" if verdict == "unanswerable" else "长江",
        )
        session.add(item)
        await session.flush()
        made = [
            Correction(
                item_id=item.id,
                member_id="qq:100",
                reported_by="qq:100",
                account=account,
                group_id="qq:5",
                proposed="长江",
                status="accepted",
            )
            for _ in range(count)
        ]
        session.add_all(made)
        await session.flush()
        notices = [
            Notice(
                correction_id=one.id,
                cause="settled",
                account=account,
                member_id="qq:100",
                group_id="qq:5",
                text=f"纠错 #{one.id}",
            )
            for one in made
        ]
        session.add_all(notices)
        await session.flush()
        return [one.id for one in notices]


async def rows(sessions: Sessions) -> list[Notice]:
    async with sessions() as session:
        return list(await session.scalars(select(Notice).order_by(Notice.id)))


async def pass_time(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(update(Notice).values(next_try_at=now() - timedelta(seconds=1)))


async def test_what_is_due_comes_to_its_account_oldest_first_and_once(sessions: Sessions):
    await settled(sessions, 3)
    await settled(sessions, 1, account=OTHER)
    service = NoticeService(sessions)
    assert await service.due([]) == []
    assert await service.due(["qq:3"]) == []
    found = await service.due([ACCOUNT])
    assert [(account, due.notice_id, due.group_id) for account, due in found] == [
        (ACCOUNT, number, "qq:5") for number in (1, 2, 3)
    ]
    assert await service.due([ACCOUNT]) == []
    assert [row.tries for row in await rows(sessions)] == [1, 1, 1, 0]
    assert len(await service.due([ACCOUNT, OTHER])) == 1


async def test_a_process_that_dies_leaves_it_to_a_later_try(sessions: Sessions):
    await settled(sessions)
    service = NoticeService(sessions)
    await service.due([ACCOUNT])
    assert timedelta(minutes=5) < (await rows(sessions))[0].next_try_at - now() < timedelta(minutes=15)
    await pass_time(sessions)
    assert len(await service.due([ACCOUNT])) == 1


async def test_what_went_out_is_over(sessions: Sessions):
    numbers = await settled(sessions)
    service = NoticeService(sessions)
    await service.due([ACCOUNT])
    await service.sent(numbers[0])
    await pass_time(sessions)
    assert await service.due([ACCOUNT]) == []
    assert (await rows(sessions))[0].problem == ""


async def test_a_refused_one_waits_longer_each_time_and_is_given_up(sessions: Sessions):
    numbers = await settled(sessions)
    service = NoticeService(sessions)
    waits = []
    for _ in range(5):
        assert len(await service.due([ACCOUNT])) == 1
        await service.refused(numbers[0], "refused" * 20)
        row = (await rows(sessions))[0]
        waits.append(round((row.next_try_at - now()).total_seconds(), -1))
        await pass_time(sessions)
    assert waits[:4] == [60, 600, 3600, 21600]
    assert row.sent_at is not None
    assert row.problem == ("refused" * 20)[:64]
    assert await service.due([ACCOUNT]) == []
    await service.refused(999, "unknown")


async def test_many_come_in_portions(sessions: Sessions):
    await settled(sessions, 25)
    service = NoticeService(sessions)
    assert [len(await service.due([ACCOUNT])) for _ in range(3)] == [20, 5, 0]


async def test_two_processes_do_not_both_get_one(database_url: str):
    engines = [open_engine(database_url, StoreConfig()) for _ in range(4)]
    await settled(open_sessions(engines[0]), 15)
    found = await asyncio.gather(*(NoticeService(open_sessions(engine)).due([ACCOUNT]) for engine in engines))
    taken = [due.notice_id for part in found for _, due in part]
    assert sorted(taken) == list(range(1, 16))
    for engine in engines:
        await engine.dispose()


@pytest.mark.parametrize(
    ("account", "can"), [("qq:1", True), ("", False), ("web", False), ("web:1", False), ("terminal", False)]
)
def test_who_can_be_spoken_to_first(account, can):
    assert reachable(account) is can


async def trained(sessions: Sessions, name: str, serving: str | None, *corrections: int) -> None:
    async with sessions.begin() as session:
        row = DatasetVersion(name=name, sha256=name, manifest={}, round=serving)
        session.add(row)
        await session.flush()
        session.add_all([DatasetCorrection(dataset_id=row.id, correction_id=one) for one in corrections])


async def test_a_round_that_serves_thanks_its_reporters_once(sessions: Sessions):
    await settled(sessions, 2)
    await settled(sessions, 1, account="web")
    await trained(sessions, "v1", "7", 1, 2, 3)
    await trained(sessions, "v2", "8", 1, 2)
    service = NoticeService(sessions)
    for serving in ("", "6"):
        assert await service.announce_round(serving) == 0
    counts = await asyncio.gather(*(service.announce_round("7") for _ in range(4)))
    assert sorted(counts) == [0, 0, 0, 2]
    live = [row for row in await rows(sessions) if row.cause == "live"]
    assert [row.text for row in live] == [
        f"你的纠错 #{number} 已在第 7 轮生效：「我国最长的河流 是什么？」现在模型也答「长江」了，谢谢你。"
        for number in (1, 2)
    ]
    # Who was thanked for a correction is not thanked for it again.
    assert await service.announce_round("8") == 0


async def test_what_a_round_learnt_besides_answers_is_said_as_it_is(sessions: Sessions):
    await settled(sessions, verdict="unanswerable")
    await settled(sessions, verdict="alias")
    await trained(sessions, "v1", "7", 1, 2)
    assert await NoticeService(sessions).announce_round("7") == 2
    texts = [row.text for row in await rows(sessions) if row.cause == "live"]
    assert "模型学会说没有公认的答案了" in texts[0]
    assert "模型也认得「长江」了" in texts[1]


async def test_a_withdrawn_correction_is_not_announced(sessions: Sessions):
    await settled(sessions, 2)
    async with sessions.begin() as session:
        await session.execute(update(Correction).where(Correction.id == 1).values(status="withdrawn"))
    await trained(sessions, "v1", "7", 1, 2)
    assert await NoticeService(sessions).announce_round("7") == 1

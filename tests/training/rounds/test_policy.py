"""Who may do what with a round, and the sentences that say so."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from store import rounds
from store.db import Sessions
from store.models import Correction, DatasetCorrection, DatasetVersion, Member, ReviewItem, now
from tests.training.rounds.conftest import claimed, config
from training.config import TrainingConfig
from training.rounds.policy import NotAllowed, RoundPolicy
from training.rounds.worker import Worker


async def status(sessions: Sessions, number: int = 1) -> str:
    async with sessions() as session:
        row = await rounds.get(session, number)
        assert row is not None
        return row.status


async def end(sessions: Sessions, how: str, number: int = 1) -> None:
    await claimed(sessions)
    async with sessions.begin() as session:
        assert await rounds.finish(session, number, worker="w", values={"status": how, "problem": "没过门槛：……"})


async def test_one_round_at_a_time(policy: RoundPolicy):
    row, text = await policy.start("qq:1", "第一轮", {})
    assert (row.status, text) == ("queued", "第 1 轮排上了，马上开始。发 /训练 状态 看进度。")
    with pytest.raises(NotAllowed, match="第 1 轮还没完"):
        await policy.start("qq:1", "", {})


async def test_a_base_is_needed_and_looked_at(sessions: Sessions, home):
    with pytest.raises(NotAllowed, match="还没有底座模型"):
        await RoundPolicy(sessions, TrainingConfig(), home).start("qq:1", "", {})
    (home / "base" / "model.safetensors").unlink()
    with pytest.raises(NotAllowed, match="没有权重"):
        await RoundPolicy(sessions, config(), home).start("qq:1", "", {})


async def test_two_must_want_it_where_the_settings_say_so(sessions: Sessions, home):
    policy = RoundPolicy(sessions, config(approvals=2), home)
    _, text = await policy.start("qq:1", "", {})
    assert text == "第 1 轮等另外 1 位超级用户同意：/训练 同意 1"
    assert await claimed(sessions) is None
    with pytest.raises(NotAllowed, match="你已经同意过了"):
        await policy.approve(1, "qq:1")
    assert await policy.approve(1, "qq:2") == "第 1 轮排上了，马上开始。"
    with pytest.raises(NotAllowed, match="不用再同意"):
        await policy.approve(1, "qq:3")


async def test_cancel_and_resume(policy: RoundPolicy, sessions: Sessions):
    with pytest.raises(NotAllowed, match="没有在做的训练"):
        await policy.cancel(None)
    await policy.start("qq:1", "", {})
    assert await policy.cancel(None) == "第 1 轮取消了。"
    with pytest.raises(NotAllowed, match="已经结束了"):
        await policy.cancel(1)
    assert await policy.resume(None) == "第 1 轮从断的地方接着做。"
    await claimed(sessions)
    assert "正在停" in await policy.cancel(1)
    assert await status(sessions) == "running"
    with pytest.raises(NotAllowed, match="没有第 9 轮"):
        await policy.resume(9)


async def test_nothing_is_promoted_without_the_gate(policy: RoundPolicy, sessions: Sessions):
    await policy.start("qq:1", "", {})
    with pytest.raises(NotAllowed, match="还没有评测完"):
        await policy.promote(1, "qq:1", force=True)
    await end(sessions, "rejected")
    with pytest.raises(NotAllowed, match="模型文件不在了"):
        await policy.promote(1, "qq:1", force=False)
    policy.folder(1).model.mkdir(parents=True)
    with pytest.raises(NotAllowed, match=r"没过门槛，不上线[^$]*分别发：/发布 1 强制"):
        await policy.promote(1, "qq:1", force=False)
    for _ in range(2):
        assert "还要 1 位" in await policy.promote(1, "qq:1", force=True)
    assert "强制上线，已记录" in await policy.promote(1, "qq:2", force=True)
    assert (policy.models / "current").resolve() == policy.folder(1).model.resolve()
    async with sessions() as session:
        row = await rounds.get(session, 1)
    assert row is not None
    assert row.forced_by == ["qq:1", "qq:2"]
    assert row.promoted_at is not None


async def test_a_ready_round_is_promoted_and_the_one_before_is_kept(policy: RoundPolicy, sessions: Sessions):
    for number in (1, 2):
        await policy.start("qq:1", "", {})
        await end(sessions, "ready", number)
        policy.folder(number).model.mkdir(parents=True)
        assert f"第 {number} 轮成为当前模型" in await policy.promote(number, "qq:1", force=False)
    assert (policy.models / "previous").resolve() == policy.folder(1).model.resolve()


async def test_of_two_workers_one_gets_the_round(policy: RoundPolicy, sessions: Sessions, home):
    await policy.start("qq:1", "", {})
    taken = [await claimed(sessions, worker) for worker in ("a", "b")]
    assert [row.worker if row else None for row in taken] == ["a", None]
    assert Worker  # a second GPU's worker would take the next one


async def test_a_schedule_waits_for_enough_corrections_and_for_the_round_under_way(
    policy: RoundPolicy, sessions: Sessions, home
):
    assert await policy.why_not_yet() == "新纠错 0 条，不到 200 条"
    eager = RoundPolicy(sessions, config(threshold=1), home)
    async with sessions.begin() as session:
        session.add(Member(id="qq:1"))
        session.add(ReviewItem(id=1, subject="0" * 32, causes={}, kind="short", stem="题"))
        await session.flush()
        session.add(Correction(id=1, item_id=1, member_id="qq:1", proposed="答", claim="c", status="accepted"))
    assert await eager.why_not_yet() == ""
    await eager.start("schedule", "按计划", {})
    assert await eager.why_not_yet() == "第 1 轮还没完"


async def test_two_who_ask_at_once_get_one_round(policy: RoundPolicy, sessions: Sessions):
    asked = await asyncio.gather(*(policy.start(f"qq:{n}", "", {}) for n in range(4)), return_exceptions=True)
    assert sum(isinstance(one, NotAllowed) for one in asked) == 3
    async with sessions() as session:
        assert len(await rounds.latest(session, 9)) == 1


async def test_two_who_resume_at_once_get_one_round(policy: RoundPolicy, sessions: Sessions):
    for number in (1, 2):
        await policy.start("qq:1", "", {})
        await end(sessions, "failed", number)
    resumed = await asyncio.gather(
        policy.resume(1), policy.resume(2), policy.start("qq:1", "", {}), return_exceptions=True
    )
    assert sum(isinstance(one, NotAllowed) for one in resumed) == 2
    async with sessions() as session:
        assert len(await rounds.unfinished(session)) == 1


async def test_a_round_that_is_taken_again_has_not_ended(policy: RoundPolicy, sessions: Sessions):
    await policy.start("qq:1", "", {})
    async with sessions.begin() as session:
        row = await rounds.lock(session, 1)
        assert row is not None
        row.finished_at = now()  # left by an earlier version
    row = await claimed(sessions)
    assert row is not None
    assert (row.status, row.finished_at) == ("running", None)


async def test_a_round_whose_worker_is_dead_is_cancelled_at_once(policy: RoundPolicy, sessions: Sessions):
    await policy.start("qq:1", "", {})
    await claimed(sessions)
    async with sessions.begin() as session:
        row = await rounds.lock(session, 1)
        assert row is not None
        row.heartbeat_at = now() - timedelta(seconds=90)
    assert await policy.cancel(1) == "第 1 轮取消了。"
    assert await status(sessions) == "cancelled"
    async with sessions.begin() as session:
        assert await rounds.beat(session, 1, worker="w", step="train", progress={}) is None


async def test_what_cannot_be_linked_was_not_promoted(policy: RoundPolicy, sessions: Sessions):
    await policy.start("qq:1", "", {})
    await end(sessions, "ready")
    policy.folder(1).model.mkdir(parents=True)
    policy.models.parent.mkdir(parents=True, exist_ok=True)
    policy.models.write_text("in the way")
    with pytest.raises(OSError, match="models"):
        await policy.promote(1, "qq:1", force=False)
    async with sessions() as session:
        row = await rounds.get(session, 1)
    assert row is not None
    assert row.promoted_at is None


async def test_what_is_left_to_others_is_queued_or_cancelled(policy: RoundPolicy, sessions: Sessions):
    await policy.start("qq:1", "", {})
    for asked, how in ((False, "queued"), (True, "cancelled")):
        assert await claimed(sessions) is not None
        async with sessions.begin() as session:
            row = await rounds.lock(session, 1)
            assert row is not None
            row.cancel_asked = asked
        async with sessions.begin() as session:
            assert await rounds.requeue(session, 1, worker="w")
            assert not await rounds.requeue(session, 1, worker="w")
        async with sessions() as session:
            row = await rounds.get(session, 1)
        assert row is not None
        assert (row.status, row.worker, row.finished_at is None, row.cancel_asked) == (how, None, not asked, False)


async def test_what_no_database_takes_is_taken_out(policy: RoundPolicy, sessions: Sessions):
    await policy.start("qq:1", "", {})
    await claimed(sessions)
    curve = [[1, float("nan")], [2, 0.5]]
    async with sessions.begin() as session:
        assert await rounds.beat(session, 1, worker="w", step="train", progress={"curve": curve}) is False
        await rounds.finish_step(session, 1, "train", seconds=1, record={"loss": float("inf"), "said": "a\0b"})
    async with sessions.begin() as session:
        assert await rounds.finish(session, 1, worker="w", values={"status": "failed", "problem": "坏\0了\ud800"})
    async with sessions() as session:
        row = await rounds.get(session, 1)
        (step,) = await rounds.steps(session, 1)
    assert row is not None
    assert (row.problem, row.progress["curve"]) == ("坏了?", [[1, None], [2, 0.5]])
    assert step.record == {"loss": None, "said": "ab"}


async def test_corrections_count_until_a_finished_round_has_seen_them(policy: RoundPolicy, sessions: Sessions):
    async def count() -> int:
        async with sessions() as session:
            return await rounds.approved_since_last_round(session)

    moment = now()
    async with sessions.begin() as session:
        session.add(Member(id="qq:1"))
        session.add(ReviewItem(id=1, subject="0" * 32, causes={}, kind="short", stem="题"))
        session.add(DatasetVersion(id=1, name="v0001", sha256="0" * 64, manifest={}, built_at=moment, round="1"))
        await session.flush()
        for number, minutes in enumerate((-9, -5, 5), 1):
            at = moment + timedelta(minutes=minutes)
            session.add(
                Correction(
                    id=number,
                    item_id=1,
                    member_id="qq:1",
                    proposed="答",
                    claim=str(number),
                    status="accepted",
                    settled_at=at,
                )
            )
        await session.flush()
        # Of the two that were settled before, the other one was held out.
        session.add(DatasetCorrection(dataset_id=1, correction_id=1))
    await policy.start("qq:1", "", {})
    await claimed(sessions)
    for how, left in (("failed", 3), ("rejected", 1), ("ready", 1)):
        async with sessions.begin() as session:
            row = await rounds.lock(session, 1)
            assert row is not None
            row.status, row.dataset = how, "v0001"
        assert await count() == left

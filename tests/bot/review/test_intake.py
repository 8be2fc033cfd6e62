"""What enters the queue by itself: once, in order, and never what nobody needs to see."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

import local_time
from bot.services.corrections.subject import of_question
from bot.services.review import intake
from bot.services.review.intake import grow
from store.models import Ask, Correction, Question, Rating, ReadingMark, ReviewItem, now
from tests.bot.review.scene import CHOICE, CHOICE_ASKED, SHORT, Scene

UNKNOWN = "虚构的青桐国建都何处？"


async def unanswered(scene: Scene, text: str = UNKNOWN, **more) -> int:
    return await scene.ask(text, state="refused", reason="not_in_bank", **more)


async def test_what_the_bot_did_not_know_enters_once_and_grows_with_demand(scene: Scene):
    for member in ("qq:1", "qq:2", "qq:3"):
        await unanswered(scene, member=member)
    assert await scene.intake.collect() == 3
    item = (await scene.items())[0]
    assert (item.causes, item.times_asked, item.kind) == ({"unanswered": 0.9}, 3, "short")
    assert item.gain == round(3 * 0.9, 4)
    assert await scene.intake.collect() == 0
    assert len(await scene.items()) == 1
    await unanswered(scene, member="qq:4")
    assert await scene.intake.collect() == 1
    assert (await scene.items())[0].times_asked == 4


@pytest.mark.parametrize("reason", ["not_in_bank", "no_confidence", "low_confidence", "unanswered"])
async def test_every_way_of_not_knowing_counts(scene: Scene, reason):
    await scene.ask(CHOICE_ASKED, state="refused", reason=reason)
    assert await scene.intake.collect() == 1


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("你好呀", {"state": "refused", "reason": "not_in_bank"}),
        ("下列说法错误的是？", {"state": "refused", "reason": "not_in_bank"}),
        ("……", {"state": "refused", "reason": "not_in_bank"}),
        (CHOICE_ASKED, {"state": "refused", "reason": "too_long"}),
        (CHOICE_ASKED, {"state": "failed", "reason": "timeout"}),
        (CHOICE_ASKED, {"reply": "选 B"}),
        (CHOICE_ASKED, {"reply": "选 B", "confidence": 0.6}),
        (CHOICE_ASKED, {"state": "refused", "reason": "not_in_bank", "age_s": 30}),
    ],
)
async def test_what_is_no_work_for_a_reviewer_stays_out(scene: Scene, text, more):
    await scene.ask(text, **more)
    assert await scene.intake.collect() == 0
    assert await scene.items() == []


async def test_an_exchange_that_may_still_be_under_way_waits_for_the_next_look(scene: Scene):
    await unanswered(scene, age_s=30)
    assert await scene.intake.collect() == 0
    async with scene.sessions() as session:
        assert await session.scalar(select(ReadingMark.at).where(ReadingMark.name == "asks")) == 0


async def test_the_models_doubt_is_the_items(scene: Scene):
    await scene.ask(CHOICE_ASKED, reply="选 B. 长江", confidence=0.3)
    await scene.intake.collect()
    item = (await scene.items())[0]
    assert item.causes == {"low_confidence": 0.7}
    assert item.answered == "长江"


@pytest.mark.parametrize("confidence", [None, 0.3])
async def test_what_the_bank_knows_by_now_stays_out(scene: Scene, confidence):
    state = {"state": "refused", "reason": "not_in_bank"} if confidence is None else {"confidence": confidence}
    await scene.ask(CHOICE_ASKED, **state)
    await scene.add(CHOICE)
    assert await scene.intake.collect() == 0


async def test_thumbs_down_enter_and_are_no_demand(scene: Scene):
    await scene.add(CHOICE)
    ask = await scene.ask(CHOICE_ASKED, question_id=1, reply="选 A. 黄河")
    for member in ("qq:1", "qq:2", "qq:3"):
        await scene.rate(ask, -1, member=member)
    await scene.rate(ask, 1, member="qq:4")
    assert await scene.intake.collect() == 3
    item = (await scene.items())[0]
    assert (item.causes, item.times_asked, item.question_id) == ({"voted_down": 0.4}, 1, 1)
    gain = item.gain
    for _ in range(5):
        async with scene.sessions.begin() as session:
            await session.execute(update(Rating).where(Rating.member_id == "qq:1").values(rated_at=now()))
        await scene.intake.collect()
    assert (await scene.items())[0].gain == gain


async def test_disputes_of_imports_enter_once(scene: Scene):
    await scene.add(CHOICE, SHORT)
    await scene.rival(1, "长江")
    assert await scene.intake.collect() == 1
    assert await scene.intake.collect() == 0
    await scene.rival(1, "珠江")
    await scene.rival(2, "《史记》")
    assert await scene.intake.collect() == 1
    assert [item.causes for item in await scene.items()] == [{"conflict": 0.6}] * 2


async def test_a_dispute_joins_what_waits_already(scene: Scene):
    await scene.add(CHOICE)
    await scene.about(1, "B")
    await scene.rival(1, "长江")
    assert await scene.intake.collect() == 1
    assert set((await scene.items())[0].causes) == {"correction", "conflict"}
    assert await scene.intake.collect() == 0


async def test_a_dispute_of_a_question_that_waited_before_the_bank_had_it_knows_the_question(scene: Scene):
    await unanswered(scene, CHOICE_ASKED)
    await scene.intake.collect()
    await scene.add(CHOICE | {"status": "disputed"})
    assert await scene.intake.collect() == 1
    item = (await scene.items())[0]
    assert item.question_id == 1
    assert await scene.intake.collect() == 0


async def test_facts_that_have_expired_enter_once_a_day_and_once_each(scene: Scene):
    today = local_time.today()
    await scene.add(
        SHORT | {"valid_until": today - timedelta(days=1)},
        SHORT | {"stem": "现任虚构国总统是谁？", "valid_until": today},
        CHOICE | {"valid_until": today - timedelta(days=1), "status": "retired"},
    )
    assert await scene.intake.collect() == 1
    item = (await scene.items())[0]
    assert (item.question_id, item.causes) == (1, {"expired": 0.7})
    await scene.decide(item.id, "reject")
    async with scene.sessions.begin() as session:
        await session.execute(update(ReadingMark).where(ReadingMark.name == "expired").values(at=0))
    assert await scene.intake.collect() == 0


async def test_a_question_that_was_reviewed_on_its_last_day_is_asked_about_when_it_has_expired(scene: Scene):
    yesterday = local_time.today() - timedelta(days=1)
    await scene.add(SHORT | {"valid_until": yesterday})
    item = await scene.item_of((await scene.about(1, "《史记》")).correction_id)
    await scene.decide(item, "reject")
    async with scene.sessions.begin() as session:
        await session.execute(update(ReviewItem).values(opened_at=now() - timedelta(days=1)))
    assert await scene.intake.collect() == 1


async def test_what_reviewers_turned_down_stays_away(scene: Scene):
    await unanswered(scene)
    await scene.intake.collect()
    await scene.decide((await scene.items())[0].id, "reject")
    await unanswered(scene)
    assert await scene.intake.collect() == 0
    async with scene.sessions.begin() as session:
        await session.execute(update(ReviewItem).values(decided_at=now() - timedelta(days=181)))
    await unanswered(scene)
    assert await scene.intake.collect() == 1


async def test_more_than_one_step_is_read_and_two_collectors_take_turns(scene: Scene, monkeypatch):
    monkeypatch.setattr(intake, "_STEP", 3)
    for number in range(10):
        await unanswered(scene, f"虚构的第{number}个国家建都何处？")
    for number in range(7):
        await scene.add({"stem": f"第{number}道有争议的题是什么？", "answer": "甲", "status": "disputed"})
    for number in range(4):
        day = local_time.today() - timedelta(days=5)
        await scene.add({"stem": f"第{number}道过期的题是什么？", "answer": "甲", "valid_until": day})
    counts = await asyncio.gather(scene.intake.collect(), scene.intake.collect())
    assert sum(counts) == 21
    items = await scene.items()
    assert len(items) == len({item.subject for item in items}) == 21
    assert await scene.intake.collect() == 0


async def test_a_collector_that_dies_repeats_and_lacks_nothing(scene: Scene, monkeypatch):
    await unanswered(scene)
    set_mark = intake.reviews.set_mark

    async def dies(*_):
        raise OSError("disk full")

    monkeypatch.setattr(intake.reviews, "set_mark", dies)
    with pytest.raises(OSError, match="disk full"):
        await scene.intake.collect()
    assert await scene.items() == []
    monkeypatch.setattr(intake.reviews, "set_mark", set_mark)
    assert await scene.intake.collect() == 1
    assert (await scene.items())[0].times_asked == 1


async def test_the_watch_outlives_a_failing_database(scene: Scene, monkeypatch):
    calls = []

    async def fails():
        calls.append(1)
        raise OSError

    monkeypatch.setattr(scene.intake, "collect", fails)
    task = asyncio.create_task(scene.intake.watch(0.001))
    async with asyncio.timeout(5):
        while len(calls) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    task.cancel()


async def test_others_may_let_an_item_grow(scene: Scene):
    await scene.add(CHOICE)
    await scene.about(1, "B")
    async with scene.sessions.begin() as session:
        subject = of_question(await session.get_one(Question, 1))
        assert await grow(session, subject, "disagreement", 0.5) == 1
        await grow(session, subject, "disagreement", 0.2)
    assert (await scene.items())[0].causes["disagreement"] == 0.5


async def test_corrections_from_before_the_queue_are_read_as_today(scene: Scene):
    """What the migration made of them: an item an exchange, the whole message as its stem."""
    await scene.add(CHOICE)
    ask = await scene.ask("我国最长的河流是哪条？\nA. 长江\nB. 黄河\nC. 珠江\nD. 淮河", question_id=1, reply="选 B")
    odd = await scene.ask("……", reply="？")
    async with scene.sessions.begin() as session:
        for number in (ask, odd):
            text = await session.scalar(select(Ask.text).where(Ask.id == number))
            item = ReviewItem(
                subject=f"ask-{number}", causes={"correction": 0.33}, ask_id=number, kind="short", stem=text, gain=1.0
            )
            session.add(item)
            await session.flush()
            session.add_all(
                [
                    Correction(item_id=item.id, ask_id=number, member_id="qq:100", proposed=said, claim=str(at))
                    for at, said in enumerate(("A", "长江", "说不清，电话13812345678"), number)
                ]
            )
    assert await scene.intake.collect() == 2
    first, second = await scene.items()
    assert (first.question_id, first.options[0], first.times_asked) == (1, "黄河", 0)
    assert len(second.subject) == 32
    made = [one for one in await scene.all_corrections() if one.item_id == first.id]
    assert [(one.proposed, one.status) for one in made] == [
        ("长江", "open"),
        ("长江", "withdrawn"),
        ("说不清，电话138****5678", "open"),
    ]
    assert (await scene.overturn(first.id)).answer == "长江"
    assert (await scene.question()).answer == "B"
    assert await scene.intake.collect() == 0

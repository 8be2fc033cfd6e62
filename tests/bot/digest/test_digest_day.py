"""A day of a digest: prepared once, answered in every form, counted in the evening."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.services.digest import words
from bot.services.incoming import Incoming, Quoted
from bot.services.quiz.host import QuizHost
from store import digests
from store.db import Sessions
from store.models import Attempt, Delivery, Digest, Question, Quiz, QuizAnswer, QuizItem, StudyCard, Studying
from tests.bot.digest.day import BOT, GROUP, Days, right, sheet, wrong_of
from tests.bot.quiz.table import Table, fill


@pytest.fixture
async def days(sessions: Sessions) -> Days:
    await fill(sessions, choices=60)
    return Days(sessions)


async def count(sessions: Sessions, model: type[Attempt | Digest | QuizAnswer | StudyCard]) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_the_same_delivery_gets_the_same_digest(days: Days, sessions: Sessions):
    subscription = await days.subscribe()
    first, delivery = await days.push(subscription)
    # As after a kill -9 between preparing and sending, and by two processes at once.
    again = await asyncio.gather(*(days.content.prepare(subscription, days.today, delivery) for _ in range(4)))
    assert first is not None
    assert first.text.startswith("每日一练　11月27日 周五\n\n1. ")
    assert first.text.count("\nA. ") == 5
    assert "退订" in first.text
    assert "21:30 揭晓" in first.text
    assert all(one == first for one in again)
    assert await count(sessions, Digest) == 1
    _, other = await days.push(subscription, kind="extra", hour=9)
    stems = [{item.asked["stem"] for item in (await days.kept(one)).items} for one in (delivery, other)]
    assert stems[0].isdisjoint(stems[1])


async def test_two_processes_prepare_one(days: Days, sessions: Sessions):
    subscription = await days.subscribe()
    other = Days(sessions)
    both = await asyncio.gather(*(one.content.prepare(subscription, days.today, 4711) for one in (days, other) * 3))
    assert len({one.digest_id for one in both if one}) == 1
    assert None not in both
    assert await count(sessions, Digest) == 1


async def test_answers_in_every_form_and_one_a_member_and_question(days: Days, sessions: Sessions):
    subscription = await days.subscribe()
    _, delivery = await days.push(subscription)
    key = right(await days.kept(delivery))
    wrong = wrong_of((await days.kept(delivery)).items[0].asked)
    days.later(hours=1)
    assert await days.say("今天的题好难") is None
    assert await days.say(f"1{key[0]}") == "记下了第 1 题，还差第 2、3、4、5 题。"
    assert await days.say(f"1{wrong}") == "第 1 题答过了，不能改。"
    assert await days.say(sheet(key)) == "记下了第 2、3、4、5 题，5 题都答完了，21:30 揭晓；第 1 题答过了，不能改。"
    # A row of letters, one that quotes, one said to the bot.
    assert await days.say("".join(key), 102) == "5 题都记下了，21:30 揭晓。"
    assert await days.quoting(delivery, f"3 {key[2]}", 103) == "记下了第 3 题，还差第 1、2、4、5 题。"
    assert await days.say(" ".join(one.lower() for one in key), 104, to_me=True) == "5 题都记下了，21:30 揭晓。"
    assert await days.quoting(delivery, "AB", 105) == "一共 5 题，这里有 2 个答案，带上题号就不会错位。"
    # Of another message of somebody else nothing is taken.
    assert await days.say(sheet(key), 106, quoted=Quoted("m1", ours=False)) is None
    await days.learner.learn()
    assert await count(sessions, QuizAnswer) == 16
    assert await count(sessions, Attempt) == 16
    assert await count(sessions, StudyCard) == 16
    async with sessions() as session:
        assert set(await session.scalars(select(Attempt.group_id))) == {GROUP}
        assert set(await session.scalars(select(QuizAnswer.right))) == {True}


async def test_in_private_it_is_told_at_once_what_is_right(days: Days):
    subscription = await days.subscribe()
    _, delivery = await days.push(subscription)
    kept = await days.kept(delivery)
    key = right(kept, but=1)
    # Nobody knows yet that this member is in the group.
    assert await days.say(sheet(key[:2]), group=None) == words.NOT_KNOWN_HERE
    assert await days.say(f"1{key[0]}", group=None) is None
    assert await days.answers.key(days.incoming("/今日答案", group=None)) == words.NONE_HERE
    await days.say(f"1{key[0]}")
    assert await days.say(sheet(key[:3]), group=None) == "2 ✓　3 ✓，还差第 4、5 题；第 1 题答过了，不能改。"
    assert await days.answers.key(days.incoming("/今日答案", group=None)) == "第 4、5 题还没答，答完就能看。"
    assert await days.answers.key(days.incoming("/今日答案")) == words.not_here("21:30")
    assert await days.say(f"4{key[3]} 5{key[4]}", group=None) == "4 ✓　5 ✓，5 题对了 4，发 /今日答案 看解析。"
    told = await days.answers.key(days.incoming("/今日答案", group=None))
    assert told.startswith(f"11月27日 周五，5 题对了 4。\n1. ✗ 你答的是 {key[0]}，")
    assert told.count("✓") == 4
    assert "书上说的。" in told


async def test_it_is_said_when_the_key_comes(days: Days):
    _, alone = await days.push(await days.subscribe(number=1, count=1, summary_minute=None))
    assert await days.say(f"1{right(await days.kept(alone))[0]}") == "记下了，私聊我发 /今日答案 看解析。"
    assert await days.answers.key(days.incoming("/今日答案")) == words.not_here("")
    days.later(minutes=1)
    _, early = await days.push(await days.subscribe(number=2, count=3, summary_minute=420))
    key = right(await days.kept(early))
    assert await days.quoting(early, "".join(key)) == "3 题都记下了，明天 07:00 揭晓。"
    days.later(days=1, hours=-3)
    assert await days.quoting(early, "".join(key), 102) == "3 题都记下了，07:00 揭晓。"


async def test_a_name_is_no_line_of_ours(days: Days):
    subscription = await days.subscribe()
    _, delivery = await days.push(subscription)
    incoming = days.incoming(sheet(right(await days.kept(delivery))))
    incoming = replace(incoming, member_name="甲\n1. A（9/9 人对）\n不想再收")
    offer = await days.answers.offered(incoming, addressed=False)
    assert offer is not None
    await days.answers.take(incoming, offer)
    evening, _ = await days.push(subscription, kind="summary")
    assert evening is not None
    assert evening.text.splitlines()[1] == "1 人答了，甲 1. A（9/9 人对） … 全对。"


async def test_somebody_who_practises_alone(days: Days):
    subscription = await days.subscribe("qq:100", count=2)
    prepared, delivery = await days.push(subscription)
    assert prepared is not None
    assert "管理员" not in prepared.text
    assert prepared.text.endswith("答完发 /今日答案 看解析。\n不想再收，回「退订」。")
    key = right(await days.kept(delivery), but=1)
    assert await days.say("".join(key), 100, group=None) == "1 ✗　2 ✓，2 题对了 1，发 /今日答案 看解析。"
    evening, _ = await days.push(subscription, kind="summary")
    assert evening is not None
    assert "2 题答了 2，对了 1。" in evening.text


async def test_the_evening_counts_exactly_and_closes(days: Days, sessions: Sessions):
    subscription = await days.subscribe()
    _, delivery = await days.push(subscription)
    kept = await days.kept(delivery)
    await days.say(sheet(right(kept)), 101)
    await days.say(sheet(right(kept, but=1)), 102)
    await days.say(sheet(right(kept, but=2)[:2]), 103)
    days.later(hours=13.5)
    evening, told = await days.push(subscription, kind="summary")
    assert evening is not None
    assert evening.digest_id == kept.quiz.id
    lines = evening.text.splitlines()
    assert lines[:3] == ["今日揭晓　11月27日 周五", "3 人答了，成员101 全对。", ""]
    assert [line.rpartition("（")[2] for line in lines[3:] if line[:1].isdigit()] == [
        "1/3 人对）",
        "2/3 人对）",
        "2/2 人对）",
        "2/2 人对）",
        "2/2 人对）",
    ]
    assert await days.quoting(delivery, f"3{right(kept)[2]}", 103) == words.CLOSED
    assert await days.quoting(told, f"3{right(kept)[2]}", 103) == words.CLOSED
    assert await days.say(sheet(right(kept)), 104) is None
    # Told again after a crash, it is the same; and to whoever asks.
    again = await days.content.summary(subscription, days.today, told)
    assert again == evening
    assert await days.answers.key(days.incoming("/今日答案", 109)) == evening.text.rpartition("\n")[0]
    assert await count(sessions, QuizAnswer) == 12


async def test_what_was_wanted_at_once_has_a_key_of_its_own(days: Days):
    subscription = await days.subscribe()
    _, morning = await days.push(subscription)
    days.later(hours=13, minutes=10)
    extra, other = await days.push(subscription, kind="extra", hour=21)
    assert extra is not None
    assert "21:30 揭晓" in extra.text
    assert "明天 21:30 揭晓" in await days.quoting(other, "".join(right(await days.kept(other))), 102)
    await days.quoting(morning, "".join(right(await days.kept(morning))), 101)
    days.later(minutes=20)
    evening, _ = await days.push(subscription, kind="summary")
    assert evening is not None
    assert evening.digest_id == (await days.kept(morning)).quiz.id
    assert "成员101" in evening.text
    # Who has not answered the other one yet still can.
    assert await days.quoting(morning, "1A", 103) == words.CLOSED
    assert "揭晓" in await days.quoting(other, "".join(right(await days.kept(other))), 103)
    days.later(days=1)
    later, _ = await days.push(subscription, kind="summary", local_date=(days.at - timedelta(days=1)).date(), hour=21)
    assert later is not None
    assert later.digest_id == (await days.kept(other)).quiz.id
    assert "2 人答了" in later.text


async def test_nobody_answered_is_nothing_to_tell(days: Days):
    subscription = await days.subscribe()
    await days.push(subscription)
    evening, _ = await days.push(subscription, kind="summary")
    assert evening is None
    assert (await days.answers.key(days.incoming("/今日答案"))).startswith("今日揭晓　11月27日 周五\n今天没人答。")


async def test_streaks_of_the_group_and_its_members(days: Days):
    subscription = await days.subscribe()
    texts: list[str] = []
    # Friday to Friday without the weekend; on the second day too few answer.
    for ahead in (0, 3, 4, 5, 6, 7):
        days.at = days.at.replace(day=27, month=11) + timedelta(days=ahead)
        morning, delivery = await days.push(subscription)
        assert morning is not None
        kept = await days.kept(delivery)
        await days.say(sheet(right(kept)[:1]), 101)
        if ahead != 3:
            await days.say(sheet(right(kept)), 102 if ahead < 6 else 103)
        evening, _ = await days.push(subscription, kind="summary")
        assert evening is not None
        texts += [morning.text.splitlines()[1], evening.text.splitlines()[-2]]
    assert texts[-4:-2] == ["大家已经连着答了 2 天。", "大家已经连着答了 3 天，成员101 5 天。"]
    assert texts[-2:] == ["大家已经连着答了 3 天。", "大家已经连着答了 4 天，成员101 6 天。"]
    assert texts[4] == ""


async def test_the_exam_that_most_prepare_for(days: Days, sessions: Sessions):
    subscription = await days.subscribe()
    _, delivery = await days.push(subscription)
    for member in (101, 102, 103):
        await days.say(sheet(right(await days.kept(delivery))), member)
    await days.learner.learn()
    async with sessions.begin() as session:
        for member, exam, day in ((101, "国考", 10), (102, "国考", 10), (103, "省考", 9)):
            session.add(Studying(member_id=f"qq:{member}", exam=exam, exam_on=date(2026, 12, day), easy_days=[]))
    days.later(days=1)
    morning, _ = await days.push(subscription)
    assert morning is not None
    assert morning.text.splitlines()[1] == "离国考还有 12 天。"


async def test_a_game_goes_on_beside_it(days: Days, sessions: Sessions):
    subscription = await days.subscribe()
    _, delivery = await days.push(subscription)
    table = Table(sessions)
    assert await table.order("2题 60秒") == ""
    key = right(await days.kept(delivery))
    assert await days.say(f"1{key[0]}") == "记下了第 1 题，还差第 2、3、4、5 题。"
    assert await table.speak(table.key, 3)
    # A restart takes up the game and leaves the digest alone.
    table.host.leave()
    host = QuizHost(sessions, outlet=table)
    assert await host.take_up(BOT) == 1
    host.leave()
    days.later(minutes=1)
    _, another = await days.push(await days.subscribe(number=2, count=3))
    assert len((await days.kept(another)).items) == 3
    async with sessions() as session:
        states = sorted(tuple(row) for row in await session.execute(select(Quiz.mode, Quiz.state)))
    assert states == [("daily", "running"), ("daily", "running"), ("race", "running")]


async def test_of_two_digests_numbers_mean_the_newest_and_letters_neither(days: Days):
    _, first = await days.push(await days.subscribe(count=3))
    days.later(hours=1)
    _, second = await days.push(await days.subscribe(count=3, number=2))
    one, two = right(await days.kept(first)), right(await days.kept(second))
    assert await days.say("".join(two)) is None
    assert await days.say(sheet(two)) == "3 题都记下了，21:30 揭晓。"
    assert await days.quoting(first, "".join(one)) == "3 题都记下了，21:30 揭晓。"
    async with days.sessions() as session:
        given = [await digests.answered_by(session, (await days.kept(d)).quiz.id, "qq:101") for d in (first, second)]
    assert all(answer.right for answers in given for answer in answers.values())


async def test_the_next_day_ends_what_had_no_summary(days: Days):
    subscription = await days.subscribe()
    _, first = await days.push(subscription)
    key = right(await days.kept(first))
    days.later(hours=16.5)
    # Past midnight no answer counts any more.
    assert await days.say(sheet(key)) is None
    days.later(hours=7.5)
    await days.push(subscription)
    assert (await days.kept(first)).quiz.state == "ended"


async def test_one_of_the_late_evening_is_answered_until_the_next_one(days: Days):
    days.at = days.at.replace(hour=21)
    subscription = await days.subscribe(minute=21 * 60)
    prepared, delivery = await days.push(subscription)
    assert prepared is not None
    assert "每题答一次，明天 21:30 揭晓。" in prepared.text
    days.later(hours=20)
    assert await days.say(sheet(right(await days.kept(delivery)))) == "5 题都记下了，21:30 揭晓。"


async def test_two_processes_hear_the_same_member(days: Days, sessions: Sessions):
    _, delivery = await days.push(await days.subscribe())
    key = right(await days.kept(delivery))
    others = [Days(sessions) for _ in range(3)]
    for other in others:
        other.at = days.at
    told = await asyncio.gather(*(one.say(sheet(key)) for one in (days, *others)))
    assert told.count("5 题都记下了，21:30 揭晓。") == 1
    assert await count(sessions, QuizAnswer) == 5


@pytest.mark.postgres
async def test_no_answer_comes_after_the_summary_was_counted(postgres_url: str):
    from migrations import ensure_schema
    from store.config import StoreConfig
    from store.db import open_engine, open_sessions

    await ensure_schema(postgres_url, StoreConfig())
    engines = [open_engine(postgres_url, StoreConfig()) for _ in range(2)]
    here, there = (Days(open_sessions(engine)) for engine in engines)
    await fill(here.sessions, choices=60)
    subscription = await here.subscribe()
    _, delivery = await here.push(subscription)
    text = sheet(right(await here.kept(delivery)))
    answers = [(here, there)[member % 2].say(text, member) for member in range(200, 240)]
    told, evening = await asyncio.gather(
        asyncio.gather(*answers), here.content.summary(subscription, here.today, delivery)
    )
    kept = await here.kept(delivery)
    async with here.sessions() as session:
        given = await digests.answers(session, kept.quiz.id)
    counted = sum(one == "5 题都记下了，21:30 揭晓。" for one in told)
    assert len(given) == 5 * counted
    assert (evening.text.splitlines()[1].startswith(f"{counted} 人答了")) if evening else counted == 0
    for engine in engines:
        await engine.dispose()


async def test_questions_rest_for_a_month_and_cannot_need_a_picture(days: Days, sessions: Sessions):
    async with sessions.begin() as session:
        for row in (await session.scalars(select(Question).where(Question.id > 12))).all():
            row.stem = f"如图所示，{row.stem}" if row.id % 2 else row.stem
            row.material = "" if row.id % 2 else "阅读下面的材料"
    subscription = await days.subscribe(count=8)
    _, first = await days.push(subscription)
    days.later(days=1)
    _, second = await days.push(subscription)
    days.later(days=1)
    third, _ = await days.push(subscription)
    asked = [{item.question_id for item in (await days.kept(one)).items} for one in (first, second)]
    assert [len(one) for one in asked] == [8, 4]
    assert asked[0].isdisjoint(asked[1])
    assert third is None
    days.later(days=31)
    again, _ = await days.push(subscription)
    assert again is not None


async def test_what_the_group_forgets_comes_again(days: Days, sessions: Sessions):
    subscription = await days.subscribe(category="历史", count=5)
    _, first = await days.push(subscription)
    kept = await days.kept(first)
    assert {item.asked["category"] for item in kept.items} == {"历史"}
    await days.say(sheet(right(kept, but=5)))
    await days.learner.learn()
    days.later(days=40)
    # Who has been away for so long is no active member any more.
    async with sessions.begin() as session:
        lately = {"member_id": "qq:101", "group_id": GROUP, "at": days.at - timedelta(days=2)}
        session.add(Attempt(id=1, question_id=1, source="quiz", right=True, grade=3, took_ms=1, **lately))
    _, second = await days.push(subscription)
    async with sessions() as session:
        found = await session.execute(
            select(QuizItem.question_id).join(Digest, Digest.quiz_id == QuizItem.quiz_id).order_by(QuizItem.id)
        )
    numbers = [row[0] for row in found]
    assert len(set(numbers[5:]) & set(numbers[:5])) == 2
    assert second


async def test_the_key_of_any_of_a_days_sets_can_be_seen(days: Days):
    _, first = await days.push(await days.subscribe(number=1, count=3))
    early = await days.kept(first)
    days.later(hours=3)
    _, second = await days.push(await days.subscribe(number=2, count=2, category="历史"))
    late = await days.kept(second)
    await days.quoting(first, sheet(right(early)))

    def asked(text: str = "/今日答案", **more: Any) -> Incoming:
        return days.incoming(text, **more)

    others = "这天有 2 份，这是第 2 份（11:00 历史 2 题）；看别的发 /今日答案 1（08:00 常识 3 题）"
    assert await days.answers.key(asked(group=None)) == f"第 1、2 题还没答，答完就能看。\n{others}"
    told = await days.answers.key(asked(group=None), 1)
    assert told.startswith("11月27日 周五，3 题对了 3。")
    assert told.endswith("看别的发 /今日答案 2（11:00 历史 2 题）")
    wrong = await days.answers.key(asked(group=None), 3)
    assert wrong == "这天有 2 份，写上编号，例如 /今日答案 1\n1　08:00 常识 3 题\n2　11:00 历史 2 题"
    # Nothing is shown in the group before the evening, so that there is nothing to choose from.
    assert await days.answers.key(asked()) == words.not_here("21:30")
    async with days.sessions.begin() as session:
        await digests.close(session, late.quiz.id)
    assert (await days.answers.key(asked())).endswith("看别的发 /今日答案 1（08:00 常识 3 题）")
    quoted = Quoted(await message_of(days, first), ours=True)
    assert await days.answers.key(asked(quoted=quoted)) == words.not_here("21:30")
    # In private both groups' and the member's own count; its own is the first guess.
    _, own = await days.push(await days.subscribe("qq:101", count=1))
    private = await days.answers.key(asked(group=None))
    assert private.startswith("第 1 题还没答")
    assert "/今日答案 1（群 7 08:00 常识 3 题）" in private
    assert "这是第 3 份（私聊 11:00 常识 1 题）" in private
    assert (await days.answers.key(asked(group=None), 1)).startswith("11月27日 周五，3 题对了 3。")
    assert (await days.kept(own)).quiz.category == ""


async def test_a_number_beyond_the_only_set(days: Days):
    await days.push(await days.subscribe())
    assert await days.answers.key(days.incoming(""), 2) == "这天只有一份（08:00 常识 5 题），发 /今日答案 就行。"


async def test_what_is_said_about_a_set_is_told_how_to_answer(days: Days):
    _, delivery = await days.push(await days.subscribe())
    quoted = Quoted(await message_of(days, delivery), ours=True)
    assert await days.answers.asked_about(days.incoming("选啥", quoted=quoted)) == words.how_to_answer(private=False)
    assert await days.answers.asked_about(days.incoming("选啥", quoted=Quoted("other", ours=True))) is None
    assert await days.answers.asked_about(days.incoming("选啥", quoted=replace(quoted, ours=False))) is None
    assert await days.answers.asked_about(days.incoming("问一道别的题" * 5, quoted=quoted)) is None
    assert await days.answers.asked_about(days.incoming("选啥")) is None
    alone = await days.answers.asked_about(days.incoming("选啥", group=None, quoted=quoted))
    assert alone == words.how_to_answer(private=True)
    days.later(days=1)
    # Once the evening is told, why B is right may be asked like anything else.
    assert await days.answers.asked_about(days.incoming("第3题为什么选B", quoted=quoted)) is None


async def message_of(days: Days, delivery_id: int) -> str:
    async with days.sessions() as session:
        row = await session.get(Delivery, delivery_id)
        assert row is not None
        return row.message_id

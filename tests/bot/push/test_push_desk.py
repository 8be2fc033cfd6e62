"""An admin sets up, changes, pauses and stops pushes, and reads what is wrong with what was written."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.services.incoming import Incoming, Quoted
from bot.services.push import orders, words
from bot.services.push.desk import PushDesk
from bot.services.push.stopping import Stopping
from migrations import ensure_schema
from store import deliveries, subscriptions
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.deliveries import Entry
from store.models import Delivery, Question, Quiz, Subscription

FRIDAY = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai."""


class Chat:
    """A group of one admin, at a time of its own."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions, self.now, self.looked = sessions, FRIDAY, 0
        self.desk = PushDesk(sessions, soon=self._soon, clock=lambda: self.now)
        self.stopping = Stopping(sessions, clock=lambda: self.now)

    async def _soon(self) -> None:
        self.looked += 1

    async def says(self, text: str, *, lane: str = "qq:500", may_change: bool = True) -> str:
        return await self.desk.act(self.incoming(text, lane), text, may_change=may_change)

    @staticmethod
    def incoming(text: str, lane: str = "qq:500", quoted: str = "") -> Incoming:
        group = lane if lane == "qq:500" else None
        quote = Quoted(quoted, ours=True) if quoted else None
        return Incoming("qq:10001", "qq:200" if group else lane, text, group_id=group, quoted=quote)

    async def subscriptions(self) -> list[Subscription]:
        async with self.sessions() as session:
            return list(await session.scalars(select(Subscription).order_by(Subscription.id)))


@pytest.fixture
async def chat(sessions: Sessions) -> Chat:
    async with sessions.begin() as session:
        for number, category in enumerate(("历史", "法律"), 1):
            session.add(
                Question(
                    id=number,
                    kind="judge",
                    stem=category,
                    options=[],
                    answer="正确",
                    category=category,
                    status="active",
                    fingerprint=f"f{number}",
                    stem_hash=number,
                )
            )
    return Chat(sessions)


async def test_set_up_listed_changed_paused_resumed_stopped(chat: Chat):
    assert await chat.says("") == words.NONE_HERE
    assert await chat.says("开 08:00 常识 5题 工作日") == (
        "好，第 1 份：周一到周五 08:00，常识 5 题，小结 21:30。下次周一 08:00。"
    )
    assert await chat.says("开 每晚9点半 法律 3题 免打扰 23:00-7:00 小结 22:40") == (
        "好，第 2 份：每天 21:30，法律 3 题，小结 22:40，免打扰 23:00-07:00。下次今天 21:30。"
    )
    assert (await chat.says("")).splitlines()[:2] == [
        "1　周一到周五 08:00，常识 5 题　下次周一 08:00",
        "2　每天 21:30，法律 3 题，小结 22:40，免打扰 23:00-07:00　下次今天 21:30",
    ]
    assert await chat.says("改 1 07:30 10题") == (
        "改好了，第 1 份：周一到周五 07:30，常识 10 题，小结 21:30。下次周一 07:30。"
    )
    assert await chat.says("暂停 1 到 12-05") == "好，第 1 份暂停到 12月5日，12月7日 07:30 接着来。"
    assert "暂停到 12月5日，12月7日 07:30 接着来" in await chat.says("")
    assert await chat.says("恢复 1") == "好，第 1 份接着来。下次周一 07:30。"
    assert await chat.says("恢复 1") == words.NOT_PAUSED.format(1)
    assert await chat.says("停 1") == "好，停了。想再开：/每日一练 开 07:30 常识 10题 工作日"
    assert await chat.says("停 1") == words.NO_NUMBER.format(1)
    # The number is free again, and what was stopped comes back as it was written.
    assert (await chat.says("开 07:30 常识 10题 工作日")).startswith("好，第 1 份：周一到周五 07:30，常识 10 题")


async def test_a_pause_that_is_over_is_not_told_any_more(chat: Chat):
    await chat.says("8:00")
    await chat.says("暂停 到 后天")
    assert "暂停到 11月29日，周一 08:00 接着来" in await chat.says("")
    chat.now += timedelta(days=2, hours=20)
    assert (await chat.says("")).splitlines()[0] == "1　每天 08:00，常识 5 题　下次今天 08:00"


async def test_stopping_stops_only_what_is_named(chat: Chat):
    await chat.says("8:00")
    for text in ("停 两天", "停 到 12-05", "关于", "停 周末"):
        assert await chat.says(text) == words.STOP_WHICH.format(1, 1)
    assert (await chat.says("取消小结")).startswith("改好了，第 1 份：每天 08:00，常识 5 题，没有小结。")
    assert [one.state for one in await chat.subscriptions()] == ["active"]


async def test_all_of_them_at_once(chat: Chat):
    await chat.says("8:00")
    await chat.says("9:00 法律")
    told = await chat.says("暂停 全部 到 12-05")
    assert [line[:14] for line in told.splitlines()] == ["好，第 1 份暂停到 12月", "好，第 2 份暂停到 12月"]
    assert [one.state for one in await chat.subscriptions()] == ["paused", "paused"]
    await chat.says("恢复 1")
    assert (await chat.says("恢复 全部")).splitlines()[0] == words.NOT_PAUSED.format(1)
    assert await chat.says("全部停") == (
        "好，停了。想再开：/每日一练 开 08:00 常识 5题\n好，停了。想再开：/每日一练 开 09:00 法律 5题"
    )
    assert await chat.says("停 全部") == words.NONE_HERE


async def test_a_day_that_had_its_questions_gets_no_others(chat: Chat):
    await chat.says("8:00")
    [one] = await chat.subscriptions()
    async with chat.sessions.begin() as session:
        session.add(
            Delivery(
                subscription_id=one.id,
                local_date=FRIDAY.date(),
                state="sent",
                planned_at=FRIDAY - timedelta(hours=2),
                next_at=FRIDAY,
            )
        )
    assert (await chat.says("改 11:00")).endswith("下次明天 11:00。")
    assert "下次明天 11:00" in await chat.says("")
    [one] = await chat.subscriptions()
    assert one.next_at == FRIDAY + timedelta(hours=25)


async def test_the_summary_of_what_is_being_answered_moves_too(chat: Chat):
    await chat.says("开 08:00")
    subscription = (await chat.subscriptions())[0]
    async with chat.sessions.begin() as session:
        due = FRIDAY - timedelta(hours=2)
        quiz = Quiz(account="qq:10001", lane="qq:500", mode="digest", state="open", limit_s=9, started_by="qq:1")
        quiz.started_at = due
        session.add(quiz)
        await session.flush()
        row = Delivery(subscription_id=subscription.id, local_date=date(2026, 11, 27), kind="digest", hour=0)
        row.state, row.reason, row.planned_at, row.next_at, row.sent_at = "sent", "", due, due, due
        row.digest_id, row.message_id, row.receipts = quiz.id, "m1", []
        session.add(row)
        await deliveries.enter(session, [Entry(subscription.id, row.local_date, FRIDAY, kind="summary")])

    async def summary() -> tuple[str, str, datetime]:
        async with chat.sessions() as session:
            row = (await session.scalars(select(Delivery).where(Delivery.kind == "summary"))).one()
            assert row.next_at == row.planned_at
            return row.state, row.reason, row.planned_at

    await chat.says("改 小结 20:00")
    assert await summary() == ("due", "", datetime(2026, 11, 27, 12, 0, tzinfo=UTC))
    await chat.says("改 小结 关")
    assert (await summary())[:2] == ("skipped", "summary_off")
    assert "小结关了" in await chat.says("记录")
    await chat.says("改 小结 9:30")
    # Over already today: at once.
    assert await summary() == ("due", "", FRIDAY)
    async with chat.sessions.begin() as session:
        await session.execute(update(Delivery).where(Delivery.kind == "summary").values(state="sent"))
    await chat.says("改 小结 21:00")
    assert await summary() == ("sent", "", FRIDAY)


async def test_a_summary_on_the_next_day_says_so(chat: Chat):
    assert "，小结第二天 21:30。" in await chat.says("晚上九点")
    assert "，小结第二天 07:00。" in await chat.says("改 小结 7:00")
    assert "，小结 22:00。" in await chat.says("改 小结 22:00")


async def test_what_was_stopped_comes_back_whole(chat: Chat):
    wanted = "开 08:00 法律 5题 周一三五 时区 Asia/Tokyo 免打扰 22:00-07:00 小结 关"
    first = await chat.says(wanted)
    assert await chat.says("停") == f"好，停了。想再开：/每日一练 {wanted}"
    assert await chat.says(wanted) == first
    await chat.says("停")
    assert await chat.says("开 8:00 小结 20:00") != first
    assert (await chat.says("停")).endswith("开 08:00 常识 5题 小结 20:00")


async def test_what_to_write_fits_what_was_tried(chat: Chat):
    await chat.says("8:00")
    assert (await chat.says("改 1 唱歌")).endswith("这样写：/每日一练 改 1 07:30 10题")
    assert (await chat.says("开 9:00 唱歌")).endswith("这样写：/每日一练 开 08:00 常识 5题 工作日")
    assert (await chat.says("改 1 免打扰 21:00-7:00")).endswith("小结提前一点，例如加上 小结 20:30。")
    assert (await chat.says("改 1 23:00 免打扰 22:00-7:00")).endswith("换个时间，或者加上 免打扰 关。")


@pytest.mark.postgres
async def test_what_another_admin_stopped_meanwhile_stays_stopped(postgres_url: str):
    await ensure_schema(postgres_url, StoreConfig())
    engine = open_engine(postgres_url, StoreConfig())
    chat = Chat(open_sessions(engine))
    await chat.says("8:00")
    await chat.says("暂停 1")
    async with chat.sessions.begin() as other:
        [one] = await subscriptions.of_chat(other, "qq:10001", "qq:500")
        one.state = "stopped"
        await other.flush()
        # Not committed yet: who resumes it waits, and learns that it is gone.
        resuming = asyncio.create_task(chat.says("恢复 1"))
        await asyncio.sleep(0.3)
        assert not resuming.done()
    assert await resuming == words.NO_NUMBER.format(1)
    assert [one.state for one in await chat.subscriptions()] == ["stopped"]
    await engine.dispose()


async def test_without_a_number_there_must_be_one(chat: Chat):
    await chat.says("8:00")
    assert (await chat.says("改 9:00")).startswith("改好了，第 1 份：每天 09:00")
    await chat.says("20:00")
    assert (await chat.says("停")).startswith("有 2 份，写上编号，例如 /每日一练 停 1")
    assert await chat.says("停 7") == words.NO_NUMBER.format(7)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("开 常识 5题", words.NO_TIME),
        ("开 08:00 唱歌", "不明白「唱歌」"),
        ("开 08:00 30题", "1 到 20 题"),
        ("开 23:00 免打扰 22:00-7:00", "发题的时间 23:00 落在免打扰 22:00-07:00 里"),
        ("开 08:00 免打扰 21:00-7:00", "小结的时间 21:30"),
        ("停 1", words.NONE_HERE),
        ("改 1 8:00", words.NONE_HERE),
    ],
)
async def test_what_is_wrong_is_said(chat: Chat, text: str, named: str):
    assert named in await chat.says(text)
    assert await chat.subscriptions() == []


async def test_settings_without_a_time_may_be_meant_for_what_is_there(chat: Chat):
    assert await chat.says("10题") == words.NO_TIME
    await chat.says("8:00")
    assert await chat.says("安静 22:00-7:00") == f"{words.NO_TIME}\n要改已有的：/每日一练 改 1 安静 22:00-7:00"
    assert "免打扰 22:00-07:00" in await chat.says("改 1 安静 22:00-7:00")
    await chat.says("9:00")
    assert (await chat.says("10题")).endswith("要改已有的：/每日一练 改 编号 10题")
    assert (await chat.says("改 1 数量 3")).startswith("改好了，第 1 份：每天 08:00，常识 3 题")


async def test_a_wish_in_a_sentence_is_told_how_to_order(chat: Chat):
    order = "/每日一练 开 每天早上八点发5道常识"
    assert await chat.desk.suggested("每天早上八点发5道常识", may_change=True) == f"定时发题这样开：{order}"
    assert (
        await chat.desk.suggested("每天早上八点发5道常识", may_change=False) == f"定时发题请群主或管理员这样开：{order}"
    )
    assert await chat.desk.suggested("每天发5道唱歌题", may_change=True) == f"定时发题这样开：{orders.OPENING}"
    assert (await chat.says(order.removeprefix("/每日一练 "))).startswith("好，第 1 份：每天 08:00，常识 5 题")


async def test_five_at_the_most_and_none_twice(chat: Chat):
    for hour in range(6, 11):
        assert (await chat.says(f"{hour}:00")).startswith("好")
    assert await chat.says("11:00") == words.FULL
    await chat.says("停 3")
    assert "第 1 份" in await chat.says("开 6:00")
    assert (await chat.says("11:00")).startswith("好，第 3 份")


async def test_a_change_that_cannot_be_changes_nothing(chat: Chat):
    await chat.says("8:00 免打扰 22:00-7:00")
    assert "落在免打扰" in await chat.says("改 1 23:00 9题")
    [kept] = await chat.subscriptions()
    assert (kept.minute, kept.count) == (480, 5)


async def test_other_zones_and_official_days(chat: Chat):
    assert await chat.says("8:00 时区 Asia/Tokyo 法律") == (
        "好，第 1 份：每天 08:00（Asia/Tokyo），法律 5 题，小结 21:30。下次明天 08:00。"
    )
    [tokyo] = await chat.subscriptions()
    assert tokyo.next_at == datetime(2026, 11, 27, 23, 0, tzinfo=UTC)
    assert "2027 年的放假安排还没有" in await chat.says("8:00 法定工作日")


async def test_in_private_everybody_has_ones_own(chat: Chat):
    assert (await chat.says("7:00", lane="qq:300")).startswith("好，第 1 份")
    assert await chat.says("") == words.NONE_HERE
    [mine] = await chat.subscriptions()
    assert (mine.lane, mine.group_id) == ("qq:300", None)


async def test_one_now_an_hour(chat: Chat):
    await chat.says("8:00")
    assert await chat.says("现在") == words.NOW
    assert chat.looked == 1
    chat.now += timedelta(minutes=59)
    assert await chat.says("现在") == words.NOW_AGAIN
    chat.now += timedelta(minutes=2)
    assert await chat.says("现在") == words.NOW


async def test_stopping_is_confirmed_once(chat: Chat):
    await chat.says("8:00")
    await chat.says("9:00")
    [_, second] = await chat.subscriptions()
    async with chat.sessions.begin() as session:
        session.add(
            Delivery(
                subscription_id=second.id,
                local_date=FRIDAY.date(),
                state="sent",
                message_id="77",
                planned_at=FRIDAY,
                next_at=FRIDAY,
            )
        )
    stopping, confirming = chat.stopping, chat.incoming(words.CONFIRM)
    assert (await stopping.ask(chat.incoming("退订"))).startswith("这里有 2 份每日一练")
    assert not stopping.may_confirm(confirming)
    quoting = chat.incoming("退订", quoted="77")
    assert await stopping.concerns(quoting, addressed=False)
    assert not await stopping.concerns(chat.incoming("退订", quoted="78"), addressed=False)
    assert await stopping.ask(quoting) == words.STOP_CHECK.format("每天 09:00")
    assert stopping.keep(confirming) == words.GOES_ON
    assert not stopping.may_confirm(confirming)
    await stopping.ask(quoting)
    assert stopping.may_confirm(confirming)
    assert (await stopping.confirm(confirming)).startswith("好，停了。")
    assert [one.state for one in await chat.subscriptions()] == ["active", "stopped"]
    assert not stopping.may_confirm(confirming)
    # A push of what is stopped already says nothing of the other one.
    assert await stopping.ask(quoting) == words.STOPPED_ALREADY
    assert await stopping.ask(chat.incoming("退订")) == words.STOP_CHECK.format("每天 08:00")
    chat.now += timedelta(minutes=6)
    assert not stopping.may_confirm(confirming)


async def test_the_record_gives_reasons(chat: Chat):
    await chat.says("8:00")
    assert await chat.says("记录") == words.NO_DELIVERIES
    [one] = await chat.subscriptions()

    def made(day: int, state: str, reason: str = "", sent_at: datetime | None = None) -> Delivery:
        at = datetime(2026, 11, day, tzinfo=UTC)
        return Delivery(
            subscription_id=one.id,
            local_date=at.date(),
            state=state,
            reason=reason,
            sent_at=sent_at,
            planned_at=at,
            next_at=at,
        )

    async with chat.sessions.begin() as session:
        session.add_all(
            [
                made(23, "missed", "down"),
                made(24, "missed", "muted"),
                made(25, "perhaps", "unconfirmed"),
                made(26, "sent", sent_at=datetime(2026, 11, 26, 1, 10, tzinfo=UTC)),
                made(27, "skipped", "nothing"),
            ]
        )
    assert (await chat.says("记录")).splitlines() == [
        "11-27 08:00　第 1 份题目　没发：没有合适的题",
        "11-26 08:00　第 1 份题目　发了（09:10）",
        "11-25 08:00　第 1 份题目　可能发了：平台没有确认",
        "11-24 08:00　第 1 份题目　没发成：机器人被禁言",
        "11-23 08:00　第 1 份题目　没发成：机器人当时没在运行",
    ]
    # What is stopped stays on record, also beside the next one of its number.
    await chat.says("停 1")
    assert (await chat.says("记录")).startswith("11-27 08:00　第 1 份（已停）题目　没发")
    await chat.says("开 9:00")
    assert (await chat.says("记录 1")).startswith("11-27 08:00　第 1 份（已停）题目　没发")
    assert await chat.says("记录 7") == words.NO_NUMBER.format(7)

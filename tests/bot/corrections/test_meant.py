"""What a correction is about: a number, a quoted message of ours, or the newest thing that was asked or told here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.services.corrections import Refused
from bot.services.corrections.meant import Meanings, Meant
from bot.services.incoming import Incoming, Quoted
from bot.services.quiz import words
from bot.services.quoting import QuotedReplies
from store import digests, quizzes
from store.journal import Journal
from store.models import Ask, Delivery, Question, QuizAnswer, Subscription, now
from tests.bot.review.scene import ACCOUNT, CHOICE, CHOICE_ASKED, GROUP, JUDGE, SHORT, Scene

MEMBER = "qq:100"


class Group:
    """Games and digests of the scene's group, as far as the database tells of them."""

    def __init__(self, scene: Scene, meanings: Meanings) -> None:
        self.scene, self.meanings, self.at = scene, meanings, now()

    async def about(self, text: str, *, quotes: Quoted | None = None, member: str = MEMBER) -> Meant:
        incoming = Incoming(ACCOUNT, member, text, GROUP, quoted=quotes, received_at=self.at)
        return await self.meanings.of(incoming, text)

    async def game(
        self,
        questions: Sequence[int],
        *,
        told: datetime | None,
        state: str = "settled",
        lane: str = GROUP,
        played: bool = False,
    ):
        async with self.scene.sessions.begin() as session:
            rows = (await session.scalars(select(Question).where(Question.id.in_(questions)))).all()
            values = {"account": ACCOUNT, "lane": lane, "group_id": lane, "mode": "race", "limit_s": 60}
            values |= {"state": "ended", "started_by": MEMBER, "started_at": self.at - timedelta(hours=1)}
            quiz = await quizzes.begin(session, values, [(row.id, quizzes.asked(row)) for row in rows])
            for item in await quizzes.items(session, quiz.id):
                item.state, item.settled_at = state if told else "open", told
                if played:
                    said = {"item_id": item.id, "member_id": MEMBER, "text": "B", "right": False, "took_ms": 1}
                    session.add(QuizAnswer(id=item.id, **said))

    async def digest(self, questions: Sequence[int], *, answered: int = 0, over: bool = False) -> Quoted:
        async with self.scene.sessions.begin() as session:
            subscription = Subscription(
                account=ACCOUNT, lane=GROUP, group_id=GROUP, number=1, minute=480, count=3, next_at=self.at, made_by="1"
            )
            session.add(subscription)
            await session.flush()
            delivery = Delivery(
                subscription_id=subscription.id,
                kind="digest",
                local_date=self.at.date(),
                planned_at=self.at,
                next_at=self.at,
                message_id="push1",
                state="sent",
            )
            session.add(delivery)
            await session.flush()
            rows = (await session.scalars(select(Question).where(Question.id.in_(questions)))).all()
            kept = await digests.begin(
                session,
                {
                    "account": ACCOUNT,
                    "lane": GROUP,
                    "group_id": GROUP,
                    "limit_s": 60,
                    "started_by": "",
                    "started_at": self.at,
                },
                {
                    "subscription_id": subscription.id,
                    "delivery_id": delivery.id,
                    "day": self.at.date(),
                    "closes_at": self.at + timedelta(hours=-1 if over else 12),
                },
                [(row.id, quizzes.asked(row)) for row in rows],
            )
            delivery.digest_id = kept.quiz.id
            session.add_all(
                QuizAnswer(id=item.id, item_id=item.id, member_id=MEMBER, text="A", right=True, took_ms=1)
                for item in kept.items[:answered]
            )
        return Quoted("push1", ours=True)


@pytest.fixture
async def group(scene: Scene):
    await scene.add(CHOICE, SHORT, JUDGE)
    async with Journal(scene.sessions.kw["bind"], linger_s=0) as journal:
        yield Group(scene, Meanings(scene.sessions, QuotedReplies(scene.sessions, journal)))


async def test_a_number_of_the_bank_names_the_question(group: Group):
    assert await group.about("#2 《史记》 理由：课本") == Meant("《史记》 理由：课本", question_id=2)
    assert await group.about("＃2，《史记》") == Meant("《史记》", question_id=2)


async def test_the_newest_of_what_was_asked_and_what_was_told_is_meant(group: Group):
    with pytest.raises(Refused, match=r"没找到要纠正的回答.*/纠错 #123"):
        await group.about("B")
    await group.game([1], told=group.at - timedelta(minutes=10))
    assert await group.about("B") == Meant("B", question_id=1)
    ask = await group.scene.ask(CHOICE_ASKED, question_id=1, reply="选 A", age_s=300)
    assert await group.about("B") == Meant("B", ask_id=ask)
    # A game that goes on beside it is not meant by who asked, unless it plays as well.
    await group.game([3], told=group.at - timedelta(minutes=2))
    assert await group.about("B") == Meant("B", ask_id=ask)
    assert await group.about("错", member="qq:101") == Meant("错", question_id=3)
    await group.game([2], told=group.at - timedelta(minutes=1), state="skipped", played=True)
    assert await group.about("《史记》") == Meant("《史记》", question_id=2)


async def test_thanks_are_no_question_to_be_corrected(group: Group):
    ask = await group.scene.ask(CHOICE_ASKED, question_id=1, reply="选 A", age_s=300)
    thanks = await group.scene.ask("谢谢", reply="不客气，接着问。", state="refused", reason="courtesy", age_s=200)
    assert await group.about("B") == Meant("B", ask_id=ask)
    with pytest.raises(Refused, match="没有题目"):
        await group.scene.report(thanks, "B")


async def test_games_of_other_chats_of_long_ago_and_open_questions_are_not_meant(group: Group):
    await group.game([1], told=group.at - timedelta(minutes=31))
    await group.game([2], told=group.at - timedelta(minutes=1), lane="qq:501")
    await group.game([3], told=None)
    with pytest.raises(Refused):
        await group.about("B")


async def test_a_quoted_message_of_a_game_means_the_question_whose_key_it_told(group: Group):
    for number, minutes in ((1, 30), (2, 20), (3, 10)):
        await group.game([number], told=group.at - timedelta(minutes=minutes))
    async with group.scene.sessions() as session:
        choice, short, judge = [quizzes.asked(await session.get_one(Question, number)) for number in (1, 2, 3)]
    following = words.question(short, number=2, count=3, limit_s=60)
    shown = {
        f"✓ 成员 答对了\n{words.reveal(choice)}\n\n{following}": 1,
        following: 2,
        f"没人答。\n{words.reveal(short)}": 2,
        words.reveal(judge): 3,
    }
    for at, (text, number) in enumerate(shown.items()):
        quotes = Quoted(f"game{at}", ours=True, text=text)
        assert await group.about("B", quotes=quotes) == Meant("B", question_id=number), text
    with pytest.raises(Refused):
        await group.about("B", quotes=Quoted("m1", ours=False, text=words.reveal(choice)))


async def test_of_a_days_set_the_number_says_which_and_only_once_its_key_was_told(group: Group):
    quotes = await group.digest([1, 2], answered=1)
    with pytest.raises(Refused, match="写上题号"):
        await group.about("B", quotes=quotes)
    with pytest.raises(Refused, match="写上题号"):
        await group.about("3 B", quotes=quotes)
    with pytest.raises(Refused, match="还没揭晓"):
        await group.about("1 B", quotes=quotes)
    with pytest.raises(Refused, match="还没揭晓"):
        await group.about("第1题 B", quotes=quotes, member="qq:101")


@pytest.mark.parametrize("text", ["2 《史记》", "第2题：《史记》", "2、《史记》", "第 2 题《史记》"])
async def test_a_days_set_may_be_corrected_by_who_answered_it_all(group: Group, text: str):
    quotes = await group.digest([1, 2], answered=2)
    assert await group.about(text, quotes=quotes) == Meant("《史记》", question_id=2)


async def test_when_the_day_is_over_everybody_may(group: Group):
    quotes = await group.digest([1, 2], over=True)
    assert await group.about("1B", quotes=quotes, member="qq:101") == Meant("B", question_id=1)
    assert await group.about("#3 错", quotes=quotes) == Meant("错", question_id=3)


async def test_a_set_of_one_question_needs_no_number(group: Group):
    quotes = await group.digest([2], over=True)
    assert await group.about("1949", quotes=quotes) == Meant("1949", question_id=2)


async def test_an_answer_that_quotes_a_stem_stays_an_answer(group: Group):
    await group.game([1], told=group.at)
    ask = await group.scene.ask("类似的题？", reply=f"相近题：{CHOICE['stem']}", age_s=540)
    async with group.scene.sessions.begin() as session:
        (await session.get_one(Ask, ask)).reply_message_id = "r1"
    quotes = Quoted("r1", ours=True, text=f"相近题：{CHOICE['stem']}")
    assert await group.about("B", quotes=quotes) == Meant("B", ask_id=ask)


@given(st.text(max_size=60))
def test_no_text_breaks_the_numbers(text: str):
    from bot.services.corrections import meant

    for pattern in (meant._OF_BANK, meant._OF_SET):  # pyright: ignore[reportPrivateUsage]
        found = pattern.fullmatch(text)
        assert found is None or text.endswith(found["text"])

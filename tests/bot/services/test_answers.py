"""The answer engine with a real database and a real model server on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

import pytest
from sqlalchemy import select

from bot.config import BotConfig
from bot.services import replies
from bot.services.answer import Answer
from bot.services.answers import AnswerService
from bot.services.bank import Bank
from bot.services.changing import Changing
from bot.services.downloads import Downloader
from bot.services.explaining import ExplainService
from bot.services.incoming import Incoming, Quoted
from bot.services.meant_question import NO_QUESTION, MeantQuestion
from bot.services.metrics import Metrics
from bot.services.model_answers import ModelAnswers
from bot.services.passport import Passport, in_words
from bot.services.photos.reader import PhotoReader
from bot.services.quoting import QuotedReplies
from inference.calibration import Calibration
from inference.client import ModelClient
from inference.config import InferenceConfig
from store.cache import MemoryCache
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from store.journal import Journal
from store.models import Ask, Question
from store.wording import fingerprint, stem_hash
from tests.fakes import ModelServer


class World:
    """An answer service and what it stands on."""

    def __init__(self, answers: AnswerService, journal: Journal, sessions, server: ModelServer) -> None:
        self.answers, self.journal, self.sessions, self.server = answers, journal, sessions, server
        self.explaining = ExplainService(sessions, QuotedReplies(sessions, journal))

    async def ask(self, text: str, **more) -> Answer:
        return await self.answers.answer(asked(text, **more))

    async def stored(self, ask_id: int) -> Ask:
        await self.journal.flush()
        async with self.sessions() as session:
            return await session.get_one(Ask, ask_id)


def asked(text: str, **more) -> Incoming:
    return Incoming(account="qq:1", member_id="qq:2", group_id="qq:3", text=text, **more)


async def _meant(stack: AsyncExitStack) -> MeantQuestion:
    reader = await stack.enter_async_context(PhotoReader())
    return MeantQuestion(reader, await stack.enter_async_context(Downloader()), MemoryCache())


@pytest.fixture
async def make_world(database_url: str) -> AsyncIterator:
    async with AsyncExitStack() as stack:

        async def make(
            *,
            model: bool = True,
            learning: bool = False,
            calibration: Calibration | None = None,
            longest_prompt: int = 7680,
            **config,
        ) -> World:
            engine = open_engine(database_url, StoreConfig())
            stack.push_async_callback(engine.dispose)
            sessions = open_sessions(engine)
            async with sessions.begin() as session:
                stem = "我国最早的诗歌总集是？"
                known = Question(
                    kind="short", stem=stem, answer="《诗经》", explanation="共三百零五篇。", source="测试卷"
                )
                known.fingerprint, known.stem_hash = fingerprint(stem, []), stem_hash(stem)
                session.add(known)
                stem, options = "下列朝代中最早的是（ ）。", ["夏", "商", "周", "秦"]
                choice = Question(kind="single", stem=stem, options=options, answer="A", source="测试卷")
                choice.fingerprint, choice.stem_hash = fingerprint(stem, options), stem_hash(stem)
                session.add(choice)
            bank = Bank(sessions)
            await bank.refresh()
            server = await stack.enter_async_context(ModelServer())
            client = ModelClient(InferenceConfig(base_url=server.url, round="7", total_timeout_s=5))
            journal = await stack.enter_async_context(Journal(engine, linger_s=0.01))
            settings = BotConfig(**config)
            said = ModelAnswers(
                await stack.enter_async_context(client),
                Changing(limit_s=settings.answer_limit_s, wait_s=0),
                learning=lambda: learning,
                calibration_of={"7": calibration}.get,
            )
            answers = AnswerService(
                bank=bank,
                model=said if model else None,
                journal=journal,
                quoted=QuotedReplies(sessions, journal),
                config=settings,
                metrics=Metrics(),
                meant=await _meant(stack),
                longest_prompt=longest_prompt,
            )
            return World(answers, journal, sessions, server)

        yield make


async def test_a_bank_hit_is_stored_as_it_was_said(make_world):
    world = await make_world()
    answer = await world.ask("我国最早的诗歌总集是", message_id="-7")
    assert answer.text == "《诗经》\n共三百零五篇。\n—— 题库 #1"
    assert world.server.requests == 0
    stored = await world.stored(answer.ask_id)
    assert (stored.state, stored.reply, stored.question_id, stored.message_id) == ("answered", answer.text, 1, "-7")
    assert stored.passport is not None
    assert stored.passport["source"] == "bank"
    words = await world.explaining.explain(asked("为什么"))
    assert "来源：题库 #1（测试卷）" in words


async def test_a_reply_can_be_quoted_before_the_platform_has_confirmed_it(make_world):
    world = await make_world()
    answer = await world.ask("我国最早的诗歌总集是")
    quick = asked("为什么", quoted=Quoted("r1", ours=True))
    explained = asyncio.create_task(world.explaining.explain(quick))
    await asyncio.sleep(0.15)
    await world.answers.delivered(answer.ask_id, "r1")
    assert "来源：题库 #1" in await explained
    assert await world.explaining.explain(asked("为什么", quoted=Quoted("r2", ours=False))) == (
        replies.NOTHING_TO_EXPLAIN
    )


async def test_the_model_answers_what_the_bank_does_not_know(make_world):
    world = await make_world()
    answer = await world.ask("中国近代史上的转折是哪件事")
    assert answer.text == f"{world.server.answer}\n—— 模型作答，仅供参考"
    assert (answer.passport.source, answer.passport.round) == ("model", "7")
    assert answer.passport.confidence == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("mode", "sentence", "reason"),
    [
        ("500", replies.MODEL_DOWN, "model_http_500"),
        ("reset", replies.MODEL_DOWN, "model_reset"),
        ("429", replies.MODEL_BUSY, "model_busy"),
        ("401", replies.MODEL_ODD, "model_rejected"),
        ("malformed", replies.MODEL_ODD, "model_malformed"),
        ("empty", replies.MODEL_ODD, "model_malformed"),
        ("hang", replies.MODEL_SLOW, "model_timeout"),
    ],
)
async def test_a_failing_model_is_one_sentence_and_a_record(make_world, mode: str, sentence: str, reason: str):
    world = await make_world(answer_limit_s=0.6)
    world.server.mode = mode
    answer = await world.ask("没人知道的题是")
    assert (answer.state, answer.text, answer.reason) == ("failed", sentence, reason)
    assert (await world.stored(answer.ask_id)).state == "failed"
    world.server.mode = "ok"
    assert (await world.ask("没人知道的题是")).state == "answered"


async def test_while_the_model_learns_the_bank_answers_and_the_rest_is_told_why(make_world):
    world = await make_world(learning=True)
    world.server.mode = "reset"
    answer = await world.ask("没人知道的题是")
    assert (answer.state, answer.text, answer.reason) == ("failed", replies.MODEL_LEARNING, "model_learning")
    assert (await world.ask("我国最早的诗歌总集是")).state == "answered"


@pytest.mark.parametrize(
    ("text", "reason", "sentence"),
    [
        ("你好", "courtesy", replies.HELP),
        ("谢谢！", "courtesy", "不客气"),
        ("0", "stray", replies.NOTHING_ASKED),
        ("结束", "stray", replies.NOTHING_ASKED),
        ("  ", "empty", replies.EMPTY),
        ("😀", "no_question", NO_QUESTION),
        ("题" * 101, "too_long", "101 字"),
        ("从来没有问过的事是", "not_in_bank", replies.NOT_IN_BANK),
    ],
)
async def test_refusals_say_why(make_world, text: str, reason: str, sentence: str):
    world = await make_world(model=False, max_question_chars=100)
    answer = await world.ask(text)
    assert (answer.state, answer.reason) == ("refused", reason)
    assert sentence in answer.text
    assert (await world.stored(answer.ask_id)).reason == reason


async def test_a_model_that_is_unsure_is_not_quoted(make_world):
    world = await make_world()
    world.server.answer = "没有把握"
    answer = await world.ask("没人知道的题是")
    assert (answer.state, answer.text, answer.passport.source) == ("refused", replies.UNSURE, "none")


HUMBLE = Calibration(points=((0.2, 0.1), (0.8, 0.7)), answers=100, cut=0.5)


async def test_a_calibrated_confidence_is_how_often_such_answers_are_right(make_world):
    world = await make_world(calibration=HUMBLE.model_copy(update={"cut": 0.3}))
    passport = (await world.ask("没人知道的题是")).passport
    assert (passport.confidence, passport.token_probability) == (pytest.approx(0.4), pytest.approx(0.5))
    assert "把握：40%（按它在没学过的题上的成绩算），仅供参考" in in_words(passport)
    assert "50%（模型自己说的，没有校准过）" in in_words(Passport(source="model", confidence=0.5))


async def test_what_is_too_likely_to_be_wrong_is_kept_from_the_member_and_for_the_reviewer(make_world):
    world = await make_world(calibration=HUMBLE)
    answer = await world.ask("没人知道的题是")
    assert (answer.state, answer.text, answer.reason) == ("refused", replies.UNSURE, "low_confidence")
    stored = await world.stored(answer.ask_id)
    assert stored.passport["withheld"] == world.server.answer
    assert world.server.answer not in stored.reply
    await world.answers.delivered(answer.ask_id, "r1")
    words = await world.explaining.explain(asked("为什么", quoted=Quoted("r1", ours=True)))
    assert words == "这次没有给出答案：模型的把握只有 40%，太低，没有拿出来。"


async def test_nothing_that_may_be_withheld_is_streamed(make_world):
    world = await make_world(calibration=HUMBLE)
    async with aclosing(world.answers.stream(asked("没人知道的题是"))) as parts:
        (answer,) = [part async for part in parts]
    assert answer.reason == "low_confidence"


@pytest.mark.parametrize("calibration", [None, Calibration(answers=3)])
async def test_a_model_without_a_calibration_is_taken_at_its_word(make_world, calibration):
    world = await make_world(calibration=calibration)
    passport = (await world.ask("没人知道的题是")).passport
    assert (passport.confidence, passport.token_probability) == (pytest.approx(0.5), None)


async def test_a_server_without_probabilities_is_not_refused_for_it(make_world):
    world = await make_world(calibration=HUMBLE)
    world.server.logprob = None
    answer = await world.ask("没人知道的题是")
    assert (answer.state, answer.passport.confidence) == ("answered", None)


OTHER_OPTIONS = "下列朝代中最早的是（ ）。\nA. 唐\nB. 宋\nC. 元\nD. 明"


async def test_a_question_that_is_near_comes_along_with_its_answer(make_world):
    world = await make_world()
    await world.ask(OTHER_OPTIONS)
    asked_ = world.server.bodies[-1]["messages"][-1]["content"]
    assert "1. 下列朝代中最早的是( )。\nA. 夏\nB. 商\nC. 周\nD. 秦\n答案:A. 夏\n" in asked_
    assert asked_.index("都是别的题") < asked_.index("要答的题目：\n下列朝代中最早的是( )。\nA. 唐")


async def test_what_leaves_no_room_for_an_answer_is_left_out_or_refused(make_world):
    world = await make_world(longest_prompt=620)
    await world.ask(OTHER_OPTIONS)
    assert "答案" not in world.server.bodies[-1]["messages"][-1]["content"]
    answer = await world.ask("很长的题" * 100)
    assert (answer.state, answer.reason) == ("refused", "too_long")
    assert answer.text == "这条有 400 字，太长了。一次发一道题，40 字以内。"
    assert world.server.requests == 1


async def test_odd_characters_are_stored(make_world):
    world = await make_world(model=False)
    answer = await world.ask("题\x00目\ud800是什么")
    assert (await world.stored(answer.ask_id)).text == "题目?是什么"


async def test_a_follow_up_carries_the_exchange_it_quotes(make_world):
    world = await make_world()
    first = await world.ask("中国近代史上的转折是哪件事")
    await world.answers.delivered(first.ask_id, "55")
    await world.journal.flush()
    await world.ask("那年是哪一年", quoted=Quoted("55", ours=True))
    sent = world.server.bodies[-1]["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant", "user"]
    assert sent[1]["content"] == "中国近代史上的转折是哪件事"


async def test_who_leaves_is_recorded_and_frees_the_model(make_world):
    world = await make_world()
    world.server.mode = "hang"
    task = asyncio.create_task(world.ask("没人知道的题是"))
    while not world.server.in_flight:  # noqa: ASYNC110  the server's counters have no events
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await world.journal.flush()
    async with world.sessions() as session:
        ask = (await session.scalars(select(Ask))).one()
    assert (ask.state, ask.reason) == ("failed", "asker_left")


async def test_a_stream_ends_with_the_answer(make_world):
    world = await make_world()
    async with aclosing(world.answers.stream(asked("中国近代史上的转折是哪件事"))) as parts:
        *pieces, answer = [part async for part in parts]
    assert "".join(pieces) == world.server.answer
    assert isinstance(answer, Answer)
    assert answer.text.startswith(world.server.answer)


async def test_a_stream_that_breaks_ends_with_a_sentence(make_world):
    world = await make_world(answer_limit_s=1)
    world.server.mode = "hang_mid"
    async with aclosing(world.answers.stream(asked("没人知道的题是"))) as parts:
        *_, answer = [part async for part in parts]
    assert isinstance(answer, Answer)
    assert (answer.state, answer.text) == ("failed", replies.MODEL_SLOW)

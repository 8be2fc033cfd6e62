"""What members correct and rate, and what reviewers make of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.services.corrections import ContributionLedger, CorrectionService, WithdrawService
from bot.services.corrections.chat import ChatCorrections
from bot.services.corrections.feedback import FeedbackService
from bot.services.notices import NoticeService
from bot.services.review.deciding import DecisionService
from bot.services.review.desk import ReviewDesk
from bot.services.review.intake import ReviewIntake
from bot.services.review.opinion import OpinionService
from bot.services.review.queue import QueueService
from bot.services.review.undoing import UndoService
from bot.services.tempting.proposing import Proposer
from bot.wiring.base import Base
from bot.wiring.jobs import running


@dataclass(frozen=True, slots=True)
class Reviewing:
    feedback: FeedbackService
    withdrawing: WithdrawService
    corrections: ChatCorrections
    desk: ReviewDesk
    notices: NoticeService


@asynccontextmanager
async def open_reviewing(base: Base) -> AsyncGenerator[Reviewing]:
    """Corrections by chat and page, and the reviewers' queue that fills itself."""
    config, sessions, reviewers = base.config, base.sessions, base.reviewers
    corrections = CorrectionService(sessions)
    feedback = FeedbackService(sessions, corrections)
    withdrawing = WithdrawService(sessions)
    intake = ReviewIntake(sessions, low_confidence=config.low_confidence)
    opinions = OpinionService(sessions, base.model)
    proposer = Proposer(sessions, base.model, per_hour=config.temptations_per_hour)
    votes = config.overturn_votes
    async with running(intake.watch(config.review_poll_s), proposer.watch()):
        yield Reviewing(
            feedback=feedback,
            withdrawing=withdrawing,
            corrections=ChatCorrections(
                sessions,
                quoted=base.quoted,
                corrections=corrections,
                withdrawing=withdrawing,
                ledger=ContributionLedger(sessions),
                feedback=feedback,
            ),
            desk=ReviewDesk(
                reviewers=reviewers,
                queue=QueueService(sessions, reviewers, opinions, base.index, overturn_votes=votes),
                decisions=DecisionService(sessions, reviewers, overturn_votes=votes),
                undoing=UndoService(sessions),
                intake=intake,
                bank=base.bank,
            ),
            notices=NoticeService(sessions),
        )

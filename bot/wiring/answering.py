"""Answers to members: from the bank, else from the model that serves, now and then from two models."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.services.answers import AnswerService
from bot.services.arena import Battles, Ring
from bot.services.calibrations import Calibrations
from bot.services.changing import Changing
from bot.services.explaining import ExplainService
from bot.services.meant_question import MeantQuestion
from bot.services.model_answers import ModelAnswers
from bot.services.releases import Follower
from bot.wiring.base import Base
from bot.wiring.jobs import running
from inference.budget import longest_prompt
from inference.client import ModelClient
from settings import is_loopback, secret


@dataclass(frozen=True, slots=True)
class Answering:
    meant: MeantQuestion
    answers: AnswerService
    explaining: ExplainService
    ring: Ring
    battles: Battles


@asynccontextmanager
async def open_answering(base: Base) -> AsyncGenerator[Answering]:
    """The answer service, behind whatever model serves."""
    config, inference = base.config, base.inference
    calibrations = Calibrations()
    changing = Changing(limit_s=config.answer_limit_s, wait_s=inference.change_wait_s)
    meant = MeantQuestion(base.photos, base.downloader, base.cache)
    # Nobody named a server: the one of `gongkao serve` answers, once there is one.
    follower = None if inference.base_url else Follower(base.sessions, base.model, changing, calibrations)
    async with AsyncExitStack() as stack:
        # A server of its own: that one's failures and its queue are not the serving model's.
        rival = await stack.enter_async_context(
            ModelClient(inference.model_copy(update={"base_url": ()}), api_key=secret("GONGKAO_MODEL_API_KEY"))
        )
        ring = Ring(base.sessions, rival, percent=config.battle_percent)
        await ring.look()
        battles = Battles(base.sessions, ring, base.quoted)
        model = ModelAnswers(
            base.model,
            changing,
            learning=lent(base.settings.home, inference.base_url) if follower is None else lambda: follower.learning,
            calibration_of=calibrations.of,
            battles=battles,
        )
        answers = AnswerService(
            bank=base.bank,
            model=model,
            journal=base.journal,
            quoted=base.quoted,
            config=config,
            longest_prompt=longest_prompt(inference.session_len, inference.max_tokens),
            metrics=base.metrics,
            meant=meant,
            count=base.model.count_tokens,
        )
        if follower is not None:
            await follower.look()
        jobs = [ring.watch(), *([] if follower is None else [follower.watch()])]
        await stack.enter_async_context(running(*jobs))
        yield Answering(meant, answers, ExplainService(base.sessions, base.quoted), ring, battles)


def lent(home: Path, urls: Sequence[str]) -> Callable[[], bool]:
    """Whether the model server at *urls* made way for a training: one of this machine may have."""
    if sys.platform == "win32" or not any(is_loopback(urlsplit(url).hostname or "") for url in urls):
        return lambda: False  # Windows has no such locks, and no model server of ours
    from inference.serving.turns import PLACE, GpuTurn

    return GpuTurn(home / PLACE).wanted

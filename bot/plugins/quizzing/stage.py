"""The chats that games are played in, and games that go on when the bot is connected again."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from loguru import logger
from nonebot import get_driver
from nonebot.adapters import Bot
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters.doors import Choice, PollDoor
from bot.plugins.core.accounts import chat, connected, door_of
from bot.plugins.quizzing.ballot import PRESS, poll_of
from bot.runtime import services
from bot.services.quiz import words
from store.models import Quiz, QuizItem

taking_up: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
"""Held while games of an account are taken up: what was pressed meanwhile waits, nobody can press it again."""


class Stage:
    """Speaks through whichever account a game is played with."""

    def __init__(self) -> None:
        self._stopping: set[asyncio.Task[None]] = set()

    async def say(self, quiz: Quiz, text: str, picture: bytes = b"", asks: QuizItem | None = None) -> bool:
        """As :class:`~bot.services.quiz.course.Outlet` has it."""
        door = connected().get(quiz.account)
        if door is None:
            logger.warning("quiz {} cannot speak: its account is not connected", quiz.id)
            return False
        try:
            where = chat(quiz.account, quiz.lane, quiz.group_id)
            if asks and isinstance(door, PollDoor) and (poll := poll_of(quiz, asks, text)):
                await door.ask(where, text, poll)
            else:
                await door.say(where, text, picture, choices=choices_of(asks) if asks else ())
        except Exception as error:  # noqa: BLE001 - a game must not stand still for it
            # It may have gone out: never said twice.
            logger.warning("quiz {}: not confirmed by the platform: {}", quiz.id, type(error).__name__)
            return False
        return True

    def over(self, quiz: Quiz, item: QuizItem) -> None:
        """As :class:`~bot.services.quiz.course.Outlet` has it."""
        door = connected().get(quiz.account)
        if isinstance(door, PollDoor):
            # Nobody waits for it to hear who was right.
            task = asyncio.create_task(door.stop_polls(f"{PRESS}:{item.id}"))
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)


def choices_of(item: QuizItem) -> tuple[Choice, ...]:
    """What to press instead of writing the answer; none where it is no single letter or word."""
    match item.asked["kind"]:
        case "single":
            says: Sequence[str] = words.LETTERS[: len(item.asked["options"])]
        case "judge":
            says = item.asked["options"] or ("对", "错")
        case _:
            says = ()
    return tuple(Choice(one, one, f"{PRESS}:{item.id}") for one in says)


driver = get_driver()


@driver.on_bot_connect
async def _take_up(bot: Bot) -> None:
    door = door_of(bot)
    if door is None:
        return
    if isinstance(door, PollDoor):
        door.keep_polls(services().practice.polls)
    async with taking_up[door.account]:
        try:
            services().practice.quizzes.outlet = Stage()
            if count := await services().practice.quizzes.take_up(door.account):
                logger.info("{} quizzes go on", count)
        except (SQLAlchemyError, OSError) as error:
            logger.error("quizzes could not be taken up: {}", type(error).__name__)


@driver.on_shutdown
async def _leave() -> None:
    services().practice.quizzes.leave()

"""The chats that games are played in, and games that go on when the bot is connected again."""

from __future__ import annotations

from loguru import logger
from nonebot import get_driver
from nonebot.adapters.onebot.v11 import Bot
from sqlalchemy.exc import SQLAlchemyError

from bot.adapters import onebot11
from bot.plugins.core.accounts import connected, place
from bot.runtime import services
from store.models import Quiz


class Stage:
    """Speaks through whichever account a game is played with."""

    async def say(self, quiz: Quiz, text: str, picture: bytes = b"") -> bool:
        """Show *text*; whether it went out."""
        bot = connected().get(quiz.account)
        if bot is None:
            logger.warning("quiz {} cannot speak: its account is not connected", quiz.id)
            return False
        try:
            user, group = place("" if quiz.group_id else quiz.lane, quiz.group_id)
            await onebot11.say(bot, text, user_id=user, group_id=group, picture=picture)
        except Exception as error:  # noqa: BLE001 - a game must not stand still for it
            # It may have gone out: never said twice.
            logger.warning("quiz {}: not confirmed by the platform: {}", quiz.id, type(error).__name__)
            return False
        return True


driver = get_driver()


@driver.on_bot_connect
async def _take_up(bot: Bot) -> None:
    try:
        services().quizzes.outlet = Stage()
        if count := await services().quizzes.take_up(onebot11.account(bot)):
            logger.info("{} quizzes go on", count)
    except (SQLAlchemyError, OSError) as error:
        logger.error("quizzes could not be taken up: {}", type(error).__name__)


@driver.on_shutdown
async def _leave() -> None:
    services().quizzes.leave()

"""A bot of Telegram as the plugins see it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from loguru import logger
from nonebot.adapters import Bot
from nonebot.adapters.telegram.event import PollAnswerEvent
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from bot.adapters.doors import Happening, Poll
from bot.adapters.generic.door import GenericDoor, called
from bot.adapters.telegram import polls
from bot.adapters.telegram.attachments import TelegramAttachments
from bot.adapters.unused import unused
from bot.services.polls import PollBook
from bot.services.sending.outlet import SendFailed
from bot.services.sending.post import Chat
from store.models import now

if TYPE_CHECKING:
    from nonebot.adapters.telegram.model import Message


class TelegramDoor(GenericDoor):
    """Questions go out as polls where they fit. Where polls are refused the text goes alone: every question can be
    answered by a letter, beside its poll too."""

    def __init__(self, bot: Bot) -> None:
        super().__init__(bot, TelegramAttachments(bot))
        self._book: PollBook | None = None
        self._opening: set[asyncio.Event] = set()
        """Polls that are under way: somebody may vote before they are in the book."""

    @override
    async def read(self, event: Any) -> Happening | None:
        return await self._vote(event) if isinstance(event, PollAnswerEvent) else await super().read(event)

    def keep_polls(self, book: PollBook) -> None:
        self._book = book

    async def ask(self, chat: Chat, text: str, poll: Poll) -> None:
        book = self._book
        if book is None or not polls.fits(poll):
            await self.say(chat, text)
            return
        await self.stop_polls(poll.about)
        question, left = polls.question(poll), text
        if poll.lead and question == poll.question:
            await self.say(chat, poll.lead)
            left = text.removeprefix(poll.lead).lstrip("\n")
        try:
            await self._open(book, chat, question, poll)
        except SendFailed as error:
            if error.perhaps:
                raise
            # Groups may allow text alone.
            logger.info("a poll was refused, its text goes instead: {}", error.code)
            await self.say(chat, left)

    async def stop_polls(self, about: str) -> None:
        if (book := self._book) is None:
            return
        await self._opened()
        try:
            left = await book.close(self.account, about)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("polls could not be stopped: {}", type(error).__name__)
            return
        for one in left:
            try:
                stop = cast("Any", self._bot).stop_poll
                await called(stop(chat_id=self._bare(one.lane), message_id=int(one.message_id)))
            except SendFailed as error:
                # Its time was over, somebody has deleted it, or it stays open: a vote in it says nothing.
                logger.debug("a poll was not stopped: {}", error.code)

    async def _open(self, book: PollBook, chat: Chat, question: str, poll: Poll) -> None:
        under_way = asyncio.Event()
        self._opening.add(under_way)
        try:
            send = cast("Any", self._bot).send_poll
            sent: Message = await called(send(chat_id=self._bare(chat.lane), question=question, **polls.written(poll)))
            if sent.poll is not None:
                await book.opened(chat, sent.poll.id, str(sent.message_id), about=poll.about, says=poll.says)
        except (SQLAlchemyError, OSError) as error:
            # It stands, but nobody would know whose votes they are.
            raise SendFailed("poll_not_kept") from error
        finally:
            self._opening.discard(under_way)
            under_way.set()

    async def _opened(self) -> None:
        """Every poll that was under way is in the book, or never will be."""
        for one in tuple(self._opening):
            await one.wait()

    async def _vote(self, event: PollAnswerEvent) -> Happening | None:
        if event.user is None or event.voter_chat is not None:
            unused("vote_of_nobody")  # a group or channel voted, or somebody in its name
            return None
        if not event.option_ids:
            unused("vote_taken_back")
            return None
        received_at = now()
        await self._opened()
        try:
            kept = await self._book.find(self.account, event.poll_id) if self._book is not None else None
        except (SQLAlchemyError, OSError) as error:
            unused("vote_not_looked_up", type(error).__name__)
            return None
        if kept is None:
            unused("vote_in_unknown_poll")
            return None
        return polls.read_vote(self._prefix, event, kept, received_at)


Door = TelegramDoor

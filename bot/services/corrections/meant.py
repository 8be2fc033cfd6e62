"""What a correction in a chat is about: an answer that was given, or a question that the bot asked and told the key of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections import words
from bot.services.corrections.reporting import Refused
from bot.services.importing.keys import LETTERS
from bot.services.incoming import Incoming, Quoted
from bot.services.quoting import QuotedReplies
from store import asks, digests, quizzes
from store.db import Sessions
from store.models import QuizItem

_OF_BANK = re.compile(r"\s*[#＃]\s*+(?P<number>\d{1,18})(?!\d)[\s,，:：]*+(?P<text>.*)", re.DOTALL)
_OF_SET = re.compile(
    r"\s*第?\s*+(?P<number>\d{1,2})(?:\s*+题[\s,，:：]*+|[\s.、:：)）]++|(?=[A-Ha-h对错正]))(?P<text>.*)", re.DOTALL
)
_KEY = re.compile(r"答案：([^\n]+)")
# A question that was not answered is worth the member's answer most of all.
CORRECTABLE = ("answered", "refused")
_FRESH = timedelta(minutes=30)
"""A question of a game that was settled earlier is no more what is talked about."""
_REMEMBERED = timedelta(days=7)
"""So long a quoted question of a game is looked for."""


@dataclass(frozen=True, slots=True)
class Meant:
    text: str
    """The answer, and perhaps the reason."""
    ask_id: int | None = None
    question_id: int | None = None
    """Of the bank; one of the two is there."""


class Meanings:
    """Finds out, for one correction at a time."""

    def __init__(self, sessions: Sessions, quoted: QuotedReplies) -> None:
        self._sessions = sessions
        self._quoted = quoted

    async def of(self, incoming: Incoming, text: str) -> Meant:
        """What *text* is about: a number of the bank in it (``#123``), else what is quoted, else the newest of what
        the member asked here and what a game here told the key of: with an answer of its own, if it asked lately.

        Raises:
            Refused: nothing that can be corrected, or a question whose key is not told yet.
        """
        if named := _OF_BANK.fullmatch(text):
            return Meant(named["text"], question_id=int(named["number"]))
        async with self._sessions() as session:
            found = await self._found(session, incoming, text)
        if found is None and incoming.quoted is not None:
            # Last, as it waits for a receipt that may be on its way.
            ask = await self._quoted.exchange(incoming)
            found = None if ask is None else Meant(text, ask_id=ask.id)
        if found is None:
            raise Refused(words.NOTHING_TO_CORRECT)
        return found

    async def _found(self, session: AsyncSession, incoming: Incoming, text: str) -> Meant | None:
        if incoming.quoted is None:
            return await _latest(session, incoming, text)
        account, quoted = incoming.account, incoming.quoted
        if (ask := await asks.by_reply(session, account=account, reply_message_id=quoted.message_id)) is not None:
            return Meant(text, ask_id=ask.id)
        if (kept := await digests.of_message(session, account, quoted.message_id)) is not None:
            return await _of_digest(session, kept, incoming, text)
        if not quoted.ours:
            return None
        since = incoming.received_at - _REMEMBERED
        told = await quizzes.told(session, account, incoming.lane, since=since)
        item = next((one for one in told if _shows(quoted, one)), None)
        return None if item is None else Meant(text, question_id=item.question_id)


async def _latest(session: AsyncSession, incoming: Incoming, text: str) -> Meant | None:
    ask = await asks.latest(
        session,
        account=incoming.account,
        group_id=incoming.group_id,
        member_id=incoming.member_id,
        states=CORRECTABLE,
    )
    since = incoming.received_at - _FRESH
    told = await quizzes.told(
        session, incoming.account, incoming.lane, since=max(since, ask.received_at) if ask else since
    )
    # Whoever asked something meanwhile means that, unless it also played: a game goes on beside other talk.
    if ask is not None and ask.received_at >= since:
        played = await quizzes.answered(session, incoming.member_id, [one.id for one in told])
        told = [one for one in told if one.id in played]
    if told:
        return Meant(text, question_id=told[0].question_id)
    return None if ask is None else Meant(text, ask_id=ask.id)


async def _of_digest(session: AsyncSession, kept: digests.Kept, incoming: Incoming, text: str) -> Meant:
    said = _OF_SET.fullmatch(text)
    number, rest = (int(said["number"]), said["text"]) if said else (1 if len(kept.items) == 1 else 0, text)
    item = next((one for one in kept.items if one.number == number and one.question_id is not None), None)
    if item is None:
        raise Refused(words.WHICH_OF_SET)
    if kept.open_at(incoming.received_at):
        answered = await digests.answered_by(session, kept.quiz.id, incoming.member_id)
        # Whoever has answered all of them may see the keys.
        if len(answered) < len(kept.items):
            raise Refused(words.NOT_TOLD_YET)
    return Meant(rest, question_id=item.question_id)


def _shows(quoted: Quoted, item: QuizItem) -> bool:
    """Whether the quoted message told the key of *item*; one that tells none may also have asked it."""
    asked = item.asked
    told = _KEY.search(quoted.text)
    if told is None:
        return asked["stem"] in quoted.text
    if asked["kind"] == "judge":
        return told[1].strip() == ("对" if asked["answer"] == "正确" else "错")
    keys = (
        [asked["options"][LETTERS.index(letter)] for letter in asked["answer"]]
        if asked["options"]
        else [asked["answer"]]
    )
    return all(key in told[1] for key in keys)

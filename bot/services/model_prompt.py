"""What the model is asked: the question, what the bank knows of its kind, and the talk it follows up on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.services.bank import Miss
from bot.services.incoming import Incoming
from bot.services.quoting import QuotedReplies
from bot.services.reading import Reading
from inference.budget import Count, fitted
from inference.prompts import question_text, reference_text
from inference.replies import Message

_MOST_REFERENCES = 3


class ModelPrompt:
    """Makes prompts of at most *limit* tokens; *count* counts those of a text, where the server can."""

    def __init__(self, quoted: QuotedReplies, *, limit: int, count: Count | None = None) -> None:
        self._quoted = quoted
        self._limit = limit
        self._count = count

    async def of(self, incoming: Incoming, reading: Reading, miss: Miss, *, today: date) -> list[Message]:
        """The conversation that asks what *incoming* asks, which the bank cannot answer.

        Raises:
            TooLong: the question alone leaves the model no room to answer.
        """
        stem = reading.stems[0] if reading.stems else ""
        question = question_text(stem, reading.options) if reading.options else incoming.text.strip()
        return await fitted(
            question,
            limit=self._limit,
            context=references(miss, today),
            previous=await self._previous(incoming),
            count=self._count,
        )

    async def _previous(self, incoming: Incoming) -> list[tuple[str, str]]:
        """The exchange that the message follows up on, when it quotes one of our replies."""
        if incoming.quoted is None or not incoming.quoted.ours:
            return []
        ask = await self._quoted.exchange(incoming)
        return [(ask.text, ask.reply)] if ask else []


def references(miss: Miss, today: date) -> Sequence[str]:
    """The nearest items of the bank with their answers, those that are sure; the nearest first.

    An item without a sure answer, or of a passage that the asker does not see, would only mislead.
    """
    sure = (
        item
        for item in miss.near
        if item.answer and item.status == "active" and item.holds_on(today) and not item.material
    )
    texts = [reference_text(item.kind, item.stem, item.answer, item.options) for item in sure]
    return texts[:_MOST_REFERENCES]

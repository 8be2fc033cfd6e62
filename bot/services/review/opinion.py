"""What the model thinks of a disputed answer: advice for the reviewer, never a vote."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.services.importing.keys import LETTERS
from inference.client import ModelClient
from inference.errors import InferenceError
from inference.prompts import is_unsure, opinion_messages, question_text
from store.db import Sessions
from store.models import Correction, ReviewItem
from store.reviews import lock_item

_LONGEST = 160
_LANE = "review"


class OpinionService:
    """Asks once per item and keeps what it heard."""

    def __init__(self, sessions: Sessions, model: ModelClient | None, *, limit_s: float = 8) -> None:
        self._sessions = sessions
        self._model = model
        self._limit_s = limit_s

    async def of(self, item: ReviewItem, made: Sequence[Correction]) -> str:
        """One or two sentences; empty without a model, and when it does not answer in time."""
        if item.opinion is not None:
            return str(item.opinion.get("text", ""))
        if self._model is None or not self._model.available:
            return ""
        candidates = list(dict.fromkeys(filter(None, (item.answered, *_plain(made)))))
        try:
            async with asyncio.timeout(self._limit_s):
                said = await self._model.complete(
                    opinion_messages(_laid_out(item), candidates or ["（没有候选答案）"]), lane=_LANE
                )
        except (InferenceError, TimeoutError):
            return ""
        flat = " ".join(said.text.split())
        text = "没有把握" if is_unsure(flat) else flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"
        opinion = {"text": text, "model": said.model, "round": said.round}
        async with self._sessions.begin() as session:
            row = await lock_item(session, item.id)
            if row is not None:
                row.opinion = opinion
        item.opinion = opinion
        return text


def _plain(made: Sequence[Correction]) -> list[str]:
    """What was proposed, without texts that try to talk to the model."""
    return [one.proposed for one in made if "instructions" not in one.flags]


def _laid_out(item: ReviewItem) -> str:
    return question_text(item.stem, item.options[: len(LETTERS)], item.material)

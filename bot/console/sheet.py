"""What a superuser asked of rounds under one pass: as the page shows it, for as long as the cache keeps it."""

from __future__ import annotations

from typing import Any

from loguru import logger
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.services.arena import words
from bot.services.arena.comparing import Compared, Side
from bot.services.passes import PASS_S, Pass
from store.cache import Cache, CacheUnavailable

_LENGTH = 20


class ShownSide(BaseModel):
    """One model's answer; the template and the script read the same fields."""

    model_config = ConfigDict(frozen=True)

    mark: str
    """甲 or 乙; empty for an answer that stands alone."""
    title: str
    figures: str
    """Empty when it gave no answer."""
    text: str


class Trial(BaseModel):
    """One question, and what it was answered."""

    model_config = ConfigDict(frozen=True)

    question: str
    sides: tuple[ShownSide, ...]
    note: str = ""
    battle_id: str = ""
    """A string, for scripts; empty when there is nothing to vote on."""

    @classmethod
    def of(cls, question: str, answered: Compared | Side) -> Trial:
        if isinstance(answered, Side):
            return cls(question=question, sides=(_shown(answered),))
        return cls(
            question=question,
            sides=(_shown(answered.ours, words.FIRST), _shown(answered.theirs, words.SECOND)),
            note=words.SAME if answered.alike else "",
            battle_id="" if answered.battle_id is None else str(answered.battle_id),
        )

    def as_event(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


def _shown(side: Side, mark: str = "") -> ShownSide:
    return ShownSide(mark=mark, title=side.title, figures=side.figures, text=side.text)


_TRIALS = TypeAdapter(tuple[Trial, ...])


class Sheet:
    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def trials(self, held: Pass) -> tuple[Trial, ...]:
        """Oldest first; none where they were lost."""
        try:
            kept = await self._cache.get(_key(held))
            return _TRIALS.validate_json(kept) if kept else ()
        except (CacheUnavailable, ValidationError) as error:
            logger.debug("a sheet could not be read: {}", type(error).__name__)
            return ()

    async def add(self, held: Pass, trial: Trial) -> tuple[Trial, ...]:
        """All of them with *trial*, kept where they can be."""
        trials = (*await self.trials(held), trial)[-_LENGTH:]
        try:
            await self._cache.set(_key(held), _TRIALS.dump_json(trials).decode(), ttl_s=PASS_S)
        except CacheUnavailable as error:
            logger.debug("a sheet could not be kept: {}", type(error).__name__)
        return trials


def _key(held: Pass) -> str:
    return f"{held.key}:sheet"

"""The model that answers is the one that the release table says, in every bot process within a second."""

from __future__ import annotations

import asyncio

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.services.calibrations import Calibrations
from bot.services.changing import Changing
from inference.client import ModelClient
from inference.target import Target
from store import releases
from store.db import Sessions
from store.models import Challenger, Release

_PATIENCE_S = 2.5
"""By then the keeper has noticed that a server died, and we have read so."""


class Follower:
    """Turns *model* to whatever serves; while a model is exchanged its questions wait."""

    def __init__(
        self,
        sessions: Sessions,
        model: ModelClient,
        changing: Changing,
        calibrations: Calibrations,
        *,
        every_s: float = 1.0,
    ) -> None:
        self._sessions = sessions
        self._model = model
        self._changing = changing
        self._calibrations = calibrations
        self._every_s = every_s
        self.learning = False
        """The model made way for a training on its GPU."""

    async def watch(self) -> None:
        """Follow until cancelled; a database that is away leaves the model as it was."""
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("releases could not be read: {}", type(error).__name__)
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Do as the table says now."""
        async with self._sessions() as session:
            found = await releases.outlook(session)
        self._model.patience_s = _PATIENCE_S if found.kept else 0.0
        self.learning = found.lent
        if found.changing:
            if not self._model.changing:
                logger.info("the model is being exchanged, questions wait")
            self._model.hold()
            self._changing.begin()
            return
        target = None if found.serving is None else target_of(found.serving)
        if target != self._model.target:
            if found.serving is not None and target is not None:
                self._calibrations.learn(target.round, found.serving.checks.get("calibration"))
            logger.info("the model is {} now", target.model if target else "none")
        self._model.turn_to(target)
        self._changing.end()


def target_of(row: Release | Challenger) -> Target:
    """Where the model of *row* is asked."""
    return Target(
        urls=(row.url,),
        model=row.name,
        round="" if row.round_id is None else str(row.round_id),
        chat_format=row.chat_format,
    )

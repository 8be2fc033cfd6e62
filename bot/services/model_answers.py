"""What the serving model says, as drafts: waited for while it is exchanged, withheld when it is too doubtful."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from bot.services.answer import Answer
from bot.services.arena.battles import Battles, Fought
from bot.services.changing import Changing, Notice
from bot.services.drafts import Draft, failed, from_model
from bot.services.incoming import Incoming
from inference.calibration import Calibration
from inference.client import Completion, Message, ModelClient
from inference.errors import InferenceError


class ModelAnswers:
    """Asks the model; its failures are drafts too, in words for members."""

    def __init__(
        self,
        model: ModelClient,
        changing: Changing,
        *,
        learning: Callable[[], bool] = lambda: False,
        calibration_of: Callable[[str], Calibration | None] = lambda _: None,
        battles: Battles | None = None,
    ) -> None:
        """*learning* says whether the model server of this machine made way for a training.

        *calibration_of* gives what the confidences of a round's model mean; it is called for every answer and
        must not block. *battles* has groups that agreed to it read a second model's answer beside the first.
        """
        self._model = model
        self._changing = changing
        self._learning = learning
        self._calibration_of = calibration_of
        self._battles = battles

    @property
    def available(self) -> bool:
        """Whether there is a model to ask."""
        return self._model.available

    async def draft(self, messages: list[Message], incoming: Incoming, notice: Notice | None) -> Draft:
        """What the model says to *messages*; *notice* tells the asker that it is being exchanged."""
        bout = self._battles.begin(incoming, messages) if self._battles else None
        try:
            async with self._changing.asking(notice):
                completion = await self._model.complete(messages, lane=incoming.lane)
            draft = self._draft(completion)
            if bout is None or draft.state != "answered":
                return draft
            return replace(draft, fought=await bout.against(completion))
        except (InferenceError, TimeoutError) as error:
            return failed(error, learning=self._learning())
        finally:
            if bout is not None:
                await bout.cancel()

    async def stream(self, messages: list[Message], lane: str, notice: Notice | None) -> AsyncGenerator[str | Draft]:
        """Pieces as they come, unless the whole may be withheld, then the draft."""
        try:
            async with (
                self._changing.asking(notice),
                aclosing(self._model.stream(messages, lane=lane)) as parts,
            ):
                async for part in parts:
                    if not isinstance(part, str):
                        yield self._draft(part)
                    elif not self._may_withhold():
                        yield part
        except (InferenceError, TimeoutError) as error:
            yield failed(error, learning=self._learning())

    async def beside(self, answer: Answer, fought: Fought, incoming: Incoming) -> Answer:
        """The stored *answer*, shown with the other model's; as it is when the battle cannot be kept."""
        assert self._battles is not None
        if answer.state != "answered":
            return answer
        kept = await self._battles.keep(
            fought, ask_id=answer.ask_id, account=incoming.account, group_id=incoming.group_id
        )
        return answer if kept is None else replace(answer, text=fought.text)

    def _draft(self, completion: Completion) -> Draft:
        return from_model(completion, self._calibration(completion.round))

    def _may_withhold(self) -> bool:
        """Whether the answer under way may turn out too doubtful: then its pieces must not be on a screen before."""
        target = self._model.target
        calibration = self._calibration(target.round) if target is not None else None
        return calibration is not None and calibration.known and bool(calibration.cut)

    def _calibration(self, round_: str) -> Calibration | None:
        return self._calibration_of(round_) if round_ else None

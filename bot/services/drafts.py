"""An answer before it is stored: from the bank, refused, or failed, with its sentence and its code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from loguru import logger

from bot.services import replies
from bot.services.arena.battles import Fought
from bot.services.bank import Hit
from bot.services.passport import Passport
from inference.calibration import Calibration
from inference.errors import InferenceError, MalformedReply, RequestRejected, ServerBusy, ServerUnavailable
from inference.prompts import is_unsure
from inference.replies import Completion

_LONGEST_WITHHELD = 1200
"""Characters."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it is stored."""

    state: Literal["answered", "refused", "failed"]
    text: str
    passport: Passport = field(default_factory=lambda: Passport(source="none"))
    reason: str = ""
    question_id: int | None = None
    fought: Fought | None = None
    """Another model's answer, to be shown beside this one."""


def refused(reason: str, text: str) -> Draft:
    return Draft("refused", text, reason=reason)


def from_bank(hit: Hit) -> Draft:
    item = hit.item
    passport = Passport(
        source="bank",
        match=hit.match,
        confidence=round(hit.score, 3),
        question_ids=(item.id,),
        bank_source=item.source,
        category=item.category or None,
        explanation=item.explanation or None,
        valid_until=item.valid_until.isoformat() if item.valid_until else None,
    )
    return Draft("answered", replies.from_bank(hit), passport, question_id=item.id)


def from_model(completion: Completion, calibration: Calibration | None = None) -> Draft:
    """The model's words, or a refusal when it declines or, by *calibration*, is too likely to be wrong."""
    passport = Passport(
        source="model",
        confidence=completion.confidence,
        model=completion.model,
        round=completion.round or None,
        shared=completion.shared,
    )
    withheld = False
    if calibration is not None and calibration.known and completion.confidence is not None:
        sure = calibration.apply(completion.confidence)
        withheld = calibration.withholds(sure)
        passport = passport.model_copy(
            update={"confidence": round(sure, 4), "token_probability": completion.confidence}
        )
    if is_unsure(completion.text):
        return Draft("refused", replies.UNSURE, passport.model_copy(update={"source": "none"}), "no_confidence")
    if withheld:
        hidden = {"source": "none", "withheld": completion.text[:_LONGEST_WITHHELD]}
        return Draft("refused", replies.UNSURE, passport.model_copy(update=hidden), "low_confidence")
    return Draft("answered", replies.from_model(completion.text), passport)


def failed(error: InferenceError | TimeoutError, *, learning: bool = False) -> Draft:
    """One plain sentence for the member, a code for the record, the details for the log.

    *learning*: the model server made way for a training, which is why it does not answer.
    """
    match error:
        case ServerUnavailable() if learning:
            text, reason = replies.MODEL_LEARNING, "model_learning"
        case ServerBusy():
            text, reason = replies.MODEL_BUSY, "model_busy"
        case ServerUnavailable(reason="timeout") | TimeoutError():
            text, reason = replies.MODEL_SLOW, "model_timeout"
        case ServerUnavailable():
            text, reason = replies.MODEL_DOWN, f"model_{error.reason}"
        case RequestRejected() | MalformedReply():
            text, reason = (
                replies.MODEL_ODD,
                "model_rejected" if isinstance(error, RequestRejected) else "model_malformed",
            )
        case _:
            text, reason = replies.MODEL_DOWN, "model_error"
    logger.warning("model gave no answer: {} {}", reason, error)
    return Draft("failed", text, reason=reason[:64])

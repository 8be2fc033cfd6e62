"""Reading what an OpenAI-compatible server writes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, cast

from pydantic import BaseModel, Field, ValidationError

from inference.errors import MalformedReply, ServerUnavailable


class Message(TypedDict):
    role: str
    """``system``, ``user`` or ``assistant``."""
    content: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's reply."""

    text: str
    """Never empty; no blanks around it."""
    model: str
    """Name the server gave."""
    confidence: float | None
    """Mean (geometric) token probability, 0 to 1; ``None`` when the server gave no log-probabilities."""
    shared: bool = False
    """It was made for an identical question that was asked earlier, and was under way or is remembered."""
    truncated: bool = False
    """It ends at ``max_tokens``, perhaps in the middle of a sentence."""
    round: str = ""
    """Training round of the model that made it; empty when it never went through one."""


class _Message(BaseModel):
    content: str | None = None
    reasoning_content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None
    # Any: servers differ here, and an odd form must not cost the answer.
    logprobs: Any = None


class _Reply(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    model: str | None = None


class _Text(BaseModel):
    index: int
    text: str
    finish_reason: str | None = None
    logprobs: Any = None


class _Texts(BaseModel):
    choices: list[_Text]
    model: str | None = None


class _ChunkChoice(BaseModel):
    delta: _Message = _Message()
    finish_reason: str | None = None
    logprobs: Any = None


class _Chunk(BaseModel):
    choices: list[_ChunkChoice] = []
    model: str | None = None
    error: Any = None


class _Encoded(BaseModel):
    length: int


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model]


def read_length(body: bytes) -> int:
    """Tokens of a text that was encoded.

    Raises:
        MalformedReply: ``not_a_completion``.
    """
    try:
        return _Encoded.model_validate_json(body).length
    except ValidationError as error:
        raise MalformedReply("not_a_completion", detail=_decoded(body)) from error


def read_models(body: bytes) -> list[str]:
    """Model names in the server's order.

    Raises:
        MalformedReply: ``not_a_completion``: not a list of models.
    """
    try:
        return [model.id for model in _Models.model_validate_json(body).data]
    except ValidationError as error:
        raise MalformedReply("not_a_completion", detail=_decoded(body)) from error


def read_completion(body: bytes, asked_model: str) -> Completion:
    """The reply in *body*, which was not streamed.

    Raises:
        MalformedReply: ``not_a_completion`` or ``empty``.
    """
    try:
        reply = _Reply.model_validate_json(body)
    except ValidationError as error:
        raise MalformedReply("not_a_completion", detail=_decoded(body)) from error
    choice = reply.choices[0]
    text = (choice.message.content or "").strip()
    if not text:
        raise MalformedReply("empty", detail=_decoded(body))
    return Completion(
        text=text,
        model=_named(reply.model, asked_model),
        confidence=_confidence(_logprobs(choice.logprobs)),
        truncated=choice.finish_reason == "length",
    )


def read_several(body: bytes, asked_model: str, count: int) -> list[Completion | MalformedReply]:
    """The replies in *body* to a call with *count* prompts, in the order of those; ``empty`` in the place of no text.

    Raises:
        MalformedReply: ``not_a_completion``, also when there are fewer or more than asked for.
    """
    try:
        reply = _Texts.model_validate_json(body)
    except ValidationError as error:
        raise MalformedReply("not_a_completion", detail=_decoded(body)) from error
    if sorted(choice.index for choice in reply.choices) != list(range(count)):
        raise MalformedReply("not_a_completion", detail=f"{len(reply.choices)} replies to {count} prompts")
    model = _named(reply.model, asked_model)
    return [_from_text(choice, model) for choice in sorted(reply.choices, key=lambda choice: choice.index)]


def _from_text(choice: _Text, model: str) -> Completion | MalformedReply:
    if not (text := choice.text.strip()):
        return MalformedReply("empty")
    told = _confidence(_token_logprobs(choice.logprobs))
    return Completion(text, model, told, truncated=choice.finish_reason == "length")


def _named(told: str | None, asked: str) -> str:
    """The model's name: transformers' server adds the revision to the one that it was asked for."""
    return asked if not told or told.partition("@")[0] == asked else told


class StreamedReply:
    """A streamed reply, put together line by line."""

    def __init__(self, asked_model: str) -> None:
        self._model = asked_model
        self._pieces: list[str] = []
        self._logprobs: list[float] = []
        self._finish_reason: str | None = None
        self.started = False
        """A token has come, of the reply or of the thinking before it."""
        self.ended = False
        """The server said that nothing follows."""

    def feed(self, line: bytes) -> str | None:
        """The piece of text in *line*, ``""`` for a token without text; ``None`` when no token is in it.

        Raises:
            MalformedReply: ``not_a_completion``.
            ServerUnavailable: ``stream_error``: the server gave up in the middle.
        """
        if not line.startswith(b"data:"):
            return None  # blank lines, comments, event names
        data = line[5:].strip()
        if data == b"[DONE]":
            self.ended = True
            return None
        try:
            chunk = _Chunk.model_validate_json(data)
        except ValidationError as error:
            raise MalformedReply("not_a_completion", detail=_decoded(data)) from error
        if chunk.error is not None:
            raise ServerUnavailable("stream_error", detail=_decoded(data))
        self._model = _named(chunk.model, self._model)
        if not chunk.choices:
            return None
        choice = chunk.choices[0]
        self._finish_reason = choice.finish_reason or self._finish_reason
        self._logprobs += _logprobs(choice.logprobs)
        piece = choice.delta.content or ""
        # A first chunk that only names the role is no token.
        if not piece and not choice.delta.reasoning_content:
            return None
        self.started = True
        if piece:
            self._pieces.append(piece)
        return piece

    def completion(self) -> Completion:
        """The whole reply, once the stream is over.

        Raises:
            MalformedReply: ``empty``, or ``cut_short``: the stream just stopped.
        """
        text = "".join(self._pieces).strip()
        if not (self.ended or self._finish_reason):
            raise MalformedReply("cut_short", detail=text)
        if not text:
            raise MalformedReply("empty")
        return Completion(
            text=text,
            model=self._model,
            confidence=_confidence(self._logprobs),
            truncated=self._finish_reason == "length",
        )


def _logprobs(raw: object) -> list[float]:
    """Log-probabilities of the tokens in a ``logprobs`` object; none when it is of another form."""
    if not isinstance(raw, Mapping):
        return []
    tokens = cast("Mapping[str, object]", raw).get("content")
    if not isinstance(tokens, list):
        return []
    values = [
        cast("Mapping[str, object]", token).get("logprob")
        for token in cast("list[object]", tokens)
        if isinstance(token, Mapping)
    ]
    return [float(value) for value in values if isinstance(value, int | float)]


def _token_logprobs(raw: object) -> list[float]:
    """As :func:`_logprobs`, in the form that belongs to texts; the first token of some servers has none."""
    if not isinstance(raw, Mapping):
        return []
    values = cast("Mapping[str, object]", raw).get("token_logprobs")
    if not isinstance(values, list):
        return []
    return [float(value) for value in cast("list[object]", values) if isinstance(value, int | float)]


def _confidence(logprobs: Sequence[float]) -> float | None:
    if not logprobs:
        return None
    mean = sum(logprobs) / len(logprobs)
    return None if math.isnan(mean) else math.exp(min(mean, 0.0))


def _decoded(body: bytes) -> str:
    return body[:2000].decode("utf-8", errors="replace")

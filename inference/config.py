"""The ``[inference]`` table of ``bot.toml``."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from settings import Table


class InferenceConfig(Table):
    base_url: tuple[str, ...] = ()
    """Addresses of OpenAI-compatible servers of the same model, ``http://127.0.0.1:23333``; with or without ``/v1``.
    The file may name a single one without brackets. Empty means there is none and the question bank answers alone."""
    model: str = ""
    """Model name to ask for; empty takes the first one that the server lists."""
    round: str = ""
    """Training round of that model, as members read it; empty when it never went through one."""
    max_tokens: int = Field(default=512, ge=1, le=32768)
    """Longest reply, in tokens."""
    temperature: float = Field(default=0.0, ge=0, le=2)
    """0 gives the same reply to the same question; higher varies it."""
    stop: tuple[str, ...] = ()
    """Texts that end a reply, besides the model's own."""
    logprobs: bool = True
    """Ask for token log-probabilities, from which the confidence is computed; switch off for servers that refuse."""
    chat_format: Literal["", "qwen", "qwen3", "internlm2", "llama3"] = ""
    """Family of the served model, to ask several questions in one call; empty asks one a call."""
    batch_from: int = Field(default=16, ge=1, le=4096)
    """Questions at a server from which on they share calls. Fewer are asked one by one: that is as fast then,
    and LMDeploy gives token probabilities, hence a confidence, only for those."""
    gather_ms: float = Field(default=2, ge=0, le=1000)
    """How long a question waits for others to share a call with while one is under way, in milliseconds."""
    max_batch: int = Field(default=256, ge=1, le=4096)
    """Most questions of one call."""
    connect_timeout_s: float = Field(default=2, gt=0, le=60)
    """Longest wait for a connection, name lookup included, in seconds."""
    first_token_timeout_s: float = Field(default=10, gt=0, le=300)
    """Longest wait for the first piece of a streamed reply after it was sent for, in seconds.
    A reply that is not streamed arrives whole, so only ``total_timeout_s`` bounds it."""
    idle_timeout_s: float = Field(default=5, gt=0, le=300)
    """Longest silence between two pieces of a streamed reply, in seconds."""
    total_timeout_s: float = Field(default=18, gt=0, le=600)
    """Longest time for one answer, queueing and retries included, in seconds;
    keep it under ``[bot] answer_limit_s``."""
    max_concurrency: int = Field(default=32, ge=1, le=4096)
    """Requests at the servers at the same time, all together; LMDeploy slows down and may stall when flooded."""
    max_per_lane: int = Field(default=16, ge=1, le=4096)
    """Of these, requests of one group (or one person in private) at most. Under ``max_concurrency``,
    so that slots remain for the others when one group's requests all hang."""
    max_queue: int = Field(default=512, ge=0, le=100_000)
    """Requests that may wait for a slot; past it the group with most of them is told to ask again."""
    change_wait_s: float = Field(default=180, ge=0, le=3600)
    """Longest wait for a model that is being exchanged, in seconds; comes on top of ``total_timeout_s``."""
    remember: int = Field(default=4096, ge=0, le=1_000_000)
    """How many answers are kept in memory for whoever asks the same again."""
    remember_s: float = Field(default=600, ge=0, le=86400)
    """For how long, in seconds; 0 asks the model every time, as a ``temperature`` above 0 does.
    Nothing is kept when another model serves."""
    retry_after_cap_s: float = Field(default=2, ge=0, le=60)
    """Longest ``Retry-After`` of a busy server (429) that is waited for, once, in seconds."""
    breaker_failures: int = Field(default=5, ge=1, le=1000)
    """After this many failures in a row the server is left alone for ``breaker_open_s``."""
    breaker_open_s: float = Field(default=10, gt=0, le=3600)
    """How long a failing server is left alone before one request tries it again, in seconds."""
    session_len: int = Field(default=8192, ge=512, le=2**20)
    """Longest conversation that the server takes, prompt and reply together, in tokens; as ``[serving]`` has it."""

    @field_validator("base_url", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        if isinstance(value, str):
            return (value,) if value.strip() else ()
        return value

    @field_validator("base_url")
    @classmethod
    def _are_http(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        urls = tuple(url.strip() for url in value)
        if not all(url.startswith(("http://", "https://")) for url in urls):
            raise ValueError("要以 http:// 或 https:// 开头")
        return tuple(dict.fromkeys(urls))

    @model_validator(mode="after")
    def _connects_within_the_total(self) -> Self:
        if self.connect_timeout_s > self.total_timeout_s:
            raise ValueError("connect_timeout_s 不能比 total_timeout_s 长")
        return self

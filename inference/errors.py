"""What can go wrong with a model server, split by what the caller should do.

::

    InferenceError
    ├── ServerUnavailable   nobody answers: fall back, try again later
    ├── ServerBusy          alive but full: ask again in a moment
    ├── RequestRejected     our request is wrong: fix the settings or the prompt
    └── MalformedReply      an answer that cannot be used: keep the evidence

The text of an error is only its ``reason``, a short English code. What the
server wrote stays in ``detail``, for logs on debug level: it may quote the
question or a masked key.
"""

from __future__ import annotations

DETAIL_CHARS = 500


class InferenceError(Exception):
    """Base of all errors of this package."""

    def __init__(self, reason: str, *, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        """Code for logs, metrics and stored exchanges."""
        self.detail = detail[:DETAIL_CHARS]
        """The beginning of what the server wrote; never for members."""


class ServerUnavailable(InferenceError):
    """No answer could be had.

    Reasons: ``refused``, ``unreachable``, ``reset``, ``connect_timeout``,
    ``first_token_timeout``, ``idle_timeout``, ``timeout``, ``http_500`` (any 5xx),
    ``stream_error``, ``breaker_open``, ``not_configured``, ``changing`` (the model is being
    exchanged, for longer than a question waits), ``closed``.
    """


class ServerBusy(InferenceError):
    """The queue here (``queue_full``, ``queue_timeout``) or the server (``http_429``) is full."""

    def __init__(self, reason: str, *, detail: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(reason, detail=detail)
        self.retry_after_s = retry_after_s
        """What the server asked for, in seconds; ``None`` when it did not say."""


class RequestRejected(InferenceError):
    """The server refuses such a request: wrong key, unknown model, prompt too long.

    Reasons: ``http_401`` (any 3xx or 4xx but 429), ``no_models``.
    """

    def __init__(self, status: int, *, reason: str = "", detail: str = "") -> None:
        super().__init__(reason or f"http_{status}", detail=detail)
        self.status = status


class MalformedReply(InferenceError):
    """Status 200, but no answer in it: ``not_a_completion``, ``empty``, ``cut_short``, ``too_large``."""

"""A request the page says no to."""

from __future__ import annotations

from starlette.requests import Request


class Refusal(Exception):
    """An HTTP status and one Chinese sentence for whoever sent the request."""

    def __init__(self, status: int, sentence: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}


def wants_json(request: Request) -> bool:
    """The page's script sent it; a plain form gets a page back."""
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted or "text/event-stream" in accepted

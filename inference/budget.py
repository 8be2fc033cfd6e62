"""A prompt that leaves the model room to answer: what is left out of a conversation that is too long.

A tokenizer that works on bytes makes at most one token of each byte, so the
UTF-8 length bounds the tokens of a text from above. Most prompts are shorter
than that allows and need no counting.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from inference.errors import InferenceError
from inference.prompts import question_messages
from inference.replies import Message

Count = Callable[[str], Awaitable[int]]
"""Tokens of a text as the served model counts them; an ``InferenceError`` when the server cannot say."""

_FRAME = 8
"""Tokens around a message and before the answer: of all families of :mod:`inference.chat_template` none has more."""


class TooLong(Exception):
    """The bare question leaves the model no room to answer."""

    def __init__(self, most_chars: int) -> None:
        super().__init__(most_chars)
        self.most_chars = most_chars
        """About how many characters of such a question would do."""


def longest_prompt(session_len: int, max_tokens: int) -> int:
    """Tokens that a prompt may have, of a conversation of *session_len* with a reply of up to *max_tokens*.

    Never less than half: a server cuts a reply for which there is no room, but takes no longer prompt.
    """
    return max(session_len - max_tokens, session_len // 2)


async def fitted(
    question: str,
    *,
    limit: int,
    context: Sequence[str] = (),
    previous: Sequence[tuple[str, str]] = (),
    count: Count | None = None,
) -> list[Message]:
    """The conversation that asks *question* in at most *limit* tokens.

    Where it is too long, the items of *context* (the nearest first) are left out from the last one on, then
    the earliest turns of *previous*. Without *count*, and once it has failed, the bound has to fit.

    Raises:
        TooLong: the bare question does not fit.
    """
    items, turns = list(context), list(previous)
    while True:
        messages = question_messages(question, context=items, previous=turns)
        tokens = bound(messages)
        if tokens > limit and count is not None:
            try:
                tokens = min(tokens, await count(_text(messages)) + _frames(messages))
            except InferenceError:
                count = None
        if tokens <= limit:
            return messages
        if items:
            items.pop()
        elif turns:
            turns.pop(0)
        else:
            raise TooLong(_most_chars(question, tokens, limit))


def bound(messages: Sequence[Message]) -> int:
    """More tokens than a tokenizer on bytes makes of *messages*."""
    return len(_text(messages).encode("utf-8", "replace")) + _frames(messages)


def _text(messages: Sequence[Message]) -> str:
    return "\n".join(message["content"] for message in messages)


def _frames(messages: Sequence[Message]) -> int:
    return _FRAME * (len(messages) + 1)


def _most_chars(question: str, tokens: int, limit: int) -> int:
    around = bound(question_messages(""))
    return max(0, len(question) * (limit - around) // max(1, tokens - around))

"""One prompt of an evaluation, with all that scoring the reply needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

KINDS = ("short", "single", "multiple", "judge", "decline", "guard")
"""``decline`` wants a reply that says it does not know; ``guard`` is checked by a rule of the guard set."""


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    """Unique within its set, and the same for every model and version that asks it."""
    kind: str
    """One of :data:`KINDS`."""
    category: str
    """What the set's figures are broken down by: area, subject; may be empty."""
    input: str
    """What the user says; the system prompt is put before it when it is asked."""
    answer: str = ""
    """Letters of a choice, 正确 or 错误, the short answer; as ``store.models.Question.answer``."""
    options: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    """Answers in words that are right."""
    check: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Rule of a guard item, see :mod:`training.guard.checks`."""

    @property
    def key(self) -> str:
        """The right answer as people read it."""
        words = self.accepted[0] if self.accepted else self.answer
        if self.options and self.answer and self.kind in ("single", "multiple"):
            return f"{self.answer}. {words}" if self.kind == "single" else f"{self.answer}（{words}）"
        return words


@dataclass(frozen=True, slots=True)
class ItemSet:
    """Prompts whose figures belong together."""

    name: str
    """English, for files and settings: holdout, corrected, guard, refusals, near, extra/NAME."""
    title: str
    """Chinese, for people."""
    items: tuple[Item, ...]
    note: str = ""
    """What people should know about it, in Chinese."""

    def digest(self) -> str:
        """SHA-256 of the prompts in order; two reports with the same one asked the same."""
        return digest([item.input for item in self.items])

    def keys_digest(self) -> str:
        """SHA-256 of prompts and keys: what a figure rests on."""
        return digest(
            [json.dumps([one.id, one.kind, one.input, one.answer, one.accepted, one.check]) for one in self.items]
        )


def digest(texts: Sequence[str]) -> str:
    told = sha256()
    for text in texts:
        piece = text.encode("utf-8", "surrogatepass")
        told.update(len(piece).to_bytes(8, "big") + piece)
    return told.hexdigest()

"""A question as the training sets use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, cast

from inference.prompts import LETTERS, question_text


@dataclass(frozen=True, slots=True)
class Item:
    """A question whose answer can be learnt or asked for."""

    id: int
    """Of the bank's row; the same in every copy of the database."""
    fingerprint: str
    kind: str
    """short, single, multiple or judge."""
    stem: str
    options: tuple[str, ...]
    material: str
    answer: str
    """As ``store.models.Question.answer``."""
    aliases: tuple[str, ...]
    explanation: str
    category: str
    source: str
    also_asked: tuple[str, ...] = ()
    """Other wordings of the stem that people wrote, sorted."""
    paraphrases: tuple[str, ...] = ()
    """Other wordings that a model wrote and that passed the check, sorted."""
    origin: str = "bank"
    """bank, or correction when reviewers gave the answer."""
    weight: int = 1
    """How often it stands in the set."""
    why_not: str | None = None
    """Why it can be neither learnt nor asked at present, in Chinese; only its place counts then."""

    def as_row(self) -> list[Any]:
        """All fields in order, fit for JSON."""
        return [getattr(self, name) for name in self.__slots__]

    @classmethod
    def from_row(cls, row: list[Any]) -> Self:
        fields: Any = [tuple(cast("list[str]", value)) if isinstance(value, list) else value for value in row]
        return cls(*fields)

    @property
    def input(self) -> str:
        """What a model is asked."""
        return question_text(self.stem, self.options, self.material)

    @property
    def key(self) -> str:
        """The answer in words: the texts of its options joined by ；, 对 or 错, or the short answer."""
        return key_in_words(self.kind, self.answer, self.options)


def key_in_words(kind: str, answer: str, options: tuple[str, ...]) -> str:
    """See :attr:`Item.key`.

    Raises:
        ValueError, IndexError: a letter without an option.
    """
    if kind == "judge":
        return "对" if answer == "正确" else "错"
    if options:
        return "；".join(options[LETTERS.index(letter)] for letter in answer)
    return answer


def scored(item: Item) -> dict[str, Any]:
    """A question with all that scoring a model's reply to it needs, as a line of a jsonl file."""
    accepted = [item.answer, *item.aliases] if not item.options and item.kind != "judge" else [item.key]
    return {
        "fingerprint": item.fingerprint,
        "kind": item.kind,
        "category": item.category,
        "source": item.source,
        "input": item.input,
        "stem": item.stem,
        "options": list(item.options),
        "material": item.material,
        "answer": item.answer,
        "accepted": list(dict.fromkeys(accepted)),
    }

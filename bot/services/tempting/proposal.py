"""What is said about one wrong option: a kind and a sentence, read strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

from bot.services.privacy import cleaned
from bot.services.tempting.kinds import KINDS
from store.models import Question

CAUSE = "temptation"
"""Why it stands in the reviewers' queue."""
SHORTEST, LONGEST = 6, 60
"""Characters of the sentence."""
_REPLY = re.compile(r"类型[:：][ \t]*(?P<kind>[^\s:：]+)[ \t]*\n[ \t]*说明[:：][ \t]*(?P<text>[^\n]+)")
_TYPED = re.compile(r"(?:(?P<kind>[^\s:：]{3,4})[ \t]*[:：])?(?P<text>[^\n]+)")
_SENTENCE = re.compile(r"[^。！？!?\n]+[。.]?")
_FOREIGN = re.compile(r"https?:|www\.|@|[{}<>\[\]|`]|\bAI\b|语言模型|提示词")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Proposal:
    kind: str
    """One of :data:`KINDS`."""
    text: str
    """One sentence of :data:`SHORTEST` to :data:`LONGEST` characters."""

    def __str__(self) -> str:
        return f"{self.kind}：{self.text}"


def read_reply(reply: str) -> Proposal | None:
    """The proposal in a model's *reply*; ``None`` unless it is the two lines that were asked for and nothing else."""
    found = _REPLY.fullmatch(reply.replace("\r\n", "\n").strip())
    return _sound(found["kind"], found["text"]) if found else None


def read_typed(said: str, *, kind: str) -> Proposal | None:
    """The proposal that a reviewer typed, ``绝对化：……`` or the sentence alone, which keeps *kind*."""
    found = _TYPED.fullmatch(said.strip())
    if found is None:
        return None
    if found["kind"] in KINDS or found["kind"] is None:
        return _sound(found["kind"] or kind, found["text"])
    return _sound(kind, said)


def may_be_shown_to_model(question: Question) -> bool:
    """Whether no text of the *question* reads like an instruction to a model."""
    texts = chain((question.stem, question.explanation), question.options)
    return all("instructions" not in cleaned(text).flags for text in texts)


def _sound(kind: str, text: str) -> Proposal | None:
    checked = cleaned(text)
    said = checked.text.strip()
    bad = (
        kind not in KINDS
        or bool(checked.flags)
        or not SHORTEST <= len(said) <= LONGEST
        or not _SENTENCE.fullmatch(said)
        or not _HAN.search(said)
        or bool(_FOREIGN.search(said))
    )
    return None if bad else Proposal(kind, said)

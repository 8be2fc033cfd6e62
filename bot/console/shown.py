"""An exchange as the page shows it; the template and the script read the same fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.services.answer import Answer
from bot.services.corrections.feedback import Exchange, Proposal
from bot.services.corrections.words import STATUS_WORDS
from bot.services.passport import Passport, in_words

_SILENT = {
    "received": "还没有答完，稍后刷新看看。",
    "interrupted": "这次被打断了，可以再问一次。",
    "failed": "这次没有答完，可以再问一次。",
}


@dataclass(frozen=True, slots=True)
class ShownProposal:
    id: int
    words: str
    """The proposed answer."""
    standing: str
    """How its review stands."""
    open: bool
    """Nobody has decided yet."""


@dataclass(frozen=True, slots=True)
class Shown:
    id: str
    """A string: the number has 63 bits, a script's numbers 53."""
    question: str
    text: str
    source: str
    """bank, model or none: how the answer is known, for the badge's colour."""
    badge: str
    passport: tuple[tuple[str, str], ...] = ()
    """Label and words, a row each."""
    answered: bool = False
    """There is an answer to rate."""
    rating: int = 0
    proposals: tuple[ShownProposal, ...] = ()

    def as_event(self) -> dict[str, Any]:
        """What the script needs to finish an exchange that it started."""
        return {
            "ask_id": self.id,
            "text": self.text,
            "source": self.source,
            "badge": self.badge,
            "passport": [{"label": label, "words": words} for label, words in self.passport],
            "answered": self.answered,
        }


BLANK = Shown(id="", question="", text="", source="none", badge="")
"""What the script copies for a new exchange."""


def from_exchange(exchange: Exchange) -> Shown:
    passport = exchange.passport or Passport(source="none")
    return Shown(
        id=str(exchange.ask_id),
        question=exchange.question,
        text=_body(exchange.reply, passport) or _SILENT.get(exchange.state, "没有留下回答。"),
        source=passport.source,
        badge=_badge(exchange.state, passport),
        passport=_rows(passport),
        answered=exchange.state == "answered",
        rating=exchange.rating,
        proposals=tuple(_proposal(proposal) for proposal in exchange.proposals),
    )


def from_answer(answer: Answer, question: str) -> Shown:
    return Shown(
        id=str(answer.ask_id),
        question=question,
        text=_body(answer.text, answer.passport),
        source=answer.passport.source,
        badge=_badge(answer.state, answer.passport),
        passport=_rows(answer.passport),
        answered=answer.state == "answered",
    )


def _proposal(proposal: Proposal) -> ShownProposal:
    words = STATUS_WORDS[proposal.status]
    tells_more = proposal.outcome and proposal.status not in ("withdrawn", "replaced")
    standing = f"{words}：{proposal.outcome}" if tells_more else words
    return ShownProposal(proposal.correction_id, proposal.proposed, standing, proposal.status == "open")


def _body(text: str, passport: Passport) -> str:
    """The answer without the closing lines a chat needs: here the passport stands right below it."""
    lines = text.splitlines()
    if len(lines) > 1 and lines[-1].startswith("—— "):
        lines.pop()
    if len(lines) > 1 and passport.explanation and "\n".join(lines).endswith("\n" + passport.explanation):
        return "\n".join(lines).removesuffix("\n" + passport.explanation)
    return "\n".join(lines)


def _rows(passport: Passport) -> tuple[tuple[str, str], ...]:
    """``in_words`` cut at the first colon of each line; nothing where there is no source to name."""
    if passport.source == "none":
        return ()
    rows: list[tuple[str, str]] = []
    for line in in_words(passport).splitlines():
        label, colon, words = line.partition("：")
        if colon and len(label) <= 6:
            rows.append((label, words))
        elif rows:  # an explanation may have several lines
            rows[-1] = (rows[-1][0], f"{rows[-1][1]}\n{line}")
        else:
            rows.append(("依据", line))
    return tuple(rows)


def _badge(state: str, passport: Passport) -> str:
    if state == "answered":
        return " · ".join(
            filter(None, ({"bank": "题库", "model": "模型"}.get(passport.source, "回答"), passport.category))
        )
    return {"refused": "没有作答", "failed": "没有答成", "received": "作答中"}.get(state, "没有答完")

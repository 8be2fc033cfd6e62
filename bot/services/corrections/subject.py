"""What a correction is about: the question, as the bank has it or as it was asked, and the answer that was given."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections.proposal import claim_of
from bot.services.importing.keys import LETTERS, answer_text
from bot.services.passport import Passport
from bot.services.reading import read
from store.models import Ask, Question
from store.wording import fingerprint, option_form

_MODEL_LETTERS = re.compile(
    r"^\s*(?:选|答案[是为:：]*|正确答案[是为:：]*)?\s*([A-H](?:\s*[、,，]?\s*[A-H])*)(?![A-Za-z])"
)
_NOTE = "—— "


@dataclass(frozen=True, slots=True)
class Subject:
    """A question to be corrected."""

    fingerprint: str
    kind: str
    stem: str
    options: tuple[str, ...]
    """In the bank's order, else as asked."""
    material: str
    answered: str
    """The answer that stands, in words; empty when there was none."""
    asked_options: tuple[str, ...]
    """In the order in which the member saw them: what the member's letters mean."""
    question_id: int | None = None
    ask_id: int | None = None

    @property
    def standing_claim(self) -> str:
        """What the standing answer claims, see :func:`claim_of`; empty when there is none."""
        return claim_of(self.answered, choice=bool(self.options)) if self.answered else ""


def of_question(question: Question, *, ask_id: int | None = None) -> Subject:
    """A question of the bank, as in a quiz."""
    options = tuple(question.options)
    return Subject(
        question.fingerprint,
        question.kind,
        question.stem,
        options,
        question.material,
        answer_text(question.answer, options) if question.answer else "",
        options,
        question.id,
        ask_id,
    )


async def of_ask(session: AsyncSession, ask: Ask) -> Subject | None:
    """The question of an exchange; ``None`` when there is none in it."""
    asked = _asked(ask)
    if ask.question_id is not None:
        question = await session.get(Question, ask.question_id, populate_existing=True)
        if question is not None:
            subject = of_question(question, ask_id=ask.id)
            if asked is not None and _same_set(asked.options, subject.options):
                return _seen_as(subject, asked.options)
            return subject
    if asked is None:
        return None
    # The bank may have got it by now, from a file or from another decision.
    known = await session.scalar(
        select(Question).where(Question.fingerprint == asked.fingerprint, Question.status != "retired")
    )
    if known is None:
        return asked
    return _seen_as(of_question(known, ask_id=ask.id), asked.options or tuple(known.options))


def _asked(ask: Ask) -> Subject | None:
    """The question as the member sent it; of a picture or a quote, as it was read."""
    read_as = Passport.model_validate(ask.passport).read_as if ask.passport else None
    reading = read(read_as or ask.text)
    if not reading.stems:
        return None
    stem, options = reading.stems[-1], reading.options
    judge = reading.asks_judgement
    kind = "judge" if judge else "single" if options else "short"
    kept = () if judge else options
    answered, several = _model_answer(ask.reply, kind, kept) if ask.state == "answered" else ("", False)
    return Subject(
        fingerprint(stem, kept),
        "multiple" if several else kind,
        stem,
        kept,
        "",
        answered,
        kept,
        None,
        ask.id,
    )


def _model_answer(reply: str, kind: str, options: tuple[str, ...]) -> tuple[str, bool]:
    """The model's answer in words, as far as its first line tells, and whether it chose several options."""
    lines = [line for line in reply.splitlines() if line.strip() and not line.startswith(_NOTE)]
    first = lines[0].strip() if lines else ""
    if options and (match := _MODEL_LETTERS.match(first)):
        letters = sorted({letter for letter in match[1] if letter in LETTERS[: len(options)]})
        if letters:
            return answer_text("".join(letters), options), len(letters) > 1
    if kind == "judge" and first[:2].strip("。，, ") in ("对", "错", "正确", "错误"):
        return ("正确" if first[0] in "对正" else "错误"), False
    return first[:200], False


def _same_set(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return bool(one) and sorted(map(option_form, one)) == sorted(map(option_form, other))


def _seen_as(subject: Subject, options: tuple[str, ...]) -> Subject:
    return replace(subject, asked_options=options)

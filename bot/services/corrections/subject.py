"""What a correction is about: the question, as the bank has it or as it was asked, and the answer that was given."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections.proposal import claim_of
from bot.services.importing.keys import LETTERS, answer_text
from bot.services.passport import Passport
from bot.services.reading import read, truth_letter
from store.asks import ASKED_NOTHING
from store.models import Ask, Question
from store.wording import fingerprint, option_form

_MODEL_LETTERS = re.compile(
    r"^\s*(?:选|答案[是为:：]*|正确答案[是为:：]*)?\s*([A-H](?:\s*[、,，]?\s*[A-H])*)(?![A-Za-z])"
)
# As models are trained to write several: A. 甲；C. 丙
_MODEL_LISTED = re.compile(r"(?:^|[;；])\s*([A-H])\s*[.．、]")
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
    stands: bool = True
    """The answer is in use; one of two disputed keys is not."""

    @property
    def standing_claim(self) -> str:
        """What the standing answer claims, see :func:`claim_of`; empty when there is none."""
        return claim_of(self.answered, choice=bool(self.options)) if self.answered and self.stands else ""


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
        question.status == "active",
    )


async def as_it_stands(session: AsyncSession, subject: Subject) -> Subject:
    """*subject* with the answer that the bank gives now."""
    wanted = (
        Question.fingerprint == subject.fingerprint
        if subject.question_id is None
        else Question.id == subject.question_id
    )
    found = await session.scalar(select(Question).where(wanted).execution_options(populate_existing=True))
    if found is None or found.status == "retired":
        return subject
    return replace(of_question(found, ask_id=subject.ask_id), asked_options=subject.asked_options)


async def of_ask(session: AsyncSession, ask: Ask) -> Subject | None:
    """The question of an exchange; ``None`` when there is none in it."""
    if ask.reason in ASKED_NOTHING:
        return None
    asked = _asked(ask)
    question = None
    if ask.question_id is not None:
        question = await session.get(Question, ask.question_id, populate_existing=True)
    elif asked is not None:
        # The bank may have got it by now, from a file or from another decision.
        question = await session.scalar(
            select(Question).where(Question.fingerprint == asked.fingerprint, Question.status != "retired")
        )
    if question is None:
        return asked
    subject = of_question(question, ask_id=ask.id)
    if asked is None or not asked.asked_options:
        return subject
    if not subject.options or _same_set(asked.asked_options, subject.options):
        # A short answer was found among the member's options: its letters mean these.
        return replace(subject, asked_options=asked.asked_options)
    # The member's letters mean nothing in the bank's question.
    return asked


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
        kept or (options if truth_letter(options, true=True) else ()),
        None,
        ask.id,
    )


def _model_answer(reply: str, kind: str, options: tuple[str, ...]) -> tuple[str, bool]:
    """The model's answer in words, as far as its first line tells, and whether it chose several options."""
    lines = [line for line in reply.splitlines() if line.strip() and not line.startswith(_NOTE)]
    first = lines[0].strip() if lines else ""
    if options and (match := _MODEL_LETTERS.match(first)):
        named = [*match[1], *_MODEL_LISTED.findall(first)]
        letters = sorted({letter for letter in named if letter in LETTERS[: len(options)]})
        if letters:
            return answer_text("".join(letters), options), len(letters) > 1
    if kind == "judge" and first[:2].strip("。，, ") in ("对", "错", "正确", "错误"):
        return ("正确" if first[0] in "对正" else "错误"), False
    return first[:200], False


def _same_set(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return bool(one) and sorted(map(option_form, one)) == sorted(map(option_form, other))

"""What a verdict does to the bank and to the gate. The caller owns the transaction and holds item and bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections.proposal import Understood, claim_of
from bot.services.importing.keys import LETTERS, answer_text
from bot.services.importing.known import letters_of as letters_of_words
from bot.services.privacy import cleaned
from bot.services.review.verdict import Verdict
from store import decisions
from store.models import Question, ReviewItem
from store.wording import fingerprint, stem_hash

_SOURCE = "群内审核"
_STILL_HOLDS = timedelta(days=365)
"""How long a fact that a reviewer confirmed after its last day is used again."""


async def question_of(session: AsyncSession, item: ReviewItem) -> Question | None:
    """The bank's question the item is about, as it is now; another process may have added it meanwhile."""
    by_text = Question.fingerprint.in_((item.subject, fingerprint(item.stem, item.options, item.material)))
    wanted = by_text if item.question_id is None else Question.id == item.question_id
    found = await session.scalar(select(Question).where(wanted).execution_options(populate_existing=True).limit(1))
    if found is not None and item.question_id is None:
        item.question_id = found.id
    return found


def shown_options(item: ReviewItem, question: Question | None) -> list[str]:
    """The options in the order in which the card's letters are meant, whatever order the bank has by now."""
    return list(item.options or (question.options if question else ()))


def letters_of(words: str, options: Sequence[str]) -> str:
    """Letters of the options that an answer in words names; empty unless every part of it is an option."""
    claimed = claim_of(words, choice=True)
    # The quick way fails where an option itself has a ； in it.
    quick = letters_of_words(words, options)
    if quick and claim_of(answer_text(quick, options), choice=True) == claimed:
        return quick
    letters = LETTERS[: len(options)]
    for many in range(1, len(letters) + 1):
        for some in combinations(letters, many):
            if claim_of(answer_text("".join(some), options), choice=True) == claimed:
                return "".join(some)
    return ""


def changes_bank(question: Question | None, verdict: Verdict) -> bool:
    """Whether the verdict, once it holds, touches a question of the bank."""
    match verdict.action:
        case "reject":
            return question is not None and question.status == "disputed" and bool(question.answer)
        case "retire" | "unanswerable":
            return question is not None
        case _:
            return True


def overturns(question: Question | None, verdict: Verdict, chosen: Understood | None) -> bool:
    """Whether a key that the bank has would not stand any more."""
    if question is None or not question.answer or question.status == "retired":
        return False
    if verdict.action in ("retire", "unanswerable"):
        return question.status == "active"
    if verdict.action != "approve" or chosen is None:
        return False
    return chosen.claim != _key_claim(question)


async def apply(
    session: AsyncSession,
    item: ReviewItem,
    question: Question | None,
    verdict: Verdict,
    chosen: Understood | None,
    *,
    version: int,
    today: date,
) -> str:
    """Change bank and gate as the verdict says; what it came to, as ``ReviewItem.verdict``."""
    match verdict.action:
        case "reject":
            return await _reject(session, item, question, version)
        case "retire" | "unanswerable":
            if question is not None:
                await decisions.change_question(session, item.id, question, {"status": "retired"}, version)
                await decisions.settle_rivals(session, item.id, question.id)
            if verdict.action == "unanswerable":
                await _add_case(session, item, question, "")
                return "unanswerable"
            return "retired"
        case _:
            assert chosen is not None
            if verdict.action == "alias" and question is not None and question.answer:
                outcome = await _add_alias(session, item, question, verdict, chosen, version)
            elif question is None:
                question = await _add_question(session, item, verdict, chosen, version)
                outcome = "added"
            else:
                outcome = await _give_key(session, item, question, verdict, chosen, version, today)
            await _add_case(session, item, question, question.answer)
            return outcome


async def _reject(session: AsyncSession, item: ReviewItem, question: Question | None, version: int) -> str:
    """The bank stands by its key: where a file disputed it, it is in use again."""
    if question is not None and question.status == "disputed" and question.answer:
        await decisions.settle_rivals(session, item.id, question.id)
        await decisions.change_question(session, item.id, question, {"status": "active"}, version)
    return "rejected"


async def _give_key(
    session: AsyncSession,
    item: ReviewItem,
    question: Question,
    verdict: Verdict,
    chosen: Understood,
    version: int,
    today: date,
) -> str:
    answer = chosen.letters or chosen.words
    same = bool(question.answer) and chosen.claim == _key_claim(question)
    had_key = bool(question.answer)
    explanation = cleaned(verdict.explanation).text
    values: dict[str, Any] = {"status": "active"}
    if not same:
        if had_key:
            await decisions.remember_old_key(
                session, item.id, question.id, answer_text(question.answer, question.options)
            )
        values["answer"] = answer
        values["kind"] = _kind(question.kind, chosen)
        # The old explanation argues for the old key.
        values["explanation"] = explanation if had_key or explanation else question.explanation
        kept = [alias for alias in question.aliases if claim_of(alias, choice=False) != chosen.claim]
        values["aliases"] = [] if had_key else kept
    elif explanation:
        values["explanation"] = explanation
    expired = question.valid_until is not None and question.valid_until < today
    if verdict.valid_until is not None:
        values["valid_until"] = verdict.valid_until
    elif expired:
        values["valid_until"] = today + _STILL_HOLDS
    await decisions.change_question(session, item.id, question, values, version)
    await decisions.settle_rivals(session, item.id, question.id)
    if not same:
        return "changed" if had_key else "added"
    return "extended" if expired else "confirmed"


async def _add_alias(
    session: AsyncSession, item: ReviewItem, question: Question, verdict: Verdict, chosen: Understood, version: int
) -> str:
    known = {claim_of(text, choice=False) for text in (question.answer, *question.aliases)}
    aliases = question.aliases if chosen.claim in known else [*question.aliases, chosen.words]
    values: dict[str, Any] = {"aliases": aliases}
    # Who says that this is right as well says that the key is.
    if question.status in ("disputed", "retired"):
        values["status"] = "active"
    if verdict.valid_until is not None:
        values["valid_until"] = verdict.valid_until
    await decisions.settle_rivals(session, item.id, question.id)
    await decisions.change_question(session, item.id, question, values, version)
    return "alias"


async def _add_question(
    session: AsyncSession, item: ReviewItem, verdict: Verdict, chosen: Understood, version: int
) -> Question:
    question = await decisions.add_question(
        session,
        item.id,
        {
            "kind": _kind(item.kind, chosen),
            "stem": item.stem,
            "options": item.options,
            "material": item.material,
            "answer": chosen.letters or chosen.words,
            "explanation": cleaned(verdict.explanation).text,
            "source": _SOURCE,
            "valid_until": verdict.valid_until,
            "fingerprint": fingerprint(item.stem, item.options, item.material),
            "stem_hash": stem_hash(item.stem),
        },
        version,
    )
    item.question_id = question.id
    return question


async def _add_case(session: AsyncSession, item: ReviewItem, question: Question | None, answer: str) -> None:
    asked = question or item
    await decisions.add_gate_case(
        session,
        {
            "item_id": item.id,
            "question_id": question.id if question else None,
            "kind": asked.kind if answer else "unanswerable",
            "stem": asked.stem,
            "options": list(asked.options),
            "material": asked.material,
            "answer": answer,
            "aliases": list(question.aliases) if question else [],
            "category": question.category if question else "",
            "valid_until": question.valid_until if question else None,
            "fingerprint": question.fingerprint if question else item.subject,
        },
    )


def _kind(kind: str, chosen: Understood) -> str:
    if not chosen.letters:
        return kind
    return "multiple" if len(chosen.letters) > 1 else "single"


def _key_claim(question: Question) -> str:
    return claim_of(answer_text(question.answer, question.options), choice=bool(question.options))

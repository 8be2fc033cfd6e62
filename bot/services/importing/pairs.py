"""A stem and an answer in plain words, as the original project's files hold them."""

from __future__ import annotations

import re

from bot.services.importing.rows import Rejected, Row
from bot.services.importing.spoilt import why_spoilt
from bot.services.importing.texts import (
    holds_several_questions,
    storable,
    tidy,
    without_letter,
    without_numbering,
)
from paper.excerpts import excerpt
from store.wording import normal_form

MAX_STEM = 2000
MAX_ANSWER = 1000

_TAIL = re.compile(r"[\s:：]+$")
# Signs such as ￥, √ and \ are answers; these only mark where one is missing.
_PLACEHOLDER = re.compile(r"[\s。.．，,、；;：:？?！!_…—–\-·()（）\[\]【】]*")


def pair(number: int, stem: str, answer: str, *, sheet: str = "", through_excel: bool = False) -> Row | Rejected:
    """A short-answer row, or why the two texts are not one.

    The stem loses its numbering and the colon that led to the answer. An answer
    with its option letter stays as written and gets the bare text as alias.
    *through_excel* says that a spreadsheet may have changed the answer on its way.
    """
    whole, answer = tidy(stem), tidy(answer)
    stem = _TAIL.sub("", without_numbering(whole))
    reason = _why_not(stem, answer, whole) or (why_spoilt(stem, answer) if through_excel else None)
    if reason:
        shown = excerpt(f"{stem} → {answer}" if answer else stem)
        return Rejected(number, reason, shown if storable(shown) else "", sheet)
    bare = without_letter(answer)
    return Row(number, "short", stem, (), answer, aliases=() if bare == answer else (bare,), sheet=sheet)


def _why_not(stem: str, answer: str, whole: str) -> str | None:
    if not storable(stem, answer):
        return "有不能保存的字符"
    if not stem:
        return "没有题干"
    if not normal_form(stem):
        return "题干只有标点"
    if not answer:
        return "没有答案"
    if _PLACEHOLDER.fullmatch(answer):
        return "答案只有标点"
    if len(stem) > MAX_STEM:
        return f"题干超过 {MAX_STEM} 字"
    if len(answer) > MAX_ANSWER:
        return f"答案超过 {MAX_ANSWER} 字"
    if holds_several_questions(whole):
        return "一行里有好几道题，分不清答案是哪道的"
    return None

"""Whether an answer is right."""

from __future__ import annotations

from bot.services.judging.keys import key_of
from bot.services.judging.question import Given, Question, Verdict
from bot.services.judging.short import judged
from bot.services.judging.truths import FALSE, TRUE
from bot.services.reading import LETTERS


def judge(question: Question, given: Given) -> Verdict:
    """Whether *given* is right, with the reason; a partly right choice is wrong and says how it misses."""
    if question.options:
        return _choice(question, given)
    if question.kind == "judge":
        right = given.value == question.answer and given.value in (TRUE, FALSE)
        return Verdict(right, "判断对了" if right else "判断错了")
    return judged(key_of(question), given.value)


def _choice(question: Question, given: Given) -> Verdict:
    key = {letter for letter in question.answer.upper() if letter in LETTERS}
    said = {letter for letter in given.value.upper() if letter in LETTERS}
    if not key:
        return Verdict(False, "没有标准答案", unsure=True)
    if said == key:
        return Verdict(True, "选对了")
    if question.kind != "multiple":
        return Verdict(False, "单选只能选一个" if len(said) > 1 else "选错了", near="多选" if key < said else "")
    if said and said < key:
        return Verdict(False, "漏选", near="漏选")
    if said & key:
        return Verdict(False, "有错选的" if key < said else "有错选也有漏选", near="错选")
    return Verdict(False, "选错了")

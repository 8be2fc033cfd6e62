"""Rules on the options and the key of one question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.services.importing.keys import LETTERS
from store.bank_reading import Entry
from store.wording import normal_form, option_form

Case = tuple[str, str]
"""Code of the rule and what exactly is the matter."""


@dataclass(frozen=True, slots=True)
class Forms:
    """The texts of a question as they are compared, made once for all rules."""

    stem: str
    options: tuple[str, ...]

    @classmethod
    def of(cls, entry: Entry) -> Forms:
        return cls(normal_form(entry.stem), tuple(option_form(option) for option in entry.options))


_CATCH_ALL = re.compile(
    r"(?:以上|上述|前面|前述|[一二三两四]者|[ABCDEFG、]+)?(?:说法|选项|答案|各项|几项)?(?:全|都|皆|均)(?:部)?(?:是|对|不是|不对|正确|错误|不正确|有|没有|可以|可能|包括|选)"
)
_LETTERED = re.compile(r"[A-H]\s*[.．、:：]\s*\S")
_LEAST_TELLING = 2
"""Characters of an answer that is no accident in a stem."""


def option_cases(entry: Entry, forms: Forms) -> Iterator[Case]:
    """What is wrong with the options of a choice, and with the key of any question that has one."""
    if entry.kind in ("single", "multiple"):
        yield from _shape(entry, forms.options)
    elif entry.options:
        yield "options-broken", "判断题和简答题不该有选项"
    if entry.answer:
        yield from _key(entry)
        yield from _shown_in_stem(entry, forms)


def _shape(entry: Entry, forms: tuple[str, ...]) -> Iterator[Case]:
    if not 2 <= len(entry.options) <= len(LETTERS):
        yield "options-broken", f"有 {len(entry.options)} 个选项"
        return
    if not all(forms):
        yield "options-broken", "有空白选项"
    elif len(set(forms)) < len(forms):
        twice = next(option for at, option in enumerate(entry.options) if forms[at] in forms[:at])
        yield "options-broken", f"选项“{twice[:20]}”重复"
    own = [form == letter.casefold() for form, letter in zip(forms, LETTERS, strict=False)]
    if sum(own) >= 2:
        yield "options-letters-only", ""
    elif sum(bool(_LETTERED.match(option)) for option in entry.options) >= 2:
        yield "option-lettered", entry.options[0][:20]
    for option in entry.options[:-1]:
        if _CATCH_ALL.match(option) and len(option) <= 12:
            yield "catch-all-not-last", option[:20]
            break


def _key(entry: Entry) -> Iterator[Case]:
    if entry.kind == "judge":
        if entry.answer not in ("正确", "错误"):
            yield "key-broken", f"判断题的答案是“{entry.answer[:10]}”"
        return
    if entry.kind == "short":
        if not option_form(entry.answer):
            yield "key-broken", "答案是空的"
        return
    known = LETTERS[: len(entry.options)]
    if strange := [letter for letter in entry.answer if letter not in known]:
        yield "key-broken", f"答案 {entry.answer[:10]} 里的 {strange[0]} 没有对应的选项"
    elif list(entry.answer) != sorted(set(entry.answer)):
        yield "key-broken", f"答案 {entry.answer[:10]} 的字母重复或没有排好"
    elif (len(entry.answer) == 1) != (entry.kind == "single"):
        yield "key-broken", f"{'单选' if entry.kind == 'single' else '多选'}题的答案是 {entry.answer[:10]}"


def _shown_in_stem(entry: Entry, forms: Forms) -> Iterator[Case]:
    if entry.kind in ("judge", "multiple"):
        return
    if entry.kind == "short":
        answer = normal_form(entry.answer)
        if len(answer) >= _LEAST_TELLING and answer in forms.stem:
            yield "answer-in-stem", entry.answer[:20]
        return
    shown = [at for at, form in enumerate(forms.options) if len(form) >= _LEAST_TELLING and form in forms.stem]
    # Where other options stand in the stem too, it asks to choose among them.
    if len(shown) == 1 and LETTERS[shown[0] : shown[0] + 1] == entry.answer:
        yield "answer-in-stem", entry.options[shown[0]][:20]

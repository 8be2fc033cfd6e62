"""Reading what a member writes as a correction: which answer, and why."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from rapidfuzz import fuzz

from bot.services.importing.keys import LETTERS, answer_text, claim, judge_key
from bot.services.importing.keys import BadKey as _BadKey
from store.wording import normal_form, option_form

MAX_ANSWER_CHARS = 200
MAX_REASON_CHARS = 500

_MARKED_REASON = re.compile(
    r"[\s,，。;；.]*[\[【(（]?\s*(?:理由|原因|来源|出处|依据|根据|因为|解析|见)\s*(?:是|为)?\s*[:：]?\s*(?=\S)"
)
_BRACKETED = re.compile(r"[\s,，。;；]*[\[【](?P<reason>[^\[\]【】]{2,})[\]】]\s*$")
_LEAD = re.compile(
    r"^\s*(?:(?:这道?题的?|本题)?(?:正确|标准|参考)?(?:答案|选项)?(?:应该|应当|应|明明|其实)?(?:是|为|选择?|填|:|：)+\s*)+"
)
_SOFT_LEAD = re.compile(r"^\s*(?:(?:正确|标准)?答案\s*[:：]?|应该|应当|应|选择?)\s*")
_BETWEEN = re.compile(r"[\s,，、;；/和与及]+")
_LETTERED = re.compile(r"^[(（\[]?([A-Ha-h])[)）\]]?\s*[.．、,，:：\s]\s*(?=\S)|^[(（\[]([A-Ha-h])[)）\]]\s*(?=\S)")
_LIKE = 90
"""Per cent of likeness from which on a text is taken for the one option that resembles it."""


class NotUnderstood(Exception):
    """The text gives no answer to this question; the message is Chinese and says what to write instead."""


@dataclass(frozen=True, slots=True)
class Understood:
    """An answer to one question."""

    words: str
    """In words, as :func:`bot.services.importing.keys.answer_text` writes it."""
    claim: str
    """32 hex digits, equal for answers that mean the same."""
    letters: str
    """In the order of the options it was read with; empty without options."""


def split(text: str) -> tuple[str, str]:
    """The answer and the reason in *text*; the reason stands behind 理由, 来源 …, in brackets, or on later lines."""
    body, _, later = text.strip().partition("\n")
    if marked := _MARKED_REASON.search(body, 1):
        reason = body[marked.end() :].rstrip("]】)） ")
        return body[: marked.start()].strip(), "\n".join(filter(None, (reason, later.strip())))
    if bracketed := _BRACKETED.search(body):
        return body[: bracketed.start()].strip(), "\n".join(filter(None, (bracketed["reason"].strip(), later.strip())))
    reason = _MARKED_REASON.sub("", later.strip(), count=1) if _MARKED_REASON.match(later.strip()) else later.strip()
    return body.strip(), reason


def understand(text: str, *, kind: str, options: Sequence[str]) -> Understood:
    """The answer that *text* gives to a question of this *kind* with these *options* (in the member's order).

    Raises:
        NotUnderstood: no answer in it, a letter without an option, or a text that is none of the options.
    """
    said = _LEAD.sub("", text, count=1).strip()
    said = (said if kind == "short" else _SOFT_LEAD.sub("", said, count=1)).strip().strip("。.!！ ")
    if not normal_form(said) and not option_form(said):
        raise NotUnderstood("没看到正确答案。写上你认为正确的答案，理由可以不写。")
    if len(said) > MAX_ANSWER_CHARS:
        raise NotUnderstood(f"答案有 {len(said)} 字，太长了。答案 {MAX_ANSWER_CHARS} 字以内，其余写进理由。")
    if kind == "judge" and not options:
        try:
            words = judge_key(said)
        except _BadKey as error:
            raise NotUnderstood("这道是判断题，写「对」或「错」。") from error
        return Understood(words, claim_of(words, choice=False), "")
    if options:
        letters = _letters(said, options)
        words = answer_text(letters, options)
        return Understood(words, claim_of(words, choice=True), letters)
    return Understood(said, claim_of(said, choice=False), "")


def claim_of(words: str, *, choice: bool) -> str:
    """32 hex digits (BLAKE2b-128) of what an answer in words claims: equal when the answers mean the same."""
    return blake2b(claim(words, choice=choice).encode(), digest_size=16).hexdigest()


def _letters(said: str, options: Sequence[str]) -> str:
    bare = _BETWEEN.sub("", unicodedata.normalize("NFKC", said)).upper()
    if re.fullmatch(r"[A-Z]{1,8}", bare):
        return _in_range(bare, options)
    if parts := _by_text(said, options):
        return parts
    if lettered := _LETTERED.match(unicodedata.normalize("NFKC", said)):
        letter = (lettered[1] or lettered[2]).upper()
        _in_range(letter, options)
        rest = unicodedata.normalize("NFKC", said)[lettered.end() :]
        several = _lettered_list(said, options)
        if several:
            return several
        if _resembles(rest, options[LETTERS.index(letter)]):
            return letter
        raise NotUnderstood(
            f"{letter} 是「{options[LETTERS.index(letter)]}」，不是「{_short(rest)}」。只写选项字母就行。"
        )
    raise NotUnderstood(f"选项里没有「{_short(said)}」。写选项字母，或者写选项原文。")


def _in_range(letters: str, options: Sequence[str]) -> str:
    known = LETTERS[: len(options)]
    if strange := sorted({letter for letter in letters if letter not in known}):
        raise NotUnderstood(f"这道题只有 {known[0]} 到 {known[-1]}，没有 {'、'.join(strange)}。")
    return "".join(sorted(set(letters)))


def _by_text(said: str, options: Sequence[str]) -> str:
    """Letters of the options whose texts *said* names, whole; else of the only one that it resembles."""
    forms = [option_form(option) for option in options]
    for parts in ([said], re.split(r"[;；、\n]|和|与", said)):
        named = [option_form(part) for part in parts if part.strip()]
        if named and all(part in forms for part in named):
            return "".join(sorted({LETTERS[forms.index(part)] for part in named}))
    alike = [at for at, option in enumerate(options) if _resembles(said, option)]
    return LETTERS[alike[0]] if len(alike) == 1 else ""


def _lettered_list(said: str, options: Sequence[str]) -> str:
    """Letters of ``A. 甲；C. 丙`` when every part is a letter with its own option."""
    found = ""
    for part in re.split(r"[;；\n]", unicodedata.normalize("NFKC", said)):
        match = _LETTERED.match(part.strip())
        letter = (match[1] or match[2]).upper() if match else ""
        if match is None or letter not in LETTERS[: len(options)]:
            return ""
        if not _resembles(part.strip()[match.end() :], options[LETTERS.index(letter)]):
            return ""
        found += letter
    return "".join(sorted(set(found))) if len(found) > 1 else ""


def _resembles(text: str, option: str) -> bool:
    one, other = option_form(text), option_form(option)
    # Numbers that differ are never a slip of the pen.
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    return one == other or (len(other) >= 4 and fuzz.ratio(one, other) >= _LIKE)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 20 else flat[:19] + "…"

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
from paper.excerpts import excerpt
from store.wording import normal_form, option_form

MAX_ANSWER_CHARS = 200
MAX_REASON_CHARS = 500
_NO_ANSWER = "没看到正确答案。写上你认为正确的答案，理由可以不写。"

_REASON = re.compile(
    r"(?:理由|原因|来源|出处|依据|根据|因为|解析|见)(?: ?[是为](?= ?[:：]))? ?(?P<colon>[:：])? ?(?=\S)"
)
_BRACKETED = re.compile(r"[\[【](?!CQ:)(?P<reason>[^\[\]【】]{2,})[\]】]$")
_STOPS = " ,，。;；.、"
_OPENING = "[【(（"
_ONLY_LETTERS = re.compile(r"[A-Ha-hＡ-Ｈａ-ｈ、,，和 ]*")
# 应该是 …, 正确答案：…: said before an answer and never a part of one.
_LEAD = re.compile(
    r"^(?:(?:这道?题的?|本题) ?)?(?:(?:正确|标准|参考)?的?(?:答案|选项) ?|正确的? ?(?=应|是|为|选|:|：))?"
    r"(?:应该|应当|应|明明|其实)? ?(?:是|为|选择?|填|(?=[:：]))[:：]? ?"
)
_BARE_VERB = re.compile(r"^(?:是|为|选择?|填)")
# Before an option or a judgement more can be left out: 选B, 答案B.
_SOFT_LEAD = re.compile(r"^(?:(?:正确|标准|参考)?答案|应该|应当|应)? ?(?:是|为|选择?|填)? ?[:：]? ?")
_BETWEEN = re.compile(r"[\s,，、;；/和与及]+")
_LETTERED = re.compile(
    r"^[(\[【]?([A-Ha-h])[)\]】]?(?: ?[.、,:] ?(?=\S)| (?=\S)|(?<=[)\]】])(?=\S)|(?=[\u4e00-\u9fff《“\"]))"
)
_MATTERS = re.compile(
    r"\d+|[零〇一二三四五六七八九十百千万亿两半不非未无没否勿上下左右东西南北前后内外大小多少高低长短增减升降正负甲乙丙丁阴阳男女]"
)
"""Numbers, negations and opposites: two texts that differ in these are never one text with a slip of the pen."""
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
    body, later = _flat(body), later.strip()
    for marked in _REASON.finditer(body):
        before = body[: marked.start()]
        if not (marked["colon"] or (before and (before[-1] in _STOPS + _OPENING or _ONLY_LETTERS.fullmatch(before)))):
            continue
        reason = body[marked.end() :]
        if before and before[-1] in _OPENING:
            reason = reason.rstrip("]】)） ")
        return before.rstrip(_STOPS + _OPENING), "\n".join(filter(None, (reason, later)))
    if (bracketed := _BRACKETED.search(body)) and (before := body[: bracketed.start()].rstrip(_STOPS)):
        return before, "\n".join(filter(None, (bracketed["reason"].strip(), later)))
    if (marked := _REASON.match(later)) and marked["colon"]:
        later = later[marked.end() :]
    return body, later


def understand(text: str, *, kind: str, options: Sequence[str]) -> Understood:
    """The answer that *text* gives to a question of this *kind* with these *options* (in the member's order).

    Raises:
        NotUnderstood: no answer in it, a letter without an option, or a text that is none of the options.
    """
    flat = _flat(text)
    said = _trimmed(flat if _BARE_VERB.match(flat) else _LEAD.sub("", flat, count=1))
    if len(said) > MAX_ANSWER_CHARS:
        raise NotUnderstood(f"答案有 {len(said)} 字，太长了。答案 {MAX_ANSWER_CHARS} 字以内，其余写进理由。")
    # As it was written first: an option may begin with what otherwise leads to one.
    ways = list(dict.fromkeys((_trimmed(flat), said, _trimmed(_SOFT_LEAD.sub("", flat, count=1)))))
    if options:
        letters = _letters(ways, options)
        words = answer_text(letters, options)
        return Understood(words, claim_of(words, choice=True), letters)
    if _says_nothing(ways[-1]) and (kind == "judge" or _says_nothing(said)):
        raise NotUnderstood(_NO_ANSWER)
    if kind == "judge":
        words = _judgement(ways)
        return Understood(words, claim_of(words, choice=False), "")
    return Understood(said, claim_of(said, choice=False), "")


def claim_of(words: str, *, choice: bool) -> str:
    """32 hex digits (BLAKE2b-128) of what an answer in words claims: equal when the answers mean the same."""
    if not choice:
        # 5 % and ５％ are one number.
        words = "".join(unicodedata.normalize("NFKC", words).split())
    return blake2b(claim(words, choice=choice).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _flat(text: str) -> str:
    return " ".join(text.split())


def _trimmed(text: str) -> str:
    return text.strip(": ：").rstrip("。.!！ ")


def _says_nothing(text: str) -> bool:
    """Whether nothing is in it but spaces and punctuation; √ and ♂ say something."""
    return not normal_form(text) and all(unicodedata.category(letter)[0] in "PZC" for letter in text)


def _judgement(ways: Sequence[str]) -> str:
    for said in ways:
        for way in (said, said.removesuffix("的")):
            try:
                return judge_key(way)
            except _BadKey:
                continue
    raise NotUnderstood("这道是判断题，写「对」或「错」。")


def _letters(ways: Sequence[str], options: Sequence[str]) -> str:
    for said in ways:
        if found := _bare_letters(said, options) or _whole(said, options):
            return found
    for said in ways:
        if found := _by_text(said, options):
            return found
    said = unicodedata.normalize("NFKC", ways[-1])
    if _says_nothing(said):
        raise NotUnderstood(_NO_ANSWER)
    if re.fullmatch(r"[A-Za-z]{1,8}", bare := _BETWEEN.sub("", said)):
        return _in_range(bare.upper(), options)
    if lettered := _LETTERED.match(said):
        letter = lettered[1].upper()
        _in_range(letter, options)
        rest = said[lettered.end() :]
        if several := _lettered_list(said, options):
            return several
        if _resembles(rest, options[LETTERS.index(letter)]):
            return letter
        raise NotUnderstood(
            f"{letter} 是「{options[LETTERS.index(letter)]}」，不是「{excerpt(rest, 20)}」。只写选项字母就行。"
        )
    raise NotUnderstood(f"选项里没有「{excerpt(said, 20)}」。写选项字母，或者写选项原文。")


def _bare_letters(said: str, options: Sequence[str]) -> str:
    """The letters that *said* consists of, if all of them have an option and it is not the text of one (AB, CD)."""
    bare = _BETWEEN.sub("", unicodedata.normalize("NFKC", said).strip("()[]【】")).upper()
    known = LETTERS[: len(options)]
    if not bare or len(bare) > len(LETTERS) or not set(bare) <= set(known):
        return ""
    if len(bare) > 1 and (whole := _whole(said, options)):
        return whole
    return "".join(sorted(set(bare)))


def _whole(said: str, options: Sequence[str]) -> str:
    form = option_form(said)
    return next((LETTERS[at] for at, option in _numbered(options) if form and option_form(option) == form), "")


def _numbered(options: Sequence[str]) -> Sequence[tuple[int, str]]:
    return list(enumerate(options))[: len(LETTERS)]


def _in_range(letters: str, options: Sequence[str]) -> str:
    known = LETTERS[: len(options)]
    if strange := sorted({letter for letter in letters if letter not in known}):
        raise NotUnderstood(f"这道题只有 {known[0]} 到 {known[-1]}，没有 {'、'.join(strange)}。")
    return "".join(sorted(set(letters)))


def _by_text(said: str, options: Sequence[str]) -> str:
    """Letters of the options whose texts *said* names, whole; else of the only one that it resembles."""
    forms = [option_form(option) for _, option in _numbered(options)]
    named = [option_form(part) for part in re.split(r"[;；、\n]|和|与", said) if part.strip()]
    if named and all(part in forms for part in named):
        return "".join(sorted({LETTERS[forms.index(part)] for part in named}))
    alike = [at for at, option in _numbered(options) if _resembles(said, option)]
    return LETTERS[alike[0]] if len(alike) == 1 else ""


def _lettered_list(said: str, options: Sequence[str]) -> str:
    """Letters of ``A. 甲；C. 丙`` when every part is a letter with its own option."""
    found = ""
    for part in re.split(r"[;；\n]", unicodedata.normalize("NFKC", said)):
        match = _LETTERED.match(part.strip())
        letter = match[1].upper() if match else ""
        if match is None or letter not in LETTERS[: len(options)]:
            return ""
        if not _resembles(part.strip()[match.end() :], options[LETTERS.index(letter)]):
            return ""
        found += letter
    return "".join(sorted(set(found))) if len(found) > 1 else ""


def _resembles(text: str, option: str) -> bool:
    one, other = option_form(text), option_form(option)
    if _MATTERS.findall(one) != _MATTERS.findall(other):
        return False
    return one == other or (len(other) >= 4 and fuzz.ratio(one, other) >= _LIKE)

"""Whether a reply is right, and whether it is written as it was asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from inference.prompts import LETTERS, is_unsure
from store.wording import normal_form, option_form
from training.evaluation.choices import letters_of, verdict_of
from training.evaluation.items import Item
from training.guard import GuardItem, passes
from training.refusals import declines

_THOUGHT = re.compile(r"^.*?</think>\s*|^\s*<think>.*\Z", re.DOTALL)
_ALSO = re.compile(r"[(（](?:也叫|又叫|又称|也称|即|亦称|简称|原名|别名)[^)）]*[)）]")
_SHORT_LEAD = re.compile(r"^\s*(?:(?:正确|标准|参考)?答案(?:应该|应当|应)?(?:是|为)?|答)\s*[：:]?\s*")
_FILLER = re.compile(r"^\s*(?:答案|正确答案|根据|好的|首先|这道题|本题|该题|解析|分析|答[：:])")
_SENTENCE = re.compile(r"[^。！？!?\n]*")
_DENIED_BEFORE = re.compile(r"(?:不|非|没有?|无|未|否|除了?|而不|误|错)[^，,。；;：:]{0,4}$")
_DENIED_AFTER = re.compile(r"\s*[”」》』）)\"]?\s*(?:[^，,。；;]{0,2}(?:不是|不对|不正确|错|误|除外|以外|之外)|不)")
_OPENS = "是为叫做作称在于由即指选：:，,。；;（(“「『《\"' 　\t约共有"
_CLOSES = "。，,；;！!？?：:）)”」』》\"' 　\t（(也的即是等"
_LISTS = re.compile(r"[、/]|或者?|还是|以及|和|与|及|可能|也许|大概")
_SEPARATORS = re.compile(r"[；;]\s*")
_LONGEST_SHORT = 40
_FORMATTED_OPTION = re.compile(r"\s*([A-Ha-hＡ-Ｈ])\s*[.．、：:)）]?\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Score:
    right: bool
    exact: bool
    """Right word for word; a short answer within a sentence is right but not exact."""
    formatted: bool | None
    """The first line is written as the system prompt asks; ``None`` where it asks nothing of the kind."""


def score(item: Item, reply: str) -> Score:
    """Of *reply* to *item*; an empty one is wrong."""
    said = _THOUGHT.sub("", reply, count=1).strip()
    if item.kind == "guard":
        right = passes(GuardItem(item.id, item.category, "gate", item.input, item.key, item.check), said)
        return Score(right, right, None)
    if item.kind == "decline":
        right = declines(said)
        return Score(right, right, None)
    short = item.kind != "judge" and not item.options
    exact = short and _exact(item.accepted, said)
    # 没有把握 may be the very words that are asked for.
    if not said or (is_unsure(said) and not exact):
        return Score(False, False, bool(said))
    if item.kind == "judge":
        right = _judged(item, said)
        return Score(right, right, _first(said).rstrip("。.") in ("对", "错"))
    if short:
        return Score(exact or _contains(item.accepted, said), exact, _brief(said))
    several = item.kind == "multiple"
    letters = letters_of(_folded(said), [_folded(option) for option in item.options], several=several)
    right = letters is not None and letters == "".join(sorted(set(item.answer)))
    return Score(right, right, _lettered(said, item.options, several=several))


def _judged(item: Item, said: str) -> bool:
    wanted = item.answer == "正确"
    verdict = verdict_of(_folded(said))
    if verdict is None and item.options:
        letters = letters_of(_folded(said), [_folded(option) for option in item.options], several=False)
        verdict = verdict_of(item.options[LETTERS.index(letters)]) if letters else None
    return verdict is wanted


def _first(said: str) -> str:
    return said.split("\n", 1)[0].strip()


def _lettered(said: str, options: Sequence[str], *, several: bool) -> bool:
    """Whether the reply begins with ``B. 辛亥革命``, for several ``A. 甲；C. 丙``."""
    # An option may itself hold a semicolon or a line end, so it is looked for from the letter on.
    at, seen = 0, 0
    while match := _FORMATTED_OPTION.match(said, at):
        number = LETTERS.find(_folded(match[1]).upper())
        if not 0 <= number < len(options):
            return False
        begin = match.start(2)
        own = options[number].strip()
        if said[begin : begin + len(own)] != own:
            line = said[begin:].split("\n", 1)[0]
            piece = _SEPARATORS.split(line, maxsplit=1)[0] if several else line
            if option_form(piece) != option_form(own):
                return False
            own = piece
        seen += 1
        end = begin + len(own)
        separator = _SEPARATORS.match(said, end)
        if separator is None or not several:
            return seen > 0 and not said[end:].split("\n", 1)[0].strip(" 。.\t")
        at = separator.end()
    return False


def _brief(said: str) -> bool:
    """Whether a short answer comes at once, without a word before it."""
    first = _first(said)
    return len(first) <= _LONGEST_SHORT and not _FILLER.match(first)


def _exact(accepted: Sequence[str], said: str) -> bool:
    wanted = {option_form(text) for text in accepted} - {""}
    lines = [said, _first(said)]
    forms = {option_form(form) for line in lines for form in (line, _SHORT_LEAD.sub("", line), _ALSO.sub("", line))}
    return not wanted.isdisjoint(forms)


def _contains(accepted: Sequence[str], said: str) -> bool:
    """Whether the first sentence states one accepted answer: bounded by marks or 是, not denied, not one of a list."""
    sentence = _SENTENCE.match(_folded(_first(said)))
    text = sentence[0].strip() if sentence else ""
    return any(_stated(_folded(answer).strip(), text) for answer in accepted)


def _stated(answer: str, text: str) -> bool:
    if len(normal_form(answer)) < 2:
        return False  # one character is in many a sentence that means something else
    at = text.find(answer)
    while at >= 0:
        before, after = text[:at], text[at + len(answer) :]
        bounded = (not before or before[-1] in _OPENS) and (not after or after[0] in _CLOSES)
        denied = _DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after)
        # What is said of the answer after a comma may list as it likes.
        near = re.split(r"[，,。；;：:（(]", before)[-1] + re.split(r"[，,。；;：:）)]", after)[0]
        if bounded and not denied and not _LISTS.search(near):
            return True
        at = text.find(answer, at + 1)
    return False


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text)

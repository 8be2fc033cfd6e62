"""What a line begins with: an option letter as OCR leaves it, a question's number, the name of its kind."""

from __future__ import annotations

import re
from dataclasses import dataclass

LETTERS = "ABCDEFGH"

_CIRCLED = str.maketrans(
    {chr(0x24B6 + i): chr(65 + i) for i in range(8)}
    | {chr(0x24D0 + i): chr(65 + i) for i in range(8)}
    | {chr(0xFF21 + i): chr(65 + i) for i in range(8)}
    | {chr(0x1F150 + i): chr(65 + i) for i in range(8)}
)
# A radio button or a tick box before the letter is read as a ring, as O, 0 or 口.
_BOX = r"[○〇◯●◎⊙⭕□☐■☑✓√✔]?\s*|[O0o口]\s*(?=[A-H]\s*[.．、])"
_STRONG = re.compile(
    rf"^\s*(?:{_BOX})[(（\[【]?\s*(?P<letter>[A-Ha-h])\s*(?:[.．、,，:：;；)）\]】·。]|\s*\.)[.．、]?\s*(?P<rest>.*)$"
)
_WEAK = re.compile(
    r"^\s*[○〇◯●◎⊙⭕□☐■☑✓√✔]?\s*(?P<letter>[A-H])(?:\s+|(?=[\u4e00-\u9fff《“\"‘(（①-⑩\d]))(?!选?项)(?P<rest>.+)$"
)
_LONE = re.compile(r"^\s*[○〇◯●◎⊙⭕□☐■☑✓√✔(（\[【]?\s*(?P<letter>[A-H])\s*[)）\]】]?\s*$")
_NAMES_LETTERS = re.compile(r"^[B-H](?![.．、:：])(?:\W|[\u4e00-\u9fff])")
"""The rest of "A、B两地": the letters are names, not marks."""

_CONFUSED = {"A": "4ΛᎪ", "B": "8ßβE36", "C": "GcÇ<〈(（", "D": "0OoQ口", "E": "F"}
"""Characters that an option letter is mistaken for."""
_INNER = re.compile(r"(?:(?<=\s)|(?<=[^\sA-Za-z0-9]))(?P<letter>[A-H])\s*[.．、](?!\d)\s*|(?<=\s)(?P<bare>[A-H])\s+")

_NUMBER = re.compile(
    r"^\s*(?:第\s*(?P<a>\d{1,3})\s*题\s*[.．、:：]?|[(（\[【]\s*(?P<b>\d{1,3})\s*[)）\]】]"
    r"|(?P<c>\d{1,3})\s*(?:[.．、:：)）]|(?=【|\[(?:单|多|判)))|(?P<d>\d{1,3})\s*/\s*\d{2,4}[.．、:：]?(?=\s|【))(?!\d)"
)
_KIND_NAME = r"(?:单选题?|多选题?|判断题?|单项选择题?|多项选择题?|不定项(?:选择)?题?|选择题)"
KIND = re.compile(rf"[\[【(（]?\s*{_KIND_NAME}\s*[\]】)）]?")
_BADGE = re.compile(r"([单多判])[\u4e00-\u9fff]{1,3}")
_BADGES = {"单": "单选题", "多": "多选题", "判": "判断题"}
_KIND_LEAD = re.compile(
    rf"^\s*(?:[\[【(（]\s*(?P<a>{_KIND_NAME})(?:[,，、\s]*\d+(?:\.\d+)?\s*分)?\s*[\]】)）]"
    rf"|(?P<b>(?:单选|多选|判断|单项选择|多项选择|不定项选择|不定项)题)(?![的和与中是])\s*[:：、.]?)\s*"
)
ANSWER = re.compile(
    r"^\s*[\[【(（]?\s*(?:(?:参考|正确|标准|我的|你的|您的|本题)\s*(?:答案|选择)|答案(?!是[_（(])|解析|考点|点拨|解题思路"
    r"|名师|来源[:：】\]]|难度[:：]|全站|正确率|易错项|统计|本题(?:考查|正确)|故(?:本题)?[选正])"
)


@dataclass(frozen=True, slots=True)
class Mark:
    letter: str
    rest: str
    sure: bool
    """False when it counts only among others in sequence: a bare letter, a small one."""


def unringed(text: str) -> str:
    """*text* with ringed and full-width option letters as plain ones."""
    return text.translate(_CIRCLED)


def cleaned(text: str) -> str:
    """*text* without what recognition adds to it: "℃" comes back as "°°C"."""
    return re.sub("°{2,}", "°", unringed(text))


def badge(text: str) -> str:
    """The kind that a small label of two to four characters names, however badly it was read; empty if none."""
    found = _BADGE.fullmatch(text.strip())
    return _BADGES[found[1]] if found else ""


def read_mark(text: str) -> Mark | None:
    """The option letter *text* begins with."""
    text = unringed(text)
    if found := _LONE.match(text):
        return Mark(found["letter"], "", sure=False)
    if (found := _STRONG.match(text)) and not _NAMES_LETTERS.match(found["rest"]):
        return Mark(found["letter"].upper(), found["rest"].strip(), sure=found["letter"].isupper())
    if found := _WEAK.match(text):
        return Mark(found["letter"], found["rest"].strip(), sure=False)
    return None


def mistaken_mark(text: str, letter: str) -> Mark | None:
    """*letter*, if *text* begins with a character it is mistaken for and a point."""
    found = re.match(rf"^\s*[{re.escape(_CONFUSED.get(letter, ''))}]\s*[.．、]\s*(?P<rest>\S.*)$", text)
    return Mark(letter, found["rest"].strip(), sure=False) if found and letter in _CONFUSED else None


def inner_marks(text: str, letter: str) -> list[tuple[str, int, int]]:
    """Letters after *letter* (empty: from A) in order inside *text*, each with where its mark begins and ends."""
    found: list[tuple[str, int, int]] = []
    first = LETTERS.index(letter) + 1 if letter else 0
    for match in _INNER.finditer(unringed(text)):
        name = match["letter"] or match["bare"]
        expected = first + len(found)
        if expected < len(LETTERS) and name == LETTERS[expected] and text[match.end() :].strip():
            found.append((name, match.start(), match.end()))
    return found


def names_kind(text: str) -> bool:
    """*text* begins with the name of its kind, which only the start of a question does."""
    return _KIND_LEAD.match(text) is not None


def question_number(text: str) -> int | None:
    """The number that *text* begins with, when it is followed by the mark of a question's number."""
    found = _NUMBER.match(text)
    return int(next(value for value in found.groups() if value)) if found else None


def has_number(text: str) -> bool:
    """*text* begins with a question's number, and something comes after it."""
    found = _NUMBER.match(text)
    return found is not None and len(text) > found.end()


def with_kind(text: str) -> str:
    """*text* with the name of its kind in brackets and its number with a point, which tell both from the stem."""
    number = _NUMBER.match(text)
    lead, body = (text[: number.end()], text[number.end() :]) if number else ("", text)
    if number and number["d"]:
        lead = f"{number['d']}."
    found = _KIND_LEAD.match(body)
    if found and number is None and (behind := _NUMBER.match(body[found.end() :])):
        # "【单选题】3." and "3.【单选题】" are the same.
        lead, body = behind[0], body[: found.end()] + body[found.end() + behind.end() :]
    return f"{lead}【{found['a'] or found['b']}】{body[found.end() :]}" if found else lead + body

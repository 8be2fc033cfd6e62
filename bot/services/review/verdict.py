"""What a reviewer says of an item, read from a short message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

Action = Literal["approve", "alias", "reject", "skip", "retire", "unanswerable"]

ACTION_WORDS: dict[str, str] = {
    "approve": "通过",
    "alias": "也算对",
    "reject": "驳回",
    "skip": "跳过",
    "retire": "停用",
    "unanswerable": "无解",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    action: Action
    answer: str = ""
    """As the reviewer wrote it; empty takes what most members propose, else what stands."""
    explanation: str = ""
    reason: str = ""
    valid_until: date | None = None
    """Last day on which the answer is known to hold."""
    offered: str = ""
    """The answer in words that the reviewer was shown as the one to approve; taken when *answer* is empty,
    whatever came in since."""


_WORDS: tuple[tuple[Action, str], ...] = (
    ("approve", r"1|通过|同意|采纳"),
    ("approve", r"2|改后通过|改成|改为|改"),
    ("reject", r"3|驳回|不通过|不采纳"),
    ("skip", r"4|跳过|下一[个条题]"),
    ("alias", r"5|也算对|也对"),
    ("retire", r"6|停用"),
    ("unanswerable", r"7|无解|没有答案"),
)
_PATTERNS: list[tuple[Action, re.Pattern[str]]] = [
    (action, re.compile(rf"^[/／]?\s*(?:{words})(?P<mark>[\s,，:：]+|$)(?P<rest>.*)$", re.DOTALL))
    for action, words in _WORDS
]
# 2B and 改成长江 as they are typed on a phone; 2020年 and 改革 are no verdicts.
_GLUED = re.compile(r"^([/／]?\s*(?:(?:2|改)(?=[A-Ha-h]{1,8}\s*$)|改[成为](?=[^\s,，:：])))")
_WIDE = str.maketrans("０１２３４５６７", "01234567")
_CHANGE = 1
"""Place of the pattern whose rest is an answer."""
_UNTIL = re.compile(
    r"(?:(?:^|[\s,，;；])[至到]|[\s,，;；]?有效期[至到]?)\s*[:：]?\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
)
_EXPLAINED = re.compile(r"[\s,，;；]*解析\s*[:：]\s*")
_REASONED = re.compile(r"[\s,，;；]*(?:理由|原因|来源)\s*[:：]\s*")

# An explanation may name its source or a cause itself.
_REASONED_LAST = re.compile(r"[\s,，;；]*理由\s*[:：]\s*")


class Unclear(Exception):
    """The message is no verdict; the text is Chinese and says what to write."""


def read_verdict(text: str) -> Verdict | None:
    """The verdict in a message; ``None`` when it is none.

    ``1``, ``2 B 解析：……``, ``改 1949年 至2027-12-31``, ``3 理由`` and the words for them.

    Raises:
        Unclear: a change without an answer, or a day that does not exist.
    """
    said = text.strip()
    said = _GLUED.sub(r"\1 ", said[:1].translate(_WIDE) + said[1:])
    for place, (action, pattern) in enumerate(_PATTERNS):
        found = pattern.match(said)
        if found is None:
            continue
        rest, until = _until(found["rest"].strip())
        rest, explanation = _after(_EXPLAINED, rest)
        rest, reason = _after(_REASONED, rest)
        if not reason:
            explanation, reason = _after(_REASONED_LAST, explanation)
        if place == _CHANGE or action == "alias":
            if place == _CHANGE and not rest:
                raise Unclear("改成什么？这样写：2 正确答案，选择题写字母就行。")
            return Verdict(action, rest, explanation, reason, until)
        return Verdict(action, "", explanation, reason or rest, until)
    return None


def _until(text: str) -> tuple[str, date | None]:
    found = _UNTIL.search(text)
    if found is None:
        return text, None
    try:
        day = date(*map(int, found.groups()))
    except ValueError as error:
        raise Unclear("没有这一天。有效期这样写：至2027-12-31") from error
    return (text[: found.start()] + text[found.end() :]).strip(), day


def _after(mark: re.Pattern[str], text: str) -> tuple[str, str]:
    found = mark.search(text)
    return (text, "") if found is None else (text[: found.start()].strip(), text[found.end() :].strip())

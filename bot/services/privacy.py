"""Making a stranger's text safe to keep and to show: private data masked, odd characters gone, tricks flagged."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.services.importing.texts import storable, tidy

Flag = Literal["private_data", "instructions", "markup", "shadowed"]

FLAG_WORDS: dict[str, str] = {
    "private_data": "含个人信息，已打码",
    "instructions": "像是写给模型的指令，当心",
    "markup": "含代码或标记",
    "shadowed": "这位成员以往的纠错多数没被采纳",
}

_DIGITS = str.maketrans("０１２３４５６７８９Ｘ", "0123456789X")
# Controls, directions, joiners, fillers and tags: nobody sees them, and they make a text read otherwise than it is stored.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_ID_CARD = re.compile(
    r"(?<![\dA-Za-z])(\d{6})(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
_PHONE = re.compile(r"(?<!\d)(?:\+?86[\s-]?)?(1[3-9]\d)[\s-]?\d{4}[\s-]?(\d{4})(?!\d)")
_CARD = re.compile(r"(?<!\d)(?:[3-6]|2[2-7])\d*(?:[ -]\d+)*")
"""Digits in groups that may begin with a payment card's number; years begin otherwise."""
_CARD_DIGITS = range(14, 20)
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_ACCOUNT = re.compile(
    r"(?<![A-Za-z0-9])((?:QQ|qq|微信|wx|vx|WeChat)(?:号|群)?(?:\s*[:：是]\s*|\s+|(?=\d)|(?<=[信号群])))([A-Za-z0-9_-]{5,20})"
)
_INSTRUCTIONS = re.compile(
    r"(?:忽略|无视|忘记|不要理会|跳过)[^。！？\n]{0,12}(?:指令|要求|提示|规则|设定|上文|以上|之前|前面)"
    r"|(?:系统|开发者)(?:提示词?|指令|消息)|你(?:现在|从现在起|以后)(?:是|扮演)|(?:直接|必须|请)(?:通过|批准|采纳)(?:这|本)?条"
    r"|ignore\s+(?:all\s+|any\s+|the\s+)*(?:previous|above|prior)|system\s*prompt|you\s+are\s+now|developer\s+mode"
    r"|<\|[^|>]{1,30}\|>|\[/?INST\]|<</?SYS>>|</?s>",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"</[a-zA-Z]|(?<![A-Za-z0-9])<[a-zA-Z][a-zA-Z0-9]{0,20}(?:[\s/][^>]{0,200})?>|\[CQ:|\{\{|\$\{|javascript:|```",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    text: str
    flags: tuple[Flag, ...]


def cleaned(text: str) -> Cleaned:
    """*text* without control and unseen characters, with phone, ID, card numbers, addresses and accounts masked.

    What looks like an instruction to a model or like markup stays, as letters, and is flagged.
    """
    plain = tidy(_UNSEEN.sub("", text))
    if not storable(plain):
        plain = plain.encode("utf-8", "replace").decode()
    hidden = masked(plain)
    flags: list[Flag] = []
    if hidden != plain:
        flags.append("private_data")
    if _INSTRUCTIONS.search(plain):
        flags.append("instructions")
    if _MARKUP.search(plain):
        flags.append("markup")
    return Cleaned(hidden, tuple(flags))


_MASKS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_ID_CARD, lambda match: match[1][:3] + "*" * 13 + match[0][-2:]),
    (_PHONE, lambda match: f"{match[1]}****{match[2]}"),
    (_MAIL, lambda match: _mail(match[0])),
    (_ACCOUNT, lambda match: match[1] + match[2][:2] + "***"),
)
"""None of them makes a text longer: what a member may write stays short enough when it is masked."""


def masked(text: str) -> str:
    """*text* with phone, ID, card numbers, addresses and accounts masked."""
    # Until nothing is left to mask: what one mask leaves may be private in itself.
    while (once := _masked_once(text)) != text:
        text = once
    return text


def _masked_once(text: str) -> str:
    digits = text.translate(_DIGITS)
    found = [
        (match.start(), match.end(), show(match)) for pattern, show in _MASKS for match in pattern.finditer(digits)
    ]
    parts: list[str] = []
    done = 0
    # The translation keeps places, so what is not masked stays as it was written.
    for start, end, shown in sorted(found + _cards(digits), key=lambda one: (one[0], -one[1])):
        if start >= done:
            parts += [text[done:start], shown]
            done = end
    return "".join([*parts, text[done:]])


def _mail(address: str) -> str:
    name, _, host = address.rpartition("@")
    return name[: len(name) > 1] + "*" * min(3, len(name) - (len(name) > 1)) + "@" + host


def _cards(digits: str) -> list[tuple[int, int, str]]:
    """Payment cards: runs of digit groups whose digits, from the first group on, end in their check digit."""
    found: list[tuple[int, int, str]] = []
    for match in _CARD.finditer(digits):
        number = ""
        for group in re.finditer(r"\d+", match[0]):
            number += group[0]
            if len(number) in _CARD_DIGITS and _luhn(number):
                found.append((match.start(), match.start() + group.end(), "*" * 8 + number[-4:]))
                break
            if len(number) >= _CARD_DIGITS.stop:
                break
    return found


def _luhn(text: str) -> bool:
    """Whether the digits end in the check digit of a payment card (ISO/IEC 7812-1, annex B)."""
    digits = list(map(int, text))
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0

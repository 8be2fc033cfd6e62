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
# Directions and joiners that nobody sees and that make a text read otherwise than it is stored.
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_ID_CARD = re.compile(
    r"(?<![\dA-Za-z])(\d{6})(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
_PHONE = re.compile(r"(?<!\d)(?:\+?86[\s-]?)?(1[3-9]\d)[\s-]?\d{4}[\s-]?(\d{4})(?!\d)")
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){15,18}\d(?!\d)")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_ACCOUNT = re.compile(r"((?:QQ|qq|微信|wx|vx|WeChat)(?:号|群)?\s*[:：是]?\s*)([A-Za-z0-9_-]{5,20})")
_INSTRUCTIONS = re.compile(
    r"(?:忽略|无视|忘记|不要理会|跳过)[^。！？\n]{0,12}(?:指令|要求|提示|规则|设定|上文|以上|之前|前面)"
    r"|(?:系统|开发者)(?:提示词?|指令|消息)|你(?:现在|从现在起|以后)(?:是|扮演)|(?:直接|必须|请)(?:通过|批准|采纳)(?:这|本)?条"
    r"|ignore\s+(?:all\s+|any\s+|the\s+)*(?:previous|above|prior)|system\s*prompt|you\s+are\s+now|developer\s+mode"
    r"|<\|[^|>]{1,30}\|>|\[/?INST\]|<</?SYS>>|</?s>",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"</?[a-zA-Z][^>]{0,200}>|\[CQ:|\{\{|\$\{|javascript:|```", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cleaned:
    text: str
    flags: tuple[Flag, ...]


def cleaned(text: str) -> Cleaned:
    """*text* without control and unseen characters, with phone, ID, card numbers, addresses and accounts masked.

    What looks like an instruction to a model or like markup stays, as letters, and is flagged.
    """
    plain = _UNSEEN.sub("", tidy(text))
    if not storable(plain):
        plain = plain.encode("utf-8", "replace").decode()
    masked = _masked(plain)
    flags: list[Flag] = []
    if masked != plain:
        flags.append("private_data")
    if _INSTRUCTIONS.search(plain):
        flags.append("instructions")
    if _MARKUP.search(plain):
        flags.append("markup")
    return Cleaned(masked, tuple(flags))


def _show_card(match: re.Match[str]) -> str:
    return "*" * 8 + re.sub(r"\D", "", match[0])[-4:] if _luhn(match[0]) else ""


_MASKS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_ID_CARD, lambda match: match[1][:3] + "*" * 13 + match[0][-2:]),
    (_PHONE, lambda match: f"{match[1]}****{match[2]}"),
    (_CARD, _show_card),
    (_MAIL, lambda match: match[0][0] + "***@" + match[0].rpartition("@")[2]),
    (_ACCOUNT, lambda match: match[1] + match[2][:2] + "***"),
)


def _masked(text: str) -> str:
    digits = text.translate(_DIGITS)
    found: list[tuple[int, int, str]] = []
    for pattern, show in _MASKS:
        found += [(match.start(), match.end(), shown) for match in pattern.finditer(digits) if (shown := show(match))]
    parts: list[str] = []
    done = 0
    # The translation keeps places, so what is not masked stays as it was written.
    for start, end, shown in sorted(found):
        if start >= done:
            parts += [text[done:start], shown]
            done = end
    return "".join([*parts, text[done:]])


def _luhn(text: str) -> bool:
    """Whether the digits end in the check digit of a payment card (ISO/IEC 7812-1, annex B)."""
    digits = [int(letter) for letter in text if letter.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0

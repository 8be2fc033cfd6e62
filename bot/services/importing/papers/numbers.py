"""Numbers that questions begin with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Style = Literal["plain", "bracketed"]

LARGEST = 3000

_NUMBER = re.compile(
    r"""(?P<blank>[（(]\s*(?P<key>[A-HＡ-Ｈ]{1,8}|[√×✓✗对错]|正确|错误)?\s*[)）]\s*)?
    (?: [（(]\s*(?P<round>\d{1,3})\s*[)）]\s*[、.．:：]?
      | [【\[]\s*(?P<square>\d{1,4})\s*[】\]]\s*[、.．:：]?
      | 第\s*(?P<nth>\d{1,4})\s*(?:小)?题\s*[、.．:：)）]?
      | (?:题目|试题|题)\s*(?P<named>\d{1,4})\s*[、.．:：)）]?
      | (?P<plain>\d{1,4})\s?(?P<mark>[、．.:：)）】]|\t)
      | (?P<bare>\d{1,4})(?=\s+[^\s\d]|[\u4e00-\u9fff“《])
    )\s*""",
    re.VERBOSE,
)
_YEAR = re.compile(r"\d{4}\s*(?:年|[-—–~～至]\s*\d{4}|\D)")
_UNIT = re.compile(
    r"(?:个|年|月|日|只|人|元|米|岁|万|亿|倍|次|项|位|天|号|世纪|分|点|种|条|千|公|度|℃|%|％|克|吨|名|家|周|小时)"
)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A line that begins with a number that may be a question's."""

    number: int
    style: Style
    rest: str
    """What follows the number."""
    doubtful: bool
    """May as well be a figure of a sentence (``3.5 亿``, ``12 个``): a question only where it is the next number."""
    key: str = ""
    """What stands in the blank before the number: ``（ √ ）1、…``."""


def numbered(text: str) -> Numbered | None:
    """The number that *text* begins with; ``None`` without one."""
    found = _NUMBER.match(text)
    if found is None:
        return None
    digits = next(found[name] for name in ("round", "square", "nth", "named", "plain", "bare") if found[name])
    number, rest = int(digits), text[found.end() :]
    if not 0 < number <= LARGEST:
        return None
    if found["round"] and found["blank"] is not None and found["key"] is None and found["blank"].strip() == "()":
        return None
    doubtful = found["bare"] is not None or (
        found["plain"] is not None and _goes_on(found["mark"], rest, text[found.end("mark") :])
    )
    if found["bare"] is not None and _UNIT.match(rest):
        return None
    if doubtful and found["blank"] is not None:
        # (B)1.87 is an option.
        return None
    return Numbered(number, "bracketed" if found["round"] else "plain", rest, doubtful, found["key"] or "")


def _goes_on(mark: str, rest: str, raw: str) -> bool:
    """Whether what follows the number may belong to it, as in 3.5, 17、18世纪 and 10:30."""
    if mark == "\t" or not rest[:1].isdigit():
        return False
    return not (raw[:1].isspace() or _YEAR.match(rest)) or mark in ":："

"""What somebody wants done to the daily practice: ``开 …``, ``停 1``, ``暂停 1 到 12-05``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Verb = Literal["list", "open", "stop", "change", "pause", "resume", "record", "now", "help"]
_VERBS: dict[str, Verb] = {
    "": "list",
    "看": "list",
    "列表": "list",
    "开": "open",
    "开启": "open",
    "打开": "open",
    "订阅": "open",
    "新增": "open",
    "加": "open",
    "停": "stop",
    "停掉": "stop",
    "关": "stop",
    "关闭": "stop",
    "取消": "stop",
    "退订": "stop",
    "改": "change",
    "修改": "change",
    "改成": "change",
    "暂停": "pause",
    "恢复": "resume",
    "继续": "resume",
    "记录": "record",
    "现在": "now",
    "马上": "now",
    "帮助": "help",
}
_VERB = re.compile(rf"({'|'.join(sorted(filter(None, _VERBS), key=len, reverse=True))})(?![天日])")
_NUMBER = re.compile(r"第?\s*(\d{1,3})\s*(?:份|号|个)?(?=\s|$|到|至)")


@dataclass(frozen=True, slots=True)
class Command:
    verb: Verb
    number: int | None
    """Which subscription, where it was said."""
    rest: str


def read(text: str) -> Command:
    """What *text*, after ``/每日一练``, wants done. Without a verb it sets one up."""
    text = " ".join(text.replace("　", " ").split())
    if not text:
        return Command("list", None, "")
    found = _VERB.match(text)
    if found is None:
        return Command("open", None, text)
    verb, rest = _VERBS[found[1]], text[found.end() :].strip()
    if verb in ("open", "help", "list"):
        return Command(verb, None, rest)
    number = _NUMBER.match(rest)
    if number is None:
        return Command(verb, None, rest)
    return Command(verb, int(number[1]), rest[number.end() :].strip())

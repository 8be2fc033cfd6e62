"""``/每日一练`` as a verb, the subscription's number and the rest: ``开 …``, ``停 1``, ``暂停 1 到 12-05``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
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
    "停发": "stop",
    "删": "stop",
    "删除": "stop",
    "删掉": "stop",
    "关掉": "stop",
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
_ALL = re.compile(r"(?:(?:全部|所有|都)(?:的|份)?\s*)+")
_FOR_ALL = ("stop", "pause", "resume")
_NUMBER = re.compile(
    r"(?:第?\s*(\d{1,3})\s*(?:份|号|个)?|第([一二三四五])(?:份|号|个)?|([一二三四五])[份号])(?=\s|$|到|至)"
)
_IN_WORDS = "一二三四五"
_PART = re.compile(r"(?:晚间)?小结|免打扰|勿扰|安静|静音")
_BLANK = re.compile(
    # 5 题, 9 点, 7 天; 周 is one only where no day of it follows.
    r"(?<=[\d一二两三四五六七八九十])\s+(?=[点题道]|[个天](?!\d)|周(?![一二三四五六日天末\d])|个?星期(?![一二三四五六日天\d])|个?月(?!\d))"
    r"|(?<=点)\s+(?=半|[一三]刻)"
    r"|(?<=\d)\s*(?=[:：]\s*\d\d)|(?<=[:：])\s+(?=\d\d)"
    r"|(?<=早上|上午|中午|下午|晚上|每晚|凌晨|傍晚)\s+(?=\d|[一二两三四五六七八九十]+\s*点)"
)


@dataclass(frozen=True, slots=True)
class Command:
    verb: Verb
    number: int | None
    """Which subscription, where it was said."""
    rest: str
    everything: bool = False
    """All of them are meant."""


def read(text: str) -> Command:
    """What *text*, after ``/每日一练``, wants done. Without a verb it sets one up."""
    text = _BLANK.sub("", " ".join(text.replace("　", " ").split()))
    if not text:
        return Command("list", None, "")
    found = _VERB.match(text)
    if found is None and (everything := _ALL.match(text)):
        command = read(text[everything.end() :])
        return replace(command, everything=True) if command.verb in _FOR_ALL else Command("open", None, text)
    if found is None:
        return Command("open", None, text)
    verb, rest = _VERBS[found[1]], text[found.end() :].strip()
    if verb in ("open", "help", "list"):
        return Command(verb, None, rest)
    if verb in _FOR_ALL and (everything := _ALL.match(rest)):
        return Command(verb, None, rest[everything.end() :], everything=True)
    number = None
    if said := _NUMBER.match(rest):
        number = int(said[1]) if said[1] else _IN_WORDS.index(said[2] or said[3]) + 1
        rest = rest[said.end() :].strip()
    if verb == "stop" and _PART.fullmatch(rest):
        return Command("change", number, f"{rest} 关")
    return Command(verb, number, rest)

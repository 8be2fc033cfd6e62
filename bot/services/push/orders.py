"""The settings of a subscription to the daily practice, read from words: ``08:00 常识 5题 工作日``."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.services.push import days
from bot.services.push.times import NoTime, minute_of
from paper.excerpts import excerpt

Off = Literal["off"]
MOST_QUESTIONS = 20
_ZONE = re.compile(r"时区\s*(?:是|为)?\s*([A-Za-z_+\-/0-9]+|[\u4e00-\u9fff]{2,6})")
_QUIET = re.compile(
    r"(?:免打扰|勿扰|安静|静音)(?:时间|时段)?\s*(?:(?P<off>关|不要|取消)|(?P<begin>\S+?)\s*(?:-|–|—|~|～|到|至)\s*(?P<end>[^\s，,。；;]+))"
)
_SUMMARY = re.compile(
    r"(?:(?P<no>不要|没有|关|取消)\s*(?:晚间)?小结|(?:晚间)?小结\s*(?:(?P<off>关|不要|取消)|(?P<at>[^\s，,。；;]+)))"
)
_COUNT = re.compile(r"(\d{1,4}|[一二两三四五六七八九十]{1,3})\s*(?:道|个)?题?")
IN_WORDS = dict(zip("一二三四五六七八九", range(1, 10), strict=True)) | {"两": 2, "十": 10}
_ZONES = {
    "北京": "Asia/Shanghai",
    "上海": "Asia/Shanghai",
    "乌鲁木齐": "Asia/Urumqi",
    "香港": "Asia/Hong_Kong",
    "台北": "Asia/Taipei",
    "东京": "Asia/Tokyo",
    "首尔": "Asia/Seoul",
    "新加坡": "Asia/Singapore",
    "伦敦": "Europe/London",
    "巴黎": "Europe/Paris",
    "柏林": "Europe/Berlin",
    "纽约": "America/New_York",
    "洛杉矶": "America/Los_Angeles",
    "悉尼": "Australia/Sydney",
}
_FILLER = re.compile(r"(?:数量|题数|时间|分类|类别|请|帮我|帮忙|给我们?|给大家|群里|推送|发送|[发推来出做的要])+")
_LONGEST_WORD = 60
"""Characters without a blank that are taken apart."""
_SHOWN = 12
"""Characters that are quoted of what was not understood."""
OPENING = "/每日一练 开 08:00 常识 5题 工作日"
_EVERY_AT = re.compile(r"每[天日](?=.)")
_ANYTHING = ("常识", "公考常识", "随机", "全部", "综合")


class Unclear(Exception):
    """The order cannot be followed; the message is Chinese and names what to fix."""


class _Unknown(Unclear):
    """There is no such word; an example helps."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was said; ``None`` for what was not."""

    minute: int | None = None
    """Of the local day."""
    days: str | None = None
    """As :mod:`bot.services.push.days` writes them."""
    category: str | None = None
    """Empty for all."""
    count: int | None = None
    zone: str | None = None
    quiet: tuple[int, int] | Off | None = None
    """Minutes of the local day."""
    summary: int | Off | None = None
    """Minute of the local day."""

    @property
    def columns(self) -> dict[str, Any]:
        """As a subscription keeps what was said."""
        found: dict[str, Any] = {
            name: value
            for name in ("minute", "days", "category", "count", "zone")
            if (value := getattr(self, name)) is not None
        }
        if self.quiet is not None:
            begin, end = (None, None) if self.quiet == "off" else self.quiet
            found |= {"quiet_from": begin, "quiet_until": end}
        if self.summary is not None:
            found["summary_minute"] = None if self.summary == "off" else self.summary
        return found


def read(text: str, categories: Collection[str], *, example: str = OPENING) -> Wanted:
    """What *text* says of a subscription, its words in any sequence; *example* is shown to whoever was not understood.

    Raises:
        Unclear: a word is none that a subscription knows, or two contradict each other.
    """
    found: dict[str, Any] = {}
    every = False
    text = text.replace("　", " ")
    for pattern, name, reading in ((_ZONE, "zone", _zone), (_QUIET, "quiet", _quiet), (_SUMMARY, "summary", _summary)):
        if said := pattern.search(text):
            found[name] = reading(said)
            text = f"{text[: said.start()]} {text[said.end() :]}"
    for word in re.split(r"[\s，,。；;]+", text.strip()):
        if not word:
            continue
        try:
            meanings = _meanings(word, categories)
        except _Unknown as error:
            raise Unclear(f"{error}\n这样写：{example}") from error
        every = every or _EVERY_AT.search(word) is not None
        for name, value in meanings:
            if found.setdefault(name, value) != value:
                raise Unclear(f"「{shown(word)}」和前面的说法不一致，留一个就行。")
    # Of 周一到周五每天8点 the days that are named count.
    if every:
        found.setdefault("days", days.EVERY)
    return Wanted(**found)


def _meanings(word: str, categories: Collection[str]) -> list[tuple[str, Any]]:
    """What a word says; words written together are taken apart."""
    if len(word) <= _LONGEST_WORD and (found := _apart(word, categories, set())) is not None:
        return found
    topic = word.removesuffix("题")
    if sum(name in word for name in categories) > 1:
        raise Unclear(f"一份只能选一个分类，「{shown(word)}」留一个，其他的再开一份。")
    near = [name for name in categories if topic and topic in name]
    if len(near) > 1:
        raise Unclear(f"「{shown(word)}」可能是{'、'.join(near[:6])}，写全一点。")
    known = f"；分类有常识、{'、'.join(list(categories)[:10])}" if categories else ""
    raise _Unknown(f"不明白「{shown(word)}」。日子写每天、工作日、周一三五{known}。")


def _apart(word: str, categories: Collection[str], tried: set[str]) -> list[tuple[str, Any]] | None:
    """The parts of *word*, none of it left over; *tried* are ends of it that have none.

    Raises:
        Unclear: a part at the beginning cannot be meant.
    """
    if not word:
        return []
    if (one := _meaning(word, categories)) is not None:
        return [one]
    if filler := _FILLER.match(word):
        return _apart(word[filler.end() :], categories, tried)
    for at in range(len(word) - 1, 0, -1):
        head, tail = _meaning(word[:at], categories), word[at:]
        if head is None or tail in tried:
            continue
        with suppress(Unclear):
            if (parts := _apart(tail, categories, tried)) is not None:
                return [head, *parts]
        tried.add(tail)
    return None


def _meaning(word: str, categories: Collection[str]) -> tuple[str, Any] | None:
    if (wanted := days.read(word)) is not None:
        return "days", wanted
    try:
        if (minute := minute_of(word)) is not None:
            return "minute", minute
    except NoTime as error:
        raise Unclear(str(error)) from error
    if counted := _COUNT.fullmatch(word):
        count = _count(counted[1])
        if not 1 <= count <= MOST_QUESTIONS:
            raise Unclear(f"一次 1 到 {MOST_QUESTIONS} 题，「{word}」不行。")
        return "count", count
    topic = word.removesuffix("题")
    if word in _ANYTHING or topic in _ANYTHING:
        return "category", ""
    if topic in categories:
        return "category", topic
    near = [name for name in categories if len(topic) > 1 and topic in name]
    return ("category", near[0]) if len(near) == 1 else None


def shown(text: str) -> str:
    """As much of what was written as a short message may repeat."""
    return excerpt(text, _SHOWN)


def _count(text: str) -> int:
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return IN_WORDS.get(text, 0)
    return IN_WORDS.get(tens, 0 if tens else 1) * 10 + (IN_WORDS.get(ones, 90) if ones else 0)


def _zone(said: re.Match[str]) -> str:
    name = _ZONES.get(said[1].removesuffix("时间"), said[1])
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise Unclear(f"没有「{said[1]}」这个时区，写成 Asia/Shanghai、Asia/Tokyo 这样。") from error
    return name


def _quiet(said: re.Match[str]) -> tuple[int, int] | Off:
    if said["off"]:
        return "off"
    begin, end = _clock(said["begin"]), _clock(said["end"])
    if begin == end:
        raise Unclear("免打扰的开始和结束一样，写成 免打扰 22:00-7:00 这样。")
    return begin, end


def _summary(said: re.Match[str]) -> int | Off:
    return "off" if said["no"] or said["off"] else _clock(said["at"])


def _clock(text: str) -> int:
    try:
        minute = minute_of(text)
    except NoTime as error:
        raise Unclear(str(error)) from error
    if minute is None:
        raise Unclear(f"「{shown(text)}」是几点？写成 22:00 这样。")
    return minute

"""A quiz as it is ordered, read from words: ``/出题 法律 10题 难 30秒 全员``."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from bot.services.judging.numerals import number

Mode = Literal["race", "all", "duel", "model", "relay"]
MODES: dict[str, Mode] = {
    "抢答": "race",
    "全员": "all",
    "全员答": "all",
    "单挑": "duel",
    "对战": "duel",
    "人机": "model",
    "人机同答": "model",
    "接力": "relay",
    "接力赛": "relay",
}
_KINDS = {"单选": "single", "多选": "multiple", "判断": "judge", "简答": "short", "填空": "short", "问答": "short"}
_HARDNESS: dict[str, tuple[int, int]] = {
    "简单": (1, 2),
    "容易": (1, 2),
    "易": (1, 2),
    "中等": (3, 3),
    "一般": (3, 3),
    "难": (4, 5),
    "困难": (4, 5),
    "较难": (4, 5),
}
_COUNT = re.compile(r"(\d{1,3})\s*(?:道|个)?题?")
_LIMIT = re.compile(r"(?:限时)?(\d{1,4})\s*(秒|s|分钟|分)", re.IGNORECASE)
_MOST_QUESTIONS = 30
_SHORTEST_S, _LONGEST_S = 10, 600
_COUNT_IN_WORDS = re.compile(r"([一二两三四五六七八九十]{1,3})(?:(?:道|个)题?|题)")


class Unclear(Exception):
    """The order cannot be followed; the message is Chinese and says what to write."""


@dataclass(frozen=True, slots=True)
class Order:
    mode: Mode = "race"
    category: str = ""
    kind: str = ""
    hardness: tuple[int, int] | None = None
    """Least and most difficulty."""
    count: int = 5
    limit_s: int = 0
    """For one question; 0 lets its kind and length decide."""


def read(text: str, categories: Collection[str]) -> Order:
    """The order in *text*, its words in any sequence.

    Raises:
        Unclear: a word is none that an order knows.
    """
    found: dict[str, object] = {}
    for word in text.replace("　", " ").replace("，", " ").replace(",", " ").split():
        name, value = _meaning(word, categories)
        if name in found and found[name] != value:
            raise Unclear(f"「{word}」和前面的说法不一致，留一个就行。")
        found[name] = value
    order = Order(**found)  # pyright: ignore[reportArgumentType] - the names and types are those of _meaning
    # Each of two teams is first as often as the other.
    return replace(order, count=order.count + order.count % 2) if order.mode == "relay" else order


def _meaning(word: str, categories: Collection[str]) -> tuple[str, object]:
    if word in MODES:
        return "mode", MODES[word]
    if word.removesuffix("题") in _KINDS:
        return "kind", _KINDS[word.removesuffix("题")]
    if word.removesuffix("题") in _HARDNESS:
        return "hardness", _HARDNESS[word.removesuffix("题")]
    if limit := _LIMIT.fullmatch(word):
        seconds = int(limit[1]) * (60 if limit[2].startswith("分") else 1)
        if not _SHORTEST_S <= seconds <= _LONGEST_S:
            raise Unclear(f"每题的时间在 {_SHORTEST_S} 秒到 {_LONGEST_S // 60} 分钟之间，例如 30秒。")
        return "limit_s", seconds
    if count := _count(word):
        if count > _MOST_QUESTIONS:
            raise Unclear(f"一次最多 {_MOST_QUESTIONS} 题。")
        return "count", count
    if word.startswith("随机") or word in ("常识", "全部"):
        return "category", ""
    return "category", _category(word, categories)


def _count(word: str) -> int:
    if digits := _COUNT.fullmatch(word):
        return int(digits[1])
    if words := _COUNT_IN_WORDS.fullmatch(word):
        return int(number(words[1]) or 0)
    return 0


def _category(word: str, categories: Collection[str]) -> str:
    word = word.removesuffix("题")
    if word in categories:
        return word
    near = [name for name in categories if word in name or name in word]
    if len(near) == 1:
        return near[0]
    if len(near) > 1:
        raise Unclear(f"「{word}」可能是{'、'.join(near[:6])}，写全一点。")
    known = "、".join(list(categories)[:12])
    raise Unclear(f"不明白「{word}」。分类有：{known}。\n这样写：/出题 {next(iter(categories), '历史')} 5题 30秒 抢答")

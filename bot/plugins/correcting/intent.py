"""What a message says about an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_CORRECT = re.compile(r"^[/／]\s*(?:纠错|纠正|报错|更正)\s*[:：]?\s*(?P<text>.*)$", re.DOTALL)
# 不对，应该是B: said of an answer, not asked.
_OBJECTION = re.compile(
    r"^(?:不对|不是吧?|错了|答错了?|答案(?:不对|错了)|这(?:题|个)(?:不对|错了))[\s,，。.!！~～]*"
    r"(?P<text>(?:应该|应当|正确答案|答案|正确的?)\s*(?:应该)?\s*(?:是|为|选|填)\s*.+)$",
    re.DOTALL,
)
_ASKING = re.compile(r"[?？吗呢吧么]\s*$|什么|哪[个些一项里]?|为什么|怎么|谁")
_UP = re.compile(r"^[/／]?\s*(?:👍[\U0001f3fb-\U0001f3ff]?|赞|有用|答得好|好评)[\s。.!！~～]*$")
_DOWN = re.compile(r"^[/／]?\s*(?:👎[\U0001f3fb-\U0001f3ff]?|踩|没用|差评|答错了?)[\s。.!！~～]*$")
_WITHDRAW = re.compile(r"^[/／]\s*撤回(?:纠错)?\s*+#?\s*+(?P<number>\d{1,18})\s*$")
_MINE = re.compile(r"^[/／]\s*(?:我的(?:纠错|贡献)|纠错记录)\s*$")
_BOARD = re.compile(r"^[/／]\s*(?:贡献榜|纠错榜)\s*$")


@dataclass(frozen=True, slots=True)
class Intent:
    action: Literal["correct", "up", "down", "withdraw", "mine", "board"]
    text: str = ""
    """The answer, and perhaps the reason."""
    number: int = 0
    """Of the correction to be taken back."""
    only_to_us: bool = False
    """Words that people also say to each other: they count when the bot is addressed."""


def intent_of(text: str) -> Intent | None:
    """What *text* says of an answer; ``None`` when it does not speak of one."""
    if withdraw := _WITHDRAW.match(text):
        return Intent("withdraw", number=int(withdraw["number"]))
    if _MINE.match(text):
        return Intent("mine")
    if _BOARD.match(text):
        return Intent("board")
    # After the commands that begin like it.
    if said := _CORRECT.match(text):
        return Intent("correct", said["text"])
    if (said := _OBJECTION.match(text)) and not _ASKING.search(said["text"].partition("\n")[0]):
        return Intent("correct", said["text"], only_to_us=True)
    if _UP.match(text):
        return Intent("up", only_to_us=True)
    if _DOWN.match(text):
        return Intent("down", only_to_us=True)
    return None

"""What means the same wherever it is said."""

from __future__ import annotations

import re

CANCEL = re.compile(r"^[/／]?\s*(?:取消|算了|不(?:了|要|用了?)?)[\s。.!！]*$")
"""No to what the bot just asked; of any talk, so it counts only where something was asked."""

_SPOKEN = re.compile(
    r"(?:出题|抢答|来一题|刷题|错题本?|复习|同类|考试|今日题|每日一题|[今每]日答案|排行榜|贡献榜|我的纠错)(?:[ \u3000]+\S.{0,19})?"
    r"|(?:每日一练|每日练习|日练)(?:[ \u3000].{0,60})?|我的"
)


def commanded(text: str) -> str:
    """*text* that is said to the bot, with the stroke before it that a command of ours lacks."""
    return f"/{text}" if _SPOKEN.fullmatch(text) else text

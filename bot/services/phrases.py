"""What means the same wherever it is said."""

from __future__ import annotations

import re

CANCEL = re.compile(r"^[/／]?\s*(?:取消|算了|不(?:了|要|用了?)?)[\s。.!！]*$")
"""No to what the bot just asked; of any talk, so it counts only where something was asked."""

_OF_PUSHES = (
    r"(?:每日一练|每日练习|日练)(?:[ \u3000].{0,60})?|[今每]日答案(?:\s*第?\s*[\d一二三四五六七八九]{1,2}\s*份?)?"
)
"""What may be said of a message that is quoted."""
_SPOKEN_OF_IT = re.compile(_OF_PUSHES)
_SPOKEN = re.compile(
    rf"{_OF_PUSHES}|(?:出题|抢答|来一题|刷题|错题本?|排行榜)(?:[ \u3000]+\S.{{0,19}})?"
    r"|复习(?:[ \u3000]+(?:\d|每天|轻松日).{0,19})?|同类(?:[ \u3000]+\d.{0,9})?"
    r"|考试(?:[ \u3000]+(?:取消|关|.{0,12}\d[ \u3000]*[-./月][ \u3000]*\d.{0,4}))?"
    r"|今日题|每日一题|贡献榜|我的纠错|我的"
)


def commanded(text: str, *, quoting: bool = False) -> str:
    """*text* that is said to the bot, with the stroke before it that a command of ours lacks; *quoting* a message."""
    return f"/{text}" if (_SPOKEN_OF_IT if quoting else _SPOKEN).fullmatch(text) else text

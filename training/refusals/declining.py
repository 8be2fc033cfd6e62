"""Whether a reply declines to answer."""

from __future__ import annotations

import re

from inference.prompts import is_unsure

# Some chat templates open the thought themselves, and a thought that the token limit cut off has no end.
_THOUGHT = re.compile(r"^(?:.*</think>|\s*<think>.*)\s*", re.DOTALL)
_NOTHING_KNOWN = re.compile(
    r"^[\s「『“]*(?:(?:抱歉|对不起|很遗憾)[，,。]?)?(?:我)?(?:查无此|没有?(?:这|该|听说过|查到|找到)|并?不存在|并?没有这"
    r"|题目(?:有误|不成立|的前提)|前提(?:有误|不成立|错误)|缺少(?:信息|条件)|信息不足)"
)
# What follows a doubt is an answer all the same: 没有把握，可能是 B.
_ANSWERS_AFTER_ALL = re.compile(
    r"(?:可能|应该|大概|估计|也许|猜测?|推测|倾向于?|我选|答案)[^。！？\n]{0,8}(?:是|选|为)[^。！？\n]|(?:^|\n)\s*[A-H][.．、]"
)


def declines(reply: str) -> bool:
    """Whether *reply* says that it does not know, or that there is no such thing, and leaves it at that."""
    said = _THOUGHT.sub("", reply, count=1)
    if not (is_unsure(said) or _NOTHING_KNOWN.match(said)):
        return False
    return _ANSWERS_AFTER_ALL.search(said) is None

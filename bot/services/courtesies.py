"""Small words that are said to the bot and ask nothing: greetings, thanks, farewells."""

from __future__ import annotations

import re

from bot.services.replies import HELP

_NOISE = re.compile(r"[\s\W_]+|(?:呀|啊|啦|哦|喔|哈|呢|了|哇|~)+$")
_NAMES = r"(?:小公|助手|老师|大佬|亲)?"
_SAID = (
    (r"hi|hello|help|帮助|菜单|在吗?|在不在|[你您]好|大家好|嗨|哈喽|你是谁|怎么用", HELP),
    (r"(?:好的?)?(?:谢谢你?|多谢|感谢|谢谢?|thanks?|thankyou|辛苦)(?:你|您|大家|大佬|小公)?", "不客气，接着问。"),
    (r"早|早安|早上好|上午好|中午好|下午好|晚上好", "你好，今天也一起学一点。"),
    (r"晚安|拜拜|再见|睡觉|先睡", "好，明天接着学。"),
    (r"加油|冲|冲鸭", "一起加油！"),
    (r"(?:你|小公)?(?:真|好|太)(?:厉害|棒|牛|强|聪明)|厉害|真棒", "哪里，题库是大家一起攒的。"),
)
_KNOWN = [(re.compile(f"{_NAMES}(?:{said}){_NAMES}", re.IGNORECASE), reply) for said, reply in _SAID]
_LONGEST = 16


def courtesy(text: str) -> str | None:
    """What to reply to *text* where it is such a word and nothing else."""
    if len(text) > _LONGEST:
        return None
    bare = _NOISE.sub("", _NOISE.sub("", text))
    return next((reply for said, reply in _KNOWN if said.fullmatch(bare)), None)

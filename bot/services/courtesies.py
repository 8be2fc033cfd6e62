"""Small words that are said to the bot and ask nothing: greetings, thanks, farewells, answers to nothing."""

from __future__ import annotations

import re

from bot.services.replies import HELP

_NOISE = re.compile(r"[\s\W_]+|(?:呀|啊|啦|哦|喔|哈|呢|了|哇|~)+$")
_NAMES = r"(?:小公|助手|老师|大佬|亲)?"
_SAID = (
    (
        r"hi|hello|help|帮助|菜单|在吗?|在不在|[你您]好|大家好|嗨|哈喽|你是谁|怎么用|怎么玩|[你您](?:都|还)?[会能](?:干|做)?(?:什么|啥|点?啥)|有(?:什么|哪些)功能",
        HELP,
    ),
    (r"(?:好的?)?(?:谢谢你?|多谢|感谢|谢谢?|thanks?|thankyou|辛苦)(?:你|您|大家|大佬|小公)?", "不客气，接着问。"),
    (r"早|早安|早上好|上午好|中午好|下午好|晚上好", "你好，今天也一起学一点。"),
    (r"晚安|拜拜|再见|睡觉|先睡", "好，明天接着学。"),
    (r"加油|冲|冲鸭", "一起加油！"),
    (r"(?:你|小公)?(?:真|好|太)(?:厉害|棒|牛|强|聪明)|厉害|真棒|牛[逼批掰]|nb|6{3,}", "哪里，题库是大家一起攒的。"),
    (r"好[的嘞]|收到|嗯{1,9}|ok|okay|知道|(?:我|看)?(?:明白|懂)", "好，有题接着发。"),
    (
        r"你?(?:真|太|好)?(?:傻[逼比b叉]|sb|废物|智障|垃圾机器人|笨)|你?滚|滚蛋|你真菜",
        "哪里答得不对，引用那条回答发 /纠错 正确答案，会有人核对。",
    ),
)
_LAUGHTER = re.compile(r"[\s\W_]*(?:[哈嘿呵嘻]{2,}|h{3,}|笑死我?了?)[\s\W_]*", re.IGNORECASE)
_LAUGHED_AT = "笑一笑，接着学。"
_STRAY = re.compile(
    r"[/／]?\s*(?:\d|(?=[A-H])A?B?C?D?E?F?G?H?|[a-h]|对|错|过|是的?|结束|停止|退出|跳过|继续|下一[题道个]|提示|开始|暂停|揭晓|确认|确定)"
    r"[\s.。!！]*"
)
_KNOWN = [(re.compile(f"{_NAMES}(?:{said}){_NAMES}", re.IGNORECASE), reply) for said, reply in _SAID]
_LONGEST = 16


def courtesy(text: str) -> str | None:
    """What to reply to *text* where it is such a word and nothing else."""
    if len(text) > _LONGEST:
        return None
    if _LAUGHTER.fullmatch(text):
        return _LAUGHED_AT
    bare = _NOISE.sub("", _NOISE.sub("", text))
    return next((reply for said, reply in _KNOWN if said.fullmatch(bare)), None)


def is_stray(text: str) -> bool:
    """Whether *text* only makes sense to a question or a menu of ours: 0, B, 下一题."""
    return _STRAY.fullmatch(text) is not None

"""What is said while a quiz runs and answers nothing."""

from __future__ import annotations

import re

_NO_TEXT = re.compile(r"https?:|www\.|\[cq:|^\s*[/#＃]|^\s*[@＠]", re.IGNORECASE)
_LAUGHS = re.compile(
    r"(?:[哈呵嘿嘻啊哦嗯额呃唉哎哇呜草牛笑泪汗晕6hw2]|ww|233|nb|yyds|lol|ok|emm+|hh)+[\W_]*", re.IGNORECASE
)
_ASKS = re.compile(
    r"什么|谁|怎么|怎样|为啥|为何|哪|几点|几号|几个|多少|咋|啥|是不是|对不对|有没有|能不能|可不可以|要不要|会不会|还是.+[?啊呀呢]|来着"
    r"|[吗嘛么]\s*[?!。~]*$|了没[有]?\s*[?!。~]*$|不是吧|求助|请问"
)
_TO_OTHERS = re.compile(r"[你您她咱]|(?<![排其吉利])他|大家|群主|楼[上下]|楼主|兄弟|姐妹|同学们|各位|老铁|家人们|大佬")
_OF_MYSELF = re.compile(r"我(?!国|记得|觉得|感觉|认为|想是|猜|估计|看[是,，]|选|答|投|押|蒙|判|改|要选)")
_SMALL = (
    "过 跳过 提示 下一题 下1题 结束 暂停 继续 不会 不会做 不知道 不懂 不清楚 没学过 忘了 想想 等等 等一下 等1下 稍等 难 好难 太难了 太难 "
    "收到 好 好的 好吧 行 可以 来 来了 来啦 在 在的 在吗 签到 打卡 早 早安 晚安 你好 谢谢 感谢 加油 厉害 牛 牛逼 牛批 强 快 快点 开始 走 走了 "
    "拜拜 再见 睡了 吃饭 吃饭了 答案 题目 选项 没有 有 没 不 嗯 嗯嗯 哦 噢 喔 啊 哎 唉 无语 绝了 笑死 哭了 麻了 离谱 服了 救命 天哪 天啊 妈呀 "
    "我 人 题 分 群 第1 第2 一样 同上 同楼上 加1 +1 1 扣1"
)
_SETTLED = frozenset(_SMALL.split())


def no_answer(tidied: str) -> bool:
    """Whether a tidy text answers no question of any kind: links, commands, questions, words to others."""
    return bool(_NO_TEXT.search(tidied) or _ASKS.search(tidied) or _TO_OTHERS.search(tidied))


def is_talk(tidied: str) -> bool:
    """Whether a tidy text, given to an open question, is talk: laughter, small words, somebody's own affairs."""
    bare = re.sub(r"[\W_]+", "", tidied)
    return (
        not bare
        or bare in _SETTLED
        or bool(_LAUGHS.fullmatch(bare))
        or no_answer(tidied)
        or bool(_OF_MYSELF.search(tidied))
    )


def is_question(tidied: str) -> bool:
    """Whether a tidy text asks something."""
    return bool(_ASKS.search(tidied)) or tidied.endswith("?")


def is_small(tidied: str) -> bool:
    """Whether a tidy text is a small word of talk, whatever part of an option it may also be."""
    return re.sub(r"[\W_]+", "", tidied) in _SETTLED

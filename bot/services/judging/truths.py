"""对 and 错, in all ways that people say them."""

from __future__ import annotations

import re

from bot.services.judging.folding import form
from bot.services.judging.particles import LEAD, PUNCTUATION
from bot.services.judging.talk import no_answer

TRUE, FALSE = "正确", "错误"
_TRUE = "正确|对|是对|是|没错|没有错|无误|真|√|✓|✔|☑|✅|t|true|y|yes|成立"
_FALSE = "不正确|不对|不是|不成立|错误|错|有误|否|假|×|✗|✘|✖|❌|❎|x|f|false|n|no|不准确"
_SOFT = "[的滴哒呀啊呗吧呢哦咯啦嘛哈呐]"
_WORD = rf"(?:(?P<true>{_TRUE})|(?P<false>{_FALSE}))"
# 真的 and 是吧 wonder, 不是吧 wonders aloud, 对了 begins another subject, 错了 may be a sigh.
_NOT_SAID = re.compile(r"(?:对了|是了|真的|是吧|不是吧|不是啊|对吗|是吗|是么|错了|没错吧|不是的吧|对对?哦)")
# As often said to one another.
_AGREES = re.compile(r"不是|是[的呀啊哦]*|no?|y(?:es)?|对[啊呀]+|(?:对){3,}")
_OF_THE_QUESTION = re.compile("[这那]?[道个]?(?:题|答案)")
_ALONE = re.compile(rf"(?:{_WORD}{_SOFT}*)")
_ABOUT = r"(?:这|此|该|本|那)?(?:个|种|道|句)?(?:说法|话|题目?|表述|观点|陈述|叙述|判断|题目说法)?(?:是|说的是?|说得|的?说法|判|选|回答|为)?"
_LEADING = re.compile(rf"^(?:{_ABOUT})(?=.)")
_LATE = re.compile(
    rf"^(?P<why>[^,，。;；:：]{{2,16}})[,，。;；:：\s]+(?:所以|因此|故)?(?:我)?(?:选|判)?{_WORD}(?:的)?$"
)
_CLAUSE = re.compile(rf"^{_WORD}(?:的)?[,，。;；:：\s]+(?P<why>.{{2,20}})$")
_BECAUSE = re.compile(r"^(?:应该是|应当是|应该|应为|应是|应|其实是|其实|而是|因为|是|要|指的是|指)")
# What is right instead: 列宁的.
_NOUN = re.compile(r"[^了吧啊呀呢嘛哈，。!？?]{2,3}的|(?!.*[了吧啊呀呢嘛哈去来走吃睡早晚好]).{2,3}")
_ELSEWHERE = re.compile(
    r"明天|今天|后天|昨天|今晚|明早|早上|晚上|现在|等下|等会|待会|考试|集合|上课|下课|下班|吃饭|睡|群|[你他她咱]|我(?!国)|大家|忘"
)


def spoken(tidied: str, stem: str) -> tuple[str, bool] | None:
    """正确 or 错误 as a tidy text says it of a statement, the *stem*, and whether that is certain.

    A reason may stand beside it (错，应该是王安石) when it speaks of the statement; ``None`` for talk
    (对了，明天几点考试).
    """
    bare = re.sub(r"[!！~～…。.?？\s]+$", "", tidied)
    if not bare or (tidied.endswith(("?", "？")) and bare[-1] in "吗么") or _NOT_SAID.fullmatch(bare):
        return None
    if said := _word(bare):
        return said, not (tidied.endswith("?") or _AGREES.fullmatch(bare))
    if no_answer(tidied):
        return None
    if (match := _CLAUSE.match(bare)) and _speaks_of(match["why"], stem):
        return _said(match), True
    if (match := _LATE.match(bare)) and not _ELSEWHERE.search(match["why"]):
        return _said(match), True
    return None


def _word(bare: str) -> str | None:
    for text in (bare, LEAD.sub("", bare), _LEADING.sub("", LEAD.sub("", bare)), _LEADING.sub("", bare)):
        joined = PUNCTUATION.sub("", text) or text
        if text != bare and joined in ("对了", "错了") and not _OF_THE_QUESTION.match(bare):
            return TRUE if joined == "对了" else FALSE
        if match := _ALONE.fullmatch(joined):
            return _said(match)
        # 错错错, √√, 对 正确
        several = [one for one in _ALONE.finditer(joined) if one[0]]
        if several and "".join(one[0] for one in several) == joined:
            words = {_said(one) for one in several}
            return words.pop() if len(words) == 1 else None
    return None


def _said(match: re.Match[str]) -> str:
    return TRUE if match["true"] else FALSE


def _speaks_of(why: str, stem: str) -> bool:
    if _ELSEWHERE.search(why) or len(why) > 20:
        return False
    said = set(form(why)) - set("的是了在有和不也就都才")
    shared = said & set(form(stem))
    return (
        bool(_BECAUSE.match(why)) or bool(shared) or why.startswith(("没问题", "没毛病")) or bool(_NOUN.fullmatch(why))
    )

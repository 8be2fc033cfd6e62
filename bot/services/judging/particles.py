"""Words around an answer that are no part of it: 应该是……吧."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.services.matching.lexicon import DECISIVE, NEGATION

_LEADS = (
    "我(?:觉得|感觉|认为|想|猜|估计|看|选|答|投|押|蒙|判|改选?|要?选)|个人(?:觉得|认为)|俺选|本人选"
    "|(?:这道?题|这个题?|本题|题目|第[0-9一二三四五六七八九十]{1,3}题)(?:目)?(?:的?答案)?(?:应该|肯定|就)?(?:是|选|为)?"
    "|(?:参考|正确|标准)?答案(?:应该|肯定|就)?(?:是|为|选)?|正解(?:是)?|还是觉得|感觉|觉得|估计|好像|貌似|似乎"
    "|应该是?|应当是?|可能是?|也许是?|大概是?|肯定是?|必须是?|必然是?|绝对是?|一定是?|当然是?|显然是?|明显是?|果断|盲猜?|无脑|直接"
    "|猜|那就|那|就是|就|都?选择?|改选|投|押|蒙|答|是|为|即|叫做?|称为|称作|名叫|名为|史称|ok|嗯+|额+|呃+|哦+|噢+|呀"
)
_MARKS = r"\s,，、.。:：;；!！?？~～…\-—=\"'“”‘’「」『』【】\[\]()（）<>《》〈〉"
# A minus before a number is part of it.
_GAP = rf"(?:(?!-[0-9])[{_MARKS}])*"
LEAD = re.compile(rf"^{_GAP}(?:(?:{_LEADS}){_GAP})*")
EXPLICIT = re.compile(
    r"^[\s\"“「]*(?:(?:参考|正确|标准)?答案(?:应该|肯定|就)?(?:是|为|选|:)|正解是?|我(?:选|答|猜|投|押|蒙|判)|选)"
)
"""Whoever begins so chooses."""
INTRODUCED = re.compile(
    r"^[\s\"“「]*(?:(?:参考|正确|标准)?答案(?:应该|肯定|就)?(?:是|为|:)|正解是?|我(?:答|猜)|(?:回)?答[:是])"
)
"""Whoever begins so answers an open question."""
TAIL = re.compile(
    rf"(?:[{_MARKS}]|吧|呢|啊|呀|哦|噢|哈|嘛|啦|喽|咯|呗|哒|滴|哇|诶|耶|嗯|了|的|无疑|没错了?|没跑了?|妥妥的?|这(?:本书|部书|个人|个|座城市|种)|我记得|这不就?是|我觉得|应该)*+$"
)
_ONE_LEAD = re.compile(rf"^{_GAP}(?:{_LEADS})?{_GAP}")
_MARKS_AFTER = re.compile(rf"[{_MARKS}]+$")
_NOTHING = re.compile("(?!)")
PIECES = re.compile(r"[=,，;；。!！?？()（）\[\]\n]+|也就是|也叫|又叫|又名|又称|即(?=.{2})")
"""Between two things that somebody says in one answer."""
PUNCTUATION = re.compile(rf"[{_MARKS}]+")

# In folded form; each says nothing of its own beside an answer.
_SAY_NOTHING = (
    "是 就是 应该 应该是 应当 应当是 大概 可能 也许 估计 感觉 我觉得 我感觉 我认为 我猜 我选 我答 我想 猜 选 答 答案 答案是 "
    "正确答案 这题 这道题 这个 那个 的 地 得 了 吧 啊 呀 呢 哦 噢 哈 嘛 啦 呗 咯 啦 哒 滴 嗯 叫 叫做 叫作 称 称为 称作 名叫 名为 史称 "
    "为 即 到 在 位于 于 属于 设在 也就是 就 那 必须 肯定 绝对 当然 一定 好像 貌似 似乎 无疑 呈 会 被 由 "
    "写 写的 著 所著 作 作的 画的 的作品 发明 发明的 发现 发现的 提出 提出的 "
    "已 已满 有 约 大约 左右 共 一共 1共 总共 合计 满 年满 每年 公元 共计 大概是 以上 以内 内 不就是 俗称 又称 也叫 又叫 又名 关系 比例 行为 现象 时候 的时候 的意思 意思 导致 还有 也称 简称 原名 即是"
)
_HARMLESS = frozenset(_SAY_NOTHING.split())
_CLASS = frozenset("省市县国州朝代人位个块座条部种年岁城")
_JOINTS = frozenset("和与或及跟")
_MOST_LEADS = 6
"""Whoever says more words before an answer says something else."""


def cuts(text: str) -> tuple[str, ...]:
    """A tidy text, then with more and more taken off its ends, as long as it may be mere words around an answer.

    绝对 of 绝对剩余价值 may be one, so whoever looks for an answer tries them in this order.
    """
    heads = [text]
    while len(heads) < _MOST_LEADS and (match := _ONE_LEAD.match(heads[-1])) and match.end():
        heads.append(heads[-1][match.end() :])
    shorter = (end.sub("", head) for head in heads for end in (_NOTHING, _MARKS_AFTER, TAIL))
    return tuple(dict.fromkeys(one for one in shorter if one))


def stripped(text: str) -> str:
    """A tidy text without what stands before and after an answer."""
    return TAIL.sub("", LEAD.sub("", text))


@lru_cache(maxsize=4096)
def harmless(rest: str, stem: str) -> bool:
    """Whether *rest* (a form) only repeats words of the *stem* (a form), or says nothing."""
    reach = [True] + [False] * len(rest)
    for end in range(1, len(rest) + 1):
        reach[end] = any(reach[start] and _empty(rest[start:end], stem) for start in range(max(0, end - 24), end))
    return reach[-1]


def loosely_harmless(rest: str, stem: str) -> bool:
    """As :func:`harmless`, or a single character of the *stem* beside such words: 休 of 休五天, where it says 休假."""
    return harmless(rest, stem) or any(
        character in stem
        and character.isalpha()
        and character not in DECISIVE
        and harmless(rest[:at] + rest[at + 1 :], stem)
        for at, character in enumerate(rest[:6])
    )


def _empty(piece: str, stem: str) -> bool:
    if piece in _HARMLESS:
        return True
    if len(piece) < 2:
        return piece in _CLASS and piece in stem
    if piece[0] == "大" and len(piece) > 2 and piece[1:] in stem:
        return True  # 大运河
    if piece not in stem or piece[0] in _JOINTS or piece[-1] in _JOINTS:
        return False
    return len(piece) >= 3 or NEGATION.isdisjoint(piece)

"""Slips of an input method, within a bound that never leads to another fact."""

from __future__ import annotations

import re

from bot.services.matching.confusable import look_alike, sound_alike
from bot.services.matching.differences import Difference, differences
from bot.services.matching.lexicon import DECISIVE, NEGATION, rivals

# Both of a pair sound alike and make different words: 检察院 and 监察院, 衡山 and 恒山, 唐玄宗 and 唐宣宗.
_PAIRS = (
    "检监 须需 公工 衡恒 渭卫 玄宣 宪献 世思 世始 勰协 溶熔 溶融 熔融 气汽 形刑 型刑 事势 权全 主注 机积 期契 "
    "记际 计际 阴因 盐岩 石食 宗总 高稿 祖组 交缴 实食 质植 植殖 殖职 职值 值制 税睡 源元 院园 险限 线现 现限 显宪 资咨 国果 "
    "终中 抚扶 询讯 赢盈 赢营 盈营 应映 氨胺 氨铵 胺铵 酮铜 酯脂 硒锡 烯锡 烯硒 镉铬 铟银 湘襄 湘香 岷闽 沅元 漓丽 乌吴 巫吴 徽惠 台泰 苏宿 抚福"
)
_TOLD_APART = frozenset(map(frozenset, _PAIRS.split()))
# Levels and offices beside each other: 省级 is not 县级.
_RANKS = tuple(
    map(frozenset, ("国省市县区州乡镇村", "院庭府部委局厅处科署", "将相王公侯伯子男", "律法令则例规", "金银铜铁"))
)
_STRONG = frozenset("东西南北上下左右前后大小多少增减正反新旧高低长短") | NEGATION
"""No slip leads to or from one of these."""
_EMPTY = frozenset("的地得了之")
_RULER = re.compile(r"^.{1,3}[帝宗祖王公侯后妃]$")
_SHORTEST = 3
_NAME_FROM = 4
"""Names of fewer characters must be right in each: 刘勰 is not 刘协."""


def misspelt(key: str, said: str, *, name: bool) -> bool:
    """Whether *said* is *key* (two forms) but for a slip: a character of the same sound, two swapped, one doubled.

    *name*: the key is somebody's name, of which each character counts.
    """
    if len(key) < (_NAME_FROM if name else _SHORTEST) or _RULER.match(key) or abs(len(key) - len(said)) > 1:
        return False
    found = differences(key, said)
    if not found or not all(_is_slip(difference) for difference in found):
        return False
    return sum(max(1, d.weight) for d in found) <= (2 if len(key) >= 8 else 1)


def sounds_like(key: str, said: str) -> bool:
    """Whether both sound the same, though too short or too much of a name to overlook it."""
    return (
        len(key) == len(said) >= 2
        and key != said
        and all(x == y or sound_alike(x, y) for x, y in zip(key, said, strict=True))
    )


def looks_like(key: str, said: str) -> bool:
    """Whether *said* is *key* but for one character that looks or sounds like it, among options that tell it apart."""
    if len(key) != len(said) or len(key) < 2:
        return False
    pairs = [(x, y) for x, y in zip(key, said, strict=True) if x != y]
    if len(pairs) != 1:
        return False
    x, y = pairs[0]
    if x.isascii() or y.isascii() or rivals(x, y) or _apart(x, y):
        return False
    return sound_alike(x, y) or (look_alike(x, y) and not {x, y} & NEGATION)


def _is_slip(difference: Difference) -> bool:
    ours, theirs = difference.ours, difference.theirs
    if difference.effect == "nothing":
        return (ours or theirs) in _EMPTY or (not ours and len(theirs) == 1)
    if difference.effect != "typo" or difference.negation:
        return False
    if sorted(ours) == sorted(theirs):
        # 西向东 and 东向西 hold the same characters.
        return len(ours) == 2 and DECISIVE.isdisjoint(ours)
    pairs = [(x, y) for x, y in zip(ours, theirs, strict=True) if x != y]
    return not any(_apart(x, y) or x in _STRONG or y in _STRONG for x, y in pairs)


def _apart(one: str, other: str) -> bool:
    return frozenset((one, other)) in _TOLD_APART or any(one in rank and other in rank for rank in _RANKS)

"""Words that decide an answer, and words that decide nothing."""

from __future__ import annotations

import re

NEGATION = frozenset("不非无未没勿莫否错误")
# A difference that touches one of these may change the answer.
_EXTREMES = "最首末唯独仅只均皆全各每任"
_ORDER = "先后前早晚初始终再次"
_PLACE = "上下东西南北京津沪渝冀豫辽黑湘皖鲁苏浙赣鄂桂晋蒙陕闽粤青藏川疆台港澳"
_DYNASTIES = "夏商周秦汉魏卫蜀吴晋隋唐宋辽金元明清齐楚燕赵韩"
_COUNTRIES = "英美法德俄日印意越朝欧亚非澳"
_MEASURE = "大小多少高低长短深浅远近厚薄宽窄轻重强弱快慢增减升降加除乘涨跌超"
_KINDS = "新旧古今阴阳冷热寒暖主副正反公私男女父母兄弟姐妹子孙老幼春夏秋冬红黄蓝绿白黑紫甲乙丙丁戊己庚辛壬癸"
_UNITS = "米克吨斤角秒倍伏瓦安帕寸尺丈亩顷℃％"
_ELEMENTS = "氢氦锂铍硼碳氮氧氟氖钠镁铝硅磷硫氯氩钾钙钛铬锰铁钴镍铜锌溴银锡碘金汞铅镭铀"
_NUMBERS = "一二三四五六七八九十百千万亿两半双零〇"
_LOGIC = "或且除因果可必须禁被"
_GROUPS = tuple(
    frozenset(group)
    for group in (
        _EXTREMES, _ORDER, _PLACE + _DYNASTIES + _COUNTRIES, _MEASURE, _KINDS, _UNITS, _ELEMENTS, _NUMBERS, _LOGIC
    )
)  # fmt: skip
DECISIVE = NEGATION.union(*_GROUPS)
EXTREME = re.compile("最|第[0-9一二三四五六七八九十]|[唯惟][1一]|首[个位次部]")
"""Whoever names an extreme asks which it is: such a phrase is a question of its own."""

# Characters whose presence or absence leaves the question as it is.
EMPTY = frozenset("的地得了是为在于之其就也个这那啊呢吗呀么吧哦请问叫做称指所几哪谁何什种项部条座本些有我们§")

# Both sides of a pair are words, sound or look alike and mean different things.
_TOLD_APART = (
    "利力 治制 定订 买卖 受授 他她 他它 她它 末未 入人 土士 天夫 千干 目日 日曰 折析 今令 戊戌 戌戍 太大 犬大 州洲 陕山"
)
TOLD_APART = frozenset(frozenset(pair) for pair in _TOLD_APART.split())

_SAME = (
    (re.compile("我国|中华人民共和国|咱们国家"), "中国"),
    (re.compile("是否|是不是"), "是否"),
    (re.compile("多少|几(?=[个位种条项座部年次名只岁])"), "几"),
    (
        re.compile(
            "到底哪个(?:答案)?(?:才是|是)?对的?|请问|想问一?下|问一?下|求问|到底|究竟|大佬们?|各位|谢谢大?家?|求助|求答案|在线等|帮我看看|帮忙看看"
            "|(?:这道?题)?(?:怎么选|怎么做|选哪一?个|选什么|选啥|答案选啥)"
        ),
        "",
    ),
    # § stands for the words that point at the options; 5吨以下 becomes one too, and differs from 以上 all the same.
    (re.compile("(?:以下|下列|下面|下述|如下)(?:各?选?项|各项|四项|几项)?中?(?:的)?"), "§"),
    (re.compile("(?:这|那)(?:道|个)题目?"), ""),
    (re.compile("不属于|不是属于|不属"), "不属于"),
    (re.compile("不正确|有误|错误|有错|不对|不恰当|不准确|不妥当?"), "错"),
    (re.compile("不符合|不合乎"), "不符"),
    (re.compile("是正确|正确|无误|恰当|准确"), "对"),
    (re.compile("被称为|被称作|被誉为|被叫做|称之为|称为|称作|叫做|叫作|名叫|名为|又称|誉为"), "称"),
    (re.compile("什么时候|何时|哪一?年|什么时间|几几年|什么年份"), "何时"),
    (re.compile("什么地方|哪里|哪儿|何处|何地"), "何地"),
    (re.compile("是谁|何人|哪位|哪一?个人|什么人|谁"), "谁"),
    (re.compile("哪一?[个项种部本座条位]|什么|何种|哪些|啥"), "什么"),
)
ASKED_FOR = re.compile("谁|何时|何地|几|什么|哪")
"""What a canonical text asks for, when it says so."""
SAYS_LITTLE = re.compile("(?:作品|著作|书|人物|事件|东西|物质|名称|含义|意思|内容)?")
"""What may follow 什么 without telling more than the sentence before it."""
# Where one of these is gone, something else is asked, whatever the options are.
VITAL = NEGATION | frozenset("最首末唯惟第一二三四五六七八九十百千万亿0123456789")
_WITHOUT_EMPTY = {ord(character): None for character in EMPTY}
_NUMERALS = re.compile("[〇零一二三四五六七八九十百千万亿两]+")
_DIGITS = {
    character: value
    for value, characters in enumerate(("〇零", "一", "二两", "三", "四", "五", "六", "七", "八", "九"))
    for character in characters
}
_SCALES = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10_000, "亿": 100_000_000}


def rivals(one: str, other: str) -> bool:
    """Whether two characters are alternatives to each other, as 汉 and 韩 are, and 上 and 商 are not."""
    return any(one in group and other in group for group in _GROUPS)


def weight(text: str) -> int:
    """Characters of a normal form that carry meaning."""
    return len(text.translate(_WITHOUT_EMPTY))


def canonical(form: str) -> str:
    """A normal form with numerals in digits and with one word for each of many that ask the same.

    It is compared, never shown: 一般 becomes ``1般`` on both sides.
    """
    for pattern, word in _SAME:
        form = pattern.sub(word, form)
    return _NUMERALS.sub(lambda match: str(_value(match[0])), form)


def _value(numeral: str) -> int:
    """The number that Chinese digits write, place by place (一九二一) or with 十百千万亿."""
    if not any(character in _SCALES or character in _BIG for character in numeral):
        return int("".join(str(_DIGITS[character]) for character in numeral))
    total = section = digit = 0
    for character in numeral:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _SCALES:
            section += (digit or 1) * _SCALES[character]
            digit = 0
        else:
            total = (total + section + digit or 1) * _BIG[character]
            section = digit = 0
    return total + section + digit

"""Other questions that look like one of the bank: each maker changes something that can change the answer."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from benchmarks.matching.rewordings import Asked
from store.bank import BankItem

Maker = Callable[[BankItem, random.Random, Sequence[BankItem]], Asked | None]

_NUMBER = re.compile(r"\d+")
_NUMERAL = re.compile("[一二三四五六七八九十](?=[年月日世届次个大条种位代])|第([一二三四五六七八九十])")
_TITLE = re.compile("《([^《》_\\s]{2,12})》")
_NAMES = {
    "dynasty": [
        "夏朝",
        "商朝",
        "周朝",
        "秦朝",
        "汉朝",
        "唐朝",
        "宋朝",
        "元朝",
        "明朝",
        "清朝",
        "唐代",
        "宋代",
        "元代",
        "明代",
        "清代",
        "西汉",
        "东汉",
        "北宋",
        "南宋",
        "西周",
        "东周",
    ],
    "person": [
        "李白",
        "杜甫",
        "白居易",
        "苏轼",
        "王安石",
        "欧阳修",
        "韩愈",
        "柳宗元",
        "曹操",
        "曹丕",
        "曹植",
        "诸葛亮",
        "刘备",
        "孙权",
        "秦始皇",
        "汉武帝",
        "唐太宗",
        "康熙",
        "乾隆",
        "孔子",
        "孟子",
        "老子",
        "庄子",
        "荀子",
        "韩非子",
        "墨子",
        "鲁迅",
        "茅盾",
        "巴金",
        "老舍",
        "郭沫若",
        "曹雪芹",
        "施耐庵",
        "罗贯中",
        "吴承恩",
        "司马迁",
        "司马光",
        "班固",
        "毛泽东",
        "周恩来",
        "邓小平",
        "孙中山",
        "牛顿",
        "爱因斯坦",
        "达尔文",
        "贝多芬",
        "莫扎特",
        "拿破仑",
        "华盛顿",
        "林肯",
        "马克思",
        "恩格斯",
        "列宁",
    ],
    "place": [
        "北京",
        "上海",
        "天津",
        "重庆",
        "南京",
        "西安",
        "洛阳",
        "杭州",
        "成都",
        "武汉",
        "广州",
        "长沙",
        "河北",
        "河南",
        "山东",
        "山西",
        "湖北",
        "湖南",
        "广东",
        "广西",
        "四川",
        "云南",
        "贵州",
        "福建",
        "浙江",
        "江苏",
        "安徽",
        "江西",
        "陕西",
        "甘肃",
        "青海",
        "新疆",
        "西藏",
        "美国",
        "英国",
        "法国",
        "德国",
        "日本",
        "俄罗斯",
        "意大利",
        "印度",
        "埃及",
        "希腊",
        "亚洲",
        "欧洲",
        "非洲",
        "长江",
        "黄河",
        "珠江",
        "淮河",
        "太平洋",
        "大西洋",
        "印度洋",
        "东海",
        "南海",
        "黄海",
    ],
    "institution": [
        "全国人民代表大会",
        "全国人大常委会",
        "国务院",
        "国家主席",
        "最高人民法院",
        "最高人民检察院",
        "人民法院",
        "人民检察院",
        "公安机关",
        "党中央",
        "中央委员会",
        "中央政治局",
        "纪律检查委员会",
        "党支部",
        "党员大会",
        "共青团",
    ],
}
_KIND_OF = {name: kind for kind, names in _NAMES.items() for name in names}
_NAME = re.compile("|".join(sorted(_KIND_OF, key=len, reverse=True)))
_TURNED = (
    ("不正确", "正确"),
    ("错误的", "正确的"),
    ("不属于", "属于"),
    ("不包括", "包括"),
    ("不是", "是"),
    ("不能", "能"),
    ("不得", "可以"),
    ("没有", "有"),
    ("正确的", "错误的"),
    ("属于", "不属于"),
    ("包括", "不包括"),
    ("最大", "最小"),
    ("最早", "最晚"),
    ("最高", "最低"),
    ("最长", "最短"),
    ("第一", "最后"),
    ("增加", "减少"),
    ("上升", "下降"),
    ("以上", "以下"),
    ("东", "西"),
    ("南", "北"),
)


def number(item: BankItem, chance: random.Random, others: Sequence[BankItem]) -> Asked | None:
    found = list(_NUMBER.finditer(item.stem))
    if found:
        at = chance.choice(found)
        other = str(int(at[0]) + chance.choice((1, 2, 3, 7, 10)))
        return Asked(item.stem[: at.start()] + other + item.stem[at.end() :], item.options)
    found = list(_NUMERAL.finditer(item.stem))
    if not found:
        return None
    at = chance.choice(found)
    group = 1 if at[1] else 0
    other = chance.choice([n for n in "一二三四五六七八九" if n != at[group]])
    return Asked(item.stem[: at.start(group)] + other + item.stem[at.end(group) :], item.options)


def name(item: BankItem, chance: random.Random, others: Sequence[BankItem]) -> Asked | None:
    found = list(_NAME.finditer(item.stem))
    if not found:
        return None
    at = chance.choice(found)
    other = chance.choice([n for n in _NAMES[_KIND_OF[at[0]]] if n != at[0]])
    return Asked(item.stem[: at.start()] + other + item.stem[at.end() :], item.options)


def title(item: BankItem, chance: random.Random, others: Sequence[BankItem]) -> Asked | None:
    found = list(_TITLE.finditer(item.stem))
    if not found:
        return None
    at = chance.choice(found)
    titles = {t for other in others for t in _TITLE.findall(other.stem)} - {at[1]}
    return Asked(item.stem.replace(at[1], chance.choice(sorted(titles))), item.options)


def turned(item: BankItem, chance: random.Random, others: Sequence[BankItem]) -> Asked | None:
    """A negation or an extreme turned round."""
    fitting = [(old, new) for old, new in _TURNED if old in item.stem]
    if not fitting:
        return None
    old, new = fitting[0] if len(fitting[0][0]) > 2 else chance.choice(fitting)
    return Asked(item.stem.replace(old, new, 1), item.options)


def option(item: BankItem, chance: random.Random, others: Sequence[BankItem]) -> Asked | None:
    """One option replaced by one of another question."""
    if not item.options:
        return None
    donors = [other for other in others if other.options and other.id != item.id]
    donated = chance.choice(chance.choice(donors).options)
    if donated in item.options:
        return None
    options = list(item.options)
    options[chance.randrange(len(options))] = donated
    return Asked(item.stem, tuple(options))


MAKERS: dict[str, Maker] = {
    "a number changed": number,
    "a name changed": name,
    "a title changed": title,
    "negation or extreme turned": turned,
    "an option changed": option,
}

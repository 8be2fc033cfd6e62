"""Units of measure: which of them measure the same, and how many of one are the other."""

from __future__ import annotations

from fractions import Fraction

Reading = tuple[str, Fraction]
"""Dimension, and how many of its base unit."""

_SCALED: dict[str, str] = {
    "metre": "m 米=1 km 千米 公里=1000 dm 分米=1/10 cm 厘米 公分=1/100 mm 毫米=1/1000 μm 微米=1/1000000 nm 纳米=1/1000000000"
    " 里 华里=500 海里=1852",
    "gram": "g 克=1 kg 千克 公斤=1000 t 吨=1000000 mg 毫克=1/1000 μg 微克=1/1000000 斤=500 克拉 ct=1/5",
    "second": "s sec 秒 秒钟=1 min 分 分钟=60 h hr 时 小时 个小时 钟头 个钟头 点 点钟=3600 天 日=86400 周 星期 礼拜 个星期=604800"
    " ms 毫秒=1/1000 刻钟 刻=900",
    "month": "月 个月=1 季度 个季度=3 年 周年=12 世纪 个世纪=1200",
    "square": "平方米 平米 平方 m2 m^2=1 平方千米 平方公里 km2 km^2=1000000 公顷 ha=10000 亩=2000/3 平方厘米 cm2 cm^2=1/10000",
    "cubic": "立方米 m3 m^3=1000 升 l 立方分米=1 毫升 ml 立方厘米 cm3 cm^3=1/1000 立方千米 立方公里 km3 km^3=1000000000000",
    "speed": "米/秒 m/s 米每秒=1 千米/时 千米/小时 公里/时 公里/小时 km/h 千米每小时 公里每小时=5/18 千米/秒 km/s 千米每秒 公里/秒 公里每秒=1000",
    "volt": "v 伏 伏特=1 kv 千伏=1000 mv 毫伏=1/1000",
    "ampere": "a 安 安培=1 ma 毫安=1/1000",
    "watt": "w 瓦 瓦特=1 kw 千瓦=1000 兆瓦=1000000",
    "energy": "j 焦 焦耳=1 kj 千焦=1000 kwh 千瓦时 千瓦小时 度=3600000",
    "ohm": "ω 欧 欧姆=1 kω 千欧=1000",
    "hertz": "hz 赫 赫兹=1 khz 千赫 千赫兹=1000 mhz 兆赫 兆赫兹=1000000 ghz 吉赫=1000000000",
    "pascal": "pa 帕 帕斯卡=1 百帕 hpa=100 kpa 千帕=1000 mpa 兆帕=1000000",
    "decibel": "db 分贝=1",
    "newton": "n 牛 牛顿=1",
    "atmosphere": "atm 大气压 个大气压=1",
    "celsius": "°c c ℃ 度 °  摄氏度=1",
    "kelvin": "k 开 开尔文=1",
    "angle": "° 度=1 ′ 角分=1/60",
    "bit": "位 bit 比特 二进制位=1 字节 b byte 个字节=8 kb=8192 mb=8388608 gb=8589934592",
    "yuan": "元 块 块钱 圆 人民币 元人民币 rmb=1 角 毛=1/10 分钱=1/100",
    "dollar": "美元 美金=1",
    "ratio": "%=1/100 ‰=1/1000 倍=1 成=1/10 个百分点=1/100",
    "point": "分=1",
    "decade": "年代=1",
    "": "w=10000 k=1000",
}
_COUNTED = "个 人,个人,名 位 口 岁,周岁 条 编 种,类 次,回 部 座 国,个国家 届 章 篇 首 家 项 颗 根 块 只 张 本 点 级 门 票 席 股 所 省 站 对 层 步 款 代 卷 回 集 字 句 期 枚 台 辆 架 艘 朵 头 匹 尾 串 件 份 户 村 县 市"


def _table() -> dict[str, tuple[Reading, ...]]:
    table: dict[str, list[Reading]] = {}
    for dimension, units in _SCALED.items():
        names: list[str] = []
        for word in units.split():
            name, _, factor = word.partition("=")
            names.append(name)
            if factor:
                for each in names:
                    table.setdefault(each, []).append((dimension, Fraction(factor)))
                names = []
    for group in _COUNTED.split():
        first = group.split(",")[0]
        for each in group.split(","):
            table.setdefault(each, []).append((f"count {first}", Fraction(1)))
    return {name: tuple(readings) for name, readings in table.items()}


_UNITS = _table()
_LONGEST = max(map(len, _UNITS))
GENERIC = "count 个"
"""个 counts anything."""


def unit_at(text: str, start: int) -> str:
    """The longest unit that *text* has at *start*; empty when there is none."""
    for length in range(min(_LONGEST, len(text) - start), 0, -1):
        word = text[start : start + length]
        if word in _UNITS and not (
            word[-1].isascii()
            and text[start + length : start + length + 1].isascii()
            and text[start + length : start + length + 1].isalpha()
        ):
            return word
    return ""


def readings(unit: str) -> tuple[Reading, ...]:
    """What *unit* may measure: 度 is warmth, an angle or energy."""
    return _UNITS.get(unit, ())

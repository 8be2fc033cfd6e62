"""Answers that Excel turned into something else on the way into a text file.

The original project's jsonl was written from cells: ``2:8:3`` became
``02:08:03``, ``5月31日`` the day number 45442, ``16：1，16：1`` a fraction of a day.
What was typed cannot be told from the text alone, so such rows are rejected.
"""

from __future__ import annotations

import re

_DATE_ASKED = re.compile(
    r"日|节|何时|时候|时间|哪一?天|哪年|年份|年的?$|每年|发生|爆发|始于|开始|诞生|逝世|成立|施行|实施|解体|投降|发射|流通|[于在]$"
)
_QUANTITY_ASKED = re.compile(
    r"多少|电话|号码|占(?!领)|比(?!赛|较)|率|可能性|小时|公元|倍|几(?!月|日|号)|[总人次]数|[数量额]为?是?$"
)
_RATIO_ASKED = re.compile(r"比(?!赛|较)|比例|比值|比分")
_CLOCK_ASKED = re.compile(r"几点|时刻|钟|成绩|纪录|记录|用时|几时|什么时间")

_CLOCK = re.compile(r"\d{1,2}:\d{2}:\d{2}")
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
_DAY_FRACTION = re.compile(r"\d*\.\d{10,}")
# 2020-01-01 to 2030-12-31: a day typed without its year gets the year of typing.
_TYPED_DAYS = range(43831, 47849)
_LAST_YEAR_OR_SO = 2100


def asks_date(stem: str) -> bool:
    """Whether *stem* wants a day or month, and no quantity."""
    return bool(_DATE_ASKED.search(stem)) and not _QUANTITY_ASKED.search(stem)


def asks_ratio(stem: str) -> bool:
    """Whether *stem* wants a ratio or a score."""
    return bool(_RATIO_ASKED.search(stem))


def asks_clock(stem: str) -> bool:
    """Whether *stem* wants a time of day or a duration."""
    return bool(_CLOCK_ASKED.search(stem))


def why_spoilt(stem: str, answer: str) -> str | None:
    """Why the text *answer* cannot be what was typed, in Chinese; ``None`` when it can."""
    if _STAMP.fullmatch(answer):
        return "答案像是被 Excel 改成了日期，原来写的是什么已看不出"
    if _CLOCK.fullmatch(answer) and not asks_clock(stem):
        return "答案像是被 Excel 改成了时间（原来可能是 2:8:3 这样的比）"
    if _DAY_FRACTION.fullmatch(answer):
        return "答案像是被 Excel 改成了小数，原来写的是什么已看不出"
    if re.fullmatch(r"\d{4,5}", answer):
        number = int(answer)
        day_number = number > _LAST_YEAR_OR_SO and asks_date(stem)
        if number in _TYPED_DAYS or day_number:
            return "答案像是 Excel 的日期序号，原来写的是什么已看不出"
    return None

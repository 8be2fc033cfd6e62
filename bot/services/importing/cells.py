"""The text somebody typed into an Excel cell, from what Excel made of it."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from bot.services.importing.spoilt import asks_clock, asks_date, asks_ratio

CellValue = str | int | float | bool | datetime | date | time | timedelta | None

# Number formats 27 to 58 are Chinese dates that openpyxl reads as General: the value stays a day number.
_YEAR_MONTH_DAY = {14, 31}
_YEAR_MONTH = {17, 27, 36, 50, 52, 57}
_MONTH_DAY = {16, 28, 29, 51, 53, 54, 58}
_FRACTIONS = {12, 13}
_PLAIN = re.compile(r"General|@|[#0,._ ;()\-]+")
_DAY_ZERO = date(1899, 12, 30).toordinal()
_EXACT_DIGITS = 15


_CODE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Unclear(Exception):
    """What was typed cannot be told; the message is Chinese and says why."""


def decoded(text: str) -> str:
    """What a cell shows for *text* in an xlsx file, which spells odd characters as ``_x000D_`` (ECMA-376, ST_Xstring)."""
    return _CODE.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


def typed_text(value: CellValue, number_format: str, format_id: int, *, stem: str) -> str:
    """What was typed into a cell that Excel stores as *value*; empty for an empty cell.

    Excel stores ``2:8:3`` as a time and ``1/6`` as a day of January. The question
    *stem* decides where the format alone does not.

    Raises:
        Unclear: more than one text would look like this.
    """
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        raise Unclear("单元格是逻辑值，请改成文字")
    if isinstance(value, timedelta):
        raise Unclear("Excel 把这一格存成了时长，原来可能是比，请改成文字")
    if isinstance(value, time):
        return _clock(value, with_seconds="ss" in number_format, stem=stem)
    if format_id in _YEAR_MONTH_DAY | _YEAR_MONTH | _MONTH_DAY or isinstance(value, date):
        return _day(value, number_format, format_id, stem)
    return _number(value, number_format, format_id)


def _clock(value: time, *, with_seconds: bool, stem: str) -> str:
    parts = [value.hour, value.minute, *([value.second] if with_seconds or value.second else [])]
    if asks_ratio(stem):
        return ":".join(map(str, parts))
    if asks_clock(stem):
        return ":".join([str(parts[0]), *(f"{part:02d}" for part in parts[1:])])
    raise Unclear("Excel 把这一格存成了时间，看不出原来写的是比还是时刻")


def _day(value: float | date, number_format: str, format_id: int, stem: str) -> str:
    if isinstance(value, date):
        day = value
    elif value == int(value) and 1 <= value < 2_958_466:
        day = date.fromordinal(_DAY_ZERO + int(value))
    else:
        raise Unclear("Excel 把这一格存成了日期，看不出原来写的是什么")
    letters = "".join(re.findall("[ymd]", re.sub(r'"[^"]*"|\[[^\]]*\]', "", number_format.lower())))
    has_year = format_id in _YEAR_MONTH_DAY | _YEAR_MONTH or "y" in letters
    has_day = format_id in _YEAR_MONTH_DAY | _MONTH_DAY or "d" in letters
    # 年月日 with a year is only ever a date; 1/6 and 9-10 turn into days without one.
    if not (format_id == 31 or asks_date(stem)):
        raise Unclear("Excel 把这一格存成了日期，原来可能是分数或范围")
    return (f"{day.year}年" if has_year else "") + f"{day.month}月" + (f"{day.day}日" if has_day else "")


def _number(value: float, number_format: str, format_id: int) -> str:
    exact = Decimal(repr(value))
    if len(exact.normalize().as_tuple().digits) >= _EXACT_DIGITS:
        raise Unclear("数字的位数太多，Excel 已改动过它")
    if format_id in _FRACTIONS:
        fraction = Fraction(value).limit_denominator(99)
        if abs(float(fraction) - value) < 1e-9:
            return str(fraction)
    if "%" in number_format:
        return f"{_plain(exact * 100)}%"
    if _PLAIN.fullmatch(number_format):
        return _plain(exact)
    raise Unclear(f"不认识单元格的格式 {number_format}，请改成文字")


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"

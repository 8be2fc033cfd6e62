"""Quantities with their units: 206块, 3 km, 百分之二十, 一年半, 11点到13点, 30:2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from bot.services.judging.numerals import CHINESE, UNIT_AHEAD, number
from bot.services.judging.units import GENERIC, Reading, readings, unit_at

_DIGIT = rf"(?:{UNIT_AHEAD}[0-9{CHINESE}])"
_NUMBER = re.compile(
    rf"(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+|{_DIGIT}+)(?:[.点][0-9〇零一二三四五六七八九]++(?![分刻]))?(?:{UNIT_AHEAD}[十百千万亿])*"
)
_SIGN = re.compile(r"零下|负|-")
_PERCENT = re.compile(r"百分之|千分之")
_RATIO = re.compile(rf"(?:{_NUMBER.pattern})(?:(?:[:比])(?:{_NUMBER.pattern}))+")
_FRACTION = re.compile(
    rf"(?P<b>[0-9{CHINESE}]+)分之(?P<a>[0-9{CHINESE}]+)|(?P<a2>[0-9]{{1,4}})/(?P<b2>[0-9]{{1,4}})(?![0-9/])"
)
_DAYTIME = re.compile(r"上午|早上|凌晨|清晨|中午|正午|下午|午后|晚上|傍晚|夜里")
_LATER = ("下午", "午后", "晚上", "傍晚", "夜里")
_SCALES = "万亿"
_A_YEAR = frozenset({("month", Fraction(12))})
_DAYS = frozenset({("second", Fraction(365 * 86400)), ("second", Fraction(366 * 86400))})
_CLOCK = ("点", "时", "点钟")


@dataclass(frozen=True, slots=True)
class Quantity:
    number: Fraction
    short: Fraction
    """Without 万 and 亿: 50 of 50万元."""
    unit: str
    """As written; empty for a bare number."""
    readings: frozenset[Reading]
    """What it may be, each in its base unit."""


@dataclass(frozen=True, slots=True)
class Ratio:
    parts: tuple[Fraction, ...]


def ratio_at(text: str, start: int) -> tuple[Ratio, int] | None:
    """``30:2``, 三十比二 at *start* of a tidy text without blanks, and where it ends."""
    match = _RATIO.match(text, start)
    if match is None:
        return None
    parts = [number(part) for part in re.split("[:比]", match[0])]
    return (
        (Ratio(tuple(part for part in parts if part is not None)), match.end())
        if all(part is not None for part in parts)
        else None
    )


def quantity_at(text: str, start: int) -> tuple[Quantity, int] | None:
    """The quantity that begins at *start* of a tidy text without blanks, with all its parts (1小时30分钟)."""
    daytime = _DAYTIME.match(text, start)
    found = _simple(text, daytime.end() if daytime else start)
    if found is None:
        return None
    quantity, end = found
    if daytime and daytime[0] in _LATER and quantity.unit in _CLOCK and quantity.number < 12:
        later = Fraction(12 * 3600)
        quantity = Quantity(
            quantity.number + 12,
            quantity.short + 12,
            quantity.unit,
            frozenset((d, v + later) for d, v in quantity.readings),
        )
    while quantity.unit and end < len(text) and (more := _simple(text, end)) is not None and more[0].unit:
        added = _sum(quantity, more[0])
        if added is None:
            break
        quantity, end = added, more[1]
    return quantity, end


def _simple(text: str, start: int) -> tuple[Quantity, int] | None:
    sign = _SIGN.match(text, start)
    at = sign.end() if sign else start
    times = -1 if sign else 1
    if percent := _PERCENT.match(text, at):
        part = _NUMBER.match(text, percent.end())
        value = number(part[0]) if part else None
        return (
            (_measured(times * value, "%" if percent[0] == "百分之" else "‰"), part.end())
            if part and value is not None
            else None
        )
    if match := _FRACTION.match(text, at):
        above, below = number(match["a"] or match["a2"]), number(match["b"] or match["b2"])
        if above is not None and below:
            return _with_unit(text, match.end(), times * above / below, times * above / below)
        return None
    if text.startswith(("一半", "半数"), at):
        return _measured(Fraction(1, 2), "倍"), at + 2
    if text.startswith("半", at) and (unit := unit_at(text, at + 1)):
        return _measured(Fraction(1, 2), unit), at + 1 + len(unit)
    match = _NUMBER.match(text, at)
    value = number(match[0]) if match else None
    if match is None or value is None:
        return None
    short = number(match[0].rstrip(_SCALES))
    return _with_unit(text, match.end(), times * value, times * (value if short is None else short))


def _with_unit(text: str, at: int, value: Fraction, short: Fraction) -> tuple[Quantity, int]:
    if text.startswith("个半", at) and (unit := unit_at(text, at + 2)):
        return _measured(value + Fraction(1, 2), unit), at + 2 + len(unit)
    unit = unit_at(text, at)
    at += len(unit)
    if unit and text.startswith("半", at) and not unit_at(text, at + 1):
        return _measured(value + Fraction(1, 2), unit), at + 1
    return _measured(value, unit, short), at


def _measured(value: Fraction, unit: str, short: Fraction | None = None) -> Quantity:
    found = frozenset((dimension, value * factor) for dimension, factor in readings(unit))
    return Quantity(value, value if short is None else short, unit, found or frozenset({("", value)}))


def _sum(one: Quantity, more: Quantity) -> Quantity | None:
    """Both together, when the second is of the same dimension in a smaller unit."""
    added = {
        (dimension, value + extra)
        for dimension, value in one.readings
        for other, extra in more.readings
        if dimension == other and dimension and 0 <= extra < abs(value) + 1 and one.unit != more.unit
    }
    return Quantity(one.number, one.short, one.unit, frozenset(added)) if added else None


def same_quantity(key: Quantity, said: Quantity, stem: str) -> bool:
    """Whether both are as much of the same; a unit may be left out, and so may 万 when the *stem* asks for so many 万."""
    if (
        key.readings & said.readings
        or (_A_YEAR & key.readings and _DAYS & said.readings)
        or ("", key.number) in said.readings
    ):
        return True
    if not said.unit:
        if said.number == key.number or (said.number == key.short and _asked_in_scale(key, stem)):
            return True
        return any(dimension == "ratio" and value == said.number for dimension, value in key.readings)
    if not key.unit:
        return said.number == key.number and said.unit in stem
    mine, other = {d for d, _ in key.readings}, {d for d, _ in said.readings}
    counted = any(d.startswith("count") for d in mine) and any(d.startswith("count") for d in other)
    generic = GENERIC in other or (GENERIC in mine and (said.unit in stem or said.unit.startswith("个")))
    return counted and generic and said.number == key.number


def _asked_in_scale(key: Quantity, stem: str) -> bool:
    return key.short != key.number and any(scale in stem for scale in _SCALES)

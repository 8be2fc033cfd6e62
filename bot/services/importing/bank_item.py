"""One item of our own jsonl format, checked field by field."""

from __future__ import annotations

import difflib
from datetime import date
from typing import Any, cast

from bot.services.importing.keys import LETTERS, BadKey, choice_key, judge_key
from bot.services.importing.pairs import MAX_ANSWER, MAX_STEM
from bot.services.importing.rows import Kind, Rejected, Row
from bot.services.importing.texts import storable, tidy
from store.wording import normal_form, option_form

KEYS = (
    "kind",
    "stem",
    "options",
    "answer",
    "aliases",
    "also_asked",
    "explanation",
    "category",
    "difficulty",
    "valid_until",
    "material",
)
_MAX_MATERIAL = 4000
_MAX_CATEGORY = 32


class _Bad(Exception):
    """Why the item is rejected, in Chinese."""


def bank_item(number: int, fields: dict[str, Any], shown: str) -> Row | Rejected:
    """The row in *fields*; only kind, stem and answer (and options of a choice) must be there."""
    try:
        return _read(number, fields)
    except (_Bad, BadKey) as error:
        return Rejected(number, str(error), shown)


def _read(number: int, fields: dict[str, Any]) -> Row:
    for key in fields:
        if key not in KEYS:
            close = difflib.get_close_matches(key, KEYS, n=1)
            raise _Bad(f"不认识的字段 {key!a}" + (f"，是不是想写 {close[0]}？" if close else ""))
    kind, stem, options = _kind(fields.get("kind")), _text(fields, "stem", MAX_STEM), _texts(fields, "options")
    if not normal_form(stem):
        raise _Bad("没有题干")
    _check_options(kind, options)
    answer = _text(fields, "answer", MAX_ANSWER)
    if not answer:
        # Left out is a mistake; written empty says that nobody knows the key yet.
        if "answer" not in fields or kind == "short":
            raise _Bad("没有答案")
    elif options:
        answer = choice_key(kind, answer, options)
    elif kind == "judge":
        answer = judge_key(answer)
    return Row(
        number,
        kind,
        stem,
        options,
        answer,
        aliases=_texts(fields, "aliases") if kind == "short" else (),
        also_asked=tuple(text for text in _texts(fields, "also_asked") if normal_form(text)),
        explanation=_text(fields, "explanation", MAX_STEM),
        category=_text(fields, "category", _MAX_CATEGORY),
        difficulty=_difficulty(fields.get("difficulty")),
        valid_until=_day(fields.get("valid_until")),
        material=_text(fields, "material", _MAX_MATERIAL),
    )


def _kind(value: Any) -> Kind:
    if value not in ("short", "single", "multiple", "judge"):
        raise _Bad("kind 要是 short、single、multiple、judge 之一")
    return value


def _text(fields: dict[str, Any], key: str, longest: int) -> str:
    value = fields.get(key, "")
    if not isinstance(value, str):
        raise _Bad(f"{key} 要是文字")
    return _checked(value, key, longest)


def _texts(fields: dict[str, Any], key: str) -> tuple[str, ...]:
    value = fields.get(key, [])
    if not isinstance(value, list) or not all(isinstance(part, str) for part in cast("list[Any]", value)):
        raise _Bad(f"{key} 要是文字的列表")
    return tuple(text for part in cast("list[str]", value) if (text := _checked(part, key, MAX_STEM)))


def _checked(value: str, key: str, longest: int) -> str:
    text = tidy(value)
    if not storable(text):
        raise _Bad("有不能保存的字符")
    if len(text) > longest:
        raise _Bad(f"{key} 超过 {longest} 字")
    return text


def _check_options(kind: Kind, options: tuple[str, ...]) -> None:
    if kind in ("short", "judge"):
        if options:
            raise _Bad("简答题和判断题不能有选项")
        return
    if not 2 <= len(options) <= len(LETTERS):
        raise _Bad(f"选择题要有 2 到 {len(LETTERS)} 个选项")
    if len({option_form(option) for option in options}) < len(options):
        raise _Bad("有两个选项相同")


def _difficulty(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5):
        return value
    raise _Bad("difficulty 要是 1 到 5 的整数或 null")


def _day(value: Any) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Bad("valid_until 要写成 2027-12-31 这样的日期或 null") from None

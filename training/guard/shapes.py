"""Whether a check is one that :mod:`training.guard.checks` knows how to make."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast


def is_check(value: object) -> bool:
    """Whether *value* is a known type with all it needs, and nothing else."""
    if not isinstance(value, dict):
        return False
    fields = dict(cast("dict[str, Any]", value))
    kind = fields.pop("type", None)
    if not isinstance(kind, str) or kind not in _SHAPES:
        return False
    needed, optional = _SHAPES[kind]
    shape = {**needed, **optional}
    return needed.keys() <= fields.keys() <= shape.keys() and all(shape[name](told) for name, told in fields.items())


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in cast("list[Any]", value))


def _some_texts(value: object) -> bool:
    return _texts(value) and value != []


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _keys(value: object) -> bool:
    return isinstance(value, dict) and bool(cast("dict[str, Any]", value))


def _pattern(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _english(value: object) -> bool:
    return value == "en"


def _checks(value: object) -> bool:
    return isinstance(value, list) and value != [] and all(is_check(one) for one in cast("list[Any]", value))


_Fields = dict[str, Callable[[object], bool]]
_SHAPES: dict[str, tuple[_Fields, _Fields]] = {
    "one_of": ({"any": _some_texts}, {"none": _texts}),
    "number": ({"value": _number}, {"tolerance": _number}),
    "json": ({"keys": _keys}, {}),
    "lines": ({"count": _count}, {}),
    "regex": ({"pattern": _pattern}, {"full": _flag}),
    "chars": ({"most": _count}, {}),
    "language": ({"is": _english}, {}),
    "refuses": ({}, {"none": _texts}),
    "all": ({"checks": _checks}, {}),
}
"""Of each type: the fields it needs, and those it may have."""

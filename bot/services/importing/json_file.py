"""A whole JSON file: a list of question objects, or an object with such a list inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, cast

from bot.services.importing.bank_item import KEYS, bank_item
from bot.services.importing.jsonl_file import read_jsonl
from bot.services.importing.rows import Item, Layout, Rejected, Row, UnreadableFile, excerpt
from bot.services.importing.tables import MAX_ROWS, Draft, Questions, Role, option_position, role_of
from bot.services.importing.texts import storable

_MAX_FILE = 64 * 1024 * 1024
_DEEPEST = 4
_LOOKED_AT = 50
_SHOWN = 400
_LABELS = ("label", "key", "name", "option", "letter", "id", "mark", "prefix", "标号", "序号", "选项")
_TEXTS = ("text", "content", "value", "title", "desc", "description", "内容", "文字", "option", "name")
_ROLE_NAMES: dict[Role | None, str] = {
    "stem": "题干",
    "option": "选项",
    "options": "选项",
    "answer": "答案",
    "kind": "题型",
    "explanation": "解析",
    "category": "分类",
    "difficulty": "难度",
    "material": "材料",
}


def read_json(path: Path) -> Iterator[Item]:
    """The items of the file, numbered from 1; objects of our own jsonl format are read as such.

    A file that holds one object a line is read as jsonl.

    Raises:
        UnreadableFile: no JSON, or no list of objects with stems in it.
    """
    if path.stat().st_size > _MAX_FILE:
        raise UnreadableFile(f"文件超过 {_MAX_FILE // 1024 // 1024} MB，请拆开再导入")
    content = path.read_bytes()
    try:
        value: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        if _is_jsonl(content):
            yield from read_jsonl(path)
            return
        raise UnreadableFile("文件不是完整的 JSON（要用 UTF-8 编码）") from error
    del content
    found = _questions(value, 0)
    if not any(_is_ours(item) or _stem_key(item) for item in islice(found, _LOOKED_AT)):
        raise UnreadableFile("JSON 里没有题目的列表；每道题要有题干（question、stem 或 题干）这一项")
    if len(found) > MAX_ROWS:
        raise UnreadableFile(f"文件超过 {MAX_ROWS} 行，请拆开再导入")
    yield _layout(found)
    questions = Questions(pairs=False, judging=False, numbered=False, through_excel=False)
    for number, item in enumerate(found, 1):
        yield _row(number, item, questions)


def _is_jsonl(content: bytes) -> bool:
    first = content.removeprefix(b"\xef\xbb\xbf").lstrip()[: 1 << 20].split(b"\n", 1)[0]
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _questions(value: Any, depth: int) -> list[Any]:
    """The longest list of objects with stems in *value*; empty when there is none."""
    if isinstance(value, list):
        items = cast("list[Any]", value)
        if any(_is_ours(item) or _stem_key(item) for item in islice(items, _LOOKED_AT)):
            return items
        inside = items[:_LOOKED_AT]
    elif isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        if depth == 0 and _stem_key(fields):
            return [fields]
        inside = list(fields.values())
        if len(inside) > 1 and all(isinstance(item, dict) for item in inside) and _stem_key(inside[0]):
            return inside
    else:
        return []
    if depth == _DEEPEST:
        return []
    return max((_questions(item, depth + 1) for item in inside), key=len, default=cast("list[Any]", []))


def _is_ours(item: Any) -> bool:
    return (
        isinstance(item, dict) and "stem" in item and "kind" in item and set(cast("dict[str, Any]", item)) <= set(KEYS)
    )


def _stem_key(item: Any) -> str | None:
    """The key of the stem in *item*, the longest text where several could be it."""
    if not isinstance(item, dict):
        return None
    fields = cast("dict[str, Any]", item)
    keys = [key for key, value in fields.items() if isinstance(value, str) and role_of(key) == "stem"]
    return max(keys, key=lambda key: len(fields[key]), default=None)


def _layout(items: list[Any]) -> Layout:
    first = next(item for item in items if _is_ours(item) or _stem_key(item))
    if _is_ours(first):
        return Layout("JSON 列表，每一项是一道本项目格式的题", guessed=False)
    keys: dict[str, list[str]] = {}
    for key in cast("dict[str, Any]", first):
        role = role_of(key)
        if role in _ROLE_NAMES and (role != "stem" or key == _stem_key(first)):
            keys.setdefault(_ROLE_NAMES[role], []).append(excerpt(key))
    return Layout(
        "JSON 列表：" + "，".join(f"{name}取 {'、'.join(found)}" for name, found in keys.items()), guessed=False
    )


def _row(number: int, item: Any, questions: Questions) -> Row | Rejected:
    line = excerpt(json.dumps(item, ensure_ascii=False)[:_SHOWN])
    shown = line if storable(line) else ""
    if not isinstance(item, dict):
        return Rejected(number, "这一项不是 JSON 对象", shown)
    fields = cast("dict[str, Any]", item)
    if _is_ours(fields):
        return bank_item(number, fields, shown)
    stem = _stem_key(fields)
    if stem is None:
        return Rejected(number, "没有题干", shown)
    texts: dict[str, str] = {}
    cells: dict[int, str] = {}
    joined, options = "", ()
    for key, value in fields.items():
        role = role_of(key)
        if role == "option" and (at := option_position(key)) is not None:
            cells.setdefault(at, _text(value))
        elif role == "options":
            joined, options = (value, options) if isinstance(value, str) else (joined, _options(value))
        elif role == "answer":
            texts.setdefault(role, _answer(value))
        elif role is not None:
            texts.setdefault(role, _text(value))
    if cells and not options:
        options = tuple(cells.get(at, "") for at in range(max(cells) + 1))
    return questions.row(
        Draft(
            number,
            fields[stem],
            options=options,
            joined=joined,
            answer=texts.get("answer", ""),
            kind=texts.get("kind", ""),
            explanation=texts.get("explanation", ""),
            category=texts.get("category", ""),
            difficulty=texts.get("difficulty", ""),
            material=texts.get("material", ""),
            line=lambda: line,
        )
    )


def _text(value: Any) -> str:
    """A plain value as text; empty for null and for what holds more than one."""
    if isinstance(value, bool):
        return "正确" if value else "错误"
    return str(value) if isinstance(value, str | int | float) else ""


def _answer(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(_text(part) for part in cast("list[Any]", value))
    return _text(value)


def _options(value: Any) -> tuple[str, ...]:
    """Options of ``["…"]``, ``{"A": "…"}`` or ``[{"label": "A", "text": "…"}]``, with their letters where given."""
    if isinstance(value, dict):
        by_letter = {option_position(key): _text(part) for key, part in cast("dict[str, Any]", value).items()}
        places = [at for at in by_letter if at is not None]
        if not places or None in by_letter:
            return ()
        return tuple(by_letter.get(at, "") for at in range(max(places) + 1))
    if not isinstance(value, list):
        return ()
    return tuple(
        _labelled(cast("dict[str, Any]", part)) if isinstance(part, dict) else _text(part)
        for part in cast("list[Any]", value)
    )


def _labelled(option: dict[str, Any]) -> str:
    folded = {key.casefold(): value for key, value in option.items()}
    if len(folded) == 1:
        key, value = next(iter(option.items()))
        return f"{key}.{_text(value)}" if len(key) == 1 and option_position(key) is not None else _text(value)
    label = next((_text(folded[key]) for key in _LABELS if key in folded), "")
    text = next((text for key in _TEXTS if key in folded and (text := _text(folded[key])) != label), "")
    return f"{label}.{text}" if len(label) == 1 and label.isalpha() else text

"""A whole JSON file: a list of question objects, or an object with such a list inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, cast

from bot.services.importing.json_question import is_question, layout_of, question, reader_of, stem_key
from bot.services.importing.jsonl_file import read_jsonl
from bot.services.importing.rows import Item, UnreadableFile
from bot.services.importing.tables import MAX_ROWS

_MAX_FILE = 64 * 1024 * 1024
_DEEPEST = 4
_LOOKED_AT = 50


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
    if not any(is_question(item) for item in islice(found, _LOOKED_AT)):
        raise UnreadableFile("JSON 里没有题目的列表；每道题要有题干（question、stem 或 题干）这一项")
    if len(found) > MAX_ROWS:
        raise UnreadableFile(f"文件超过 {MAX_ROWS} 行，请拆开再导入")
    yield layout_of(found)
    questions = reader_of(found)
    for number, item in enumerate(found, 1):
        yield question(number, item, questions)


def _is_jsonl(content: bytes) -> bool:
    first = content.removeprefix(b"\xef\xbb\xbf").lstrip()[: 1 << 20].split(b"\n", 1)[0]
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _questions(value: Any, depth: int) -> list[Any]:
    """The longest list of questions in *value*, or those that stand side by side; empty when there is none."""
    if isinstance(value, list):
        items = cast("list[Any]", value)
        if any(is_question(item) for item in islice(items, _LOOKED_AT)):
            return items
        inside = items
    elif isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        if depth == 0 and stem_key(fields):
            return [fields]
        inside = list(fields.values())
        if len(inside) > 1 and all(isinstance(item, dict) for item in inside) and stem_key(inside[0]):
            return inside
    else:
        return []
    if depth == _DEEPEST:
        return []
    lists = [found for item in inside if (found := _questions(item, depth + 1))]
    longest = max(lists, key=len, default=cast("list[Any]", []))
    # {"single": […], "judge": […]}: lists of the same kind of object; 题目 and 答案 apart are not.
    alike = [found for found in lists if stem_key(found[0]) == stem_key(longest[0])]
    return [item for found in alike for item in found] if len(alike) > 1 else longest

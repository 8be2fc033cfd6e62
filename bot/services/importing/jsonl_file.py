"""One JSON object a line: the original's conversations, our own bank items, or common field names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, cast

from bot.services.importing.bank_item import bank_item
from bot.services.importing.json_question import is_question, layout_of, question, reader_of
from bot.services.importing.pairs import pair
from bot.services.importing.rows import Item, Rejected, Row, UnreadableFile
from bot.services.importing.tables import Questions
from paper.excerpts import excerpt

_LONGEST_LINE = 1 << 20
_LOOKED_AT = 20
_SAMPLE = 200
"""Lines from which the fields and the way of giving answers are recognised."""


def read_jsonl(path: Path) -> Iterator[Item]:
    """The rows of the file; blank lines are none.

    Raises:
        UnreadableFile: none of the first lines is a JSON object.
    """
    _check(path)
    first = [found for _, line in islice(_lines(path), _SAMPLE) if isinstance(found := _object(line), dict)]
    foreign = [found for found in first if _is_foreign(found)]
    if foreign:
        yield layout_of(foreign)
    questions = reader_of(foreign)
    for number, line in _lines(path):
        yield _row(number, line, questions)


def _check(path: Path) -> None:
    looked_at = 0
    for _, line in _lines(path):
        if isinstance(_object(line), dict):
            return
        if looked_at == 0 and line.lstrip().startswith(b"["):
            raise UnreadableFile("这是整个 JSON 数组；请存成 jsonl：一行一道题")
        looked_at += 1
        if looked_at == _LOOKED_AT:
            break
    raise UnreadableFile("文件内容不是 jsonl（一行一个 JSON 对象，UTF-8 编码）" if looked_at else "文件是空的")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(_LONGEST_LINE):
            number += 1
            if not line.endswith(b"\n") and len(line) == _LONGEST_LINE:
                raise UnreadableFile(f"第 {number} 行超过 1 MB，不像是一道题")
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, line


def _object(line: bytes) -> dict[str, Any] | str:
    """The JSON object of *line*, or in Chinese why it is none."""
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        return "这一行不是 UTF-8 编码"
    except (ValueError, RecursionError):
        return "这一行不是完整的 JSON"
    return cast("dict[str, Any]", value) if isinstance(value, dict) else "这一行不是 JSON 对象"


def _is_foreign(found: dict[str, Any]) -> bool:
    """Whether the object is a question written with other fields than ours."""
    return "conversation" not in found and "kind" not in found and is_question(found)


def _row(number: int, line: bytes, questions: Questions) -> Row | Rejected:
    shown = excerpt(line[:1000].decode("utf-8", errors="replace"))
    found = _object(line)
    if isinstance(found, str):
        return Rejected(number, found, shown)
    if _is_foreign(found):
        return question(number, found, questions)
    if "conversation" not in found:
        return bank_item(number, found, shown)
    return _conversation(number, found["conversation"], shown)


def _conversation(number: int, turns: Any, shown: str) -> Row | Rejected:
    if not isinstance(turns, list) or not turns:
        return Rejected(number, "conversation 里没有对话", shown)
    if len(cast("list[Any]", turns)) > 1:
        return Rejected(number, "一行里有多轮对话，分不清各是什么题", shown)
    turn = cast("list[Any]", turns)[0]
    if not isinstance(turn, dict):
        return Rejected(number, "conversation 的写法不对", shown)
    asked, answered = (cast("dict[str, Any]", turn).get(key, "") for key in ("input", "output"))
    if not isinstance(asked, str) or not isinstance(answered, str):
        return Rejected(number, "input 和 output 要是文字", shown)
    return pair(number, asked, answered, through_excel=True)

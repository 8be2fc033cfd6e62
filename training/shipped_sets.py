"""Sets of items that come with the code as jsonl files, one file a version; see :mod:`training.guard` for one."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast


class _Item(Protocol):
    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=_Item)


def read_set(
    path: Path,
    name: str,
    fields: Collection[str],
    make: Callable[[str, dict[str, Any]], Item],
    *,
    broken: type[Exception],
) -> tuple[Item, ...]:
    """All items of the version at *path*, in the file's order.

    *name* is what messages call an item. Each line is a JSON object of exactly these *fields*, from which *make*
    gets its item; it is handed what messages call the line, and may raise *broken* as well.

    Raises:
        broken: no such version, or a line that is no item; in Chinese, naming the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise broken(f"没有 {path.stem} 这一版{name}。") from error
    except (OSError, UnicodeDecodeError) as error:
        raise broken(f"{path.name} 读不出来。") from error
    found: list[Item] = []
    for number, line in enumerate(lines, 1):
        where = f"{name}第 {number} 行"
        try:
            values: Any = json.loads(line)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict) or set(cast("dict[str, Any]", values)) != set(fields):
            raise broken(f"{where}读不懂。")
        found.append(make(where, cast("dict[str, Any]", values)))
    if len({one.id for one in found}) != len(found):
        raise broken(f"{path.name} 里有重复的编号。")
    return tuple(found)

"""Everything that is kept about a member as one zip: a line of JSON a row, and what the files are."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from store.personal import Kept

_README = """这里是机器人记下的关于你的一切，{day} 导出。

每个 .jsonl 文件是一张表，一行是一条记录，用记事本或任何编辑器都能打开；时间是 UTC。
别人的编号都去掉了。没有记录的表不在里面。

{tables}

想全部删掉，私聊发 /删除我的数据。标 * 的是管理和审核的记录，删不掉。
"""


def packed(tables: Sequence[tuple[Kept, Sequence[Mapping[str, Any]]]], *, day: date) -> bytes:
    """A zip of ``NAME.jsonl`` for each table that has rows, and ``README.txt``."""
    found = [(kept, rows) for kept, rows in tables if rows]
    listed = "\n".join(
        f"{kept.name}.jsonl　{kept.title}，{len(rows)} 条{' *' if kept.stays else ''}" for kept, rows in found
    )
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        # Windows' editor takes a text without the mark for GBK.
        archive.writestr("README.txt", _README.format(day=day, tables=listed).encode("utf-8-sig"))
        for kept, rows in found:
            lines = (json.dumps(row, ensure_ascii=False, default=_plain) for row in rows)
            archive.writestr(f"{kept.name}.jsonl", "".join(f"{line}\n" for line in lines))
    return body.getvalue()


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)

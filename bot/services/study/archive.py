"""Everything that is kept about a member as one zip: a line of JSON a row, and what the files are."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import IO, Any

from local_time import local_now
from store.personal import Kept

_README = """这里是机器人记下的关于你的一切，{day} 导出。

每个 .jsonl 文件是一张表，一行是一条记录，用记事本或任何编辑器都能打开；时间是 UTC。
别人的编号都去掉了。没有记录的表不在里面。

{tables}

想全部删掉，私聊发 /删除我的数据。标 * 的是管理和审核的记录，删不掉。
"""


class Archive:
    """A zip of ``NAME.jsonl`` for each table that has rows, and ``README.txt``; packed as the rows come."""

    def __init__(self) -> None:
        self._body = io.BytesIO()
        self._zip = zipfile.ZipFile(self._body, "w", zipfile.ZIP_DEFLATED)
        self._counts: dict[str, int] = {}
        self._kept: dict[str, Kept] = {}
        self._file: IO[bytes] | None = None

    def add(self, kept: Kept, rows: Sequence[Mapping[str, Any]]) -> None:
        """Some of a table's rows; those of one table come together."""
        if self._file is None or kept.name not in self._kept:
            self._end()
            self._kept[kept.name] = kept
            about = zipfile.ZipInfo(f"{kept.name}.jsonl", local_now().timetuple()[:6])
            about.compress_type = zipfile.ZIP_DEFLATED
            self._file = self._zip.open(about, "w")
        for row in rows:
            self._file.write(f"{json.dumps(row, ensure_ascii=False, default=_plain)}\n".encode())
        self._counts[kept.name] = self._counts.get(kept.name, 0) + len(rows)

    def closed(self, day: date) -> bytes:
        """The whole zip."""
        self._end()
        listed = "\n".join(
            f"{name}.jsonl　{kept.title}，{self._counts[name]} 条{' *' if kept.stays else ''}"
            for name, kept in self._kept.items()
        )
        # Windows' editor takes a text without the mark for GBK.
        self._zip.writestr("README.txt", _README.format(day=day, tables=listed).encode("utf-8-sig"))
        self._zip.close()
        return self._body.getvalue()

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)

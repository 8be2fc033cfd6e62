"""The process that reads question files: ``python -m bot.services.importing.worker SECONDS BYTES``.

A request is ``{"path", "key"}``. Its replies are ``{"items"}`` as often as it
takes, then ``{"read": true}``, ``{"unreadable": sentence}`` or, for a file that
has to be recognised first, ``{"picture": sentence}``. Ends by itself when a
file takes SECONDS, and when it wants more memory than BYTES.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.services.importing.keyed_row import keyed_rows
from bot.services.importing.reader import read
from bot.services.importing.rows import PictureFile, UnreadableFile
from bot.services.importing.wire import packed
from bot.services.workers.child import serve

LONGEST_REQUEST = 1 << 16
_AT_ONCE = 100
"""Rows in one reply: unpacking them must not hold up those who wait for answers."""


def main() -> int:
    return serve(lambda: _answer, seconds=float(sys.argv[1]), memory=int(sys.argv[2]), longest=LONGEST_REQUEST)


def _answer(request: bytes) -> Iterator[Mapping[str, object]]:
    asked = json.loads(request)
    batch: list[object] = []
    try:
        for item in keyed_rows(read(Path(asked["path"]), Path(asked["key"]) if asked["key"] else None)):
            batch.append(packed(item))
            if len(batch) == _AT_ONCE:
                yield {"items": batch}
                batch = []
    except PictureFile as error:
        yield {"picture": str(error)}
    except UnreadableFile as error:
        yield {"unreadable": str(error)}
    else:
        yield {"items": batch}
        yield {"read": True}


if __name__ == "__main__":
    sys.exit(main())

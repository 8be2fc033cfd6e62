"""The process that decodes and reads pictures: ``python -m bot.services.photos.worker SECONDS``.

A request is a picture, its reply ``{"lines", "text", "questions"}`` or
``{"unreadable": sentence}``. Ends by itself when one picture takes SECONDS.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import astuple

from bot.services.photos.header import MAX_BYTES
from bot.services.photos.text import PhotoUnreadable
from bot.services.workers.child import Answer, serve

NOT_INSTALLED = 64
"""Exit status: a package is missing or broken."""


def main() -> int:
    return serve(_load, seconds=float(sys.argv[1]), longest=MAX_BYTES)


def _load() -> Answer:
    try:
        from bot.services.photos.engine import Engine
    except ImportError:
        sys.exit(NOT_INSTALLED)
    engine = Engine()

    def answer(picture: bytes) -> Iterator[Mapping[str, object]]:
        try:
            found = engine.see(picture)
        except PhotoUnreadable as error:
            yield {"unreadable": str(error)}
            return
        yield {
            "lines": [astuple(line) for line in found.lines],
            "text": found.text,
            "questions": [astuple(question) for question in found.questions],
        }

    return answer


if __name__ == "__main__":
    sys.exit(main())

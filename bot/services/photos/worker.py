"""The process that decodes and reads pictures: ``python -m bot.services.photos.worker SECONDS``.

Both directions carry frames: four bytes of length, big-endian, then the body.
In: a picture. Out: first an empty object when the models are loaded, then per
picture ``{"lines", "text", "questions"}`` or ``{"unreadable": sentence}``.
Ends when its input ends, and by itself when one picture takes SECONDS.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from collections.abc import Mapping
from dataclasses import astuple
from typing import BinaryIO

from bot.services.photos.header import MAX_BYTES
from bot.services.photos.text import PhotoUnreadable

NOT_INSTALLED = 64
"""Exit status: a package is missing or broken."""
LENGTH = struct.Struct(">I")


def main() -> int:
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as replies:
        # What a library prints must not land between the replies.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        os.nice(10)
        return _serve(sys.stdin.buffer, replies, seconds=float(sys.argv[1]))


def _serve(pictures: BinaryIO, replies: BinaryIO, *, seconds: float) -> int:
    try:
        from bot.services.photos.engine import Engine
    except ImportError:
        return NOT_INSTALLED
    engine = Engine()
    _send(replies, {})
    while (picture := _receive(pictures)) is not None:
        # The bot ends a worker that takes too long; this ends it when the bot is gone.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            found = engine.see(picture)
            reply = {
                "lines": [astuple(line) for line in found.lines],
                "text": found.text,
                "questions": [astuple(question) for question in found.questions],
            }
        except PhotoUnreadable as error:
            reply = {"unreadable": str(error)}
        _send(replies, reply)
        signal.setitimer(signal.ITIMER_REAL, 0)
    return 0


def _receive(pictures: BinaryIO) -> bytes | None:
    """The next picture; ``None`` at the end of the input or when it is cut off."""
    head = pictures.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = pictures.read(min(length, MAX_BYTES))
    return body if len(body) == length else None


def _send(replies: BinaryIO, reply: Mapping[str, object]) -> None:
    body = json.dumps(reply, ensure_ascii=False).encode()
    replies.write(LENGTH.pack(len(body)) + body)
    replies.flush()


if __name__ == "__main__":
    sys.exit(main())

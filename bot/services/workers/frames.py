"""What the bot and a worker say to each other: four bytes of length, big-endian, then the body."""

from __future__ import annotations

import json
import struct
from typing import BinaryIO

LENGTH = struct.Struct(">I")


def encoded(value: object) -> bytes:
    """*value* as JSON; halves of surrogate pairs, which JSON can spell and UTF-8 cannot, come through too."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def send(stream: BinaryIO, value: object) -> None:
    """Write *value* as one frame of JSON."""
    body = encoded(value)
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


def receive(stream: BinaryIO, *, most: int) -> bytes | None:
    """The body of the next frame; ``None`` at the end, when it is cut off, or longer than *most* bytes."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = stream.read(min(length, most))
    return body if len(body) == length else None

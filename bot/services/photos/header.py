"""Format and size of a picture from its first bytes, without decoding it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from bot.services.photos.text import PhotoUnreadable

Format = Literal["PNG", "JPEG", "WEBP", "GIF", "BMP"]

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
_MIN_SIDE = 16
_SEGMENTS = 2000
"""JPEG segments looked at before the size must have been found."""


@dataclass(frozen=True, slots=True)
class Header:
    format: Format
    width: int
    height: int
    """As stored: a camera's orientation mark is not applied."""


def check(image: bytes) -> Header:
    """The header of a picture that is safe to decode.

    Raises:
        PhotoUnreadable: of another format, damaged, too large or too small.
    """
    if len(image) > MAX_BYTES:
        raise PhotoUnreadable(f"图片超过 {MAX_BYTES >> 20} MB 了，截小一点再发。")
    try:
        header = _header(image)
    except (struct.error, IndexError) as error:
        raise PhotoUnreadable("图片不完整，请重新发一次。") from error
    if header is None:
        raise PhotoUnreadable("只认得 PNG、JPEG、WebP、GIF 和 BMP 图片，请截图再发。")
    if header.width * header.height > MAX_PIXELS:
        raise PhotoUnreadable("图片太大了，只截题目那一块再发。")
    if min(header.width, header.height) < _MIN_SIDE:
        raise PhotoUnreadable("图片太小了，看不清字，请发原图。")
    return header


def _header(image: bytes) -> Header | None:
    if image.startswith(b"\x89PNG\r\n\x1a\n"):
        return Header("PNG", *struct.unpack_from(">II", image, 16))
    if image.startswith(b"\xff\xd8\xff"):
        return _jpeg(image)
    if image.startswith((b"GIF87a", b"GIF89a")):
        return Header("GIF", *struct.unpack_from("<HH", image, 6))
    if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
        return _webp(image)
    if image.startswith(b"BM"):
        return _bmp(image)
    return None


def _jpeg(image: bytes) -> Header:
    at = 2
    for _ in range(_SEGMENTS):
        while image[at] != 0xFF:
            at += 1
        while image[at] == 0xFF:
            at += 1
        kind = image[at]
        if kind in {0x01, *range(0xD0, 0xD9)}:
            at += 1
        elif 0xC0 <= kind <= 0xCF and kind not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", image, at + 4)
            return Header("JPEG", width, height)
        else:
            (length,) = struct.unpack_from(">H", image, at + 1)
            at += 1 + max(2, length)
    raise IndexError


def _webp(image: bytes) -> Header | None:
    kind = image[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(image[24:27], "little")
        return Header("WEBP", width, 1 + int.from_bytes(image[27:30], "little"))
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", image, 21)
        return Header("WEBP", 1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF))
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", image, 26)
        return Header("WEBP", width & 0x3FFF, height & 0x3FFF)
    return None


def _bmp(image: bytes) -> Header:
    (info,) = struct.unpack_from("<I", image, 14)
    if info == 12:  # the header of OS/2
        return Header("BMP", *struct.unpack_from("<HH", image, 18))
    width, height = struct.unpack_from("<ii", image, 18)
    return Header("BMP", abs(width), abs(height))  # a negative height: stored top down

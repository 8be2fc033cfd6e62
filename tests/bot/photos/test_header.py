"""Untrusted bytes before and after decoding."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.photos.header import MAX_BYTES, Header, check
from bot.services.photos.text import PhotoUnreadable

Image = pytest.importorskip("PIL.Image")
FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "BMP"]


def encoded(form: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 0).save(out, form, **options)
    return out.getvalue()


@given(form=st.sampled_from(FORMATS), width=st.integers(16, 300), height=st.integers(16, 300), lossless=st.booleans())
@settings(max_examples=100, deadline=None)
def test_format_and_size_are_what_pillow_says(form, width, height, lossless):
    options = {"lossless": lossless} if form == "WEBP" else {}
    assert check(encoded(form, (width, height), **options)) == Header(form, width, height)


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "RGBA", "I;16"])
def test_png_of_any_mode(mode: str):
    assert check(encoded("PNG", mode=mode)) == Header("PNG", 40, 30)


def test_jpeg_behind_long_metadata():
    assert check(encoded("JPEG", exif=b"Exif\0\0" + b"\xff\xc0" * 20000, progressive=True)).width == 40


def test_animated_pictures():
    frames = [Image.new("RGB", (40, 30), color) for color in ("red", "blue")]
    for form in ("GIF", "WEBP", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, form, save_all=True, append_images=frames[1:])
        assert check(out.getvalue()) == Header(form, 40, 30)


def bomb() -> bytes:
    """A small PNG that says it is 60000 pixels wide and high."""
    body = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize(
    ("image", "word"),
    [
        (b"", "只认得"),
        (b"%PDF-1.7", "只认得"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "只认得"),
        (b"\x89PNG\r\n\x1a\n", "不完整"),
        (b"\xff\xd8\xff\xe0", "不完整"),
        (b"\xff\xd8\xff" + b"\xff" * 5000, "不完整"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "不完整"),
        (b"BM", "不完整"),
        (bomb(), "太大"),
        (b"GIF89a\xff\xff\xff\xff", "太大"),
        (b"GIF89a\x08\0\x08\0", "太小"),
        (b"BM" + b"\0" * MAX_BYTES, "10 MB"),
    ],
)
def test_what_is_refused(image: bytes, word: str):
    with pytest.raises(PhotoUnreadable, match=word):
        check(image)


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"BM", b""]),
    st.binary(max_size=300),
)
def test_any_bytes_give_a_header_or_a_sentence(magic: bytes, rest: bytes):
    with contextlib.suppress(PhotoUnreadable):
        assert check(magic + rest).width >= 16

"""A photographed question, as small as it can be read."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from paper.typesetting import FONTS

_WIDE, _SIZE = 26, 40


def photo(item: dict[str, Any]) -> bytes:
    """PNG of a starter bank's *item*."""
    options = [f"{letter}. {one}" for letter, one in zip("ABCD", item["options"], strict=True)]
    lines = [line for text in (f"1. {item['stem']}", *options) for line in _cut(text)]
    font = ImageFont.truetype(str(FONTS / "NotoSansSC-Regular.ttf"), _SIZE)
    image = Image.new("RGB", ((_WIDE + 2) * _SIZE, (len(lines) * 2 + 1) * _SIZE), "white")
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        pen.text((_SIZE, (number * 2 + 0.5) * _SIZE), line, "black", font)
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def _cut(text: str) -> list[str]:
    return [text[at : at + _WIDE] for at in range(0, len(text), _WIDE)]

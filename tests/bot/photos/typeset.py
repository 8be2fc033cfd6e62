"""Recognised lines as they would come from a picture set in a fixed-width font, without any OCR."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

from bot.services.photos.layout import arrange
from bot.services.photos.text import PhotoQuestion, PhotoText, TextLine

CHAR = 40
PITCH = 60
SIZE = (24 * CHAR, 2400)


def width(text: str) -> float:
    return sum(CHAR if east_asian_width(char) in "WFA" else CHAR / 2 for char in text)


def lines(picture: str, *, top: float = 300, pitch: float = PITCH) -> list[TextLine]:
    """A line of *picture* per row, empty ones leave a gap; three spaces or more part the row into lines."""
    found: list[TextLine] = []
    for row, text in enumerate(picture.splitlines()):
        for cell in re.finditer(r"\S+(?: {1,2}\S+)*", text):
            left = width(text[: cell.start()]) + CHAR
            box = (left, top + row * pitch, left + width(cell[0]), top + row * pitch + CHAR)
            found.append(TextLine(cell[0], box, 0.99))
    return found


def seen(picture: str, *, size: tuple[int, int] = SIZE) -> PhotoText:
    return arrange(lines(picture), size)


def asked(picture: str, *, size: tuple[int, int] = SIZE) -> list[PhotoQuestion]:
    return list(seen(picture, size=size).questions)

"""Makes ``bot/services/matching/confusable.txt``: Chinese characters that are mistaken for each other.

    python -m benchmarks.make_confusables [FONT]

One line a character of GB2312: the character, its toneless readings, and the
characters that look like it, as drawn by a font with the usual shapes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pypinyin import Style, pinyin

FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
TARGET = Path(__file__).parent.parent / "bot/services/matching/confusable.txt"
SIZE = 32
ALIKE = 0.66
MOST = 12


def hanzi() -> list[str]:
    """The 6,763 Chinese characters of GB2312."""
    found: list[str] = []
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.append(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def drawn(characters: list[str], font_file: str) -> np.ndarray:
    """One unit vector a character: its slightly blurred picture."""
    font = ImageFont.truetype(font_file, SIZE)
    rows: list[np.ndarray] = []
    for character in characters:
        image = Image.new("L", (SIZE + 4, SIZE + 4))
        ImageDraw.Draw(image).text((2, -4), character, fill=255, font=font)
        small = np.asarray(image.resize((18, 18), Image.Resampling.BOX), dtype=np.float32)
        vector = small.ravel() - small.mean()
        rows.append(vector / np.linalg.norm(vector))
    return np.stack(rows)


def main() -> None:
    characters = hanzi()
    vectors = drawn(characters, sys.argv[1] if len(sys.argv) > 1 else FONT)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, 0)
    lines: list[str] = []
    for at, character in enumerate(characters):
        readings = pinyin(character, style=Style.NORMAL, heteronym=True)[0][:3]
        near = [characters[i] for i in np.argsort(-alike[at])[:MOST] if alike[at, i] >= ALIKE]
        lines.append(f"{character} {','.join(readings)} {''.join(near)}".rstrip())
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} characters, {sum(len(line.split()) > 2 for line in lines)} with look-alikes")


if __name__ == "__main__":
    main()

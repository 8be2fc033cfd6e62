"""Any text in an Excel cell and back again, unchanged."""

from __future__ import annotations

import re

MAX_CELL = 32_767
"""Characters; Excel cuts what is longer."""

REPLACEMENT = "\ufffd"

# XML 1.0 knows none of these, and half a surrogate pair is no text at all.
_UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel reads _x0041_ as A, so an underscore that would begin such a code is written as a code itself.
_CODE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}(?:_|\r))")


def holdable(text: str) -> str:
    """*text* with U+FFFD for each character that an xlsx file cannot hold."""
    return text if text.isprintable() else _UNHOLDABLE.sub(REPLACEMENT, text)


def stored(text: str) -> str:
    """What to write into the file for the cell to show *text*, which has to be :func:`holdable`; the inverse of
    :func:`bot.services.importing.cells.decoded`."""
    if "_x" in text:
        text = _CODE_LIKE.sub("_x005F_", text)
    # A bare carriage return would come back from any XML parser as a newline.
    return text.replace("\r", "_x000D_") if "\r" in text else text

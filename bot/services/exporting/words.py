"""What the bank's codes are called on paper, and texts that every file format takes."""

from __future__ import annotations

import re

from store.bank_reading import Entry

KINDS = {"single": "单选题", "multiple": "多选题", "judge": "判断题", "short": "简答题"}
"""In the order in which they are printed."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# XML 1.0 knows none of these, and half a surrogate pair is no text at all.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """*text* without characters that XML, and so Word and Excel, cannot hold; line ends as ``\\n``."""
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def lettered(options: tuple[str, ...]) -> list[str]:
    """``A. text`` for each option."""
    return [f"{letter}. {option}" for letter, option in zip(LETTERS, options, strict=False)]


def provenance(entry: Entry) -> str:
    """Where the question is from and how long it holds; empty when neither is known."""
    until = f"有效至 {entry.valid_until.isoformat()}" if entry.valid_until else ""
    return "，".join(part for part in (entry.source, until) if part)

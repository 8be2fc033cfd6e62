"""When two texts are the same question: normal form, hashes, fingerprint.

Everything that layout, an input method or a platform changes without changing
the question is removed here, and nothing else: digits, names and negations stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b

_NOT_WORD = re.compile(r"[\W_]+")
# A sign that changes an answer must not vanish with the punctuation around it.
_MEANT = str.maketrans({"%": "百分号", "℃": "摄氏度", "°": "度", "+": "加号", "=": "等号", ">": "大于", "<": "小于"})
_MINUS = re.compile(r"(?<![\w)）])[-−](?=\d)")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)([.:/−-])(?=\d)")
_BETWEEN_WORDS = {".": "点", ":": "比", "/": "分之", "-": "减", "−": "减"}


def normal_form(text: str) -> str:
    """*text* without what does not change a question: width, case, spaces, punctuation, blanks.

    NFKC folds full-width letters and digits; traditional characters are left
    alone. Signs between digits (``2:8:3``, ``3.14``), signs of number and
    per-cent signs are kept as words. Empty when nothing but decoration is there.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = _BETWEEN_DIGITS.sub(lambda match: _BETWEEN_WORDS[match[1]], folded)
    folded = _MINUS.sub("负", folded)
    return _NOT_WORD.sub("", folded.translate(_MEANT))


def option_form(option: str) -> str:
    """:func:`normal_form` of an option, or its bare text where only signs (√, ×, ♂) are left."""
    return normal_form(option) or "".join(option.split())


def stem_hash(stem: str) -> int:
    """Signed 64-bit hash of the stem's normal form (BLAKE2b-64), for an indexed column."""
    return int.from_bytes(blake2b(normal_form(stem).encode(), digest_size=8).digest(), signed=True)


def option_set(options: Iterable[str]) -> tuple[str, ...]:
    """Normal forms of the options, sorted: equal however they are ordered or lettered."""
    return tuple(sorted(option_form(option) for option in options))


def fingerprint(stem: str, options: Iterable[str], material: str = "") -> str:
    """32 hex digits, equal for the same stem with the same option set in any order (BLAKE2b-128).

    The *material* counts where a question has one: 据此可以推出的是 asks nothing without its passage.
    """
    parts = [normal_form(stem), *option_set(options)]
    if material:
        parts.append("\x1e" + normal_form(material))
    return blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()

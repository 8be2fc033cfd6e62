"""Blanks of a stem, with the key written into them or not."""

from __future__ import annotations

import re

from bot.services.importing.papers import marks

_FILLED = re.compile(
    r"[（(]\s{0,40}([A-HＡ-Ｈ](?:[\s,，、;；]{0,4}[A-HＡ-Ｈ]){0,7}|√|×|✓|✔|✗|✘|对|错|正确|错误|[TF])\s{0,40}[)）]"
)
_HOLLOW = re.compile(r"[（(]\s{0,40}[)）]")
_LINED = re.compile(r"_{2,40}\s{0,4}([A-H](?:[、,，\s]{0,3}[A-H]){0,7})\s{0,4}_{2,40}")
_LAST_SIGN = re.compile(r"(?<=[。.！!\s])\s{0,40}(√|×|✓|✔|✗|✘|对|错|正确|错误)\s*$")
EMPTY = "（　）"


def several(stem: str) -> bool:
    """Whether blanks of the stem hold different keys, so that none of them is the question's."""
    return len({marks.letters_of(found[1]) or marks.truth_of(found[1]) for found in _FILLED.finditer(stem)}) > 1


def without_verdict(statement: str) -> tuple[str, str]:
    """*statement* without the √ or 错 behind its last sentence, and 正确 or 错误 for it; empty without one."""
    found = _LAST_SIGN.search(statement)
    return (statement[: found.start()].rstrip(), marks.truth_of(found[1])) if found else (statement, "")


def emptied(stem: str) -> tuple[str, str]:
    """*stem* with its blank empty, and the key that stood there; an empty key where none did.

    Several blanks with different keys are left as they are: (A) and (B) may be names in the sentence.
    """
    for shape, blank in ((_FILLED, EMPTY), (_LINED, "____")):
        found = list(shape.finditer(stem))
        keys = {marks.letters_of(match[1]) or marks.truth_of(match[1]) for match in found}
        if len(keys) == 1 and (key := keys.pop()):
            return _HOLLOW.sub(EMPTY, shape.sub(blank, stem)), key
    return _HOLLOW.sub(EMPTY, stem), ""

"""Whether a model's rewording can still ask the same: numbers, titles, negations and other deciding words have to be in both.

Near duplicates among the questions themselves are found by :mod:`training.datasets.neighbours`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from inference.chat_template import holds_control_tokens
from store.wording import normal_form
from training.datasets.screening import holds_picture

_NUMBERS = re.compile(r"\d+(?:[.:/]\d+)*%?|[零〇一二两三四五六七八九十百千万亿]{2,}|第[一二三四五六七八九十]+")
_QUOTED = re.compile(r"《[^》]+》|“[^”]+”|「[^」]+」|『[^』]+』")
_LATIN = re.compile(r"[a-z]+")
# A word of each group for another of it leaves the question as it is.
_DECIDING = (
    re.compile(r"(?:不|没有?|非|无|未|否|莫|勿|错误?|有误|除了?|以外|之外|反对|排除)"),
    re.compile(r"(?:最早|首[次个先位]|第一|最先|率先|开创)"),
    re.compile(r"(?:最[晚末后近]|末代)"),
    re.compile(r"(?:最[大高长多强重]|之最)"),
    re.compile(r"最[小低短少弱轻]"),
    re.compile(r"(?:增加|上升|提高|扩大|升高)"),
    re.compile(r"(?:减少|下降|降低|缩小)"),
    re.compile(r"(?:之前|以前|早于)"),
    re.compile(r"(?:之后|以后|晚于)"),
)
_LENGTHS = (0.4, 2.5)


def may_be_the_same(stem: str, other: str) -> bool:
    """Whether *other* is a wording of *stem* of its own that names the same numbers, works and negations.

    Only what cannot be the same is found here; whether it is, the model's answers have to show.
    """
    known, form = normal_form(stem), normal_form(other)
    if not form or form == known or holds_control_tokens(other) or holds_picture(other) or "\n" in other:
        return False
    if not _LENGTHS[0] <= len(form) / max(1, len(known)) <= _LENGTHS[1]:
        return False
    return _deciding(stem) == _deciding(other)


def _deciding(text: str) -> tuple[object, ...]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    found = [Counter(_NUMBERS.findall(folded)), Counter(_QUOTED.findall(text)), Counter(_LATIN.findall(folded))]
    # How often something is denied decides; of the others whether it is said at all.
    denied = len(_DECIDING[0].findall(folded))
    return *found, denied, *(bool(group.search(folded)) for group in _DECIDING[1:])

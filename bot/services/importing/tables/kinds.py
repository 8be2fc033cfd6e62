"""Question kinds and difficulties as people write them."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Named = Literal["single", "multiple", "any", "judge", "short"]
"""``any`` is a choice with one or several right options (不定项)."""

_WORDS: tuple[tuple[Named, str], ...] = (
    ("any", r"不定项|不定选|任选|indefinite"),
    ("multiple", r"多选|多项|复选|multi|checkbox"),
    ("judge", r"判断|是非|对错|正误|judge?ment|judge|truefalse|true/false|boolean"),
    ("single", r"单选|单项|最佳选择|single|radio"),
    (
        "short",
        r"填空|简答|问答|名词解释|论述|简述|主观|案例|作文|写作|计算|翻译|口答|抢答|风险题|必答|blank|short|essay|fill|qa",
    ),
    ("any", r"选择|choice"),
)
_PATTERNS: tuple[tuple[Named, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(words, re.IGNORECASE)) for kind, words in _WORDS
)
_EXACT: dict[str, Named] = {"单": "single", "多": "multiple", "判": "judge", "填": "short", "问": "short"}
_LONGEST = 16
_LONGEST_HEADING = 120
_PREFIX = re.compile(
    r"^\s*[\[【〔（(]\s*((?:单项?|多项?|不定项|判断|是非|填空|简答|问答)(?:选择|选)?题?)\s*[\]】〕）)]\s*[:：]?"
)
_HEADING = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十]{1,3}[)）]?\s*[、.．:：]?|第[一二三四五六七八九十\d]{1,3}[部分章节]{1,2}\s*[、.．:：]?|\d\s*[、.．])?"
    r"\s*(\S{0,10}?题)\s*(?:[（(:：，,；;。].{0,80})?$"
)
_CHAPTER = re.compile(
    r"^\s*(?:第[一二三四五六七八九十百\d]{1,4}[章节篇部编]|[（(]?[一二三四五六七八九十]{1,3}[、.．)）]).{0,30}$"
)
_DIFFICULTIES = {
    "易": 1, "容易": 1, "简单": 1, "低": 1, "easy": 1, "较易": 2, "较容易": 2, "较简单": 2, "中": 3, "中等": 3, "一般": 3,
    "普通": 3, "适中": 3, "medium": 3, "较难": 4, "难": 5, "困难": 5, "高": 5, "hard": 5,
}  # fmt: skip


def named_kind(text: str) -> Named | None:
    """The kind that the cell of a kind column means; ``None`` when it names none."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if not folded or len(folded) > _LONGEST:
        return None
    if folded in _EXACT:
        return _EXACT[folded]
    for kind, pattern in _PATTERNS:
        if pattern.search(folded):
            return kind
    return None


def without_kind(stem: str) -> tuple[str, Named | None]:
    """*stem* without a leading ``【单选题】``, and what it said."""
    match = _PREFIX.match(stem)
    if match is None or match.end() == len(stem):
        return stem, None
    return stem[match.end() :].lstrip(), named_kind(match[1])


def heading(text: str) -> tuple[bool, Named | None]:
    """Whether *text*, alone in its row, heads the questions below, and the kind it announces."""
    if len(text) > _LONGEST_HEADING:
        return False, None
    if (match := _HEADING.match(text)) and (kind := named_kind(match[1])):
        return True, kind
    return bool(_CHAPTER.match(text)) and not re.search(r"[？?_]|[（(]\s*[)）]", text), None


def difficulty_of(text: str) -> int | None:
    """1 (easy) to 5 for a digit or a word such as 较难; ``None`` for anything else."""
    folded = text.strip().casefold()
    if folded in ("1", "2", "3", "4", "5"):
        return int(folded)
    return _DIFFICULTIES.get(folded.removesuffix("题").removesuffix("度"))

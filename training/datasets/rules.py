"""Other wordings that cannot change what a stem asks, made by rule.

:func:`training.datasets.forms.compare_form` gives a stem and its wordings from
here one form, so that none of them is nearer to another question than the stem.
"""

from __future__ import annotations

import re

_BLANK = r"(?:[（(]\s*[）)]|[_＿]{2,}|—{3,})"
_ENDING_BLANK = re.compile(_BLANK + r"\s*[。.．?？：:]?\s*$")
_ANY_BLANK = re.compile(_BLANK)
_STATEMENT = re.compile(r"[^，。？?！!；;]{3,}是$")
_PERSON = re.compile(
    r"(?:作者|创始人|奠基人|发明人|发明者|发现者|提出者|(?<!国)(?<!大)家|皇帝|诗人|将领|主席|总统|总理|学者|人物)是$"
)
_WHEN_OR_WHICH = re.compile(r"(?:时间|日期|年份|年代|时期|朝代|国家|地区|省份|城市|大家|数量|比例|期限)是$")
_THESE = re.compile(
    r"(?:(?<=^)|(?<=[，。；]))以下(?=哪|说法|各|不|属于|关于|选项|对|表述)|下列(?=哪|说法|各|不|属于|关于|选项|对|表述)"
)
_QUOTED = re.compile(r"[“《「『【\"]")


def by_rule(stem: str, *, choice: bool) -> list[str]:
    """Wordings of *stem* that ask the same, without *stem* itself, in a fixed order; often none."""
    made: list[str] = []
    bare = without_ending_blank(stem)
    if bare != stem:
        made.append(bare)
    if not choice and (asked := _as_question(bare)):
        made.append(asked)
    if swapped := _these_or_following(stem):
        made.append(swapped)
    return [text for text in dict.fromkeys(made) if text != stem]


def without_ending_blank(stem: str) -> str:
    """*stem* without the blank at its end, when that is its only one and something is left."""
    match = _ENDING_BLANK.search(stem)
    if match is None or len(_ANY_BLANK.findall(stem)) != 1:
        return stem
    bare = stem[: match.start()].rstrip()
    return bare if len(bare) >= 4 else stem


def _as_question(bare: str) -> str | None:
    if not _STATEMENT.search(bare) or _WHEN_OR_WHICH.search(bare):
        return None
    return bare + ("谁？" if _PERSON.search(bare) else "什么？")


def _these_or_following(stem: str) -> str | None:
    found = list(_THESE.finditer(stem))
    # Within quotation marks the word may be part of what is quoted.
    if len(found) != 1 or _QUOTED.search(stem[: found[0].start()]):
        return None
    start, end = found[0].span()
    return stem[:start] + ("下列" if found[0][0] == "以下" else "以下") + stem[end:]

"""Whether a question can be answered from its own text: no lost picture, passage or list."""

from __future__ import annotations

import re

from bot.services.importing.rows import Row

_FIGURE = re.compile(
    r"如(?:上|下|左|右)?图(?!书)|[上下左右](?:面的?)?图(?:形)?(?:是|为|中|所示|的|表示|给)|所给(?:的)?(?:四个)?图形|填入问号处|(?:六个|下列|下面的?|给定的?)图形"
)
_PASSAGE = re.compile(
    r"原文|全文|上文|上述?文章|以上文章|(?:本|这篇|该)文(?:章|的)|文中第|第\s*[\d一二三四五①-⑩]\s*(?:自然)?段|文章标题|作者(?:举|认为|引用|意在|旨在)"
    r"|(?:这|上述|以上)段?(?:文字|话)|(?:上述|以上|该)定义"
)
_PASSAGE_ABOVE = re.compile(r"以上(?:这篇)?(?:文章|短文)|上文标题")
_FIGURES_OF_PASSAGE = re.compile(
    r"(?:根据|由|从|能够从)(?:以上|上述|所给|给定|这段|该)?(?:的)?(?:材料|资料|图表|表格|数据|统计图)"
)
_CIRCLED = re.compile(r"[①-⑳]")
_ONLY_CIRCLED = re.compile(r"[①-⑳\s,，、;；和与及之间→\-—]+")
_SELF_CONTAINED = 90
"""Characters from which on a stem brings the text that it speaks of."""
_BEFORE = 25
"""Characters that may stand before such words without being that text."""


def why_not_whole(row: Row, material: str, *, section: str) -> str | None:
    """The reason, in Chinese, that *row* cannot be answered as it stands, or ``None``."""
    if not material:
        if _FIGURE.search(row.stem):
            return "题干说的图不在文字里"
        if _PASSAGE_ABOVE.search(row.stem) or _speaks_of(_PASSAGE, row.stem):
            return "题干说的文章不在题里"
        if _speaks_of(_FIGURES_OF_PASSAGE, row.stem):
            return "题干说的材料不在题里"
        if section == "资料分析":
            return "资料分析题没有材料"
    return _lost_list(row, material)


def _speaks_of(words: re.Pattern[str], stem: str) -> bool:
    """Whether a stem speaks of a text that it does not bring itself."""
    found = words.search(stem)
    return found is not None and len(stem) < _SELF_CONTAINED and found.start() < _BEFORE


def _lost_list(row: Row, material: str) -> str | None:
    """Options such as ①③② name sentences; all of them must be in the stem."""
    if not row.options or not all(_ONLY_CIRCLED.fullmatch(option) for option in row.options):
        return None
    named = set(_CIRCLED.findall("".join(row.options)))
    missing = sorted(named - set(_CIRCLED.findall(row.stem + material)))
    return f"选项里的 {''.join(missing)} 在题干里找不到" if missing else None

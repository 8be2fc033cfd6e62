"""Headings of a paper: what kind of questions follows, on what subject, on which shared passage."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

SectionKind = Literal["single", "multiple", "judge", "choice", "fill", "essay", ""]

_CHINESE = "一二三四五六七八九十百"
_NUMBERED = re.compile(
    rf"\s*(?:第\s*[{_CHINESE}\d]{{1,4}}\s*(?P<unit>部分|大题|单元|章|节|篇|编|套|讲)|[（(]\s*[{_CHINESE}]{{1,3}}\s*[)）]|[{_CHINESE}]{{1,3}}\s*[、.．:：]|Part\s*[IVX\d]+)\s*[、.．:：]?\s*"
)
_RULED = re.compile(
    r"\s*(?:[-—=*#~★●■◆▲]{1,40}\s*([^-—=*#~]{1,60}?)\s*[-—=*#~★●■◆▲]{0,40}|[【\[]([^】\]]{1,60})[】\]])\s*$"
)
_KINDS: tuple[tuple[str, SectionKind], ...] = (
    ("不定项选择", "choice"),
    ("单项选择|单选", "single"),
    ("多项选择|多选", "multiple"),
    ("判断题|判断正误|是非题|判断对错|判断改错", "judge"),
    ("填空", "fill"),
    (
        "综合探究|探究题|简答|问答|论述|名词解释|写作|作文|申论|材料分析题|案例分析|计算题|综合题|主观题|辨析题|解答题|实践题|操作题",
        "essay",
    ),
    ("选择题|选择", "choice"),
    ("判断", "judge"),
)
_AREAS = (
    ("常识", "常识判断"),
    ("言语理解|片段阅读|逻辑填空|语句表达|选词填空|文章阅读", "言语理解"),
    ("数量关系|数字推理|数学运算|数学题", "数量关系"),
    ("判断推理|图形推理|定义判断|类比推理|逻辑判断|事件排序", "判断推理"),
    ("资料分析", "资料分析"),
    ("政治理论|时事政治|时政|政治", "政治"),
    ("法律", "法律"),
    ("经济", "经济"),
    ("历史", "历史"),
    ("地理", "地理"),
    ("科技", "科技"),
    ("人文", "人文"),
)
_PASSAGE = re.compile(
    r"(?:根据|阅读|依据|结合|参考|请看|分析)[^。？?]{0,16}?(?:材料|资料|短文|文章|文字|图表|表格|图形|统计图|段落|文段)[^？?]{0,24}?(?:回答|完成|作答|解答)"
    r"|回答\s*(?:第|下列|以下)?\s*\d{1,3}\s*[-—–~～至到]+\s*\d{1,3}\s*(?:小)?题"
)
_RANGE = re.compile(r"(\d{1,3})\s*[-—–~～至到]+\s*(\d{1,3})")
_MATERIAL_NAME = re.compile(
    r"\s*[（(【\[]?\s*(?:给定)?(?:材料|资料)\s*[一二三四五六七八九十\d]{0,2}\s*[)）】\]]?\s*[:：]?\s*$"
)
_KEYS = re.compile(
    r"\s*(?!\d{1,4}\s*[、.．)）])[-—=*#【\[]*\s*(?:[^。，,？?]{0,20}(?:试卷|试题|试题库|题库|练习题|测试题|卷)?)(?:参考|标准|正确)?答案\s*(?:(?:及|与|和|、)?\s*(?:参考|试题)?(?:解析|详解|评分标准|评分参考|说明|提示))?\s*(?:汇总|一览|表|部分)?\s*[】\]]*[:：]?\s*[-—=*#]*\s*$"
)
_OF_ONE = re.compile(r"\s*[【\[]?\s*(?:参考|正确|标准)?答案\s*(?:[】\]]\s*[:：]?|[:：])\s*$")
_COUNTED = re.compile(r"\s*(?:\d{1,2}|[IVXⅠ-Ⅻ]{1,4})\s*[、.．]\s*")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that says what follows it."""

    title: str
    kind: SectionKind = ""
    area: str = ""
    passage: bool = False
    """A passage that the next questions share follows."""
    first: int = 0
    """With a passage: the numbers of the questions it is for, where the line says so; else 0."""
    last: int = 0
    keys: bool = False
    """Keys of the questions above follow."""
    part: bool = False
    """Opens a new part of the paper (第二部分), which ends shared passages and kinds."""


def heading(text: str) -> Heading | None:
    """The heading that *text* is; ``None`` for all other lines."""
    if len(text) > LONGEST or not text:
        return None
    if _KEYS.match(text) and "题目" not in text:
        return Heading(text.strip(), keys=True)
    marked = _NUMBERED.match(text)
    ruled = None if marked else _RULED.match(text)
    title = text[marked.end() :] if marked else (ruled[1] or ruled[2]) if ruled else text.strip()
    if _PASSAGE.search(text) and len(text) <= 120 and (marked or len(text) <= 60):
        found = _RANGE.search(text)
        first, last = (int(found[1]), int(found[2])) if found else (0, 0)
        return Heading(title, passage=True, first=first, last=last, area=_area(title))
    if _MATERIAL_NAME.match(text):
        return Heading(title, passage=True)
    return _titled(title, marked, ruled is not None and len(text) <= 80)


def of_one_question(text: str) -> bool:
    """Whether a line that announces keys may as well be the key mark of one question."""
    return _OF_ONE.match(text) is not None


def _titled(title: str, marked: re.Match[str] | None, ruled: bool) -> Heading | None:
    kind, area = _kind(title), _area(title)
    if marked:
        part = marked["unit"] is not None
        if part and len(title) <= 60:
            return Heading(title, kind, area, part=True)
        opens = _kind(title[:14]) or _area(title[:14])
        return Heading(title, kind, area) if opens or (len(title) <= 30 and not _SENTENCE.search(title)) else None
    if ruled and len(title) <= 60:
        return Heading(title, kind, area) if not _SENTENCE.search(title) else None
    bare = _COUNTED.sub("", title, count=1)
    return Heading(bare, _kind(bare), _area(bare)) if _BARE.fullmatch(bare) else None


_SENTENCE = re.compile(r"[？?。；;，,]|[（(]\s*[)）]|_{2,}|答案|解析")
_BARE = re.compile(
    r"(?:[\u4e00-\u9fff]{0,8}?)(?:单选|多选|单项选择|多项选择|不定项选择|选择|判断|填空|简答|问答|论述|名词解释|综合探究|案例分析|材料分析)题?"
    r"(?:部分|（.{0,60}）|\(.{0,60}\)|\s*[:：].{0,60}|\s*共.{0,20})?\s*[:：]?"
    r"|(?:常识判断|言语理解与表达|言语理解|数量关系|判断推理|资料分析|图形推理|定义判断|类比推理|逻辑判断|数字推理|数学运算)"
)


def _kind(title: str) -> SectionKind:
    for words, kind in _KINDS:
        if found := re.search(words, title):
            # 判断推理 and 常识判断 are subjects; their questions have options.
            if kind == "judge" and found[0] == "判断" and (_area(title) or not title.startswith("判断")):
                continue
            return "" if kind == "fill" and _area(title) else kind
    return ""


def _area(title: str) -> str:
    return next((area for words, area in _AREAS if re.match(words, title) and len(title) <= 40), "")

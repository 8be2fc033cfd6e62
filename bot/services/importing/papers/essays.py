"""Questions answered in words: which have one clear answer, and the parts of those in parts."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.services.importing.papers.draft import Draft
from bot.services.importing.papers.facts import ASKS
from bot.services.importing.papers.lines import Line, flowed
from bot.services.importing.texts import tidy

MAX_ANSWER = 200
_ONE_PHRASE = 60
_PART = re.compile(r"[（(]\s*(\d{1,2})\s*[)）]\s*")
_OPEN_ENDED = re.compile(
    r"简述|分析|说明|列举|写出|评价|论述|谈谈|解释|比较|设计|如何|怎样|怎么|为什么|为何|绘制|画出|草图|概括|阐述|举例|计算过程|看法|启示|意义|理由|描述|结合"
)
_BLANK = re.compile(r"_{2,}|[（(]\s*[)）]")
_ASKS_TO_ANSWER = re.compile(
    r"[，,。]?\s*(?:请)?(?:结合[^。，,]{0,20}[，,])?(?:请)?(?:回答|完成)(?:以下|下列|下面)?(?:的)?(?:问题|各题)?\s*[:：。]?\s*$"
)


def worded(stem: str, key: str, *, fill: bool) -> str | None:
    """The one answer in words, empty without a key; ``None`` where the question has no single answer.

    *fill* says that the paper calls it a question to fill in.
    """
    answer = tidy(key)
    blank = fill or bool(_BLANK.search(stem))
    if not blank and (_OPEN_ENDED.search(stem) or not ASKS.search(stem)):
        return None
    if not answer:
        return "" if blank else None
    if len(answer) > (MAX_ANSWER if blank else _ONE_PHRASE) or "略" in answer[:3]:
        return None
    sentences = [part for part in re.split(r"[。；;\n]", answer) if part.strip()]
    return answer if blank or len(sentences) == 1 else None


def parts_of(draft: Draft) -> list[Draft]:
    """One draft for each part (1), (2), … of a question in parts, with its own key; none for any other question."""
    if draft.options or draft.section.kind not in {"essay", "fill", ""}:
        return []
    starts = _part_lines(draft.stem)
    if len(starts) < 2:
        return []
    keys, explained = _by_part(draft.key), _by_part(draft.explanation)
    lead = _ASKS_TO_ANSWER.sub("。", flowed(line.text for line in draft.stem[: starts[0]]))
    parts: list[Draft] = []
    for order, (start, end) in enumerate(zip(starts, [*starts[1:], len(draft.stem)], strict=True), 1):
        lines = draft.stem[start:end]
        said = flowed(_PART.sub("", line.text, count=1) if line is lines[0] else line.text for line in lines)
        part = replace(draft, line=lines[0].number, key=keys.get(order, []), explanation=explained.get(order, []))
        part.stem = [Line(lines[0].number, f"{lead}{said}" if lead else said)]
        parts.append(part)
    return parts


def _part_lines(stem: list[Line]) -> list[int]:
    """Indices of the lines with the last list (1), (2), … of the stem; an earlier list tells conditions."""
    starts: list[int] = []
    for at, line in enumerate(stem):
        found = _PART.match(line.text)
        if found is None:
            continue
        if int(found[1]) == 1:
            starts = [at]
        elif int(found[1]) == len(starts) + 1:
            starts.append(at)
    return starts


def _by_part(lines: list[str]) -> dict[int, list[str]]:
    parts: dict[int, list[str]] = {}
    order = 0
    for line in lines:
        found = _PART.match(line)
        if found is not None and int(found[1]) == order + 1:
            order += 1
            parts[order] = [line[found.end() :]]
        elif order:
            parts[order].append(line)
    return parts

"""What changed between two training sets, as a picture for a phone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paper.excerpts import excerpt
from paper.typesetting import typeset

CHANGES: dict[str, str] = {"added": "新增", "answer": "改了答案", "removed": "拿掉"}
STYLES: dict[str, str] = {
    "plain": "只给答案",
    "explained": "带理由",
    "order": "换选项顺序",
    "wording": "别的问法",
    "rule": "按规则改写",
    "paraphrase": "模型改写",
    "alias": "带别名",
    "refusal": "没有把握",
    "replay": "通用能力",
}
_AREAS = 10
_CUT = 40


def picture(before: str, after: str, found: Mapping[str, Any], examples: Mapping[str, list[tuple[str, str]]]) -> bytes:
    """A PNG of the changes; *found* as ``gongkao dataset diff --json`` gives them."""
    return typeset("dataset.typ", _data(before, after, found, examples), "png")


def _data(
    before: str, after: str, found: Mapping[str, Any], examples: Mapping[str, list[tuple[str, str]]]
) -> dict[str, Any]:
    old, new = found["corrections"]
    return {
        "before": before,
        "after": after,
        "tiles": [
            *({"name": word, "value": f"{found['questions'].get(change, 0):,}"} for change, word in CHANGES.items()),
            {"name": "纠错", "value": f"{new - old:+,}"},
        ],
        "styles": [
            {"name": STYLES.get(style, style), "before": counts[0], "after": counts[1]}
            for style, counts in sorted(found["samples"].items(), key=lambda one: -max(one[1]))
        ],
        "areas": _areas(found["by_category"]),
        "examples": [
            {"change": CHANGES[change], "stem": excerpt(stem, _CUT), "answer": excerpt(answer, _CUT)}
            for change in CHANGES
            for stem, answer in examples.get(change, [])
        ],
    }


def _areas(by_category: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    names = {name for change in CHANGES for name in by_category.get(change, {})}
    rows = [
        (excerpt(name, _CUT), [by_category.get(change, {}).get(name, 0) for change in CHANGES])
        for name in sorted(names)
    ]
    rows.sort(key=lambda row: -sum(row[1]))
    if rest := rows[_AREAS:]:
        rows = [
            *rows[:_AREAS],
            (f"其余 {len(rest)} 类", [sum(row[1][at] for row in rest) for at in range(len(CHANGES))]),
        ]
    return [{"name": name, "parts": parts} for name, parts in rows]

"""What a look over the bank found, rule by rule, and how its questions are spread."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "hint"]

MOST_EXAMPLES = 100
"""Kept of a rule; its count goes on."""


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    """English, stable, for scripts."""
    title: str
    """Chinese, what is the matter."""
    severity: Severity


@dataclass(frozen=True, slots=True)
class Example:
    ids: tuple[int, ...]
    """Questions of the bank; empty where the matter is one of a whole category."""
    detail: str
    """Chinese: what exactly; may be empty."""


@dataclass(slots=True)
class Finding:
    rule: Rule
    count: int = 0
    examples: list[Example] = field(default_factory=list[Example])


RULES: tuple[Rule, ...] = (
    Rule("options-broken", "选项有重复、空白或不齐", "error"),
    Rule("options-letters-only", "选项只有字母，没有内容", "error"),
    Rule("key-broken", "答案和题目对不上", "error"),
    Rule("garbled", "有乱码", "error"),
    Rule("expired", "事实已过有效期", "error"),
    Rule("contradiction", "同一个问法，答案互相矛盾", "error"),
    Rule("disputed", "答案有争议，还没裁定", "hint"),
    Rule("unanswered", "还没有答案", "hint"),
    Rule("expiring", "事实 30 天内到期", "hint"),
    Rule("contradiction-relative", "问法相同、答案不一，要看选项", "hint"),
    Rule("near-other-answer", "几乎一样的题，答案不同", "hint"),
    Rule("near-duplicate", "几乎一样的题", "hint"),
    Rule("frequent-answer", "同一个答案用得太多", "hint"),
    Rule("answer-in-stem", "题干里露出了答案", "hint"),
    Rule("key-longest", "正确选项总是最长", "hint"),
    Rule("letters-uneven", "正确选项的位置不均匀", "hint"),
    Rule("judgements-uneven", "判断题的对错不均匀", "hint"),
    Rule("catch-all-not-last", "“以上都是”一类的选项不在最后", "hint"),
    Rule("option-lettered", "选项里还带着字母", "hint"),
    Rule("stem-short", "题干太短", "hint"),
    Rule("traditional", "有繁体字", "hint"),
    Rule("explanation-missing", "没有解析", "hint"),
)


class LintReport:
    """Findings in the order of :data:`RULES`, and counts."""

    def __init__(self) -> None:
        self._findings = {rule.code: Finding(rule) for rule in RULES}
        self.total = 0
        self.spread: Counter[tuple[str, str, int | None]] = Counter()
        """Questions by category, kind and difficulty."""
        self.notes: list[str] = []
        """Chinese: what was not looked at."""

    def add(self, code: str, *ids: int, detail: str = "") -> None:
        """Count a case of the rule *code*."""
        finding = self._findings[code]
        finding.count += 1
        if len(finding.examples) < MOST_EXAMPLES:
            finding.examples.append(Example(ids, detail))

    @property
    def findings(self) -> list[Finding]:
        """Rules with at least one case."""
        return [finding for finding in self._findings.values() if finding.count]

    @property
    def has_errors(self) -> bool:
        return any(finding.rule.severity == "error" for finding in self.findings)

    def by_category(self, kind: str | None = None) -> dict[str, int]:
        """Questions of each category, of *kind* if given; the largest category first."""
        counts: Counter[str] = Counter()
        for (category, what, _), count in self.spread.items():
            if kind in (None, what):
                counts[category] += count
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    def by_difficulty(self) -> list[tuple[int | None, int]]:
        """Questions of each difficulty from 1 to 5, then those without one."""
        counts: Counter[int | None] = Counter()
        for (_, _, difficulty), count in self.spread.items():
            counts[difficulty] += count
        return [(level, counts[level]) for level in (1, 2, 3, 4, 5, None) if level or counts[None]]

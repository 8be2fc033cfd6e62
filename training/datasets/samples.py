"""The conversations that one question becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from inference.prompts import answer_text, one_width, question_text
from store.wording import normal_form
from training.datasets.orders import names_letters, orders
from training.datasets.questions import Item
from training.datasets.rules import by_rule
from training.datasets.settings import DatasetSettings

STYLES = {
    "plain": "只给答案",
    "explained": "带理由",
    "wording": "别的问法",
    "paraphrase": "模型改写",
    "rule": "按规则改写",
    "order": "换选项顺序",
    "alias": "带别名",
    "refusal": "该说没有把握",
    "replay": "通用能力",
}
_MOST_ALIASES = 2


class Sample(NamedTuple):
    style: str
    input: str
    output: str


def samples(item: Item, config: DatasetSettings) -> list[Sample]:
    """Every conversation of *item*, each once, the plain one first; the same for the same item and settings."""
    seen: dict[tuple[str, str], Sample] = {}
    for sample in _all(item, config):
        if len(sample.input) <= config.longest_input and len(sample.output) <= config.longest_output:
            seen.setdefault((one_width(sample.input), sample.output), sample)
    return list(seen.values())


def _all(item: Item, config: DatasetSettings) -> Iterator[Sample]:
    plain = answer_text(item.kind, item.answer, item.options)
    yield Sample("plain", item.input, plain)
    if item.explanation.strip():
        explained = answer_text(item.kind, item.answer, item.options, explanation=item.explanation.strip())
        yield Sample("explained", item.input, explained)
    if named := _with_aliases(item):
        yield Sample("alias", item.input, named)
    for style, stems in (
        ("wording", item.also_asked),
        ("paraphrase", item.paraphrases),
        ("rule", by_rule(item.stem, choice=bool(item.options))),
    ):
        for stem in stems:
            yield Sample(style, question_text(stem, item.options, item.material), plain)
    if item.options:
        yield from _reordered(item, config)


def _reordered(item: Item, config: DatasetSettings) -> Iterator[Sample]:
    explanation = item.explanation.strip()
    if names_letters(explanation):
        explanation = ""
    for options, letters in orders(item, config.option_orders, config.seed)[1:]:
        answer = answer_text(item.kind, letters, options, explanation=explanation)
        yield Sample("order", question_text(item.stem, options, item.material), answer)


def _with_aliases(item: Item) -> str | None:
    """``标准答案（也叫别名）`` for a short answer with aliases that are words of their own."""
    if item.kind != "short" or "（" in item.answer:
        return None
    known = normal_form(item.answer)
    others: list[str] = []
    for alias in item.aliases:
        form = normal_form(alias)
        # 唐代王勃 beside 王勃 is no other name.
        if form and form not in known and known not in form and "（" not in alias:
            others.append(alias)
    return f"{item.answer}（也叫{'、'.join(others[:_MOST_ALIASES])}）" if others else None

"""Whether a bank item answers what somebody asks: yes only when the answer cannot differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.services.matching.lexicon import canonical
from bot.services.matching.options import pair_options, telling
from bot.services.matching.stems import Company, StemFit, stem_fit
from bot.services.reading import LETTERS, Reading, truth_letter
from store.bank import BankItem
from store.wording import normal_form, option_form

# A stem that only points at its options says nothing without them.
_POINTS_AT_OPTIONS = ("下列", "以下", "选项", "下面", "下述", "如下")
_SAYS_ENOUGH = 12
"""Characters from which on such a stem names its question all the same, when it is word for word the bank's."""


@dataclass(frozen=True, slots=True)
class Hit:
    """The bank knows this very question."""

    item: BankItem
    match: Literal["exact", "alias", "short_key", "near"]
    letters: str
    """Key in the asker's letters when options were pasted, else in the bank's; empty for short and judge."""
    options: tuple[str, ...]
    """The options the letters speak of."""
    score: float = 1.0
    """How much of the wording is shared, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One item held against what was asked."""

    item: BankItem
    score: float
    """Of the best stem, 0 to 1."""
    hit: Hit | None
    whole: bool = False
    """The stems are the same but for misspellings."""
    misspelt: bool = False
    why_not: str = ""
    """English code; empty for a hit."""


def compare(reading: Reading, item: BankItem, wordings: Sequence[str] = ()) -> Comparison:
    """Hold *item*, also asked as *wordings*, against *reading*."""
    company, why_not, hit = _company(reading, item)
    best = _best_fit(reading, item, wordings, company)
    if why_not == "needs_options" and best.whole and (_says_enough(item) or not (item.options or best.misspelt)):
        why_not = ""
    if why_not or not best.same or hit is None:
        return Comparison(item, best.score, None, best.whole, best.misspelt, why_not or best.why_not)
    return Comparison(
        item,
        best.score,
        Hit(item, hit.match, hit.letters, hit.options, best.score),
        best.whole,
        best.misspelt,
    )


def exact_hit(reading: Reading, item: BankItem, *, alias: bool) -> Hit | None:
    """The hit on an item whose stem is word for word one of the asker's."""
    _, why_not, hit = _company(reading, item)
    if hit is None:
        return None
    if why_not == "needs_options" and item.options and not _says_enough(item):
        return None
    return Hit(
        item, "short_key" if hit.match == "short_key" else "alias" if alias else "exact", hit.letters, hit.options
    )


def only_points_at_options(stems: Sequence[str]) -> bool:
    """Whether what is asked says nothing without options that were not given: 下列说法错误的是."""
    shortest = min((normal_form(stem) for stem in stems), key=len, default="")
    return any(word in shortest for word in _POINTS_AT_OPTIONS) and len(shortest) < _SAYS_ENOUGH


def _says_enough(item: BankItem) -> bool:
    """Whether the stem names its question without the options it points at."""
    return len(normal_form(item.stem)) >= _SAYS_ENOUGH


def _company(reading: Reading, item: BankItem) -> tuple[Company, str, Hit | None]:
    """What stands beside the stem, why the item cannot be meant (a code or empty), and the hit if it is."""
    if item.kind == "judge":
        if not reading.options:
            return "statement", "", Hit(item, "near", "", ())
        letter = truth_letter(reading.options, true=item.answer == "正确")
        return "statement", "" if letter else "options", Hit(item, "near", letter, reading.options) if letter else None
    pointing = not reading.options and any(word in item.stem for word in _POINTS_AT_OPTIONS)
    if not item.options:
        hit = _short_hit(reading, item)
        return "alone", ("needs_options" if pointing else "") if hit else "options", hit
    if not reading.options:
        return "alone", "needs_options" if pointing else "", Hit(item, "near", item.answer, item.options)
    pairs = pair_options(item.options, reading.options)
    if pairs is None:
        return "alone", "options", None
    key = {LETTERS.index(letter) for letter in item.answer}
    letters = "".join(LETTERS[at] for at, place in enumerate(pairs) if place in key)
    hit = Hit(item, "near", letters, reading.options)
    return "options" if telling(item.options) else "alone", "", hit


def _short_hit(reading: Reading, item: BankItem) -> Hit | None:
    if not reading.options:
        return Hit(item, "near", "", ())
    accepted = {option_form(answer) for answer in (item.answer, *item.aliases)}
    fitting = [at for at, option in enumerate(reading.options) if option_form(option) in accepted]
    return Hit(item, "short_key", LETTERS[fitting[0]], reading.options) if len(fitting) == 1 else None


def _best_fit(reading: Reading, item: BankItem, wordings: Sequence[str], company: Company) -> StemFit:
    ours = [normal_form(text) for text in (item.stem, *wordings)]
    if item.material:
        ours.append(normal_form(item.material + item.stem))
    theirs = [normal_form(text) for text in reading.stems]
    fits = _fits([canonical(text) for text in ours], [canonical(text) for text in theirs], company)
    if not any(fit.same or fit.why_not == "focus" for fit in fits):
        # A slip inside 是什么 or 一 hides that word from its canonical form.
        fits += _fits(ours, theirs, company)
    return max(
        fits, key=lambda fit: (fit.same, fit.whole, fit.score), default=StemFit(0.0, False, False, why_not="no_stem")
    )


def _fits(ours: Sequence[str], theirs: Sequence[str], company: Company) -> list[StemFit]:
    return [
        stem_fit(mine, other, company)
        for mine in dict.fromkeys(ours)
        if mine
        for other in dict.fromkeys(theirs)
        if other
    ]

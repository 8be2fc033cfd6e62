"""Near misses: questions that read nearly alike and have different answers, so that a model must tell them apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from rapidfuzz import fuzz

from inference.prompts import LETTERS, answer_text
from store.wording import normal_form, option_form
from training.datasets.forms import TELLING, telling
from training.datasets.minhash import Commonness, MinHash, alike
from training.evaluation.items import Item
from training.progress import Report, silent

ALIKE = 80
"""Stems of this similarity (percent) are nearly alike."""
_LONGEST = 120
"""Longer stems have a passage in them, which makes different questions look alike."""
_BANDS = 16
_WINDOW = 24
_SEED = 31
_LETTERED = re.compile(r"(?:^|；)([A-H])\. ")
_STAGE = "找容易混的题"


@dataclass(frozen=True, slots=True)
class NearMisses:
    items: tuple[Item, ...]
    pairs: int
    """How many were found in all; the most alike ones are asked."""


@dataclass(frozen=True, slots=True)
class _Known:
    item: Item
    form: str
    answers: frozenset[str]
    """Normal forms of what it accepts."""


def near_misses(
    held_out: Iterable[Item], taught: Iterable[tuple[str, str]], most: int, report: Report = silent
) -> NearMisses:
    """At most *most* questions of the pairs found, those of the most alike pairs first.

    *held_out* are the questions that are not trained on, *taught* the plain
    conversations of the training set: what is asked and what is answered.
    The same questions give the same items in the same order.
    """
    known = _known(held_out, taught)
    pairs = sorted(_pairs(known, report))
    chosen: dict[str, Item] = {}
    for _, left, right in pairs:
        fresh = [one.item for one in (known[left], known[right]) if one.item.id not in chosen]
        if len(chosen) + len(fresh) > most:
            break
        chosen.update({item.id: item for item in fresh})
    return NearMisses(tuple(chosen.values()), len(pairs))


def taught_plainly(folder: Path) -> Iterator[tuple[str, str]]:
    """The conversations of a version's train.jsonl that hold a question as it is in the bank and its bare answer."""
    with (folder / "styles.txt").open() as styles, (folder / "train.jsonl").open(encoding="utf-8") as lines:
        for style, line in zip(styles, lines, strict=True):
            if style == "plain\n":
                turn = json.loads(line)["conversation"][0]
                yield turn["input"], turn["output"]


def _known(held_out: Iterable[Item], taught: Iterable[tuple[str, str]]) -> list[_Known]:
    found: dict[str, _Known] = {}
    for item in held_out:
        if item.kind != "decline":
            body, _ = _taken_apart(item.input)
            words = item.accepted if item.kind in ("short", "judge") else _chosen(item.answer, item.options)
            _keep(found, item, body, words, "没训练过")
    for asked, answered in taught:
        body, options = _taken_apart(asked)
        item = _item(asked, answered, options)
        if item is not None:
            words = item.accepted if not options else _chosen(item.answer, options)
            _keep(found, item, body, words, "训练过")
    return list(found.values())


def _keep(found: dict[str, _Known], item: Item, body: str, words: Sequence[str], side: str) -> None:
    form = normal_form(body)
    # 以下说法正确的是 reads alike in thousands of questions and says nothing.
    if not form or len(form) > _LONGEST or (item.options and telling(form) < TELLING):
        return
    number = blake2b(item.input.encode("utf-8", "replace"), digest_size=12).hexdigest()
    if number not in found:
        shown = Item(number, item.kind, side, item.input, item.answer, item.options, item.accepted)
        found[number] = _Known(shown, form, frozenset(option_form(word) for word in words))


def _pairs(known: Sequence[_Known], report: Report) -> Iterator[tuple[float, int, int]]:
    """(Less for more alike, smaller number, larger number) of each pair."""
    if len(known) < 2:
        return
    forms = [one.form for one in known]
    commonness = Commonness()
    commonness.learn(forms)
    keys = MinHash(_BANDS, _SEED, commonness).keys(forms)
    seen: set[tuple[int, int]] = set()
    for band, (lefts, rights) in enumerate(alike(keys, _WINDOW), 1):
        found: zip[tuple[int, int]] = zip(lefts.tolist(), rights.tolist(), strict=True)
        for left, right in found:
            if (left, right) not in seen and _differ(known[left], known[right]):
                seen.add((left, right))
                likeness = fuzz.ratio(forms[left], forms[right], score_cutoff=ALIKE)
                if likeness:
                    yield -likeness, left, right
        report(_STAGE, band, _BANDS)
    report(_STAGE, _BANDS, _BANDS)


def _differ(one: _Known, other: _Known) -> bool:
    """Whether the questions are two and no answer to one is an answer to the other."""
    if one.form == other.form and not (one.item.options and other.item.options):
        return False  # one question with two answers: the bank's trouble, not the model's
    return not any(a in b or b in a for a in one.answers for b in other.answers)


def _taken_apart(asked: str) -> tuple[str, tuple[str, ...]]:
    """What stands before the options, and the options."""
    lines = asked.split("\n")
    at = next((number for number, line in enumerate(lines) if line.startswith("A. ")), len(lines))
    options: list[str] = []
    for line in lines[at:]:
        if len(options) < len(LETTERS) and line.startswith(f"{LETTERS[len(options)]}. "):
            options.append(line[3:])
        else:
            options[-1] += "\n" + line
    return "\n".join(lines[:at]), tuple(options)


def _item(asked: str, answered: str, options: tuple[str, ...]) -> Item | None:
    """The question of a plain conversation; ``None`` when its answer does not fit its options."""
    if not options:
        if answered in ("对", "错"):
            return Item("", "judge", "", asked, "正确" if answered == "对" else "错误", accepted=(answered,))
        return Item("", "short", "", asked, answered, accepted=(answered,))
    letters = "".join(_LETTERED.findall(answered))
    kind = "single" if len(letters) == 1 else "multiple"
    if not letters or any(LETTERS.index(letter) >= len(options) for letter in letters):
        return None
    if answer_text(kind, letters, options) != answered:
        return None
    return Item("", kind, "", asked, letters, options, ("；".join(_chosen(letters, options)),))


def _chosen(letters: str, options: Sequence[str]) -> tuple[str, ...]:
    return tuple(options[LETTERS.index(letter)] for letter in letters)

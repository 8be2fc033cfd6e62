"""From rows of the bank to questions that can be placed and laid out; runs in worker processes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from inference.chat_template import holds_control_tokens
from store.dataset_sources import BankRow, Decision, Step
from store.wording import normal_form
from training.datasets.forms import TELLING, compare_form, option_forms, telling
from training.datasets.questions import Item
from training.datasets.screening import ASKED_AT_THE_GATE, UNANSWERABLE, WITHDRAWN, holds_picture, why_not
from training.datasets.settings import DatasetSettings

SIDES = (None, "train", "holdout", "neither")
"""A side's number in arrays is its place here."""
TRAIN, HOLDOUT, NEITHER = 1, 2, 3
_MOST_WORDINGS = 8


class Known(NamedTuple):
    """What is known of a question beside its row."""

    decision: Decision | None = None
    wrong: int = 0
    """How often an answer to it was voted down."""
    former_side: int = 0
    """Where it lay before its text was edited."""
    unanswerable: bool = False


NOTHING = Known()


class Task(NamedTuple):
    """A step of the bank and what to do with it."""

    step: Step
    known: dict[int, Known]
    day: date
    config: DatasetSettings
    avoided: frozenset[str] = frozenset()
    """Compare forms of what the gate asks beside the bank: refusals and general ability."""


@dataclass(slots=True)
class Entries:
    """Questions to place, column by column, and their texts to compare."""

    ids: list[int] = field(default_factory=list[int])
    fingerprints: list[bytes] = field(default_factory=list[bytes])
    placed: list[int] = field(default_factory=list[int])
    """Side that it was given before, for ever; 0 for none."""
    clusters: list[bytes] = field(default_factory=list[bytes])
    """Of those; the own fingerprint where there is none yet."""
    former: list[int] = field(default_factory=list[int])
    """See :attr:`Known.former_side`."""
    alone: list[int] = field(default_factory=list[int])
    """Side that it gets when nothing resembles it."""
    usable: list[bool] = field(default_factory=list[bool])
    option_keys: list[int] = field(default_factory=list[int])
    """32-bit hash of the option set; 0 without options."""
    wordings: list[int] = field(default_factory=list[int])
    """How many of the bodies are its."""
    bodies: list[str] = field(default_factory=list[str])
    wholes: list[str] = field(default_factory=list[str])
    """Of the questions with options only."""
    tells: list[bool] = field(default_factory=list[bool])
    """Of each body: whether it is the question without the options."""

    def add(
        self, item: Item, bodies: list[str], placed: str | None, cluster: str | None, former: int, alone: int
    ) -> None:
        """*bodies* are :func:`bodies_of` it; *cluster* is known with *placed*."""
        code = bytes.fromhex(item.fingerprint)
        self.ids.append(item.id)
        self.fingerprints.append(code)
        self.placed.append(SIDES.index(placed))
        self.clusters.append(bytes.fromhex(cluster) if cluster else code)
        self.former.append(former)
        self.alone.append(alone)
        self.usable.append(item.why_not is None)
        self.wordings.append(len(bodies))
        self.bodies += bodies
        if item.options:
            options = option_forms(item.options)
            self.wholes.append(bodies[0] + "".join(options))
            self.option_keys.append(_option_key(options))
            self.tells += [telling(body) >= TELLING for body in bodies]
        else:
            self.option_keys.append(0)
            self.tells += [True] * len(bodies)


def bodies_of(item: Item) -> list[str]:
    """The forms in which the wordings of *item* are compared, its own stem's first."""
    own = compare_form(item.stem, item.material)
    if not item.also_asked and not item.paraphrases:
        return [own]
    others = (compare_form(stem, item.material) for stem in (*item.also_asked, *item.paraphrases))
    return list(dict.fromkeys((own, *others)))


class Taken(NamedTuple):
    """What became of a step."""

    entries: Entries
    spooled: bytes
    """The items of the entries as JSON, one line."""
    seen: int
    """Rows of the step."""
    left_out: Counter[str]
    """Why others can neither be used nor need a place, in Chinese."""


def take(task: Task) -> Taken:
    entries = Entries()
    kept: list[Item] = []
    left_out: Counter[str] = Counter()
    for row in task.step.rows:
        known = task.known.get(row.id, NOTHING)
        reason = _reason(row, known, task)
        # What was placed once stays in sight, so that what resembles it falls on its side.
        if reason is not None and row.side is None and not known.unanswerable:
            left_out[reason] += 1
            continue
        worded = task.step.wordings.get(row.id, ()), task.step.paraphrases.get(row.id, ())
        item = item_of(row, known, *worded, cap=task.config.weight_cap, reason=reason)
        bodies = bodies_of(item)
        if reason is None and not task.avoided.isdisjoint(bodies):
            if row.side is None:
                left_out[ASKED_AT_THE_GATE] += 1
                continue
            item = replace(item, why_not=ASKED_AT_THE_GATE)
        kept.append(item)
        corrected = known.unanswerable or (known.decision is not None and bool(known.decision.accepted))
        alone = TRAIN if corrected else side_by_hash(row.fingerprint, task.config.holdout_percent)
        entries.add(item, bodies, row.side, row.cluster, known.former_side, alone)
    spooled = json.dumps([item.as_row() for item in kept], ensure_ascii=False).encode("utf-8", "replace")
    return Taken(entries, spooled, len(task.step.rows), left_out)


def _reason(row: BankRow, known: Known, task: Task) -> str | None:
    if known.unanswerable:
        return UNANSWERABLE
    reason = why_not(row, task.day, task.config)
    if reason is None and known.decision is not None and known.decision.withdrawn:
        return WITHDRAWN
    return reason


def item_of(
    row: BankRow,
    known: Known,
    wordings: Iterable[str] = (),
    paraphrases: Iterable[str] = (),
    *,
    cap: int,
    reason: str | None = None,
) -> Item:
    also = _clean(wordings, row.stem)
    decision = known.decision
    return Item(
        id=row.id,
        fingerprint=row.fingerprint,
        kind=row.kind,
        stem=row.stem.strip(),
        options=tuple(option.strip() for option in row.options),
        material=row.material.strip(),
        answer=row.answer.strip(),
        aliases=tuple(row.aliases),
        explanation=row.explanation,
        category=row.category,
        source=row.source,
        also_asked=also,
        paraphrases=tuple(text for text in _clean(paraphrases, row.stem) if text not in also),
        origin="correction" if decision is not None else "bank",
        weight=weight(known.wrong, len(decision.accepted) if decision is not None else 0, cap=cap),
        why_not=reason,
    )


def weight(wrong: int, corrections: int, *, cap: int) -> int:
    """How often a question stands in a set: once more for every doubling of its wrong answers and corrections."""
    return min(cap, 1 + (wrong + corrections).bit_length())


def side_by_hash(fingerprint: str, holdout_percent: float) -> int:
    """The same for a fingerprint for ever, as long as the share is."""
    drawn = int.from_bytes(blake2b(bytes.fromhex(fingerprint), digest_size=8, person=b"side").digest())
    return HOLDOUT if drawn < holdout_percent / 100 * 2**64 else TRAIN


def _clean(texts: Iterable[str], stem: str) -> tuple[str, ...]:
    """Wordings that are texts and not the stem again, in an order of their own."""
    given = sorted(text.strip() for text in texts)
    if not given:
        return ()
    known = {normal_form(stem), ""}
    found: dict[str, str] = {}
    for text in given:
        form = normal_form(text)
        if form not in known and not holds_control_tokens(text) and not holds_picture(text):
            found.setdefault(form, text)
    return tuple(list(found.values())[:_MOST_WORDINGS])


def _option_key(options: tuple[str, ...]) -> int:
    text = "\x1f".join(options).encode("utf-8", "replace")
    return int.from_bytes(blake2b(text, digest_size=4).digest()) or 1

"""What a set holds beside its questions: refusals, and replay samples of general ability."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from math import ceil
from typing import Any, NamedTuple

from inference.prompts import UNSURE, question_text
from store.dataset_sources import Unanswerable
from store.models import GateCase
from training import guard, refusals
from training.datasets.forms import TELLING, compare_form, telling
from training.datasets.questions import key_in_words
from training.datasets.samples import Sample
from training.datasets.settings import DatasetSettings


class Extra(NamedTuple):
    """A sample that comes from no question of the bank."""

    name: str
    sample: Sample


def refusal_samples(told: Iterable[Unanswerable], lines: int, config: DatasetSettings) -> list[Extra]:
    """What is to be declined: first what reviewers called unanswerable, then the project's own; capped.

    *lines* are those of the questions.
    """
    own = [
        Extra(f"refusal:{one.id}", Sample("refusal", one.input, one.output)) for one in refusals.load() if _replay(one)
    ]
    found = [Extra(f"unanswerable:{one.subject}", Sample("refusal", asked(one), UNSURE)) for one in told]
    return _drawn(found, own, lines, config.refusal_percent, config.seed)


def replay_samples(lines: int, config: DatasetSettings) -> list[Extra]:
    """Samples that keep general ability alive, capped."""
    own = [Extra(f"replay:{one.id}", Sample("replay", one.input, one.output)) for one in guard.load() if _replay(one)]
    return _drawn([], own, lines, config.replay_percent, config.seed)


def asked(one: Unanswerable) -> str:
    return question_text(one.stem, one.options, one.material)


def guard_lines() -> list[dict[str, Any]]:
    """The guard set's questions that are asked at the gate and never trained on."""
    return [
        {"id": one.id, "area": one.area, "input": one.input, "output": one.output, "check": dict(one.check)}
        for one in sorted(guard.load(), key=lambda one: one.id)
        if not _replay(one)
    ]


def asked_at_the_gate() -> frozenset[str]:
    """Compare forms of both sets' gate sides: a bank that has one of these questions does not train on it."""
    texts = [one.input for one in (*guard.load(), *refusals.load()) if not _replay(one)]
    found: set[str] = set()
    for text in texts:
        lines = text.split("\n")
        at = next((number for number, line in enumerate(lines) if line.startswith("A. ")), len(lines))
        form = compare_form("\n".join(lines[:at]))
        if at == len(lines) or telling(form) >= TELLING:
            found.add(form)
    return frozenset(found)


def refusal_lines(held: Iterable[Unanswerable]) -> list[dict[str, Any]]:
    """The questions to decline that are never trained on."""
    own = [
        {"id": one.id, "kind": one.kind, "input": one.input, "output": one.output}
        for one in sorted(refusals.load(), key=lambda one: one.id)
        if not _replay(one)
    ]
    told = sorted(held, key=lambda one: one.subject)
    return own + [
        {"id": f"unanswerable:{one.subject}", "kind": "unanswerable", "input": asked(one), "output": UNSURE}
        for one in told
    ]


def gate_line(case: GateCase) -> dict[str, Any] | None:
    """As ``training.datasets.questions.scored``; of an unanswerable one the accepted reply is 没有把握.

    ``None`` when the key names options that are not there.
    """
    options = tuple(case.options)
    accepted: list[str]
    if case.kind == "unanswerable":
        accepted = [UNSURE]
    elif options or case.kind == "judge":
        try:
            accepted = [key_in_words(case.kind, case.answer, options)]
        except (ValueError, IndexError):
            return None
    else:
        accepted = [case.answer, *case.aliases]
    return {
        "fingerprint": case.fingerprint,
        "kind": case.kind,
        "category": case.category,
        "input": question_text(case.stem, options, case.material),
        "stem": case.stem,
        "options": list(options),
        "material": case.material,
        "answer": case.answer,
        "accepted": list(dict.fromkeys(accepted)),
    }


def _replay(one: guard.GuardItem | refusals.Refusal) -> bool:
    return one.side == "replay"


def _drawn(first: Sequence[Extra], then: Sequence[Extra], lines: int, percent: float, seed: int) -> list[Extra]:
    room = ceil(lines * percent / 100)

    def drawn(extra: Extra) -> bytes:
        return blake2b(f"{seed}\x1f{extra.name}".encode(), digest_size=8).digest()

    return [*sorted(first, key=drawn), *sorted(then, key=drawn)][:room]

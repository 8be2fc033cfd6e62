"""One evaluation from sets to report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from inference.chat_template import ChatFormat
from training.evaluation import report as reports
from training.evaluation import weights
from training.evaluation.asking import Asker, Manner, Pile, latencies
from training.evaluation.calibrating import LEARNT_FROM
from training.evaluation.errors import BadSet, NoReport
from training.evaluation.items import Item, ItemSet, digest
from training.evaluation.parts import Parts
from training.evaluation.report import Identity, Latency, Report, Scored, SetReport
from training.evaluation.statistics import percentile
from training.evaluation.tallying import formatted, scored, set_report
from training.evaluation.wire import Reply, Wire
from training.progress import Report as Progress
from training.progress import silent

_DEFAULT = Manner()
_LATENCY_SAMPLE = 32
_LATENCY_TOKENS = 128
_FEWEST_TIMED = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A served model."""

    urls: Sequence[str]
    """Of its servers: one, or several that serve the same files."""
    model: str = ""
    """Its name at the server; empty takes the first that is listed."""
    folder: Path | None = None
    """Its files, for size and chat format; ``None`` when they are elsewhere."""
    family: str = ""
    """Name of the chat format, where no folder tells it."""
    api_key: SecretStr | None = field(default=None, repr=False)

    def form(self) -> ChatFormat | None:
        """Its chat format; ``None`` when it is not known, so that the server has to apply it.

        Raises:
            EvaluationError: see :mod:`training.evaluation.weights`.
        """
        if self.family:
            return weights.format_named(self.family)
        return weights.format_of(self.folder) if self.folder else None


async def evaluate(
    candidate: Candidate,
    sets: Sequence[ItemSet],
    out: Path,
    *,
    dataset: str,
    manner: Manner = _DEFAULT,
    timeout_s: float = 120,
    progress: Progress = silent,
) -> Report:
    """Ask *candidate* everything in *sets* and keep replies and figures in the folder *out*.

    A set that was finished before, by the same model asked in the same manner,
    is not asked again: a broken run goes on where it was, and a finished one
    returns its report.

    Raises:
        EvaluationError: see :mod:`training.evaluation.errors`; finished sets are kept.
    """
    if not any(one.items for one in sets):
        raise BadSet("没有可以考的题。")
    begun = time.perf_counter()
    form = candidate.form()
    async with AsyncExitStack() as stack:
        opened = [Wire(url, api_key=candidate.api_key, timeout_s=timeout_s) for url in candidate.urls]
        wires = [await stack.enter_async_context(one) for one in opened]
        asker = Asker(wires, manner, form, progress)
        await asker.prepare(candidate.model, sets[0].items[0].input)
        identity = Identity(
            model=wires[0].model,
            weights=weights.fingerprint(candidate.folder) if candidate.folder else "",
            family=form.family if form and asker.batched else "",
            batched=asker.batched,
            max_tokens=manner.max_tokens,
            first_line=manner.first_line,
        )
        if (known := _finished(out, identity, sets)) is not None:
            return known
        parts = Parts(out, identity)
        found = await _ask(asker, sets, parts)
        latency = await _latency(wires[0], sets, progress)
    result = Report(
        identity=identity,
        dataset=dataset,
        sets=[set_report(one, found[one.name]) for one in sets],
        formatted=formatted(line for one in sets if not one.name.startswith("extra/") for line in found[one.name]),
        latency=latency,
        size_bytes=weights.size_of(candidate.folder) if candidate.folder else None,
        prompts_sha256=digest([one.digest() for one in sets]),
        seconds=round(time.perf_counter() - begun, 3),
        asked_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    reports.write(out, result, (line for one in sets for line in found[one.name]))
    parts.remove()
    return result


async def _ask(asker: Asker, sets: Sequence[ItemSet], parts: Parts) -> dict[str, list[Scored]]:
    found: dict[str, list[Scored]] = {}
    by_name = {one.name: one for one in sets}
    for one in sets:
        if (kept := parts.find(one)) is not None:
            found[one.name] = kept
    lines: dict[str, dict[int, list[Scored]]] = {}

    def came(pile: Pile, start: int, replies: Sequence[Reply]) -> None:
        # Scored while the server is busy with the next ones.
        asked = by_name[pile.name]
        lines.setdefault(pile.name, {})[start] = scored(pile.name, asked.items[start : start + len(replies)], replies)

    def finished(pile: Pile) -> None:
        pieces = lines.pop(pile.name)
        found[pile.name] = [line for start in sorted(pieces) for line in pieces[start]]
        parts.keep(by_name[pile.name], found[pile.name])

    await asker.ask([_pile(one) for one in sets if one.name not in found], came, finished)
    return found


def _pile(asked: ItemSet) -> Pile:
    inputs = [item.input for item in asked.items]
    return Pile(asked.name, inputs, in_first_line=asked.name != "guard", sure=asked.name == LEARNT_FROM)


def _finished(out: Path, identity: Identity, sets: Sequence[ItemSet]) -> Report | None:
    """The report in *out* when it is of just this."""
    try:
        known = reports.read(out)
    except NoReport:
        return None
    asked = [(one.name, one.digest(), one.keys_digest()) for one in sets]
    told = [(one.name, one.prompts_sha256, one.keys_sha256) for one in known.sets]
    return known if known.identity == identity and asked == told else None


async def _latency(wire: Wire, sets: Sequence[ItemSet], progress: Progress) -> Latency | None:
    """Of questions spread over the set that is most like what members ask; ``None`` when too few were answered."""
    by_name = {one.name: one.items for one in sets}
    likest = (by_name.get(name, ()) for name in ("holdout", "corrected", "guard"))
    items: Sequence[Item] = next((one for one in likest if len(one) >= _FEWEST_TIMED), ())
    # Of two questions the time is chance.
    items = items or max((one.items for one in sets), key=len)
    step = max(1, len(items) // _LATENCY_SAMPLE)
    sample = [item.input for item in items[::step][:_LATENCY_SAMPLE]]
    found = await latencies(wire, sample, max_tokens=_LATENCY_TOKENS, report=progress)
    if len(found) < min(_FEWEST_TIMED, len(sample)):
        return None
    return Latency(n=len(found), p50_ms=round(percentile(found, 50), 3), p95_ms=round(percentile(found, 95), 3))


def summary(result: Report) -> dict[str, object]:
    """The figures for a round's record: small, fit for JSON."""
    return {
        "model": result.identity.model,
        "seconds": result.seconds,
        "size_bytes": result.size_bytes,
        "latency": result.latency.model_dump() if result.latency else None,
        "formatted": _figures(result.formatted) if result.formatted else None,
        "sets": {one.name: _figures_of(one) for one in result.sets},
    }


def _figures_of(one: SetReport) -> dict[str, object]:
    return _figures(one.total) | {"title": one.title, "failed": one.failed, "exact": one.exact, "note": one.note}


def _figures(told: reports.Tally) -> dict[str, object]:
    return {"n": told.n, "right": told.right, "rate": told.rate, "low": told.low, "high": told.high}

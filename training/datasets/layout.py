"""Laying placed questions out as lines of the files; runs in worker processes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from inference.prompts import one_width, training_turn
from store.wording import normal_form
from training.datasets.buckets import pack, payloads
from training.datasets.intake import HOLDOUT, NEITHER, SIDES, TRAIN
from training.datasets.questions import Item, scored
from training.datasets.samples import STYLES, Sample, samples
from training.datasets.screening import NEITHER as RESEMBLES_BOTH
from training.datasets.screening import NOT_DRAWN
from training.datasets.settings import DatasetSettings

_STYLES = list(STYLES)
_LINE = json.dumps({"conversation": [training_turn("\x1a", "\x1a")]}, ensure_ascii=False)
_HEAD = _LINE[: _LINE.index('"input"')].encode()
_TAIL = b"}]}\n"


class Task(NamedTuple):
    """Some spooled items, their sides and clusters."""

    spooled: bytes
    sides: bytes
    bare: bytes
    """1 for those whose other wordings may not be trained on."""
    clusters: list[str]
    config: DatasetSettings


@dataclass(slots=True)
class Laid:
    """Pieces of bucket files, and what was counted."""

    train: dict[int, bytes]
    holdout: dict[int, bytes]
    former: dict[int, bytes]
    index: dict[int, bytes]
    counts: Counter[tuple[str, ...]] = field(default_factory=Counter[tuple[str, ...]])


def lay_out(task: Task) -> Laid:
    train: list[tuple[bytes, bytes]] = []
    holdout: list[tuple[bytes, bytes]] = []
    former: list[tuple[bytes, bytes]] = []
    index: list[tuple[bytes, bytes]] = []
    counts: Counter[tuple[str, ...]] = Counter()
    for row, side, bare, cluster in zip(json.loads(task.spooled), task.sides, task.bare, task.clusters, strict=True):
        item = Item.from_row(row)
        if bare:
            item = replace(item, also_asked=(), paraphrases=())
        key = bytes.fromhex(item.fingerprint)
        reason = item.why_not or (RESEMBLES_BOTH if side == NEITHER else None)
        if reason is None and side == TRAIN and not drawn(item, task.config):
            reason = NOT_DRAWN
        styles: Counter[str] = Counter()
        if reason is not None:
            counts["left_out", reason] += 1
            if side == HOLDOUT:
                former.append((key, as_line(_text_of(item))))
        elif side == HOLDOUT:
            holdout.append((key, as_line(scored(item))))
        else:
            for sample in samples(item, task.config):
                styles[sample.style] += 1
                train += sample_records(item.fingerprint, sample, item.weight, task.config.seed)
            counts["samples", "lines"] += styles.total() * item.weight
            for style, count in styles.items():
                counts["samples", "style", style] += count * item.weight
            counts["weights", str(item.weight)] += 1
        if reason is None:
            _count(counts, SIDES[side] or "", item)
        if item.id:
            index.append((key, as_line(_entry(item, side, cluster, reason, styles))))
    return Laid(pack(train), pack(holdout), pack(former), pack(index), counts)


def drawn(item: Item, config: DatasetSettings) -> bool:
    """Whether a question of the training side is in this version: always when somebody corrected it or got it wrong."""
    if item.origin != "bank" or item.weight > 1 or config.bank_percent == 100:
        return True
    place = blake2b(f"{config.seed}\x1f{item.fingerprint}".encode(), digest_size=8, person=b"bank").digest()
    return int.from_bytes(place) < config.bank_percent / 100 * 2**64


def _count(counts: Counter[tuple[str, ...]], side: str, item: Item) -> None:
    counts["questions", side, "total"] += 1
    for name, value in (
        ("source", item.source or "未注明"),
        ("category", item.category or "未分类"),
        ("kind", item.kind),
        ("origin", item.origin),
    ):
        counts["questions", side, name, value] += 1


def _entry(item: Item, side: int, cluster: str, reason: str | None, styles: Counter[str]) -> dict[str, Any]:
    """A line of index.jsonl; the answer as a hash, enough to see that it changed."""
    entry: dict[str, Any] = {
        "fingerprint": item.fingerprint,
        "id": item.id,
        "side": SIDES[side],
        "cluster": cluster,
        "kind": item.kind,
        "category": item.category,
        "source": item.source,
        "origin": item.origin,
    }
    if reason is not None:
        return entry | {"why_not": reason}
    words = "\x1f".join(sorted(normal_form(part) or part for part in item.key.split("；")))
    entry["answer"] = blake2b(words.encode(), digest_size=8).hexdigest()
    return entry | {"weight": item.weight, "styles": dict(sorted(styles.items()))} if side == TRAIN else entry


def _text_of(item: Item) -> dict[str, Any]:
    return {
        "fingerprint": item.fingerprint,
        "kind": item.kind,
        "input": item.input,
        "stem": item.stem,
        "options": list(item.options),
        "material": item.material,
    }


def as_line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def sample_records(name: str, sample: Sample, copies: int, seed: int) -> Iterator[tuple[bytes, bytes]]:
    """A conversation for the bucket files of train.jsonl, in as many places as it has copies."""
    said = json.dumps({"input": one_width(sample.input), "output": sample.output}, ensure_ascii=False)
    payload = bytes([_STYLES.index(sample.style)]) + said[1:-1].encode("utf-8", "replace")
    for copy in range(copies):
        text = f"{seed}\x1f{name}\x1f{copy}\x1f".encode()
        yield blake2b(text + payload, digest_size=16).digest(), payload


class Written(NamedTuple):
    lines: bytes
    styles: bytes
    total: int


def finish_train(path: Path) -> Written:
    """The lines of train.jsonl, and of styles.txt, that one bucket file holds."""
    found = payloads(path)
    lines = b"".join(_HEAD + payload[1:] + _TAIL for payload in found)
    styles = "".join(f"{_STYLES[payload[0]]}\n" for payload in found)
    return Written(lines, styles.encode(), len(found))


def finish(path: Path) -> Written:
    """The lines of another file that one bucket file holds."""
    found = payloads(path)
    return Written(b"".join(found), b"", len(found))

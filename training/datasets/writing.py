"""Writing a version's files from the spooled questions and their sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from store import dataset_sources
from store.dataset_sources import Unanswerable
from training.datasets import extras, layout
from training.datasets.buckets import Buckets, pack
from training.datasets.draft import Draft
from training.datasets.errors import NothingToTrain
from training.datasets.intake import TRAIN
from training.datasets.layout import Written, as_line, sample_records


async def write_files(draft: Draft, told: list[Unanswerable], session: AsyncSession) -> None:
    """All files but the manifest; *told* are the questions that nobody can answer.

    Raises:
        NothingToTrain: no question is on the training side.
    """
    declined = [(one, int(draft.splitter.sides[draft.declined[one.subject]])) for one in told]
    draft.counts = Counter({("left_out", reason): count for reason, count in draft.left_out.items()})
    draft.corrections = set()
    buckets = {name: Buckets(draft.work, name) for name in ("train", "holdout", "former", "index")}
    done = 0
    with ExitStack() as stack:
        for bucket in buckets.values():
            stack.enter_context(closing(bucket))
        async for laid in draft.workers.each(layout.lay_out, _layout_tasks(draft)):
            buckets["train"].add(laid.train)
            buckets["holdout"].add(laid.holdout)
            buckets["former"].add(laid.former)
            buckets["index"].add(laid.index)
            draft.counts.update(laid.counts)
            done += 1
            draft.report("写样本", done, len(draft.pieces))
        lines = draft.counts["samples", "lines"]
        if not lines:
            raise NothingToTrain("没有可以训练的题：题库是空的，或者每道题都不能用（停用、有争议、已过期、没有答案）。")
        _add_extras(draft, buckets["train"], declined, lines)
    await _finish_files(draft, buckets["train"], layout.finish_train, "train.jsonl", "styles.txt")
    for name in ("holdout", "former", "index"):
        await _finish_files(draft, buckets[name], layout.finish, f"{name}.jsonl")
    held = [one for one, side in declined if side != TRAIN]
    cases = [extras.gate_line(case) for case in await dataset_sources.gate_cases(session, draft.day)]
    if broken := cases.count(None):
        draft.counts["left_out", "审核出的考题，答案字母没有对应的选项"] = broken
    _write(draft, "gate.jsonl", [case for case in cases if case is not None])
    _write(draft, "guard.jsonl", extras.guard_lines())
    _write(draft, "refusals.jsonl", extras.refusal_lines(held))


def _layout_tasks(draft: Draft) -> Iterator[layout.Task]:
    at = 0
    splitter = draft.splitter
    with draft.spool.open("rb") as spool:
        for size, count in draft.pieces:
            sides = splitter.sides[at : at + count].tobytes()
            bare = splitter.bare[at : at + count].tobytes()
            clusters = [splitter.cluster(number) for number in range(at, at + count)]
            yield layout.Task(spool.read(size), sides, bare, clusters, draft.config)
            at += count


def _add_extras(draft: Draft, train: Buckets, declined: list[tuple[Unanswerable, int]], lines: int) -> None:
    learnt = {f"unanswerable:{one.subject}": one for one, side in declined if side == TRAIN}
    config = draft.config
    for extra in (
        *extras.refusal_samples(learnt.values(), lines, config),
        *extras.replay_samples(lines, config),
    ):
        train.add(pack(sample_records(extra.name, extra.sample, 1, config.seed)))
        draft.counts["samples", "lines"] += 1
        draft.counts["samples", "style", extra.sample.style] += 1
        if one := learnt.get(extra.name):
            draft.corrections.update(one.accepted)


async def _finish_files(
    draft: Draft,
    buckets: Buckets,
    work: Callable[[Path], Written],
    *names: str,
) -> None:
    """Sort what the buckets hold into the files *names*: the lines, and for two names the styles."""
    sums = [sha256() for _ in names]
    sizes = [0 for _ in names]
    count = 0
    files = [(draft.folder / name).open("wb") for name in names]
    paths = list(buckets.paths())
    try:
        done = 0
        async for written in draft.workers.each(work, paths):
            for at, part in enumerate((written.lines, written.styles)[: len(names)]):
                files[at].write(part)
                sums[at].update(part)
                sizes[at] += len(part)
            count += written.total
            paths[done].unlink()
            done += 1
            draft.report(f"排好 {names[0]}", done, len(paths))
    finally:
        for file in files:
            file.close()
    for name, summed, size in zip(names, sums, sizes, strict=True):
        draft.files[name] = {"sha256": summed.hexdigest(), "bytes": size, "lines": count}


def _write(draft: Draft, name: str, lines: Iterable[dict[str, Any]]) -> None:
    found = [as_line(line) for line in lines]
    data = b"".join(found)
    (draft.folder / name).write_bytes(data)
    draft.files[name] = {"sha256": sha256(data).hexdigest(), "bytes": len(data), "lines": len(found)}

"""Reading all that is to be placed: the bank once, and what it does not have any more."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

from sqlalchemy.ext.asyncio import AsyncSession

from store import dataset_sources, splits
from store.dataset_sources import Decision, Step, Unanswerable
from training.datasets import extras, intake
from training.datasets.draft import Draft
from training.datasets.earlier import Earlier
from training.datasets.intake import HOLDOUT, TRAIN, Entries, Known
from training.datasets.questions import Item


async def read_all(
    session: AsyncSession,
    draft: Draft,
    *,
    size: int,
    decisions: dict[int, Decision],
    told: list[Unanswerable],
    earlier: Earlier,
) -> None:
    """Spool the questions and hand them to the splitter; *told* are those that nobody can answer."""
    held = await _read_bank(session, draft, size, decisions, {one.subject for one in told}, earlier)
    await _take_others(session, draft, earlier, told, held)


async def _read_bank(
    session: AsyncSession,
    draft: Draft,
    size: int,
    decisions: dict[int, Decision],
    subjects: set[str],
    earlier: Earlier,
) -> set[str]:
    """Spool the bank and hand it to the splitter; fingerprints of what was held out before."""
    wrong = await dataset_sources.wrong_counts(session)
    held: set[str] = set()
    avoided = extras.asked_at_the_gate()

    async def tasks() -> AsyncGenerator[intake.Task]:
        async for step in dataset_sources.bank(session):
            held.update(row.fingerprint for row in step.rows if row.side == "holdout")
            yield intake.Task(step, _known(step, decisions, wrong, subjects, earlier), draft.day, draft.config, avoided)

    done = 0
    with draft.spool.open("wb") as spool:
        async for taken in draft.workers.each(intake.take, tasks()):
            _keep(draft, taken.entries, decisions, subjects)
            spool.write(taken.spooled)
            draft.pieces.append((len(taken.spooled), len(taken.entries.ids)))
            for reason, count in taken.left_out.items():
                draft.left_out[reason] += count
            done += taken.seen
            draft.report("读题库", done, size)
    return held


def _known(
    step: Step, decisions: dict[int, Decision], wrong: dict[int, int], subjects: set[str], earlier: Earlier
) -> dict[int, Known]:
    found: dict[int, Known] = {}
    for row in step.rows:
        former = 0 if row.side else earlier.side_of(row.id, row.fingerprint)
        known = Known(decisions.get(row.id), wrong.get(row.id, 0), former, row.fingerprint in subjects)
        if known != intake.NOTHING:
            found[row.id] = known
    return found


def _keep(draft: Draft, entries: Entries, decisions: dict[int, Decision], subjects: set[str]) -> None:
    at = len(draft.splitter)
    for number, usable, code in zip(entries.ids, entries.usable, entries.fingerprints, strict=True):
        if usable and number in decisions:
            draft.decided[number] = at
        elif subjects and (fingerprint := code.hex()) in subjects:
            draft.declined[fingerprint] = at
        at += 1
    draft.splitter.add(entries)


async def _take_others(
    session: AsyncSession, draft: Draft, earlier: Earlier, told: list[Unanswerable], held: set[str]
) -> None:
    """What the bank does not have: held-out texts of earlier versions, and some that nobody can answer."""
    entries = Entries()
    gone = sorted(earlier.held_out(held), key=lambda item: item.fingerprint)
    for item in gone:
        entries.add(item, intake.bodies_of(item), "holdout", None, 0, HOLDOUT)
    with draft.spool.open("ab") as spool:
        spooled = json.dumps([item.as_row() for item in gone], ensure_ascii=False).encode()
        spool.write(spooled)
        draft.pieces.append((len(spooled), len(gone)))
    for one in told:
        if one.subject in draft.declined:
            continue
        draft.declined[one.subject] = len(draft.splitter) + len(entries.ids)
        place = await splits.place_of(session, one.subject)
        item = _as_item(one)
        _, side, cluster = place or (None, None, None)
        entries.add(item, intake.bodies_of(item), side, cluster, 0, TRAIN)
    draft.splitter.add(entries)


def _as_item(one: Unanswerable) -> Item:
    return Item(0, one.subject, one.kind, one.stem, one.options, one.material, "", (), "", "", "")

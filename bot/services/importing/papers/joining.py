"""Putting keys that stand apart to their questions, by section and number, and never by counting along."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bot.services.importing.papers import marks, options
from bot.services.importing.papers.draft import Draft, Outline
from bot.services.importing.papers.headings import SectionKind
from bot.services.importing.papers.keylist import KeyEntry, KeyRun, key_runs
from store.wording import normal_form

_SAME_STEM = 0.6
"""From which likeness on two beginnings of a stem are one question; typos and lost lines cost a little."""
_COMPARED = 60


def join_regions(paper: Outline) -> bool:
    """Gives the drafts of *paper* the keys its own regions hold; whether all keys found their question."""
    fits = True
    for region in paper.regions:
        runs = key_runs(region.lines)
        fits &= join(paper.drafts[region.first : region.last], runs)
    return fits


def join_file(paper: Outline, other: Outline, lines_of_other: Sequence[KeyRun]) -> bool:
    """Gives the drafts of *paper* the keys of another file: a list of keys, or the paper again with its keys.

    *lines_of_other* is that file read as nothing but a list of keys.
    """
    join_regions(other)
    answered = [draft for draft in other.drafts if draft.keyed and draft.key]
    if len(answered) >= 2 and 2 * len(answered) >= len(other.drafts):
        return join(paper.drafts, _runs_of(answered))
    regions = [run for region in other.regions for run in key_runs(region.lines)]
    return join(paper.drafts, regions or list(lines_of_other))


def join(drafts: Sequence[Draft], runs: list[KeyRun]) -> bool:
    """Whether every key found its question; questions without a key keep what they have."""
    asked = [draft for draft in drafts if draft.number is not None]
    numbers = [draft.number for draft in asked]
    keyed = [entry.number for run in runs for entry in run.entries]
    if len(set(numbers)) == len(numbers) and len(set(keyed)) == len(keyed):
        pairs = [(asked, [entry for run in runs for entry in run.entries])]
    else:
        pairs = _matched(_split(asked), runs)
    placed = 0
    for group, entries in pairs:
        by_number = {draft.number: draft for draft in group}
        found = [(by_number[entry.number], entry) for entry in entries if entry.number in by_number]
        found = [(draft, entry) for draft, entry in found if not draft.key and _same(draft, entry)]
        if sum(not _fits(draft, entry) for draft, entry in found) * 3 > len(found):
            continue
        for draft, entry in found:
            draft.key, draft.keyed, draft.joined = list(entry.key), True, True
            draft.explanation = entry.explanation or draft.explanation
            placed += 1
    return placed == len(keyed)


def _split(drafts: Sequence[Draft]) -> list[list[Draft]]:
    """The drafts in runs of rising numbers under one kind of heading."""
    groups: list[list[Draft]] = []
    for draft in drafts:
        last = groups[-1][-1] if groups else None
        if last is None or (draft.number or 0) <= (last.number or 0) or draft.section.kind != last.section.kind:
            groups.append([])
        groups[-1].append(draft)
    return groups


def _matched(groups: list[list[Draft]], runs: list[KeyRun]) -> list[tuple[list[Draft], list[KeyEntry]]]:
    """Which run of keys is for which questions: the same kind of heading in the same order, or one for one."""
    if not any(run.kind for run in runs):
        if len(groups) != len(runs):
            return []
        return [(group, run.entries) for group, run in zip(groups, runs, strict=True)]
    pairs: list[tuple[list[Draft], list[KeyEntry]]] = []
    left = list(groups)
    for run in runs:
        found = next((group for group in left if _same_kind(group[0].section.kind, run.kind)), None)
        if found is not None:
            left.remove(found)
            pairs.append((found, run.entries))
    return pairs


def _same_kind(first: SectionKind, second: SectionKind) -> bool:
    return first == second or {first, second} in ({"single", "choice"}, {"multiple", "choice"})


def _same(draft: Draft, entry: KeyEntry) -> bool:
    if not entry.stem or not draft.stem:
        return True
    first = normal_form("".join(line.text for line in draft.stem)[: 2 * _COMPARED])[:_COMPARED]
    second = normal_form(entry.stem[: 2 * _COMPARED])[:_COMPARED]
    return first == second or difflib.SequenceMatcher(None, first, second).ratio() >= _SAME_STEM


def _fits(draft: Draft, entry: KeyEntry) -> bool:
    letters = marks.letters_of(entry.key[0]) if entry.key else ""
    known = {letter for letter, _ in options.read(draft.options)}
    return not letters or not known or set(letters) <= known or len(known) == 3


def _runs_of(drafts: Sequence[Draft]) -> list[KeyRun]:
    runs: list[KeyRun] = []
    for group in _split([draft for draft in drafts if draft.number is not None]):
        section = group[0].section
        runs.append(
            KeyRun(
                section.title,
                section.kind,
                [
                    KeyEntry(draft.number or 0, draft.key, draft.explanation, "".join(line.text for line in draft.stem))
                    for draft in group
                ],
            )
        )
    return runs

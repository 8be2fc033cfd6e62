"""Keys that stand apart from their questions: at the end of a paper, after a section, in a file of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.services.importing.papers import marks
from bot.services.importing.papers.headings import SectionKind, heading
from bot.services.importing.papers.lines import Line
from bot.services.importing.papers.numbers import numbered

_RANGE = re.compile(r"(\d{1,4})\s*[-—–~～至到]+\s*(\d{1,4})\s*(?:小?题)?\s*[:：.、．]?[ \t]*")
_ONE = re.compile(
    r"[\s,，;；、。|]*(\d{1,4})\s*[.、．:：)）]?\s*(?:[（(]\s*)?([A-HＡ-Ｈ]{1,8}(?:[,，、][A-HＡ-Ｈ]){0,7}|√|×|✓|✔|✗|✘|对|错|正确|错误)(?:\s*[)）])?(?![A-Za-z\d\u4e00-\u9fff])"
)
_TOKEN = re.compile(r"[A-HＡ-Ｈ]+|√|×|✓|✔|✗|✘|正确|错误|对|错|[TF]")
_GROUPED = re.compile(
    r"(?:[A-H√×✓✔✗✘]+|正确|错误|对|错)(?:[\s,，;；、/|]+(?:[A-H√×✓✔✗✘]+|正确|错误|对|错))*\s*[.。;；,，]?\s*"
)
_NUMBERS_ROW = re.compile(
    r"\s*(?:(?:题\s*号|序\s*号|题\s*目|题)[\s|:：]*\d{1,4}|\d{1,4}[\s|]+\d{1,4})(?:[\s|]+\d{1,4})*[\s|]*$"
)
_KEY_CELL = r"(?:[A-HＡ-Ｈ]{1,8}|[√×✓✔✗✘对错]|正确|错误)"
_KEYS_ROW = re.compile(
    r"\s*(?:(?:答\s*案|参考答案|选\s*项)[\s|:：]*(.*)"
    rf"|({_KEY_CELL}(?:[\s|]+{_KEY_CELL})+\s*))$"
)
_TITLED = re.compile(r"\s*([^\d：:]{2,20}?)\s*[:：]\s*(?=\d)")
_LONGEST_LIST = 2000


@dataclass(slots=True)
class KeyEntry:
    """The key of one question."""

    number: int
    key: list[str] = field(default_factory=list[str])
    """Its lines."""
    explanation: list[str] = field(default_factory=list[str])
    stem: str = ""
    """The question's own text, where the list repeats it."""


@dataclass(slots=True)
class KeyRun:
    """Keys of one section, numbered upwards."""

    title: str = ""
    kind: SectionKind = ""
    entries: list[KeyEntry] = field(default_factory=list[KeyEntry])


def lists_keys(text: str, least: int = 3) -> bool:
    """Whether *text* is nothing but keys of several questions: ``1-5 ABCDA``, ``1.A 2.B 3.C``.

    *least* is how many, where neither a range of numbers nor the word 答案 says so.
    """
    marked = marks.at_key(text)
    said = marked is not None and not marked.before
    listed = marked.after if marked and said else text
    if (title := _TITLED.match(listed)) and heading(title[1]) is not None:
        listed = listed[title.end() :]
    reader = _Reader([Line(1, listed)])
    return reader.count_compact() >= (2 if said or _RANGE.match(listed) else least)


def key_table(numbers: str, keys: str) -> list[tuple[int, str]]:
    """The keys of 题号 1 2 3 above 答案 A B C, either name left out or not; empty for other lines."""
    row = _KEYS_ROW.match(keys)
    if row is None or not _NUMBERS_ROW.match(numbers):
        return []
    counted, found = re.findall(r"\d{1,4}", numbers), _TOKEN.findall(row[1] or row[2])
    return (
        [(int(number), key) for number, key in zip(counted, found, strict=True)] if len(counted) == len(found) else []
    )


def key_runs(lines: Iterable[Line]) -> list[KeyRun]:
    """The keys on *lines*, a new run with each heading and wherever the numbers start again."""
    reader = _Reader(list(lines))
    return [run for run in reader.read() if run.entries]


class _Reader:
    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._runs = [KeyRun()]

    def read(self) -> list[KeyRun]:
        skip = -1
        for at, line in enumerate(self._lines):
            if at <= skip:
                continue
            text = self._titled(line.text)
            head = heading(text)
            if head is not None and not head.keys:
                self._runs.append(KeyRun(head.title, head.kind))
            elif at + 1 < len(self._lines) and self._table(text, self._lines[at + 1].text):
                skip = at + 1
            elif head is None:
                self._line(text)
        return self._runs

    def count_compact(self) -> int:
        """How many keys the lines hold that are lists of keys through and through."""
        for line in self._lines:
            if len(line.text) <= _LONGEST_LIST and not self._ranges(line.text):
                self._singles(line.text)
        return sum(len(run.entries) for run in self._runs)

    def _titled(self, text: str) -> str:
        """What follows the title that stands before keys on their line: ``单选题：1-5 ABCDA``."""
        title = _TITLED.match(text)
        named = heading(title[1]) if title else None
        if title is None or named is None or not named.kind:
            return text
        self._runs.append(KeyRun(named.title, named.kind))
        return text[title.end() :]

    def _line(self, text: str) -> None:
        marked = marks.at_key(text)
        listed = marked.after if marked and not marked.before else text
        if not (self._ranges(listed) or self._singles(listed) or self._entry(text)):
            self._more(text)

    def _table(self, numbers: str, keys: str) -> bool:
        for number, key in (found := key_table(numbers, keys)):
            self._add(number, key)
        return bool(found)

    def _ranges(self, text: str) -> bool:
        """``1-5 ABCDA 6—10：…``; a run whose keys are not as many as its numbers is left alone."""
        spans = list(_RANGE.finditer(text))
        good: list[tuple[int, list[str]]] = []
        for at, span in enumerate(spans):
            end = spans[at + 1].start() if at + 1 < len(spans) else len(text)
            first, last = int(span[1]), int(span[2])
            written = text[span.end() : end].strip(" \t,，;；、。|")
            if not first <= last <= first + 200 or not written or not _GROUPED.fullmatch(written.replace("Ｔ", "T")):
                return False
            groups = _TOKEN.findall(written)
            if len(groups) != last - first + 1:
                groups = re.findall(r"[A-H√×✓✔✗✘]|正确|错误|对|错", written)
            if len(groups) == last - first + 1:
                good.append((first, groups))
        for first, groups in good:
            for offset, key in enumerate(groups):
                self._add(first + offset, key)
        return bool(spans)

    def _singles(self, text: str) -> bool:
        """``1.A 2.B 3.C``, and nothing else on the line."""
        at, found = 0, list[tuple[int, str]]()
        while match := _ONE.match(text, at):
            found.append((int(match[1]), match[2]))
            at = match.end()
        if not found or text[at:].strip(" \t,，;；、。.|"):
            return False
        for number, key in found:
            self._add(number, key)
        return True

    def _entry(self, text: str) -> bool:
        """``1、参考答案：C``, ``1．【答案】C【解析】…``, ``1.C。解析：…`` or ``1. 长江``."""
        found = numbered(text)
        if found is None or found.doubtful or found.style != "plain":
            return False
        explains = marks.at_explanation(found.rest)
        rest = explains.before if explains else found.rest
        marked = marks.at_key(rest)
        last = self._last()
        key = marked.after if marked else rest
        plain = bool(marks.letters_of(key) or marks.truth_of(key))
        following = found.number == (last.number + 1 if last else 1)
        if not marked and not plain and (not following or (last is not None and bool(last.explanation))):
            return False
        entry = self._add(found.number, key)
        if plain and (said := _beyond_key(key)):
            entry.key = [key[: len(key) - len(said)]]
            entry.explanation.append(said)
        if explains and explains.after:
            entry.explanation.append(explains.after)
        return True

    def _more(self, text: str) -> None:
        """A line that belongs to the entry above it."""
        entry = self._last()
        if entry is None or not text:
            return
        explains = marks.at_explanation(text)
        if explains is not None:
            if explains.before and not entry.explanation:
                entry.key.append(explains.before)
            entry.explanation.append(explains.after)
        elif entry.explanation:
            entry.explanation.append(text)
        elif (marked := marks.at_key(text)) is not None:
            entry.key.append(marked.after)
        elif entry.key and (marks.letters_of(entry.key[0]) or marks.truth_of(entry.key[0])):
            entry.explanation.append(text)
        else:
            entry.key.append(text)

    def _last(self) -> KeyEntry | None:
        return self._runs[-1].entries[-1] if self._runs[-1].entries else None

    def _add(self, number: int, key: str) -> KeyEntry:
        run = self._runs[-1]
        if run.entries and number <= run.entries[-1].number:
            run = KeyRun(kind=run.kind)
            self._runs.append(run)
        entry = KeyEntry(number, [key] if key else [])
        run.entries.append(entry)
        return entry


def _beyond_key(key: str) -> str:
    """What is said after the letters of a key: ``C。因为…``."""
    found = re.match(r"\s*[（(]?[A-HＡ-Ｈ、,，\s]+[)）]?\s*[。.；;，,:：]\s*", key)
    return key[found.end() :] if found and marks.letters_of(key) else ""

"""What became of a file: counts that sum to its rows, and an entry for every row not imported."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.services.importing.rows import Aside, Layout, Row
from local_time import local_now

Outcome = Literal["new", "same", "merged", "conflict", "rejected"]
"""new: a question of its own; same: known, nothing to add; merged: known, and it brought another wording,
an accepted answer, a key or an explanation; conflict: known with another answer; rejected: unusable."""

OUTCOMES: tuple[Outcome, ...] = ("new", "same", "merged", "conflict", "rejected")
WORDS = {"new": "新增", "same": "重复", "merged": "合并", "conflict": "冲突", "rejected": "拒绝"}
SAMPLES = 5
_HEADER = ("行号", "工作表", "结果", "原因", "题干", "答案", "遇到的题", "那题的答案")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that did not become a question of its own."""

    row: int
    sheet: str
    outcome: Outcome
    reason: str
    stem: str
    answer: str = ""
    met: str = ""
    """The question it met: ``题库 #12``, ``本文件第 8 行``; empty for a rejected row."""
    met_answer: str = ""


@dataclass(slots=True)
class Report:
    file: str
    dry_run: bool = False
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    """Rows per outcome; they sum to :attr:`rows`."""
    unanswered: int = 0
    """New rows that came without a key: kept, and never used to answer."""
    entries: list[Entry] = field(default_factory=list[Entry])
    """Every row that is not new, in file order."""
    samples: list[Row] = field(default_factory=list[Row])
    """The first new questions, for a person to look at."""
    layouts: list[Layout] = field(default_factory=list[Layout])
    """How the file, or each sheet, was understood."""
    import_id: int | None = None
    """Number under which the import can be undone; ``None`` when nothing was written."""
    asides: list[Aside] = field(default_factory=list[Aside])
    """Lines with text that are no rows: titles, headers, notes."""

    @property
    def guessed(self) -> bool:
        """The columns were recognised by their content: a person should look at them."""
        return any(layout.guessed for layout in self.layouts)

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    def add(self, outcome: Outcome, entry: Entry | None) -> None:
        """Count a row; *entry* tells more unless it is new."""
        self.counts[outcome] += 1
        if entry is not None:
            self.entries.append(entry)

    def add_aside(self, aside: Aside) -> None:
        self.asides.append(aside)

    def top_reasons(self, outcome: Outcome, most: int = 5) -> list[tuple[str, int]]:
        """The most frequent reasons of an outcome with their counts."""
        return Counter(entry.reason for entry in self.entries if entry.outcome == outcome).most_common(most)

    def write(self, folder: Path) -> Path:
        """Write the entries and asides as csv (UTF-8 with BOM, for Excel) into *folder*; the file.

        Cells that a spreadsheet would take for a formula get a leading quote.

        Raises:
            OSError: the folder or file cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        stem = re.sub(r"[^\w.\-]+", "_", Path(self.file).stem)[:60] or "file"
        moment = local_now().strftime("%Y%m%d-%H%M%S-%f")
        path = folder / f"import-{stem}-{moment}.csv"
        with path.open("xb") as stream:
            stream.write(self.csv())
        return path

    def csv(self) -> bytes:
        """The entries and asides as csv, see :meth:`write`."""
        lines = [
            (str(e.row), e.sheet, WORDS[e.outcome], e.reason, e.stem, e.answer, e.met, e.met_answer)
            for e in self.entries
        ]
        lines += [
            (str(aside.number), aside.sheet, "不是题目", "标题或说明，不计入行数", aside.excerpt, "", "", "")
            for aside in self.asides
        ]
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(_HEADER)
        writer.writerows([_harmless(cell) for cell in line] for line in lines)
        return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

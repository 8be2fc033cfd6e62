"""A member's wrong-question book as a file to take away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from store.bank_reading import Entry, Extent
from store.models import StudyCard

Form = Literal["xlsx", "docx", "pdf", "apkg"]
MOST = 1000
"""Questions of one file: a hundred pages."""
_FORMS: dict[str, Form] = {
    "xlsx": "xlsx",
    "excel": "xlsx",
    "表格": "xlsx",
    "docx": "docx",
    "word": "docx",
    "pdf": "pdf",
    "打印": "pdf",
    "anki": "apkg",
    "apkg": "apkg",
}
_SHOWN = 5
"""Of the same question's wrong answers, the last ones."""
_UNNAMEABLE = re.compile(r'[\\/:*?"<>|\s]+')
_COLUMNS = ("我的错答", "错过几次", "最近一次")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A question of the book, and how the member fared with it."""

    entry: Entry
    card: StudyCard
    given: Sequence[str]
    """What the member answered wrongly, oldest first."""


def wanted(rest: str) -> tuple[Form, str]:
    """The form and the category that *rest*, what follows 导出, asks for."""
    form: Form = "xlsx"
    others: list[str] = []
    for word in rest.split():
        if (known := _FORMS.get(word.lower().removeprefix("."))) is not None:
            form = known
        else:
            others.append(word)
    return form, " ".join(others)


def title(category: str) -> str:
    return f"错题本 {category}".strip()


def file_name(category: str, form: Form, day: str) -> str:
    """``错题本-法律-2026-11-27.xlsx``."""
    return _UNNAMEABLE.sub("-", "-".join(part for part in ("错题本", category, day) if part)) + f".{form}"


def written(form: Form, category: str, found: Sequence[Mistake], zone: tzinfo) -> bytes:
    """The file, the questions in the order given; times are of *zone*.

    Raises:
        ExportFailed: a question is too long for the form.
    """
    with TemporaryDirectory() as folder:
        place = Path(folder) / f"book.{form}"
        _write(form, place, title(category), found, zone)
        return place.read_bytes()


def _write(form: Form, place: Path, name: str, found: Sequence[Mistake], zone: tzinfo) -> None:
    # Each format's library is loaded only where it is used.
    if form == "xlsx":
        from bot.services.exporting.xlsx_file import XlsxWriter

        entries = [one.entry for one in found]
        table = XlsxWriter(place, Extent.of(entries), more=_COLUMNS)
        try:
            table.add(entries, [_cells(one, zone) for one in found])
        except BaseException:
            table.abandon()
            raise
        table.close()
        return
    told = [replace(one.entry, explanation=_explained(one, zone)) for one in found]
    if form == "apkg":
        from bot.services.exporting.apkg_file import ApkgWriter

        deck = ApkgWriter(place, name)
        deck.add(told)
        deck.close()
        return
    from bot.services.exporting import docx_file, pdf_file
    from bot.services.exporting.paper import arrange

    (docx_file if form == "docx" else pdf_file).write_whole(arrange(name, told), place)


def _cells(one: Mistake, zone: tzinfo) -> tuple[str, int, str]:
    return _given(one), one.card.wrong, _day(one, zone)


def _explained(one: Mistake, zone: tzinfo) -> str:
    """The explanation, and below it how the member fared."""
    mine = "，".join(
        part
        for part in (
            f"我答过：{_given(one)}" if one.given else "",
            f"错过 {one.card.wrong} 次",
            f"最近一次 {_day(one, zone)}" if one.card.wrong_at else "",
        )
        if part
    )
    return f"{one.entry.explanation}\n（{mine}）".lstrip()


def _given(one: Mistake) -> str:
    texts = list(dict.fromkeys(" ".join(text.split()) for text in reversed(one.given)))
    return "；".join(text for text in reversed(texts[:_SHOWN]) if text)


def _day(one: Mistake, zone: tzinfo) -> str:
    return one.card.wrong_at.astimezone(zone).date().isoformat() if one.card.wrong_at else ""

"""Questions as an Anki package: a deck per category, cards that a later export updates."""

from __future__ import annotations

import html
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import genanki  # pyright: ignore[reportMissingTypeStubs]

from bot.services.exporting.words import KINDS, lettered, printable, provenance
from store.bank_reading import Entry

_MODEL_ID = 1_607_392_319
_UNSORTED = "未分类"

_FRONT = """<div class="kind">{{Kind}}</div>
{{#Material}}<div class="material">{{Material}}</div>{{/Material}}
<div class="stem">{{Stem}}</div>
{{#Options}}<div class="options">{{Options}}</div>{{/Options}}"""

_BACK = """{{FrontSide}}
<hr id="answer">
<div class="answer">{{Answer}}</div>
{{#Explanation}}<div class="explanation">{{Explanation}}</div>{{/Explanation}}
{{#Source}}<div class="source">{{Source}}</div>{{/Source}}"""

_CSS = """.card { font-family: "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; font-size: 19px;
  line-height: 1.6; text-align: left; max-width: 34em; margin: 0 auto; padding: 0.6em; }
.kind { font-size: 0.7em; color: #5b7db1; margin-bottom: 0.4em; }
.material { font-size: 0.9em; padding: 0.6em 0.8em; margin-bottom: 0.8em; background: #f3f5f9; border-radius: 6px; }
.nightMode .material { background: #2c313a; }
.stem { font-weight: 600; }
.options { margin-top: 0.6em; }
.answer { font-weight: 700; color: #1a7f4b; }
.nightMode .answer { color: #5fd39a; }
.explanation { margin-top: 0.5em; }
.source { margin-top: 0.8em; font-size: 0.7em; color: #8a8f99; }"""

_FIELDS = ("Stem", "Options", "Answer", "Explanation", "Source", "Kind", "Material")


_anki: Any = genanki


class ApkgWriter:
    """Collects the notes and writes the package at the end."""

    def __init__(self, path: Path, title: str) -> None:
        self._path = path
        self._title = title.replace("::", "：")
        self._decks: dict[str, Any] = {}
        self._model = _anki.Model(
            _MODEL_ID,
            "公考题目",
            fields=[{"name": name} for name in _FIELDS],
            templates=[{"name": "问答", "qfmt": _FRONT, "afmt": _BACK}],
            css=_CSS,
        )

    def add(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            tags = [KINDS.get(entry.kind, entry.kind)]
            if entry.difficulty is not None:
                tags.append(f"难度{entry.difficulty}")
            self._deck(entry.category).add_note(
                _anki.Note(
                    model=self._model,
                    fields=_fields(entry),
                    # The same question keeps its card, and so what its learner knows of it.
                    guid=_anki.guid_for(entry.fingerprint),
                    tags=tags,
                )
            )

    def close(self) -> None:
        package = _anki.Package(list(self._decks.values()))
        package.write_to_file(str(self._path))

    def abandon(self) -> None:
        """Nothing was written yet."""

    def _deck(self, category: str) -> Any:
        name = f"{self._title}::{category.replace('::', '：') or _UNSORTED}"
        if name not in self._decks:
            self._decks[name] = _anki.Deck(_deck_id(name), name)
        return self._decks[name]


def _deck_id(name: str) -> int:
    """The same for the same name: a second import finds its deck."""
    return (1 << 30) + int.from_bytes(blake2b(name.encode(), digest_size=4).digest()) % (1 << 30)


def _fields(entry: Entry) -> list[str]:
    texts = (
        entry.stem,
        "\n".join(lettered(entry.options)),
        _answer(entry),
        entry.explanation,
        provenance(entry),
        KINDS.get(entry.kind, entry.kind),
        entry.material,
    )
    return [html.escape(printable(text)).replace("\n", "<br>") for text in texts]


def _answer(entry: Entry) -> str:
    if not entry.options:
        return entry.answer or "暂无答案"
    keyed = [line for line in lettered(entry.options) if line[0] in entry.answer]
    return "\n".join(keyed) or "暂无答案"

"""Extra sets from a folder of csv files, as C-Eval and CMMLU come."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from inference.prompts import question_text
from training.evaluation.errors import BadSet
from training.evaluation.items import Item, ItemSet

_LETTERS = "ABCDEFGH"
_SPLIT = re.compile(r"_(?:val|test|dev|train)$")
_SHOTS = {"dev", "train"}
_ENCODINGS = ("utf-8-sig", "gb18030")


def read_extra(folder: Path) -> ItemSet:
    """The questions of all csv files below *folder*, the file's name their category.

    Columns are found by their names in any order and case: question, A, B, C, D and answer; more letters may
    follow, anything else is left alone. Rows without an answer (C-Eval's test files) are left out, and so are
    folders of examples (dev, train) when there are others.

    Raises:
        BadSet: no such folder, no questions with answers, or a file that is none of this kind.
    """
    if not folder.is_dir():
        raise BadSet(f"没有这个文件夹：{folder}。要的是装着 csv 的文件夹，例如 C-Eval 的 val。")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".csv" and path.is_file())
    asked = [path for path in files if not _SHOTS & set(path.relative_to(folder).parts[:-1])]
    items = tuple(item for path in asked or files for item in _read(path, folder))
    if not items:
        raise BadSet(f"{folder} 里没有带答案的 csv 题（列名要有 question、A、B、C、D、answer）。")
    return ItemSet(f"extra/{folder.resolve().name}", folder.resolve().name, items)


def _read(path: Path, folder: Path) -> Iterator[Item]:
    place = path.relative_to(folder).with_suffix("")
    category = _SPLIT.sub("", place.name)
    rows = csv.reader(io.StringIO(_text(path), newline=""))
    try:
        header = [name.strip().casefold() for name in next(rows, list[str]())]
        columns = {name: at for at, name in enumerate(header) if name}
        if "question" not in columns or "answer" not in columns or not {"a", "b"} <= columns.keys():
            raise BadSet(f"{path} 不是这种题集：第一行要有 question、A、B、C、D、answer 这些列名。")
        for number, row in enumerate(rows, 1):
            if row:
                item = _item(f"{place.as_posix()}:{number}", category, columns, row)
                if item is not None:
                    yield item
    except csv.Error as error:
        raise BadSet(f"{path} 第 {rows.line_num} 行不是正确的 csv：{error}") from error


def _item(name: str, category: str, columns: dict[str, int], row: list[str]) -> Item | None:
    def cell(column: str) -> str:
        at = columns.get(column, len(row))
        return row[at].strip() if at < len(row) else ""

    options: list[str] = []
    for letter in _LETTERS:
        if not (text := cell(letter.lower())):
            break
        options.append(text)
    letters = "".join(sorted(set(cell("answer").upper()) & set(_LETTERS[: len(options)])))
    if not letters or len(options) < 2 or not cell("question"):
        return None
    words = "；".join(options[_LETTERS.index(letter)] for letter in letters)
    kind = "single" if len(letters) == 1 else "multiple"
    return Item(
        name, kind, category, question_text(cell("question"), options), letters, tuple(options), accepted=(words,)
    )


def _text(path: Path) -> str:
    data = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadSet(f"{path} 的编码认不出来，请存成 UTF-8。")

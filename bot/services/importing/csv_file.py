"""Text tables: fields apart by comma, semicolon, tab or bar, in the encodings that Excel and WPS write."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from bot.services.importing.rows import Item, UnreadableFile
from bot.services.importing.tables import MAX_COLUMNS, Cell, SheetRow, header_roles, read_sheets

_DELIMITERS = ",\t;|"
_LONGEST_FIELD = 1 << 20
_CHUNK = 1 << 20
_HEAD = 256 * 1024
"""Characters from which the delimiter is told."""
_HEAD_RECORDS = 60
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_END = "\ue000end"


def read_csv(path: Path) -> Iterator[Item]:
    """The items of the file; a record's number is its row as a spreadsheet would show it.

    Raises:
        UnreadableFile: no text, a quotation mark without its partner, or see
            :func:`bot.services.importing.tables.read_sheets`.
    """
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as stream:
        head = stream.read(_HEAD)
    if "\0" in head:
        raise UnreadableFile("文件内容不是文字，不像是 csv 表格")
    csv.field_size_limit(_LONGEST_FIELD)
    yield from read_sheets([_CsvSheet(path, encoding, _delimiter(head))])


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(4)
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            if not _decodes(path, encoding):
                raise UnreadableFile("文件里有认不出的字符，请另存为 UTF-8 编码的 csv 再导入")
            return encoding
    for encoding in ("utf-8", "gb18030"):
        if _decodes(path, encoding):
            return encoding
    raise UnreadableFile("认不出文件的编码，请另存为 UTF-8 编码的 csv 再导入")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _delimiter(head: str) -> str:
    """The delimiter under which the first records look most like a table: a header, or the same width throughout."""

    def score(delimiter: str) -> tuple[int, float, int]:
        records = [fields for fields in islice(_records(head, delimiter), _HEAD_RECORDS) if fields]
        named = max(
            (len(header_roles(_row(number, fields))) for number, fields in enumerate(records[:10], 1)), default=0
        )
        widths = Counter(len(fields) for fields in records if len(fields) > 1)
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return named, count / len(records) if records else 0.0, width

    return max(_DELIMITERS, key=score)


def _records(head: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(head.splitlines(keepends=True), delimiter=delimiter)
    except csv.Error:
        return


def _row(number: int, fields: Iterable[str]) -> SheetRow:
    return SheetRow(number, [Cell(field) for field in islice(fields, MAX_COLUMNS)])


class _CsvSheet:
    name = ""

    def __init__(self, path: Path, encoding: str, delimiter: str) -> None:
        self._path = path
        self._encoding = encoding
        self._delimiter = delimiter

    def rows(self) -> Iterator[SheetRow]:
        number = 0
        closed = False
        with self._path.open(encoding=self._encoding, newline="") as stream:
            # A quotation mark left open swallows what follows: then the last line is not seen as a record.
            reader = csv.reader(chain(stream, ["\n", _END]), delimiter=self._delimiter)
            try:
                for number, fields in enumerate(reader, 1):
                    closed = fields == [_END]
                    if not closed and any(field.strip() for field in fields):
                        yield _row(number, fields)
            except csv.Error as error:
                raise UnreadableFile(f"第 {number + 1} 行太长或引号没有配对，读不下去") from error
        if not closed:
            raise UnreadableFile(f"第 {number} 行的引号没有配对，它后面的行分不开")

"""Rows with the hashes they are found by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.services.importing.rows import Aside, Item, Layout, Rejected, Row, UnreadableFile
from store.wording import fingerprint, stem_hash

MAX_ROWS = 300_000


@dataclass(frozen=True, slots=True)
class KeyedRow:
    """A row with the hashes it is found by."""

    row: Row
    fingerprint: str
    stem_hash: int

    @classmethod
    def of(cls, row: Row) -> KeyedRow:
        return cls(row, fingerprint(row.stem, row.options, row.material), stem_hash(row.stem))


Read = KeyedRow | Rejected | Aside | Layout


def keyed_rows(items: Iterable[Item]) -> Iterator[Read]:
    """*items* with hashes, in their order.

    Raises:
        UnreadableFile: more than :data:`MAX_ROWS`, or see whatever reads the items.
    """
    for at, item in enumerate(items, 1):
        if at > MAX_ROWS:
            raise UnreadableFile(f"文件超过 {MAX_ROWS} 行，请拆开再导入")
        yield KeyedRow.of(item) if isinstance(item, Row) else item

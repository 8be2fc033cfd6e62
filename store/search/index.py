"""A tantivy index over the bigrams of questions."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import tantivy

from store.wording import normal_form

Entry = tuple[int, Sequence[str], Sequence[str]]
"""Question id; its stem and other wordings; its options and what else it is found by."""


class Found(NamedTuple):
    """A question that shares rare bigrams with what was asked."""

    id: int
    stems: tuple[str, ...]
    """Normal forms of its stem and other wordings: enough to see whether reading the row is worth it."""


_RAREST = 14
"""Grams of a question that are looked up: the rare ones find it, the common ones cost time."""
_LONGEST_QUERY = 600
_SMALL_HEAP, _BULK_HEAP = 15_000_000, 200_000_000
"""Bytes a writer may use; 15 MB is the least that tantivy takes."""
_TOKENIZER = "bigrams"


class Batch:
    """Changes under way, see :meth:`QuestionIndex.batch`."""

    def __init__(self, schema: Any, writer: Any, *, fresh: bool) -> None:
        self._schema = schema
        self._writer: Any = writer
        self._fresh = fresh

    def put(self, entries: Iterable[Entry]) -> None:
        """Add or replace questions."""
        for number, stems, others in entries:
            forms = [normal_form(stem) for stem in stems]
            if not self._fresh:
                self._drop(number)
            document = tantivy.Document()
            # Document(id=…) would make a signed number, which kills the writer.
            document.add_unsigned("id", number)
            document.add_bytes("stems", "\n".join(forms).encode())
            document.add_text("grams", " ".join((*forms, *map(normal_form, others))))
            self._writer.add_document(document)

    def drop(self, numbers: Iterable[int]) -> None:
        """Remove questions by id."""
        for number in numbers:
            self._drop(number)

    def _drop(self, number: int) -> None:
        # delete_documents_by_term takes the number for a signed one and silently deletes nothing.
        self._writer.delete_documents_by_query(tantivy.Query.term_query(self._schema, "id", number))

    def commit(self) -> None:
        """Write what was done so far; the end of the block does it otherwise."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.commit()
            if self._fresh:
                writer.wait_merging_threads()

    def abandon(self) -> None:
        """Forget what was not committed."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.rollback()


class QuestionIndex:
    """Ids of questions by shared bigrams. Reading is safe from any thread; writers wait for each other."""

    def __init__(self, folder: Path | None = None) -> None:
        """Open the index in *folder*, made when it is empty; in memory without one.

        Raises:
            ValueError, OSError: the folder holds something else or a damaged index.
        """
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
        builder.add_bytes_field("stems", stored=True, indexed=False, fast=False)
        builder.add_text_field("grams", stored=False, tokenizer_name=_TOKENIZER, index_option="freq")
        self._schema = builder.build()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._index: Any = tantivy.Index(self._schema, path=str(folder) if folder else None, reuse=True)
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(2, 2, False)).build()
        self._index.register_tokenizer(_TOKENIZER, analyzer)
        self._searcher: Any = self._index.searcher()
        self._writing = Lock()

    @property
    def size(self) -> int:
        """Questions in the index."""
        return self._searcher.num_docs

    def reload(self) -> None:
        """See what another process committed."""
        self._index.reload()
        self._searcher = self._index.searcher()

    @contextmanager
    def batch(self, *, fresh: bool = False) -> Generator[Batch]:
        """Changes that show together when the block ends, or not at all when it raises.

        *fresh* promises that the index is empty: then much memory buys much speed.

        Raises:
            ValueError: another process is writing.
        """
        with self._writing:
            # The writer is closed each time: an open one holds the lock that other processes wait for.
            batch = Batch(
                self._schema, self._index.writer(_BULK_HEAP if fresh else _SMALL_HEAP, 2 if fresh else 1), fresh=fresh
            )
            try:
                yield batch
            except BaseException:
                batch.abandon()
                raise
            batch.commit()
            self.reload()

    def counts(self, grams: Iterable[str]) -> dict[str, int]:
        """Those of the bigrams (of normal forms) that the index knows, and how many questions have each."""
        searcher = self._searcher
        return {gram: count for gram in grams if (count := searcher.doc_freq("grams", gram))}

    def find(self, text: str, most: int = 10) -> list[Found]:
        """The *most* questions that share the rarest bigrams with *text*, best first."""
        searcher = self._searcher
        form = normal_form(text)[:_LONGEST_QUERY]
        grams = {form[at : at + 2] for at in range(len(form) - 1)}
        counted = sorted((count, gram) for gram, count in self.counts(grams).items())
        if not counted:
            return []
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "grams", gram, "freq"))
            for _, gram in counted[:_RAREST]
        ]
        hits: list[tuple[float, Any]] = searcher.search(tantivy.Query.boolean_query(terms), most, count=False).hits
        return [_found(searcher.doc(address)) for _, address in hits]


def _found(document: Any) -> Found:
    stems = bytes(document["stems"][0]).decode()
    return Found(document["id"][0], tuple(stems.split("\n")))

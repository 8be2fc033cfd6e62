"""Finding near questions among a million: a search index that can always be made again from the database."""

from store.search.index import Found, QuestionIndex
from store.search.keeper import IndexKeeper

__all__ = ["Found", "IndexKeeper", "QuestionIndex"]

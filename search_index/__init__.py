"""Full-text search of case records in Khmer and English.

Engines keep one interface (:class:`search_index.index.SearchIndex`). This package imports the
standard library and the engines only: no web, no models. An index is disposable; the truth and
the right to see it live in the database.
"""

from search_index.documents import CaseDocument
from search_index.errors import (
    IndexCorrupt,
    IndexLocked,
    IndexOutdated,
    IndexUnwritable,
    SearchIndexError,
)
from search_index.index import (
    Hit,
    IndexCounts,
    SearchIndex,
    SearchRequest,
    SearchResults,
    Sort,
    open_index,
)
from search_index.query import QueryProblem

__all__ = [
    "CaseDocument",
    "Hit",
    "IndexCorrupt",
    "IndexCounts",
    "IndexLocked",
    "IndexOutdated",
    "IndexUnwritable",
    "QueryProblem",
    "SearchIndex",
    "SearchIndexError",
    "SearchRequest",
    "SearchResults",
    "Sort",
    "open_index",
]

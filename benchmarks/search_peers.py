"""The engines that search_bench asks: ours and their peers, each used as well as it allows.

All answer the same question: how many cases, and the first page of twenty with their keys. Without
words (a date range) the page is the newest last events. An engine that can't answer a class says
so with None.
"""

from __future__ import annotations

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import tantivy
from search_corpus import Question, TextStore, written
from whoosh import fields, index, qparser, query, searching, sorting

from search_index import CaseDocument, SearchRequest, Sort, open_index
from search_index.highlight import snippets

PAGE = 20
ASKER = frozenset({"network", "org:7"})
FACETS = ("court", "stage")


class Peer(ABC):
    """An engine in a directory of its own."""

    name: str
    title: str
    borrows: str | None = None
    """Name of the peer whose index this one asks; it builds and commits nothing itself."""

    def __init__(self, folder: Path, texts: TextStore) -> None:
        self.folder = folder
        self.texts = texts

    @abstractmethod
    def build(self, documents: Iterator[CaseDocument]) -> None:
        """Index every document; durable on return."""

    @abstractmethod
    def open(self) -> None:
        """Get ready to answer."""

    @abstractmethod
    def commit(self, document: CaseDocument) -> None:
        """Replace one document, durable on return, and see it."""

    @abstractmethod
    def ask(self, question: Question) -> tuple[int, int] | None:
        """Cases found, and how many of them the page shows; None if the engine can't."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files."""

    def cpu(self) -> float:
        """Seconds of processor time used so far, all threads."""
        return time.process_time()

    def size(self) -> int:
        """Bytes on disk."""
        return sum(f.stat().st_size for f in self.folder.rglob("*") if f.is_file())

    def about(self) -> str:
        """What besides its size is worth knowing of the index."""
        return ""


class Ours(Peer):
    """An engine of this project, as the application uses it: parsing, audiences, facets, where
    the words were found; highlighted passages come from the texts in the database."""

    engine: str

    def build(self, documents: Iterator[CaseDocument]) -> None:
        """Build the index as `courtwatch reindex` does."""
        with open_index(self.folder / "index", self.engine, for_rebuild=True) as made:
            made.rebuild(one for document in documents for one in for_audiences(document))

    def open(self) -> None:
        """Open the index."""
        self.index = open_index(self.folder / "index", self.engine)

    def commit(self, document: CaseDocument) -> None:
        """Write a batch of one case."""
        self.index.write(for_audiences(document), replaced_case_ids=(document.case_id,))

    def ask(self, question: Question) -> tuple[int, int] | None:
        """Ask as the search page does."""
        text = written(question)
        results = self.index.search(
            SearchRequest(
                text,
                ASKER,
                facets=FACETS if question.kind == "two facets" else (),
                sort=Sort.LAST_EVENT if question.kind == "date sort" else Sort.RELEVANCE,
            )
        )
        if question.kind == "highlighting":
            texts = self.texts.of([hit.case_id for hit in results.hits])
            for hit in results.hits:
                if not snippets(texts[hit.case_id], text, field="text"):
                    raise AssertionError(f"nothing to highlight for {text}")
        return results.total, len(results.hits)

    def close(self) -> None:
        """Close the index."""
        self.index.close()

    def about(self) -> str:
        """Number of segments."""
        return f"{self.index.counts().segments} segments, without the texts"


class OurWhoosh(Ours):
    """The Whoosh engine of this project."""

    name, title, engine = "whoosh", "our Whoosh", "whoosh"


class OurTantivy(Ours):
    """The tantivy engine of this project."""

    name, title, engine = "tantivy", "our tantivy", "tantivy"


def for_audiences(document: CaseDocument) -> list[CaseDocument]:
    """Documents of a case: some have a fuller one for an organisation."""
    own = [replace(document, audience=one, hidden_for=()) for one in document.hidden_for]
    return [document, *own]


class PlainWhoosh(Peer):
    """Whoosh as its documentation shows it: stored fields, its parser, its searcher."""

    name, title = "plain", "plain Whoosh"

    def build(self, documents: Iterator[CaseDocument]) -> None:
        """One writer with more memory than by default."""
        schema = fields.Schema(
            case_id=fields.ID(stored=True, unique=True),
            text=fields.TEXT(stored=True),
            court=fields.ID(stored=True, sortable=True),
            stage=fields.ID(stored=True, sortable=True),
            registered=fields.NUMERIC(int, stored=True, sortable=True, signed=True),
            last_event=fields.NUMERIC(int, stored=True, sortable=True, signed=True),
        )
        made = index.create_in(str(self.folder), schema)
        writer = made.writer(limitmb=512)
        for document in documents:
            writer.add_document(**self._row(document))
        writer.commit()
        made.close()

    def open(self) -> None:
        """One searcher that stays open."""
        self.index = index.open_dir(str(self.folder))
        self.searcher = self.index.searcher()
        self.parser = qparser.QueryParser("text", self.index.schema)
        self.parser.add_plugin(qparser.FuzzyTermPlugin())

    @staticmethod
    def _row(document: CaseDocument) -> dict[str, object]:
        return {
            "case_id": str(document.case_id),
            "text": document.texts[0],
            "court": document.court[0],
            "stage": document.stage,
            "registered": document.registered,
            "last_event": document.last_event,
        }

    def commit(self, document: CaseDocument) -> None:
        """Update and commit."""
        writer = self.index.writer()
        writer.update_document(**self._row(document))
        writer.commit()
        self.searcher = self.searcher.refresh()

    def ask(self, question: Question) -> tuple[int, int] | None:
        """Parse, search, read the page."""
        return self._answer(self.searcher, question)

    def _answer(self, searcher: searching.Searcher, question: Question) -> tuple[int, int]:
        asked: query.Query = self.parser.parse(written(question))
        if question.kind == "date range":
            asked = query.NumericRange("registered", *question.days)
        more: dict[str, object] = {}
        if question.kind == "two facets":
            more["groupedby"] = list(FACETS)
        if question.kind in ("date sort", "date range"):
            more["sortedby"] = sorting.FieldFacet("last_event", reverse=True)
        results = searcher.search(asked, limit=PAGE, **more)
        shown = [hit["case_id"] for hit in results[:PAGE]]  # with groups it gives all of them
        if question.kind == "two facets":
            for facet in FACETS:
                {code: len(cases) for code, cases in results.groups(facet).items()}
        if question.kind == "highlighting":
            for hit in results:
                hit.highlights("text")
        return len(results), len(shown)

    def close(self) -> None:
        """Close the searcher."""
        self.searcher.close()
        self.index.close()


class QuickStartWhoosh(PlainWhoosh):
    """Whoosh as its quick start has it: `with index.searcher() as searcher` for each question."""

    name, title, borrows = "quickstart", "Whoosh, opened", PlainWhoosh.name

    def open(self) -> None:
        """The index of the plain peer; no searcher stays open."""
        self.folder = self.folder.parent / PlainWhoosh.name
        super().open()
        self.searcher.close()

    def ask(self, question: Question) -> tuple[int, int] | None:
        """Open, parse, search, read the page, close."""
        with self.index.searcher() as searcher:
            return self._answer(searcher, question)

    def close(self) -> None:
        """Close the index."""
        self.index.close()


class RawTantivy(Peer):
    """tantivy by its own parser and collectors: no audiences, no stemming, no Khmer."""

    name, title = "raw", "raw tantivy"

    @staticmethod
    def _schema() -> Any:
        return (
            tantivy.SchemaBuilder()
            .add_integer_field("case_id", stored=True, indexed=True, fast=True)
            .add_text_field("text", stored=True)
            .add_text_field("court", tokenizer_name="raw", fast=True)
            .add_text_field("stage", tokenizer_name="raw", fast=True)
            .add_integer_field("registered", indexed=True, fast=True)
            .add_integer_field("last_event", indexed=True, fast=True)
            .build()
        )

    def build(self, documents: Iterator[CaseDocument]) -> None:
        """One writer with its default threads and memory."""
        made = tantivy.Index(self._schema(), path=str(self.folder))
        writer = made.writer()
        for document in documents:
            writer.add_document(self._row(document))
        writer.commit()
        writer.wait_merging_threads()

    def open(self) -> None:
        """One searcher, and a writer on the first commit."""
        self.index = tantivy.Index.open(str(self.folder))
        self.schema = self._schema()
        self.searcher = self.index.searcher()
        self.writer: Any = None

    @staticmethod
    def _row(document: CaseDocument) -> Any:
        return tantivy.Document(
            case_id=document.case_id,
            text=document.texts[0],
            court=document.court[0],
            stage=document.stage,
            registered=document.registered,
            last_event=document.last_event,
        )

    def commit(self, document: CaseDocument) -> None:
        """Delete, add, commit."""
        if self.writer is None:
            self.writer = self.index.writer(num_threads=1)
        self.writer.delete_documents_by_term("case_id", document.case_id)
        self.writer.add_document(self._row(document))
        self.writer.commit()
        self.index.reload()
        self.searcher = self.index.searcher()

    def _query(self, question: Question) -> Any:
        match question.kind:
            case "prefix":
                start = question.word[:4]
                return tantivy.Query.regex_query(self.schema, "text", f"{start}.*")
            case "fuzzy":
                return tantivy.Query.fuzzy_term_query(self.schema, "text", question.word)
            case "date range":
                low, high = question.days
                return self.index.parse_query(f"registered:[{low} TO {high}]", ["text"])
        return self.index.parse_query(written(question), ["text"], conjunction_by_default=True)

    def ask(self, question: Question) -> tuple[int, int] | None:
        """Parse, search, read the keys of the page from their column."""
        asked = self._query(question)
        if question.kind in ("date sort", "date range"):
            results = self.searcher.search(asked, PAGE, order_by_field="last_event")
        else:
            results = self.searcher.search(asked, PAGE)
        addresses = [address for _score, address in results.hits]
        shown = self.searcher.fast_field_values("case_id", addresses)
        if question.kind == "two facets":
            wanted = {name: {"terms": {"field": name, "size": 100}} for name in FACETS}
            self.searcher.aggregate(asked, wanted)
        if question.kind == "highlighting":
            cutter = tantivy.SnippetGenerator.create(self.searcher, asked, self.schema, "text")
            for address in addresses:
                cutter.snippet_from_doc(self.searcher.doc(address)).to_html()
        return results.count, len(shown)

    def close(self) -> None:
        """Let background merges end."""
        if self.writer is not None:
            self.writer.wait_merging_threads()

    def about(self) -> str:
        """Number of segments."""
        return f"{self.searcher.num_segments} segments, with the texts"


class Fts5(Peer):
    """SQLite FTS5: counts and pages by SQL, facets and days in a narrow table beside it, short
    prefixes indexed; Khmer in a trigram table, which finds any three letters in running text."""

    name, title = "fts5", "SQLite FTS5"
    file = "fts.sqlite"

    def build(self, documents: Iterator[CaseDocument]) -> None:
        """Fill in one transaction, then optimise and analyse."""
        base = sqlite3.connect(self.folder / self.file)
        base.executescript(
            """
            PRAGMA journal_mode=WAL;
            CREATE TABLE doc(id INTEGER PRIMARY KEY, court TEXT, stage TEXT,
                             registered INTEGER, last_event INTEGER);
            CREATE VIRTUAL TABLE fts USING fts5(text, tokenize='unicode61', prefix='3 4');
            CREATE VIRTUAL TABLE khmer USING fts5(text, tokenize='trigram', detail='full');
            """
        )
        with base:
            for document in documents:
                self._add(base, document)
        base.executescript(
            """
            CREATE INDEX by_registered ON doc(registered);
            CREATE INDEX by_last_event ON doc(last_event, registered);
            INSERT INTO fts(fts) VALUES ('optimize');
            INSERT INTO khmer(khmer) VALUES ('optimize');
            ANALYZE;
            """
        )
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        base.close()

    @staticmethod
    def _add(base: sqlite3.Connection, document: CaseDocument) -> None:
        key, text = document.case_id, document.texts[0]
        row = (key, document.court[0], document.stage, document.registered, document.last_event)
        base.execute("REPLACE INTO doc VALUES (?, ?, ?, ?, ?)", row)
        base.execute("REPLACE INTO fts(rowid, text) VALUES (?, ?)", (key, text))
        if not text.isascii():
            base.execute("REPLACE INTO khmer(rowid, text) VALUES (?, ?)", (key, text))

    def open(self) -> None:
        """One connection, set up as the application sets its own up."""
        self.base = sqlite3.connect(self.folder / self.file)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            self.base.execute(f"PRAGMA {pragma}")

    def commit(self, document: CaseDocument) -> None:
        """Replace in one transaction."""
        with self.base:
            self._add(self.base, document)

    def ask(self, question: Question) -> tuple[int, int] | None:
        """Count, and read the page."""
        if question.kind == "fuzzy":
            return None
        if question.kind == "date range":
            return self._between(*question.days)
        text = written(question)
        table = "khmer" if question.kind == "Khmer word" else "fts"
        if question.kind == "Khmer word":
            text = f'"{text}"'
        joined = "FROM fts JOIN doc ON doc.id = fts.rowid WHERE fts MATCH ?"
        if question.kind == "two facets":
            grouped = self._all(f"SELECT court, stage, count(*) {joined} GROUP BY 1, 2", text)
            total = sum(row[2] for row in grouped)
            for column in (0, 1):
                counts: dict[str, int] = {}
                for row in grouped:
                    counts[row[column]] = counts.get(row[column], 0) + row[2]
        else:
            found = self._all(f"SELECT count(*) FROM {table} WHERE {table} MATCH ?", text)
            total = int(found[0][0])
        if question.kind == "date sort":
            order = f"SELECT doc.id {joined} ORDER BY last_event DESC LIMIT {PAGE}"
        else:
            shown = "rowid"
            if question.kind == "highlighting":
                shown += ", snippet(fts, 0, '[', ']', '...', 30)"
            order = f"SELECT {shown} FROM {table} WHERE {table} MATCH ? ORDER BY rank LIMIT {PAGE}"
        return total, len(self._all(order, text))

    def _all(self, statement: str, text: str) -> list[Any]:
        return self.base.execute(statement, (text,)).fetchall()

    def _between(self, low: int, high: int) -> tuple[int, int]:
        where = "FROM doc WHERE registered BETWEEN ? AND ?"
        total = self.base.execute(f"SELECT count(*) {where}", (low, high)).fetchone()[0]
        page = f"SELECT id {where} ORDER BY last_event DESC LIMIT {PAGE}"
        return int(total), len(self.base.execute(page, (low, high)).fetchall())

    def close(self) -> None:
        """Close the connection."""
        self.base.close()

    def about(self) -> str:
        """What it holds."""
        return "with the texts"

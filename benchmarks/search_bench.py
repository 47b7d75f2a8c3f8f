"""How fast the search engine is beside others, in one run on one machine.

    python benchmarks/search_bench.py --size 10000

Makes case documents of 120-200 words (Zipf vocabulary, 15 % with Khmer), indexes them with Whoosh
used plainly, with our Whoosh engine and with SQLite FTS5, and prints the CPU milliseconds (p50,
p95) of each class of query, the time to build, the size and a one-document commit. Every
repetition asks for another word, so that no answer comes from a cache of answers.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from whoosh import fields, index, qparser, query, sorting

from search_index import CaseDocument, SearchRequest, Sort, open_index
from search_index.highlight import snippets

CODED = frozenset({"coded"})
VOCABULARY = 30_000
KHMER = [
    "តុលាការ",
    "បានសម្រេច",
    "លើករណី",
    "ជួញដូរ",
    "មនុស្ស",
    "ខេត្ត",
    "កណ្ដាល",
    "ចៅក្រម",
    "ព្រះរាជអាជ្ញា",
    "ជនជាប់ចោទ",
    "ដោះលែង",
    "សវនាការ",
]
REPEATS = 15


def vocabulary(chance: random.Random) -> list[str]:
    """Distinct words, the most frequent first."""
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        syllables = chance.randint(2, 4)
        pairs = (chance.choice("bdfgklmnprstv") + chance.choice("aeiou") for _ in range(syllables))
        words["".join(pairs) + chance.choice("bdfgklmnprtv")] = None
    return list(words)


def documents(size: int, words: list[str], chance: random.Random) -> Iterator[CaseDocument]:
    """Case documents; the same seed gives the same ones."""
    total, cumulative = 0.0, []
    for rank in range(len(words)):
        total += 1 / (rank + 1)
        cumulative.append(total)
    for number in range(size):
        text = " ".join(chance.choices(words, cum_weights=cumulative, k=chance.randint(120, 200)))
        if chance.random() < 0.15:
            text += " " + "".join(chance.choices(KHMER, k=12))
        year, month, day = chance.randint(2010, 2025), chance.randint(1, 12), chance.randint(1, 28)
        yield CaseDocument(
            number,
            "coded",
            code=f"c{number:06d}",
            court=(f"KH-{chance.randint(1, 25):02d}",),
            stage=chance.choice(("trial", "closed", "charged")),
            year=year,
            registered=year * 10000 + month * 100 + day,
            last_event=(year + 1) * 10000 + month * 100 + day,
            texts=(text,),
        )


class Ours:
    """Our Whoosh engine, with audiences, as the application uses it."""

    name = "ours"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = open_index(folder)

    def build(self, made: list[CaseDocument]) -> None:
        """Index everything."""
        self.index.rebuild(made)

    def commit(self, document: CaseDocument) -> None:
        """Replace one document."""
        self.index.write([document])

    def ask(self, kind: str, word: str, other: str, year: int) -> int:
        """Answer one query of a kind; number of documents found."""
        text = {
            "two words": f"{word} {other}",
            "phrase": f'"{word} {other}"',
            "prefix": f"{word[:4]}*",
            "fuzzy": f"{word}~",
            "date range": f"registered:[{year} TO {year + 1}]",
        }.get(kind, word)
        facets = ("court", "stage") if kind == "two facets" else ()
        sort = Sort.LAST_EVENT if kind == "date sort" else Sort.RELEVANCE
        results = self.index.search(SearchRequest(text, CODED, facets=facets, sort=sort))
        if kind == "highlight":
            for hit in results.hits:
                snippets(TEXTS[hit.case_id], text)
        return results.total


class PlainWhoosh:
    """Whoosh as its documentation shows it: stored fields, its parser, its searcher."""

    name = "plain whoosh"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        schema = fields.Schema(
            case_id=fields.ID(stored=True, unique=True),
            text=fields.TEXT(stored=True),
            court=fields.ID(stored=True, sortable=True),
            stage=fields.ID(stored=True, sortable=True),
            registered=fields.NUMERIC(int, stored=True, sortable=True, signed=True),
            last_event=fields.NUMERIC(int, stored=True, sortable=True, signed=True),
        )
        self.index = index.create_in(str(folder), schema)
        self.parser = qparser.QueryParser("text", schema)
        self.parser.add_plugin(qparser.FuzzyTermPlugin())

    @staticmethod
    def row(document: CaseDocument) -> dict[str, object]:
        """Fields of a document."""
        return {
            "case_id": str(document.case_id),
            "text": document.texts[0],
            "court": document.court[0],
            "stage": document.stage,
            "registered": document.registered,
            "last_event": document.last_event,
        }

    def build(self, made: list[CaseDocument]) -> None:
        """Index everything."""
        writer = self.index.writer(limitmb=512)
        for document in made:
            writer.add_document(**self.row(document))
        writer.commit()
        self.searcher = self.index.searcher()

    def commit(self, document: CaseDocument) -> None:
        """Replace one document."""
        writer = self.index.writer()
        writer.update_document(**self.row(document))
        writer.commit()
        self.searcher = self.searcher.refresh()

    def ask(self, kind: str, word: str, other: str, year: int) -> int:
        """Answer one query of a kind; number of documents found."""
        if kind == "date range":
            asked: query.Query = query.NumericRange(
                "registered", year * 10000, (year + 1) * 10000 + 1299
            )
        else:
            text = {
                "two words": f"{word} {other}",
                "phrase": f'"{word} {other}"',
                "prefix": f"{word[:4]}*",
                "fuzzy": f"{word}~",
            }.get(kind, word)
            asked = self.parser.parse(text)
        more: dict[str, object] = {}
        if kind == "two facets":
            more["groupedby"] = ["court", "stage"]
        if kind == "date sort":
            more["sortedby"] = sorting.FieldFacet("last_event", reverse=True)
        results = self.searcher.search(asked, limit=20, **more)
        if kind == "highlight":
            for hit in results:
                hit.highlights("text")
        return len(results)


class Fts5:
    """SQLite FTS5 with its default tokeniser."""

    name = "sqlite fts5"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = sqlite3.connect(folder / "fts.sqlite")
        self.base.executescript(
            "CREATE TABLE doc(id INTEGER PRIMARY KEY, court, stage, registered, last_event);"
            "CREATE INDEX by_day ON doc(registered);"
            "CREATE VIRTUAL TABLE fts USING fts5(text);"
        )

    def build(self, made: list[CaseDocument]) -> None:
        """Index everything."""
        with self.base:
            for document in made:
                self.add(document)

    def add(self, document: CaseDocument) -> None:
        """One document."""
        row = (document.case_id, document.court[0], document.stage)
        days = (document.registered, document.last_event)
        self.base.execute("REPLACE INTO doc VALUES (?, ?, ?, ?, ?)", (*row, *days))
        self.base.execute("DELETE FROM fts WHERE rowid = ?", (document.case_id,))
        self.base.execute(
            "INSERT INTO fts(rowid, text) VALUES (?, ?)", (document.case_id, document.texts[0])
        )

    def commit(self, document: CaseDocument) -> None:
        """Replace one document."""
        with self.base:
            self.add(document)

    def ask(self, kind: str, word: str, other: str, year: int) -> int | None:
        """Answer one query of a kind; number of documents found, None if it can't."""
        run = self.base.execute
        if kind == "fuzzy":
            return None
        if kind == "date range":
            span = (year * 10000, (year + 1) * 10000 + 1299)
            count = run("SELECT count(*) FROM doc WHERE registered BETWEEN ? AND ?", span)
            return int(count.fetchone()[0])
        text = {
            "two words": f"{word} {other}",
            "phrase": f'"{word} {other}"',
            "prefix": f"{word[:4]}*",
        }.get(kind, f'"{word}"')
        total = int(run("SELECT count(*) FROM fts WHERE fts MATCH ?", (text,)).fetchone()[0])
        joined = "FROM fts JOIN doc ON doc.id = fts.rowid WHERE fts MATCH ?"
        if kind == "two facets":
            for column in ("court", "stage"):
                run(f"SELECT {column}, count(*) {joined} GROUP BY 1", (text,)).fetchall()
        order = "last_event DESC" if kind == "date sort" else "rank"
        shown = "snippet(fts, 0, '[', ']', '', 20)" if kind == "highlight" else "doc.id"
        run(f"SELECT {shown} {joined} ORDER BY {order} LIMIT 20", (text,)).fetchall()
        return total


TEXTS: dict[int, str] = {}
KINDS: dict[str, tuple[int, int]] = {
    "common term": (0, 20),
    "rare term": (8000, 25000),
    "two words": (5, 60),
    "phrase": (0, 20),
    "prefix": (500, 5000),
    "fuzzy": (500, 5000),
    "date range": (0, 20),
    "two facets": (0, 60),
    "date sort": (0, 60),
    "highlight": (20, 300),
    "Khmer word": (0, 0),
}
"""Class of query, and from where in the vocabulary its words are taken."""


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """CPU milliseconds and the result."""
    start = time.process_time()
    result = work()
    return (time.process_time() - start) * 1000, result


def main() -> None:
    """Run it."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--size", type=int, default=10_000, help="documents (default 10000)")
    reader.add_argument("--seed", type=int, default=1)
    options = reader.parse_args()
    chance = random.Random(options.seed)
    words = vocabulary(chance)
    made = list(documents(options.size, words, chance))
    TEXTS.update((document.case_id, document.texts[0]) for document in made)
    root = Path(tempfile.mkdtemp(prefix="search_bench"))
    engines = []
    try:
        for kind in (PlainWhoosh, Ours, Fts5):
            folder = root / kind.__name__
            folder.mkdir()
            engine = kind(folder)
            spent, _ = timed(partial(engine.build, made))
            size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
            commits = [timed(partial(engine.commit, made[n]))[0] for n in range(5)]
            print(
                f"{engine.name:13} build {spent / 1000:6.1f} s CPU   {size:7.1f} MB   "
                f"one-document commit {statistics.median(commits):7.1f} ms"
            )
            engines.append(engine)
        compare(engines, words, options.seed)
    finally:
        shutil.rmtree(root)


def compare(engines: list[PlainWhoosh | Ours | Fts5], words: list[str], seed: int) -> None:
    """Print a line per class of query: p50/p95 of each engine, and ratios to ours."""
    names = "".join(f"{engine.name:>24}" for engine in engines)
    print(f"\n{'CPU ms p50 / p95':14}{names}   plain : ours   fts5 : ours")
    for kind, (low, high) in KINDS.items():
        medians, counts = {}, {}
        line = f"{kind:14}"
        for engine in engines:
            chance = random.Random(seed)
            spent, found = [], 0
            for repeat in range(REPEATS):
                word, other = words[chance.randint(low, high)], words[chance.randint(low, high)]
                if kind == "Khmer word":
                    word = KHMER[repeat % len(KHMER)]
                year = 2010 + repeat % 14
                took, total = timed(partial(engine.ask, kind, word, other, year))
                spent.append(took)
                found += total if isinstance(total, int) else 0
            ranked = sorted(spent)
            counts[engine.name] = found
            medians[engine.name] = ranked[len(ranked) // 2]
            cell = f"{ranked[len(ranked) // 2]:.2f} / {ranked[int(len(ranked) * 0.95)]:.2f}"
            missing = not found
            line += f"{'finds nothing' if missing else cell:>24}"
            if missing:
                medians[engine.name] = float("nan")
        ours = medians["ours"]
        line += f"{medians['plain whoosh'] / ours:15.1f}{medians['sqlite fts5'] / ours:14.2f}"
        if kind == "Khmer word":
            line += f"   cases found: {counts}"
        print(line)


if __name__ == "__main__":
    main()

"""The search index: no document of a wider audience holds a narrower one's word; no answer tells.

For every engine. The documents are those of the walked record; the answers are compared with those
of an index in which what the asker may not see never was.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from courtwatch.models.engine import make_engine
from courtwatch.security.visibility import audiences
from courtwatch.services.index_documents import documents_of
from courtwatch.services.index_rows import all_case_ids
from search_index.documents import FACETS, CaseDocument
from search_index.index import ENGINES, SearchIndex, SearchRequest, SearchResults, open_index
from search_index.names import name_key
from tests.functional.scene import actor_of
from tests.secrecy.conftest import Walk
from tests.secrecy.plants import CODE, KHMER, LATIN, Plant
from tests.secrecy.twins import GROUPS, Group, scrub
from tests.secrecy.world import CODES, NETWORK, NOTHING, OFFICIAL, OWN, TAKEN_OUT, level

READERS_OF = {
    "coded": ("reak", "lora", "kiri"),
    "official": ("anan",),
    "network": ("rada", "dila", "kiri"),
}
"""Readers for whom a document of an audience is made: it may hold what all of them may read."""
OPEN = ("full", "coded", "kept", "merged")
MEMBER = {"lotus": "mony", "river": "rith", "delta": "dila", "creek": "kiri"}
ASKERS = ("mony", "rada", "dila", "kiri", "anan", "reak")


@dataclass
class Indexed:
    """The documents of the record, and of the copies without secrets."""

    walk: Walk
    documents: list[CaseDocument]
    scrubbed: dict[str, list[CaseDocument]] = field(default_factory=dict)

    def asks(self, name: str) -> frozenset[str]:
        """Return the audiences of a reader."""
        with self.walk.world.site.reading() as session:
            return audiences(actor_of(session, name, self.walk.world.site))

    def readers_of(self, audience: str) -> tuple[str, ...]:
        """Return readers for whom a document of an audience is made."""
        if audience in READERS_OF:
            return READERS_OF[audience]
        codes = {key: code for code, key in self.walk.world.site.organisations.items()}
        return (MEMBER[codes[int(audience.removeprefix("org:"))]],)


@pytest.fixture(scope="module")
def indexed(record: Walk) -> Indexed:
    """Make the documents."""
    walk = record
    found = Indexed(walk, _documents(walk.pristine))
    copy = walk.pristine.with_name("for-the-index.sqlite")
    for group in GROUPS:
        if group.readers[0] in ("chan", "rada", "dila", "kiri", "anan", "reak"):
            shutil.copy(walk.pristine, copy)
            engine = create_engine(f"sqlite:///{copy}")
            with engine.begin() as connection:
                scrub(walk.world, connection, group, walk.plants)
            engine.dispose()
            found.scrubbed[group.name] = _documents(copy)
    return found


def _documents(path: Path) -> list[CaseDocument]:
    engine = make_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        made = list(documents_of(connection, all_case_ids(connection)))
    engine.dispose()
    return made


@pytest.fixture(scope="module", params=ENGINES)
def fill(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[list[CaseDocument]], SearchIndex]]:
    """Give what builds an index of documents, with one engine."""
    directory = tmp_path_factory.mktemp(request.param)
    opened: list[SearchIndex] = []

    def make(documents: list[CaseDocument]) -> SearchIndex:
        index = open_index(directory / str(len(opened)), request.param)
        index.rebuild(documents)
        opened.append(index)
        return index

    yield make
    for index in opened:
        index.close()


def words_in(text: str) -> set[str]:
    """Return the planted words of a text."""
    text = text.lower()
    found = {*LATIN.findall(text), *KHMER.findall(text), *CODE.findall(text)}
    return found | ({TAKEN_OUT} if TAKEN_OUT in text else set())


def may_all_read(plants: list[Plant], readers: tuple[str, ...]) -> bool:
    """Say whether a word is one that each of these readers may read."""
    return all(any(reader in plant.readers() for plant in plants) for reader in readers)


def planted(walk: Walk) -> dict[str, list[Plant]]:
    """Return what each word was planted as."""
    found: dict[str, list[Plant]] = defaultdict(list)
    for plant in walk.plants:
        for word in plant.words:
            found[word].append(plant)
    return found


class TestDocuments:
    def test_a_case_has_documents_for_those_who_see_it_and_for_nobody_else(
        self, indexed: Indexed
    ) -> None:
        cases = indexed.walk.world.cases
        kinds = {made.id: kind for kind, made in cases.items()}
        for document in indexed.documents:
            seen = {
                level(kinds[document.case_id], r) for r in indexed.readers_of(document.audience)
            }
            assert NOTHING not in seen, (kinds[document.case_id], document.audience)
        for kind, made in cases.items():
            if kind == "merged":
                continue
            of_case = [one for one in indexed.documents if one.case_id == made.id]
            for reader in ASKERS:
                asks = indexed.asks(reader)
                matched = [
                    one for one in of_case
                    if one.audience in asks and not asks & set(one.hidden_for)
                ]  # fmt: skip
                assert len(matched) == (level(kind, reader) != NOTHING), (kind, reader)

    def test_no_document_holds_a_word_of_a_narrower_audience(self, indexed: Indexed) -> None:
        known, leaks = planted(indexed.walk), set()
        for document in indexed.documents:
            for word in words_in(repr(document)):
                plants = known.get(word, [])
                if not may_all_read(plants, indexed.readers_of(document.audience)):
                    leaks |= {(document.audience, plant.column) for plant in plants} or {
                        (document.audience, word)
                    }
        assert leaks == set()

    def test_what_its_readers_may_search_is_in_the_document(self, indexed: Indexed) -> None:
        """The control, for each level of each field that search looks in."""
        held: dict[str, set[str]] = defaultdict(set)
        for document in indexed.documents:
            held[document.audience] |= {
                plant.column for word in words_in(repr(document))
                for plant in planted(indexed.walk).get(word, ())
            }  # fmt: skip
        lotus = f"org:{indexed.walk.world.site.organisations['lotus']}"
        texts = {"case.public_code", "case_number.as_given", "person_name.text", "note.text"}
        full = {*texts, "charge.as_given"}
        assert held[lotus] - {"organisation.code"} == full
        assert held["network"] - {"organisation.code"} == full
        assert held["official"] == texts - {"note.text"}
        assert held["coded"] == {"case.public_code"}


class TestFiles:
    """An index of one audience's documents alone, as it lies on the disk."""

    def test_no_file_holds_a_word_or_the_key_of_a_name_of_a_narrower_audience(
        self, indexed: Indexed, fill: Callable[[list[CaseDocument]], SearchIndex]
    ) -> None:
        known = planted(indexed.walk)
        for audience in sorted({one.audience for one in indexed.documents}):
            documents = [one for one in indexed.documents if one.audience == audience]
            index = fill(documents)
            raw = _raw(index)
            text = raw.decode("utf-8", "ignore")
            readers = indexed.readers_of(audience)
            for word in words_in(text):
                assert may_all_read(known.get(word, []), readers), (audience, word)
            for word, plants in known.items():
                if plants[0].column == "person_name.text" and word.isascii():
                    key = name_key(word).encode()
                    assert may_all_read(plants, readers) or key not in raw, (audience, word)
            assert {found for _case, found in index.case_keys()} == {audience}
            for word, plants in _one_of_each(known):
                if not may_all_read(plants, readers):
                    asked = SearchRequest(f'"{word}"', frozenset({audience}))
                    assert index.search(asked).total == 0, (audience, word, plants[0].column)


def _one_of_each(known: dict[str, list[Plant]]) -> list[tuple[str, list[Plant]]]:
    """Return one word of each field, of shared cases and of others, in each script."""
    chosen: dict[tuple[str, bool, bool], tuple[str, list[Plant]]] = {}
    for word, plants in known.items():
        key = (plants[0].column, plants[0].context.case in OPEN, word.isascii())
        chosen.setdefault(key, (word, plants))
    return list(chosen.values())


def _raw(index: SearchIndex) -> bytes:
    """Return the bytes of every file of an index."""
    directory = Path(index.path)  # type: ignore[attr-defined]
    return b"\n".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())


def ways(word: str, number: int) -> Iterator[str]:
    """Give ways to ask for a word: as it is, and two more of the many, by turns."""
    other = word[:-1] + ("a" if word[-1] != "a" else "o")
    fields = ("name", "text", "number", "reason", "code", "organisation", "court")
    every = (
        f'"{word}"', f"{word[:7]}*", f"{word}~", f"{other}", f"{other}~2",
        f"{fields[number % len(fields)]}:{word}", f"{word} OR trial", f"NOT {word}",
        f'"{word} trial"~5', f"{word[:5]} {word[5:]}", f"-{word} court:KH-02-CFI",
    )  # fmt: skip
    yield word
    yield every[number % len(every)]
    yield every[(number // len(every) + 5 * number + 1) % len(every)]


def everything_told(result: SearchResults) -> tuple[object, ...]:
    """Return all that an answer tells, in its order. No page shows a hit's score."""
    return (
        result.total,
        [(hit.case_id, hit.code, hit.fields) for hit in result.hits],
        dict(result.facets),
        result.suggestion,
        None if result.problem is None else (result.problem.code, result.problem.position),
    )


class TestAnswers:
    """Whoever asks for a secret is answered as if there were none."""

    @pytest.mark.parametrize("name", ASKERS)
    def test_a_secret_changes_no_total_no_hit_no_facet_and_no_suggestion(
        self, indexed: Indexed, fill: Callable[[list[CaseDocument]], SearchIndex], name: str
    ) -> None:
        group = next(one for one in GROUPS if _asks_for(one, name))
        with_secrets, without = fill(indexed.documents), fill(indexed.scrubbed[group.name])
        asks = indexed.asks(name)
        told = 0
        chosen: dict[tuple[str, str], str] = {}
        for plant in indexed.walk.plants:
            if name not in plant.readers() and not set(group.readers) & plant.readers():
                for word in plant.words:
                    script = "latin" if word.isascii() else "khmer"
                    chosen.setdefault((plant.column, script), word)
        assert len(chosen) > 8
        queries = [
            *((query, {}) for number, word in enumerate(sorted(chosen.values()))
              for query in ways(word, number)),
            *(("", {name: (value,)}) for name, value in (
                ("court", "KH-02-CFI"), ("reason", "ST1"), ("reason", "TI1"),
                ("organisation", "lotus"), ("year", "2025"), ("stage", "trial"))),
            *((f"reason:{code}", {}) for code in ("TI1", "ST1", "ST2", "EV1")),
            ("trial", {}), ("ho*", {}), ("", {}),
        ]  # fmt: skip
        facets = FACETS if "network" in asks else tuple(f for f in FACETS if f != "organisation")
        for query, filters in queries:
            request = SearchRequest(query, asks, filters, facets=facets)
            answer = with_secrets.search(request)
            assert everything_told(answer) == everything_told(without.search(request)), query
            told += answer.total
        assert told, "nothing at all was found"


def _asks_for(group: Group, name: str) -> bool:
    return name in group.readers


def test_levels_are_all_walked() -> None:
    """The askers are of every level of every kind of case that there is."""
    from tests.secrecy.world import COUNTED, FULL, OPENED, OPENED_CODED, PRIVATE

    seen = {
        level(kind, name)
        for kind in (FULL, "coded", PRIVATE, COUNTED, OPENED, OPENED_CODED)
        for name in ASKERS
    }
    assert seen == {OWN, NETWORK, OFFICIAL, CODES, NOTHING}

"""When a case counts as changed for somebody: when what they may see of it did, and only then."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.commands.cases import SetShareLevel
from courtwatch.models import Case, IndexedDocument, SavedSearch
from courtwatch.models.vocabulary import NoteTier, ShareLevel
from courtwatch.security.visibility import audiences
from courtwatch.services import seen_digests
from courtwatch.services.case_json import as_values
from courtwatch.services.case_page import CasePage
from courtwatch.services.case_view import case_page
from courtwatch.services.indexed_documents import changed_since, latest_change
from courtwatch.services.saved_searches import News, SavedSearches, look_at, saved_searches
from courtwatch.services.search import Search
from courtwatch.services.seen_cases import pack, unpack
from courtwatch.services.sharing import set_share_level
from courtwatch.services.work import Work
from courtwatch.worker import Worker
from search_index.index import SearchIndex, open_index
from tests.functional.random_acts import RandomActs
from tests.functional.scene import NOW, MadeCase, actor_of, make_case, note
from tests.functional.site import Site

READERS = ("mony", "rith", "anan", "reak")


def pages(site: Site, made: MadeCase) -> dict[str, Any]:
    """Return what each reader sees of a case, as data; None where nothing."""
    found: dict[str, Any] = {}
    with site.reading() as session:
        for name in READERS:
            page = case_page(session, actor_of(session, name, site), session.get_one(Case, made.id))
            found[name] = as_values(page, None) if isinstance(page, CasePage) else None
    return found


def changed_for(site: Site, made: MadeCase, since: int) -> set[str]:
    """Return the readers for whom a case changed since a change."""
    with site.reading() as session:
        return {
            name
            for name in READERS
            if made.id in changed_since(session, audiences(actor_of(session, name, site)), since)
        }


def last(site: Site) -> int:
    """Return the number of the last change."""
    with site.reading() as session:
        return latest_change(session)


@pytest.fixture
def worker(site: Site) -> Iterator[Worker]:
    """Give the worker of the site."""
    found = Worker(site.engine, site.settings)
    yield found
    found.close()


class TestWhatChanged:
    """The digest of what an audience sees follows the page of its readers."""

    @pytest.mark.parametrize("seed", range(2))
    def test_a_case_changed_for_exactly_those_who_see_something_else(
        self, site: Site, worker: Worker, seed: int
    ) -> None:
        """Whatever is written, both ways: nothing is missed, and nothing that is kept from them."""
        made = make_case(
            site, share=ShareLevel.FULL, name="Sok Dara", number="1/2025", stage="trial"
        )
        worker.run_once()
        writer = RandomActs(site, made, seed, shares=True)
        before = pages(site, made)
        for _act in range(12):
            act = writer.write()
            since = last(site)
            worker.run_once()
            after = pages(site, made)
            expected = {name for name in READERS if before[name] != after[name]}
            assert changed_for(site, made, since) == expected, act
            before = after

    def test_what_outsiders_may_not_read_changes_nothing_for_them(
        self, site: Site, worker: Worker
    ) -> None:
        made = make_case(site, share=ShareLevel.FULL, name="Sok Dara", stage="trial")
        worker.run_once()
        for tier, user, sees in (
            (NoteTier.ORGANISATION, "mony", {"mony"}),
            (NoteTier.NETWORK, "mony", {"mony", "rith"}),
            (NoteTier.ORGANISATION, "rith", {"rith"}),
        ):
            since = last(site)
            note(site, made, "seen by some", tier, user)
            worker.run_once()
            assert changed_for(site, made, since) == sees, (tier, user)

    def test_a_case_that_is_not_shared_any_more_changes_for_nobody_who_sees_the_same(
        self, site: Site, worker: Worker
    ) -> None:
        """From full to coded: other organisations see less, researchers what they saw."""
        made = make_case(site, share=ShareLevel.FULL, name="Sok Dara", stage="trial")
        worker.run_once()
        since = last(site)
        with site.writing() as session:
            work = Work(session, actor_of(session, "chan", site), "case:shared", NOW)
            command = SetShareLevel(share_level=ShareLevel.CODED)
            set_share_level(work, session.get_one(Case, made.id), command)
        worker.run_once()
        assert "rith" in changed_for(site, made, since)
        assert "reak" not in changed_for(site, made, since)

    def test_a_new_index_or_other_software_or_another_key_changes_nothing(
        self, site: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = make_case(site, share=ShareLevel.FULL, name="Sok Dara", stage="trial")
        other = make_case(site)
        worker.run_once()
        since = last(site)
        worker.rebuild()
        assert last(site) == since
        monkeypatch.setattr(seen_digests, "VERSION", seen_digests.VERSION + 1)
        upgraded = Worker(site.engine, site.settings)
        worker.close()
        upgraded.rebuild()
        assert last(site) == since, "taken over, not told"
        note(site, made, "after the upgrade", NoteTier.NETWORK)
        upgraded.run_once()
        assert changed_for(site, made, since) == {"mony", "rith"}
        upgraded.close()
        assert other.id not in {made.id}

    def test_what_is_digested_cannot_be_tried_without_the_secret_of_the_installation(
        self, site: Site, worker: Worker
    ) -> None:
        """A copy of the database alone lets nobody try names on the digests."""
        make_case(site, name="Sok Dara")
        worker.run_once()
        with site.reading() as session:
            kept = session.scalars(select(IndexedDocument.digest)).one()
        rows = [("name", "Sok Dara")]
        one, other = (seen_digests.Digester(secret) for secret in (b"one", b"other"))
        assert one.of(rows) != other.of(rows)
        assert not one.comparable(other.of(rows))
        assert kept is not None
        assert worker.digester.comparable(kept)

    def test_a_case_that_is_gone_is_seen_by_nobody(self, site: Site, worker: Worker) -> None:
        made = make_case(site, share=ShareLevel.FULL)
        worker.run_once()
        since = last(site)
        with site.writing() as session:
            work = Work(session, actor_of(session, "chan", site), "case:shared", NOW)
            command = SetShareLevel(share_level=ShareLevel.PRIVATE)
            set_share_level(work, session.get_one(Case, made.id), command)
        worker.rebuild()  # the job waits: the whole pass finds it too
        assert {"rith", "anan", "reak"} <= changed_for(site, made, since)
        with site.reading() as session:
            rows = session.execute(
                select(IndexedDocument.audience).where(IndexedDocument.digest.is_not(None))
            ).scalars()
            assert set(rows) == {f"org:{site.organisations['lotus']}"}


@given(st.sets(st.integers(1, 2**40)))
def test_cases_that_were_seen_are_kept_in_few_bytes(keys: set[int]) -> None:
    assert unpack(pack(keys)) == keys


def test_a_large_set_of_seen_cases_is_small() -> None:
    assert unpack(None) == set()
    assert len(pack(range(0, 400_000, 2))) < 10_000
    every_third = random.Random(1).sample(range(600_000), 200_000)
    assert len(pack(every_third)) < 120_000


SEARCHES = ("", "word", "dara")


class _Person:
    """Somebody with saved searches who looks now and then, and what they have truly been shown."""

    def __init__(self, site: Site, name: str, index: SearchIndex) -> None:
        self.site, self.name, self.index = site, name, index
        self.page: tuple[News, dict[int, Any]] | None = None
        self.shown: dict[str, dict[int, Any]] = {}
        with site.writing() as session:
            searches = self._searches(session)
            for query in SEARCHES:
                look = look_at(session, NOW)
                searches.save(query, {}, "relevance", f"for {query}", look)
                self.shown[query] = self._found(session, query)

    def _searches(self, session: Session) -> SavedSearches:
        return SavedSearches(session, self.index, actor_of(session, self.name, self.site), NOW)

    def _saved(self, session: Session, query: str) -> SavedSearch:
        actor = actor_of(session, self.name, self.site)
        return next(s for s in saved_searches(session, actor) if s.query == query)

    def _found(self, session: Session, query: str) -> dict[int, Any]:
        """Return what the search finds for this person at this moment, each case as they see it."""
        actor = actor_of(session, self.name, self.site)
        search = Search(session, self.index, actor, NOW)
        found = {}
        for key in search.matching(query, {}, "relevance"):
            page = case_page(session, actor, session.get_one(Case, key))
            if isinstance(page, CasePage):
                found[key] = as_values(page, None)
        return found

    def open(self, query: str) -> tuple[News, dict[int, Any]]:
        """Open a saved search: what is told, and what the cases are like at this moment."""
        with self.site.reading() as session:
            return (
                self._searches(session).news(self._saved(session, query)),
                self._found(session, query),
            )

    def look(self, query: str) -> int:
        """Return up to which change this person has marked a search as seen."""
        with self.site.reading() as session:
            return self._saved(session, query).looked_at_change or 0

    def mark(self, query: str, news: News, found: dict[int, Any]) -> None:
        """Mark a page as seen: what it told is what this person knows from now on."""
        with self.site.writing() as session:
            self._searches(session).mark(self._saved(session, query), news.look)
        kept = self.shown[query]
        told = set(news.cases)
        # A case that was not told was known as it was; what no longer fits is forgotten.
        self.shown[query] = {
            key: found[key] if key in told else kept[key]
            for key in found
            if key in told or key in kept
        }


@pytest.mark.parametrize("seed", range(3))
def test_nothing_falls_between_two_looks(
    site: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Writes, the worker, its death before it recorded what it indexed, and looks, at random.

    Whatever differs from what somebody has truly been shown is told to them in the end.
    """
    chance = random.Random(seed)
    made = [
        make_case(site, share=ShareLevel.FULL, name="Sok Dara", stage="trial"),
        make_case(site, share=ShareLevel.CODED, name="Chea Vuthy"),
    ]
    worker.run_once()
    writers = [RandomActs(site, one, seed * 10 + n, shares=True) for n, one in enumerate(made)]
    with open_index(site.settings.index_directory) as index:
        people = [_Person(site, name, index) for name in READERS]
        pending: list[tuple[_Person, str, News, dict[int, Any]]] = []
        for _round in range(30):
            act = chance.choice(["write", "write", "work", "die", "look", "look", "mark", "mark"])
            if act == "write":
                chance.choice(writers).write()
            elif act == "work":
                worker.run_once()
            elif act == "die":
                with monkeypatch.context() as broken:
                    broken.setattr("courtwatch.worker.record", _dies)
                    with contextlib.suppress(_Death):
                        worker.run_once()
            elif act == "look":
                person, query = chance.choice(people), chance.choice(SEARCHES)
                news, found = person.open(query)
                if news.whole:
                    pending.append((person, query, news, found))
            elif pending:
                person, query, news, found = pending.pop(chance.randrange(len(pending)))
                before = person.look(query)
                if news.look.change >= before:
                    person.mark(query, news, found)
        worker.run_once()
        for person in people:
            for query in SEARCHES:
                news, found = person.open(query)
                assert news.whole
                known = person.shown[query]
                new = {key for key in found if key not in known}
                changed = {key for key in found if key in known and known[key] != found[key]}
                assert new | changed <= set(news.cases), (person.name, query)


class _Death(Exception):
    """The worker died here."""


def _dies(*_about: Any) -> None:
    raise _Death

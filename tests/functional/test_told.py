"""Who told how a prosecution stands: facts say at every moment what the accounts say."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from courtwatch.models import Case, ProsecutionFact, migrate
from courtwatch.models.told import BITS
from courtwatch.models.vocabulary import AccountSource, ShareLevel
from courtwatch.services.fact_differences import all_differences
from courtwatch.services.fact_filters import FactFilters
from courtwatch.services.filter_columns import UNKNOWN
from courtwatch.services.merge_pairs import contents, propose
from courtwatch.services.merging import MergeCases, merge
from courtwatch.services.work import Work
from tests.functional.random_acts import RandomActs
from tests.functional.scene import MadeCase, actor_of, make_case, step
from tests.functional.site import Site
from tests.told_oracle import Told, disagreeing, of_accounts, revisions

FACT: Any = ProsecutionFact.__table__
WHEN_AND_WHO = {"id", "rev_from", "rev_to", "told"}


def write_at_random(site: Site, seed: int, acts: int = 30) -> list[MadeCase]:
    """Make three cases, each with acts of its own."""
    made = [make_case(site, share=ShareLevel.FULL, name=name) for name in ("Sok", "Chea", "Chan")]
    for number, one in enumerate(made):
        writer = RandomActs(site, one, seed * 10 + number, shares=True)
        for _ in range(acts):
            writer.write()
    return made


def filtered(site: Site, filters: FactFilters) -> set[int]:
    """Return the prosecutions that filters find."""
    with site.reading() as session:
        return set(session.scalars(select(ProsecutionFact.prosecution_id).where(filters.where())))


def fits(told: Told, name: str, values: tuple[str, ...]) -> bool:
    """Say whether what was told fits a filter, word by word."""
    said = told[name]
    return not values or bool(said.intersection(values)) or (UNKNOWN in values and not said)


class TestEveryMoment:
    @pytest.mark.parametrize("seed", range(4))
    def test_filters_find_whom_the_accounts_name(self, site: Site, seed: int) -> None:
        """Random acts; any choice of words of either filter, at every revision and now."""
        write_at_random(site, seed)
        chance = random.Random(seed)
        words = {name: [*map(str, bits), UNKNOWN] for name, bits in BITS.items()}
        nobody: Told = {"source": set(), "reliability": set()}
        found_some = 0
        with site.reading() as session:
            assert disagreeing(session) == []
            for revision in revisions(session):
                told = of_accounts(session, revision)
                everybody = filtered(site, FactFilters(known_at=revision))
                for _ in range(4):
                    asked = {
                        name: tuple(chance.sample(each, chance.randint(0, 3)))
                        for name, each in words.items()
                    }
                    wanted = {
                        key
                        for key in everybody
                        if all(fits(told.get(key, nobody), *one) for one in asked.items())
                    }
                    found = filtered(site, FactFilters(known_at=revision, **asked))
                    assert found == wanted, (revision, asked)
                    found_some += 0 < len(found) < len(everybody)
        assert found_some > 30

    def test_a_merge_asks_the_record_that_is_kept(self, site: Site) -> None:
        """And what it alone doesn't hold, as before the merge when it is known at then."""
        kept = make_case(site, "mony", ShareLevel.FULL, name="Sok Dara", stage="trial")
        other = make_case(site, "rith", ShareLevel.FULL, name="Sok Dara", stage="trial")
        for made, user, source in (
            (kept, "mony", AccountSource.TOLD), (other, "rith", AccountSource.COURT_DOCUMENT),
        ):  # fmt: skip
            step(site, made, "acquit", date(2025, 6, 2), user, mode="adversarial",
                 stated=("EV1",), source=source)  # fmt: skip
        with site.writing() as session:
            work = Work(session, actor_of(session, "chan", site), "case:merged")
            one, two = (session.get_one(Case, made.id) for made in (kept, other))
            pairs = propose(*(contents(session, work.actor, case) for case in (one, two)))
            before = work.revision_id - 1
            merge(work, one, two, MergeCases(pairs, "One court file"))
        assert len(filtered(site, FactFilters(source=("told",)))) == 1
        assert not filtered(site, FactFilters(source=("court_document",)))
        assert len(filtered(site, FactFilters(source=("court_document",), known_at=before))) == 1
        with site.reading() as session:
            assert disagreeing(session) == []


class TestUpgrade:
    @pytest.mark.parametrize("seed", range(2))
    def test_facts_of_every_moment_are_told_anew(self, site: Site, seed: int) -> None:
        """Of a record where a fact went on when somebody else told, too."""
        write_at_random(site, seed)
        migrate.downgrade(site.engine, "0018")
        with site.engine.begin() as connection:
            assert join_what_says_the_same(connection) > 0
        migrate.upgrade(site.engine)
        assert migrate.pending_changes(site.engine) == []
        with site.reading() as session:
            assert disagreeing(session) == []
            assert list(all_differences(session.connection())) == []


def join_what_says_the_same(connection: Connection) -> int:
    """Make one fact of those that follow each other and differ in who told, as of before 0019."""
    said = [column for column in FACT.c if column.name not in WHEN_AND_WHO]
    query = select(FACT.c.id, FACT.c.rev_from, FACT.c.rev_to, *said)
    joined = 0
    last: Any = None
    for row in connection.execute(query.order_by(FACT.c.prosecution_id, FACT.c.id)).all():
        if last is not None and last[2] == row.rev_from and last[3] == row[3:]:
            connection.execute(delete(FACT).where(FACT.c.id == row.id))
            longer = update(FACT).where(FACT.c.id == last[0]).values(rev_to=row.rev_to)
            connection.execute(longer)
            last = (last[0], last[1], row.rev_to, last[3])
            joined += 1
        else:
            last = (row.id, row.rev_from, row.rev_to, row[3:])
    return joined

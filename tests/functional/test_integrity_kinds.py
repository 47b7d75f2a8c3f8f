"""Every kind of fault is found where it is, and only there; mended as told, it is gone."""

from __future__ import annotations

import shutil
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from courtwatch.models import Case, Prosecution, User
from courtwatch.models.engine import make_engine, make_session_factory
from courtwatch.models.vocabulary import HearingStatus
from courtwatch.services.integrity.check import Check
from courtwatch.services.integrity.kinds import Severity
from courtwatch.services.integrity.registry import KINDS
from courtwatch.services.integrity.telling import Teller
from courtwatch.services.messages import in_english
from tests.functional import (
    integrity_faults_calendar,
    integrity_faults_database,
    integrity_faults_entry,
    integrity_faults_law,
)
from tests.functional.integrity_bench import FAULTS, Bench, make_bench
from tests.functional.scene import MadeCase, hearing
from tests.functional.site import Site, make_settings

MODULES = (
    integrity_faults_law,
    integrity_faults_entry,
    integrity_faults_calendar,
    integrity_faults_database,
)


@pytest.fixture(scope="module")
def template_database(template_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the clean case once; every test begins with a copy of it."""
    directory = tmp_path_factory.mktemp("bench")
    shutil.copy(template_database, directory / "courtwatch.sqlite")
    settings = make_settings(directory)
    engine = make_engine(settings.database_url)
    site = Site(None, engine, settings, make_session_factory(engine))
    with site.reading() as session:
        site.users = {user.name: user.id for user in session.scalars(select(User))}
    make_bench(site)
    engine.dispose()
    return directory / "courtwatch.sqlite"


@pytest.fixture
def bench(site: Site) -> Bench:
    """Give a record with one clean case."""
    with site.reading() as session:
        case_id, code = session.execute(select(Case.id, Case.public_code)).one()
        accused = session.scalars(select(Prosecution.public_code)).all()
    return Bench(site, MadeCase(case_id, code, list(accused)))


class TestRegistry:
    """What the registry promises of each kind."""

    def test_every_kind_has_its_fault(self) -> None:
        """A kind that no test can plant would be a kind that nobody has seen work."""
        assert set(FAULTS) == set(KINDS)

    def test_there_are_at_least_twenty_in_every_severity_and_group_some(self) -> None:
        """Kinds with cases alone are more than twenty."""
        assert sum(kind.about_cases for kind in KINDS.values()) >= 20
        assert {kind.severity for kind in KINDS.values()} == set(Severity)

    @pytest.mark.parametrize("code", KINDS)
    def test_words_are_whole(self, code: str) -> None:
        """Each kind is explained, told and mended, and finds by query or by stream."""
        kind = KINDS[code]
        assert all(len(str(words)) > 4 for words in (kind.title, kind.told))
        assert all(len(str(words)) > 15 for words in (kind.explanation, kind.mend))
        assert (kind.find is None) != (kind.stream is None)
        assert kind.route is not None or not kind.about_cases


class TestCleanRecord:
    """A record in which nothing is wrong."""

    def test_a_real_journey_has_no_wrong_finding(self, bench: Bench) -> None:
        """Neither wrong nor doubtful: what the services write contradicts itself nowhere."""
        found = {
            code: bench.look(code)
            for code, kind in KINDS.items()
            if kind.severity is not Severity.TO_DO
        }
        assert {code: rows for code, rows in found.items() if rows} == {}

    def test_corrections_leave_no_wrong_finding(self, bench: Bench) -> None:
        """An entry that was corrected and one that was taken back are no faults."""
        event = bench.event(bench.made, "open_trial")
        bench.correct(event, date(2026, 2, 3))
        bench.void(bench.event(bench.acquitted(), "acquit"))
        wrong = [code for code, kind in KINDS.items() if kind.severity is Severity.WRONG]
        assert {code: rows for code in wrong if (rows := bench.look(code))} == {}


class TestFaults:
    """One planted fault of each kind."""

    @pytest.mark.parametrize("code", KINDS)
    def test_is_found_told_and_mended(self, bench: Bench, code: str) -> None:
        """Exactly the planted one is found; after the mending that is told, none is."""
        kind = KINDS[code]
        before = bench.look(code)
        assert before == ()
        planted = FAULTS[code](bench)
        expected = next(planted)
        found = bench.look(code)
        assert len(found) == 1, found
        assert {name: getattr(found[0], name) for name in expected} == expected
        with bench.site.reading() as session:
            check = Check(session, bench.now)
            told = Teller(session, check.context.procedures).tell(kind, found)[0]
        words = in_english(told.words)
        assert "${" not in words
        assert "–" not in words
        assert "Sok Dara" not in words
        if kind.about_cases:
            assert told.case
            assert bench.look(code, "lotus") == found
            assert bench.look(code, "river") == ()
        with pytest.raises(StopIteration):
            next(planted)
        assert bench.look(code) == ()


class TestOrder:
    """Findings come in an order that stays the same."""

    def test_oldest_first_and_paged(self, bench: Bench) -> None:
        """Pages put together are the whole list."""
        for day in (5, 1, 3):
            hearing(bench.site, bench.made, date(2026, 10, day), HearingStatus.SCHEDULED)
        kind = KINDS["hearing_without_outcome"]
        with bench.site.reading() as session:
            check = Check(session, bench.now)
            whole = check.findings(kind, 10)
            parts = [check.findings(kind, 1, skip)[0] for skip in range(3)]
            assert check.count(kind) == 3
            assert tuple(check.every(kind)) == whole
        assert list(whole) == parts
        assert all(a.since < b.since for a, b in pairwise(whole) if a.since and b.since)

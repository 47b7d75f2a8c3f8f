"""Loading the reference data into a migrated database, with real commits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Institution,
    InstitutionAlias,
    InstitutionTerritory,
    Jurisdiction,
    Offence,
    ProcedureVersion,
    Reason,
)
from courtwatch.models.engine import make_session_factory
from courtwatch.seed import read
from courtwatch.services import seed
from tests.databases import migrated


@pytest.fixture
def session(tmp_path: Path):
    """A session on a fresh, migrated SQLite database."""
    engine = migrated(tmp_path / "seed.sqlite")
    with make_session_factory(engine)() as session:
        yield session
    engine.dispose()


def count(session: Session, model: type) -> int:
    """Count the rows of a table."""
    return session.scalar(select(func.count()).select_from(model)) or 0


class TestLoad:
    def test_second_load_changes_nothing(self, session):
        """Loading is idempotent and says so."""
        first = seed.load(session)
        session.commit()
        second = seed.load(session)
        session.commit()
        assert first.changed > 300
        assert second.changed == 0
        assert [t.inserted for t in first.tables] == [t.unchanged for t in second.tables]

    def test_real_courts_come_without_the_invented_country(self, session):
        """`init` brings real institutions and no demonstration."""
        seed.load(session)
        session.commit()
        assert set(session.scalars(select(Jurisdiction.code))) == {"KH", "US-IL-COOK"}
        assert count(session, Institution) == len(read().institutions)

    def test_invented_country_has_its_own_copy_of_the_chargeable_offences(self, session):
        """No offence of the demonstration names a real law."""
        seed.load(session, invented=True)
        session.commit()
        laws = session.execute(
            select(Offence.law, Offence.chargeable)
            .join(Jurisdiction, Offence.jurisdiction_id == Jurisdiction.id)
            .where(Jurisdiction.code == "XD")
        ).all()
        assert len(laws) == 30
        assert {tuple(row) for row in laws} == {(seed.INVENTED_LAW, True)}

    def test_changed_name_is_updated_and_its_row_kept(self, session):
        """A better Khmer name reaches the same row."""
        seed.load(session)
        session.commit()
        before = session.scalars(select(Institution).where(Institution.code == "KH-02-CFI")).one()
        data = read()
        changed = replace(
            data,
            institutions=tuple(
                replace(row, name_km="ឈ្មោះថ្មី") if row.code == "KH-02-CFI" else row
                for row in data.institutions
            ),
        )
        report = seed.load(session, data=changed)
        session.commit()
        session.expire_all()
        after = session.scalars(select(Institution).where(Institution.code == "KH-02-CFI")).one()
        assert (after.id, after.name_km) == (before.id, "ឈ្មោះថ្មី")
        assert report.changed == 1

    def test_row_that_left_the_tables_is_never_deleted(self, session):
        """A record may still name it."""
        seed.load(session)
        data = read()
        seed.load(session, data=replace(data, aliases=data.aliases[:1]))
        session.commit()
        assert count(session, InstitutionAlias) == len(data.aliases)

    def test_prosecution_office_is_attached_to_its_court(self, session):
        """The agency is its own row and knows its court."""
        seed.load(session)
        session.commit()
        office = session.scalars(select(Institution).where(Institution.code == "KH-12-PRO")).one()
        court = session.get(Institution, office.attached_to_id)
        assert court is not None
        assert (office.kind, court.code) == ("prosecution", "KH-12-CFI")

    def test_one_court_of_appeal_on_any_day(self, session):
        """Only territory in force is loaded."""
        seed.load(session)
        session.commit()
        court = session.scalars(select(Institution).where(Institution.code == "KH-05-CFI")).one()
        for day in (date(2019, 12, 1), date(2020, 4, 1), date(2026, 1, 1)):
            rows = session.scalars(
                select(InstitutionTerritory).where(
                    InstitutionTerritory.institution_id == court.id,
                    func.coalesce(InstitutionTerritory.valid_from, date(1, 1, 1)) <= day,
                    func.coalesce(InstitutionTerritory.valid_to, date(9999, 1, 1)) > day,
                )
            ).all()
            assert len(rows) == 1

    def test_lawful_marks_are_unverified(self, session):
        """No mark is used before a lawyer has confirmed it."""
        seed.load(session)
        session.commit()
        assert not session.scalars(select(Reason).where(Reason.lawful_verified)).all()
        assert session.scalars(select(Reason.lawful).where(Reason.code == "ST1")).one() == "N"


class TestProcedures:
    def test_text_is_stored_with_its_checksum(self, session):
        """Every bundled procedure is there as published."""
        from workflows import procedure

        seed.load(session)
        session.commit()
        stored = {row.name: row for row in session.scalars(select(ProcedureVersion)).all()}
        assert set(stored) == {procedure.load(name).name for name in procedure.names()}
        for row in stored.values():
            assert procedure.loads(row.text, row.name).sha256 == row.sha256

    def test_changed_text_under_the_same_version_is_refused(self, session):
        """A published version never changes."""
        seed.load(session)
        session.commit()
        stored = session.scalars(select(ProcedureVersion)).first()
        assert stored is not None
        stored.sha256 = "0" * 64
        session.commit()
        with pytest.raises(seed.ProcedureChanged, match=r"higher 'version'"):
            seed.load(session)


class TestAliasKey:
    @pytest.mark.parametrize(
        ("left", "right"),
        [("Takéo Provincial Court", "takeo provincial court"), ("Siem Reap", "Siemreap"),
         ("សាលាដំបូងខេត្តកណ្ដាល", "សាលាដំបូង\u200bខេត្តកណ្តាល")],
    )  # fmt: skip
    def test_spellings_of_one_name_share_a_key(self, left, right):
        """Case, accents, blanks and coeng variants do not matter."""
        assert seed.alias_key(left) == seed.alias_key(right)

    def test_khmer_vowels_are_kept(self):
        """Names that differ in a vowel stay apart."""
        assert seed.alias_key("កំពត") != seed.alias_key("កំពង់")

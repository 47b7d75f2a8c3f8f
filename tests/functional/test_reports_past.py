"""A report of a past moment is the same to the byte whenever it is made."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courtwatch.commands.cases import RedactWords, SetShareLevel
from courtwatch.commands.corrections import CorrectEvent
from courtwatch.commands.parsing import When
from courtwatch.commands.steps import CorrectEntry, NamedCharge, RecordStep
from courtwatch.models import (
    Case,
    Event,
    Institution,
    Jurisdiction,
    Note,
    Offence,
    Organisation,
    ProcedureVersion,
    Reason,
    ReferenceTotal,
    Revision,
)
from courtwatch.models.vocabulary import (
    AccountSource,
    HearingStatus,
    InstitutionKind,
    NoteTier,
    ShareLevel,
    VoidReason,
)
from courtwatch.reports import registry, render_csv, render_json, render_text
from courtwatch.reports.formats import FORMATS
from courtwatch.reports.kinds import REPORTS
from courtwatch.reports.model import Report, Unit
from courtwatch.reports.moments import moment
from courtwatch.reports.pictures import Pictures
from courtwatch.reports.queries import Reader
from courtwatch.reports.words import plain
from courtwatch.services.corrections import correct_event, void_event
from courtwatch.services.fact_filters import FactFilters
from courtwatch.services.redaction import find, redact
from courtwatch.services.sharing import set_share_level
from courtwatch.services.work import Work
from tests.functional.scene import actor_of, hearing, make_case, note, step
from tests.functional.site import NOW, Site
from tests.reports_asked import filters_of

INI = """
[app:main]
use = egg:courtwatch
sqlalchemy.url = {url}
courtwatch.data_directory = {directory}
"""
RENDERS = {"text": render_text.render, "csv": render_csv.render, "json": render_json.render}
LANGUAGES = ("en", "km")
READERS = {"operator": None, "another organisation": "rith", "ministry": "anan"}
WRITTEN = NOW + timedelta(days=1)
LATER = NOW + timedelta(days=900)
Key = tuple[str, ...]


def last(site: Site) -> int:
    """Return the last revision."""
    with site.reading() as session:
        return session.scalar(select(func.max(Revision.id))) or 0


def every_report(
    site: Site,
    known_at: str,
    now: datetime,
    languages: tuple[str, ...] = LANGUAGES,
    readers: Mapping[str, str | None] = READERS,
) -> dict[Key, str]:
    """Make every report for every reader in both units, in every format and language."""
    found: dict[Key, str] = {}
    with site.reading() as session:
        for who, user in readers.items():
            reader = Reader(actor_of(session, user, site) if user else None)
            for name, kind in REPORTS.items():
                for unit in kind.units:
                    filters = FactFilters.parse([("jurisdiction", "KH")])
                    asked = filters_of(name, filters)
                    ask = registry.Ask(asked, None, unit, known_at=known_at)
                    report = registry.make(session, name, ask, reader, now)
                    for language in languages:
                        say = partial(plain, language=language)
                        key = (who, name, unit.value, language)
                        for form, render in RENDERS.items():
                            found[*key, form] = render(report, say)
                        if unit is Unit.PROSECUTION:
                            found[*key, "svg"] = drawn(report, say, language)
    return found


def current(site: Site, now: datetime) -> dict[Key, str]:
    """Make every report of the present for the operator, in English."""
    return every_report(site, "", now, ("en",), {"operator": None})


def drawn(report: Report, say: Any, language: str) -> str:
    """Draw every chart of a report."""
    pictures = Pictures(report, say, language, lambda filters: "/cases?" + filters.to_query())
    return "\n".join(str(pictures.draw(table)) for table in report.tables)


def assert_same(again: dict[Key, str], first: dict[Key, str]) -> None:
    """Compare two makings of all reports, naming the first that differs."""
    assert again.keys() == first.keys()
    for key, text in first.items():
        assert again[key] == text, key


@pytest.fixture
def recorded(site: Site) -> Any:
    """Give a record with one dismissal, one case under way and one hearing."""
    ended = make_case(site, share=ShareLevel.FULL, name="Sok Dara", stage="trial")
    step(site, ended, "dismiss", date(2025, 6, 1), stated=("EV1",))
    under_way = make_case(site, share=ShareLevel.FULL)
    arrest = step(site, under_way, "arrest", date(2025, 2, 1))
    hearing(site, ended, date(2025, 5, 1), HearingStatus.HELD)
    note(site, ended, "Mealea was there", NoteTier.NETWORK)
    return ended, under_way, arrest


def write_on(site: Site, ended: Any, under_way: Any, arrest: int) -> None:
    """Correct, take back, hide, add; and bring new courts, totals and a procedure."""

    def work(session: Any, kind: str) -> Work:
        return Work(session, actor_of(session, "mony", site), kind, WRITTEN)

    with site.writing() as session:
        event = session.get_one(Event, arrest)
        entry = RecordStep(
            step="arrest",
            occurred=When.day(date(2024, 2, 1)),
            source=AccountSource.COURT_DOCUMENT,
            charges=tuple(NamedCharge(charge=t.charge_id) for t in event.targets if t.charge_id),
        )
        accused = tuple(target.prosecution_id for target in event.targets)
        command = CorrectEvent(VoidReason.WRONG_DATE, "the day", entry, accused, None)
        correct_event(work(session, "event:corrected"), event, command)
    with site.writing() as session:
        event = session.scalars(select(Event).where(Event.step == "dismiss")).one()
        void_event(work(session, "event:voided"), event, CorrectEntry(reason=VoidReason.BY_MISTAKE))
    with site.writing() as session:
        case = session.get_one(Case, under_way.id)
        set_share_level(
            work(session, "case:shared"), case, SetShareLevel(share_level=ShareLevel.PRIVATE)
        )
    with site.writing() as session:
        cambodia = session.scalars(select(Jurisdiction).where(Jurisdiction.code == "KH")).one()
        court = session.scalars(select(Institution).where(Institution.code == "KH-02-CFI")).one()
        session.add(
            Institution(
                jurisdiction_id=cambodia.id, code="KH-99-CFI", kind=court.kind, level=court.level,
                name_en="A new court",
            )
        )  # fmt: skip
        work(session, "reference:imported").add(
            ReferenceTotal(
                jurisdiction_id=cambodia.id, source="Yearbook", period_from=date(2025, 1, 1),
                period_to=date(2025, 12, 31), unit="prosecution", count=900,
                stage="registration",
            )
        )  # fmt: skip
        edit_names(session)
        newest = session.scalars(
            select(ProcedureVersion)
            .where(ProcedureVersion.name == cambodia.procedure_name)
            .order_by(ProcedureVersion.version.desc())
        ).first()
        assert newest is not None
        text = newest.text.replace(
            f"version: {newest.version}", f"version: {newest.version + 1}", 1
        )
        assert text != newest.text
        session.add(
            ProcedureVersion(
                name=newest.name, version=newest.version + 1, sha256="0" * 64, text=text,
                published_at=WRITTEN,
            )
        )  # fmt: skip


def edit_names(session: Session) -> None:
    """Rename what reports name, and list a reason that nobody has given yet."""
    models: tuple[Any, ...] = (Jurisdiction, Institution, Offence, Organisation)
    for model in models:
        for row in session.scalars(select(model)):
            row.name_en, row.name_km = f"{row.name_en} (new)", f"{row.name_km} (new)"
    session.flush()
    for row in session.scalars(select(Institution)):  # again: the first state is what counts
        row.name_en = f"{row.name_en} (newer)"
    given = session.scalars(select(Reason).where(Reason.purpose == "termination")).all()
    for reason in given:
        reason.group_name_en = f"{reason.group_name_en} (new)"
        reason.position += 5 if reason.position % 2 else 0
    session.add(
        Reason(
            purpose="termination", version=2, code="ZZ1", group_code="ZZ", name_en="New",
            group_name_en="New group",
        )
    )  # fmt: skip


def edit_law(session: Session) -> None:
    """Change what reports read of reference data beside its names."""
    for offence in session.scalars(select(Offence)):
        offence.offence_class, offence.child = "misdemeanour", not offence.child
        offence.trafficking, offence.article, offence.iccs = not offence.trafficking, "0", "0"
    for reason in session.scalars(select(Reason)):
        reason.group_code, reason.lawful = "ZZ", None
    for row in session.scalars(select(Institution)):
        row.kind = InstitutionKind.POLICE if row.kind != "police" else InstitutionKind.COURT
        row.level, row.region, row.preliminary_only = 3, None, not row.preliminary_only


def take_out(site: Site, words: str) -> None:
    """Take words out of the note that holds them."""
    with site.writing() as session:
        row = session.scalars(select(Note).where(Note.text.contains(words))).one()
        actor = actor_of(session, "mony", site)
        found = find(session, actor, "note", row.id)
        assert found is not None
        work = Work(session, actor, "words:redacted", WRITTEN)
        redact(work, found, RedactWords(words=words, reason="victim_identity"))


class TestAgain:
    def test_every_report_in_every_format_is_the_same_to_the_byte(
        self, site: Site, recorded: Any
    ) -> None:
        """Also where the moment was the latest of all when it was asked for first."""
        at, by_clock = last(site), (NOW + timedelta(seconds=1)).isoformat()
        soon = NOW + timedelta(hours=1)
        first, today = every_report(site, str(at), soon), current(site, soon)
        write_on(site, *recorded)
        with site.reading() as session:
            assert moment(session, by_clock, "Asia/Phnom_Penh", LATER).revision == at
        make_case(site, share=ShareLevel.FULL, stage="trial", court="KH-12-CFI")
        assert_same(every_report(site, str(at), LATER), first)
        # The test can fail: reports of now do change.
        changed = current(site, soon)
        assert all(changed[key] != today[key] for key in changed if key[-1] != "svg")

    def test_of_the_law_as_it_was(self, site: Site, recorded: Any) -> None:
        """Whatever courts, offences and reasons are made of later."""
        at = str(last(site))
        first = every_report(site, at, LATER, ("en",))
        with site.writing() as session:
            edit_law(session)
        assert_same(every_report(site, at, LATER, ("en",)), first)

    def test_a_moment_that_is_only_just_over_is_the_present(
        self, site: Site, recorded: Any
    ) -> None:
        """Somebody who began to write before it may not have finished: nothing is promised."""
        asked = (NOW + timedelta(seconds=1)).isoformat()
        with site.reading() as session:
            zone = "Asia/Phnom_Penh"
            assert moment(session, asked, zone, NOW + timedelta(seconds=2)).latest
            assert not moment(session, asked, zone, NOW + timedelta(minutes=1)).latest

    def test_only_a_redaction_changes_it_and_is_said(self, site: Site, recorded: Any) -> None:
        at = str(last(site))
        first = every_report(site, at, LATER, ("en",))
        for key, text in first.items():
            if key[3:] == ("en", "text"):
                assert "redaction and erasure" in " ".join(text.split()), key
        take_out(site, "Mealea")
        since = "Acts since then that took words out of cases counted here: 1."
        for key, text in every_report(site, at, LATER, ("en",)).items():
            said, before = " ".join(text.split()), " ".join(first[key].split())
            if key[-1] == "svg":
                assert said == before
            else:
                assert said.replace(f" {since}", "").replace('since": 1', 'since": 0') == before
                # Of an organisation's own record only what was taken out of its own cases.
                assert since in said or key[1] == "organisation"
            # A report of a later moment has nothing to tell of it.
        later = every_report(site, str(last(site)), LATER, ("en",))
        assert since not in "".join(later.values())

    def test_tells_nobody_of_a_redaction_in_a_case_that_was_private(self, site: Site) -> None:
        make_case(site, share=ShareLevel.FULL)
        private = make_case(site)
        note(site, private, "Mealea was there", NoteTier.NETWORK)
        at = str(last(site))
        first = every_report(site, at, LATER, ("en",))
        take_out(site, "Mealea")
        assert_same(every_report(site, at, LATER, ("en",)), first)

    def test_tells_nobody_of_a_redaction_in_a_case_that_became_private(self, site: Site) -> None:
        """It was shared then; what is done to it once it is private is its organisation's."""
        make_case(site, share=ShareLevel.FULL)
        made = make_case(site, share=ShareLevel.FULL)
        note(site, made, "Mealea was there", NoteTier.NETWORK)
        at = str(last(site))
        with site.writing() as session:
            work = Work(session, actor_of(session, "chan", site), "case:share", WRITTEN)
            private = SetShareLevel(share_level=ShareLevel.PRIVATE)
            set_share_level(work, session.get_one(Case, made.id), private)
        first = every_report(site, at, LATER, ("en",))
        take_out(site, "Mealea")
        assert_same(every_report(site, at, LATER, ("en",)), first)

    def test_two_processes_write_the_same_bytes(
        self, site: Site, recorded: Any, tmp_path: Path
    ) -> None:
        ini = tmp_path / "of_the_process.ini"
        url, directory = site.settings.database_url, site.settings.data_directory
        ini.write_text(INI.format(url=url, directory=directory), encoding="utf-8")
        call = [sys.executable, "-c", "from courtwatch.cli import main; main()", "-c", str(ini)]
        asked = ["report", "ends", "--as-known-at", "2026-11-21T00:00Z", "--format", "csv"]
        made = [
            subprocess.run(
                [*call, *asked],
                check=True,
                capture_output=True,
                env={**os.environ, "PYTHONHASHSEED": seed},
            ).stdout
            for seed in ("1", "2")
        ]
        assert made[0] == made[1]
        assert b"a past moment of the record" in made[0]

    def test_downloads_of_the_page_are_the_same_bytes(self, site: Site, recorded: Any) -> None:
        browser = site.sign_in("rith")
        asked = [f"/reports/ends.{form}?as_known_at=2026-11-20T12:00" for form in FORMATS]
        first = [browser.get(path).body for path in asked]
        write_on(site, *recorded)
        assert [browser.get(path).body for path in asked] == first

    def test_reads_a_moment_with_the_letter_for_universal_time(
        self, site: Site, recorded: Any
    ) -> None:
        with site.reading() as session:
            assert (
                moment(session, "2026-11-21T00:00Z", "Asia/Phnom_Penh")
                == moment(session, "2026-11-21T00:00+00:00", "Asia/Phnom_Penh")
                == moment(session, "2026-11-21T07:00", "Asia/Phnom_Penh")
            )

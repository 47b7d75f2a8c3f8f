"""A record with one real journey, faults to plant in it, and the check that should find them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from courtwatch.commands.corrections import CorrectEvent, CorrectHearing
from courtwatch.commands.hearings import RecordOutcome
from courtwatch.commands.parsing import When
from courtwatch.commands.steps import CheckUnchanged, CorrectEntry, NamedCharge, RecordStep
from courtwatch.models import Case, Event, EventTarget, Hearing, Institution
from courtwatch.models.vocabulary import AccountSource, HearingStatus, VoidReason
from courtwatch.services.corrections import correct_event, void_event
from courtwatch.services.fact_differences import all_differences, mend
from courtwatch.services.hearing_corrections import correct_hearing, void_hearing
from courtwatch.services.integrity.check import Check
from courtwatch.services.integrity.kinds import Finding
from courtwatch.services.integrity.registry import kind_of
from courtwatch.services.record_hearing import record_outcome
from courtwatch.services.record_step import check_unchanged
from courtwatch.services.work import SYSTEM, Work
from tests.functional.scene import (
    COURT,
    NOW,
    OFFENCE,
    MadeCase,
    actor_of,
    hearing,
    key,
    make_case,
    step,
)
from tests.functional.site import Site

Expected = dict[str, Any]
Fault = Callable[["Bench"], Iterator[Expected]]
FAULTS: dict[str, Fault] = {}


def fault(code: str) -> Callable[[Fault], Fault]:
    """Register what plants a fault of a kind, yields what is expected of it, and mends it."""

    def register(plant: Fault) -> Fault:
        assert code not in FAULTS, code
        FAULTS[code] = plant
        return plant

    return register


@dataclass
class Bench:
    """A site with one clean case at trial (`made`), and the short words of the faults."""

    site: Site
    made: MadeCase
    steps: dict[str, int] = field(default_factory=dict)
    now: datetime = NOW
    index: Any = None

    @property
    def database(self) -> Path:
        """Return the file of the database."""
        return Path(str(self.site.engine.url.database))

    # --- Looking ---

    def look(self, code: str, organisation: str | None = None) -> tuple[Finding, ...]:
        """Return what is found of one kind."""
        of = self.site.organisations[organisation] if organisation else None
        with self.site.reading() as session:
            check = Check(session, self.now, of, engine=self.site.engine, index=self.index)
            return check.findings(kind_of(code), 1000)

    def one(self, query: str, **values: Any) -> Any:
        """Return one value of the database."""
        with closing(sqlite3.connect(self.database)) as connection:
            row = connection.execute(query, values).fetchone()
        return row[0] if row else None

    def prosecution(self, made: MadeCase | None = None) -> int:
        """Return the key of a case's first prosecution."""
        code = (made or self.made).prosecutions[0]
        return int(self.one("select id from prosecution where public_code = :c", c=code))

    def charge(self, made: MadeCase | None = None) -> int:
        """Return the key of a case's last charge that holds."""
        query = "select max(id) from charge where prosecution_id = :p and not voided"
        return int(self.one(query, p=self.prosecution(made)))

    def event(self, made: MadeCase, name: str) -> int:
        """Return the key of the entry of a step that holds."""
        query = "select max(id) from event where case_id = :c and step = :s and rev_to is null"
        return int(self.one(query, c=made.id, s=name))

    def hearing_id(self, code: str) -> int:
        """Return the key of a hearing."""
        return int(self.one("select id from hearing where public_code = :c", c=code))

    # --- From outside ---

    def sql(self, *statements: str, **values: Any) -> None:
        """Change the database as no service would; references are not looked after."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            for statement in statements:
                assert connection.execute(statement, values).rowcount != 0, statement

    def backup(self) -> None:
        """Keep a copy of the database."""
        self._copy(self.database, self.database.with_suffix(".backup"))

    def restore(self) -> None:
        """Put the copy in its place."""
        self._copy(self.database.with_suffix(".backup"), self.database)

    def _copy(self, source: Path, target: Path) -> None:
        self.site.engine.dispose()
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
            here.backup(there)

    # --- Through services ---

    @contextmanager
    def work(self, kind: str = "test:mended", user: str = "mony") -> Iterator[Work]:
        """Give a unit of work of a member of the organisation."""
        with self.site.writing() as session:
            yield Work(session, actor_of(session, user, self.site), kind, NOW)

    def rebuild(self) -> None:
        """Derive every fact again, as `courtwatch rebuild --mend` does."""
        with self.site.writing() as session:
            work = Work(session, SYSTEM, "facts:rebuilt", NOW)
            found = list(all_differences(session.connection()))
            for of_hearings in (False, True):
                mend(work, of_hearings, {f.owner for f in found if f.of_hearing is of_hearings})

    def void(self, event_id: int) -> None:
        """Take an entry back."""
        with self.work() as work:
            void_event(
                work,
                work.session.get_one(Event, event_id),
                CorrectEntry(reason=VoidReason.BY_MISTAKE),
            )

    def correct(self, event_id: int, day: date, **more: Any) -> None:
        """Put an entry right in one act: its day, and whatever `more` says of the step."""
        with self.work() as work:
            event = work.session.get_one(Event, event_id)
            targets = work.session.scalars(
                select(EventTarget).where(EventTarget.event_id == event_id)
            ).all()
            named = more.pop("named", False)
            filed = more.pop("filed", {})
            if "institution" in more:
                more["institution"] = key(work.session, Institution, more["institution"])
            charges = tuple(
                NamedCharge(charge=target.charge_id, disposition=target.disposition)
                for target in targets
                if target.charge_id is not None
            )
            entry = RecordStep(
                step=event.step,
                occurred=When.day(day),
                source=AccountSource.COURT_DOCUMENT,
                charges=charges if named else (),
                **({"mode": event.mode} | more),
            )
            accused = tuple({target.prosecution_id for target in targets})
            command = CorrectEvent(
                VoidReason.TYPED_WRONG, None, entry, accused, event.entry_stage, filed
            )
            correct_event(work, event, command)

    def outcome(self, code: str, status: HearingStatus, **more: Any) -> None:
        """Say what became of a hearing."""
        with self.work() as work:
            row = work.session.get_one(Hearing, self.hearing_id(code))
            record_outcome(work, row, RecordOutcome(status=status, **more))

    def correct_hearing(self, code: str, day: date, status: HearingStatus, **more: Any) -> None:
        """Put a hearing right."""
        with self.work() as work:
            row = work.session.get_one(Hearing, self.hearing_id(code))
            members = more.pop("prosecutions", (self.prosecution(),))
            command = CorrectHearing(
                reason=VoidReason.TYPED_WRONG,
                scheduled=When.day(day),
                status=status,
                prosecutions=members,
                institution=key(work.session, Institution, COURT),
                **more,
            )
            correct_hearing(work, row, command)

    def void_hearing(self, code: str) -> None:
        """Take a hearing back."""
        with self.work() as work:
            row = work.session.get_one(Hearing, self.hearing_id(code))
            void_hearing(work, row, CorrectEntry(reason=VoidReason.ENTERED_TWICE))

    def checked(self, made: MadeCase, day: date = date(2026, 11, 12)) -> None:
        """Say that nothing had changed on a day."""
        with self.work() as work:
            case = work.session.get_one(Case, made.id)
            check_unchanged(work, case, CheckUnchanged(occurred=When.day(day)))

    # --- Journeys ---

    def reason(self, purpose: str = "adjournment") -> int:
        """Return the key of some reason of a purpose."""
        return int(self.one("select min(id) from reason where purpose = :p", p=purpose))

    def adjourned(self, made: MadeCase, day: date, following: date | None = None) -> str:
        """Record a hearing that was put off, with a note on it; return its code."""
        return hearing(
            self.site,
            made,
            day,
            HearingStatus.ADJOURNED,
            adjournment_reason=self.reason(),
            next=When.day(following) if following else None,
            note="The judge was ill.",
        )

    def at_trial(self, number: str | None = "900/2025", **about: Any) -> MadeCase:
        """Make a case that has come to trial, step by step."""
        made = make_case(self.site, number=number, **about)
        step(self.site, made, "receive_complaint", date(2025, 2, 1))
        step(self.site, made, "submit_to_investigation", date(2025, 2, 20), new_charges=(OFFENCE,))
        step(self.site, made, "charge", date(2025, 3, 1))
        step(self.site, made, "indict", date(2025, 10, 1))
        step(self.site, made, "open_trial", date(2026, 2, 1), institution=COURT)
        return made

    def acquitted(self, **about: Any) -> MadeCase:
        """Make a case that ended by an acquittal on 1 March 2026."""
        made = self.at_trial(**about)
        self.end(made, "acquit", None)
        return made

    def convicted(self, **more: Any) -> MadeCase:
        """Make a case that ended by a conviction on 1 March 2026."""
        made = self.at_trial()
        self.end(made, "convict", "convicted_as_charged", **more)
        return made

    def end(self, made: MadeCase, name: str, disposition: str | None, **more: Any) -> int:
        """End a case by a judgment on 1 March 2026."""
        charge = NamedCharge(charge=self.charge(made), disposition=disposition)
        day = date(2026, 3, 1)
        return step(self.site, made, name, day, charges=(charge,), mode="adversarial", **more)


def make_bench(site: Site, planned: date = date(2026, 12, 1)) -> Bench:
    """Make the clean case: tried, adjourned once, the next hearing planned, checked lately.

    Who asks a page or the command, which know the day of today alone, plans it ahead of today.
    """
    made = Bench(site, MadeCase(0, "")).at_trial("123/2025", name="Sok Dara")
    bench = Bench(site, made)
    bench.adjourned(made, date(2026, 11, 10), planned)
    bench.checked(made)
    return bench

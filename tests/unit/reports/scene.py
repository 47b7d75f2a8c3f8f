"""A small record whose every figure can be counted by hand, made of real events and real facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Update, func, insert, select, update
from sqlalchemy.orm import Session

from courtwatch.models import (
    Case,
    Charge,
    Event,
    EventTarget,
    Institution,
    Jurisdiction,
    Offence,
    Organisation,
    Person,
    ProcedureVersion,
    Prosecution,
    ProsecutionCase,
    ProsecutionFact,
    Reason,
    ReasonAssessed,
    ReasonStated,
)
from courtwatch.models.packed import pack
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.services import facts
from courtwatch.services.work import Actor, Work, take_revision

OFFICE_A, OFFICE_B = "KH-12-PRO", "KH-02-PRO"
COURT_X, COURT_Y = "KH-12-CFI", "KH-02-CFI"
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Act:
    """One step: its name, day, institution's code, and what it says of the charge."""

    step: str
    day: date | None
    place: str | None = None
    disposition: str | None = None
    stated: str | None = None
    assessed: str | None = None
    new: bool = False
    entry: str | None = None


class Scene:
    """Writes prosecutions into a session; `publish` derives their facts under one revision."""

    def __init__(self, session: Session, jurisdiction: str = "KH") -> None:
        self.session = session
        self.jurisdiction = session.scalars(
            select(Jurisdiction).where(Jurisdiction.code == jurisdiction)
        ).one()
        self.procedure = session.scalars(
            select(ProcedureVersion).where(
                ProcedureVersion.name == self.jurisdiction.procedure_name
            )
        ).one()
        self.organisations: dict[str, int] = {}
        self.codes = {
            model: dict(session.execute(select(model.code, model.id)).all())
            for model in (Institution, Offence, Reason)
        }
        self.fresh: list[int] = []
        self.found: dict[str, int] = {}
        self.serial = session.scalar(select(func.max(Case.id))) or 0
        self.serial *= 10

    @cached_property
    def revision_id(self) -> int:
        """Return the revision under which this scene writes, taken on the first write."""
        return take_revision(self.session.connection(), "test", NOW)

    def id_of(self, model: Any, code: str | None) -> int | None:
        """Return the key of a code; None for None."""
        return None if code is None else self.codes[model][code]

    def organisation(self, code: str, kind: OrganisationKind = OrganisationKind.NGO) -> int:
        """Return an organisation, made on first use."""
        known = select(Organisation.id).where(Organisation.code == code)
        if code not in self.organisations and (found := self.session.scalar(known)):
            self.organisations[code] = found
        if code not in self.organisations:
            row = Organisation(code=code, kind=kind, name_en=code.title())
            self.session.add(row)
            self.session.flush()
            self.organisations[code] = row.id
        return self.organisations[code]

    def actor(
        self,
        code: str,
        role: Role = Role.MONITOR,
        kind: OrganisationKind = OrganisationKind.NGO,
    ) -> Actor:
        """Return somebody of an organisation."""
        return Actor(None, self.organisation(code, kind), role, kind)

    def case(self, owner: str = "lotus", share: str = "coded", court: str | None = None) -> int:
        """Add a case and return its key."""
        self.serial += 1
        row = Case(
            public_code=f"C-{self.serial:08d}",
            jurisdiction_id=self.jurisdiction.id,
            procedure_version_id=self.procedure.id,
            owner_id=self.organisation(owner),
            court_id=self.id_of(Institution, court),
            share_level=share,
            rev_from=self.revision_id,
        )
        self.session.add(row)
        self.session.flush()
        return row.id

    def prosecution(
        self,
        *acts: Act,
        registered: date | None = None,
        entry: date | None = None,
        offence: str | None = "KH-TIPSE-10",
        case: int | None = None,
        owner: str = "lotus",
        share: str = "coded",
    ) -> int:
        """Add a prosecution with its events and return its key."""
        case_id = self.case(owner, share) if case is None else case
        self.serial += 1
        person = Person(pseudonym=f"A{self.serial}", rev_from=self.revision_id)
        self.session.add(person)
        self.session.flush()
        row = Prosecution(
            public_code=f"P-{self.serial:08d}",
            person_id=person.id,
            registered_on=registered,
            entry_date=entry,
            rev_from=self.revision_id,
        )
        self.session.add(row)
        self.session.flush()
        self._insert(ProsecutionCase, prosecution_id=row.id, case_id=case_id)
        charge = self._charge(row.id, "alleged", offence)
        for act in acts:
            if act.new:
                charge = self._charge(row.id, "filed", offence)
            self.event(row.id, case_id, charge, act, owner)
        self.fresh.append(row.id)
        return row.id

    def _charge(self, prosecution: int, kind: str, offence: str | None) -> int:
        row = Charge(
            prosecution_id=prosecution,
            kind=kind,
            offence_id=self.id_of(Offence, offence),
            rev_from=self.revision_id,
        )
        self.session.add(row)
        self.session.flush()
        return row.id

    def event(
        self, prosecution: int, case: int, charge: int | None, act: Act, owner: str = "lotus"
    ) -> None:
        """Add one event with its target and reasons."""
        event = self._insert(
            Event,
            case_id=case,
            step=act.step,
            institution_id=self.id_of(Institution, act.place),
            occurred_from=act.day,
            occurred_to=act.day,
            precision="day" if act.day else "unknown",
            sequence=0,
            entry_stage=act.entry,
            status="recorded",
            organisation_id=self.organisation(owner),
        )
        row = EventTarget(
            event_id=event,
            prosecution_id=prosecution,
            charge_id=None if act.entry else charge,
            disposition=act.disposition,
            new=act.new,
        )
        self.session.add(row)
        self.session.flush()
        target = row.id
        if act.stated:
            self._insert(
                ReasonStated, target_id=target, reason_id=self.id_of(Reason, act.stated),
                primary=True,
            )  # fmt: skip
        if act.assessed:
            self._insert(
                ReasonAssessed, target_id=target, reason_id=self.id_of(Reason, act.assessed),
                organisation_id=self.organisation(owner), confidence="high",
            )  # fmt: skip

    def _insert(self, model: Any, **values: Any) -> int:
        statement = insert(model).values(rev_from=self.revision_id, **values)
        result: Any = self.session.execute(statement)
        return int(result.inserted_primary_key[0])

    def publish(self) -> None:
        """Derive the facts of the prosecutions added since, and commit."""
        self.session.flush()
        facts.publish(self.session.connection(), self.revision_id, self.fresh)
        self.fresh = []
        self.session.commit()

    def work(self, kind: str = "test", now: datetime = NOW) -> Work:
        """Return a unit of writing for what changes later."""
        return Work(self.session, self.actor("lotus"), kind, now)


def change_facts(session: Session, statement: Update) -> int:
    """Change facts past `services.facts`, and what is packed of them. Return how many changed."""
    result: Any = session.execute(statement)
    table: Any = ProsecutionFact.__table__
    for row in session.connection().execute(select(table)).mappings().all():
        session.execute(update(table).where(table.c.id == row["id"]).values(packed=pack(dict(row))))
    session.expire_all()
    return int(result.rowcount)


def received(day: date, place: str = OFFICE_A) -> Act:
    """The prosecution office receives a complaint."""
    return Act("receive_complaint", day, place)


def indicted(day: date, court: str) -> tuple[Act, ...]:
    """From the prosecutor's submission to the opening of the trial, on three days."""
    return (
        Act("submit_to_investigation", day, OFFICE_A, new=True),
        Act("charge", day.replace(day=10), court),
        Act("indict", day.replace(day=20), court),
        Act("open_trial", day.replace(day=25), court),
    )


def small_record(scene: Scene) -> dict[str, int]:
    """Write the record that the tests count by hand; return its prosecutions by name.

    Shared record: 13 prosecutions. Ended without judgment 6 (held 4: three by office A, one by B;
    non-suit 1; dismissed 1), judged 2, outside control 2, open 3 (one of them suspended).
    """
    d = date
    found = {
        "held_ev1": scene.prosecution(
            received(d(2023, 2, 1)),
            Act("hold_file", d(2023, 3, 1), OFFICE_A, stated="EV1", assessed="ST1"),
        ),
        "held_no_reason": scene.prosecution(
            received(d(2023, 3, 1)), Act("hold_file", d(2023, 4, 1), OFFICE_A)
        ),
        "held_settled": scene.prosecution(
            received(d(2023, 4, 1), OFFICE_B),
            Act("hold_file", d(2023, 5, 1), OFFICE_B, stated="ST1"),
            owner="river",
            share="full",
        ),
        "non_suit": scene.prosecution(
            received(d(2023, 5, 1)),
            Act("submit_to_investigation", d(2023, 6, 1), OFFICE_A, new=True),
            Act("charge", d(2023, 6, 10), COURT_X),
            Act("order_non_suit", d(2023, 9, 1), COURT_X, stated="UN1"),
        ),
        "dismissed": scene.prosecution(
            received(d(2023, 6, 1)),
            *indicted(d(2023, 7, 1), COURT_Y),
            Act("dismiss", d(2024, 2, 1), COURT_Y, stated="VW1"),
        ),
        "open": scene.prosecution(
            received(d(2024, 2, 1)),
            Act("submit_to_investigation", d(2024, 3, 1), OFFICE_A, new=True),
            Act("charge", d(2024, 4, 1), COURT_X),
            offence="KH-TIPSE-15",
        ),
        "suspended": scene.prosecution(
            received(d(2024, 3, 1)),
            Act("suspend", d(2024, 5, 1), OFFICE_A),
            offence="KH-TIPSE-15",
        ),
        "died": scene.prosecution(
            received(d(2024, 4, 1)),
            Act("extinguish", d(2024, 6, 1), OFFICE_A, disposition="extinct_death", stated="EX1"),
        ),
        "first_seen_at_trial": scene.prosecution(
            Act("first_seen", d(2024, 8, 1), COURT_Y, entry="trial"),
            offence=None,
        ),
        "private": scene.prosecution(
            received(d(2023, 2, 1)),
            Act("hold_file", d(2023, 3, 1), OFFICE_A, stated="EV1"),
            owner="river",
            share="private",
        ),
        "counted_only": scene.prosecution(
            received(d(2023, 2, 1)),
            Act("hold_file", d(2023, 3, 1), OFFICE_A, stated="EV1"),
            owner="river",
            share="counted",
        ),
        "joined": scene.prosecution(
            received(d(2024, 1, 5)),
            Act("submit_to_investigation", d(2024, 2, 1), OFFICE_A, new=True),
            Act("join", d(2024, 3, 1), COURT_X),
        ),
    }
    together = scene.case()
    found["convicted"] = scene.prosecution(
        received(d(2023, 8, 1)),
        *indicted(d(2023, 9, 1), COURT_X),
        Act("convict", d(2024, 1, 1), COURT_X, disposition="convicted_as_charged"),
        case=together,
    )
    found["acquitted"] = scene.prosecution(
        received(d(2023, 8, 1)),
        *indicted(d(2023, 9, 1), COURT_Y),
        Act("acquit", d(2024, 1, 1), COURT_Y, disposition="acquitted"),
        case=together,
    )
    scene.publish()
    return found

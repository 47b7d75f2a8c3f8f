"""Build the invented country: institutions, organisations, one account per role, coverage."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.demo.places import (
    APPEAL_COURTS,
    JURISDICTION,
    ORGANISATIONS,
    PROVINCES,
    Province,
)
from courtwatch.models import (
    Coverage,
    Institution,
    InstitutionTerritory,
    Jurisdiction,
    Offence,
    Organisation,
    Reason,
)
from courtwatch.models.vocabulary import InstitutionKind, Role
from courtwatch.services import seed
from courtwatch.services.accounts import add_user
from courtwatch.services.procedure_versions import valid_on

PASSWORD = "invented-country"  # noqa: S105  # the demonstration serves loopback only and says so
FIRST_DAY = date(2021, 1, 1)
REMARK = "Invented for demonstration"


@dataclass(frozen=True)
class DemoAccount:
    """An account of the demonstration, as it is printed."""

    name: str
    password: str
    role: Role
    organisation: str
    does: str


ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount("monitor", PASSWORD, Role.MONITOR, "XD-OPENDOOR", "logs hearings and steps"),
    DemoAccount("coordinator", PASSWORD, Role.COORDINATOR, "XD-OPENDOOR", "plans and corrects"),
    DemoAccount("analyst", PASSWORD, Role.ANALYST, "XD-MINJUS", "reviews figures by court"),
    DemoAccount("researcher", PASSWORD, Role.RESEARCHER, "XD-SCHOOL", "searches coded records"),
    DemoAccount("administrator", PASSWORD, Role.ADMINISTRATOR, "XD-HOST", "runs the installation"),
)


@dataclass(frozen=True)
class Seat:
    """The institutions of one province, by key."""

    number: int
    province: Province
    police: int
    prosecution: int
    court: int
    appeal: int
    appeal_prosecution: int


@dataclass
class Country:
    """Keys of everything that a case of the demonstration refers to."""

    jurisdiction_id: int
    procedure_version_id: int
    seats: tuple[Seat, ...]
    supreme: int
    supreme_prosecution: int
    organisations: dict[str, int]
    users: dict[str, int]
    watchers: dict[int, tuple[int, ...]]
    offences: dict[str, Offence]
    terminations: dict[str, int]
    adjournments: dict[str, int]
    monitors: dict[int, int] = field(default_factory=dict)
    """Organisation -> the user who enters for it, where it has one."""


def build_country(session: Session, hasher: PasswordHasher, now: datetime) -> Country:
    """Insert the invented country into a database that has none; the caller commits."""
    seed.load(session, invented=True, now=now)
    jurisdiction = session.scalars(
        select(Jurisdiction).where(Jurisdiction.code == JURISDICTION)
    ).one()
    version = session.scalars(valid_on(jurisdiction.procedure_name, now.date())).one()
    seats, supreme, supreme_office = _institutions(session, jurisdiction.id)
    organisations = _organisations(session)
    users = {
        account.name: add_user(
            session,
            hasher,
            account.name,
            account.password,
            organisations[account.organisation],
            account.role,
            now,
            display_name=f"{account.role.value.capitalize()} (demonstration)",
        ).id
        for account in ACCOUNTS
    }
    watchers = _coverage(session, seats, organisations)
    reasons = session.scalars(select(Reason)).all()
    return Country(
        jurisdiction_id=jurisdiction.id,
        procedure_version_id=version.id,
        seats=seats,
        supreme=supreme,
        supreme_prosecution=supreme_office,
        organisations={code: row.id for code, row in organisations.items()},
        users=users,
        watchers=watchers,
        offences={
            row.article: row
            for row in session.scalars(
                select(Offence).where(Offence.jurisdiction_id == jurisdiction.id)
            )
        },
        terminations={r.code: r.id for r in reasons if r.purpose == "termination"},
        adjournments={r.code: r.id for r in reasons if r.purpose == "adjournment"},
        monitors={organisations["XD-OPENDOOR"].id: users["monitor"]},
    )


def _institution(
    session: Session,
    jurisdiction_id: int,
    code: str,
    kind: InstitutionKind,
    level: int,
    names: tuple[str, str],
    attached_to: int | None = None,
    region: str | None = None,
) -> int:
    row = Institution(
        jurisdiction_id=jurisdiction_id,
        code=code,
        kind=kind,
        level=level,
        name_en=names[0],
        name_km=names[1],
        region=region,
        attached_to_id=attached_to,
        remark=REMARK,
    )
    session.add(row)
    session.flush()
    return row.id


def _institutions(session: Session, country: int) -> tuple[tuple[Seat, ...], int, int]:
    supreme = _institution(
        session, country, "XD-SC", InstitutionKind.COURT, 3,
        ("Supreme Court of the Invented Country", "តុលាការកំពូលនៃប្រទេសប្រឌិត"),
    )  # fmt: skip
    supreme_office = _institution(
        session, country, "XD-SC-PRO", InstitutionKind.PROSECUTION, 3,
        ("General Prosecution Office of the Supreme Court (invented)",
         "មហាអយ្យការអមតុលាការកំពូលនៃប្រទេសប្រឌិត"), supreme,
    )  # fmt: skip
    appeals: dict[str, tuple[int, int]] = {}
    codes = {province.name_en: _region(n) for n, province in enumerate(PROVINCES, start=1)}
    for letter, (english, khmer) in APPEAL_COURTS.items():
        where = codes[english]
        court = _institution(
            session, country, f"XD-CA-{letter}", InstitutionKind.COURT, 2,
            (f"{english} Court of Appeal", f"សាលាឧទ្ធរណ៍{khmer}"), region=where,
        )  # fmt: skip
        office = _institution(
            session, country, f"XD-CA-{letter}-PRO", InstitutionKind.PROSECUTION, 2,
            (f"General Prosecution Office of the {english} Court of Appeal",
             f"មហាអយ្យការអមសាលាឧទ្ធរណ៍{khmer}"), court, where,
        )  # fmt: skip
        session.add(
            InstitutionTerritory(
                institution_id=court, appeal_court_id=supreme, source=REMARK, verified=False
            )
        )
        appeals[letter] = (court, office)
    seats = tuple(
        _seat(session, country, number, province, appeals[province.appeal])
        for number, province in enumerate(PROVINCES, start=1)
    )
    return seats, supreme, supreme_office


def _region(number: int) -> str:
    """Return the code of a province, which has a place in charts.tile_grid."""
    return f"{JURISDICTION}-{number:02d}"


def _seat(
    session: Session, country: int, number: int, province: Province, appeal: tuple[int, int]
) -> Seat:
    code = _region(number)
    english, khmer = province.name_en, province.name_km
    word = "Municipal" if province.capital else "Provincial"
    prefix = "រាជធានី" if province.capital else "ខេត្ត"
    court = _institution(
        session, country, f"{code}-CFI", InstitutionKind.COURT, 1,
        (f"{english} {word} Court", f"សាលាដំបូង{prefix}{khmer}"), region=code,
    )  # fmt: skip
    office = _institution(
        session, country, f"{code}-PRO", InstitutionKind.PROSECUTION, 1,
        (f"Prosecution Office of the {english} Court of First Instance",
         f"អយ្យការអមសាលាដំបូង{prefix}{khmer}"), court, code,
    )  # fmt: skip
    police = _institution(
        session, country, f"{code}-POL", InstitutionKind.POLICE, 1,
        (f"{english} {word} Police Commissariat", f"ស្នងការដ្ឋាននគរបាល{prefix}{khmer}"), region=code,
    )  # fmt: skip
    session.add(
        InstitutionTerritory(
            institution_id=court, appeal_court_id=appeal[0], source=REMARK, verified=False
        )
    )
    return Seat(number, province, police, office, court, appeal[0], appeal[1])


def _organisations(session: Session) -> dict[str, Organisation]:
    rows = {
        given.code: Organisation(
            code=given.code,
            kind=given.kind,
            name_en=given.name_en,
            name_km=given.name_km,
            contact=f"contact@{given.code.lower()}.example",
            invented=True,
        )
        for given in ORGANISATIONS
    }
    for row in rows.values():
        session.add(row)
        session.flush()
    return rows


def _coverage(
    session: Session, seats: tuple[Seat, ...], organisations: dict[str, Organisation]
) -> dict[int, tuple[int, ...]]:
    """Insert who watches which court; return the watchers by number of the province."""
    watchers: dict[int, list[int]] = {seat.number: [] for seat in seats}
    for given in ORGANISATIONS:
        organisation = organisations[given.code]
        for place, number in enumerate(given.watches):
            watchers[number].append(organisation.id)
            session.add(
                Coverage(
                    organisation_id=organisation.id,
                    institution_id=seats[number - 1].court,
                    period_from=FIRST_DAY.replace(year=FIRST_DAY.year + place % 3),
                    contact=organisation.contact,
                )
            )
    session.flush()
    return {number: tuple(keys) for number, keys in watchers.items()}

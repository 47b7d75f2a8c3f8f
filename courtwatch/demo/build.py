"""Make the invented country with its cases, in one transaction: all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.demo.copying import seen_until
from courtwatch.demo.country import ACCOUNTS, Country, DemoAccount, build_country
from courtwatch.demo.enter import Clerk
from courtwatch.demo.enter_events import Entry, Moments
from courtwatch.demo.invent import UNTIL, Inventor
from courtwatch.demo.lottery import Lottery
from courtwatch.demo.places import JURISDICTION, ORGANISATIONS
from courtwatch.demo.replies import add_answer
from courtwatch.demo.rows import Codes, Rows
from courtwatch.models import (
    Assignment,
    Case,
    CaseNumber,
    Charge,
    Event,
    EventAccount,
    EventTarget,
    Hearing,
    HearingProsecution,
    ImportBatch,
    Jurisdiction,
    Note,
    Person,
    PersonName,
    ProcedureVersion,
    Prosecution,
    ProsecutionCase,
    ReasonAssessed,
    ReasonStated,
    Sentence,
    Victim,
)
from courtwatch.models.vocabulary import BatchStatus, OrganisationKind, ShareLevel
from courtwatch.services import facts, hearing_facts
from courtwatch.services.jobs import owe_cases
from courtwatch.services.work import take_revision
from workflows.machine import machine_for
from workflows.procedure import loads

DEFAULT_SIZE = 3_000
DEFAULT_SEED = 1
AT_ONCE = 2_000
MAPPING = "demonstration"
ENTERED_AT = datetime(UNTIL.year, UNTIL.month, UNTIL.day, 12, tzinfo=UTC)
LATER = timedelta(hours=6)
CORRECTED_AT = ENTERED_AT + LATER
FIRST_SITTING = date(2026, 9, 28)
"""Most was entered then, the rest on the last day: so a quarter ago something was known."""
FIRST_AT = datetime(2026, 9, 28, 4, tzinfo=UTC)
ENTERED_TWICE = 0.04
BY_A_WATCHER = 0.85
SHARE_LEVELS = Lottery(
    (
        (ShareLevel.PRIVATE, 12),
        (ShareLevel.COUNTED, 18),
        (ShareLevel.CODED, 45),
        (ShareLevel.FULL, 25),
    )
)
# Referred-to tables first: rows are inserted in this order.
TABLES = (
    Case, CaseNumber, Person, PersonName, Prosecution, ProsecutionCase, Charge, Victim, Hearing,
    HearingProsecution, Assignment, Event, EventTarget, EventAccount, ReasonStated,
    ReasonAssessed, Sentence, Note,
)  # fmt: skip

Progress = Callable[[str, int, int], None]
"""Told the phase ('invent'), how many prosecutions are done, and of how many."""


class DemoExists(Exception):
    """The invented country is in this database already."""

    exit_code = 6  # refused by a rule, as in courtwatch.cli.exit_codes


@dataclass(frozen=True)
class DemoReport:
    """What was made."""

    size: int
    seed: int
    cases: int
    entered_twice: int
    rows: dict[str, int]
    accounts: tuple[DemoAccount, ...]


def existing(session: Session) -> ImportBatch | None:
    """Return the batch of the demonstration that this database holds, if it does."""
    return session.scalars(
        select(ImportBatch)
        .join(Jurisdiction, Jurisdiction.id == ImportBatch.jurisdiction_id)
        .where(Jurisdiction.code == JURISDICTION, ImportBatch.mapping == MAPPING)
        .limit(1)
    ).first()


def build(
    session: Session,
    hasher: PasswordHasher,
    *,
    size: int = DEFAULT_SIZE,
    seed: int = DEFAULT_SEED,
    progress: Progress = lambda phase, done, total: None,
) -> DemoReport:
    """Fill the database with `size` invented prosecutions; the caller commits.

    The same size and seed give the same rows, public codes included; only password hashes
    differ, whose salts are random. Further prosecutions are the same cases entered by a second
    organisation. Raises DemoExists, and ValueError for a size below 1.
    """
    if size < 1:
        raise ValueError(f"the size is {size}; at least 1 prosecution is needed")
    if existing(session) is not None:
        raise DemoExists(
            "The invented country is in this database already. Nothing was changed; for another "
            "size or seed use another database (sqlalchemy.url in the settings file)."
        )
    country = build_country(session, hasher, ENTERED_AT)
    builder = _Builder(session, country, size, seed, progress)
    builder.invent()
    if (size, seed) == (DEFAULT_SIZE, DEFAULT_SEED):
        add_answer(session, country, builder.sittings[1].corrected, UNTIL)
    return builder.report()


class _Builder:
    """One making of the country's cases."""

    def __init__(
        self, session: Session, country: Country, size: int, seed: int, progress: Progress
    ) -> None:
        session.flush()
        self.connection = session.connection()
        self.country = country
        self.size = size
        self.seed = seed
        self.progress = progress
        # Not secrets: what is invented must be the same for the same seed.
        self.rng = Random(seed)  # noqa: S311
        version = session.get_one(ProcedureVersion, country.procedure_version_id)
        self.machine = machine_for(loads(version.text, f"{version.name} {version.version}"))
        batch = self._batch(session)
        first, second = (
            Moments(
                entered=take_revision(self.connection, "demonstration", at),
                corrected=take_revision(self.connection, "demonstration:published", at + LATER),
                batch=batch,
            )
            for at in (FIRST_AT, ENTERED_AT)
        )
        self.sittings = (first, second)
        self.rows = Rows(self.connection, TABLES)
        codes = Codes(Random(f"{seed} codes"), self._codes_taken())  # noqa: S311
        pace = Random(f"{seed} pace")  # noqa: S311
        self.clerk = Clerk(self.rng, self.rows, codes, country, self.sittings, FIRST_SITTING, pace)
        self.entered_twice = 0
        self._kinds = {given.code: given.kind for given in ORGANISATIONS}
        self._weights = {country.organisations[o.code]: o.weight for o in ORGANISATIONS}
        self._ministries = {
            country.organisations[o.code]
            for o in ORGANISATIONS
            if o.kind is OrganisationKind.MINISTRY
        }

    def _batch(self, session: Session) -> int:
        source = f"invented, size {self.size}, seed {self.seed}"
        digest = hashlib.sha256(source.encode()).hexdigest()
        batch = ImportBatch(
            jurisdiction_id=self.country.jurisdiction_id,
            organisation_id=self.country.organisations["XD-HOST"],
            user_id=None,
            mapping=MAPPING,
            mapping_sha256=digest,
            source=source,
            source_sha256=digest,
            status=BatchStatus.PUBLISHED,
            started_at=ENTERED_AT,
            finished_at=CORRECTED_AT,
            summary={"size": self.size, "seed": self.seed},
        )
        session.add(batch)
        session.flush()
        return batch.id

    def _codes_taken(self) -> set[str]:
        taken: set[str] = set()
        for model in (Case, Prosecution, Hearing):
            taken.update(self.connection.execute(select(model.public_code)).scalars())
        return taken

    def invent(self) -> None:
        """Draft cases until there are enough prosecutions, and insert them in chunks."""
        inventor = Inventor(self.rng, self.country, self.machine)
        done = 0
        while done < self.size:
            case = inventor.case(self.size - done)
            owner = self._owner(case.seat.number)
            self.clerk.enter(case, self._entry(owner))
            done += len(case.accused)
            if self.rng.random() < ENTERED_TWICE:
                other = self._owner(case.seat.number, but=owner)
                span = (UNTIL - case.opened).days
                last = case.opened + timedelta(days=self.rng.randrange(span // 3, span + 1))
                copy = seen_until(case, last)
                if copy.events:
                    self.clerk.enter(copy, self._entry(other, again=True))
                    self.entered_twice += 1
            if self.rows.full:
                self._publish()
                self.progress("invent", done, self.size)
        self._publish()
        owe_cases(self.connection, self.clerk.cases, CORRECTED_AT)
        self.progress("invent", done, self.size)

    def _owner(self, seat: int, but: int | None = None) -> int:
        watchers = self.country.watchers[seat]
        if not watchers or self.rng.random() >= BY_A_WATCHER:
            watchers = tuple(self._weights)
        chosen = [key for key in watchers if key != but and self._weights[key] > 0]
        chosen = chosen or [k for k, weight in self._weights.items() if weight > 0 and k != but]
        return self.rng.choices(chosen, [self._weights[key] for key in chosen])[0]

    def _entry(self, owner: int, again: bool = False) -> Entry:
        return Entry(
            owner=owner,
            share_level=SHARE_LEVELS.draw(self.rng),
            official=owner in self._ministries,
            again=again,
        )

    def _publish(self) -> None:
        """Insert what waits, by sitting, and derive every fact as each of them knew it."""
        entered = self.clerk.take()
        for later in (False, True):
            revision = self.sittings[later].corrected
            self.rows.flush(later)
            facts.publish(self.connection, revision, entered.prosecutions[later])
            hearing_facts.publish_hearings(self.connection, revision, entered.hearings[later])
        again = self.sittings[True].corrected
        for start in range(0, len(entered.touched), AT_ONCE):
            facts.renew(self.connection, entered.touched[start:][:AT_ONCE], lambda: again)

    def report(self) -> DemoReport:
        """Return what was made."""
        return DemoReport(
            size=self.size,
            seed=self.seed,
            cases=len(self.clerk.cases),
            entered_twice=self.entered_twice,
            rows=dict(self.rows.inserted),
            accounts=ACCOUNTS,
        )

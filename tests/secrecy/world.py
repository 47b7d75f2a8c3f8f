"""A record with everything in it that somebody may not see, and a reader of every kind.

Made by the real services. Then every text that a person can have written is replaced by a word
that occurs nowhere else (`plants.py`), so that whatever shows it anywhere is found.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from courtwatch.commands.cases import AddAccused, AddVictim, OpenCase, RedactWords
from courtwatch.commands.corrections import CorrectEvent, CorrectHearing
from courtwatch.commands.parsing import When
from courtwatch.commands.steps import NamedCharge, RecordStep, SentenceGiven
from courtwatch.models import (
    AccessRequest,
    Answer,
    Assignment,
    Attachment,
    Case,
    CaseGrant,
    CaseNumber,
    Charge,
    ChecklistVersion,
    CourtInquiry,
    CourtReply,
    Coverage,
    Event,
    ExternalKey,
    Hearing,
    ImportBatch,
    Institution,
    Jurisdiction,
    Note,
    Observation,
    Offence,
    Organisation,
    Person,
    Prosecution,
    ProsecutionCase,
    Question,
    SavedSearch,
    User,
    Victim,
)
from courtwatch.models.vocabulary import (
    AccountSource,
    AgeBand,
    BatchStatus,
    ChargeKind,
    HearingStatus,
    NoteTier,
    OrganisationKind,
    Role,
    ShareLevel,
    VoidReason,
    YesNoUnknown,
)
from courtwatch.reports.model import ScopeKind
from courtwatch.reports.registry import Ask
from courtwatch.reports.snapshots import Words, count, keep
from courtwatch.services import accounts
from courtwatch.services.corrections import correct_event
from courtwatch.services.fact_filters import FactFilters
from courtwatch.services.hearing_corrections import correct_hearing
from courtwatch.services.merging import not_the_same
from courtwatch.services.open_case import open_case
from courtwatch.services.people import add_accused, add_victim
from courtwatch.services.redaction import find, redact
from courtwatch.services.work import Work
from courtwatch.worker import Worker
from tests.databases import seeded
from tests.functional.scene import (
    COURT,
    OFFENCE,
    MadeCase,
    actor_of,
    hearing,
    key,
    make_case,
    note,
    step,
    victim,
)
from tests.functional.site import PASSWORD, Site, make_settings, start
from tests.functional.test_merging import merge_as

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
ORGANISATIONS = (
    ("lotus", OrganisationKind.NGO),
    ("river", OrganisationKind.NGO),
    ("delta", OrganisationKind.NGO),
    ("creek", OrganisationKind.NGO),
    ("justice", OrganisationKind.MINISTRY),
    ("campus", OrganisationKind.RESEARCH),
    ("operator", OrganisationKind.OPERATOR),
)
USERS = (
    ("mony", "lotus", Role.MONITOR),
    ("chan", "lotus", Role.COORDINATOR),
    ("lyna", "lotus", Role.ANALYST),
    ("lora", "lotus", Role.RESEARCHER),
    ("rith", "river", Role.MONITOR),
    ("rada", "river", Role.COORDINATOR),
    ("dila", "delta", Role.COORDINATOR),
    ("kiri", "creek", Role.MONITOR),
    ("anan", "justice", Role.ANALYST),
    ("reak", "campus", Role.RESEARCHER),
    ("admin", "operator", Role.ADMINISTRATOR),
)
NOBODY = "nobody"
READERS = (*(name for name, _organisation, _role in USERS), NOBODY)
ORGANISATION_OF = {name: organisation for name, organisation, _role in USERS}

PRIVATE, COUNTED, CODED, FULL = "private", "counted", "coded", "full"
OPENED, OPENED_CODED = "opened", "opened coded"
KEPT, MERGED, RIVERS = "kept", "merged", "river's"
ABROAD = "abroad"
"""A private case in a jurisdiction where there is no other."""
TAKEN_OUT = "zyqtakenout"
"""The word that is redacted: nobody reads it anywhere."""

OWN, NETWORK, OFFICIAL, CODES, NOTHING = "own", "network", "official", "coded", ""


def level(case: str, reader: str) -> str:
    """Say what a reader sees of a case: written down here a second time, from the design alone."""
    owner = "river" if case in (MERGED, RIVERS) else "lotus"
    full = case in (FULL, KEPT, MERGED)
    if reader in ("admin", NOBODY):
        return NOTHING
    if reader in ("lora", "reak"):  # a researcher reads codes, of their own organisation too
        return CODES if full or case == CODED else NOTHING
    if reader == "anan":
        return OFFICIAL if full or case == CODED else NOTHING
    organisation = ORGANISATION_OF[reader]
    if organisation == owner:
        return OWN
    if full or (case == OPENED and organisation == "delta"):
        return NETWORK
    opened = case == OPENED_CODED and organisation == "creek"
    return CODES if case == CODED or opened else NOTHING


@dataclass
class World:
    """A site with its cases by what they are, and who is signed in."""

    site: Site
    cases: dict[str, MadeCase] = field(default_factory=dict)
    directory: Path = Path()

    def become(self, source: Path) -> None:
        """Put another database under the running application.

        The application stays the same, so that its statements are compiled once; what it keeps of
        the record (finished reports, the opened index) is dropped.
        """
        self.site.engine.dispose()
        for end in ("", "-wal", "-shm"):
            (self.directory / f"courtwatch.sqlite{end}").unlink(missing_ok=True)
        shutil.copy(source, self.directory / "courtwatch.sqlite")
        registry = self.site.app.registry
        registry.pop("courtwatch.report_memory", None)
        index = registry.pop("courtwatch.search_index", None)
        if index is not None:
            index.close()

    def keep(self, target: Path) -> Path:
        """Copy the database as it is to `target`."""
        self.site.engine.dispose()  # the last connection that closes folds the log into the file
        shutil.copy(self.directory / "courtwatch.sqlite", target)
        return target

    def index(self) -> None:
        """Build the search index of the database as it is."""
        worker = Worker(self.site.engine, self.site.settings)
        worker.rebuild()
        worker.close()


def build(directory: Path) -> World:
    """Make the record."""
    engine = seeded(directory / "courtwatch.sqlite")
    engine.dispose()
    settings = make_settings(directory)
    site = start(settings)
    hasher = accounts.hasher_of(settings)
    with site.writing() as session:
        for code, kind in ORGANISATIONS:
            session.add(Organisation(code=code, kind=kind, name_en=code.title(), contact=None))
        session.flush()
        found = {o.code: o for o in session.scalars(select(Organisation))}
        for name, organisation, role in USERS:
            accounts.add_user(session, hasher, name, PASSWORD, found[organisation], role, NOW)
        site.organisations = {code: row.id for code, row in found.items()}
        site.users = {u.name: u.id for u in session.scalars(select(User))}
    world = World(site, directory=directory)
    _cases(world)
    _around(world)
    _frozen(world)
    return world


def _cases(world: World) -> None:
    site, full = world.site, ShareLevel.FULL
    world.cases[FULL] = thorough(site, full)
    world.cases[CODED] = brief(site, ShareLevel.CODED)
    world.cases[KEPT] = make_case(site, "mony", full, name="Chan Sopheap", stage="trial")
    world.cases[MERGED] = brief(site, full, "rith")
    merge_as(site, "chan", world.cases[KEPT], world.cases[MERGED], pairs=())
    # Last, so that a copy without them has the same keys everywhere else.
    world.cases[OPENED] = brief(site, ShareLevel.PRIVATE)
    world.cases[OPENED_CODED] = brief(site, ShareLevel.PRIVATE)
    # At a court, and one in a jurisdiction, where there is no other.
    world.cases[PRIVATE] = thorough(site, ShareLevel.PRIVATE, court="KH-03-CFI")
    world.cases[ABROAD] = _abroad(site)
    world.cases[COUNTED] = brief(site, ShareLevel.COUNTED)
    world.cases[RIVERS] = brief(site, ShareLevel.PRIVATE, "rith")
    with site.writing() as session:
        work = Work(session, actor_of(session, "chan", site), "case:opened-to", NOW)
        for case, organisation, scope in (
            (OPENED, "delta", "full"),
            (OPENED_CODED, "creek", "coded"),
        ):
            work.add(
                CaseGrant(
                    case_id=world.cases[case].id,
                    grantee_id=site.organisations[organisation],
                    scope=scope,
                )
            )
        one, other = (session.get_one(Case, world.cases[c].id) for c in (FULL, PRIVATE))
        not_the_same(work, one, other, "why not the same")


def brief(site: Site, share: ShareLevel, user: str = "mony") -> MadeCase:
    """Open a case with a child among accused and victims, notes, a hearing, and reasons."""
    made, held = _opened(site, share, user, ({"age_band": AgeBand.FROM_14},))
    _by_hand(site, made, user, held)
    return made


def _opened(
    site: Site, share: ShareLevel, user: str, more: Iterable[dict[str, Any]], court: str = COURT
) -> tuple[MadeCase, str]:
    made = make_case(
        site, user, share, name="Sok Dara", name_khmer="សុខ តារា", number="1/2025", stage="trial",
        age_band=AgeBand.FROM_25, related_to_child_victim=YesNoUnknown.NO, note="opening note",
        court=court,
    )  # fmt: skip
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "people:added", NOW)
        case = session.get_one(Case, made.id)
        for about in more:
            accused = AddAccused(
                name_latin="Chea Vuthy", name_khmer="ជា វុទ្ធី", stage="trial",
                source=AccountSource.TOLD, offence=key(session, Offence, OFFENCE),
                seen=When.day(date(2025, 1, 10)), **about,
            )  # fmt: skip
            made.prosecutions.append(add_accused(work, case, accused).public_code)
        add_victim(work, case, AddVictim(age_band=AgeBand.FROM_14))
    note(site, made, "note of the organisation", NoteTier.ORGANISATION, user)
    note(site, made, "note of the network", NoteTier.NETWORK, user)
    held = hearing(site, made, date(2026, 3, 2), HearingStatus.HELD, user, note="of the hearing")
    step(
        site, made, "dismiss", date(2026, 6, 1), user, stated=("ST1",), assessed="TI1",
        note="of the dismissal",
    )  # fmt: skip
    return made, held


def _abroad(site: Site) -> MadeCase:
    with site.writing() as session:
        work = Work(session, actor_of(session, "mony", site), "case:opened", NOW)
        command = OpenCase(
            jurisdiction=key(session, Jurisdiction, "US-IL-COOK"), stage="start",
            seen=When.day(date(2025, 1, 10)), share_level=ShareLevel.PRIVATE,
        )  # fmt: skip
        case = open_case(work, command)
        query = select(Prosecution.public_code).join(ProsecutionCase)
        codes = session.scalars(query.where(ProsecutionCase.case_id == case.id))
        return MadeCase(case.id, case.public_code, list(codes))


def thorough(site: Site, share: ShareLevel, user: str = "mony", court: str = COURT) -> MadeCase:
    """Open a case that has a row in every table: what was taken back and taken out besides."""
    made, held = _opened(
        site, share, user,
        (
            {"age_band": AgeBand.FROM_14, "related_to_child_victim": YesNoUnknown.NO},
            {"age_band": AgeBand.FROM_35, "related_to_child_victim": YesNoUnknown.YES},
            {"age_band": AgeBand.FROM_35},
        ),
        court,
    )  # fmt: skip
    victim(site, made, AgeBand.FROM_25, user)
    note(site, made, f"note with {TAKEN_OUT} in it", NoteTier.NETWORK, user)
    wrong = hearing(site, made, date(2026, 3, 9), HearingStatus.HELD, user)
    others = MadeCase(made.id, made.code, made.prosecutions[1:])
    convicted = step(
        site, others, "convict", date(2026, 6, 1), user, mode="adversarial", assessed="ST2",
        charges=_ended(site, others),
        sentence=SentenceGiven(kind="imprisonment", length_days=720, length_as_given="two years"),
        note="of the conviction",
    )  # fmt: skip
    mistaken = step(
        site, MadeCase(made.id, made.code, made.prosecutions[2:]), "acquit", date(2026, 6, 1),
        user, mode="adversarial", note="of the mistake",
    )  # fmt: skip
    _correct(site, made, user, convicted, mistaken, held, wrong)
    _by_hand(site, made, user, held)
    return made


def _ended(site: Site, made: MadeCase) -> tuple[NamedCharge, ...]:
    """Name the charges of the first accused as ended by conviction."""
    with site.reading() as session:
        query = select(Charge.id).join(Prosecution, Prosecution.id == Charge.prosecution_id)
        ids = session.scalars(
            query.where(
                Prosecution.public_code == made.prosecutions[0], Charge.kind != ChargeKind.ALLEGED
            )
        )
        return tuple(NamedCharge(charge=one, disposition="convicted_as_charged") for one in ids)


def _correct(
    site: Site, made: MadeCase, user: str, convicted: int, mistaken: int, held: str, wrong: str
) -> None:
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "event:corrected", NOW)
        entry = session.get_one(Event, convicted)
        accused = tuple({target.prosecution_id for target in entry.targets})
        correct_event(
            work,
            entry,
            CorrectEvent(
                VoidReason.WRONG_DATE, "remark on the correction",
                RecordStep(
                    step="convict", occurred=When.day(date(2026, 6, 2)), mode="adversarial",
                    source=AccountSource.COURT_DOCUMENT,
                    charges=_ended(site, MadeCase(made.id, made.code, made.prosecutions[1:])),
                ),
                accused,
            ),
        )  # fmt: skip
        taken = session.get_one(Event, mistaken)
        correct_event(work, taken, CorrectEvent(VoidReason.BY_MISTAKE, "remark on taking back"))
        rows = {h.public_code: h for h in session.scalars(select(Hearing))}
        members = tuple(
            session.scalars(
                select(Prosecution.id).where(Prosecution.public_code.in_(made.prosecutions[:2]))
            )
        )
        correct_hearing(
            work,
            rows[held],
            CorrectHearing(
                reason=VoidReason.WRONG_DATE,
                remark="remark on the hearing",
                scheduled=When.day(date(2026, 3, 3)),
                status=HearingStatus.HELD,
                prosecutions=members,
            ),
        )
        correct_hearing(
            work, rows[wrong],
            CorrectHearing(reason=VoidReason.BY_MISTAKE, remark="remark on a hearing taken back"),
        )  # fmt: skip
        texts = select(Note).where(Note.case_id == made.id, Note.text.contains(TAKEN_OUT))
        found = find(session, work.actor, "note", session.scalars(texts).one().id)
        assert found is not None
        redact(work, found, RedactWords(words=TAKEN_OUT, reason="third_party"))


def _by_hand(site: Site, made: MadeCase, user: str, held: str) -> None:
    """Add what no page enters yet, but the tables hold: imports and later issues write it."""
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "rows:added", NOW)
        own = work.organisation_id
        row = session.scalars(select(Hearing).where(Hearing.public_code == held)).one()
        checklist = session.scalars(select(ChecklistVersion)).first()
        if checklist is None:
            checklist = ChecklistVersion(name="trial", version=1, sha256="0" * 64)
            session.add(checklist)
            session.flush()
            session.add(Question(
                checklist_version_id=checklist.id, code="Q1", part="general", position=1,
                text_en="Was the victim named aloud?",
            ))  # fmt: skip
            session.flush()
        question = session.scalars(select(Question.id)).one()
        observation = work.add(Observation(
            public_code=f"O-{made.id:08d}", hearing_id=row.id, organisation_id=own,
            user_id=work.actor.user_id, checklist_version_id=checklist.id,
        ))  # fmt: skip
        answer = work.add(Answer(
            observation_id=observation.id, question_id=question, value="yes", note="of the answer",
        ))  # fmt: skip
        session.add(Assignment(hearing_id=row.id, organisation_id=own, user_id=work.actor.user_id))
        work.add(Attachment(
            case_id=made.id, organisation_id=own, tier=NoteTier.ORGANISATION,
            storage_key=f"key-{made.id}", sha256="0" * 64, media_type="application/pdf", size=1,
        ))  # fmt: skip
        batch = ImportBatch(
            jurisdiction_id=key(session, Jurisdiction, "KH"), organisation_id=own,
            user_id=work.actor.user_id, mapping="register", mapping_sha256="0" * 64,
            source="register.csv", source_sha256="0" * 64, status=BatchStatus.PUBLISHED,
            started_at=NOW, summary={"cases": 1, "remark": "of the import"},
        )  # fmt: skip
        session.add(batch)
        session.flush()
        session.add(ExternalKey(
            source="register", kind="case", key=f"row-{made.id}", row_id=made.id,
            batch_id=batch.id, row_sha256="0" * 64,
        ))  # fmt: skip
        session.add(AccessRequest(
            case_id=made.id, user_id=site.users["dila"],
            organisation_id=site.organisations["delta"], revision_id=work.revision_id,
        ))  # fmt: skip
    with site.writing() as session:  # another revision, so that each has an earlier state
        work = Work(session, actor_of(session, user, site), "rows:edited", NOW)
        people = (
            select(Person).join(Prosecution).where(Prosecution.public_code.in_(made.prosecutions))
        )
        charges = (
            select(Charge).join(Prosecution).where(Prosecution.public_code.in_(made.prosecutions))
        )
        for person in session.scalars(people):
            work.edit(person).pseudonym += "*"
        for victim in session.scalars(select(Victim).where(Victim.case_id == made.id)):
            work.edit(victim).pseudonym += "*"
        for charge in session.scalars(charges):
            work.edit(charge).as_given = "as the charge was written"
        work.edit(session.get_one(Answer, answer.id)).note = "of the answer, edited"
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "rows:edited", NOW)
        for charge in session.scalars(charges):
            work.edit(charge).as_given = "as the charge was written, better"
        first = session.scalars(select(CaseNumber).where(CaseNumber.case_id == made.id)).one()
        work.add(CaseNumber(
            case_id=made.id, issuer_kind="police", as_given="2/2025", normalised="2-2025",
        ))  # fmt: skip
        assert first.rev_to is None


def _frozen(world: World) -> None:
    """Freeze a report of the shared record, one of an organisation's own, one for everybody."""
    for user, scope, public in (
        ("mony", None, False),
        ("rada", ScopeKind.OWN, False),
        ("chan", None, True),
    ):
        with world.site.writing() as session:
            work = Work(session, actor_of(session, user, world.site), "report:frozen", NOW)
            ask = Ask(FactFilters(jurisdiction=("KH",)), scope)
            counted = count(session, work.actor, "ends", ask, NOW, public)
            keep(work, counted, Words("what it is called", "a remark on it"))


def _around(world: World) -> None:
    """Add what belongs to no case: coverage, kept searches."""
    site = world.site
    with site.writing() as session:
        court = key(session, Institution, "KH-02-CFI")
        for organisation in ("lotus", "river"):
            session.add(Coverage(
                organisation_id=site.organisations[organisation], institution_id=court,
                period_from=date(2025, 1, 1), contact="contact", remark="remark",
            ))  # fmt: skip
            asked = CourtInquiry(
                public_code=f"R-{organisation.upper()}", institution_id=court,
                jurisdiction_id=key(session, Jurisdiction, "KH"),
                organisation_id=site.organisations[organisation], decision="dismissed_by_court",
                marks="ended", filters=[["jurisdiction", "KH"]], known_at=1, cases=1,
                sent_on=date(2025, 1, 1), rev_from=1,
            )  # fmt: skip
            session.add(asked)
            session.flush()
            session.add(CourtReply(
                inquiry_id=asked.id, organisation_id=site.organisations[organisation],
                received_on=date(2025, 2, 1), language="en", text="answered", rev_from=1,
            ))  # fmt: skip
        for name, user in site.users.items():
            for kept in (None, "kept"):
                session.add(SavedSearch(
                    code=f"S-{user:04d}{'K' if kept else 'T'}", user_id=user, name=kept,
                    query=f"what {name} looked for", created_at=NOW,
                ))  # fmt: skip

"""A word that occurs nowhere else in every text of the record, and who may read each.

What is expected stands in `courtwatch.security.confidentiality` in words and here as predicates;
neither asks `courtwatch.security.visibility`, which is what is tested.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, select, update
from sqlalchemy.orm import Session

from courtwatch.models import (
    Audit,
    Base,
    Case,
    Charge,
    Event,
    EventTarget,
    Hearing,
    Job,
    Note,
    Observation,
    Organisation,
    Person,
    Prosecution,
    ProsecutionCase,
    ReportCache,
    Sentence,
    Submission,
    User,
    Victim,
    VictimIdentity,
)
from courtwatch.models.vocabulary import AgeBand, NoteTier, YesNoUnknown
from courtwatch.security.confidentiality import Who, decided
from courtwatch.services.people import stored_name_key
from search_index.numbers import normalise_case_number
from tests.secrecy.world import (
    CODED,
    CODES,
    FULL,
    KEPT,
    MERGED,
    NETWORK,
    NOBODY,
    NOTHING,
    NOW,
    OFFICIAL,
    ORGANISATION_OF,
    OWN,
    READERS,
    TAKEN_OUT,
    World,
    level,
)

MARK, KHMER_MARK = "zyq", "ឍៃ"
LATIN = re.compile(rf"{MARK}[bdfgklmnprstv][aeiou][bdfgklmnprstv][aeiou][bdfgklmnprstv][aeiou]")
KHMER = re.compile(f"{KHMER_MARK}(?:[កគចជតទបពមរលសហ][ាីូេ]){{4}}")
CODE = re.compile(r"\b[cph]-[0-9bcdfghjklmnpqrstvwxz]{8}\b|\bs-\d{4}[kt]\b|\bo-\d{8}\b")

NGOS = ("lotus", "river", "delta", "creek")
RESEARCHERS = ("lora", "reak")
MINISTRY = "justice"
COORDINATORS = ("chan", "rada", "dila")

GIVEN = frozenset(
    {
        "case.public_code", "prosecution.public_code", "hearing.public_code",
        "observation.public_code", "saved_search.code",
    }
)  # fmt: skip
"""Columns that hold a word of their own already: it is the secret."""
FOLLOWS = {"person_name.key": "text", "case_number.normalised": "as_given"}
"""Columns that are derived from another one."""
ONE_SCRIPT = frozenset(
    {
        "organisation.code", "user.name", "user.password_hash", "case_number.as_given",
        "saved_search.name",
        "organisation.name_en", "user.display_name", "job.key", "audit.subject",
        "import_batch.mapping", "external_key.source",
    }
)  # fmt: skip
JSON_COLUMNS = frozenset({"audit.detail", "import_batch.summary", "report_cache.payload"})
UNTOUCHED = frozenset({"user.password_hash"})
"""A hash can't be replaced by a word and still let its user in; the hash is the secret."""


@dataclass(frozen=True)
class Context:
    """What decides who reads a row: its case, who wrote it, for whom, about whom."""

    case: str = ""
    writer: str = ""
    network: bool = False
    user: str = ""
    child: bool = False
    related: YesNoUnknown = YesNoUnknown.NO
    band: AgeBand = AgeBand.FROM_25


@dataclass(frozen=True)
class Plant:
    """One secret: where it stands and whose it is."""

    words: tuple[str, ...]
    column: str
    table: str
    row: Any
    context: Context
    past: bool = False

    @property
    def who(self) -> Who:
        """Return who reads the field."""
        return decided()[self.column].who

    def readers(self) -> frozenset[str]:
        """Return who may be sent the words."""
        return frozenset(reader for reader in READERS if may_read(self.who, self.context, reader))


def may_read(who: Who, about: Context, reader: str) -> bool:
    """Say whether a reader may be sent a text: the design, written down as predicates."""
    if reader == NOBODY or who is Who.NOBODY:
        return False
    organisation = ORGANISATION_OF[reader]
    seen = level(about.case, reader) if about.case else NOTHING
    full = seen in (OWN, NETWORK)
    match who:
        case Who.CASE:
            return seen != NOTHING
        case Who.NUMBER:
            return full or (seen == OFFICIAL and about.case != CODED)
        case Who.NAME:
            return _may_name(seen, about)
        case Who.RECORD:
            return full
        case Who.NOTE:
            return full and (about.network or about.writer == organisation)
        case Who.WRITER:
            return full and about.writer == organisation
        case Who.PERSON:
            own = about.writer == organisation and organisation in NGOS
            return reader == about.user or (own and reader not in RESEARCHERS)
        case Who.ORGANISATION | Who.COVERAGE:
            return organisation in (*NGOS, "operator") or organisation == about.writer
        case Who.REPLY:
            ngo = organisation in NGOS and reader not in RESEARCHERS
            return ngo or organisation == MINISTRY
        case Who.FROZEN:
            ngo = organisation in NGOS and reader not in RESEARCHERS
            return ngo and organisation == about.writer
        case Who.SELF:
            return reader == about.user
        case Who.TAKEN_AWAY:
            return reader in COORDINATORS and about.writer == organisation
    raise AssertionError(who)


def _may_name(seen: str, about: Context) -> bool:
    if seen == OWN:
        return True
    minor = about.band.minor or about.related is YesNoUnknown.YES
    if minor or (about.child and about.related is not YesNoUnknown.NO):
        return False
    if seen == OFFICIAL:
        return about.case in (FULL, KEPT, MERGED) and about.band is not AgeBand.UNKNOWN
    return seen == NETWORK


def words_of(column: str, key: object) -> tuple[str, str]:
    """Return the secret of one row in Latin letters and in Khmer, always the same."""
    draw = random.Random(f"{column} {key}")
    latin = MARK + "".join(draw.choice("bdfgklmnprstv") + draw.choice("aeiou") for _ in range(3))
    khmer = KHMER_MARK + "".join(draw.choice("កគចជតទបពមរលសហ") + draw.choice("ាីូេ") for _ in range(4))
    return latin, khmer


def plant(world: World) -> list[Plant]:
    """Put a secret into every column that is to be kept from somebody; return them all."""
    with world.site.writing() as session:
        _rows_of_the_program(session, world)
        contexts = _contexts(session, world)
        found = [
            made
            for column in decided()
            for table in _tables(column)
            for made in _plant_column(session, column, table, contexts)
        ]
    words = [word for one in found for word in one.words if one.column not in GIVEN]
    assert len(set(words)) == len(
        {(one.column, one.row, w) for one in found for w in one.words if one.column not in GIVEN}
    ), "two secrets are the same"
    return found


def _tables(column: str) -> Iterator[Table]:
    """Give the table of a column, and the one that keeps its past."""
    name = column.split(".")[0]
    yield Base.metadata.tables[name]
    past = Base.metadata.tables.get(f"{name}_history")
    if past is not None:
        yield past


def _plant_column(
    session: Session, column: str, table: Table, contexts: dict[str, dict[Any, Context]]
) -> Iterator[Plant]:
    name, field = column.split(".")
    past = table.name != name
    keys = list(table.primary_key.columns)
    for row in session.execute(select(table)).mappings().all():
        key = tuple(row[one.name] for one in keys)
        about = contexts.get(name, {}).get(key[0], Context())
        if row[field] is None and column not in (
            "user.display_name",
            "organisation.name_km",
            "organisation.contact",
        ):
            continue
        if column in GIVEN or column in UNTOUCHED:
            yield Plant((str(row[field]).lower(),), column, name, key[0], about, past)
            continue
        if column in FOLLOWS or TAKEN_OUT in str(row[field]) or "█" in str(row[field]):
            continue
        latin, khmer = words_of(f"{table.name}.{field}", key)
        script = row.get("script") if column == "person_name.text" else None
        words = _words(column, script, latin, khmer)
        values: dict[str, Any] = {field: _text(column, script, latin, khmer)}
        if column == "person_name.text":
            values["key"] = stored_name_key(values[field])
        if column == "case_number.as_given":
            values["normalised"] = normalise_case_number(values[field])
        same = [one == row[one.name] for one in keys]
        session.execute(update(table).where(*same).values(**values))
        yield Plant(words, column, name, key[0], about, past)


def _words(column: str, script: str | None, latin: str, khmer: str) -> tuple[str, ...]:
    if script is not None:
        return (khmer,) if script == "khmer" else (latin,)
    if column in ONE_SCRIPT:
        return (latin,)
    if column == "organisation.name_km":
        return (khmer,)
    return latin, khmer


def _text(column: str, script: str | None, latin: str, khmer: str) -> Any:
    if column in JSON_COLUMNS:
        return {"what": latin, "words": khmer}
    if column == "victim_identity.cipher":
        return f"{latin} {khmer}".encode()
    if column == "case_number.as_given":
        return f"{latin}/2025"
    if script == "latin":
        return f"Sok {latin.title()}"
    return " ".join(_words(column, script, latin, khmer))


def _rows_of_the_program(session: Session, world: World) -> None:
    """Add a row to each table that the program keeps for itself, and settle what is owed."""
    for job in session.scalars(select(Job)).all():
        session.delete(job)
    session.flush()
    session.add(Job(kind="other", key="key", run_at=NOW.replace(year=2036), error="error"))
    session.add(Audit(at=NOW, action="other", subject="subject", detail={}))
    session.add(Submission(
        uuid="0" * 36, user_id=world.site.users["mony"], payload_sha256="0" * 64, result="/", at=NOW
    ))  # fmt: skip
    session.add(ReportCache(key="0" * 64, made_at=NOW, payload={"rows": []}))
    for victim in session.scalars(select(Victim)).all():
        session.add(VictimIdentity(victim_id=victim.id, cipher=b"cipher", key_id="key"))
    session.flush()


def _contexts(session: Session, world: World) -> dict[str, dict[Any, Context]]:
    """Return what decides about each row, by table and key."""
    kinds = {made.id: kind for kind, made in world.cases.items()}
    codes = {key: code for code, key in world.site.organisations.items()}
    names = {key: name for name, key in world.site.users.items()}
    owners = {row.id: codes[row.owner_id] for row in session.scalars(select(Case))}
    children = {v.case_id for v in session.scalars(select(Victim)) if v.age_band.minor}
    case_of = dict(
        session.execute(select(ProsecutionCase.prosecution_id, ProsecutionCase.case_id)).all()
    )
    prosecutions = {p.id: p for p in session.scalars(select(Prosecution))}
    people = {p.person_id: case_of[p.id] for p in prosecutions.values()}

    def of(case_id: int) -> Context:
        return Context(kinds[case_id], owners[case_id])

    def person(row: Person) -> Context:
        about = of(people[row.id])
        return Context(
            about.case, about.writer, band=row.age_band, related=row.related_to_child_victim,
            child=people[row.id] in children,
        )  # fmt: skip

    events = {e.id: e.case_id for e in session.scalars(select(Event))}
    targets = {t.id: events[t.event_id] for t in session.scalars(select(EventTarget))}
    persons = {row.id: person(row) for row in session.scalars(select(Person))}
    hearings = {h.id: h.case_id for h in session.scalars(select(Hearing))}
    seen = {
        o.id: Context(kinds[hearings[o.hearing_id]], codes[o.organisation_id])
        for o in session.scalars(select(Observation))
    }
    victims = {v.id: of(v.case_id) for v in session.scalars(select(Victim))}
    rows = Base.metadata.tables

    def each(table: str, column: str) -> Iterable[tuple[int, Any]]:
        return session.execute(select(rows[table].c.id, rows[table].c[column])).all()

    return {
        "case": {key: of(key) for key in kinds},
        "prosecution": {key: of(case_of[key]) for key in prosecutions},
        "hearing": {key: of(case) for key, case in hearings.items()},
        "case_number": {key: of(case) for key, case in each("case_number", "case_id")},
        "person": persons,
        "person_name": {key: persons[one] for key, one in each("person_name", "person_id")},
        "victim": victims,
        "victim_identity": victims,
        "charge": {c.id: of(case_of[c.prosecution_id]) for c in session.scalars(select(Charge))},
        "sentence": {s.id: of(targets[s.target_id]) for s in session.scalars(select(Sentence))},
        "note": {
            n.id: Context(
                kinds[n.case_id], codes[n.organisation_id], network=n.tier == NoteTier.NETWORK
            )
            for n in session.scalars(select(Note))
        },
        "observation": seen,
        "answer": {key: seen[one] for key, one in each("answer", "observation_id")},
        "attachment": {key: of(case) for key, case in each("attachment", "case_id")},
        "coverage": {
            key: Context(writer=codes[o]) for key, o in each("coverage", "organisation_id")
        },
        "court_reply": {
            key: Context(writer=codes[o]) for key, o in each("court_reply", "organisation_id")
        },
        "report_snapshot": {
            key: Context(writer=codes[o]) for key, o in each("report_snapshot", "organisation_id")
        },
        "import_batch": {
            key: Context(writer=codes[o]) for key, o in each("import_batch", "organisation_id")
        },
        "external_key": {key: of(case) for key, case in each("external_key", "row_id")},
        "organisation": {
            o.id: Context(writer=codes[o.id]) for o in session.scalars(select(Organisation))
        },
        "user": {
            u.id: Context(writer=ORGANISATION_OF[names[u.id]], user=names[u.id])
            for u in session.scalars(select(User))
        },
        "saved_search": {
            key: Context(user=names[user]) for key, user in each("saved_search", "user_id")
        },
    }


def text_columns() -> dict[str, Column[Any]]:
    """Return every column of the database that can hold text, `table.column`, without the pasts."""
    from sqlalchemy import JSON, Enum, LargeBinary, String

    return {
        f"{table.name}.{column.name}": column
        for table in Base.metadata.sorted_tables
        if not table.name.endswith("_history")
        for column in table.columns
        if isinstance(column.type, String | LargeBinary | JSON)
        and not isinstance(column.type, Enum)
    }


__all__ = ["CODE", "CODES", "KHMER", "LATIN", "Plant", "plant", "text_columns"]

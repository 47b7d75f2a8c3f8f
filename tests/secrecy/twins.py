"""The same record without what one group of readers may not see: nothing may answer otherwise.

A copy of the database is scrubbed by SQL: texts that nobody of the group reads are taken out or
replaced, cases that they do not see are removed with every row that hangs on them. Keys of all
other rows stay, so that the answers can be compared byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update

from courtwatch.models import Base
from courtwatch.models.packed import pack
from tests.secrecy.plants import Plant
from tests.secrecy.world import (
    COUNTED,
    NOTHING,
    ORGANISATION_OF,
    OWN,
    World,
    level,
)

TABLES = Base.metadata.tables


@dataclass(frozen=True)
class Group:
    """Readers of the same rights."""

    name: str
    readers: tuple[str, ...]

    @property
    def organisation(self) -> str:
        """Return the organisation that they belong to."""
        return ORGANISATION_OF.get(self.readers[0], "")


GROUPS = (
    Group("the organisation", ("chan", "mony", "lyna")),
    Group("another organisation", ("rada", "rith")),
    Group("an organisation to which a case is opened", ("dila",)),
    Group("an organisation to which codes are opened", ("kiri",)),
    Group("a researcher of the organisation", ("lora",)),
    Group("the ministry", ("anan",)),
    Group("researchers", ("reak",)),
    Group("who runs the system, and nobody", ("admin", "nobody")),
)
OUTSIDERS = frozenset({"lora", "anan", "reak"})
"""Readers who know no organisation, and no reason of settlement, threat or integrity."""

ROW_GOES = frozenset(
    {
        "note.text", "person_name.text", "case_number.as_given",
        "answer.note", "answer.value", "external_key.key", "external_key.source",
        "saved_search.query", "saved_search.name", "audit.subject", "submission.result",
        "report_cache.payload", "victim_identity.cipher", "victim_identity.key_id",
    }
)  # fmt: skip
"""Columns whose whole row goes: that there is one is nobody's business either."""
VALUE_GOES = frozenset(
    {
        "charge.as_given", "sentence.length_as_given", "coverage.contact", "coverage.remark",
        "organisation.contact", "organisation.name_km",
    }
)  # fmt: skip

REPLACED = (
    "person.", "victim.", "organisation.", "user.", "import_batch.", "attachment.", "observation.",
    "court_reply.", "report_snapshot.",
)  # fmt: skip
"""Tables whose rows have to stay: another word stands where the secret was."""


def scrub(
    world: World,
    connection: Connection,
    group: Group,
    plants: Iterable[Plant],
    *,
    figures: bool = False,
) -> None:
    """Take out of the database what nobody of the group may see.

    figures: leave cases that are counted only, which reports count for everybody.
    """
    hidden = {
        kind for kind in world.cases
        if not any(level(kind, reader) != NOTHING for reader in group.readers)
    }  # fmt: skip
    if figures:
        hidden.discard(COUNTED)
    remove_cases(connection, [world.cases[kind].id for kind in hidden])
    for plant in plants:
        if not plant.readers() & set(group.readers) and plant.context.case not in hidden:
            _scrub_text(connection, plant)
    _scrub_codes(world, connection, group)
    _pack_again(connection)


def _pack_again(connection: Connection) -> None:
    """Write what is packed of each fact again: reports read that, and not its columns."""
    table = TABLES["prosecution_fact"]
    for row in connection.execute(select(table)).mappings().all():
        packed = pack(dict(row))
        connection.execute(update(table).where(table.c.id == row["id"]).values(packed=packed))


def _scrub_text(connection: Connection, plant: Plant) -> None:
    table = TABLES[f"{plant.table}_history" if plant.past else plant.table]
    column = table.c[plant.column.split(".")[1]]
    key = next(iter(table.primary_key.columns))
    if plant.column in ROW_GOES:
        connection.execute(delete(table).where(key == plant.row))
        if "id" in table.c:
            gone = TABLES["redaction"].c
            connection.execute(
                delete(TABLES["redaction"]).where(
                    gone.table_name == table.name, gone.row_id == plant.row
                )
            )
    elif plant.column in VALUE_GOES:
        connection.execute(update(table).where(key == plant.row).values({column.name: None}))
    elif plant.column.startswith(REPLACED):
        if plant.column in ("user.password_hash", "import_batch.summary"):
            return
        words = f"other{plant.row}"
        connection.execute(update(table).where(key == plant.row).values({column.name: words}))


def _scrub_codes(world: World, connection: Connection, group: Group) -> None:
    """Take out what is no text: reasons, grants, questions, decisions, and whose a case is."""
    fact, charge = TABLES["prosecution_fact"], TABLES["charge_fact"]
    own = world.site.organisations.get(group.organisation, 0)
    reader = group.readers[0]
    assessed = TABLES["reason_assessed"]
    reads = reader not in OUTSIDERS and own
    connection.execute(
        delete(assessed).where(assessed.c.organisation_id != own) if reads else delete(assessed)
    )
    not_theirs = fact.c.owner_id != (own if reads else 0)
    connection.execute(update(fact).where(not_theirs).values(reason_assessed_id=None))
    if reader in OUTSIDERS:
        # Forms ask for a reason, or for the answer that the decision gives none: no reason at all
        # would look like an allegation, so it is this answer that stands there instead.
        reasons, stated = TABLES["reason"].c, TABLES["reason_stated"]
        restricted = select(reasons.id).where(reasons.restricted)
        none = select(reasons.id).where(reasons.code == "UN1").limit(1).scalar_subquery()
        where = stated.c.reason_id.in_(restricted)
        connection.execute(update(stated).where(where).values(reason_id=none))
        for table in (fact, charge):
            where = table.c.reason_stated_id.in_(restricted)
            connection.execute(update(table).where(where).values(reason_stated_id=none))
        _swap_owners(world, connection)
    theirs = [made.id for kind, made in world.cases.items() if level(kind, reader) == OWN]
    grants, questions = TABLES["case_grant"], TABLES["access_request"]
    connection.execute(
        delete(grants).where(grants.c.case_id.not_in(theirs), grants.c.grantee_id != own)
    )
    connection.execute(delete(questions).where(questions.c.case_id.not_in(theirs)))


def _swap_owners(world: World, connection: Connection) -> None:
    """Have another organisation keep, tell and write everything."""
    lotus, river = (world.site.organisations[name] for name in ("lotus", "river"))
    for table in TABLES.values():
        if table.name in ("membership", "coverage", "saved_search", "import_batch"):
            continue
        for column in table.columns:
            if any(key.column.table.name == "organisation" for key in column.foreign_keys):
                for old, new in ((lotus, -1), (river, lotus), (-1, river)):
                    connection.execute(
                        update(table).where(column == old).values({column.name: new})
                    )


BACKWARDS = {
    "prosecution_case": ("prosecution", "prosecution_id"),
    "prosecution": ("person", "person_id"),
}
"""Tables whose rows a removed row points at, and that go with it."""


def remove_cases(connection: Connection, ids: list[int]) -> None:
    """Remove cases with every row that hangs on them, by the foreign keys of the database."""
    gone: dict[str, set[int]] = {"case": set(ids)}
    links = [
        (table, column, next(iter(column.foreign_keys)).column.table.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.foreign_keys and "id" in table.c
    ]
    kept = {
        "revision",
        "organisation",
        "user",
        "institution",
        "jurisdiction",
        "reason",
        "offence",
        "procedure_version",
        "question",
        "checklist_version",
        "import_batch",
        "session",
    }
    grown = True
    while grown:
        grown = False
        for table, column, target in links:
            if table.name in kept or target in kept or not gone.get(target):
                continue
            rows = set(connection.scalars(select(table.c.id).where(column.in_(gone[target]))))
            grown = _add(gone, table.name, rows) or grown
        for name, (target, pointer) in BACKWARDS.items():
            table = TABLES[name]
            keys = set(
                connection.scalars(
                    select(table.c[pointer]).where(table.c.id.in_(gone.get(name, ())))
                )
            )
            grown = _add(gone, target, keys) or grown
    for name, keys in gone.items():
        _delete(connection, TABLES[name], keys)
        past = TABLES.get(f"{name}_history")
        if past is not None:
            _delete(connection, past, keys)
    external = TABLES["external_key"]
    connection.execute(
        delete(external).where(external.c.kind == "case", external.c.row_id.in_(gone["case"]))
    )
    indexed = TABLES["indexed_document"]
    connection.execute(delete(indexed).where(indexed.c.case_id.in_(gone["case"])))
    identity = TABLES["victim_identity"]
    connection.execute(delete(identity).where(identity.c.victim_id.in_(gone.get("victim", ()))))


def _add(gone: dict[str, set[int]], name: str, keys: set[int]) -> bool:
    before = len(gone.setdefault(name, set()))
    gone[name] |= keys
    return len(gone[name]) > before


def _delete(connection: Connection, table: Table, keys: set[int]) -> None:
    column: Any = table.c.id
    connection.execute(delete(table).where(column.in_(keys)))

"""An import from beginning to end: read, plan, load in short chunks, publish at once.

Chunks commit on their own, so that others can write in between, and nobody sees them: without
facts a prosecution is in no list, no report and no index. The last transaction publishes all
facts, owes the index its jobs and closes the batch. What fails before is taken out again.
"""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from courtwatch.exchange import batches
from courtwatch.exchange.batches import writing
from courtwatch.exchange.builder import Builder
from courtwatch.exchange.bulk import Row, insert_rows
from courtwatch.exchange.errors import ImportFailed
from courtwatch.exchange.import_result import ImportResult, Progress, Written, silent
from courtwatch.exchange.mapping_reader import MappingFile, check_procedure
from courtwatch.exchange.plan import CasePlan, Plan
from courtwatch.exchange.quality import Quality
from courtwatch.exchange.registry import (
    Ground,
    Resolver,
    check_reasons,
    ensure_owner,
    mark_known,
    read_ground,
    unfinished,
)
from courtwatch.exchange.tables import Table, read_tables
from courtwatch.exchange.writer import Keys, Writer
from courtwatch.models import ChargeFact, Clock, ImportBatch, ProsecutionFact
from courtwatch.models.engine import begin_writing
from courtwatch.models.vocabulary import BatchStatus
from courtwatch.services import facts
from courtwatch.services.fact_rows import DerivedRows
from courtwatch.services.hearing_facts import publish_hearings
from courtwatch.services.jobs import owe_cases
from courtwatch.services.work import Actor, Work, take_revision
from workflows.procedure import Procedure, loads

CHUNK_SECONDS = 1.0
"""A chunk aims at this long, so that none takes two seconds."""

DERIVED_AT_ONCE = 3_200

FIRST_CHUNK = 300
"""Cases in the first chunk; the following ones follow from the time it took."""


class Importer:
    """One run of an import."""

    def __init__(
        self,
        engine: Engine,
        file: MappingFile,
        source: Path,
        organisation: str | None = None,
        user_id: int | None = None,
        progress: Progress = silent,
        now: datetime | None = None,
        installation: str = "local",
    ) -> None:
        self.engine = engine
        self.installation = installation
        self.file = file
        self.mapping = file.mapping
        self.source = source
        self.organisation = organisation
        self.user_id = user_id
        self.progress = progress
        self.now = now or datetime.now(UTC)
        self.quality = Quality()
        self.seconds: dict[str, float] = {}
        self._known: dict[str, int] = {}

    def run(self, dry_run: bool = False) -> ImportResult:
        """Import the source; with `dry_run` only say what would be done.

        Raises MappingError, UnreadableFile, ImportFailed: the database is as it was before.
        """
        with _without_collector():
            return self._run(dry_run)

    def _run(self, dry_run: bool) -> ImportResult:
        with self.engine.connect() as connection:
            ground = read_ground(connection, self.mapping, self.organisation)
            stopped = unfinished(connection, ground, self.mapping)
        self._known = ground.known_cases
        if stopped and not dry_run:
            raise ImportFailed(
                f"Batch {stopped[0]} of this source stopped while loading, or is loading now. If "
                f"no other import is running, take it out: courtwatch batch undo {stopped[0]}"
            )
        procedure = loads(ground.procedure_text, self.mapping.procedure)
        check_procedure(self.file, procedure)
        tables = self._read(ground)
        if not any(None in table.fates for table in tables.values()):
            self.quality.notes.append("every row was loaded before, or is rejected")
            return ImportResult(self.quality, tables, dry_run=dry_run, seconds=self.seconds)
        plan = self._plan(ground, tables, procedure)
        result = ImportResult(self.quality, tables, dry_run=dry_run, seconds=self.seconds)
        if dry_run or not _has_news(plan):
            self._resolve_only(ground, plan)
            self._count(plan)
            return result
        result.batch_id = self._load(ground, plan, tables, result)
        return result

    # -- reading and planning

    def _read(self, ground: Ground) -> dict[str, Table]:
        started = time.monotonic()
        with self.progress("Reading", None) as advance:
            tables = read_tables(self.mapping, self.source, self.quality, advance)
        with self.engine.connect() as connection:
            mark_known(connection, ground.source, tables, self.quality)
        self.seconds["read"] = time.monotonic() - started
        return tables

    def _plan(self, ground: Ground, tables: dict[str, Table], procedure: Procedure) -> Plan:
        started = time.monotonic()
        terminal = {stage.name for stage in procedure.stages if stage.terminal}
        ends = {
            step.name
            for step in procedure.steps
            if step.moves and all(target in terminal for _, target in step.moves)
        }
        builder = Builder(
            self.mapping, tables, self.quality, lambda step: step not in ends, self.now.date()
        )
        with self.progress("Planning", None) as advance:
            plan = builder.build(advance)
        self.seconds["plan"] = time.monotonic() - started
        return plan

    def _resolve_only(self, ground: Ground, plan: Plan) -> None:
        with self.engine.connect() as connection:
            resolver = Resolver(connection, ground.jurisdiction_id, self.quality)
            resolver.institutions(plan.institutions, make=False)
            resolver.offences(plan.offences, make=False)
            check_reasons(
                self.file, plan,
                set(resolver.reasons("termination")), set(resolver.reasons("adjournment")),
            )  # fmt: skip

    def _count(self, plan: Plan) -> None:
        records = self.quality.records
        for case in plan.cases:
            records["cases"] += not case.known and case.key not in self._known
            for prosecution in case.prosecutions:
                records["prosecutions"] += not prosecution.known
                for charge in prosecution.charges:
                    if not charge.known:
                        records[f"charges, {charge.kind.value}"] += 1
                records["events"] += len(prosecution.events)
            records["hearings"] += len(case.hearings)
            records["victims"] += len(case.victims)
            records["notes"] += len(case.notes)
        for name in [name for name, number in records.items() if not number]:
            del records[name]

    # -- loading

    def _load(
        self, ground: Ground, plan: Plan, tables: dict[str, Table], result: ImportResult
    ) -> int:
        started = time.monotonic()
        keys = self._begin(ground, plan)
        try:
            written = self._chunks(ground, plan, tables, keys)
            self.seconds["load"] = time.monotonic() - started
            started = time.monotonic()
            self._count(plan)
            self._publish(keys, plan, written, result)
            self.seconds["publish"] = time.monotonic() - started
        except BaseException:
            # Also on Ctrl-C: nothing of an import that did not end may stay.
            batches.discard(self.engine, keys.batch_id)
            raise
        return keys.batch_id

    def _begin(self, ground: Ground, plan: Plan) -> Keys:
        with writing(self.engine) as connection:
            owner = ensure_owner(connection, self.mapping, ground)
            resolver = Resolver(connection, ground.jurisdiction_id, self.quality)
            ended, adjourned = resolver.reasons("termination"), resolver.reasons("adjournment")
            check_reasons(self.file, plan, set(ended), set(adjourned))
            keys = Keys(
                source=ground.source,
                batch_id=self._insert_batch(connection, ground, owner),
                installation=self.installation,
                jurisdiction_id=ground.jurisdiction_id,
                procedure_version_id=ground.procedure_version_id,
                organisation_id=owner,
                user_id=self.user_id,
                share_level=self.mapping.share_level,
                account_source=self.mapping.source,
                reliability=self.mapping.reliability,
                institutions=resolver.institutions(plan.institutions, make=True),
                offences=resolver.offences(plan.offences, make=True),
                reasons=ended,
                adjournment_reasons=adjourned,
            )
        for name, number in resolver.made.items():
            self.quality.records[f"{name}s"] = number
        return keys

    def _insert_batch(self, connection: Any, ground: Ground, owner: int) -> int:
        inserted = connection.execute(
            insert(ImportBatch).values(
                jurisdiction_id=ground.jurisdiction_id, organisation_id=owner,
                user_id=self.user_id, mapping=self.mapping.mapping,
                mapping_sha256=self.file.sha256, source=str(self.source.name)[:400],
                source_sha256=source_sha256(self.source), status=BatchStatus.LOADING,
                started_at=self.now,
            )
        )  # fmt: skip
        return int(inserted.inserted_primary_key[0])

    def _chunks(
        self, ground: Ground, plan: Plan, tables: dict[str, Table], keys: Keys
    ) -> Written:
        written = Written()
        size, at = FIRST_CHUNK, 0
        with self.progress("Loading", len(plan.cases)) as advance:
            while at < len(plan.cases):
                chunk = plan.cases[at : at + size]
                started = time.monotonic()
                self._chunk(ground, chunk, tables, keys, written)
                taken = max(time.monotonic() - started, 0.001)
                at += len(chunk)
                advance(len(chunk))
                size = max(50, min(int(size * CHUNK_SECONDS / taken), size * 4))
        return written

    def _chunk(
        self,
        ground: Ground,
        chunk: list[CasePlan],
        tables: dict[str, Table],
        keys: Keys,
        written: Written,
        attempts: int = 3,
    ) -> None:
        try:
            with writing(self.engine) as connection:
                actor = Actor(self.user_id, keys.organisation_id)
                kind = batches.revision_kind(keys.batch_id)
                revision = take_revision(connection, kind, self.now, actor)
                known = ground.known_cases
                writer = Writer(
                    connection, keys, tables, revision, lambda case: known.get(case.key)
                )
                for case in chunk:
                    writer.case(case)
                rows = writer.insert()
        except IntegrityError as error:
            # Two public codes may be alike (1 in 10**11 a pair): other codes are drawn.
            if attempts <= 1 or "public_code" not in str(error.orig):
                raise
            self._chunk(ground, chunk, tables, keys, written, attempts - 1)
            return
        written.add(writer, rows)

    def _derive(self, written: Written) -> DerivedRows:
        """Derive the facts of what was loaded; nobody can change it yet, so no lock is held."""
        prosecutions: list[Row] = []
        charges: list[Row] = []
        clocks: list[Row] = []
        ids = written.prosecutions
        with self.engine.connect() as connection, self.progress("Deriving", len(ids)) as advance:
            lookups = facts.read_lookups(connection)
            for start in range(0, len(ids), DERIVED_AT_ONCE):
                chunk = ids[start : start + DERIVED_AT_ONCE]
                found = facts.derive_rows(connection, chunk, lookups)
                prosecutions += found.prosecutions
                charges += found.charges
                clocks += found.clocks
                advance(len(chunk))
        return DerivedRows(prosecutions, charges, clocks)

    def _publish(self, keys: Keys, plan: Plan, written: Written, result: ImportResult) -> None:
        derived = self._derive(written)
        with Session(self.engine, expire_on_commit=False) as session:
            begin_writing(session)
            connection = session.connection()
            actor = Actor(self.user_id, keys.organisation_id)
            work = Work(session, actor, batches.revision_kind(keys.batch_id), self.now)
            revision = work.revision_id
            for model, rows in zip((ProsecutionFact, ChargeFact, Clock), derived, strict=True):
                table: Any = model.__table__
                for row in rows:
                    row["rev_from"] = revision
                insert_rows(connection, table, rows)
            publish_hearings(connection, revision, written.hearings)
            if written.changed:
                facts.refresh(work, written.changed)
            owe_cases(connection, written.cases, self.now)
            self._tally(connection, keys, result)
            session.execute(
                update(ImportBatch)
                .where(ImportBatch.id == keys.batch_id)
                .values(
                    status=BatchStatus.PUBLISHED,
                    finished_at=datetime.now(UTC),
                    summary=self._summary(plan, written, result),
                )
            )
            session.commit()

    def _tally(self, connection: Any, keys: Keys, result: ImportResult) -> None:
        """Count stages, outcomes and steps without a legal place among the new facts."""
        fact = ProsecutionFact
        mine = fact.prosecution_id.in_(
            select(batches.prosecutions_of(keys.batch_id).c.id)
        )
        query = (
            select(fact.stage, fact.outcome, func.count(), func.sum(fact.unresolved))
            .where(mine, fact.rev_to.is_(None))
            .group_by(fact.stage, fact.outcome)
        )
        unresolved = 0
        for stage, outcome, number, steps in connection.execute(query):
            result.stages[stage or "(none)"] += number
            result.outcomes[outcome or "(open)"] += number
            unresolved += steps or 0
        if unresolved:
            self.quality.find_many(
                "unresolved_step", "(events)", None, unresolved,
                f"{unresolved:,} steps that the procedure does not permit where they stand",
                "kept, not counted, listed on the case page for review",
            )  # fmt: skip

    def _summary(self, plan: Plan, written: Written, result: ImportResult) -> dict[str, Any]:
        return {
            **self.quality.summary(),
            "cut_off": plan.cut_off.isoformat() if plan.cut_off else None,
            "rows_written": written.rows,
            "outcomes": dict(result.outcomes.most_common()),
            "stages": dict(result.stages.most_common()),
        }


@contextmanager
def _without_collector() -> Iterator[None]:
    """Switch the cycle collector off: a plan is a million objects without a cycle among them,
    and going through all of them again and again takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _has_news(plan: Plan) -> bool:
    """Return whether anything in the plan is not in the database yet."""
    return any(
        case.hearings
        or case.victims
        or case.notes
        or any(
            not prosecution.known
            or prosecution.events
            or any(not charge.known for charge in prosecution.charges)
            for prosecution in case.prosecutions
        )
        for case in plan.cases
    )


def source_sha256(source: Path) -> str:
    """Return the checksum of a file, or of all files of a directory in order of name."""
    total = hashlib.sha256()
    paths = sorted(source.iterdir()) if source.is_dir() else [source]
    for path in paths:
        if path.is_file():
            with path.open("rb") as stream:
                while chunk := stream.read(1 << 20):
                    total.update(chunk)
    return total.hexdigest()

"""Faults of the database and index: each function plants one from outside, and mends it as told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from courtwatch.commands.cases import RedactWords, SetShareLevel
from courtwatch.exchange.batches import undo
from courtwatch.models import Case
from courtwatch.models.vocabulary import HearingStatus, NoteTier, ShareLevel
from courtwatch.reports.registry import Ask
from courtwatch.reports.snapshots import count, keep
from courtwatch.services.fact_filters import FactFilters
from courtwatch.services.redaction import find, redact
from courtwatch.services.sharing import set_share_level
from courtwatch.services.work import SYSTEM, Work
from courtwatch.worker import Worker
from tests.functional.integrity_bench import Bench, Expected, fault
from tests.functional.scene import NOW, actor_of, hearing, make_case, note, step


def _backed_up(b: Bench, *statements: str, **values: Any) -> None:
    b.backup()
    b.sql(*statements, **values)


@fault("prosecution_in_no_case")
def _(b: Bench) -> Iterator[Expected]:
    key = b.prosecution()
    _backed_up(b, "delete from prosecution_case where prosecution_id = :p", p=key)
    yield {"row_id": key, "first": "prosecution"}
    b.restore()


@fault("prosecution_in_two_cases")
def _(b: Bench) -> Iterator[Expected]:
    key, other = b.prosecution(), make_case(b.site)
    _backed_up(
        b,
        "insert into prosecution_case (prosecution_id, case_id, rev_from) values (:p, :c, 1)",
        p=key,
        c=other.id,
    )
    yield {"row_id": key, "second": 2}
    b.restore()


@fault("target_of_another_prosecution")
def _(b: Bench) -> Iterator[Expected]:
    other = make_case(b.site)
    target = b.one(
        "select min(id) from event_target where event_id = :e", e=b.event(b.made, "open_trial")
    )
    _backed_up(
        b,
        "update event_target set prosecution_id = :p where id = :t",
        p=b.prosecution(other),
        t=target,
    )
    yield {"row_id": target, "first": "event_target"}
    b.restore()


@fault("event_of_another_case")
def _(b: Bench) -> Iterator[Expected]:
    other, event = make_case(b.site), b.event(b.made, "open_trial")
    _backed_up(b, "update event set case_id = :c where id = :e", c=other.id, e=event)
    yield {"row_id": event, "first": "event"}
    b.restore()


@fault("hearing_of_another_case")
def _(b: Bench) -> Iterator[Expected]:
    other = make_case(b.site)
    code = hearing(b.site, b.made, date(2026, 11, 2), HearingStatus.HELD)
    key = b.hearing_id(code)
    row = b.one("select id from hearing_prosecution where hearing_id = :h", h=key)
    _backed_up(b, "update hearing set case_id = :c where id = :h", c=other.id, h=key)
    yield {"row_id": row, "first": "hearing_prosecution"}
    b.restore()


@fault("orphan")
def _(b: Bench) -> Iterator[Expected]:
    event = b.event(b.made, "open_trial")
    _backed_up(b, "delete from event_target where event_id = :e", e=event)
    yield {"row_id": event, "first": "event"}
    b.restore()


@fault("broken_reference")
def _(b: Bench) -> Iterator[Expected]:
    event = b.event(b.made, "open_trial")
    _backed_up(b, "update event set hearing_id = 99999 where id = :e", e=event)
    yield {"row_id": event, "first": "event", "second": "hearing"}
    b.restore()


@fault("merged_into_merged")
def _(b: Bench) -> Iterator[Expected]:
    first, second = make_case(b.site), make_case(b.site)
    _backed_up(
        b,
        'update "case" set merged_into_id = :s where id = :f',
        'update "case" set merged_into_id = :m where id = :s',
        f=first.id,
        s=second.id,
        m=b.made.id,
    )
    yield {"row_id": first.id, "first": "case"}
    b.restore()


@fault("external_key_nowhere")
def _(b: Bench) -> Iterator[Expected]:
    _backed_up(
        b,
        "insert into external_key (source, kind, key, row_id) values ('s', 'case', '1', 99999)",
    )
    yield {"row_id": 1, "first": "external_key"}
    b.restore()


@fault("two_current_facts")
def _(b: Bench) -> Iterator[Expected]:
    columns = (
        "charge_id, prosecution_id, case_id, jurisdiction_id, owner_id, share_level, kind,"
        " counted, live, rev_from"
    )
    charge = b.charge()
    b.sql(
        f"insert into charge_fact ({columns}) select {columns} from charge_fact"
        " where charge_id = :c and rev_to is null",
        c=charge,
    )
    yield {"row_id": charge, "first": "charge_fact", "second": 2}
    b.rebuild()


@fault("fact_missing")
def _(b: Bench) -> Iterator[Expected]:
    b.sql("delete from prosecution_fact where prosecution_id = :p", p=b.prosecution())
    yield {"row_id": b.prosecution(), "first": "prosecution"}
    b.rebuild()


@fault("fact_differs")
def _(b: Bench) -> Iterator[Expected]:
    b.sql(
        "update prosecution_fact set stage = 'reported' where prosecution_id = :p"
        " and rev_to is null",
        p=b.prosecution(),
    )
    yield {"row_id": b.prosecution(), "first": "prosecution_fact", "second": "stage"}
    b.rebuild()


@fault("merged_case_still_counted")
def _(b: Bench) -> Iterator[Expected]:
    other = make_case(b.site)
    _backed_up(b, 'update "case" set merged_into_id = :m where id = :c', m=b.made.id, c=other.id)
    yield {"row_id": other.id, "first": "case"}
    b.restore()


@fault("number_key_stale")
def _(b: Bench) -> Iterator[Expected]:
    _backed_up(b, "update case_number set normalised = 'old' where case_id = :c", c=b.made.id)
    yield {"row_id": 1, "first": "case_number"}
    b.restore()


@fault("name_key_stale")
def _(b: Bench) -> Iterator[Expected]:
    _backed_up(b, "update person_name set key = 'old'")
    yield {"row_id": 1, "first": "person_name"}
    b.restore()


@fault("procedure_changed")
def _(b: Bench) -> Iterator[Expected]:
    key = b.one('select procedure_version_id from "case" limit 1')
    _backed_up(b, "update procedure_version set text = text || '# ' where id = :k", k=key)
    yield {"row_id": key, "first": "procedure_version"}
    b.restore()


@fault("voided_but_open")
def _(b: Bench) -> Iterator[Expected]:
    event = step(b.site, b.made, "detain", date(2026, 11, 13))
    b.void(event)
    account = b.one("select max(id) from event_account where event_id = :e", e=event)
    _backed_up(b, "update event_account set rev_to = null where id = :a", a=account)
    yield {"row_id": account, "first": "event_account"}
    b.restore()


@fault("closed_before_opened")
def _(b: Bench) -> Iterator[Expected]:
    account = b.one("select max(id) from event_account")
    _backed_up(b, "update event_account set rev_to = rev_from - 1 where id = :a", a=account)
    yield {"row_id": account, "first": "event_account"}
    b.restore()


@fault("history_broken")
def _(b: Bench) -> Iterator[Expected]:
    with b.work(user="chan") as work:
        case = work.session.get_one(Case, b.made.id)
        set_share_level(work, case, SetShareLevel(share_level=ShareLevel.CODED))
    _backed_up(b, "update case_history set rev_to = rev_to - 1 where id = :c", c=b.made.id)
    yield {"row_id": b.made.id, "first": "case_history"}
    b.restore()


@fault("revision_in_future")
def _(b: Bench) -> Iterator[Expected]:
    b.sql("insert into revision (at, kind) values ('2026-12-24 00:00:00.000000', 'test')")
    yield {"first": "revision"}
    b.now = datetime(2026, 12, 25, tzinfo=NOW.tzinfo)


@fault("row_without_revision")
def _(b: Bench) -> Iterator[Expected]:
    account = b.one("select max(id) from event_account")
    _backed_up(b, "update event_account set rev_from = 99999 where id = :a", a=account)
    yield {"row_id": account, "first": "event_account"}
    b.restore()


def _redact(b: Bench, row: int, words: str) -> None:
    with b.work(user="chan") as work:
        found = find(work.session, work.actor, "note", row)
        assert found is not None
        redact(work, found, RedactWords(words=words, reason="victim_identity"))


@fault("redaction_undone")
def _(b: Bench) -> Iterator[Expected]:
    note(b.site, b.made, "Srey Leak told us.", NoteTier.ORGANISATION, user="chan")
    row = int(b.one("select max(id) from note"))
    _redact(b, row, "Srey Leak")
    b.sql("update note set text = 'Srey Leak told us.' where id = :n", n=row)
    yield {"row_id": row, "first": "note"}
    _redact(b, row, "Srey Leak")


@fault("batch_stuck")
def _(b: Bench) -> Iterator[Expected]:
    b.sql(
        "insert into import_batch (jurisdiction_id, organisation_id, mapping, mapping_sha256,"
        " source, source_sha256, status, started_at)"
        " values (1, 1, 'register', 'x', 'file', 'x', 'loading', '2026-11-01 00:00:00.000000')"
    )
    yield {"row_id": 1, "first": "import_batch"}
    undo(b.site.engine, 1, SYSTEM, NOW)


@fault("job_failing")
def _(b: Bench) -> Iterator[Expected]:
    b.sql("update job set attempts = 9 where id = (select max(id) from job)")
    yield {"first": "index_case", "second": 1}
    _run_worker(b)


def _run_worker(b: Bench) -> Worker:
    worker = Worker(b.site.engine, b.site.settings)
    worker.run_once(NOW + timedelta(minutes=1))
    worker.lock.release()
    return worker


@fault("index_out_of_step")
def _(b: Bench) -> Iterator[Expected]:
    worker = _run_worker(b)
    b.index = worker.index
    worker.index.write([], replaced_case_ids=[b.made.id])
    yield {"row_id": b.made.id, "second": "not in the index"}
    worker.rebuild()
    b.index = worker.index


@fault("snapshot_altered")
def _(b: Bench) -> Iterator[Expected]:
    """Somebody opens a report of monitoring organisations to everybody, in the database."""
    with b.site.writing() as session:
        work = Work(session, actor_of(session, "mony", b.site), "report:frozen", NOW)
        ask = Ask(FactFilters(jurisdiction=("KH",)))
        snapshot = keep(work, count(session, work.actor, "ends", ask, NOW))
        key, code = snapshot.id, snapshot.code
    _backed_up(b, "update report_snapshot set audience = 'public' where id = :k", k=key)
    yield {"row_id": key, "first": code}
    b.restore()

"""Kinds of the past: rows whose revisions do not follow each other, entries half taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Select,
    String,
    Table,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
)

from courtwatch.models import (
    Base,
    Event,
    EventAccount,
    EventTarget,
    Hearing,
    HearingProsecution,
    ImportBatch,
    Note,
    ReasonAssessed,
    ReasonStated,
    Recorded,
    Redaction,
    Revision,
    Sentence,
    Versioned,
    history_table,
)
from courtwatch.models.vocabulary import BatchStatus, EventStatus
from courtwatch.services.integrity.kinds import (
    Context,
    Kind,
    Severity,
    found,
)
from courtwatch.services.integrity.words import REPORT, database_kind
from courtwatch.services.messages import _
from courtwatch.services.redaction import BLOCK

Queries = Sequence[Select[Any]]
CLOCK_SLACK = timedelta(minutes=5)
LOADING_DAYS = 1


def _mapped(base: type) -> Iterator[tuple[Any, Table]]:
    """Yield the classes below `base` that have a table, by the table's name."""
    classes: list[Any] = [m.class_ for m in Base.registry.mappers if issubclass(m.class_, base)]
    for model in sorted(classes, key=lambda m: str(m.__tablename__)):
        yield model, model.__table__


def _voided_but_open(context: Context) -> Queries:
    """An entry that holds no longer, and something that still holds of it."""
    over = and_(Event.rev_to.is_not(None), Event.id == EventTarget.event_id)
    hanging = [
        found(row=model.id, first=model.__tablename__)
        .join_from(model, EventTarget, EventTarget.id == model.target_id)
        .join(Event, over)
        .where(model.rev_to.is_(None))
        for model in (ReasonStated, ReasonAssessed, Sentence)
    ]
    presence = (
        found(row=HearingProsecution.id, first="hearing_prosecution")
        .join_from(HearingProsecution, Hearing, Hearing.id == HearingProsecution.hearing_id)
        .where(Hearing.voided.is_(True), HearingProsecution.rev_to.is_(None))
    )
    still = (
        found(row=Event.id, first="event")
        .select_from(Event)
        .where(Event.status == EventStatus.VOIDED, Event.rev_to.is_(None))
    )
    told = (
        found(row=EventAccount.id, first="event_account")
        .join_from(EventAccount, Event, Event.id == EventAccount.event_id)
        .where(Event.rev_to.is_not(None), EventAccount.rev_to.is_(None))
    )
    return (still, presence, told, *hanging)


def _closed_before_opened(context: Context) -> Queries:
    queries = [
        found(row=model.id, first=table.name)
        .select_from(model)
        .where(model.rev_to < model.rev_from)
        for model, table in _mapped(Recorded)
    ]
    for model, _table in _mapped(Versioned):
        past = history_table(model.__table__)
        queries.append(
            found(row=past.c.id, first=past.name)
            .select_from(past)
            .where(past.c.rev_to <= past.c.rev_from)
        )
    return queries


def _history_broken(context: Context) -> Queries:
    """Each earlier state of a row must end where the next one, or the present one, begins."""
    queries = []
    for _model, table in _mapped(Versioned):
        past = history_table(table)
        following = past.alias()
        continued = or_(
            exists().where(following.c.id == past.c.id, following.c.rev_from == past.c.rev_to),
            exists().where(table.c.id == past.c.id, table.c.rev_from == past.c.rev_to),
        )
        queries.append(
            found(row=past.c.id, first=past.name, second=cast(past.c.rev_to, String))
            .select_from(past)
            .where(~continued)
        )
    return queries


def _revision_in_future(context: Context) -> Queries:
    return (
        found(row=Revision.id, first="revision")
        .select_from(Revision)
        .where(Revision.at > context.now + CLOCK_SLACK),
    )


def _row_without_revision(context: Context) -> Queries:
    """Rows of a revision that is not there yet: what a past view shows would change."""
    newest = select(func.coalesce(func.max(Revision.id), 0)).scalar_subquery()
    return [
        found(row=model.id, first=table.name).select_from(model).where(model.rev_from > newest)
        for base in (Recorded, Versioned)
        for model, table in _mapped(base)
    ]


def _redaction_undone(context: Context) -> Queries:
    """Words were taken out of a note, and it holds no block: they may be back."""
    return (
        found(row=Note.id, first="note")
        .join_from(
            Redaction, Note, and_(Redaction.table_name == "note", Redaction.row_id == Note.id)
        )
        .where(or_(~Note.text.contains(BLOCK), Note.redacted.is_(False)))
        .distinct(),
    )


def _batch_stuck(context: Context) -> Queries:
    return (
        found(row=ImportBatch.id, first="import_batch")
        .select_from(ImportBatch)
        .where(
            ImportBatch.status == BatchStatus.LOADING,
            ImportBatch.started_at < context.now - timedelta(days=LOADING_DAYS),
        ),
    )


KINDS: tuple[Kind, ...] = (
    database_kind(
        "voided_but_open",
        Severity.WRONG,
        _("Part of a corrected entry that still holds"),
        _("The entry was taken back, and a reason, sentence or presence of it still counts."),
        REPORT,
        find=_voided_but_open,
    ),
    database_kind(
        "closed_before_opened",
        Severity.WRONG,
        _("Row that ended before it began"),
        _("It held at no moment, or a past view shows what was never so."),
        REPORT,
        find=_closed_before_opened,
    ),
    database_kind(
        "history_broken",
        Severity.WRONG,
        _("Past of a row with a gap or an overlap"),
        _("An earlier state ends where no other begins: a view of that time shows nothing or two."),
        REPORT,
        find=_history_broken,
        told=_("A row of the table ${first}, at revision ${second}."),
    ),
    database_kind(
        "revision_in_future",
        Severity.WRONG,
        _("Revision in the future"),
        _("The clock of the machine was wrong: a report as known at a day misses what it knew."),
        _("Set the clock of the machine. The revision stays; say so beside reports of that time."),
        find=_revision_in_future,
    ),
    database_kind(
        "row_without_revision",
        Severity.WRONG,
        _("Row of a revision that does not exist"),
        _("Nobody knows who wrote it and when, and past views will change."),
        REPORT,
        find=_row_without_revision,
    ),
    database_kind(
        "redaction_undone",
        Severity.WRONG,
        _("Redaction whose words may be back"),
        _(
            "Words were taken out of a note, and the note shows no gap. A backup that was put "
            "back brings the words back, perhaps a victim's name."
        ),
        _("Tell the coordinator at once to take the words out again, then: courtwatch reindex"),
        find=_redaction_undone,
    ),
    database_kind(
        "batch_stuck",
        Severity.DOUBTFUL,
        _("Import that never ended"),
        _("Its rows wait unpublished, and nobody sees them."),
        _("Run: courtwatch batch undo BATCH, then import again."),
        find=_batch_stuck,
    ),
)

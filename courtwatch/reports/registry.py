"""The reports there are, and how one is made for a reader.

`make` is what pages and the command line call. It resolves jurisdiction, scope and moment,
refuses what this reader may not ask, and keeps finished reports in memory for a short while.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pyramid.i18n import TranslationStringFactory
from sqlalchemy.orm import Session

from courtwatch.models import Jurisdiction, Organisation
from courtwatch.reports import moments, queries
from courtwatch.reports.cache import ReportMemory
from courtwatch.reports.context import Body, Context, Unanswerable
from courtwatch.reports.kinds import REPORTS, Kind, ReportProblem, kind_of
from courtwatch.reports.law import read_law
from courtwatch.reports.model import (
    KnownAt,
    Provenance,
    Report,
    Scope,
    ScopeKind,
    Sizes,
    Unit,
)
from courtwatch.reports.official_totals import coverage
from courtwatch.reports.options import read_options
from courtwatch.reports.queries import Population, Reader
from courtwatch.reports.suppression import suppressed
from courtwatch.reports.then import Then, read_then
from courtwatch.reports.words import Words, read_words
from courtwatch.security.visibility import Viewer, counts_all_organisations, viewer_of
from courtwatch.services.fact_filters import FactFilters, FilterError, unknown_values

_ = TranslationStringFactory("courtwatch")

NOT_FOR_PUBLICATION = _(
    "Not for publication: small numbers are not suppressed here. Do not pass tables on outside "
    "your organisation."
)


NOT_TOLD = _(
    "This can't be answered. Why may follow from small numbers, so it is not told where they are "
    "hidden: ask without hiding them."
)
NO_CODE = _("${name}: “${value}” is no code on record, so that nothing can be counted.")
EVERYTHING = FactFilters()


@dataclass(frozen=True)
class Ask:
    """What is asked: filters (with one jurisdiction at most), scope, unit, moment, options.

    `scope` None is the reader's usual: the shared record. `known_at` is what a person wrote;
    '' is now. `options` answer the report's own questions by name. `organisation` is the code of
    the organisation whose own record is counted, which only the command line may choose.
    """

    filters: FactFilters = EVERYTHING
    scope: ScopeKind | None = None
    unit: Unit = Unit.PROSECUTION
    known_at: str = ""
    organisation: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


def scopes_for(reader: Reader, kind: Kind) -> tuple[ScopeKind, ...]:
    """Return the scopes that a reader may choose, the usual one of the report first."""
    if reader.public:
        return (ScopeKind.SHARED,)
    if reader.actor is None:
        return (ScopeKind.SHARED, ScopeKind.OWN)
    match viewer_of(reader.actor):
        case Viewer.NETWORK if kind.own_first:
            return (ScopeKind.OWN, ScopeKind.SHARED)
        case Viewer.NETWORK:
            return (ScopeKind.SHARED, ScopeKind.OWN)
        case Viewer.MINISTRY:
            return (ScopeKind.OFFICIAL,)
        case _:
            return (ScopeKind.SHARED,)


def make(
    session: Session,
    name: str,
    ask: Ask,
    reader: Reader,
    now: datetime | None = None,
    memory: ReportMemory | None = None,
) -> Report:
    """Make the report `name`, or take it from `memory` where it is young enough.

    Raises ReportProblem (what is asked cannot be answered), moments.UnknownMoment and, for the
    report's own options, fact_filters.FilterError.
    """
    made_at = now or datetime.now(UTC)
    question, jurisdiction = question_of(session, name, ask, reader, made_at)
    if memory is None:
        return _build(session, question, jurisdiction, made_at)
    key = (str(session.get_bind().engine.url), question, made_at.date())
    return memory.get(key, made_at, lambda: _build(session, question, jurisdiction, made_at))


def question_of(
    session: Session, name: str, ask: Ask, reader: Reader, made_at: datetime
) -> tuple[Question, Jurisdiction]:
    """Return what is asked, resolved and allowed for this reader, without counting anything.

    Raises as `make` does, but for what only counting shows.
    """
    kind = kind_of(name)
    if ask.unit not in kind.units:
        raise _not_counted(kind, ask.unit)
    options = read_options(kind.options, ask.options)
    jurisdiction = _jurisdiction(session, ask.filters, reader)
    known_at = moments.moment(
        session,
        ask.known_at or (str(ask.filters.known_at) if ask.filters.known_at is not None else ""),
        jurisdiction.time_zone,
        made_at,
    )
    scope = _scope(session, ask, kind, reader, read_then(session, known_at))
    filters = replace(
        ask.filters.with_(jurisdiction=jurisdiction.code),
        known_at=None if known_at.latest else known_at.revision,
    )
    _refuse_filters(filters, reader, read_words(session, jurisdiction))
    _refuse_organisations(session, filters, reader)
    _refuse_unknown(session, filters, kind)
    return Question(kind, filters, scope, ask.unit, known_at, reader, options), jurisdiction


def _not_counted(kind: Kind, unit: Unit) -> ReportProblem:
    others = [each.name for each in REPORTS.values() if unit in each.units]
    return ReportProblem(
        _(
            "The report ${name} counts no ${unit}s. Allowed: ${units}. They are counted by: "
            "${names}.",
            mapping={
                "name": kind.name,
                "unit": unit.value,
                "units": ", ".join(each.value for each in kind.units),
                "names": ", ".join(others),
            },
        )
    )


@dataclass(frozen=True)
class Question:
    """Everything that a report's figures depend on, besides the day: the key of the memory."""

    kind: Kind
    filters: FactFilters
    scope: Scope
    unit: Unit
    known_at: KnownAt
    reader: Reader
    options: tuple[tuple[str, str], ...] = ()


def _build(
    session: Session, question: Question, jurisdiction: Jurisdiction, made_at: datetime
) -> Report:
    try:
        then = read_then(session, question.known_at)
        law = read_law(session, jurisdiction, then)
    except LookupError as error:
        raise ReportProblem(str(error)) from None
    population = Population(
        session, question.filters, question.scope, question.reader, law, question.unit
    )
    today = made_at.astimezone(ZoneInfo(jurisdiction.time_zone)).date()
    known_day = question.known_at.at
    if known_day is not None and not question.known_at.latest:
        today = min(today, known_day.astimezone(ZoneInfo(jurisdiction.time_zone)).date())
    # Where a report counts by several units, each page says what the others would count.
    sizes = population.sizes() if len(question.kind.units) > 1 else None
    context = Context(
        session=session,
        jurisdiction=jurisdiction,
        filters=question.filters,
        scope=question.scope,
        reader=question.reader,
        unit=question.unit,
        options=dict(question.options),
        known_at=question.known_at,
        law=law,
        words=read_words(session, jurisdiction, then),
        then=then,
        population=population,
        today=today,
        made_at=made_at,
    )
    try:
        body = question.kind.build(context)
    except Unanswerable as problem:
        # A reason may name what is on record, and how many: nothing proves that it can be told.
        raise ReportProblem(NOT_TOLD if question.reader.public else problem.words) from None
    report = Report(
        name=question.kind.name,
        title=question.kind.title,
        lead=question.kind.lead,
        provenance=_provenance(session, context, body, sizes),
        headlines=body.headlines,
        tables=body.tables,
        definition=body.definition,
        notes=(NOT_FOR_PUBLICATION, *body.notes),
        warnings=body.warnings,
    )
    return suppressed(report) if question.reader.public else report


def _provenance(session: Session, context: Context, body: Body, sizes: Sizes | None) -> Provenance:
    now = context.known_at.latest
    told, covered = coverage(context)
    pairs = [pair for pair in context.filters.pairs() if pair[0] != "known_at"]
    pairs += [(name, value) for name, value in context.options.items() if value]
    periods = ("cohort", "arrested", "charged", "ended")
    return Provenance(
        jurisdiction=context.jurisdiction.code,
        jurisdiction_name=context.then.name(context.jurisdiction),
        invented=context.jurisdiction.invented,
        unit=context.unit,
        scope=context.scope,
        known_at=context.known_at,
        period=tuple(pair for pair in pairs if pair[0] in periods),
        filters=tuple(p for p in pairs if p[0] not in periods and p[0] != "jurisdiction"),
        coverage=told,
        covered=covered,
        procedure=context.law.title,
        rule=context.law.rule,
        made_at=context.made_at,
        data_until=context.data_until,
        n=body.n,
        sizes=sizes,
        redactions=0
        if now
        else queries.redactions_since(
            session, context.jurisdiction.id, context.scope, context.known_at.revision
        ),
    )


def _jurisdiction(session: Session, filters: FactFilters, reader: Reader) -> Jurisdiction:
    """Return the one jurisdiction of a report."""
    if len(filters.jurisdiction) > 1:
        raise ReportProblem(
            _(
                "A report counts one jurisdiction: laws and stages differ. "
                "Choose one of: ${codes}.",
                mapping={"codes": ", ".join(filters.jurisdiction)},
            )
        )
    if filters.jurisdiction:
        code = filters.jurisdiction[0]
        found = queries.jurisdiction_of(session, code)
        if found is not None:
            return found
        others = queries.jurisdictions_with_facts(session, reader)
        known = ", ".join(each.code for each in others)
        raise ReportProblem(
            _(
                "There is no jurisdiction “${code}”. Recorded are: ${codes}.",
                mapping={"code": code, "codes": known or "–"},
            )
        )
    recorded = queries.jurisdictions_with_facts(session, reader)
    if len(recorded) == 1:
        return recorded[0]
    if not recorded:
        raise ReportProblem(_("Nothing is recorded yet, so there is nothing to report on."))
    raise ReportProblem(
        _(
            "A report counts one jurisdiction: laws and stages differ. Choose one of: ${codes}.",
            mapping={"codes": ", ".join(each.code for each in recorded)},
        )
    )


def _scope(session: Session, ask: Ask, report: Kind, reader: Reader, then: Then) -> Scope:
    allowed = scopes_for(reader, report)
    kind = ask.scope or allowed[0]
    if kind not in allowed:
        raise ReportProblem(
            _(
                "The scope “${scope}” is not open to you. Allowed: ${scopes}.",
                mapping={
                    "scope": kind.value,
                    "scopes": ", ".join(each.value for each in allowed),
                },
            )
        )
    if kind is not ScopeKind.OWN:
        return Scope(kind)
    if reader.actor is None:
        found = session.query(Organisation).filter_by(code=ask.organisation).first()
        if found is None:
            raise ReportProblem(
                "The scope 'own' needs an organisation: --organisation CODE. "
                + (f"There is none with the code {ask.organisation!r}." if ask.organisation else "")
            )
    else:
        found = session.get(Organisation, reader.actor.organisation_id)
        assert found is not None, "an actor has an organisation"
    return Scope(kind, found.id, found.code, then.name(found))


def _refuse_organisations(session: Session, filters: FactFilters, reader: Reader) -> None:
    """Refuse to count another organisation's cases apart for those who may not. Raises FilterError.

    What is refused to those who read no organisations at all, `_refuse_filters` refuses.
    """
    if not filters.organisation or reader.actor is None or counts_all_organisations(reader.actor):
        return
    own = session.get(Organisation, reader.actor.organisation_id)
    if own is None or set(filters.organisation) - {own.code}:
        raise FilterError(
            {
                "organisation": _(
                    "Coordinators alone may count the cases of other organisations apart. "
                    "Allowed: ${own}.",
                    mapping={"own": own.code if own is not None else "–"},
                )
            }
        )


def _refuse_unknown(session: Session, filters: FactFilters, kind: Kind) -> None:
    """Refuse filters that are words and no codes: a slip would read as nothing. Raises FilterError.

    So no report, and no frozen one, holds a name that somebody typed. What a kind of report needs
    it looks up itself, and says what there is.
    """
    unknown = unknown_values(session, filters.with_(**dict.fromkeys(kind.needs)))
    if unknown:
        raise FilterError(
            {
                name: _(NO_CODE, mapping={"name": name, "value": value})
                for name, value in unknown.items()
            }
        )


def _refuse_filters(filters: FactFilters, reader: Reader, words: Words) -> None:
    """Refuse filters that would show what the reader must not see.

    Raises ReportProblem.
    """
    if reader.sees_allegations:
        own = reader.actor is None
        if filters.assessed and not own:
            raise ReportProblem(_("Reasons assessed are no filter of a report."))
        return
    if filters.organisation or filters.share_level or filters.assessed:
        raise ReportProblem(
            _("Organisations, share levels and assessed reasons are no filters of this report.")
        )
    hidden = {reason.code for reason in words.reasons.values() if reason.restricted}
    hidden |= {reason.group for reason in words.reasons.values() if reason.restricted}
    if hidden & {*filters.reason, *filters.group}:
        raise ReportProblem(
            _("Reasons of settlement, threat and integrity are no filter of this report.")
        )

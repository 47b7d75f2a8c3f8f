"""The reports there are, and how one is made for a reader.

`make` is what pages and the command line call. It resolves jurisdiction, scope and moment,
refuses what this reader may not ask, and keeps finished reports in memory for a short while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pyramid.i18n import TranslationStringFactory
from sqlalchemy.orm import Session

from courtwatch.models import Jurisdiction, Organisation
from courtwatch.reports import attrition, delay, ends, institutions, offences, queries, reasons
from courtwatch.reports.cache import ReportMemory
from courtwatch.reports.context import Body, Context, Unanswerable
from courtwatch.reports.law import read_law
from courtwatch.reports.model import (
    Cohort,
    KnownAt,
    Label,
    Origin,
    Provenance,
    Report,
    Scope,
    ScopeKind,
    Unit,
)
from courtwatch.reports.queries import Population, Reader
from courtwatch.reports.then import Then, read_then
from courtwatch.reports.words import Words, read_words
from courtwatch.security.visibility import Viewer, viewer_of
from courtwatch.services.fact_filters import FactFilters
from courtwatch.services.messages import Told

_ = TranslationStringFactory("courtwatch")

COVERAGE_UNKNOWN = _(
    "Coverage unknown: nobody has told how many prosecutions there were in all. The record is what "
    "monitors and registers brought in, not a sample that was drawn."
)
COVERAGE_TOTALS = _(
    "Coverage unknown for this selection. Official totals are on record from: ${sources}. They are "
    "not yet set beside these figures.",
)
COVERAGE_THEN = _(
    "Coverage unknown: nobody has told how many prosecutions there were in all. Official totals "
    "that were set beside the record are not kept by moment; the report of today names them."
)
NOT_FOR_PUBLICATION = _(
    "Not for publication: small numbers are not suppressed here. Do not pass tables on outside "
    "your organisation."
)


class ReportProblem(Told):
    """A report cannot be made as asked; the message says what is allowed."""

    exit_code = 3


@dataclass(frozen=True)
class Kind:
    """One report: its address, title, and how it is built."""

    name: str
    title: Label
    lead: Label
    build: Callable[[Context], Body]
    charges: bool = False
    cohorts: bool = False
    origins: bool = False


def _kinds(*kinds: Kind) -> Mapping[str, Kind]:
    return MappingProxyType({kind.name: kind for kind in kinds})


REPORTS = _kinds(
    Kind(
        "ends",
        _("Ends without judgment"),
        _("Who ended prosecutions without a judgment, how, and with which reason."),
        ends.build,
        charges=True,
    ),
    Kind(
        "institutions",
        _("Ends without judgment, by institution"),
        _("Of the prosecutions that an institution decided on, how many it ended so."),
        institutions.build,
    ),
    Kind(
        "offences",
        _("Outcome by offence"),
        _("How prosecutions stand and ended, for each offence."),
        offences.build,
        charges=True,
    ),
    Kind(
        "reasons",
        _("Reasons"),
        _("The reasons that decisions give for ending a prosecution without judgment."),
        reasons.build,
        charges=True,
    ),
    Kind(
        "attrition",
        _("Attrition"),
        _("How far the prosecutions registered in the same year came, with what is still open."),
        attrition.build,
        cohorts=True,
    ),
    Kind(
        "delay",
        _("Delay"),
        _("How long prosecutions take until a judgment or another end, with those still open."),
        delay.build,
        origins=True,
    ),
)


EVERYTHING = FactFilters()


@dataclass(frozen=True)
class Ask:
    """What is asked: filters (with one jurisdiction at most), scope, unit, cohort, moment.

    `scope` None is the reader's usual: the shared record. `known_at` is what a person wrote;
    '' is now. `origin` is where reports on time begin to count. `organisation` is the code of
    the organisation whose own record is counted, which only the command line may choose.
    """

    filters: FactFilters = EVERYTHING
    scope: ScopeKind | None = None
    unit: Unit = Unit.PROSECUTION
    cohort: Cohort = Cohort.YEAR
    known_at: str = ""
    organisation: str | None = None
    origin: Origin = Origin.REGISTRATION


def kind_of(name: str) -> Kind:
    """Return a report's kind. Raises ReportProblem, naming those there are."""
    kind = REPORTS.get(name)
    if kind is None:
        raise ReportProblem(
            _(
                "There is no report “${name}”. There are: ${names}.",
                mapping={"name": name, "names": ", ".join(REPORTS)},
            )
        )
    return kind


def scopes_for(reader: Reader) -> tuple[ScopeKind, ...]:
    """Return the scopes that a reader may choose, the usual one first."""
    if reader.actor is None:
        return (ScopeKind.SHARED, ScopeKind.OWN)
    match viewer_of(reader.actor):
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

    Raises ReportProblem (what is asked cannot be answered) and queries.UnknownMoment.
    """
    kind = kind_of(name)
    if ask.unit is Unit.CHARGE and not kind.charges:
        raise ReportProblem(
            _(
                "The report ${name} counts prosecutions only. Charges are counted by: ${names}.",
                mapping={
                    "name": name,
                    "names": ", ".join(each.name for each in REPORTS.values() if each.charges),
                },
            )
        )
    made_at = now or datetime.now(UTC)
    jurisdiction = _jurisdiction(session, ask.filters, reader)
    known_at = queries.moment(
        session,
        ask.known_at or (str(ask.filters.known_at) if ask.filters.known_at is not None else ""),
        jurisdiction.time_zone,
        made_at,
    )
    scope = _scope(session, ask, reader, read_then(session, known_at))
    filters = replace(
        ask.filters.with_(jurisdiction=jurisdiction.code),
        known_at=None if known_at.latest else known_at.revision,
    )
    _refuse_filters(filters, reader, read_words(session, jurisdiction))
    question = Question(kind, filters, scope, ask.unit, ask.cohort, known_at, reader, ask.origin)
    if memory is None:
        return _build(session, question, jurisdiction, made_at)
    key = (str(session.get_bind().engine.url), question, made_at.date())
    return memory.get(key, made_at, lambda: _build(session, question, jurisdiction, made_at))


@dataclass(frozen=True)
class Question:
    """Everything that a report's figures depend on, besides the day: the key of the memory."""

    kind: Kind
    filters: FactFilters
    scope: Scope
    unit: Unit
    cohort: Cohort
    known_at: KnownAt
    reader: Reader
    origin: Origin = Origin.REGISTRATION


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
    context = Context(
        session=session,
        jurisdiction=jurisdiction,
        filters=question.filters,
        scope=question.scope,
        reader=question.reader,
        unit=question.unit,
        cohort=question.cohort,
        origin=question.origin,
        known_at=question.known_at,
        law=law,
        words=read_words(session, jurisdiction, then),
        then=then,
        population=population,
        today=today,
        made_at=made_at,
        data_until=population.last_day(today),
    )
    try:
        body = question.kind.build(context)
    except Unanswerable as problem:
        raise ReportProblem(problem.words) from None
    return Report(
        name=question.kind.name,
        title=question.kind.title,
        lead=question.kind.lead,
        provenance=_provenance(session, context, body, question.kind),
        headlines=body.headlines,
        tables=body.tables,
        definition=body.definition,
        notes=(NOT_FOR_PUBLICATION, *body.notes),
        warnings=body.warnings,
    )


def _provenance(session: Session, context: Context, body: Body, kind: Kind) -> Provenance:
    now = context.known_at.latest
    sources = queries.reference_sources(session, context.jurisdiction.id) if now else []
    coverage: Label = COVERAGE_UNKNOWN if now else COVERAGE_THEN
    if sources:
        coverage = _(COVERAGE_TOTALS, mapping={"sources": ", ".join(sources)})
    pairs = [pair for pair in context.filters.pairs() if pair[0] != "known_at"]
    if kind.origins:
        pairs.append(("origin", context.origin.value))
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
        coverage=coverage,
        procedure=context.law.title,
        rule=context.law.rule,
        made_at=context.made_at,
        data_until=context.data_until,
        n=body.n,
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


def _scope(session: Session, ask: Ask, reader: Reader, then: Then) -> Scope:
    allowed = scopes_for(reader)
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

"""Frozen reports: kept figures with a checksum, counted again from the record whenever asked.

**Rights.** A report of the shared record is frozen as the plainest reader of its kind sees it,
and what needs more (one organisation's own record, the cases of one organisation apart) for those
alone who may ask it (`security.frozen_rights.Audience`). So whoever opens a snapshot could have
asked its question, and nobody reads a figure in it that they could not see in a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pyramid.i18n import TranslationStringFactory
from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Organisation, Reason, ReportSnapshot, new_public_code
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.reports import registry
from courtwatch.reports.kinds import ReportProblem
from courtwatch.reports.model import Frozen, Label, Report, Scope, ScopeKind, Unit
from courtwatch.reports.moments import UnknownMoment
from courtwatch.reports.program import SOFTWARE, knows_code, same_version
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask
from courtwatch.reports.snapshot_figures import (
    Difference,
    checksum_of,
    differences,
    figures_of,
    intact,
)
from courtwatch.security.frozen_rights import Audience, reads_frozen_words
from courtwatch.security.visibility import Viewer, viewer_of
from courtwatch.services.fact_filters import FactFilters, FilterError
from courtwatch.services.filter_columns import kept_back
from courtwatch.services.messages import Told
from courtwatch.services.work import Actor, Work

_ = TranslationStringFactory("courtwatch")

NO_ORGANISATION = 0
"""The organisation of a reader who belongs to none: no row has it."""

TAMPERED = _(
    "What is kept does not fit its checksum: somebody changed it in the database. Do not quote it; "
    "restore a backup."
)
OTHER_SOFTWARE = _("It was frozen by version ${then} of Courtwatch; this is version ${now}.")
OTHER_CODE = _(
    "The record may be as it was: the program that counts is not. It was frozen by ${then}, this "
    "is ${now}: the same version with other code, or with other libraries that calculate."
)
CODE_NOT_KEPT = _(
    "The program that counts may have changed: it was frozen by version ${then}, but by which code "
    "of it was not kept then. This is ${now}."
)
OTHER_RIGHTS = _(
    "Other reasons are withheld today from readers of this kind than were when it was frozen."
)
NOT_MADE = _("This report can no longer be made as it was asked: ${why}")
UNEXPLAINED = _(
    "Nothing that may change a past moment explains it, and the same code counts: the record was "
    "changed outside the program. Let whoever runs the system check it (courtwatch check, "
    "courtwatch rebuild)."
)


class NoSnapshot(Told):
    """There is no such snapshot, or it is not open to this reader."""

    exit_code = 3


class SnapshotDiffers(Told):
    """The record no longer gives the figures that were frozen, or they were changed."""

    exit_code = 3


@dataclass(frozen=True)
class Words:
    """What who freezes a report says of it, for their own organisation."""

    title: str | None = None
    remark: str | None = None


NO_WORDS = Words()


@dataclass(frozen=True)
class Verdict:
    """What counting again has shown. `report` None: it can't be made, or what is kept is altered.

    `same`: the record gives, to the byte, the figures that were frozen. `readable`: the
    figures of then are what was frozen, and nothing in them is kept from their reader today.
    """

    report: Report | None
    intact: bool
    same: bool
    readable: bool
    causes: tuple[Label, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Drift:
    """What the same question says today. `report` None: it can't be answered; `why` says so."""

    report: Report | None
    differences: tuple[Difference, ...]
    why: Label = None


def draft(
    session: Session,
    actor: Actor,
    name: str,
    ask: Ask,
    now: datetime,
    public: bool = False,
    language: str = "en",
) -> ReportSnapshot:
    """Return what would be frozen, at the moment asked for or now; nothing is counted.

    `public`: with small numbers hidden. Raises ReportProblem, UnknownMoment and FilterError as
    making the report does, but for what only counting shows.
    """
    assert actor.organisation_id is not None, "who freezes a report belongs to an organisation"
    asked, _jurisdiction = registry.question_of(session, name, ask, Reader(actor, public), now)
    # By its number a revision is a past moment: what is counted now is counted so ever after.
    filters = replace(asked.filters, known_at=None)
    audience = _audience(session, actor, public, asked.scope, filters)
    return ReportSnapshot(
        code=new_public_code("F"),
        report=name,
        filters=[list(pair) for pair in filters.pairs()],
        options=dict(asked.options),
        scope=asked.scope.kind.value,
        unit=ask.unit.value,
        language=language,
        audience=audience.value,
        withheld=_withheld(session, audience),
        revision_id=asked.known_at.revision,
        software=SOFTWARE,
        organisation_id=actor.organisation_id,
        frozen_at=now.replace(microsecond=0),
    )


def count(
    session: Session,
    actor: Actor,
    name: str,
    ask: Ask,
    now: datetime,
    public: bool = False,
    language: str = "en",
) -> ReportSnapshot:
    """Return a report with its figures, to be kept by `keep`; nothing is written.

    Counting takes seconds where the record is large, so nobody who writes should wait for it: give
    a session that reads. Whatever is written meanwhile, the figures are those of the revision that
    stands in them. Raises ReportProblem, UnknownMoment and FilterError as making the report does.
    """
    snapshot = draft(session, actor, name, ask, now, public, language)
    snapshot.figures = figures_of(snapshot, _make(session, snapshot, now))
    snapshot.checksum = checksum_of(snapshot.figures)
    return snapshot


def keep(work: Work, snapshot: ReportSnapshot, words: Words = NO_WORDS) -> ReportSnapshot:
    """Keep for good what was counted, with the words of who freezes it."""
    actor = work.actor
    assert actor.user_id is not None, "who freezes a report has signed in"
    snapshot.user_id = actor.user_id
    if reads_frozen_words(actor, snapshot.organisation_id):
        snapshot.title, snapshot.remark = words.title or None, words.remark or None
    about = {"report": snapshot.report, "audience": snapshot.audience}
    work.audit("report:frozen", snapshot.code, about)
    return work.add(snapshot)


def _audience(
    session: Session, actor: Actor, public: bool, scope: Scope, filters: FactFilters
) -> Audience:
    if public:
        return Audience.PUBLIC
    viewer = viewer_of(actor)
    if viewer is Viewer.MINISTRY:
        return Audience.MINISTRY
    if viewer is Viewer.RESEARCHER:
        return Audience.RESEARCHER
    if scope.kind is ScopeKind.OWN:
        return Audience.ORGANISATION
    if not filters.organisation:
        return Audience.NETWORK
    own = session.get_one(Organisation, actor.organisation_id)
    if set(filters.organisation) == {own.code}:
        return Audience.ORGANISATION
    return Audience.COORDINATORS


_READERS: Mapping[Audience, tuple[Role, OrganisationKind]] = {
    Audience.PUBLIC: (Role.RESEARCHER, OrganisationKind.RESEARCH),
    Audience.NETWORK: (Role.MONITOR, OrganisationKind.NGO),
    Audience.COORDINATORS: (Role.COORDINATOR, OrganisationKind.NGO),
    Audience.ORGANISATION: (Role.COORDINATOR, OrganisationKind.NGO),
    Audience.MINISTRY: (Role.ANALYST, OrganisationKind.MINISTRY),
    Audience.RESEARCHER: (Role.RESEARCHER, OrganisationKind.RESEARCH),
}


def _reader(snapshot: ReportSnapshot) -> Reader:
    """Return the plainest reader who may ask what was frozen: the same whoever opens it."""
    audience = Audience(snapshot.audience)
    own = audience is Audience.ORGANISATION
    organisation = snapshot.organisation_id if own else NO_ORGANISATION
    return Reader(Actor(None, organisation, *_READERS[audience]), audience is Audience.PUBLIC)


def _withheld(session: Session, audience: Audience) -> list[str]:
    if audience in (Audience.NETWORK, Audience.COORDINATORS, Audience.ORGANISATION):
        return []
    codes = select(Reason.code).where(Reason.id.in_(kept_back()))
    return list(session.scalars(codes.order_by(Reason.code).distinct()))


def ask_of(snapshot: ReportSnapshot) -> Ask:
    """Return what was asked, at the revision that was frozen."""
    return Ask(
        FactFilters.parse((name, value) for name, value in snapshot.filters),
        ScopeKind(snapshot.scope),
        Unit(snapshot.unit),
        str(snapshot.revision_id),
        options=snapshot.options,
    )


def _make(session: Session, snapshot: ReportSnapshot, now: datetime) -> Report:
    """Make the report of a snapshot for those whom it was frozen for."""
    return registry.make(session, snapshot.report, ask_of(snapshot), _reader(snapshot), now)


def _nothing_more_withheld(session: Session, snapshot: ReportSnapshot) -> bool:
    """Say whether no reason is kept today from its reader that was in the figures of then."""
    return set(_withheld(session, Audience(snapshot.audience))) <= set(snapshot.withheld)


def figures_readable(session: Session, snapshot: ReportSnapshot) -> bool:
    """Say whether the figures of then may be read, as `Verdict.readable`; nothing is counted."""
    return intact(snapshot) and _nothing_more_withheld(session, snapshot)


def verify(session: Session, snapshot: ReportSnapshot, now: datetime) -> Verdict:
    """Count again, and compare with what was frozen; say what can explain a difference."""
    if not intact(snapshot):
        return Verdict(None, False, False, False, (TAMPERED,), ())
    readable = _nothing_more_withheld(session, snapshot)
    causes: list[Label] = []
    report: Report | None = None
    again = ""
    try:
        report = _make(session, snapshot, now)
        again = figures_of(snapshot, report)
    except (ReportProblem, UnknownMoment, FilterError) as problem:
        causes.append(_(NOT_MADE, mapping={"why": str(problem)}))
    same = again == snapshot.figures
    if not same:
        causes += _causes(session, snapshot)
    if report is None:
        return Verdict(None, True, False, readable, tuple(causes), ())
    differ: tuple[Difference, ...] = ()
    if not same:
        causes = causes or [UNEXPLAINED]
        differ = differences(snapshot.figures, again, report) if readable else ()
    if same:
        identity = Frozen(snapshot.code, snapshot.checksum, snapshot.frozen_at)
        report = replace(report, provenance=replace(report.provenance, frozen=identity))
    return Verdict(report, True, same, readable, tuple(causes), differ)


def drift(session: Session, snapshot: ReportSnapshot, verdict: Verdict, now: datetime) -> Drift:
    """Return what has become of the figures since: the same question, frozen again now.

    What the record says today of the past belongs to it, such as what was entered late.
    """
    if not verdict.intact or not verdict.readable:
        return Drift(None, (), TAMPERED if not verdict.intact else OTHER_RIGHTS)
    asked = replace(ask_of(snapshot), known_at="")
    reader = _reader(snapshot)
    try:
        question, _jurisdiction = registry.question_of(
            session, snapshot.report, asked, reader, now
        )
        latest = replace(asked, known_at=str(question.known_at.revision))
        report = registry.make(session, snapshot.report, latest, reader, now)
    except (ReportProblem, UnknownMoment, FilterError) as problem:
        return Drift(None, (), _(NOT_MADE, mapping={"why": str(problem)}))
    return Drift(report, differences(snapshot.figures, figures_of(snapshot, report), report))


def _causes(session: Session, snapshot: ReportSnapshot) -> list[Label]:
    """Return what may explain that figures differ. Words that were taken out move no number."""
    found: list[Label] = []
    if snapshot.software != SOFTWARE:
        found.append(_program(snapshot.software))
    if snapshot.withheld != _withheld(session, Audience(snapshot.audience)):
        found.append(OTHER_RIGHTS)
    return found


def _program(then: str) -> Label:
    """Return how the program that froze differs from this one."""
    words = OTHER_SOFTWARE
    if same_version(then, SOFTWARE):
        words = OTHER_CODE if knows_code(then) else CODE_NOT_KEPT
    return _(words, mapping={"then": then, "now": SOFTWARE})

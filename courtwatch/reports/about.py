"""What stands above every report, in the same order in every format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.kinds import OPTION_LABELS
from courtwatch.reports.model import Label, Provenance, Report, ScopeKind
from courtwatch.reports.units import RULES, UNITS, sizes_label
from courtwatch.reports.words import INVENTED

_ = TranslationStringFactory("courtwatch")

Say = Callable[[Label], str]

RECORDED = _("Recorded data")
SCOPES = {
    ScopeKind.OWN: _("own organisation: all its cases, private ones too"),
    ScopeKind.SHARED: _(
        "shared record: cases of all organisations that are at least counted; private cases are not"
    ),
    ScopeKind.OFFICIAL: _(
        "ministry: cases of all organisations that are at least counted; organisations and "
        "monitors are not named"
    ),
}
SAME_AGAIN = _(
    "The report of this moment is the same whenever it is made; only redaction and erasure may "
    "change it."
)
"""When it was made stands in no report of a past moment: nothing of its content depends on it."""
REDACTED_SINCE = _("Acts since then that took words out of cases counted here: ${n}.")
REDACTED_SOME = _("Words were taken out of cases counted here since then.")
EVERYTHING = _("everything on record")
NO_FILTER = _("none")
FILTER_LABELS = {
    "cohort": _("Registered in"),
    "arrested": _("Arrested in"),
    "charged": _("Charged in"),
    "ended": _("Ended in"),
    "court": _("Court"),
    "decided_by": _("Decided by"),
    "office": _("Prosecution office"),
    "police": _("Police"),
    "offence": _("Offence"),
    "charge": _("Any charge"),
    "outcome": _("Outcome"),
    "ended_by": _("Ended by"),
    "reason": _("Reason stated"),
    "group": _("Group of reasons"),
    "stage": _("Stage"),
    "sex": _("Sex"),
    "age_band": _("Age band"),
    "official": _("The accused is an official"),
    "custody": _("Custody"),
    "exploitation": _("Form of exploitation"),
    "event_code": _("Kind of end"),
    "source": _("Who told how it stands"),
    "reliability": _("How reliable that is"),
    "organisation": _("Organisation"),
}


@dataclass(frozen=True)
class Line:
    """One line above a report."""

    key: str
    label: Label
    value: str


def moment_text(at: datetime | None) -> str:
    """Return a moment for every format: UTC to the second, digits of everywhere."""
    return "-" if at is None else at.strftime("%Y-%m-%d %H:%M:%S UTC")


def data_label(provenance: Provenance) -> Label:
    """Return what the figures are made of: invented or recorded data."""
    return INVENTED if provenance.invented else RECORDED


def about(report: Report, say: Say) -> list[Line]:
    """Return what every figure of the report rests on."""
    p = report.provenance
    scope = say(SCOPES[p.scope.kind])
    if p.scope.organisation_name is not None:
        scope = f"{say(p.scope.organisation_name)}: {scope}"
    return [
        *_frozen(p),
        Line("data", _("Data"), say(data_label(p))),
        Line("jurisdiction", _("Jurisdiction"), f"{say(p.jurisdiction_name)} ({p.jurisdiction})"),
        Line("unit", _("Counting unit"), say(UNITS[p.unit])),
        *_units(p, say),
        *([] if p.n is None else [Line("n", _("Counted"), f"{p.n:,}")]),
        *_publication(p, say),
        Line("scope", _("Scope"), scope),
        Line("period", _("Period"), pairs_text(p.period, say) or say(EVERYTHING)),
        Line("filters", _("Filters"), pairs_text(p.filters, say) or say(NO_FILTER)),
        Line("coverage", _("Coverage"), " ".join([say(p.coverage), *coverage_lines(p, say)])),
        Line("definition", _("Definition"), say(report.definition)),
        Line("known_at", _("As known at"), _known_at(p, say)),
        Line("made_at", _("Counted at"), moment_text(p.made_at))
        if p.known_at.latest
        else Line("again", _("Made again"), _again(p, say)),
        *_reaches(p, say),
        Line("procedure", _("Procedure"), p.procedure),
        Line("rule", _("How the outcome follows from the charges"), say(p.rule)),
    ]


def _reaches(p: Provenance, say: Say) -> list[Line]:
    """Say how far the record reaches; not where small numbers are hidden: it could be one's day."""
    if p.suppressed:
        return []
    until = p.data_until.isoformat() if p.data_until else say(_("not known"))
    return [Line("data_until", _("Record reaches to"), until)]


def _frozen(p: Provenance) -> list[Line]:
    """Say of a frozen report how it is quoted and checked."""
    if p.frozen is None:
        return []
    return [
        Line("identifier", _("Identifier"), p.frozen.code),
        Line("checksum", _("Checksum (SHA-256)"), p.frozen.checksum),
        Line("frozen_at", _("Frozen"), moment_text(p.frozen.at)),
    ]


def _units(p: Provenance, say: Say) -> list[Line]:
    """Say what another unit would count, where the report can count by another."""
    if p.sizes is None:
        return []
    words = f"{say(sizes_label(p.sizes))} {say(RULES[p.unit])}"
    return [Line("units", _("What the unit changes"), words)]


def coverage_lines(provenance: Provenance, say: Say) -> list[str]:
    """Return what each official total beside the report says of its coverage."""
    return [" ".join(say(part) for part in line) for line in provenance.covered]


def _publication(p: Provenance, say: Say) -> list[Line]:
    """Say that small numbers are hidden, where they are."""
    if not p.suppressed:
        return []
    return [Line("publication", _("Small numbers"), say(_("hidden; see the notes")))]


def _known_at(p: Provenance, say: Say) -> str:
    moment = f"{moment_text(p.known_at.at)}, r{p.known_at.revision}"
    if p.known_at.latest:
        return moment
    return say(_("${moment} (a past moment of the record)", mapping={"moment": moment}))


def _again(p: Provenance, say: Say) -> str:
    """Say that the report of a past moment stays the same, and what is excepted."""
    if p.redactions == 0:
        return say(SAME_AGAIN)
    since = _(REDACTED_SINCE, mapping={"n": str(p.redactions)})
    return f"{say(SAME_AGAIN)} {say(REDACTED_SOME if p.redactions is None else since)}"


def pairs_text(pairs: Iterable[tuple[str, str]], say: Say) -> str:
    """Return filters and options in words: what is asked, then its codes."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return "; ".join(
        f"{say(FILTER_LABELS.get(name) or OPTION_LABELS.get(name, name))}: {', '.join(values)}"
        for name, values in found.items()
    )

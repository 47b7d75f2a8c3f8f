"""What a frozen report is called: its title, what was asked, for whom it is, how it is quoted."""

from __future__ import annotations

from typing import Any

from pyramid.i18n import TranslationStringFactory
from pyramid.request import Request

from courtwatch.models import ReportSnapshot
from courtwatch.reports.about import NO_FILTER, SCOPES, moment_text, pairs_text
from courtwatch.reports.kinds import REPORTS
from courtwatch.reports.model import ScopeKind, Unit
from courtwatch.reports.snapshot_list import who_froze
from courtwatch.reports.units import UNITS
from courtwatch.security.frozen_rights import Audience, reads_frozen_words
from courtwatch.views.reports import say_in
from courtwatch.web.i18n import LANGUAGES
from courtwatch.web.page import SummaryRow

_ = TranslationStringFactory("courtwatch")

AUDIENCES = {
    Audience.PUBLIC: _("everybody who reads reports and cases here: small numbers are hidden"),
    Audience.NETWORK: _("monitoring organisations"),
    Audience.COORDINATORS: _("coordinators of monitoring organisations"),
    Audience.ORGANISATION: _("your organisation alone"),
    Audience.MINISTRY: _("the ministry"),
    Audience.RESEARCHER: _("researchers"),
}


def title_of(found: Any) -> Any:
    """Return the title of the report that was frozen."""
    return REPORTS[found.report].title if found.report in REPORTS else found.report


def own_title(request: Request, found: Any) -> str:
    """Return what its organisation calls it, to that organisation."""
    return found.title or "" if reads_frozen_words(request.actor, found.organisation_id) else ""


def address_pairs(found: ReportSnapshot) -> list[tuple[str, str]]:
    """Return the question as an address of the report has it."""
    return [
        *((name, value) for name, value in found.filters),
        *((name, value) for name, value in found.options.items() if value),
        ("scope", found.scope),
        ("unit", found.unit),
        ("as_known_at", str(found.revision_id)),
    ]


def asked(request: Request, found: Any) -> str:
    """Return the filters and options of a snapshot in words."""
    pairs = [
        *((name, value) for name, value in found.filters if name != "jurisdiction"),
        *((name, value) for name, value in found.options.items() if value),
    ]
    say = say_in(request)
    said = pairs_text(pairs, say) or say(NO_FILTER)
    return f"{', '.join(v for n, v in found.filters if n == 'jurisdiction')}; {said}"


def question_rows(request: Request, found: ReportSnapshot) -> list[SummaryRow]:
    """Return the lines that say what is frozen, and for whom."""
    languages = {language.code: language.name for language in LANGUAGES}
    return [
        SummaryRow(_("What was asked"), asked(request, found)),
        SummaryRow(_("Counting unit"), UNITS[Unit(found.unit)]),
        SummaryRow(_("Scope"), SCOPES[ScopeKind(found.scope)]),
        SummaryRow(_("As known at"), f"r{found.revision_id}"),
        SummaryRow(_("Who may open it"), AUDIENCES[Audience(found.audience)]),
        SummaryRow(_("Language of its files"), languages.get(found.language, found.language)),
    ]


def identity_rows(request: Request, found: ReportSnapshot) -> list[SummaryRow]:
    """Return the identity of a snapshot, with the words of those who froze it where they read."""
    lines = [
        SummaryRow(_("Identifier"), found.code),
        SummaryRow(_("Checksum (SHA-256)"), found.checksum),
        SummaryRow(_("Frozen"), moment_text(found.frozen_at)),
        SummaryRow(_("Frozen by"), who_froze(request.dbsession, request.actor, found)),
        SummaryRow(_("Version of Courtwatch"), found.software),
        *question_rows(request, found),
    ]
    if found.remark and reads_frozen_words(request.actor, found.organisation_id):
        lines.append(SummaryRow(_("Remark of your organisation"), found.remark))
    return lines


def citation(request: Request, found: ReportSnapshot) -> str:
    """Return what to quote: enough to find the figures and to check them."""
    say = say_in(request)
    return say(
        _(
            "Courtwatch, “${title}”, frozen ${day}, record r${revision}, ${code}, SHA-256 ${sum}. "
            "${address}",
            mapping={
                "title": say(title_of(found)),
                "day": found.frozen_at.date().isoformat(),
                "revision": str(found.revision_id),
                "code": found.code,
                "sum": found.checksum,
                "address": request.route_url("snapshot", code=found.code),
            },
        )
    )

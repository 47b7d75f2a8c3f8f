"""The form of a report: what can be asked, what was asked, and which filters hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pyramid.i18n import TranslationStringFactory
from pyramid.request import Request

from courtwatch.reports import choices, registry
from courtwatch.reports.kinds import Kind
from courtwatch.reports.model import ScopeKind, Unit
from courtwatch.reports.options import Choice
from courtwatch.reports.queries import Reader
from courtwatch.security.visibility import Viewer, counts_all_organisations, viewer_of
from courtwatch.services import case_choices
from courtwatch.services.fact_filters import NAMES, FactFilters, FilterError
from courtwatch.views.filter_words import NOT_KNOWN, Active, active, organisations, words_of
from courtwatch.views.list_words import FILTER_WORDS, PERIOD_HINT
from courtwatch.web.page import Action, Option

_ = TranslationStringFactory("courtwatch")

SCOPE_WORDS = {
    ScopeKind.SHARED: _("Shared record"),
    ScopeKind.OWN: _("Own organisation"),
    ScopeKind.OFFICIAL: _("Shared record, as the ministry sees it"),
}
UNIT_WORDS = {
    Unit.PROSECUTION: _("Prosecutions (one accused in one case)"),
    Unit.CHARGE: _("Charges (one offence against one accused)"),
    Unit.CASE: _("Cases (one court file)"),
}
_PERIODS = ("cohort", "ended")
_CLOSED = ("sex", "age_band", "source", "reliability")
_ANY = {"court": _("All courts"), "offence": _("All offences")}


@dataclass(frozen=True)
class Asked:
    """One field: a choice, or where there is nothing to choose a text."""

    name: str
    label: Any
    choices: list[Option]
    hint: Any = ""
    blank: Any = None


@dataclass(frozen=True)
class Form:
    """What the form of one report shows.

    `kept` are (name, value) of what came by a link and has no field of its own, or stands there
    with another value too: they hold until somebody takes them away. `choose` leads to the report
    of each court, where it is of one court and none is named.
    """

    jurisdictions: list[Option]
    units: list[Option]
    scopes: list[Option]
    options: list[Asked]
    filters: list[Asked]
    values: Mapping[str, str]
    kept: list[tuple[str, str]]
    active: list[Active]
    choose: list[Action]


def form(request: Request, kind: Kind, jurisdiction: str | None) -> Form:
    """Return the form of a report for this reader, filled with what the address asks."""
    found = choices.read(request.dbsession, jurisdiction, Reader(request.actor))
    scopes = registry.scopes_for(Reader(request.actor), kind)
    options = [
        Asked(option.name, option.label, [Option(*pair) for pair in option.values])
        if isinstance(option, Choice)
        else Asked(option.name, option.label, [], option.hint)
        for option in kind.options
    ]
    filters = _filters(request, kind, found)
    values = {
        "jurisdiction": jurisdiction or "",
        "scope": request.GET.get("scope") or scopes[0].value,
        "unit": request.GET.get("unit") or kind.units[0].value,
        "as_known_at": request.GET.get("as_known_at", ""),
        **{option.name: request.GET.get(option.name) or option.default for option in kind.options},
        **{asked.name: next(iter(request.GET.getall(asked.name)), "") for asked in filters},
    }
    return Form(
        jurisdictions=[Option(code, name) for code, name in found.jurisdictions],
        units=_more_than_one([Option(unit.value, UNIT_WORDS[unit]) for unit in kind.units]),
        scopes=_more_than_one([Option(scope.value, SCOPE_WORDS[scope]) for scope in scopes]),
        options=options,
        filters=filters,
        values=values,
        kept=_kept(request, values),
        active=_active(request),
        choose=_choose(request, kind, found),
    )


def _choose(request: Request, kind: Kind, found: choices.Choices) -> list[Action]:
    """Return links to the report of each court, where it needs one and none is named."""
    if "court" not in kind.needs or any(request.GET.getall("court")):
        return []
    rest = [(name, value) for name, value in request.GET.items() if name != "court" and value]
    return [
        Action(
            label,
            request.route_path("report", report=kind.name, _query=[*rest, ("court", code)]),
        )
        for code, label in found.courts
    ]


def _more_than_one(found: list[Option]) -> list[Option]:
    return found if len(found) > 1 else []


def _filters(request: Request, kind: Kind, found: choices.Choices) -> list[Asked]:
    """Return the fields of filters that this report and this reader may be asked with."""
    pairs = {"court": found.courts, "offence": found.offences}
    blank = {name: _("Choose a court") if name in kind.needs else _ANY[name] for name in pairs}
    fields = [
        *(Asked(name, FILTER_WORDS[name], [], PERIOD_HINT) for name in _PERIODS),
        *(
            Asked(name, FILTER_WORDS[name], [Option(*pair) for pair in offered], "", blank[name])
            for name, offered in pairs.items()
        ),
        *(
            Asked(name, FILTER_WORDS[name], _with_unknown(words_of(name)), "", _("Any"))
            for name in _CLOSED
        ),
    ]
    mine = _organisations(request)
    if mine:
        fields.append(
            Asked("organisation", FILTER_WORDS["organisation"], mine, "", _("All organisations"))
        )
    return [asked for asked in fields if asked.name not in kind.refuses]


def _with_unknown(found: list[Option]) -> list[Option]:
    known = {option.value for option in found}
    return found if NOT_KNOWN.value in known else [*found, NOT_KNOWN]


def _organisations(request: Request) -> list[Option]:
    """Return the organisations whose cases this reader may count apart."""
    if viewer_of(request.actor) is not Viewer.NETWORK:
        return []
    every = organisations(request)
    return every if counts_all_organisations(request.actor) else every[:1]


def _kept(request: Request, values: Mapping[str, str]) -> list[tuple[str, str]]:
    kept = []
    shown = set()
    for name, value in request.GET.items():
        if name in ("page", "sort") or not value:
            continue
        if name in values and name not in shown:
            shown.add(name)  # the field itself shows the first value
        else:
            kept.append((name, value))
    return kept


def _active(request: Request) -> list[Active]:
    """Return the filters that hold, in words; none while the address can't be read."""
    try:
        pairs = FactFilters.parse(request.GET.items()).pairs()
    except FilterError:
        return []
    pairs = [pair for pair in pairs if pair[0] not in ("jurisdiction", "known_at")]
    if not pairs:
        return []
    available = case_choices.choices(request.dbsession, request.actor)

    def without(one: tuple[str, str]) -> str:
        rest = [(n, v) for n, v in request.GET.items() if n not in NAMES and n != "year" and v]
        kept = [pair for pair in pairs if pair != one]
        always = [(n, request.GET[n]) for n in ("jurisdiction", "known_at") if request.GET.get(n)]
        query = urlencode([*always, *rest, *kept])
        return f"{request.path}?{query}" if query else str(request.path)

    return active(request, available, pairs, without)

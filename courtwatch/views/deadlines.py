"""Deadlines: time limits that are over, due soon or not known, by court and organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config
from sqlalchemy.orm import Session

from courtwatch.reports.deadline_question import NAMES, make_question
from courtwatch.reports.queries import Reader
from courtwatch.security.visibility import Viewer, viewer_of
from courtwatch.services import case_choices, deadline_rows, labels
from courtwatch.services.case_list import CaseList
from courtwatch.services.deadline_rows import COLUMNS, DEFINITION, by_size
from courtwatch.services.deadline_totals import Deadline, Totals
from courtwatch.services.deadlines import Deadlines, Found, Question
from courtwatch.services.fact_filters import FilterError
from courtwatch.services.messages import _
from courtwatch.views.case_words import text
from courtwatch.views.limit_words import KINDS, due_words, law_hint, state_cell
from courtwatch.views.streaming import stream
from courtwatch.web.dates import format_day, format_moment
from courtwatch.web.page import Action, Cell, Column, Option, OptionGroup, Pagination
from workflows.limit_state import LimitKind, Over

PER_PAGE = 25


@view_config(
    route_name="deadlines",
    request_method="GET",
    renderer="deadlines.jinja2",
    permission="record:deadline:view",
)
def deadlines(request: Request) -> dict[str, Any]:
    """Show which limits are over, due soon or not known."""
    session = request.dbsession
    page: dict[str, Any] = {
        "wide": True,
        "values": request.GET,
        "errors": {},
        "shown": None,
        "kinds": [Option(kind, words) for kind, words in KINDS.items()],
        **_choices(request),
    }
    try:
        question = _of_page(read_question(request, session), request)
        if question is None:
            return page
        asked = Deadlines(session, request.actor, question)
        found = asked.found()
    except FilterError as problem:
        request.response.status_int = 400
        return page | {"errors": problem.problems}
    shown = _Shown(request, asked, found)
    kept = {name: request.GET[name] for name in NAMES if request.GET.get(name)}
    defaults = {"kind": question.kind, "days": question.days}
    return page | {
        "values": defaults | {"jurisdiction": question.jurisdiction.code} | kept,
        "shown": shown,
        "as_of": shown.as_of,
        "downloads": [
            Action(kind.upper(), request.route_path("deadlines_download", format=kind, _query=kept))
            for kind in ("csv", "json")
        ],
        "banner": request.banner_for(question.jurisdiction.invented),
    }


@view_config(
    route_name="deadlines_download", request_method="GET", permission="record:deadline:download"
)
def download(request: Request) -> Response:
    """Send every limit that is over, due soon or not known."""
    actor = request.actor
    try:
        question = read_question(request, request.dbsession)
        if question is None:
            raise HTTPBadRequest(str(text(_("Nothing has been recorded yet."))))
        asked = Deadlines(request.dbsession, actor, question)
        found = asked.found()
    except FilterError as problem:
        told = " ".join(str(text(words)) for words in problem.problems.values())
        raise HTTPBadRequest(told) from None
    names = deadline_rows.names_of(request.dbsession, found)
    invented = question.jurisdiction.invented
    about = {
        "title": "Time limits that are over, due soon or not known",
        "unit": "time limit of one prosecution",
        "kind": str(question.kind),
        "due_within_days": question.days,
        "jurisdiction": question.jurisdiction.code,
        "invented_data": invented,
        "notice": "Invented data" if invented else None,
        "as_of": question.now.isoformat(timespec="seconds"),
        "revision": question.revision,
        "definition": DEFINITION,
        "detention_of_ended_prosecutions_not_known": found.ended_unknown,
        "totals": list(deadline_rows.total_values(found, names)),
    }
    rows = list(deadline_rows.row_values(asked, found, names))

    def values(session: Session) -> Iterator[Mapping[str, Any]]:
        yield from rows

    name = "courtwatch-deadlines" + ("-invented-data" if invented else "")
    return stream(request, name, COLUMNS, values, about)


def read_question(request: Request, session: Session) -> Question | None:
    """Return what the address asks; None where nothing is recorded. Raises FilterError."""
    given = {name: request.GET.get(name, "").strip() for name in NAMES}
    return make_question(session, given, request.now, reader=Reader(request.actor))


def _of_page(question: Question | None, request: Request) -> Question | None:
    """Return the question of the page, which reads the whole past only where it is asked to."""
    if question is None:
        return None
    return replace(question, released=request.GET.get("released") == "yes")


def _choices(request: Request) -> dict[str, Any]:
    """Return what can be chosen: jurisdictions, courts, and organisations for those who know."""
    available = case_choices.choices(request.dbsession, request.actor)
    courts: list[Any] = [
        OptionGroup(
            labels.named(one.jurisdiction), tuple(Option(code, label) for code, label in one.courts)
        )
        for one in available
    ]
    organisations = []
    if viewer_of(request.actor) is Viewer.NETWORK:
        found = case_choices.organisations(request.dbsession, request.actor)
        organisations = [Option(one.code, labels.named(one)) for one in found]
    return {
        "jurisdictions": [
            Option(one.jurisdiction.code, labels.named(one.jurisdiction)) for one in available
        ],
        "courts": list(courts[0].options) if len(courts) == 1 else courts,
        "organisations": organisations,
    }


class _Shown:
    """What was found, as the page shows it."""

    columns = (
        Column(_("Accused")),
        Column(_("Time limit")),
        Column(_("Court")),
        Column(_("Last day in time")),
        Column(_("How it stands")),
    )

    def __init__(self, request: Request, asked: Deadlines, found: Found) -> None:
        self.request = request
        self.asked = asked
        self.found = found
        self.question = asked.question
        self.names = deadline_rows.names_of(request.dbsession, found)
        self.lang = request.locale_name
        self.detention = self.question.kind is LimitKind.DETENTION
        self.released = self.detention and self.question.released
        self.past = self.question.revision is not None
        self.has_limits = asked.has_limits
        self.as_of = format_moment(self.question.now, self.question.jurisdiction.time_zone)
        self.pages = self._pagination("page", len(found.due))
        self.unknown_pages = self._pagination("unknown_page", len(found.unknown))
        first, second = (
            some[(state.page - 1) * PER_PAGE :][:PER_PAGE]
            for some, state in ((found.due, self.pages), (found.unknown, self.unknown_pages))
        )
        keys = sorted({one.prosecution_id for one in (*first, *second)})
        # Names are those of today: a view of the past must read the same for ever.
        self.people = {} if self.past else CaseList(request.dbsession, request.actor).of(keys)
        self.due = [self._row(one) for one in first]
        self.unknown = [self._row(one) for one in second]

    def _pagination(self, name: str, total: int) -> Pagination:
        given = self.request.GET.get(name, "1")
        number = int(given) if given.isascii() and given.isdigit() and len(given) < 8 else 1
        kept = {key: self.request.GET[key] for key in NAMES if self.request.GET.get(key)}

        def address(page: int) -> str:
            query = kept | ({name: str(page)} if page > 1 else {})
            return str(self.request.route_path("deadlines", _query=query, _anchor=name))

        return Pagination(max(1, min(number, -(-total // PER_PAGE))), PER_PAGE, total, address)

    def _row(self, one: Deadline) -> list[Any]:
        standing, zone = one.standing, self.question.zone
        person = self.people.get(one.prosecution_id)
        hints = [one.case]
        if person is not None:
            hints += person.numbers
        owner = self.names.organisations.get(one.owner_id)
        if self.asked.sees_organisations and owner is not None:
            hints.append(owner.name(self.lang))
        return [
            Cell(
                person.accused if person is not None else one.prosecution,
                href=self._case(one),
                hint=" · ".join(hints),
            ),
            Cell(standing.label, hint=law_hint(standing)),
            self._court(one.court_id),
            due_words(standing, zone),
            self._state(one),
        ]

    def _state(self, one: Deadline) -> Cell:
        """Return how a limit stands, and when somebody last looked."""
        cell = state_cell(one.standing, self.question.zone, self.question.now)
        looked = _("last verified: ${day}", mapping={"day": format_day(one.verified_on)})
        return replace(cell, hint=" · ".join(filter(None, [str(cell.hint), text(looked)])))

    def _case(self, one: Deadline) -> str:
        asked = self.request.GET.get("as_known_at", "").strip() if self.past else ""
        return str(
            self.request.route_path(
                "case",
                case=one.case,
                _query={"as_known_at": asked} if asked else None,
                _anchor=f"prosecution-{one.prosecution}",
            )
        )

    def _court(self, key: int | None) -> Any:
        row = self.names.institutions.get(key or 0)
        return row.name(self.lang) if row is not None else _("Not known")

    # Totals

    @property
    def total_columns(self) -> list[Column]:
        """Return the columns of both tables of totals, but for the first."""
        columns = [
            Column(_("Persons over"), numeric=True),
            Column(_("Persons due soon"), numeric=True),
            Column(_("Persons not known"), numeric=True),
        ]
        if self.detention:
            columns.append(Column(_("Person-days of those held"), numeric=True))
        if self.released:
            columns.append(Column(_("Person-days of all"), numeric=True))
        return columns

    def totals(self, title: Any, groups: Mapping[int | None, Totals], names: Any) -> TotalsTable:
        """Return a table of totals, those with most persons over the limit first."""
        rows = [
            [self._called(names, key), *self._numbers(some)]
            for key, some in by_size(groups)
            if self.released or some.over or some.soon or some.unknown
        ]
        if len(rows) > 1:
            rows.append([_("All"), *self._numbers(self.found.total)])
        return TotalsTable([Column(title), *self.total_columns], rows)

    def by_court(self) -> TotalsTable:
        """Return the totals by court."""
        return self.totals(_("Court"), self.found.by_court, self.names.institutions)

    def by_organisation(self) -> TotalsTable | None:
        """Return the totals by organisation, for those who may know them."""
        if not self.asked.sees_organisations:
            return None
        groups = self.found.by_organisation
        return self.totals(_("Organisation"), groups, self.names.organisations)

    def _called(self, names: Mapping[int, Any], key: int | None) -> Any:
        row = names.get(key or 0)
        return row.name(self.lang) if row is not None else _("Not known")

    def _numbers(self, some: Totals) -> list[Any]:
        numbers: list[Any] = [f"{n:,}" for n in (some.over, some.soon, some.unknown)]
        if self.detention:
            numbers.append(days(some.held))
        return [*numbers, days(some.all_days)] if self.released else numbers

    @property
    def held(self) -> str:
        """Return the person-days of those who are over a limit now, at least."""
        return f"{self.found.total.held.least:,}"

    @property
    def verified(self) -> str:
        """Return how many of them lie before the last verification."""
        return f"{self.found.total.verified:,}"

    @property
    def held_at_most(self) -> str:
        """Return the same, at most."""
        return f"{self.found.total.held.most:,}"


def days(found: Over) -> Any:
    """Return whole days; at most how many beside it where dates are vague."""
    if found.least == found.most:
        return f"{found.least:,}"
    hint = text(_("at most ${n}", mapping={"n": f"{found.most:,}"}))
    return Cell(f"{found.least:,}", hint=hint)


@dataclass(frozen=True)
class TotalsTable:
    """Totals by court or by organisation."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]

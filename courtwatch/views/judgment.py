"""One judgment of several accused, entered once: how each charge of each of them ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.commands.judgments import SEPARATOR, RecordJudgment, at, parse_judgment
from courtwatch.services.fact_inputs import read_inputs, read_lookups
from courtwatch.services.fact_rows import current_offences
from courtwatch.services.finding import accused_of, charges_with_offences
from courtwatch.services.meanwhile import Touched
from courtwatch.services.messages import _
from courtwatch.services.record_judgment import PossibleEnd, possible_ends, record_judgment
from courtwatch.services.standing import make_standing, procedure_of
from courtwatch.services.work import Work
from courtwatch.views import options
from courtwatch.views.forms import submit
from courtwatch.views.lookup import case_from
from courtwatch.views.meanwhile import Changes
from courtwatch.web.page import Option


class _JudgmentPage:
    """The form for the accused of one case whose charges can be judged now."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.case = case_from(request)
        self.procedure = procedure_of(self.case.procedure_version)
        self.called = accused_of(request.dbsession, request.actor, self.case)
        connection = request.dbsession.connection()
        lookups = read_lookups(connection)
        inputs = read_inputs(connection, list(self.called))
        self.ends: dict[int, dict[int, list[PossibleEnd]]] = {}
        self.current: dict[int, int | None] = {}
        for key in self.called:
            if key not in inputs:
                continue
            standing = make_standing(inputs[key], lookups)
            if found := possible_ends(standing):
                self.ends[key] = found
                self.current |= current_offences(standing.inputs, standing.state)

    @property
    def href(self) -> str:
        """Return the address of the case."""
        return str(self.request.route_path("case", case=self.case.public_code))

    def accused(self) -> list[dict[str, Any]]:
        """Return each accused with the charges that can be judged, and how."""
        lang = self.request.locale_name
        found = []
        for key, charges in self.ends.items():
            rows = charges_with_offences(self.request.dbsession, list(charges), self.current)
            steps = {end.step.name: end.step for ends in charges.values() for end in ends}
            modes = dict.fromkeys(
                mode for step in steps.values() if len(step.modes) > 1 for mode in step.modes
            )
            found.append(
                {
                    "key": key,
                    "name": self.called[key],
                    "modes": options.words({m: labels.MODES.get(m, m) for m in modes}),
                    "charges": [
                        {
                            "id": charge.id,
                            "offence": options.offence_words(offence, lang) if offence else None,
                            "kind": labels.label(labels.CHARGE_KINDS, charge.kind),
                            "ends": [self._option(end, lang) for end in charges[charge.id]],
                        }
                        for charge, offence in rows
                    ],
                }
            )
        return found

    def _option(self, end: PossibleEnd, lang: str) -> Option:
        disposition = self.procedure.disposition(end.disposition).label.get(lang)
        step = end.step.label.get(lang)
        words = disposition if disposition == step else f"{disposition} ({step})"
        return Option(f"{end.step.name}{SEPARATOR}{end.disposition}", words)

    def show(self, values: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the template shows."""
        session, lang = self.request.dbsession, self.request.locale_name
        jurisdiction_id = self.case.jurisdiction_id
        return {
            "page_title": _("Record a judgment"),
            "case": self.case,
            "case_href": self.href,
            "values": values,
            "errors": errors,
            "accused": self.accused(),
            "institutions": options.institutions(session, jurisdiction_id, lang),
            "offences": options.offences(session, jurisdiction_id, lang),
            "sources": options.words(labels.SOURCES),
            "reliabilities": options.words(labels.RELIABILITIES),
            "sentence_kinds": options.words(labels.SENTENCE_KINDS),
            "sentence_units": options.words(labels.SENTENCE_UNITS),
            "banner": self.request.banner_for(self.case.jurisdiction.invented),
        }

    def default_values(self) -> dict[str, Any]:
        """Return what the empty form shows: no end is guessed."""
        values: dict[str, Any] = {"source": "told", "reliability": "medium"}
        for key in self.ends:
            values |= {at("sentence_unit", key): "years", at("currency", key): "KHR"}
        if self.case.court_id:
            values["institution"] = str(self.case.court_id)
        return values


@view_config(
    route_name="judgment_add",
    request_method="GET",
    renderer="record/judgment.jinja2",
    permission="record:step:record",
)
def show_judgment(request: Request) -> dict[str, Any]:
    """Show the form of a judgment."""
    page = _JudgmentPage(request)
    return page.show(page.default_values(), {})


@view_config(
    route_name="judgment_add",
    request_method="POST",
    renderer="record/judgment.jinja2",
    permission="record:step:record",
)
def save_judgment(request: Request) -> Any:
    """Record the judgment as a whole, or say at each accused what the procedure refuses."""
    page = _JudgmentPage(request)

    def read() -> RecordJudgment:
        charges = {key: list(found) for key, found in page.ends.items()}
        return parse_judgment(request.POST, charges, request.today(page.case.jurisdiction))

    def act(work: Work, command: RecordJudgment) -> str:
        record_judgment(work, page.case, list(page.called), command)
        return page.href

    return submit(
        request,
        "judgment:recorded",
        read,
        act,
        lambda errors: page.show(request.POST, errors),
        _("The judgment was recorded."),
        changes=Changes(Touched(page.case.id, frozenset(page.called))),
    )

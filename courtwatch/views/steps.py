"""Record a step: choose one that the procedure permits now, then a form built from what it asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.commands.parsing import parse
from courtwatch.commands.steps import NEW_CHARGE_ROWS, CheckUnchanged, RecordStep, parse_step
from courtwatch.models import Case, Prosecution
from courtwatch.services.fact_rows import current_offences
from courtwatch.services.finding import accused_of, charges_with_offences
from courtwatch.services.meanwhile import Touched
from courtwatch.services.messages import _
from courtwatch.services.record_step import check_unchanged, record_step
from courtwatch.services.standing import (
    Standing,
    movable_charges,
    offers,
    replaceable_charges,
    standing_of,
)
from courtwatch.services.work import Work
from courtwatch.views import options
from courtwatch.views.forms import submit
from courtwatch.views.lookup import case_from, prosecution_from
from courtwatch.views.meanwhile import Changes, numbers
from workflows.elements import Step, Track


def _accused_label(request: Request, prosecution: Prosecution, case: Case) -> str:
    """Return how the accused is called on forms."""
    return accused_of(request.dbsession, request.actor, case)[prosecution.id]


def _case_href(request: Request, case: Case) -> str:
    return str(request.route_path("case", case=case.public_code))


@view_config(
    route_name="step_choose",
    request_method="GET",
    renderer="record/steps.jinja2",
    permission="record:step:record",
)
def choose(request: Request) -> dict[str, Any]:
    """Offer the steps that are permitted now, and say of the others why they are not."""
    prosecution, case = prosecution_from(request)
    standing = standing_of(request.dbsession, prosecution)
    found = offers(standing)
    if "files" in request.GET:
        found = [o for o in found if o.step.files_charges]
    procedure = standing.machine.procedure
    stage = standing.state.stage
    return {
        "page_title": _("Record a step"),
        "case": case,
        "case_href": _case_href(request, case),
        "accused": _accused_label(request, prosecution, case),
        "prosecution": prosecution,
        "stage": procedure.stage(stage).label if stage else None,
        "procedure": procedure,
        "main": [o for o in found if o.allowed and o.step.track is Track.MAIN],
        "custody": [o for o in found if o.allowed and o.step.track is Track.CUSTODY],
        "refused": [o for o in found if not o.allowed],
        "actors": {actor.name: actor.label for actor in procedure.actors},
        "banner": request.banner_for(case.jurisdiction.invented),
    }


class _StepPage:
    """The form of one step for one prosecution."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.prosecution, self.case = prosecution_from(request)
        self.standing: Standing = standing_of(request.dbsession, self.prosecution)
        name = request.matchdict["step"]
        steps = {step.name: step for step in self.standing.machine.procedure.steps}
        if name not in steps:
            raise HTTPNotFound()
        self.step: Step = steps[name]

    def asks(self, what: str) -> bool:
        """Say whether the step asks for something, required or not."""
        return what in self.step.requires or what in self.step.optional

    @property
    def only_files(self) -> bool:
        """Say whether the step is about the charges that it files, and moves no other."""
        return self.step.files_charges and "new_charges" in self.step.requires

    def charges(self) -> list[dict[str, Any]]:
        """Return the charges that the step can name, with their offences."""
        return self._named(movable_charges(self.standing, self.step))

    def replaceable(self) -> list[options.Option]:
        """Return the charges whose place one that the step files may take."""
        found = self._named(replaceable_charges(self.standing, self.step))
        return [
            options.Option(str(one["id"]), one["offence"] or _("Offence not known"))
            for one in found
        ]

    def _named(self, ids: list[int]) -> list[dict[str, Any]]:
        current = current_offences(self.standing.inputs, self.standing.state)
        lang = self.request.locale_name
        return [
            {
                "id": charge.id,
                "kind": labels.label(labels.CHARGE_KINDS, charge.kind),
                "offence": options.offence_words(offence, lang) if offence else None,
            }
            for charge, offence in charges_with_offences(self.request.dbsession, ids, current)
        ]

    def co_accused(self) -> list[options.Option]:
        """Return the other prosecutions of the case for which the same step can be recorded."""
        if self.step.dispositions or self.asks("new_charges") or self.asks("to_offence"):
            return []
        return [
            options.Option(str(key), words)
            for key, words in accused_of(
                self.request.dbsession, self.request.actor, self.case
            ).items()
            if key != self.prosecution.id
        ]

    def show(self, values: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the template shows."""
        request, step, lang = self.request, self.step, self.request.locale_name
        session, procedure = request.dbsession, self.standing.machine.procedure
        jurisdiction_id = self.case.jurisdiction_id
        actor = procedure.actor(step.actor)
        wants_reasons = self.asks("reason")
        return {
            "page_title": step.label,
            "case": self.case,
            "case_href": _case_href(request, self.case),
            "accused": _accused_label(request, self.prosecution, self.case),
            "step": step,
            "actor": actor.label,
            "asks": self.asks,
            "values": values,
            "errors": errors,
            "charges": [] if self.only_files else self.charges(),
            "dispositions": options.dispositions(procedure, step.dispositions, lang),
            "co_accused": self.co_accused(),
            "institutions": options.institutions_of(session, jurisdiction_id, lang, actor),
            "offences": options.offences(session, jurisdiction_id, lang)
            if self.asks("new_charges") or self.asks("to_offence")
            else [],
            "replaceable": self.replaceable() if self.asks("new_charges") else [],
            "new_charge_rows": range(1, NEW_CHARGE_ROWS + 1),
            "exploitations": options.words(labels.EXPLOITATIONS),
            "reasons": options.reasons(session, lang) if wants_reasons else [],
            "modes": options.words({m: labels.MODES.get(m, m) for m in step.modes}),
            "confidences": options.words(labels.CONFIDENCES),
            "sources": options.words(labels.SOURCES),
            "reliabilities": options.words(labels.RELIABILITIES),
            "sentence_kinds": options.words(labels.SENTENCE_KINDS),
            "sentence_units": options.words(labels.SENTENCE_UNITS),
            "banner": request.banner_for(self.case.jurisdiction.invented),
        }

    def default_values(self) -> dict[str, Any]:
        """Return what the empty form shows: all charges named, the case's court chosen."""
        values: dict[str, Any] = {
            "charge": [str(charge["id"]) for charge in self.charges()],
            "source": "told",
            "reliability": "medium",
            "confidence": "low",
            "sentence_unit": "years",
            "currency": "KHR",
        }
        if self.case.court_id:
            values["institution"] = str(self.case.court_id)
        return values


@view_config(
    route_name="step_record",
    request_method="GET",
    renderer="record/step.jinja2",
    permission="record:step:record",
)
def show_step(request: Request) -> dict[str, Any]:
    """Show the form of a step."""
    page = _StepPage(request)
    return page.show(page.default_values(), {})


@view_config(
    route_name="step_record",
    request_method="POST",
    renderer="record/step.jinja2",
    permission="record:step:record",
)
def save_step(request: Request) -> Any:
    """Record the step, or say why the procedure refuses it and what is permitted."""
    page = _StepPage(request)

    def read() -> RecordStep:
        ids = [charge["id"] for charge in page.charges()]
        today = request.today(page.case.jurisdiction)
        return parse_step(page.step.name, request.POST, ids, today)

    def act(work: Work, command: RecordStep) -> str:
        record_step(work, page.prosecution, command)
        return _case_href(request, page.case)

    moved = frozenset({page.prosecution.id}) | numbers(request, "also")
    return submit(
        request,
        "step:recorded",
        read,
        act,
        lambda errors: page.show(request.POST, errors),
        _("The step was recorded."),
        changes=Changes(Touched(page.case.id, moved)),
    )


@view_config(
    route_name="checked",
    request_method="GET",
    renderer="record/checked.jinja2",
    permission="record:step:record",
)
def show_checked(request: Request) -> dict[str, Any]:
    """Show the form that says: checked, nothing changed."""
    case = case_from(request)
    today = request.today(case.jurisdiction)
    values = {
        "occurred-day": today.day,
        "occurred-month": today.month,
        "occurred-year": today.year,
        "source": "told",
    }
    return _checked_page(request, case, values, {})


@view_config(
    route_name="checked",
    request_method="POST",
    renderer="record/checked.jinja2",
    permission="record:step:record",
)
def save_checked(request: Request) -> Any:
    """Record that somebody looked and nothing had changed."""
    case = case_from(request)

    def read() -> CheckUnchanged:
        return parse(CheckUnchanged, request.POST, request.today(case.jurisdiction))

    def act(work: Work, command: CheckUnchanged) -> str:
        check_unchanged(work, case, command)
        return _case_href(request, case)

    return submit(
        request,
        "case:checked",
        read,
        act,
        lambda errors: _checked_page(request, case, request.POST, errors),
        _("Recorded: checked, nothing changed."),
        changes=None,
    )


def _checked_page(
    request: Request, case: Case, values: Mapping[str, Any], errors: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "page_title": _("Checked, nothing changed"),
        "case": case,
        "case_href": _case_href(request, case),
        "values": values,
        "errors": errors,
        "sources": options.words(labels.SOURCES),
        "banner": request.banner_for(case.jurisdiction.invented),
    }

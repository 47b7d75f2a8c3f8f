"""A procedure as people read it: stages, steps with their articles, ends, time limits."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch.services import labels
from courtwatch.services.messages import _
from courtwatch.services.standing import procedure_of
from courtwatch.views.case_parts import text
from courtwatch.views.list_words import VALUE_WORDS
from courtwatch.web.dates import format_day
from courtwatch.web.page import Cell, Column
from workflows.elements import START, STAY, CountsAs, Step, TimeLimit, Unit
from workflows.history import outcome_rule_text
from workflows.procedure import Procedure

COUNTS = {
    CountsAs.JUDGMENT: _("judgment"),
    CountsAs.ENDED_WITHOUT_JUDGMENT: _("ended without judgment"),
    CountsAs.OUTSIDE_CONTROL: _("ended outside the authorities’ control"),
    CountsAs.CONTINUES_ELSEWHERE: _("goes on elsewhere"),
    CountsAs.NONE: _("does not count"),
}
UNITS = {
    Unit.HOURS: _("${n} hours"),
    Unit.DAYS: _("${n} days"),
    Unit.WEEKS: _("${n} weeks"),
    Unit.MONTHS: _("${n} months"),
    Unit.YEARS: _("${n} years"),
}


@view_config(
    route_name="procedure",
    request_method="GET",
    renderer="procedure.jinja2",
    permission="reference:procedure:view",
)
def procedure(request: Request) -> dict[str, Any]:
    """Show the newest published version of a procedure."""
    version = labels.newest_procedure(request.dbsession, request.matchdict["name"])
    if version is None:
        raise HTTPNotFound()
    shown = procedure_of(version)
    return {
        "wide": True,
        "procedure": shown,
        "sha256": version.sha256,
        "valid_from": format_day(shown.valid_from),
        "rule": outcome_rule_text(shown),
        "stage_columns": [Column(_("Stage")), Column(_("The person is called")), Column(_("Open"))],
        "stages": [
            [s.label, VALUE_WORDS["phase"][s.phase], _("Yes") if s.live else _("No")]
            for s in shown.stages
        ],
        "step_columns": [
            Column(_("Step")),
            Column(_("By")),
            Column(_("Law")),
            Column(_("From")),
            Column(_("To")),
        ],
        "steps": [_step(shown, step) for step in shown.steps],
        "end_columns": [
            Column(_("End of a charge")),
            Column(_("Ended by")),
            Column(_("Counts as")),
        ],
        "ends": [
            [d.label, labels.actor_label(shown, d.ended_by) or "–", COUNTS[d.counts_as]]
            for d in shown.dispositions
        ],
        "limit_columns": [
            Column(_("Time limit")),
            Column(_("Law")),
            Column(_("Length")),
            Column(_("Starts with")),
        ],
        "limits": [_limit(shown, limit) for limit in shown.time_limits],
    }


def _place(shown: Procedure, name: str) -> str:
    if name == START:
        return text(_("the beginning"))
    if name == STAY:
        return text(_("(moves nothing)"))
    found = labels.stage_label(shown, name)
    custody = labels.custody_label(shown, name)
    return text(found if found is not None and found.en != name else custody)


def _step(shown: Procedure, step: Step) -> list[Any]:
    return [
        Cell(step.label, hint=step.note or ""),
        labels.actor_label(shown, step.actor) or "–",
        Cell(step.article, hint="" if step.verified else _("not verified by a lawyer")),
        ", ".join(_place(shown, name) for name in step.sources),
        _place(shown, step.target),
    ]


def _limit(shown: Procedure, limit: TimeLimit) -> list[Any]:
    return [
        limit.label,
        Cell(limit.article, hint="" if limit.verified else _("not verified by a lawyer")),
        UNITS[limit.unit] % {"n": str(limit.length)},
        labels.step_label(shown, limit.trigger),
    ]

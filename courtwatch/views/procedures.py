"""A procedure as people read it: stages, steps with their articles, ends, time limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch.services import labels, published_procedures
from courtwatch.services.messages import _
from courtwatch.services.standing import procedure_of
from courtwatch.views.case_words import text
from courtwatch.views.list_words import VALUE_WORDS
from courtwatch.views.procedure_diagram import figures
from courtwatch.web.dates import format_day
from courtwatch.web.page import Action, Cell, Column
from workflows.elements import START, CountsAs, Step, TimeLimit, Track, Unit
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
    route_name="procedures",
    request_method="GET",
    renderer="procedures.jinja2",
    permission="reference:procedure:view",
)
def procedures(request: Request) -> dict[str, Any]:
    """List every published procedure with its versions."""
    rows = []
    newest: set[str] = set()
    for version in published_procedures.every_version(request.dbsession):
        shown = procedure_of(version)
        current = version.name not in newest
        newest.add(version.name)
        query = {} if current else {"version": str(version.version)}
        rows.append(
            [
                Cell(
                    shown.title,
                    href=request.route_path("procedure", name=version.name, _query=query),
                    hint="" if current else _("replaced by a newer version; its cases keep it"),
                ),
                str(version.version),
                format_day(shown.valid_from),
                str(len(shown.stages)),
                str(len(shown.steps)),
                str(sum(not step.verified for step in shown.steps)),
            ]
        )
    return {
        "columns": [
            Column(_("Procedure")),
            Column(_("Version"), numeric=True),
            Column(_("In force since")),
            Column(_("Stages"), numeric=True),
            Column(_("Steps"), numeric=True),
            Column(_("Steps not verified"), numeric=True),
        ],
        "rows": rows,
    }


@view_config(
    route_name="procedure",
    request_method="GET",
    renderer="procedure.jinja2",
    permission="reference:procedure:view",
)
def procedure(request: Request) -> dict[str, Any]:
    """Show the newest published version of a procedure, or the one that is asked for."""
    versions = published_procedures.versions_of(request.dbsession, request.matchdict["name"])
    asked = request.GET.get("version")
    version = next((v for v in versions if asked is None or str(v.version) == asked), None)
    if version is None:
        raise HTTPNotFound()
    shown = procedure_of(version)
    return {
        "wide": True,
        "procedure": shown,
        "figures": figures(shown),
        "versions": [
            Action(
                _("Version ${n}") % {"n": str(each.version)},
                request.route_path(
                    "procedure", name=each.name, _query={"version": str(each.version)}
                ),
            )
            for each in versions
            if each is not version
        ],
        "superseded": version is not versions[0],
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


def _places(shown: Procedure, step: Step, names: Iterable[str]) -> str:
    words = []
    for name in dict.fromkeys(names):
        if name == START:
            words.append(text(_("the beginning")))
        elif step.track is Track.CUSTODY:
            words.append(text(labels.custody_label(shown, name)))
        else:
            words.append(text(labels.stage_label(shown, name)))
    return ", ".join(words)


def _step(shown: Procedure, step: Step) -> list[Any]:
    """A row; a step that leads to several places has a line for each."""
    by_target: dict[str, list[str]] = {}
    for source, target in step.moves:
        by_target.setdefault(target, []).append(source)
    if step.stays:
        sources = [_places(shown, step, step.sources)]
        targets = [text(_("(moves nothing)"))]
    else:
        sources = [_places(shown, step, names) for names in by_target.values()]
        targets = [_places(shown, step, [name]) for name in by_target]
    if len(targets) > 1:
        sources = [f"{number}. {words}" for number, words in enumerate(sources, 1)]
        targets = [f"{number}. {words}" for number, words in enumerate(targets, 1)]
    return [
        Cell(step.label, hint=step.note or ""),
        labels.actor_label(shown, step.actor) or "–",
        Cell(step.article, hint="" if step.verified else _("not verified by a lawyer")),
        sources,
        targets,
    ]


def _limit(shown: Procedure, limit: TimeLimit) -> list[Any]:
    return [
        limit.label,
        Cell(limit.article, hint="" if limit.verified else _("not verified by a lawyer")),
        UNITS[limit.unit] % {"n": str(limit.length)},
        labels.step_label(shown, limit.trigger),
    ]

"""The state diagram of a procedure on its page: the words and blocks of each part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from courtwatch.charts.data import Heading
from courtwatch.charts.state_blocks import Block, BlockRow, Kind, Sign, Way
from courtwatch.charts.state_diagram import block_list, by_height, legend, state_diagram
from courtwatch.services.messages import _
from courtwatch.views.case_words import text
from courtwatch.views.list_words import VALUE_WORDS
from courtwatch.web.i18n import current_language
from workflows.elements import START, Stage
from workflows.overview import Exit, Overview, Part, arrange
from workflows.procedure import Procedure

KEY = "law"
HIGHEST = 1150
"""In px; higher than this, a drawing would not fit on a page of A4 in its width."""

KINDS = (
    (Kind.LIVE, _("Under way: the charge is open")),
    (Kind.REVIEW, _("Under review: the end at first instance stands meanwhile")),
    (Kind.SUSPENDED, _("Suspended: waits for the accused, and has not ended")),
    (Kind.ENDED, _("Ended, until one of its own steps is taken")),
    (Kind.COMMON, _("An end that is possible from many stages; all are drawn at the bottom")),
    (Kind.BEGINNING, _("The beginning")),
)


@dataclass(frozen=True)
class Figure:
    """One drawing with its title."""

    title: Any
    svg: Markup


def figures(procedure: Procedure) -> tuple[Figure, ...]:
    """Return the drawings of a procedure: the legend, those of each part, the common ends.

    Published versions never change, so each is drawn once for each language.
    """
    return _figures(procedure, current_language())


@lru_cache(maxsize=32)
def _figures(procedure: Procedure, language: str) -> tuple[Figure, ...]:
    plan = arrange(procedure)
    found = [
        Figure(
            _("What the shapes mean"),
            legend(
                [(kind, text(words)) for kind, words in KINDS],
                _heading(language, "shapes", text(_("What the shapes mean")), text(_LEGEND)),
            ),
        )
    ]
    for number, part in enumerate(plan.parts):
        title = _AFTER if part.phase is None else VALUE_WORDS["phase"][part.phase]
        for place, rows in enumerate(by_height(_rows(plan, part), HIGHEST, text(_ENDS))):
            shown = _CONTINUED % {"part": text(title)} if place else title
            described = _PART % {"n": str(len(rows)), "places": ", ".join(_told(rows))}
            heading = _heading(language, f"part{number}x{place}", text(shown), text(described))
            found.append(Figure(shown, state_diagram(rows, heading, text(_ENDS))))
    if plan.common:
        blocks = [_block(plan, stage, _from(plan, stage)) for stage in plan.common]
        heading = _heading(language, "ends", text(_COMMON), text(_COMMON_TOLD))
        found.append(Figure(_COMMON, block_list(blocks, heading, text(_ENDS))))
    return tuple(found)


_CONTINUED = _("${part} (continued)")
_AFTER = _("After the first judgment")
_ENDS = _("May also end as")
_COMMON = _("Ends that are possible from many stages")
_COMMON_TOLD = _("Each with the stages from which it is reached and the steps that lead out of it.")
_PART = _(
    "${n} places, each with the steps that lead out of it and the mark of the place to which they "
    "lead: ${places}. The table of steps below says the same."
)
_LEGEND = _("Six shapes: under way, under review, suspended, ended, common end, beginning.")


def _heading(language: str, key: str, title: str, description: str) -> Heading:
    return Heading(title, description, f"{KEY}-{key}", language)


def _rows(plan: Overview, part: Part) -> list[BlockRow]:
    rows = []
    for number, row in enumerate(part.rows):
        following = part.rows[number + 1].place if number + 1 < len(part.rows) else None
        rows.append(
            BlockRow(
                _place(plan, row.place),
                tuple(_block(plan, stage) for stage in row.suspended),
                tuple(_block(plan, stage) for stage in row.ends),
                any(exit_.target == following for exit_ in plan.exits[row.place]),
            )
        )
    return rows


def _told(rows: Iterable[BlockRow]) -> Iterable[str]:
    for row in rows:
        for block in (row.middle, *row.left, *row.right):
            yield f"{block.sign.mark} {block.sign.label}".strip()


def _place(plan: Overview, name: str) -> Block:
    if name != START:
        return _block(plan, plan.procedure.stage(name))
    sign = Sign(START, "", Kind.BEGINNING, text(_("The beginning")))
    return Block(sign, _ways(plan, plan.own_exits(START)), _ways(plan, plan.common_exits(START)))


def _block(plan: Overview, stage: Stage, note: str = "") -> Block:
    return Block(
        _sign(plan, stage),
        _ways(plan, plan.own_exits(stage.name)),
        _ways(plan, plan.common_exits(stage.name)),
        note,
    )


def _from(plan: Overview, stage: Stage) -> str:
    marks = [plan.marks.get(name, text(_("the beginning"))) for name in plan.ways_in(stage.name)]
    return text(_("Reached from ${places}") % {"places": ", ".join(marks)})


def _sign(plan: Overview, stage: Stage) -> Sign:
    if stage in plan.common:
        kind = Kind.COMMON
    elif stage.terminal:
        kind = Kind.ENDED
    elif stage.suspended:
        kind = Kind.SUSPENDED
    else:
        kind = Kind.LIVE if stage.first_instance else Kind.REVIEW
    return Sign(stage.name, plan.marks[stage.name], kind, text(stage.label))


def _ways(plan: Overview, exits: Iterable[Exit]) -> tuple[Way, ...]:
    return tuple(
        Way(
            " / ".join(dict.fromkeys(text(step.label) for step in exit_.steps)),
            _sign(plan, plan.procedure.stage(exit_.target)),
            "; ".join(
                f"{text(step.label)} ({text(plan.procedure.actor(step.actor).label)}, "
                f"{step.article})"
                for step in exit_.steps
            ),
        )
        for exit_ in exits
    )

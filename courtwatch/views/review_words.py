"""Entries to review in words: what is the matter, and what would hold after each way."""

from __future__ import annotations

from typing import Any

from courtwatch import labels
from courtwatch.models import Case
from courtwatch.services.labels import outcome_label, stage_label, step_label
from courtwatch.services.messages import _
from courtwatch.services.resolutions import Resolution, Way, account_of
from courtwatch.services.review import EntryToReview
from courtwatch.views.case_words import text, when
from courtwatch.web.dates import format_day
from workflows.history import ProsecutionState
from workflows.procedure import Procedure


def way_words(entry: EntryToReview, way: Resolution) -> Any:
    """Return what a click does."""
    if way.way is Way.BACK:
        reason = labels.label(labels.VOID_REASONS, way.value)
        return _("Take the entry back: ${why}", mapping={"why": text(reason).lower()})
    return _WORDS[way.way](entry, way)


def _day_words(entry: EntryToReview, way: Resolution) -> Any:
    change = way.change.values
    if change["occurred_from"] is None:
        return _("The day is not known")
    return _("The day is known less exactly: ${day}", mapping={"day": _span(change)})


def _account_words(entry: EntryToReview, way: Resolution) -> Any:
    account = account_of(entry, way.value)
    source = labels.label(labels.SOURCES, account.source) if account is not None else ""
    return _(
        "The other source holds: ${day} (${source})",
        mapping={"day": _span(way.change.values), "source": text(source)},
    )


def _span(values: Any) -> str:
    return when(values["occurred_from"], values["occurred_to"], values["precision"])


def _first_seen_words(entry: EntryToReview, way: Resolution) -> Any:
    stage = text(stage_label(entry.machine.procedure, way.value))
    if entry.event.occurred_from is None:
        return _("Add: first seen at “${stage}”, day not known", mapping={"stage": stage})
    return _("Add: first seen at “${stage}” on that day", mapping={"stage": stage})


def _step_words(words: Any) -> Any:
    def said(entry: EntryToReview, way: Resolution) -> Any:
        return words % {"step": text(step_label(entry.machine.procedure, way.value))}

    return said


def _plain(words: Any) -> Any:
    return lambda entry, way: words


_WORDS = {
    Way.ORDER: _plain(_("It has another place among the entries of that day")),
    Way.ACCOUNT: _account_words,
    Way.DAY: _day_words,
    Way.FIRST_SEEN: _first_seen_words,
    Way.EARLIER: _step_words(_("Add what is missing before it, day not known: “${step}”")),
    Way.SIBLING: _step_words(_("It was another step: “${step}”")),
    Way.CHARGE: _plain(_("It is not about the charge that could not take it")),
    Way.ACCUSED: _plain(_("It is not about this accused")),
}


def stands(procedure: Procedure, state: ProsecutionState) -> str:
    """Return where an accused stands, in words."""
    parts = [text(stage_label(procedure, state.stage) or _("nothing recorded yet"))]
    outcome = outcome_label(procedure, state.outcome)
    if outcome is not None:
        parts.append(text(_("outcome: ${outcome}", mapping={"outcome": text(outcome)})))
    if state.ended_on is not None:
        parts.append(format_day(state.ended_on))
    if state.custody_since is not None:
        parts.append(text(procedure.custody_state(state.custody).label))
    return " · ".join(parts)


def after_words(entry: EntryToReview, way: Resolution) -> str:
    """Return what would hold after a way: where the accused stands, and what else waits."""
    procedure = entry.machine.procedure
    now, then = stands(procedure, entry.state), stands(procedure, way.after)
    said = (
        _("Stays: ${place}", mapping={"place": then})
        if now == then
        else _("Then: ${place}", mapping={"place": then})
    )
    left = len({item.event_id for item in way.after.unresolved})
    if not left:
        return text(said)
    more = _("still to review here: ${n}", mapping={"n": left})
    return f"{text(said)} · {text(more)}"


def entry_shown(
    entry: EntryToReview, case: Case, accused: tuple[str, str], ways: list[Resolution]
) -> dict[str, Any]:
    """Return one entry as the template shows it."""
    event, procedure = entry.event, entry.machine.procedure
    steps = {step.name: step for step in procedure.steps}
    own = steps.get(event.step)
    permitted = [
        text(steps[name].label)
        for name in entry.why.permitted
        if name in steps and (own is None or steps[name].track is own.track)
    ]
    return {
        "event": event,
        "case": case,
        "prosecution": accused[0],
        "accused": accused[1],
        "step": step_label(procedure, event.step),
        "day": when(event.occurred_from, event.occurred_to, event.precision),
        "why": entry.why.why,
        "stood": stands(procedure, entry.state),
        "permitted": permitted,
        "batch": event.batch_id,
        "ways": [
            {"key": way.key, "words": way_words(entry, way), "after": after_words(entry, way)}
            for way in ways
        ],
    }

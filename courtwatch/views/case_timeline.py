"""The timeline of a case page: each event with what it did, who told of it, and corrections."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from courtwatch import labels
from courtwatch.models.vocabulary import Precision
from courtwatch.services.case_page import EventShown, NoteShown, SourceShown, TouchedShown
from courtwatch.services.messages import _
from courtwatch.views.case_parts import Parts
from courtwatch.views.case_words import text, when
from courtwatch.web.page import Action, Colour, TimelineEntry


class Timeline:
    """Makes the entries of one page's timeline."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.request = parts.request
        self.page = parts.page

    def entry(self, event: EventShown) -> TimelineEntry:
        """Return one entry of the timeline."""
        moment = when(event.first, event.last, event.precision)
        if event.time:
            moment += f", {event.time}"
        return TimelineEntry(
            when=moment,
            title=event.step,
            facts=tuple(self._facts(event)),
            sources=tuple(self._sources(event)),
            note="\n".join(self.parts.note_line(note) for note in self._notes(event)),
            tag=_("Has no place in the procedure: not counted") if event.unresolved else "",
            colour=Colour.YELLOW,
            voided=event.voided,
            void_reason=self._why_voided(event) if event.voided else "",
            actions=tuple(self._entry_actions(event)),
            anchor=f"event-{event.id}",
            datetime=event.first.isoformat()
            if event.first and event.precision is Precision.DAY
            else "",
        )

    def _notes(self, event: EventShown) -> Iterable[NoteShown]:
        """Return the notes of an entry; why a source holds stands with an entry that holds."""
        return event.notes if event.voided else (*event.notes, *event.remarks)

    def _facts(self, event: EventShown) -> Iterable[tuple[Any, Any]]:
        if event.actor is not None:
            who = text(event.actor)
            if event.institution is not None:
                who += f", {text(event.institution)}"
            yield _("By"), who
        elif event.institution is not None:
            yield _("At"), event.institution
        if event.article:
            yield _("Law"), event.article
        if event.entry_stage is not None:
            yield _("Stage when first seen"), event.entry_stage
        if event.mode:
            yield _("How"), labels.label(labels.MODES, event.mode)
        touched = [t for t in dict.fromkeys(self._touched(one) for one in event.touched) if t]
        if touched:
            yield _("About"), "; ".join(touched)
        for reason in event.reasons_stated:
            yield _("Reason stated"), self.parts.reason(reason)
        for reason in event.reasons_assessed:
            yield _("Reason assessed by us"), self.parts.reason(reason)
        for sentence in dict.fromkeys(self.parts.sentence(one) for one in event.sentences):
            yield _("Sentence"), sentence
        if event.unresolved is not None:
            yield _("Why it is not counted"), event.unresolved
        for first, last in event.earlier:
            yield _("Day before a better source"), when(first, last, Precision.DAY)

    def _touched(self, one: TouchedShown) -> str:
        words = self.parts.people.get(one.accused, "") if len(self.parts.people) > 1 else ""
        parts = [words] if words else []
        if one.charge is not None:
            parts.append(text(one.charge))
        if one.new:
            parts.append(text(_("filed")))
        if one.instead_of is not None:
            former = {"offence": text(one.instead_of)}
            parts.append(text(_("in place of: ${offence}", mapping=former)))
        if one.to_offence is not None:
            parts.append(text(_("now: ${offence}", mapping={"offence": text(one.to_offence)})))
        if one.disposition is not None:
            parts.append(text(one.disposition))
        return ": ".join(parts[:1]) + (" – " + ", ".join(parts[1:]) if len(parts) > 1 else "")

    def _sources(self, event: EventShown) -> Iterable[str]:
        for source in event.sources:
            yield self._source(source, event)
        yield text(_("Entered ${who}", mapping={"who": self.parts.writer(event.entered)}))
        if event.changed is not None:
            yield text(_("Changed ${who}", mapping={"who": self.parts.writer(event.changed)}))

    def _source(self, source: SourceShown, event: EventShown) -> str:
        parts = [text(labels.label(labels.SOURCES, source.source))]
        reliability = text(labels.label(labels.RELIABILITIES, source.reliability)).lower()
        parts.append(text(_("reliability: ${how}", mapping={"how": reliability})))
        parts.append(text(source.organisation or _("a monitoring organisation")))
        if source.person:
            parts.append(source.person)
        if (source.first, source.last) != (event.first, event.last):
            said = when(source.first, source.last, source.precision)
            parts.append(text(_("gives the day as: ${day}", mapping={"day": said})))
        if source.disposition not in (None, *(one.disposition for one in event.touched)):
            end = text(source.disposition)
            parts.append(text(_("gives the end as: ${end}", mapping={"end": end})))
        if source.chosen:
            parts.append(text(_("chosen by hand: holds")))
        return " · ".join(parts)

    def _why_voided(self, event: EventShown) -> str:
        parts = [text(labels.label(labels.VOID_REASONS, event.void_reason))]
        parts += [note.text for note in event.remarks]
        return " · ".join([*parts, self.parts.writer(event.corrected)])

    def _entry_actions(self, event: EventShown) -> Iterable[Action]:
        if event.moved:
            return
        path = self.request.route_path
        about = when(event.first, event.last, event.precision)
        if event.held_by is not None:
            yield Action(_("The entry that holds"), f"#event-{event.held_by}", about)
        if event.in_place_of is not None:
            yield Action(_("What was entered before"), f"#event-{event.in_place_of}", about)
        if (
            not event.voided
            and self.parts.may("record:event:correct")
            and not event.elsewhere
            and (event.own or self.page.own)
        ):
            yield Action(_("Correct"), path("event_correct", event=event.id), about)
        rests = event.voided or event.elsewhere
        if not rests and self.parts.may("record:step:record"):
            yield Action(_("Add a source"), path("event_account", event=event.id), about)
        if (
            not event.voided
            and len(event.sources) > 1
            and self.parts.may("record:account:choose")
            and not event.elsewhere
            and (event.own or self.page.own)
        ):
            chosen = path("event_choose", event=event.id)
            yield Action(_("Choose which source holds"), chosen, about)
        for note in (*event.notes, *event.remarks):
            yield from self.parts.redact(note.words, _("Redact words"), about)
        for sentence in event.sentences:
            yield from self.parts.redact(sentence.words, _("Redact sentence"), about)

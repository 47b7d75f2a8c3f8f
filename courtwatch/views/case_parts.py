"""The parts of a case page, from what may be shown to what the macros print."""

from __future__ import annotations

from typing import Any

from courtwatch import labels
from courtwatch.services.case_page import HearingShown, HearingWasShown, NoteShown, VictimShown
from courtwatch.services.messages import _
from courtwatch.views.case_accused import AccusedParts
from courtwatch.views.case_words import text, typed_pseudonym
from courtwatch.web.dates import format_day
from courtwatch.web.page import Action, Cell, Column


class Parts(AccusedParts):
    """Makes the parts of one page: the accused, hearings, victims and notes."""

    hearing_columns = (
        Column(_("Day")),
        Column(_("Kind and court")),
        Column(_("What became of it")),
        Column(_("Accused")),
    )
    victim_columns = (
        Column(_("Victim")),
        Column(_("Sex")),
        Column(_("Age")),
        Column(_("Citizenship")),
        Column(_("Exploitation")),
        Column(_("Civil party")),
    )

    def hearing(self, one: HearingShown) -> list[Any]:
        """Return the row of one hearing."""
        day = format_day(one.day) + (f", {one.time}" if one.time else "")
        path = self.request.route_path
        title: Any = labels.label(labels.HEARING_STATUSES, one.status)
        hints = []
        if one.voided:
            title = _("Corrected: no longer counts")
            why = text(labels.label(labels.VOID_REASONS, one.void_reason))
            hints += [] if one.was else [why]
        if one.reason is not None:
            hints.append(text(one.reason))
        if one.next_on is not None:
            hints.append(text(_("next: ${day}", mapping={"day": format_day(one.next_on)})))
        hints += [self._hearing_was(was) for was in one.was]
        hints += [note.text for note in one.remarks]
        href = None
        if not one.voided and self.may("record:hearing:record"):
            href = path("hearing_outcome", hearing=one.code)
        who = [
            f"{self.people.get(number, '')}: {text(labels.PRESENCES[presence])}"
            for number, presence in one.presence
        ]
        court = text(one.court) if one.court else ""
        return [
            Cell(day, hint=one.code),
            Cell(labels.label(labels.HEARING_KINDS, one.kind), hint=court),
            Cell(title, href=href, hint=" · ".join(hints)),
            "; ".join(who) or "–",
        ]

    def _hearing_was(self, was: HearingWasShown) -> str:
        """Return what was wrong with a hearing, what stood there, who put it right and when."""
        why = text(labels.label(labels.VOID_REASONS, was.kind))
        parts = [text(_("corrected: ${why}", mapping={"why": why}))]
        stood = [format_day(was.day)] if was.day else []
        stood += [text(was.court)] if was.court else []
        stood += [self.people.get(number, "") for number in was.accused]
        if stood:
            parts.append(text(_("before: ${what}", mapping={"what": ", ".join(stood)})))
        return ", ".join([*parts, self.writer(was.corrected)])

    def hearing_notes(self) -> list[dict[str, Any]]:
        """Return the notes of hearings."""
        return [
            {
                "title": f"{format_day(one.day)} · {one.code}",
                "notes": [self.note(note) for note in one.notes],
            }
            for one in self.page.hearings
            if one.notes
        ]

    def hearing_corrections(self) -> list[Action]:
        """Return the hearings that this person may take back."""
        if not self.may("record:hearing:correct"):
            return []
        return [
            Action(
                f"{format_day(one.day)} ({one.code})",
                self.request.route_path("hearing_correct", hearing=one.code),
            )
            for one in self.page.hearings
            if not one.voided and not one.elsewhere and (one.own or self.page.own)
        ]

    def victim(self, one: VictimShown) -> list[Any]:
        """Return the row of one victim."""
        name = text(_("Victim ${n}", mapping={"n": one.number}))
        if one.pseudonym:
            name += f" ({one.pseudonym})"
        hints = [text(_("withdrew"))] if one.withdrawn else []
        hints += filter(None, [self.taken_out(one.words)])
        return [
            Cell(name, hint=" · ".join(hints)),
            labels.SEXES[one.sex],
            labels.AGE_BANDS[one.age_band],
            one.citizenship or "–",
            labels.label(labels.EXPLOITATIONS, one.exploitation) or "–",
            labels.YES_NO[one.civil_party],
        ]

    def victim_redactions(self) -> list[Action]:
        """Return the links to take words out of the victims' pseudonyms."""
        return [
            action
            for one in self.page.victims
            if typed_pseudonym(one.pseudonym)
            for action in self.redact(
                one.words, _("Redact the pseudonym of victim ${n}", mapping={"n": one.number})
            )
        ]

    def note_line(self, note: NoteShown) -> str:
        """Return a note in one line, with its author where that may be known."""
        author = note.person or (text(note.organisation) if note.organisation else "")
        gone = self.taken_out(note.words)
        words = f"{note.text} ({author})" if author else note.text
        return f"{words} · {gone}" if gone else words

    def note(self, note: NoteShown) -> dict[str, Any]:
        """Return a note for the page."""
        return {
            "text": note.text,
            "lang": note.language,
            "author": " · ".join(
                part
                for part in (text(note.organisation) if note.organisation else "", note.person)
                if part
            ),
            "tier": labels.NOTE_TIERS[note.tier],
            "redacted": self.taken_out(note.words),
            "redact": next(iter(self.redact(note.words, _("Redact words"))), None),
        }

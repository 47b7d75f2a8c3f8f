"""The parts of a case page, from what may be shown to what the macros print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request

from courtwatch import labels
from courtwatch.models.vocabulary import Precision
from courtwatch.security.permissions import allows
from courtwatch.services.case_page import (
    AccusedShown,
    CasePage,
    ChargeShown,
    HearingShown,
    HearingWasShown,
    NoteShown,
    ReasonShown,
    SentenceShown,
    VictimShown,
    WordsShown,
    WriterShown,
)
from courtwatch.services.inexact_days import Span
from courtwatch.services.messages import _
from courtwatch.web.dates import format_day, format_moment, format_partial
from courtwatch.web.i18n import translate
from courtwatch.web.page import Action, Cell, Colour, Column, SummaryRow

_COLOURS = {1: Colour.BLUE, 2: Colour.ORANGE, 3: Colour.GREY}
_LAWFUL = {
    "S": _("a ground in law"),
    "D": _("at the authority’s discretion"),
    "N": _("no ground in law"),
}


def text(label: Any) -> str:
    """Return a label in the reader's language as plain text."""
    return str(translate(label))


def typed_pseudonym(pseudonym: str | None) -> bool:
    """Say whether a pseudonym is none that a program gave (A1, V2), and so may hold a name."""
    return pseudonym is not None and re.fullmatch(r"[AV]\d+", pseudonym) is None


def when(first: Any, last: Any, precision: Precision) -> str:
    """Return a day with the precision that is known."""
    if first is None and last is None:
        return text(_("Day not known"))
    return format_partial(first, last or first, about=precision is Precision.ABOUT)


def span_words(span: Span | None) -> str:
    """Return a day with the precision that is known; None is not known."""
    if span is None:
        return format_day(None)
    return format_partial(span.first, span.last, span.about)


def since(span: Span | None) -> str:
    """Return since when something is so, nothing where that is not known."""
    return text(_("since ${day}", mapping={"day": span_words(span)})) if span is not None else ""


@dataclass(frozen=True)
class AccusedCard:
    """One accused as the page shows them."""

    title: str
    anchor: str
    tag: Any
    colour: Colour
    rows: list[SummaryRow]
    charges: list[list[Any]]
    actions: list[Action]


class Parts:
    """Makes the parts of one page."""

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

    def __init__(self, request: Request, page: CasePage) -> None:
        self.request = request
        self.page = page
        self.people = {one.number: self.called(one) for one in page.accused}

    def may(self, permission: str) -> bool:
        """Say whether this person may do this to this case."""
        return self.page.writable and allows(self.request.identity, permission)

    def moment(self, value: datetime | None) -> str:
        """Return a recorded moment in the jurisdiction's time."""
        return format_moment(value, self.page.jurisdiction.time_zone)

    # People

    def called(self, one: AccusedShown) -> str:
        """Return how an accused is called: by name where it may be shown."""
        names = " / ".join(name for _script, name in one.names)
        if names:
            return names
        number = text(_("Accused ${n}", mapping={"n": one.number}))
        return f"{number} ({one.pseudonym})" if one.pseudonym else number

    def accused(self, one: AccusedShown) -> AccusedCard:
        """Return the card of one accused."""
        path, name = self.request.route_path, self.called(one)
        actions = []
        if self.may("record:step:record"):
            actions.append(
                Action(
                    _("Record a step"), path("step_choose", prosecution=one.code), self.called(one)
                )
            )
        if self.may("record:charge:add"):
            actions.append(
                Action(
                    _("Add a charge"), path("charge_add", prosecution=one.code), self.called(one)
                )
            )
        if self.page.own and len(self.page.accused) > 1 and self.may("record:accused:move"):
            actions.append(
                Action(_("Move to another case"), path("accused_move", prosecution=one.code), name)
            )
        labelled: list[tuple[Any, WordsShown | None]]
        labelled = [(_("Redact name"), words) for words in one.name_words]
        labelled += [(_("Redact charge"), charge.words) for charge in one.charges]
        if typed_pseudonym(one.pseudonym):
            labelled.append((_("Redact pseudonym"), one.pseudonym_words))
        for label, words in labelled:
            actions += self.redact(words, label, name)
        standing = one.outcome or one.stage or _("Nothing recorded yet")
        colour = _COLOURS.get(one.state.event_code, Colour.TEAL)
        return AccusedCard(
            title=name,
            anchor=f"prosecution-{one.code}",
            tag=standing,
            colour=colour,
            rows=self._about(one),
            charges=[self._charge(charge) for charge in one.charges],
            actions=actions,
        )

    def _about(self, one: AccusedShown) -> list[SummaryRow]:
        state = one.state
        rows = [SummaryRow(_("Prosecution"), one.code)]
        if gone := [words for words in map(self.taken_out, one.name_words) if words]:
            rows.append(SummaryRow(_("Name"), gone))
        if pseudonym_gone := self.taken_out(one.pseudonym_words):
            rows.append(SummaryRow(_("Pseudonym"), pseudonym_gone))
        if one.stage is not None and (state.live or one.stage != one.outcome):
            rows.append(SummaryRow(_("Stage"), one.stage, hint=since(one.days.stage)))
        if one.outcome is not None:
            rows.append(SummaryRow(_("Outcome"), one.outcome, hint=self._end_hint(one)))
        rows.append(
            SummaryRow(
                _("Custody"),
                one.custody or _("Not known"),
                hint=since(one.days.custody),
            )
        )
        person = [labels.AGE_BANDS[one.age_band], labels.SEXES[one.sex]]
        if one.citizenship:
            person.append(one.citizenship)
        rows.append(SummaryRow(_("Age, sex, citizenship"), ", ".join(map(text, person))))
        rows.append(SummaryRow(_("An official"), labels.YES_NO[one.official]))
        if one.related is not None:
            rows.append(SummaryRow(_("Related to a child victim"), labels.YES_NO[one.related]))
        if one.registered is not None:
            rows.append(SummaryRow(_("Registered"), span_words(one.registered)))
        rows.append(
            SummaryRow(
                _("Last known"),
                span_words(one.days.verified),
                hint="" if state.last_verified else _("No dated entry yet"),
            )
        )
        return rows

    def _end_hint(self, one: AccusedShown) -> str:
        parts = []
        if one.days.ended is not None:
            parts.append(span_words(one.days.ended))
        if one.ended_by is not None:
            parts.append(text(_("by: ${who}", mapping={"who": text(one.ended_by)})))
        if one.state.reopened:
            parts.append(text(_("reopened; the first end counts")))
        return " · ".join(parts)

    charge_columns = (
        Column(_("Charge")),
        Column(_("Where it stands")),
        Column(_("How it ended")),
    )

    def _charge(self, charge: ChargeShown) -> list[Any]:
        kind = text(labels.label(labels.CHARGE_KINDS, charge.kind))
        hints = [text(_("charge ${n}", mapping={"n": charge.number})), kind]
        hints += [charge.article] if charge.article else []
        if charge.exploitation:
            hints.append(text(labels.label(labels.EXPLOITATIONS, charge.exploitation)))
        if charge.as_given:
            hints.append(f"“{charge.as_given}”")
        if gone := self.taken_out(charge.words):
            hints.append(gone)
        if charge.voided:
            hints.append(text(_("taken back")))
        elif charge.by is not None:
            hints.append(text(_("not counted")))
        elif not charge.counted and charge.stage is not None:
            hints.append(text(_("replaced by another charge, not counted")))
        return [
            Cell(charge.offence or _("Offence not known"), hint=" · ".join(hints)),
            self._place(charge),
            self._end(charge),
        ]

    def _place(self, charge: ChargeShown) -> Cell:
        """Return where a charge stands: superseded by another, it stands nowhere any more."""
        if charge.by is not None:
            before = {"stage": text(charge.stage)}
            return Cell(
                _("Superseded by charge ${n}", mapping={"n": charge.by}),
                hint=_("until then: ${stage}", mapping=before),
            )
        return Cell(charge.stage or "–", hint=since(charge.since))

    def _end(self, charge: ChargeShown) -> Any:
        if charge.disposition is None:
            return "–"
        parts = []
        if charge.disposed_on:
            parts.append(span_words(charge.disposed_on))
        if charge.ended_by is not None:
            parts.append(text(charge.ended_by))
        if charge.institution is not None:
            parts.append(text(charge.institution))
        parts += [
            text(_("stated: ${reason}", mapping={"reason": self.reason(r)}))
            for r in charge.reasons_stated
        ]
        parts += [
            text(_("assessed by us: ${reason}", mapping={"reason": self.reason(r)}))
            for r in charge.reasons_assessed
        ]
        parts += [self.sentence(s) for s in charge.sentences]
        return Cell(charge.disposition, hint=" · ".join(parts))

    def reason(self, one: ReasonShown) -> str:
        """Return a reason with its marks."""
        words = f"{one.code} {text(one.name)}"
        if one.confidence is not None:
            sure = text(labels.label(labels.CONFIDENCES, one.confidence))
            words += " " + text(_("(confidence: ${how})", mapping={"how": sure}))
        elif one.lawful in _LAWFUL:
            mark = text(_LAWFUL[one.lawful])
            if not one.lawful_verified:
                mark = text(_("${mark}, not verified by a lawyer", mapping={"mark": mark}))
            words += f" ({mark})"
        return words

    def sentence(self, one: SentenceShown) -> str:
        """Return a sentence in one line."""
        parts = [text(labels.label(labels.SENTENCE_KINDS, one.kind))]
        if one.length_as_given:
            parts.append(one.length_as_given)
        elif one.length_days is not None:
            parts.append(text(_("${n} days", mapping={"n": one.length_days})))
        if one.suspended_days:
            parts.append(text(_("suspended: ${n} days", mapping={"n": one.suspended_days})))
        for amount, words in (
            (one.fine, _("fine: ${amount}")),
            (one.awarded, _("compensation awarded: ${amount}")),
            (one.paid, _("compensation paid: ${amount}")),
        ):
            if amount is not None:
                shown = f"{amount:,.2f} {one.currency or ''}".replace(".00", "").strip()
                parts.append(text(words % {"amount": shown}))
        if gone := self.taken_out(one.words):
            parts.append(gone)
        return ", ".join(parts)

    def unresolved(self) -> list[dict[str, Any]]:
        """Return the entries that have no legal place, in words."""
        return [
            {
                "accused": self.called(one),
                "href": f"#event-{item.event_id}",
                "review": self.request.route_path(
                    "review_entry", event=item.event_id, prosecution=one.code
                )
                if self.page.own and self.page.writable and self.may("record:entry:resolve")
                else None,
                "step": item.step,
                "why": item.why,
                "permitted": [text(step) for step in item.permitted],
            }
            for one in self.page.accused
            for item in one.unresolved
        ]

    def writer(self, one: WriterShown | None) -> str:
        """Return who wrote and when."""
        if one is None:
            return ""
        parts = [self.moment(one.at)]
        if not one.system:
            parts.append(text(one.organisation or _("a monitoring organisation")))
        if one.person:
            parts.append(one.person)
        return " · ".join(parts)

    def taken_out(self, words: WordsShown | None) -> str:
        """Return when and why words were taken out; empty if none were."""
        if words is None or words.taken_out is None:
            return ""
        at, reason = words.taken_out
        zone = ZoneInfo(self.page.jurisdiction.time_zone)
        why = text(labels.label(labels.REDACTION_REASONS, reason))
        return text(
            _(
                "words taken out on ${day} because: ${reason}",
                mapping={"day": format_day(at.astimezone(zone).date()), "reason": why},
            )
        )

    def redact(self, words: WordsShown | None, label: Any, about: Any = "") -> list[Action]:
        """Return the link to the page where words are taken out, where this person may."""
        if words is None or not words.may or not self.may("record:words:redact"):
            return []
        href = self.request.route_path("redact", kind=words.kind, row=words.row_id)
        return [Action(label, href, about)]

    # Hearings, victims, notes

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

"""The accused of a case page: where each stands, their charges, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from courtwatch import labels
from courtwatch.services.case_page import (
    AccusedShown,
    ChargeShown,
    ReasonShown,
    SentenceShown,
    WordsShown,
)
from courtwatch.services.messages import _
from courtwatch.views.case_words import CaseWords, since, span_words, text, typed_pseudonym
from courtwatch.web.page import Action, Cell, Colour, Column, SummaryRow
from workflows.event_codes import JUDGMENT, OUTSIDE, WITHOUT

_COLOURS = {JUDGMENT: Colour.BLUE, WITHOUT: Colour.ORANGE, OUTSIDE: Colour.GREY}
_LAWFUL = {
    "S": _("a ground in law"),
    "D": _("at the authority’s discretion"),
    "N": _("no ground in law"),
}


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


class AccusedParts(CaseWords):
    """Makes the parts of one page that are about its accused."""

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

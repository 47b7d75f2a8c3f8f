"""Put an entry of the timeline right: one form, one act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.commands.corrections import CorrectEvent, date_values, parse_event_correction
from courtwatch.commands.parsing import When
from courtwatch.commands.steps import NEW_CHARGE_ROWS
from courtwatch.models import Charge, Event
from courtwatch.models.vocabulary import TAKES_BACK, ChargeKind, VoidReason
from courtwatch.services.corrections import correct_event
from courtwatch.services.entry_rows import accounts_of, targets_of
from courtwatch.services.event_accounts import held_account
from courtwatch.services.finding import accused_of, charges_by_prosecution
from courtwatch.services.labels import step_label
from courtwatch.services.meanwhile import holding, touched_by_event
from courtwatch.services.messages import _
from courtwatch.services.severance import called_elsewhere
from courtwatch.services.standing import procedure_of
from courtwatch.services.work import Work
from courtwatch.views import options
from courtwatch.views.forms import submit
from courtwatch.views.lookup import event_from, own_entry
from courtwatch.views.meanwhile import Changes, Compared, numbers
from courtwatch.web.page import Option, OptionGroup
from workflows.elements import BUILT_IN_STEPS, FIRST_SEEN, START, Step

PUTS_RIGHT = (
    VoidReason.WRONG_DATE,
    VoidReason.WRONG_COURT,
    VoidReason.WRONG_ACCUSED,
    VoidReason.WRONG_STEP,
    VoidReason.WRONG_CHARGE,
    VoidReason.TYPED_WRONG,
)

COMPARED = (
    Compared("step", _("Step"), "steps"),
    Compared("occurred", _("When did it happen?"), date=True),
    Compared("institution", _("Which institution?"), "institutions"),
    Compared("mode", _("How was it given?"), "modes"),
    Compared("source", _("How do you know of it?"), "sources"),
    Compared("reliability", _("How reliable is that?"), "reliabilities"),
    Compared("accused", _("Accused"), "accused_choices"),
)


def reason_choices(*puts_right: VoidReason) -> list[OptionGroup]:
    """Return what can be wrong with an entry: what puts it right, and what takes it back."""

    def of(reasons: Any) -> tuple[Option, ...]:
        return tuple(Option(str(one), labels.VOID_REASONS[one]) for one in reasons)

    back = [r for r in labels.VOID_REASONS if r in TAKES_BACK and r != VoidReason.IMPORT_UNDONE]
    return [
        OptionGroup(_("It happened, but not as it is entered"), of(puts_right)),
        OptionGroup(_("It should not be here at all"), of(back)),
    ]


class _EventPage:
    """The form that corrects one event."""

    def __init__(self, request: Request, event: Event | None = None) -> None:
        self.request = request
        self.event, self.case = event_from(request)
        self.event = event or self.event
        own_entry(request, self.event.organisation_id, self.case)
        self.procedure = procedure_of(self.case.procedure_version)
        self.targets = targets_of(request.dbsession, self.event.id)
        about = [target.prosecution_id for target in self.targets]
        self.accused = accused_of(request.dbsession, request.actor, self.case)
        self.accused |= called_elsewhere(request.dbsession, request.actor, self.case, about)
        self.charges = charges_by_prosecution(request.dbsession, list(self.accused))

    def step_named(self, values: Mapping[str, Any]) -> Step | None:
        """Return the step that the form names, None for one that every procedure has."""
        name = values.get("step") or self.event.step
        return next((step for step in self.procedure.steps if step.name == name), None)

    def filed(self) -> list[int]:
        """Return the charges that the entry filed."""
        return [t.charge_id for t in self.targets if t.new and t.charge_id is not None]

    def read(self) -> CorrectEvent:
        """Read the form."""
        ids = [charge.id for found in self.charges.values() for charge, _offence in found]
        today = self.request.today(self.case.jurisdiction)
        return parse_event_correction(self.request.POST, self.event.step, ids, self.filed(), today)

    def values(self) -> dict[str, Any]:
        """Return the entry as it is, as the form shows it."""
        event = self.event
        when = When(event.occurred_from, event.occurred_to, event.precision)
        values: dict[str, Any] = date_values("occurred", when) | {
            "step": event.step,
            "mode": event.mode or "",
            "entry_stage": event.entry_stage or "",
            "institution": str(event.institution_id or ""),
            "occurred-hour": str(int(event.time[:2])) if event.time else "",
            "accused": [str(t.prosecution_id) for t in self.targets],
            "charge": [str(t.charge_id) for t in self.targets if t.charge_id and not t.new],
            "source": "told",
            "reliability": "medium",
            "confidence": "low",
            "sentence_unit": "years",
            "currency": "KHR",
        }
        account = held_account(event, accounts_of(self.request.dbsession, event.id))
        if account is not None:
            values |= {"source": account.source.value, "reliability": account.reliability.value}
        for target in self.targets:
            values[f"disposition-{target.charge_id}"] = target.disposition or ""
            values[f"to_offence-{target.charge_id}"] = str(target.to_offence_id or "")
            charge = self.request.dbsession.get(Charge, target.charge_id or 0)
            if target.new and charge is not None:
                values[f"filed-{charge.id}"] = str(charge.offence_id or "")
        return values

    def people(self, step: Step | None) -> list[dict[str, Any]]:
        """Return the accused with the charges that the entry can name."""
        lang, filed = self.request.locale_name, set(self.filed())
        return [
            {
                "id": key,
                "name": name,
                "charges": [
                    {
                        "id": charge.id,
                        "kind": labels.label(labels.CHARGE_KINDS, charge.kind),
                        "offence": options.offence_words(offence, lang) if offence else None,
                        "filed": charge.id in filed,
                    }
                    for charge, offence in self.charges.get(key, ())
                    if charge.id in filed or step is not None
                ],
            }
            for key, name in self.accused.items()
        ]

    def show(self, values: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the template shows."""
        request, lang = self.request, self.request.locale_name
        session, case, procedure = request.dbsession, self.case, self.procedure
        step = self.step_named(values)
        built_in = self.event.step in BUILT_IN_STEPS
        asked = {*step.requires, *step.optional} if step is not None else set()
        offences = options.offences(session, case.jurisdiction_id, lang)
        return {
            "page_title": _("Correct an entry"),
            "case": case,
            "case_href": request.route_path("case", case=case.public_code),
            "values": values,
            "errors": errors,
            "banner": request.banner_for(case.jurisdiction.invented),
            "what": step_label(procedure, self.event.step),
            "event": self.event,
            "reasons": reason_choices(*PUTS_RIGHT),
            "asks": asked.__contains__,
            "step": step,
            "steps": []
            if built_in
            else [Option(one.name, one.label.get(lang)) for one in procedure.steps],
            "stages": [o for o in options.stages(procedure, lang) if o.value != START]
            if self.event.step == FIRST_SEEN
            else [],
            "people": self.people(step),
            "accused_choices": [Option(str(key), name) for key, name in self.accused.items()],
            "dispositions": options.dispositions(procedure, step.dispositions, lang)
            if step
            else [],
            "offences": offences,
            "new_charge_rows": range(1, NEW_CHARGE_ROWS + 1)
            if step is not None and step.files_charges and not self.filed()
            else (),
            "exploitations": options.words(labels.EXPLOITATIONS),
            "institutions": options.institutions_of(
                session, case.jurisdiction_id, lang, procedure.actor(step.actor)
            )
            if step
            else [],
            "modes": options.words({m: labels.MODES.get(m, m) for m in step.modes}) if step else [],
            "reason_groups": options.reasons(session, lang) if "reason" in asked else [],
            "confidences": options.words(labels.CONFIDENCES),
            "sources": options.words(labels.SOURCES),
            "reliabilities": options.words(labels.RELIABILITIES),
            "sentence_kinds": options.words(labels.SENTENCE_KINDS),
            "sentence_units": options.words(labels.SENTENCE_UNITS),
            "alleged": ChargeKind.ALLEGED,
        }


@view_config(
    route_name="event_correct",
    request_method="GET",
    renderer="record/correct_event.jinja2",
    permission="record:event:correct",
)
def show_correction(request: Request) -> dict[str, Any]:
    """Show the entry as it is, to be put right or taken back."""
    page = _EventPage(request)
    return page.show(page.values(), {})


@view_config(
    route_name="event_correct",
    request_method="POST",
    renderer="record/correct_event.jinja2",
    permission="record:event:correct",
)
def save_correction(request: Request) -> Any:
    """Put the entry right in one act, or say why the procedure refuses it."""
    page = _EventPage(request)

    def act(work: Work, command: CorrectEvent) -> str:
        fresh = correct_event(work, page.event, command)
        anchor = f"event-{(fresh or page.event).id}"
        return str(request.route_path("case", case=page.case.public_code, _anchor=anchor))

    now = holding(request.dbsession, page.event)
    return submit(
        request,
        "event:corrected",
        page.read,
        act,
        lambda errors: page.show(request.POST, errors),
        _("The entry was corrected. What was wrong stays visible, with your name and reason."),
        changes=Changes(
            touched_by_event(request.dbsession, page.event, numbers(request, "accused")),
            now=lambda: _EventPage(request, now).values(),
            compared=COMPARED,
            action=request.route_path("event_correct", event=now.id),
        ),
    )

"""Add accused persons, victims, numbers and notes to a case."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config, view_defaults
from venusian import lift, onlyliftedfrom

from courtwatch import labels
from courtwatch.commands.cases import AddAccused, AddCaseNumber, AddNote, AddVictim
from courtwatch.commands.parsing import parse
from courtwatch.models import Case
from courtwatch.services.messages import _
from courtwatch.services.open_case import add_note, add_number
from courtwatch.services.people import add_accused, add_victim
from courtwatch.services.standing import offers, procedure_of, standing_of
from courtwatch.services.work import Work
from courtwatch.views import options
from courtwatch.views.forms import submit
from courtwatch.views.lookup import case_from, prosecution_from
from courtwatch.views.open_case import UNKNOWN_ACCUSED, accused_choices


@onlyliftedfrom()
class CaseForm(ABC):
    """A form that adds one thing to a case and leads back to it."""

    title: Any
    kind: str
    done: Any
    command: type[Any]

    def __init__(self, request: Request) -> None:
        self.request = request
        self.case: Case = case_from(request)

    def choices(self) -> dict[str, Any]:
        """Return the choices of the form's fields."""
        return {}

    @abstractmethod
    def carry_out(self, work: Work, command: Any) -> None:
        """Carry the command out."""

    def page(self, values: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the template shows."""
        return {
            "page_title": self.title,
            "case": self.case,
            "case_href": self.href,
            "values": values,
            "errors": errors,
            "banner": self.request.banner_for(self.case.jurisdiction.invented),
            **self.choices(),
        }

    @property
    def href(self) -> str:
        """Return the address of the case."""
        return str(self.request.route_path("case", case=self.case.public_code))

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        """Show the empty form."""
        return self.page(UNKNOWN_ACCUSED, {})

    @view_config(request_method="POST")
    def save(self) -> Any:
        """Carry out, or show what is wrong."""

        def act(work: Work, command: Any) -> str:
            self.carry_out(work, command)
            return self.href

        today = self.request.today(self.case.jurisdiction)
        return submit(
            self.request,
            self.kind,
            lambda: parse(self.command, self.request.POST, today),
            act,
            lambda errors: self.page(self.request.POST, errors),
            self.done,
            changes=None,
        )


@view_defaults(
    route_name="accused_add",
    renderer="record/accused.jinja2",
    permission="record:accused:add",
)
@lift()
class AccusedForm(CaseForm):
    """Add an accused."""

    title = _("Add an accused")
    kind = "accused:added"
    done = _("The accused was added.")
    command = AddAccused

    def choices(self) -> dict[str, Any]:
        """Return the choices about an accused."""
        procedure = procedure_of(self.case.procedure_version)
        return accused_choices(self.request, self.case.jurisdiction, procedure)

    def carry_out(self, work: Work, command: AddAccused) -> None:
        """Add the accused."""
        add_accused(work, self.case, command)


@view_defaults(
    route_name="victim_add", renderer="record/victim.jinja2", permission="record:victim:add"
)
@lift()
class VictimForm(CaseForm):
    """Add a victim: no field for a name exists."""

    title = _("Add a victim")
    kind = "victim:added"
    done = _("The victim was added under a pseudonym.")
    command = AddVictim

    def choices(self) -> dict[str, Any]:
        """Return the choices about a victim."""
        return {
            "sexes": options.words(labels.SEXES),
            "age_bands": options.words(labels.AGE_BANDS),
            "yes_no": options.words(labels.YES_NO),
            "exploitations": options.words(labels.EXPLOITATIONS),
        }

    def carry_out(self, work: Work, command: AddVictim) -> None:
        """Add the victim."""
        add_victim(work, self.case, command)


@view_defaults(
    route_name="case_number_add", renderer="record/number.jinja2", permission="record:number:add"
)
@lift()
class NumberForm(CaseForm):
    """Add a case number."""

    title = _("Add a case number")
    kind = "number:added"
    done = _("The number was added.")
    command = AddCaseNumber

    def choices(self) -> dict[str, Any]:
        """Return who can have given a number."""
        return {"issuers": options.words(labels.NUMBER_ISSUERS)}

    def carry_out(self, work: Work, command: AddCaseNumber) -> None:
        """Add the number."""
        add_number(work, self.case, command)


@view_defaults(route_name="note_add", renderer="record/note.jinja2", permission="record:note:add")
@lift()
class NoteForm(CaseForm):
    """Write a note."""

    title = _("Write a note")
    kind = "note:added"
    done = _("The note was saved.")
    command = AddNote

    def choices(self) -> dict[str, Any]:
        """Return how far a note can travel."""
        return {"tiers": options.words(labels.NOTE_TIERS)}

    def carry_out(self, work: Work, command: AddNote) -> None:
        """Add the note."""
        add_note(work, self.case, command)


@view_config(route_name="charge_add", request_method="GET", permission="record:charge:add")
def add_charge(request: Request) -> Any:
    """Lead to the step that files charges here; a charge comes to be by a step, never alone."""
    prosecution, _case = prosecution_from(request)
    standing = standing_of(request.dbsession, prosecution)
    filing = [o.step.name for o in offers(standing) if o.allowed and o.step.files_charges]
    to_path: Callable[..., str] = request.route_path
    if len(filing) == 1:
        return HTTPSeeOther(
            to_path("step_record", prosecution=prosecution.public_code, step=filing[0])
        )
    return HTTPSeeOther(
        to_path("step_choose", prosecution=prosecution.public_code, _query={"files": "1"})
    )

"""Commands about which organisation watches which court."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pyramid.i18n import TranslationStringFactory

from courtwatch.commands.parsing import Ask, Command, Number, OptionalText, When, problem

_ = TranslationStringFactory("courtwatch")


class AddCoverage(Command):
    """Say that the organisation watches a court, for an offence or all, in a period."""

    court: Annotated[Number, Ask(_("Choose the court"))]
    offence: Number | None = None
    next_from: When | None = None
    next_until: When | None = None
    contact: OptionalText = None
    remark: Annotated[str | None, Field(max_length=1000)] = None

    @model_validator(mode="after")
    def _in_order(self) -> AddCoverage:
        start, end = self.next_from, self.next_until
        if start and end and start.first and end.last and end.last < start.first:
            raise problem("next_until", _("The last day can’t be before the first day"))
        return self


class EndCoverage(Command):
    """Say that an entry holds no longer."""

    end: Annotated[Number, Ask(_("Choose the entry"))]

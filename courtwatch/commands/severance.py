"""The command that moves an accused, severed from the co-accused, to another case."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator
from pyramid.i18n import TranslationStringFactory

from courtwatch.commands.parsing import (
    Ask,
    Command,
    LongText,
    Number,
    OptionalText,
    When,
    problem,
)
from courtwatch.models.vocabulary import AccountSource, Reliability

_ = TranslationStringFactory("courtwatch")


class Target(StrEnum):
    """Where the accused goes: to a case that is opened for it, or to one that is there."""

    NEW = "new"
    EXISTING = "existing"


class MoveAccused(Command):
    """Move an accused to another case of the same organisation: which, when, who told us."""

    target: Annotated[Target, Ask(_("Choose to which case the accused goes"))]
    court: Number | None = None
    number: OptionalText = None
    number_issuer: str = "court"
    other: Annotated[str | None, Field(max_length=40), Ask(_("Enter the code of the case"))] = None
    occurred: When = Field(default_factory=When.unknown)
    source: Annotated[AccountSource, Ask(_("Choose how you know of it"))]
    reliability: Reliability = Reliability.MEDIUM
    note: LongText = None

    @model_validator(mode="after")
    def _says_which(self) -> MoveAccused:
        if self.target is Target.EXISTING and not self.other:
            raise problem("other", _("Enter the code of the case"))
        return self

"""Commands about a case as a whole: open, add people and numbers, notes, sharing."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pyramid.i18n import TranslationStringFactory

from courtwatch.commands.parsing import Ask, Command, LongText, Number, OptionalText, When, problem
from courtwatch.models.vocabulary import (
    AccountSource,
    AgeBand,
    NoteTier,
    Sex,
    ShareLevel,
    YesNoUnknown,
)

_ = TranslationStringFactory("courtwatch")

Citizenship = Annotated[
    str | None,
    Field(pattern=r"^[A-Za-z]{2}$"),
    Ask(_("Enter the citizenship as two letters, such as KH or VN")),
]


class Accused(Command):
    """What is known of an accused; everything may be unknown, the name too."""

    name_latin: OptionalText = None
    name_khmer: OptionalText = None
    sex: Sex = Sex.UNKNOWN
    age_band: AgeBand = AgeBand.UNKNOWN
    citizenship: Citizenship = None
    official: YesNoUnknown = YesNoUnknown.UNKNOWN
    related_to_child_victim: YesNoUnknown = YesNoUnknown.UNKNOWN
    offence: Number | None = None
    exploitation: OptionalText = None
    registered: When | None = None


class OpenCase(Accused):
    """Open a case at any stage, with unknown arrest date, number or suspect."""

    jurisdiction: Annotated[Number, Ask(_("Choose the jurisdiction"))]
    court: Number | None = None
    number: OptionalText = None
    number_issuer: str = "court"
    stage: Annotated[str, Ask(_("Choose the stage at which you meet the case"))]
    seen: Annotated[When | None, Ask(_("Enter the day on which you learned of the case"))] = None
    source: AccountSource = AccountSource.TOLD
    share_level: Annotated[ShareLevel, Ask(_("Choose how far the case is shared"))]
    note: LongText = None
    matches_checked: bool = False


class AddAccused(Accused):
    """Add one more accused to a case."""

    stage: Annotated[str, Ask(_("Choose the stage at which you meet this accused"))]
    seen: When | None = None
    source: AccountSource = AccountSource.TOLD


class AddVictim(Command):
    """Add a victim: there is no field for a name, an address or a school."""

    sex: Sex = Sex.UNKNOWN
    age_band: AgeBand = AgeBand.UNKNOWN
    citizenship: Citizenship = None
    exploitation: OptionalText = None
    civil_party: YesNoUnknown = YesNoUnknown.UNKNOWN


class AddCaseNumber(Command):
    """Add a number as police, prosecutor, investigating judge or court wrote it."""

    number: Annotated[
        str, Field(min_length=1, max_length=120), Ask(_("Enter the number as it is written"))
    ]
    number_issuer: Annotated[str, Ask(_("Choose who gave the number"))]


class AddNote(Command):
    """Write something down about a case."""

    text: Annotated[str, Field(min_length=1, max_length=20_000), Ask(_("Write the note"))]
    tier: NoteTier = NoteTier.ORGANISATION


class RedactWords(Command):
    """Take words out of a text, its history and the index."""

    words: LongText = None
    whole: bool = False
    reason: Annotated[str, Ask(_("Choose why the words are taken out"))]

    @model_validator(mode="after")
    def _something_to_redact(self) -> RedactWords:
        if not self.whole and not self.words:
            raise problem("words", _("Enter the words to take out, or choose the whole text"))
        return self


class SetShareLevel(Command):
    """Choose how far a case is shared."""

    share_level: Annotated[ShareLevel, Ask(_("Choose how far the case is shared"))]


class FindCase(Command):
    """Ask whether another organisation holds a case; needs number and court."""

    court: Annotated[Number, Ask(_("Choose the court"))]
    number: Annotated[str, Field(min_length=2), Ask(_("Enter the case number"))]

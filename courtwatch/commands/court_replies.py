"""Commands about what courts are asked of figures marked for review."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pyramid.i18n import TranslationStringFactory

from courtwatch.commands.parsing import Ask, Command, When

_ = TranslationStringFactory("courtwatch")

LONGEST = 4000
LANGUAGES = ("en", "km")


class SendCases(Command):
    """Say that a court was sent its cases."""

    sent: Annotated[When, Ask(_("Enter the day on which the cases were sent"))]


class RecordReply(Command):
    """Enter what a court answered."""

    received: Annotated[When, Ask(_("Enter the day on which the answer was received"))]
    language: Annotated[str, Field(pattern="^(en|km)$"), Ask(_("Choose the language"))]
    text: Annotated[
        str, Field(min_length=1, max_length=LONGEST), Ask(_("Enter what the court answered"))
    ]

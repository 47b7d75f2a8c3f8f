"""Names of courts, offences and reasons by their keys, and labels as plain text."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.i18n import TranslationString, TranslationStringFactory
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from courtwatch.models import Institution, Jurisdiction, Offence, Reason
from courtwatch.reports.model import Label
from courtwatch.reports.then import Then
from courtwatch.security.visibility import SAYS_NONE
from courtwatch.services.messages import in_language
from workflows.elements import Text

_ = TranslationStringFactory("courtwatch")

INVENTED = _("Invented data")
NOT_KNOWN = _("Not known")
POLICE_ALONE = _("With the police only: never registered")
TERMINATION = "termination"


def plain(label: Label, language: str = "en") -> str:
    """Return a label as text outside a page, in the words that the page would have."""
    if label is None:
        return ""
    if isinstance(label, TranslationString):
        return in_language(label, language)
    get = getattr(label, "get", None)
    return str(get(language)) if callable(get) else str(label)


@dataclass(frozen=True)
class InstitutionWords:
    """A court, prosecution office or police unit as reports name it."""

    code: str
    name: Text
    kind: str
    preliminary_only: bool
    level: int | None


@dataclass(frozen=True)
class ReasonWords:
    """A reason, its group, whether it may be shown to everybody, and its ground in law.

    `lawful` is S statutory, D discretionary, N not a ground in law, or None; no lawyer has
    confirmed it unless `lawful_verified`.
    """

    code: str
    name: Text
    group: str
    group_name: Text
    restricted: bool
    position: int
    ends: bool
    lawful: str | None = None
    lawful_verified: bool = False


@dataclass(frozen=True)
class OffenceWords:
    """An offence as reports name it."""

    code: str
    name: Text
    trafficking: bool = False


@dataclass(frozen=True)
class Words:
    """The names that facts refer to by key."""

    institutions: dict[int, InstitutionWords]
    offences: dict[int, OffenceWords]
    reasons: dict[int, ReasonWords]

    def no_reason(self, key: object) -> bool:
        """Say whether a reason says nothing: none recorded, none given, or not accessible."""
        return key is None or self.reasons[int(str(key))].code in SAYS_NONE


def read_words(session: Session, jurisdiction: Jurisdiction, then: Then | None = None) -> Words:
    """Read the names of institutions, offences and reasons: three queries of small tables.

    As they read `then` (None: now); but a reason that is withheld today is, and was.
    """
    then = then or Then({})
    institutions = session.scalars(select(Institution))
    offences = session.scalars(select(Offence))
    reasons = session.scalars(
        select(Reason).where(
            or_(Reason.jurisdiction_id.is_(None), Reason.jurisdiction_id == jurisdiction.id)
        )
    )
    return Words(
        {row.id: _institution(row, then) for row in institutions},
        {row.id: _offence(row, then) for row in offences},
        {row.id: _reason(row, then) for row in reasons if then.held(row)},
    )


def _institution(row: Institution, then: Then) -> InstitutionWords:
    return InstitutionWords(
        then.value(row, "code"),
        then.name(row),
        str(then.value(row, "kind")),
        then.value(row, "preliminary_only"),
        then.value(row, "level"),
    )


def _offence(row: Offence, then: Then) -> OffenceWords:
    return OffenceWords(then.value(row, "code"), then.name(row), then.value(row, "trafficking"))


def _reason(row: Reason, then: Then) -> ReasonWords:
    return ReasonWords(
        then.value(row, "code"),
        then.name(row),
        then.value(row, "group_code"),
        Text(then.value(row, "group_name_en"), then.value(row, "group_name_km")),
        row.restricted or then.value(row, "restricted"),
        then.value(row, "position"),
        then.value(row, "purpose") == TERMINATION,
        then.value(row, "lawful"),
        then.value(row, "lawful_verified"),
    )

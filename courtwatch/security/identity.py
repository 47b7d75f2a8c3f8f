"""Who is signed in, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass

from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.services.work import Actor


@dataclass(frozen=True)
class Identity:
    """A signed-in person, their organisation, and what they are in it."""

    session_id: int
    csrf_token: str
    user_id: int
    user_name: str
    display_name: str
    language: str
    role: Role
    organisation_id: int
    organisation_kind: OrganisationKind
    organisation_code: str
    organisation_name_en: str
    organisation_name_km: str | None
    invented: bool

    def organisation_name(self, language: str = "en") -> str:
        """Return the organisation's name in `language`."""
        return (self.organisation_name_km if language == "km" else None) or (
            self.organisation_name_en
        )

    def actor(self, language: str | None = None) -> Actor:
        """Return this person as services know them."""
        return Actor(
            user_id=self.user_id,
            organisation_id=self.organisation_id,
            role=self.role,
            organisation_kind=self.organisation_kind,
            language=language or self.language,
        )

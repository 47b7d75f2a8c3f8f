"""The reference data of an installation as frozen values. Khmer text is unreviewed throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

KHMER_REVIEWED = False
"""No Khmer text of the reference data has been checked by a native speaker yet."""


class ReasonPurpose(StrEnum):
    """What a list of reasons explains."""

    TERMINATION = "termination"
    ADJOURNMENT = "adjournment"


class TerritoryBasis(StrEnum):
    """Whether a territory was lived by, or only decreed."""

    IN_FORCE = "in_force"
    DECREED = "decreed"


@dataclass(frozen=True)
class JurisdictionRow:
    """A country or county; `invented` marks the demonstration."""

    code: str
    name_en: str
    name_km: str
    time_zone: str
    languages: tuple[str, ...]
    procedure: str
    invented: bool


@dataclass(frozen=True)
class InstitutionRow:
    """A police unit, prosecution office or court. Each mark says what has been checked.

    Coordinates are those of the provincial seat, to about 5 km; `attached_to` is the court of a
    prosecution office, or the national body of a provincial unit.
    """

    code: str
    jurisdiction: str
    kind: str
    level: int | None
    name_en: str
    name_km: str
    iso: str
    latitude: float | None
    longitude: float | None
    attached_to: str | None
    seat: str
    note: str
    exists_verified: bool
    name_verified: bool
    iso_verified: bool
    place_verified: bool
    khmer_reviewed: bool

    @property
    def verified(self) -> bool:
        """Say whether both its existence and its name have been checked."""
        return self.exists_verified and self.name_verified


@dataclass(frozen=True)
class AliasRow:
    """Another spelling of an institution's name."""

    institution: str
    language: str
    alias: str


@dataclass(frozen=True)
class TerritoryRow:
    """Where decisions of `institution` are appealed: `valid_from` <= day < `valid_to`."""

    institution: str
    appeal: str
    basis: TerritoryBasis
    valid_from: date | None
    valid_to: date | None
    source: str
    verified: bool


@dataclass(frozen=True)
class OffenceRow:
    """An article of the law. Penalties in months; aggravated ones apart.

    `iccs_by_exploitation`: the charge's form of exploitation decides the last digit (02041 to
    02044), because the articles do not separate them. `trafficking`: counts for the retention of
    trafficking charges (Arts 9 to 21).
    """

    code: str
    jurisdiction: str
    law: str
    article: str
    offence_class: str | None
    category: str
    name_en: str
    name_km: str
    min_months: int | None
    max_months: int | None
    aggravated_min_months: int | None
    aggravated_max_months: int | None
    iccs: str | None
    iccs_by_exploitation: bool
    child: bool
    trafficking: bool
    chargeable: bool
    verified: bool
    khmer_reviewed: bool
    note: str


@dataclass(frozen=True)
class IccsRow:
    """A class of the International Classification of Crime for Statistical Purposes, v1.0."""

    code: str
    parent: str | None
    name_en: str
    name_km: str
    verified: bool
    note: str


@dataclass(frozen=True)
class ReasonGroupRow:
    """A group of reasons, chosen first. `restricted`: never shown at case level outside."""

    purpose: ReasonPurpose
    code: str
    order: int
    name_en: str
    name_km: str
    restricted: bool


@dataclass(frozen=True)
class ReasonRow:
    """A reason. `lawful`: S statutory, D discretionary, N no ground in law, None: not known."""

    purpose: ReasonPurpose
    code: str
    group: ReasonGroupRow
    version: int
    position: int
    name_en: str
    name_km: str
    definition_en: str | None
    definition_km: str | None
    lawful: str | None
    source_map: str | None

    @property
    def restricted(self) -> bool:
        """Say whether the reason is an allegation of settlement, threat or integrity."""
        return self.group.restricted


@dataclass(frozen=True)
class ExploitationRow:
    """A form of exploitation and the ICCS class it gives a trafficking charge."""

    code: str
    name_en: str
    name_km: str
    iccs: str


@dataclass(frozen=True)
class AccountSourceRow:
    """A kind of source of an account, rank 1 the most authoritative."""

    code: str
    rank: int
    name_en: str
    name_km: str


@dataclass(frozen=True)
class HearingStatusRow:
    """What may become of a hearing."""

    code: str
    name_en: str
    name_km: str
    held: bool
    adjourned: bool


@dataclass(frozen=True)
class ReferenceData:
    """All tables, read and checked together; each in the order of its file."""

    jurisdictions: tuple[JurisdictionRow, ...]
    institutions: tuple[InstitutionRow, ...]
    aliases: tuple[AliasRow, ...]
    territories: tuple[TerritoryRow, ...]
    offences: tuple[OffenceRow, ...]
    iccs: tuple[IccsRow, ...]
    reason_groups: tuple[ReasonGroupRow, ...]
    reasons: tuple[ReasonRow, ...]
    exploitation: tuple[ExploitationRow, ...]
    account_sources: tuple[AccountSourceRow, ...]
    hearing_statuses: tuple[HearingStatusRow, ...]

    def reasons_for(self, purpose: ReasonPurpose) -> tuple[ReasonRow, ...]:
        """Return the reasons of one list, in order."""
        return tuple(reason for reason in self.reasons if reason.purpose is purpose)

    def iccs_of(self, offence: OffenceRow, exploitation: str | None) -> str | None:
        """Return the ICCS class of a charge, from its article and form of exploitation."""
        if not offence.iccs_by_exploitation:
            return offence.iccs
        by_form: Mapping[str, str] = {row.code: row.iccs for row in self.exploitation}
        return by_form.get(exploitation or "unknown", offence.iccs)

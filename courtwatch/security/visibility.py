"""What a person may see of a case: the one place where that is decided.

HTML, JSON, CSV, the search index, highlights and facets all ask here (docs/confidentiality.md). A
level is what somebody may see of one case; a `Sight` answers for each field of it. Present rights
apply to past views too: the share level that counts is always today's.

| level    | who                                             | sees                                |
|----------|-------------------------------------------------|-------------------------------------|
| none     | those who run the system; anybody, of what is   | nothing                             |
|          | not shared                                      |                                     |
| exists   | a monitoring organisation, of another's case    | that it exists, asked with number   |
|          | that is not listed                              | and court                           |
| coded    | researchers; other NGOs, of a coded case        | codes and dates; no name, no number,|
|          |                                                 | no free text                        |
| official | the ministry, of a shared case                  | what the official record has        |
| network  | other NGOs, of a case shared in full; a grantee | all but what stays with its owner   |
| own      | the organisation that keeps the case            | all                                 |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, false, literal, or_, select
from sqlalchemy.orm import Session

from courtwatch.models import Case, CaseGrant
from courtwatch.models.vocabulary import (
    AgeBand,
    NoteTier,
    OrganisationKind,
    Role,
    ShareLevel,
    YesNoUnknown,
)
from courtwatch.services.work import Actor

CODED_AUDIENCE = "coded"
OFFICIAL_AUDIENCE = "official"
NETWORK_AUDIENCE = "network"
GRANT_CODED = "coded"
SAYS_NONE = ("UN1", "UN2")
"""Codes of reasons that say that the decision gives none, or could not be read."""
SHARED = (ShareLevel.CODED, ShareLevel.FULL)


class Level(StrEnum):
    """How much of one case somebody may see, least first."""

    NONE = "none"
    EXISTS = "exists"
    CODED = "coded"
    OFFICIAL = "official"
    NETWORK = "network"
    OWN = "own"

    @property
    def listed(self) -> bool:
        """Say whether the case may be shown at all."""
        return self not in (Level.NONE, Level.EXISTS)


class Viewer(StrEnum):
    """The four kinds of readers."""

    NOBODY = "nobody"
    RESEARCHER = "researcher"
    MINISTRY = "ministry"
    NETWORK = "network"


def viewer_of(actor: Actor | None) -> Viewer:
    """Return what kind of reader this is. Whoever runs the system reads no case."""
    if actor is None or actor.organisation_id is None or actor.role is None:
        return Viewer.NOBODY
    if actor.role is Role.ADMINISTRATOR or actor.organisation_kind is OrganisationKind.OPERATOR:
        return Viewer.NOBODY
    if actor.role is Role.RESEARCHER or actor.organisation_kind is OrganisationKind.RESEARCH:
        return Viewer.RESEARCHER
    if actor.organisation_kind is OrganisationKind.MINISTRY:
        return Viewer.MINISTRY
    return Viewer.NETWORK if actor.organisation_kind is OrganisationKind.NGO else Viewer.NOBODY


def withholds_allegations(viewer: Viewer) -> bool:
    """Say whether reasons of settlement, threat and integrity are kept from such a reader."""
    return viewer is not Viewer.NETWORK


def reads_lawful_marks(viewer: Viewer) -> bool:
    """Say whether such a reader may read in figures whether a reason is a ground in law.

    Who reads the mark of no case (`Sight.lawful_marks`) reads none in figures either.
    """
    return viewer in (Viewer.NETWORK, Viewer.MINISTRY)


def reads_court_replies(actor: Actor | None) -> bool:
    """Say whether the words of a court's answer are shown: to monitors and to the ministry.

    They are free text, and may name somebody whatever the form says. Everybody else who reads the
    figure is told that the court answered, and when.
    """
    return viewer_of(actor) in (Viewer.NETWORK, Viewer.MINISTRY)


def level_for(session: Session, actor: Actor | None, case: Case) -> Level:
    """Return what `actor` may see of one case, reading its grants."""
    scopes: Iterable[str] = ()
    if viewer_of(actor) is Viewer.NETWORK and actor is not None:
        scopes = session.scalars(
            select(CaseGrant.scope).where(
                CaseGrant.case_id == case.id,
                CaseGrant.grantee_id == actor.organisation_id,
                CaseGrant.rev_to.is_(None),
            )
        ).all()
    return level_of(actor, case.owner_id, case.share_level, scopes)


def level_of(
    actor: Actor | None, owner_id: int, share_level: str, grants: Iterable[str] = ()
) -> Level:
    """Return what `actor` may see of a case with this owner and share level.

    `grants` are the scopes of the case's grants to the actor's organisation.
    """
    viewer = viewer_of(actor)
    shared, full = share_level in SHARED, share_level == ShareLevel.FULL
    if viewer is Viewer.NOBODY or actor is None:
        return Level.NONE
    if viewer is Viewer.RESEARCHER:
        return Level.CODED if shared else Level.NONE
    if viewer is Viewer.MINISTRY:
        return Level.OFFICIAL if shared else Level.NONE
    if owner_id == actor.organisation_id:
        return Level.OWN
    scopes = set(grants)
    if full or scopes - {GRANT_CODED}:
        return Level.NETWORK
    return Level.CODED if shared or scopes else Level.EXISTS


def level_expression(actor: Actor | None, table: Any = Case) -> ColumnElement[str]:
    """Return the SQL for `level_of`, on the columns of `case` (or an alias of it)."""
    viewer = viewer_of(actor)
    shared = table.share_level.in_(SHARED)
    if viewer is Viewer.NOBODY or actor is None:
        return literal(Level.NONE.value)
    if viewer is Viewer.RESEARCHER:
        return case((shared, Level.CODED.value), else_=Level.NONE.value)
    if viewer is Viewer.MINISTRY:
        return case((shared, Level.OFFICIAL.value), else_=Level.NONE.value)
    full = or_(
        table.share_level == ShareLevel.FULL,
        _granted(actor, table, CaseGrant.scope != GRANT_CODED),
    )
    coded = or_(shared, _granted(actor, table, CaseGrant.scope == GRANT_CODED))
    return case(
        (table.owner_id == actor.organisation_id, Level.OWN.value),
        (full, Level.NETWORK.value),
        (coded, Level.CODED.value),
        else_=Level.EXISTS.value,
    )


def visible_cases(actor: Actor | None, table: Any = Case) -> ColumnElement[bool]:
    """Return the SQL predicate on `case` (or an alias): those of which `actor` sees anything."""
    viewer = viewer_of(actor)
    if viewer is Viewer.NOBODY or actor is None:
        return false()
    shared: ColumnElement[bool] = table.share_level.in_(SHARED)
    if viewer is not Viewer.NETWORK:
        return shared
    return or_(table.owner_id == actor.organisation_id, shared, _granted(actor, table))


def known_cases(actor: Actor | None, table: Any = Case) -> ColumnElement[bool]:
    """Return the SQL predicate on `case` (or an alias): those whose being there is no secret.

    What is not private is counted in figures that everybody reads. A list of the jurisdictions or
    courts that are in use asks this: one that stands there for a private case alone tells of it.
    """
    counted: ColumnElement[bool] = table.share_level != ShareLevel.PRIVATE
    if actor is None or viewer_of(actor) is not Viewer.NETWORK:
        return counted
    return or_(counted, table.owner_id == actor.organisation_id, _granted(actor, table))


def _granted(
    actor: Actor, table: Any, scope: ColumnElement[bool] | None = None
) -> ColumnElement[bool]:
    ids = select(CaseGrant.case_id).where(
        CaseGrant.grantee_id == actor.organisation_id, CaseGrant.rev_to.is_(None)
    )
    granted: ColumnElement[bool] = table.id.in_(ids if scope is None else ids.where(scope))
    return granted


def organisation_audience(organisation_id: int) -> str:
    """Return the audience of search documents that one organisation alone may find."""
    return f"org:{organisation_id}"


def audiences(actor: Actor | None) -> frozenset[str]:
    """Return whose search documents this person may find.

    Each case has one document for an audience, hidden where a fuller one exists for the asker.
    """
    viewer = viewer_of(actor)
    if viewer is Viewer.NOBODY or actor is None or actor.organisation_id is None:
        return frozenset()
    if viewer is Viewer.RESEARCHER:
        return frozenset({CODED_AUDIENCE})
    if viewer is Viewer.MINISTRY:
        return frozenset({OFFICIAL_AUDIENCE})
    own = organisation_audience(actor.organisation_id)
    return frozenset({CODED_AUDIENCE, NETWORK_AUDIENCE, own})


def counts_all_organisations(actor: Actor | None) -> bool:
    """Say whether cases may be counted by whichever organisation keeps them.

    That shows how much another organisation does: coordinators plan by it. Whoever else reads
    organisations counts their own alone; a list of cases, which names the keeper of each that one
    may open, may be filtered by it.
    """
    return (
        viewer_of(actor) is Viewer.NETWORK
        and actor is not None
        and (actor.role is Role.COORDINATOR)
    )


@dataclass(frozen=True)
class Sight:
    """What one reader sees of one case, field by field.

    `organisation_id` is the reader's organisation (None: an audience of many organisations).
    """

    level: Level
    share_level: ShareLevel
    owner_id: int
    organisation_id: int | None
    viewer: Viewer

    @property
    def numbers(self) -> bool:
        """Case numbers lead to the court file and so to the people in it.

        The ministry reads them where the case is shared in full.
        """
        if self.level is Level.OFFICIAL:
            return self.share_level is ShareLevel.FULL
        return self.level in (Level.OWN, Level.NETWORK)

    @property
    def record_text(self) -> bool:
        """Words of the record that may hold a name, such as a charge or sentence as given."""
        return self.level in (Level.OWN, Level.NETWORK)

    @property
    def pseudonyms(self) -> bool:
        """Pseudonyms that the organisation uses; others read 'Accused 1'."""
        return self.level in (Level.OWN, Level.NETWORK)

    @property
    def lawful_marks(self) -> bool:
        """Whether a reason is a ground in law: marks no lawyer has confirmed, never for reuse."""
        return self.level in (Level.OWN, Level.NETWORK, Level.OFFICIAL)

    def name(
        self,
        age_band: AgeBand | str,
        related_to_child_victim: YesNoUnknown | str,
        child_victims: bool = False,
    ) -> bool:
        """Say whether the accused's name is shown.

        Outside the recording organisation a juvenile, and somebody related to a child victim,
        stay pseudonyms. Where the case has a child victim and nobody said that the two are not
        related, they may be. The ministry reads a name only where the case is shared in full and
        the accused is known to be adult.
        """
        if self.level is Level.OWN:
            return True
        if self.level not in (Level.NETWORK, Level.OFFICIAL):
            return False
        band = AgeBand(age_band)
        related = YesNoUnknown(related_to_child_victim)
        if band.minor or related is YesNoUnknown.YES:
            return False
        if child_victims and related is not YesNoUnknown.NO:
            return False
        if self.level is Level.OFFICIAL:
            return self.share_level is ShareLevel.FULL and band is not AgeBand.UNKNOWN
        return True

    def note(self, tier: NoteTier | str, organisation_id: int) -> bool:
        """Say whether free text of this tier, written by that organisation, is shown."""
        if self.level not in (Level.OWN, Level.NETWORK):
            return False
        if tier == NoteTier.NETWORK:
            return True
        return self.organisation_id is not None and organisation_id == self.organisation_id

    def assessed(self, organisation_id: int, restricted: bool) -> bool:
        """Say whether a reason that a monitor concluded is shown: to its own organisation only.

        `restricted` (settlement, threat, integrity) never leaves it, whatever may come.
        """
        return (
            self.level in (Level.OWN, Level.NETWORK)
            and self.organisation_id is not None
            and organisation_id == self.organisation_id
        )

    def stated(self, code: str, restricted: bool) -> bool:
        """Say whether a reason that the decision states is shown at the level of a case.

        `restricted` (settlement, threat, integrity) is shown to monitoring organisations only, and
        so is that the decision gives none: forms ask for a reason or for that, so that nothing at
        all beside an end would tell everybody else that there is an allegation.
        """
        kept_back = restricted or code in SAYS_NONE
        return not (kept_back and withholds_allegations(self.viewer))

    @property
    def organisations(self) -> bool:
        """Say whether organisations are named; to others each is a monitoring organisation."""
        return self.viewer is Viewer.NETWORK

    def monitor(self, organisation_id: int) -> bool:
        """Say whether the person who told, wrote or watched for that organisation is named."""
        return (
            self.viewer is Viewer.NETWORK
            and self.organisation_id is not None
            and organisation_id == self.organisation_id
        )

    @property
    def corrections(self) -> bool:
        """Say whether entries that were taken back are shown, with who and why."""
        return self.level in (Level.OWN, Level.NETWORK)


def sight_of(
    actor: Actor | None, level: Level, owner_id: int, share_level: ShareLevel | str
) -> Sight:
    """Return what `actor`, who has `level`, sees of a case."""
    return Sight(
        level=level,
        share_level=ShareLevel(share_level),
        owner_id=owner_id,
        organisation_id=actor.organisation_id if actor is not None else None,
        viewer=viewer_of(actor),
    )


def audience_sights(
    owner_id: int, share_level: ShareLevel | str, grants: Iterable[tuple[int, str]] = ()
) -> dict[str, tuple[Sight, frozenset[str]]]:
    """Return, for the index, what each audience sees of a case, and who has a fuller document.

    audience -> (sight, audiences whose members must not match this document because they have a
    fuller one). `grants` are (organisation id, scope) of the case's grants.
    """
    share = ShareLevel(share_level)
    full, shared = share is ShareLevel.FULL, share in SHARED
    organisations: dict[int, Level] = {owner_id: Level.OWN}
    for grantee, scope in grants:
        level = Level.CODED if scope == GRANT_CODED and not full else Level.NETWORK
        if organisations.get(grantee) not in (Level.OWN, Level.NETWORK):
            organisations[grantee] = level
    levels: dict[str, tuple[Level, int | None, Viewer]] = {
        organisation_audience(key): (level, key, Viewer.NETWORK)
        for key, level in organisations.items()
    }
    if shared:
        levels[CODED_AUDIENCE] = (Level.CODED, None, Viewer.RESEARCHER)
        levels[OFFICIAL_AUDIENCE] = (Level.OFFICIAL, None, Viewer.MINISTRY)
    if full:
        levels[NETWORK_AUDIENCE] = (Level.NETWORK, None, Viewer.NETWORK)
    own = frozenset(organisation_audience(key) for key in organisations)
    fuller = {
        CODED_AUDIENCE: own | ({NETWORK_AUDIENCE} if full else frozenset()),
        NETWORK_AUDIENCE: own,
    }
    return {
        audience: (
            Sight(level, share, owner_id, organisation_id, viewer),
            frozenset(fuller.get(audience, frozenset())),
        )
        for audience, (level, organisation_id, viewer) in levels.items()
    }

"""Who may open a frozen report, and who reads the words that it was given.

A report is frozen for an audience; who belongs to it follows from what kind of reader they are
(`security.visibility`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, or_

from courtwatch.security.visibility import Viewer, counts_all_organisations, viewer_of
from courtwatch.services.work import Actor


class Audience(StrEnum):
    """For whom a report is frozen: for whom it is counted, and who may open it for good."""

    PUBLIC = "public"
    NETWORK = "network"
    COORDINATORS = "coordinators"
    ORGANISATION = "organisation"
    MINISTRY = "ministry"
    RESEARCHER = "researcher"


def frozen_for(actor: Actor | None) -> frozenset[Audience]:
    """Return the audiences that somebody belongs to; of ORGANISATION their own alone is meant.

    Whoever opens a frozen report could ask the same question today: whoever could not, because it
    counts the cases of another organisation or reasons that are kept from them, is in no audience
    of it.
    """
    viewer = viewer_of(actor)
    if viewer is Viewer.NOBODY:
        return frozenset()
    if viewer is Viewer.MINISTRY:
        return frozenset({Audience.PUBLIC, Audience.MINISTRY})
    if viewer is Viewer.RESEARCHER:
        return frozenset({Audience.PUBLIC, Audience.RESEARCHER})
    found = {Audience.PUBLIC, Audience.NETWORK, Audience.ORGANISATION}
    if counts_all_organisations(actor):
        found.add(Audience.COORDINATORS)
    return frozenset(found)


def opens_frozen(actor: Actor | None, audience: str, organisation_id: int) -> bool:
    """Say whether somebody may open a report frozen for `audience` by that organisation."""
    if audience not in frozen_for(actor) or actor is None:
        return False
    return audience != Audience.ORGANISATION or actor.organisation_id == organisation_id


def frozen_predicate(actor: Actor | None, table: Any) -> ColumnElement[bool]:
    """Return the SQL for `opens_frozen`, on the columns of frozen reports."""
    mine = frozen_for(actor)
    shared = table.audience.in_([str(one) for one in mine - {Audience.ORGANISATION}])
    if actor is None or Audience.ORGANISATION not in mine:
        return cast(ColumnElement[bool], shared)
    own = table.organisation_id == actor.organisation_id
    return or_(shared, (table.audience == Audience.ORGANISATION.value) & own)


def reads_frozen_words(actor: Actor | None, organisation_id: int) -> bool:
    """Say whether somebody reads who froze a report, and the words that they gave it.

    They may name somebody, whatever the form says: they stay within the monitoring organisation.
    """
    own = actor is not None and actor.organisation_id == organisation_id
    return own and viewer_of(actor) is Viewer.NETWORK

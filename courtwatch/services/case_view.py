"""Build a `CasePage`: from all rows of a case to what one reader may see of it.

Each part of the page is a module of its own: `case_people`, `case_entries`, `case_hearings`. What
they share stands in `case_reading` and `case_decided`.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from courtwatch.models import Case
from courtwatch.security.visibility import Level, level_for, sight_of
from courtwatch.services import labels
from courtwatch.services.case_codes import MovedTo
from courtwatch.services.case_decided import Decided
from courtwatch.services.case_entries import Entries
from courtwatch.services.case_family import with_merged
from courtwatch.services.case_hearings import Hearings
from courtwatch.services.case_page import CasePage
from courtwatch.services.case_people import People
from courtwatch.services.case_reading import Reading
from courtwatch.services.case_rows import read_case
from courtwatch.services.case_sight import NotThen, sight_now
from courtwatch.services.labels import named
from courtwatch.services.work import Actor
from workflows.elements import Text
from workflows.history import outcome_rule_text, roll_up


def case_page(
    session: Session, actor: Actor, case: Case, revision: int | None = None
) -> CasePage | NotThen | MovedTo | None:
    """Return what `actor` sees of a case; None if nothing.

    `revision`: as the record read then. Rights are those of today.
    """
    if revision is None:
        level = level_for(session, actor, case)
        rows = read_case(session, case) if level.listed else None
        if rows is None:
            return None
        sight = sight_of(actor, level, case.owner_id, case.share_level)
        return with_merged(session, actor, Reading(rows, sight), _page)
    rows = read_case(session, case, revision)
    members = [p.id for p in rows.prosecutions] if rows is not None else []
    now = sight_now(session, actor, case, members)
    if now is None:
        return None
    if rows is None:
        return NotThen(case)
    if rows.case.merged_into_id is not None:
        holder = session.get_one(Case, rows.case.merged_into_id)
        return MovedTo(holder.public_code)
    return with_merged(session, actor, Reading(rows, now, revision), _page)


def _page(reading: Reading) -> CasePage:
    rows, sight = reading.rows, reading.sight
    case, names, procedure = rows.case, rows.names, reading.procedure
    decided = Decided(reading)
    people = People(reading, decided)
    own = sight.level is Level.OWN
    state = roll_up([standing.state for standing in rows.standings.values()])
    page = CasePage(
        case=case,
        jurisdiction=names.jurisdictions[case.jurisdiction_id],
        procedure=procedure,
        rule=outcome_rule_text(procedure),
        sight=sight,
        court=names.institutions.get(case.court_id or 0),
        owner=names.organisations[case.owner_id] if sight.organisations else None,
        share_level=case.share_level if own else None,
        numbers=tuple((n.issuer_kind, n.as_given) for n in rows.numbers) if sight.numbers else (),
        state=state,
        stage=labels.stage_label(procedure, state.stage),
        outcome=labels.outcome_label(procedure, state.outcome),
        accused=people.accused(),
        victims=people.victims(),
        events=Entries(reading, decided).events(),
        hearings=Hearings(reading).hearings(),
        notes=tuple(reading.free_notes),
        grantees=_grantees(reading) if own else (),
        requests=tuple(reading.writer(r.revision_id) for r in rows.requests) if own else (),
        number_words=tuple(reading.words("number", n) for n in rows.numbers)
        if sight.numbers
        else (),
        revision=reading.revision,
    )
    # Known only when everything has been told.
    gone = sorted(reading.redacted_since.values(), key=lambda one: one.id)
    return replace(
        page,
        redacted_since=tuple((one.at, one.reason) for one in gone),
        name_rights={key: reading.may_name(key) for key in rows.people},
    )


def _grantees(reading: Reading) -> tuple[Text, ...]:
    organisations = reading.rows.names.organisations
    found = (organisations.get(grant.grantee_id) for grant in reading.rows.grants)
    return tuple(text for one in found if (text := named(one)) is not None)

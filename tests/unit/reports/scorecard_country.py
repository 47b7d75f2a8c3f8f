"""An invented country of seven courts, one of which stands out and one of which is tiny."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import insert, select

from courtwatch.models import (
    Hearing,
    HearingFact,
    Institution,
    Person,
    Prosecution,
    ProsecutionFact,
    Reason,
)
from tests.unit.reports.scene import COURT_X, COURT_Y, Scene

EACH = 60
START = date(2020, 1, 1)
LAST = date(2025, 12, 31)
COURTS = 7
TINY = 6
"""The seventh court has six prosecutions."""


def fate(court: int, serial: int) -> str:
    """Say what becomes of a prosecution: the first court dismisses six of ten, others two.

    The second did as the others, until it dismissed everybody of its last third.
    """
    if serial % 10 == 9:
        return "open"
    if court == 0:
        return "dismissed" if serial % 10 < 6 else "judged"
    if court == 1 and serial >= 2 * EACH // 3:
        return "dismissed"
    return "dismissed" if serial % 10 < 2 else "judged"


def write_country(scene: Scene) -> None:
    """Write facts straight into the table: five courts, a tiny one, and their hearings."""
    session = scene.session
    codes = session.scalars(
        select(Institution.code)
        .where(Institution.kind == "court", Institution.level == 1,
               Institution.jurisdiction_id == scene.jurisdiction.id,
               Institution.code.not_in((COURT_X, COURT_Y)))
        .order_by(Institution.code)
    ).all()  # fmt: skip
    courts = [scene.id_of(Institution, c) for c in (COURT_X, COURT_Y, *codes[: COURTS - 2])]
    reasons = {code: scene.id_of(Reason, code) for code in ("EV1", "VW1", "ST1", "UN1")}
    facts = []
    for place, court in enumerate(courts):
        for serial in range(TINY if place == COURTS - 1 else EACH):
            facts.append(_fact(scene, place, court, serial, reasons))
    session.execute(insert(ProsecutionFact), facts)
    case = facts[0]["case_id"]
    reason = scene.session.scalars(
        select(Reason.id).where(Reason.purpose == "adjournment").order_by(Reason.id)
    ).first()
    given_none, appeal = (
        session.scalars(query).first()
        for query in (
            select(Reason.id).where(Reason.code == "no_reason"),
            select(Institution.id).where(
                Institution.level == 2, Institution.kind == "court",
                Institution.jurisdiction_id == scene.jurisdiction.id,
            ),
        )
    )  # fmt: skip
    assert None not in (given_none, appeal)
    hearing = Hearing(
        public_code="H-1", case_id=case, scheduled_on=date(2024, 5, 1), status="held",
        organisation_id=scene.organisation("lotus"), rev_from=scene.revision_id,
    )  # fmt: skip
    session.add(hearing)
    session.flush()
    for court, status, why, after in (
        (courts[0], "held", None, None),
        (courts[0], "adjourned", reason, 10),
        (courts[0], "adjourned", reason, 30),
        (courts[0], "adjourned", None, None),
        (courts[0], "unknown", None, None),
        (courts[1], "held", None, None),
        (courts[1], "adjourned", given_none, None),
        (courts[0], "adjourned", given_none, None),
        (appeal, "held", None, None),
    ):
        on = date(2024, 5, 1)
        session.execute(
            insert(HearingFact).values(
                hearing_id=hearing.id, case_id=case, jurisdiction_id=scene.jurisdiction.id,
                owner_id=scene.organisation("lotus"), share_level="coded", institution_id=court,
                kind="trial", scheduled_on=on, status=status, adjournment_reason_id=why,
                next_on=None if after is None else on + timedelta(after),
                rev_from=scene.revision_id,
            )
        )  # fmt: skip
    session.commit()


def _fact(scene, place, court, serial, reasons):
    end = fate(place, serial)
    begun = START + timedelta(days=serial * 20 + place)
    judged = end == "judged"
    ended = None if end == "open" else begun + timedelta(days=200 + (serial * 37) % 300)
    owner = "lotus" if serial % 2 else "river"
    case = scene.case(owner, "counted" if serial % 5 == 0 else "coded")
    person = Person(pseudonym=f"A{scene.serial}", rev_from=scene.revision_id)
    scene.session.add(person)
    scene.session.flush()
    row = Prosecution(
        public_code=f"P-{scene.serial:08d}", person_id=person.id, rev_from=scene.revision_id
    )
    scene.session.add(row)
    scene.session.flush()
    why = ("EV1", "VW1", "ST1", "UN1")[serial % 4] if end == "dismissed" else None
    return {
        "prosecution_id": row.id, "case_id": case, "jurisdiction_id": scene.jurisdiction.id,
        "procedure_version_id": scene.procedure.id, "owner_id": scene.organisation(owner),
        "share_level": "counted" if serial % 5 == 0 else "coded",
        "stage": "trial", "phase": "accused", "live": end == "open", "suspended": False,
        "custody": "pretrial_detention" if serial % 2 else "unknown",
        "outcome": {"open": None, "judged": "convicted"}.get(end, "dismissed_by_court"),
        "event_code": {"open": 0, "judged": 1}.get(end, 2), "ended_on": ended,
        "ended_by": None if end == "open" else "trial_court",
        "decided_by_id": None if end == "open" else court, "reopened": False,
        "registered_on": begun, "charged_on": begun + timedelta(5),
        "filed_on": begun + timedelta(3), "accused_on": begun + timedelta(50),
        "furthest_stage": "convicted" if judged else "trial",
        "last_verified_on": LAST if end == "open" else ended, "last_event_on": ended,
        "court_id": court, "sex": "unknown", "age_band": "unknown", "official": "unknown",
        "reason_stated_id": reasons[why] if why else None, "charges": 1, "live_charges": 1,
        "unresolved": 0, "counted": True, "rev_from": scene.revision_id,
    }  # fmt: skip

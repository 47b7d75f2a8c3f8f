"""Faults of the law: each function plants one, yields what is to be found, and mends it as told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from courtwatch.commands.steps import SentenceGiven
from courtwatch.models import Reason
from courtwatch.models.vocabulary import AgeBand, HearingStatus
from tests.functional.integrity_bench import Bench, Expected, fault
from tests.functional.scene import COURT, hearing, key, step

HELD, SCHEDULED = HearingStatus.HELD, HearingStatus.SCHEDULED
ENDED = date(2026, 3, 1)


@fault("terminal_future_hearing")
def _(b: Bench) -> Iterator[Expected]:
    made = b.acquitted()
    code = hearing(b.site, made, date(2026, 12, 15), SCHEDULED)
    yield {"case_id": made.id, "hearing_id": b.hearing_id(code), "first": date(2026, 12, 15)}
    b.outcome(code, HearingStatus.CANCELLED)


@fault("hearing_after_end")
def _(b: Bench) -> Iterator[Expected]:
    made = b.acquitted()
    code = hearing(b.site, made, date(2026, 5, 1), HELD, note="Seen.")
    yield {"case_id": made.id, "hearing_id": b.hearing_id(code)}
    b.correct_hearing(code, date(2026, 2, 20), HELD, prosecutions=(b.prosecution(made),))


@fault("verdict_without_charge")
def _(b: Bench) -> Iterator[Expected]:
    made = b.acquitted()
    # The steps of today's procedures ask for a charge; a database of before may know better.
    b.sql(
        "update prosecution_fact set charges = 0 where prosecution_id = :p and rev_to is null",
        p=b.prosecution(made),
    )
    yield {"case_id": made.id, "prosecution_id": b.prosecution(made)}
    b.void(b.event(made, "acquit"))


@fault("disposed_charge_on_live_stage")
def _(b: Bench) -> Iterator[Expected]:
    charge = b.charge()
    b.sql(
        "update charge_fact set disposition = 'acquitted' where charge_id = :c and rev_to is null",
        c=charge,
    )
    yield {"case_id": b.made.id, "prosecution_id": b.prosecution(), "row_id": charge}
    b.rebuild()


@fault("outcome_contradicts_charges")
def _(b: Bench) -> Iterator[Expected]:
    made = b.acquitted()
    b.sql(
        "update prosecution_fact set outcome = 'convicted' where prosecution_id = :p"
        " and rev_to is null",
        p=b.prosecution(made),
    )
    yield {"case_id": made.id, "prosecution_id": b.prosecution(made), "first": "convicted"}
    b.rebuild()


@fault("conviction_without_sentence")
def _(b: Bench) -> Iterator[Expected]:
    made = b.convicted()
    yield {"case_id": made.id, "prosecution_id": b.prosecution(made)}
    given = SentenceGiven(kind="imprisonment", length_days=3650)
    b.correct(b.event(made, "convict"), ENDED, sentence=given, named=True)


@fault("sentence_without_conviction")
def _(b: Bench) -> Iterator[Expected]:
    made = b.acquitted()
    event = b.event(made, "acquit")
    b.sql(
        "insert into sentence (target_id, kind, rev_from) select id, 'imprisonment', 1"
        " from event_target where event_id = :e",
        e=event,
    )
    yield {"case_id": made.id, "event_id": event, "first": "acquit"}
    b.correct(event, date(2026, 3, 2), named=True)


@fault("end_without_reason")
def _(b: Bench) -> Iterator[Expected]:
    made = b.at_trial()
    step(b.site, made, "dismiss", ENDED, stated=("EV1",))
    b.sql("update reason_stated set rev_to = rev_from")
    b.rebuild()
    yield {"case_id": made.id, "prosecution_id": b.prosecution(made)}
    with b.site.reading() as session:
        reason = key(session, Reason, "EV1")
    b.correct(b.event(made, "dismiss"), ENDED, reason_stated=(reason,))


@fault("detention_without_order")
def _(b: Bench) -> Iterator[Expected]:
    step(b.site, b.made, "place_in_police_custody", date(2026, 11, 13), hour=9)
    yield {"case_id": b.made.id, "first": "police_custody", "second": "trial"}
    step(b.site, b.made, "detain", date(2026, 11, 14))


@fault("detained_after_end")
def _(b: Bench) -> Iterator[Expected]:
    made = b.at_trial()
    step(b.site, made, "detain", date(2026, 2, 2))
    b.end(made, "acquit", None)
    yield {"case_id": made.id, "prosecution_id": b.prosecution(made), "first": "detained"}
    step(b.site, made, "release", date(2026, 3, 2))


@fault("age_contradicts_step")
def _(b: Bench) -> Iterator[Expected]:
    made = b.at_trial(age_band=AgeBand.FROM_14)
    event = step(b.site, made, "place_in_police_custody", date(2026, 2, 2), hour=9)
    b.sql(
        "update person set age_band = :a where id = "
        "(select person_id from prosecution where id = :p)",
        p=b.prosecution(made),
        a=AgeBand.UNDER_14.value,
    )
    yield {"case_id": made.id, "event_id": event}
    b.void(event)


@fault("judgment_without_mode")
def _(b: Bench) -> Iterator[Expected]:
    made = b.acquitted()
    event = b.event(made, "acquit")
    b.sql("update event set mode = null where id = :e", e=event)
    yield {"case_id": made.id, "event_id": event}
    b.correct(event, ENDED, mode="adversarial", named=True)


@fault("custody_without_hour")
def _(b: Bench) -> Iterator[Expected]:
    event = step(b.site, b.made, "place_in_police_custody", date(2026, 11, 13), hour=9)
    b.sql("update event set time = null where id = :e", e=event)
    yield {"case_id": b.made.id, "event_id": event}
    b.correct(event, date(2026, 11, 13), hour=10)


@fault("institution_of_wrong_kind")
def _(b: Bench) -> Iterator[Expected]:
    event = b.event(b.made, "open_trial")
    police = b.one("select id from institution where kind = 'police' and jurisdiction_id = 1")
    b.sql("update event set institution_id = :i where id = :e", i=police, e=event)
    yield {"case_id": b.made.id, "event_id": event, "second": police}
    b.correct(event, date(2026, 2, 1), institution=COURT)

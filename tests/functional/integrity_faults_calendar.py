"""Faults of the calendar: each function plants one, yields what is to be found, and mends it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from courtwatch.commands.parsing import When
from courtwatch.models.vocabulary import HearingStatus
from tests.functional.integrity_bench import Bench, Expected, fault
from tests.functional.scene import hearing

HELD, SCHEDULED = HearingStatus.HELD, HearingStatus.SCHEDULED
ADJOURNED = HearingStatus.ADJOURNED


@fault("active_without_next_date")
def _(b: Bench) -> Iterator[Expected]:
    made = b.at_trial()
    yield {"case_id": made.id, "since": date(2026, 2, 1), "first": "trial"}
    hearing(b.site, made, date(2026, 12, 8), SCHEDULED)


@fault("hearing_held_in_future")
def _(b: Bench) -> Iterator[Expected]:
    code = hearing(b.site, b.made, date(2026, 11, 11), HELD, note="Seen.")
    b.sql("update hearing set scheduled_on = '2027-11-11' where public_code = :c", c=code)
    yield {"hearing_id": b.hearing_id(code), "first": date(2027, 11, 11)}
    b.correct_hearing(code, date(2026, 11, 11), HELD)


@fault("hearing_without_outcome")
def _(b: Bench) -> Iterator[Expected]:
    code = hearing(b.site, b.made, date(2026, 10, 1), SCHEDULED)
    yield {"hearing_id": b.hearing_id(code), "since": date(2026, 10, 1)}
    b.outcome(code, HELD, note="Seen.")


@fault("adjourned_without_next_date")
def _(b: Bench) -> Iterator[Expected]:
    made = b.at_trial()
    code = b.adjourned(made, date(2026, 11, 9))
    yield {"case_id": made.id, "hearing_id": b.hearing_id(code)}
    following = When.day(date(2026, 12, 9))
    b.outcome(code, ADJOURNED, adjournment_reason=b.reason(), next=following)


@fault("next_date_without_hearing")
def _(b: Bench) -> Iterator[Expected]:
    planned = b.one("select public_code from hearing where scheduled_on = '2026-12-01'")
    b.void_hearing(planned)
    yield {"case_id": b.made.id, "first": date(2026, 12, 1)}
    hearing(b.site, b.made, date(2026, 12, 1), SCHEDULED)


@fault("next_date_not_after")
def _(b: Bench) -> Iterator[Expected]:
    code = b.one("select public_code from hearing where scheduled_on = '2026-11-10'")
    b.sql("update hearing set next_on = '2026-11-03' where public_code = :c", c=code)
    yield {"hearing_id": b.hearing_id(code), "first": date(2026, 11, 3)}
    following = When.day(date(2026, 12, 1))
    b.outcome(code, ADJOURNED, adjournment_reason=b.reason(), next=following)


@fault("adjourned_in_a_row")
def _(b: Bench) -> Iterator[Expected]:
    made = b.at_trial()
    first = date(2026, 6, 1)
    codes = [b.adjourned(made, first + timedelta(days=20 * n)) for n in range(5)]
    yield {"case_id": made.id, "since": first, "first": 5}
    b.outcome(codes[2], HELD)


@fault("hearing_without_observation")
def _(b: Bench) -> Iterator[Expected]:
    code = hearing(b.site, b.made, date(2026, 11, 2), HELD)
    yield {"hearing_id": b.hearing_id(code), "since": date(2026, 11, 2)}
    b.outcome(code, HELD, note="Two witnesses were heard.")


@fault("hearing_twice")
def _(b: Bench) -> Iterator[Expected]:
    codes = [hearing(b.site, b.made, date(2026, 11, 2), HELD, note="Seen.") for _again in range(2)]
    yield {"hearing_id": b.hearing_id(codes[1]), "row_id": b.hearing_id(codes[0])}
    b.void_hearing(codes[1])


@fault("hearing_without_accused")
def _(b: Bench) -> Iterator[Expected]:
    code = hearing(b.site, b.made, date(2026, 11, 2), HELD, note="Seen.")
    key = b.hearing_id(code)
    b.sql("update hearing_prosecution set rev_to = rev_from where hearing_id = :h", h=key)
    yield {"hearing_id": key, "first": date(2026, 11, 2)}
    b.correct_hearing(code, date(2026, 11, 2), HELD)

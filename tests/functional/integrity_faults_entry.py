"""Faults of entry: each function plants one, yields what is to be found, and mends it as told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from courtwatch.commands.cases import AddAccused, AddCaseNumber, SetShareLevel
from courtwatch.commands.corrections import ChooseAccount
from courtwatch.commands.parsing import When
from courtwatch.commands.steps import AddAccount
from courtwatch.models import Case, CaseLink, Event
from courtwatch.models.vocabulary import (
    AccountSource,
    AgeBand,
    HearingStatus,
    LinkDecision,
    ShareLevel,
)
from courtwatch.services.accounts_told import add_account, choose_account
from courtwatch.services.open_case import add_number
from courtwatch.services.people import add_accused
from courtwatch.services.sharing import set_share_level
from tests.functional.integrity_bench import Bench, Expected, fault
from tests.functional.scene import COURT, MadeCase, hearing, make_case, step, victim

SOURCE = AccountSource.COURT_DOCUMENT
TRIAL = date(2026, 2, 1)
AWAY = "select id from jurisdiction where id != 1 limit 1"


@fault("unresolved_entry")
def _(b: Bench) -> Iterator[Expected]:
    event = b.event(b.made, "indict")
    b.sql(
        "update event set occurred_from = '2025-01-02', occurred_to = '2025-01-02' where id = :e",
        e=event,
    )
    b.sql(
        "update event_account set occurred_from = '2025-01-02', occurred_to = '2025-01-02'"
        " where event_id = :e",
        e=event,
    )
    b.rebuild()
    yield {"case_id": b.made.id, "prosecution_id": b.prosecution()}
    b.correct(event, date(2025, 10, 1))


@fault("dormant")
def _(b: Bench) -> Iterator[Expected]:
    made = make_case(b.site)
    step(b.site, made, "receive_complaint", date(2025, 2, 1))
    yield {"case_id": made.id, "since": date(2025, 2, 1)}
    b.checked(made)


@fault("dates_out_of_order")
def _(b: Bench) -> Iterator[Expected]:
    made = make_case(b.site, registered=When.day(date(2025, 2, 5)))
    step(b.site, made, "receive_complaint", date(2025, 1, 12))
    step(b.site, made, "submit_to_investigation", date(2025, 1, 13), new_charges=("KH-TIPSE-10",))
    charged = step(b.site, made, "charge", date(2025, 1, 15))
    yield {"case_id": made.id, "first": date(2025, 2, 5), "second": date(2025, 1, 15)}
    b.correct(charged, date(2025, 3, 1))


@fault("span_inverted")
def _(b: Bench) -> Iterator[Expected]:
    event = b.event(b.made, "open_trial")
    b.sql("update event set occurred_to = '2025-12-01' where id = :e", e=event)
    yield {"case_id": b.made.id, "event_id": event}
    b.correct(event, TRIAL, institution=COURT)


@fault("event_in_future")
def _(b: Bench) -> Iterator[Expected]:
    event = step(b.site, b.made, "detain", date(2027, 1, 5))
    yield {"case_id": b.made.id, "event_id": event, "second": date(2027, 1, 5)}
    b.correct(event, date(2026, 11, 15))


@fault("event_twice")
def _(b: Bench) -> Iterator[Expected]:
    event = b.event(b.made, "open_trial")
    columns = (
        "case_id, step, institution_id, occurred_from, occurred_to, precision, sequence, status,"
        " organisation_id, rev_from"
    )
    targets = "prosecution_id, charge_id, disposition, new"
    b.sql(
        f"insert into event ({columns}) select {columns} from event where id = :e",
        f"insert into event_target (event_id, {targets})"
        f" select (select max(id) from event), {targets} from event_target where event_id = :e",
        e=event,
    )
    again = b.event(b.made, "open_trial")
    assert again != event
    yield {"case_id": b.made.id, "event_id": again, "second": TRIAL}
    b.void(again)


def _told_otherwise(b: Bench, event: int, day: date, disposition: str | None = None) -> int:
    with b.work() as work:
        command = AddAccount(occurred=When.day(day), source=SOURCE, disposition=disposition)
        add_account(work, work.session.get_one(Event, event), command)
    return int(b.one("select max(id) from event_account where rev_to is null"))


def _choose(b: Bench, event: int, account: int) -> None:
    with b.work() as work:
        command = ChooseAccount(account=account, remark="The judgment says so.")
        choose_account(work, work.session.get_one(Event, event), command)


@fault("accounts_disagree_on_day")
def _(b: Bench) -> Iterator[Expected]:
    event = b.event(b.made, "open_trial")
    account = _told_otherwise(b, event, date(2026, 2, 9))
    yield {"event_id": event, "first": TRIAL, "second": date(2026, 2, 9)}
    _choose(b, event, account)


@fault("accounts_disagree_on_end")
def _(b: Bench) -> Iterator[Expected]:
    made = b.convicted()
    event = b.event(made, "convict")
    b.sql(
        "update event_account set disposition = 'convicted_as_charged' where event_id = :e",
        e=event,
    )
    account = _told_otherwise(b, event, date(2026, 3, 1), "convicted_lesser")
    yield {"case_id": made.id, "event_id": event}
    _choose(b, event, account)


@fault("accused_twice")
def _(b: Bench) -> Iterator[Expected]:
    with b.work() as work:
        case = work.session.get_one(Case, b.made.id)
        command = AddAccused(
            name_latin="Sok Darah", stage="trial", seen=When.day(date(2026, 11, 1))
        )
        second = add_accused(work, case, command).id
    yield {"case_id": b.made.id, "prosecution_id": second, "first": b.made.prosecutions[0]}
    b.void(b.event(b.made, "first_seen"))


def _decide(b: Bench, other: MadeCase, decision: LinkDecision) -> None:
    with b.work() as work:
        work.add(CaseLink(a_id=b.made.id, b_id=other.id, decision=decision))


@fault("number_used_twice")
def _(b: Bench) -> Iterator[Expected]:
    other = make_case(b.site, number="123 / 2025", matches_checked=True)
    yield {"case_id": other.id, "row_id": b.made.id, "first": b.made.code}
    _decide(b, other, LinkDecision.NOT_SAME)


@fault("alike_undecided")
def _(b: Bench) -> Iterator[Expected]:
    other = make_case(b.site, number="77/2025")
    _decide(b, other, LinkDecision.MAYBE)
    yield {"case_id": other.id, "row_id": b.made.id, "first": b.made.code}
    _decide(b, other, LinkDecision.NOT_SAME)


@fault("case_without_number")
def _(b: Bench) -> Iterator[Expected]:
    made = b.at_trial(None)
    yield {"case_id": made.id}
    with b.work() as work:
        case = work.session.get_one(Case, made.id)
        add_number(work, case, AddCaseNumber(number="12/2026", number_issuer="court"))


@fault("case_without_court")
def _(b: Bench) -> Iterator[Expected]:
    made = make_case(b.site, number="12/2026")
    step(b.site, made, "receive_complaint", date(2025, 2, 1))
    step(b.site, made, "submit_to_investigation", date(2025, 2, 20), new_charges=("KH-TIPSE-10",))
    step(b.site, made, "charge", date(2025, 3, 1))
    step(b.site, made, "indict", date(2025, 10, 1))
    b.sql('update "case" set court_id = null where id = :c', c=made.id)
    b.rebuild()
    yield {"case_id": made.id}
    step(b.site, made, "open_trial", TRIAL, institution=COURT)


@fault("case_without_accused")
def _(b: Bench) -> Iterator[Expected]:
    made = make_case(b.site)
    b.sql("update prosecution_case set rev_to = rev_from where case_id = :c", c=made.id)
    yield {"case_id": made.id}
    with b.work() as work:
        case = work.session.get_one(Case, made.id)
        add_accused(work, case, AddAccused(stage="start", seen=When.day(date(2026, 11, 1))))


@fault("institution_elsewhere")
def _(b: Bench) -> Iterator[Expected]:
    b.sql(
        "insert into institution (code, jurisdiction_id, kind, level, name_en, preliminary_only,"
        f" verified) select 'AWAY-1', ({AWAY}), 'court', 1, 'Court of a far country', 0, 0"
    )
    court = b.one("select id from institution where code = 'AWAY-1'")
    event = b.event(b.made, "open_trial")
    b.sql("update event set institution_id = :i where id = :e", i=court, e=event)
    yield {"case_id": b.made.id, "event_id": event, "first": court}
    b.correct(event, TRIAL, institution=COURT)


@fault("offence_elsewhere")
def _(b: Bench) -> Iterator[Expected]:
    charge, filing = b.charge(), b.event(b.made, "submit_to_investigation")
    ours = b.one("select offence_id from charge where id = :c", c=charge)
    b.sql(
        "insert into offence (code, jurisdiction_id, law, article, name_en, trafficking, child,"
        f" chargeable, verified) select 'AWAY-1', ({AWAY}), 'Law', '1', 'Theft', 0, 0, 1, 0"
    )
    theirs = b.one("select id from offence where code = 'AWAY-1'")
    b.sql("update charge set offence_id = :o where id = :c", o=theirs, c=charge)
    yield {"case_id": b.made.id, "prosecution_id": b.prosecution(), "first": theirs}
    b.correct(filing, date(2025, 2, 20), filed={charge: ours})


@fault("court_is_no_court")
def _(b: Bench) -> Iterator[Expected]:
    code = hearing(b.site, b.made, date(2026, 11, 11), HearingStatus.HELD, note="Seen.")
    police = b.one("select id from institution where kind = 'police' and jurisdiction_id = 1")
    b.sql("update hearing set institution_id = :i where public_code = :c", i=police, c=code)
    yield {"case_id": b.made.id, "hearing_id": b.hearing_id(code), "first": police}
    b.correct_hearing(code, date(2026, 11, 11), HearingStatus.HELD)


@fault("child_victim_shared")
def _(b: Bench) -> Iterator[Expected]:
    made = make_case(b.site, share=ShareLevel.FULL)
    victim(b.site, made, AgeBand.FROM_14)
    yield {"case_id": made.id, "prosecution_id": b.prosecution(made)}
    with b.work(user="chan") as work:
        case = work.session.get_one(Case, made.id)
        set_share_level(work, case, SetShareLevel(share_level=ShareLevel.CODED))

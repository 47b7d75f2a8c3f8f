"""By whatever form an entry comes in: what the law does not allow is refused and explained."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from courtwatch.models import Event, Revision
from tests.functional.scene import OFFENCE, make_case, step
from tests.functional.site import Site
from tests.functional.test_record import record_form, take_step


def rows(site: Site) -> tuple[int, int]:
    """Return how many entries and revisions there are."""
    with site.reading() as session:
        return (
            session.scalar(select(func.count()).select_from(Event)) or 0,
            session.scalar(select(func.count()).select_from(Revision)) or 0,
        )


def test_a_check_before_anything_is_known_is_refused(site: Site) -> None:
    """Nothing can have been unchanged before the first entry; on a later day it is recorded."""
    made = make_case(site, stage="trial")
    browser = site.sign_in("mony")
    before = rows(site)

    def check(year: str) -> int:
        form = record_form(browser.get(f"/cases/{made.code}/checked"))
        form["occurred-day"], form["occurred-month"], form["occurred-year"] = "3", "3", year
        answer = form.submit(expect_errors=True)
        if answer.status_int == 400:
            assert "Nothing is recorded before this check" in answer
        return int(answer.status_int)

    assert check("2024") == 400
    assert rows(site) == before
    assert check("2025") == 303


def test_a_step_that_does_not_start_there_is_refused(site: Site) -> None:
    """It says so, and what is permitted, and writes nothing."""
    made = make_case(site)
    step(site, made, "receive_complaint", date(2025, 2, 1))
    step(site, made, "submit_to_investigation", date(2025, 3, 1), new_charges=(OFFENCE,))
    browser = site.sign_in("mony")
    before = rows(site)
    late = take_step(browser, made.prosecutions[0], "open_trial", "2025-04-01")
    assert late.status_int == 400
    assert "is not possible at" in late
    assert "Permitted now" in late
    assert rows(site) == before


def test_a_charge_comes_by_a_step_alone(site: Site) -> None:
    """Where no step files one, the page of steps says what is possible instead."""
    made = make_case(site)
    step(site, made, "receive_complaint", date(2025, 2, 1))
    browser = site.sign_in("mony")
    page = browser.get(f"/prosecutions/{made.prosecutions[0]}/charges/new", status=303)
    assert "/steps" in page.location

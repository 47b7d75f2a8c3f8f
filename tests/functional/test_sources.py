"""Several sources tell of one entry: what each says is shown, and which of them holds."""

from __future__ import annotations

from typing import Any

import pytest
from webtest import TestApp

from tests.functional.site import Site
from tests.functional.test_corrections import assert_true, events, facts, trial  # noqa: F401
from tests.functional.test_record import record_form, take_step


def tell(browser: TestApp, event: int, source: str, day: str | None = None, **fields: Any) -> Any:
    """Add a source through its form."""
    form = record_form(browser.get(f"/events/{event}/account"))
    form["source"] = source
    if day is not None:
        year, month, number = day.split("-")
        form["occurred-year"], form["occurred-month"], form["occurred-day"] = year, month, number
    for name, value in fields.items():
        form[name] = value
    return form.submit(expect_errors=True)


def choose(browser: TestApp, event: int, which: str, remark: str = "We saw the file") -> Any:
    """Choose a source by hand: the radio whose label says `which`."""
    page = browser.get(f"/events/{event}/choose")
    label = next(one for one in page.html.select("label.govuk-radios__label") if which in one.text)
    form = record_form(page)
    form["account"] = page.html.find(id=label["for"])["value"]
    form["remark"] = remark
    return form.submit(expect_errors=True)


def outcome(site: Site) -> tuple[Any, str]:
    """Return how and when the first prosecution ended."""
    fact = facts(site)[0]
    return fact["disposition"], str(fact["ended_on"])


def verdict(site: Site) -> int:
    """Return the verdict that holds."""
    (event,) = events(site, "convict")
    return int(event.id)


@pytest.fixture
def disputed(site: Site, trial: Any) -> Any:  # noqa: F811 - the fixture above
    """Give a verdict of which another organisation was told another day and another end."""
    response = tell(
        site.sign_in("rith"), verdict(site), "told", "2026-06-04", disposition="convicted_lesser"
    )
    assert response.status_int == 303, response.text
    return trial


class TestByRule:
    def test_what_was_told_later_is_shown_and_does_not_hold(
        self, site: Site, disputed: Any
    ) -> None:
        """The earliest of two that were told holds; the page says what each gives."""
        assert outcome(site) == ("convicted_as_charged", "2026-06-01")
        page = disputed["browser"].get(f"/cases/{disputed['code']}").text
        assert "gives the day as: 4 June 2026" in page
        assert "gives the end as: Convicted of a lesser offence" in page
        assert "River Monitors" in page

    def test_a_court_document_comes_first(self, site: Site, disputed: Any) -> None:
        """Day and end follow it at once; the day before stays visible."""
        response = tell(
            site.sign_in("rith"), verdict(site), "court_document", "2026-06-03",
            disposition="convicted_lesser",
        )  # fmt: skip
        assert response.status_int == 303, response.text
        assert outcome(site) == ("convicted_lesser", "2026-06-03")
        assert_true(site)

    def test_noting_a_better_source_leaves_what_holds(self, site: Site, disputed: Any) -> None:
        """`keep` chooses the entry by hand in the same act."""
        tell(site.sign_in("rith"), verdict(site), "court_document", "2026-06-03", keep=True)
        assert outcome(site) == ("convicted_as_charged", "2026-06-01")
        page = disputed["browser"].get(f"/cases/{disputed['code']}").text
        assert "chosen by hand: holds" in page


class TestByHand:
    def test_figures_follow_the_choice_and_its_undoing(self, site: Site, disputed: Any) -> None:
        """Who chose and why stays; the rule can be asked again."""
        browser = disputed["browser"]
        assert choose(browser, verdict(site), "4 June 2026").status_int == 303
        assert outcome(site) == ("convicted_lesser", "2026-06-04")
        assert "We saw the file" in browser.get(f"/cases/{disputed['code']}").text
        assert_true(site)
        assert choose(browser, verdict(site), "Let the rule say").status_int == 303
        assert outcome(site) == ("convicted_as_charged", "2026-06-01")
        assert_true(site)

    def test_asks_why_and_refuses_what_holds_already(self, site: Site, disputed: Any) -> None:
        browser = disputed["browser"]
        response = choose(browser, verdict(site), "4 June 2026", remark="")
        assert response.status_int == 400
        assert "Say why it holds" in response.text
        response = choose(browser, verdict(site), "Let the rule say")
        assert response.status_int == 400
        assert "holds already" in response.text

    @pytest.mark.parametrize("user", ["rith", "anan", "reak", "admin"])
    def test_only_who_entered_or_keeps_it_chooses(
        self, site: Site, disputed: Any, user: str
    ) -> None:
        site.sign_in(user).get(f"/events/{verdict(site)}/choose", status=403)

    def test_a_day_that_the_procedure_does_not_allow_is_refused(
        self, site: Site, disputed: Any
    ) -> None:
        """A verdict after its own appeal would leave that without a place: nothing is written."""
        browser = disputed["browser"]
        appeal = take_step(browser, disputed["one"].public_code, "appeal", "2026-06-02")
        assert appeal.status_int == 303, appeal.text
        response = choose(browser, verdict(site), "4 June 2026")
        assert response.status_int == 400
        assert "another entry would have no legal place" in response.text
        assert outcome(site) == ("convicted_as_charged", "2026-06-01")

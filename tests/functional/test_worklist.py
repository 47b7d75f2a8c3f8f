"""The worklist: whose, in which order, and the check of a case with one click."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from courtwatch.models import Event, EventAccount
from courtwatch.models.vocabulary import AccountSource, ShareLevel
from tests.functional.scene import make_case, step
from tests.functional.site import Site, counted_queries, today
from workflows.elements import CHECKED_UNCHANGED


@pytest.fixture
def made(site: Site) -> dict[str, Any]:
    """Give cases last verified long ago, longer ago, lately, and others' that is shared."""
    return {
        "longer": started(site, "Chea Bopha", today() - timedelta(days=400)),
        "long": started(site, "Sok Dara", today() - timedelta(days=200)),
        "lately": started(site, "Kim Ly", today() - timedelta(days=20)),
        "theirs": started(
            site, "Nuon Srey", today() - timedelta(days=300), user="rith", share=ShareLevel.FULL
        ),
    }


def started(site: Site, name: str, day: date, user: str = "mony", **more: Any) -> Any:
    """Make a case whose first step was on a day."""
    made = make_case(site, user, name=name, **more)
    step(site, made, "receive_complaint", day, user)
    return made


def listed(browser: Any, made: dict[str, Any], query: str = "") -> list[str]:
    """Return the cases of the worklist in their order; the download says the same."""
    rows = csv.DictReader(io.StringIO(browser.get(f"/worklist.csv{query}").text.lstrip("\ufeff")))
    cases = [row["case"] for row in rows]
    page = browser.get(f"/worklist{query}").text
    assert [code for code in cases if code in page] == cases
    assert not [one for one in made.values() if one.code in page and one.code not in cases]
    return [next(key for key, one in made.items() if one.code == case) for case in cases]


class TestWhose:
    def test_own_open_cases_the_longest_ago_first(self, site: Site, made: dict[str, Any]) -> None:
        """Of the reader's organisation alone, by the days asked for; home counts the same."""
        browser = site.sign_in("mony")
        assert listed(browser, made) == ["longer", "long"]
        assert listed(browser, made, "?days=300") == ["longer"]
        assert listed(browser, made, "?days=20") == ["longer", "long"], "not for more than 20"
        assert listed(browser, made, "?days=19") == ["longer", "long", "lately"]
        assert listed(site.sign_in("rada"), made) == ["theirs"]
        home = browser.get("/")
        assert home.html.select("a[href='/worklist']")[0].text == "2"
        step(site, made["long"], "detain", today() - timedelta(days=1))
        assert listed(browser, made) == ["longer"]

    def test_readers_have_none(self, site: Site, made: dict[str, Any]) -> None:
        for name in ("anan", "reak", "admin"):
            browser = site.sign_in(name)
            for path in ("/worklist", "/worklist.csv", "/worklist.json"):
                assert browser.get(path, status=403)
            assert "/worklist" not in browser.get("/").text

    def test_no_query_for_each_row(self, site: Site, made: dict[str, Any]) -> None:
        browser = site.sign_in("mony")
        browser.get("/worklist")
        with counted_queries(site.engine) as few:
            browser.get("/worklist?days=300")
        with counted_queries(site.engine) as many:
            browser.get("/worklist?days=0")
        assert len(many) <= len(few)


class TestOneClick:
    def test_records_the_check_of_today(self, site: Site, made: dict[str, Any]) -> None:
        """Who checked, how, and when; the case leaves the list, and sent twice is once."""
        browser = site.sign_in("mony")
        form = browser.get("/worklist?days=30").forms["worklist"]
        form["source"] = "seen_in_court"
        answer = form.submit("case", value=made["longer"].code, status=303)
        assert answer.location.endswith("/worklist?days=30")
        page = answer.follow()
        assert "Recorded: checked, nothing changed." in page
        assert made["longer"].code not in page
        form.submit("case", value=made["longer"].code, status=303)
        with site.reading() as session:
            (event,) = session.scalars(select(Event).where(Event.step == CHECKED_UNCHANGED))
            (account,) = session.scalars(
                select(EventAccount).where(EventAccount.event_id == event.id)
            )
        assert (event.case_id, event.occurred_from) == (made["longer"].id, today())
        assert account.source is AccountSource.SEEN_IN_COURT

    @pytest.mark.parametrize(
        ("which", "source", "words"),
        [
            ("theirs", "told", "This case is not on your worklist"),
            ("long", "import", "Choose how you checked"),
            ("long", "", "Choose how you checked"),
        ],
    )
    def test_refuses(
        self, site: Site, made: dict[str, Any], which: str, source: str, words: str
    ) -> None:
        """Another organisation's case, and a check that nobody says how it was made."""
        browser = site.sign_in("mony")
        form = browser.get("/worklist").forms["worklist"]
        form["source"].force_value(source)
        answer = form.submit("case", value=made[which].code, status=400)
        assert words in answer
        with site.reading() as session:
            assert not session.scalars(select(Event).where(Event.step == CHECKED_UNCHANGED)).all()

    def test_refuses_days_that_are_none(self, site: Site, made: dict[str, Any]) -> None:
        browser = site.sign_in("mony")
        for path in ("/worklist?days=many", "/worklist?days=9999"):
            assert 'href="#days"' in browser.get(path, status=400)
        assert browser.get("/worklist.csv?days=-1", status=400)

"""Typed words stand in no address, header or log, whatever happens; nor do errors of the index."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sqlalchemy import delete, update
from webob import Request

from courtwatch.models import Case, ProsecutionFact
from courtwatch.models.engine import WRITES
from courtwatch.views.search import INDEX, SearchFailed
from tests.functional.scene import make_case
from tests.functional.site import Site
from tests.functional.test_search import index, search

WORD = "Zzquorlword"


class Failing:
    """An index whose errors carry what was asked, as those of libraries do."""

    def search(self, request: Any) -> Any:
        raise ValueError(f"cannot look for {request.query!r}")


class FailingLater:
    """An index that answers and then breaks while rows are read."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def search(self, request: Any) -> Any:
        found = self.inner.search(request)

        class Hits(tuple[Any, ...]):
            def __iter__(self) -> Any:
                raise KeyError(request.query)

        return type(found)(found.total, Hits(found.hits), found.facets)


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Collect what any logger says, statements of the database included."""
    caplog.set_level(logging.DEBUG)
    for name in ("sqlalchemy.engine", "courtwatch", "waitress", "pyramid"):
        caplog.set_level(logging.INFO, logger=name)
    return caplog


class TestWords:
    def test_nothing_is_said_of_them_when_all_is_well(
        self, site: Site, everything: pytest.LogCaptureFixture
    ) -> None:
        """Post, page, facets, files: the statements are logged, and their values are not."""
        make_case(site, name=f"{WORD} Dara")
        index(site)
        browser = site.sign_in("mony")
        page = search(browser, WORD)
        path = page.request.path
        answers = [page, *(browser.get(f"{path}{end}") for end in (".csv", ".json", "?stage=x"))]
        for answer in answers:
            assert WORD not in answer.request.url
            assert WORD not in str(answer.headers)
            assert WORD not in answer.request.headers.get("Referer", "")
        assert page.headers["Referrer-Policy"] == "no-referrer"
        for link in page.html.select("a[href], form[action]"):
            assert WORD not in (link.get("href") or link["action"])
        assert "saved_search" in everything.text, "statements are logged in this test"
        assert WORD not in everything.text

    def test_a_failing_request_keeps_them_out_of_the_log(
        self, site: Site, everything: pytest.LogCaptureFixture
    ) -> None:
        """The error's own text would have them; where it came from is logged all the same."""
        browser = site.sign_in("mony")
        path = search(browser, WORD).request.path
        inner = site.app.registry[INDEX]
        site.app.registry[INDEX] = Failing()
        page = browser.get(path, status=500)
        assert WORD not in page.text
        assert "ValueError" in everything.text
        assert "courtwatch/services/search.py" in everything.text
        site.app.registry[INDEX] = FailingLater(inner)
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        request = Request.blank(f"{path}.json", headers={"Cookie": cookies})
        request.remote_addr = "127.0.0.1"
        response = request.get_response(site.app)
        with pytest.raises(SearchFailed) as failure:
            list(response.app_iter)
        assert WORD not in str(failure.value)
        assert failure.value.__suppress_context__
        assert WORD not in everything.text

    def test_the_way_back_leads_to_the_form_and_not_to_a_second_post(self, site: Site) -> None:
        """The answer to the post is a redirection; opening its address again posts nothing."""
        browser = site.sign_in("mony")
        page = search(browser, WORD)
        again = browser.get(page.request.path)
        assert again.html.select_one("#query")["value"] == WORD


class TestRecordMovesOn:
    """The record changed between index and database: what is gone is left out, without an error."""

    def test_a_case_that_lost_its_rows_is_no_error(self, site: Site) -> None:
        made = make_case(site, name="Sok Dara")
        index(site)
        browser = site.sign_in("mony")
        path = search(browser, "Dara").request.path
        with site.engine.connect().execution_options(**{WRITES: True}) as connection:
            connection.execute(delete(ProsecutionFact).where(ProsecutionFact.case_id == made.id))
            connection.execute(update(Case).values(court_id=None))
            connection.commit()
        for end in ("", ".csv", ".json", "?sort=last_event"):
            assert browser.get(f"{path}{end}", status=200)

    def test_a_case_that_is_gone_is_left_out(self, site: Site) -> None:
        """Merged away, or made unreadable, by a program that owed the index nothing."""
        made = make_case(site, name="Sok Dara")
        other = make_case(site, name="Chea Dara")
        index(site)
        browser = site.sign_in("mony")
        path = search(browser, "Dara").request.path
        with site.engine.connect().execution_options(**{WRITES: True}) as connection:
            merged = update(Case).where(Case.id == made.id).values(merged_into_id=other.id)
            connection.execute(merged)
            connection.commit()
        page = browser.get(path, status=200)
        assert made.code not in page.text
        assert other.code in page.text
        rows = browser.get(f"{path}.json").json["rows"]
        assert [row["case"] for row in rows] == [other.code]

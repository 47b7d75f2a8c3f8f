"""The list of cases: what it counts, how it is filtered, and what a download says."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from courtwatch.models.vocabulary import ShareLevel
from tests.functional.scene import make_case, step
from tests.functional.site import counted_queries

EVIDENCE = "Insufficient evidence, general"
"""What EV1 is called."""


def _rows(browser, query=""):
    text = browser.get(f"/cases.csv{query}").text
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture
def three(site):
    """Three cases of one organisation: just opened, held, and at trial in another court."""
    fresh = make_case(site, name="Fresh One", number="100/25", registered=None)
    held = make_case(site, name="Held Two")
    step(site, held, "receive_complaint", date(2025, 2, 1))
    step(site, held, "hold_file", date(2025, 3, 1), stated=("EV1",))
    tried = make_case(site, name="Tried Three", court="KH-08-CFI")
    step(site, tried, "receive_complaint", date(2025, 2, 2))
    step(site, tried, "submit_to_investigation", date(2025, 2, 20))
    return fresh, held, tried


class TestList:
    def test_shows_name_court_stage_and_leads_to_the_page(self, site, three):
        """A row says who, where and how far, and its link opens the case."""
        page = site.sign_in("mony").get("/cases")
        assert "Showing 1 to 3 of 3" in page
        for words in ("Fresh One", "Battambang", "Kandal", "100/25", three[1].code):
            assert words in page.text
        assert page.click("Held Two").status_int == 200

    def test_filters_by_what_the_address_says(self, site, three):
        """Court, outcome, reason and openness narrow the list; each is named and removable."""
        browser = site.sign_in("mony")
        assert {r["case"] for r in _rows(browser, "?court=KH-08-CFI")} == {three[2].code}
        assert {r["case"] for r in _rows(browser, "?reason=EV1")} == {three[1].code}
        assert {r["case"] for r in _rows(browser, "?group=EV&event_code=2")} == {three[1].code}
        assert {r["case"] for r in _rows(browser, "?event_code=0")} == {
            three[0].code,
            three[2].code,
        }
        page = browser.get("/cases?reason=EV1&court=KH-02-CFI")
        assert "Showing 1 to 1 of 1" in page
        assert "Showing 1 to 2 of 2" in page.click("Remove", index=1)

    def test_keeps_filters_that_a_report_set_when_the_form_is_sent(self, site, three):
        """A figure's filter without a field of its own survives the next filter."""
        page = site.sign_in("mony").get("/cases?disposition=held")
        form = page.forms[1]
        form["court"] = "KH-02-CFI"
        assert "disposition=held" in form.submit().request.url

    def test_refuses_nonsense_in_words(self, site):
        """A year that is none is refused at its field, and no list is shown for it."""
        browser = site.sign_in("mony")
        page = browser.get("/cases?cohort=20x5", status=400)
        assert "is no period" in page
        browser.get("/cases.csv?event_code=9", status=400)
        browser.get("/cases?page=abc&sort=nothing")

    def test_pages_and_orders(self, make_site):
        """The second page continues the first; an order is kept from page to page."""
        site = make_site(page_size="10")
        codes = [make_case(site).code for _number in range(12)]
        browser = site.sign_in("mony")
        first = browser.get("/cases?sort=case")
        assert "Showing 1 to 10 of 12" in first
        second = first.click("Next")
        assert "Showing 11 to 12 of 12" in second
        assert [r["case"] for r in _rows(browser, "?sort=case")] == sorted(codes)

    def test_asks_the_database_as_often_for_many_rows_as_for_few(self, site):
        """No query is sent for each row."""
        browser = site.sign_in("mony")

        def queries():
            with counted_queries(site.engine) as statements:
                browser.get("/cases")
            return len(statements)

        for _number in range(2):
            step(site, make_case(site, name="A"), "receive_complaint", date(2025, 2, 1))
        few = queries()
        for _number in range(6):
            step(site, make_case(site, name="B"), "receive_complaint", date(2025, 2, 1))
        assert queries() == few


class TestDownload:
    def test_csv_and_json_say_the_same(self, site, three):
        """Both have one row for each prosecution, with the same values."""
        browser = site.sign_in("mony")
        table = _rows(browser)
        answer = browser.get("/cases.json").json
        assert answer["unit"].startswith("prosecution")
        assert answer["invented_data"] is False
        as_text = [
            {
                name: "" if v is None else {True: "yes", False: "no"}.get(v, str(v))
                if isinstance(v, bool) else str(v)
                for name, v in row.items()
            }
            for row in answer["rows"]
        ]  # fmt: skip
        assert as_text == table

    def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(self, site):
        """Text that starts like a formula gets an apostrophe."""
        make_case(site, name="=HYPERLINK(1)")
        assert _rows(site.sign_in("mony"))[0]["accused"] == "'=HYPERLINK(1)"

    def test_sends_more_rows_than_a_batch(self, site, monkeypatch):
        """A long download is written in batches and loses none."""
        monkeypatch.setattr("courtwatch.services.case_list.CHUNK", 3)
        monkeypatch.setattr("courtwatch.views.streaming.BATCH", 2)
        codes = {make_case(site).code for _number in range(8)}
        browser = site.sign_in("mony")
        assert {r["case"] for r in _rows(browser)} == codes
        assert {r["case"] for r in browser.get("/cases.json").json["rows"]} == codes


class TestFiltersThatWouldTell:
    @pytest.mark.parametrize("reader", ["anan", "reak"])
    def test_an_allegation_reads_as_a_decision_that_gives_no_reason(self, site, reader):
        """Forms ask for a reason or for UN1: nothing at all would tell the allegation."""
        told = {}
        for stated in (("UN1",), ("UN2",), ("ST1",), ("TI1", "EV1"), ("EV1", "ST1")):
            made = make_case(site, share=ShareLevel.FULL)
            step(site, made, "receive_complaint", date(2025, 2, 1))
            step(site, made, "hold_file", date(2025, 3, 1), stated=stated)
            told[made.code] = stated
        browser = site.sign_in(reader)
        silent = {code for code, stated in told.items() if stated[0] != "EV1"}
        for query in ("reason=unknown", "reason=UN1", "reason=UN2", "reason=UN1&reason=unknown"):
            assert {row["case"] for row in _rows(browser, f"?{query}")} == silent
        assert _rows(browser, "?group=UN") == []
        for path in ("/cases.json", "/charges.csv"):
            text = browser.get(path).text
            assert not [code for code in ("UN1", "UN2", "ST1", "TI1") if code in text], path
        for code in told:
            for path in (f"/cases/{code}", f"/cases/{code}.json"):
                text = browser.get(path).text
                assert not [one for one in ("UN1", "UN2", "ST1", "TI1") if one in text], path
                assert (EVIDENCE in text) is (code not in silent)
        report = browser.get("/reports/reasons.json").json
        codes = next(table for table in report["tables"] if table["key"] == "codes")
        assert [row["key"] for row in codes["rows"]] == ["EV1", "none", "total"]
        other = site.sign_in("rith")
        assert len(_rows(other, "?reason=UN1")) == len(_rows(other, "?group=TI")) == 1

    @pytest.mark.parametrize("query", ["organisation=lotus", "assessed=ST1", "share_level=full"])
    @pytest.mark.parametrize("user", ["anan", "reak"])
    def test_are_refused_to_ministry_and_researchers(self, site, user, query):
        """A list filtered by what may not be seen would tell it by what remains."""
        make_case(site, share=ShareLevel.FULL)
        browser = site.sign_in(user)
        browser.get(f"/cases?{query}", status=400)
        browser.get(f"/cases.csv?{query}", status=400)

    def test_an_assessed_reason_finds_only_what_ones_own_organisation_assessed(self, site):
        """Another organisation cannot look for cases by what this one concluded."""
        made = make_case(site, share=ShareLevel.FULL)
        step(site, made, "receive_complaint", date(2025, 2, 1))
        step(site, made, "hold_file", date(2025, 3, 1), stated=("EV1",), assessed="ST1")
        assert len(_rows(site.sign_in("mony"), "?assessed=ST1")) == 1
        assert _rows(site.sign_in("rith"), "?assessed=ST1") == []

"""Check the record: each sees the faults of their own cases, and nobody those of others."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from courtwatch.models.vocabulary import HearingStatus, ShareLevel
from courtwatch.services.integrity.registry import KINDS
from tests.functional.integrity_bench import Bench, make_bench
from tests.functional.scene import hearing, make_case
from tests.functional.site import Site, counted_queries

LATE = "hearing_without_outcome"
KEEPERS = ("mony", "chan")
OTHERS = ("rith", "rada")
NOBODY = ("anan", "reak")
AHEAD = datetime.now(UTC).date() + timedelta(days=30)


@pytest.fixture
def bench(site: Site) -> Bench:
    """Give a record in which one organisation has three hearings without an outcome.

    The other organisation may read the case: it is shared in full.
    """
    bench = make_bench(site, AHEAD)
    bench.made = make_case(site, share=ShareLevel.FULL, name="Sok Dara", number="55/2025")
    for day in (1, 2, 3):
        hearing(site, bench.made, date(2020, 10, day), HearingStatus.SCHEDULED)
    return bench


class TestRoles:
    """Who sees what on each page."""

    @pytest.mark.parametrize("name", KEEPERS)
    def test_those_who_keep_the_case_see_it(self, bench: Bench, name: str) -> None:
        """With its count, its cases and the download."""
        browser = bench.site.sign_in(name)
        assert "Hearing long past without an outcome" in browser.get("/integrity").text
        page = browser.get(f"/integrity/{LATE}")
        assert page.text.count(f"/cases/{bench.made.code}") == 3
        assert "How to mend it" in page.text
        rows = _csv(browser.get(f"/integrity/{LATE}.csv").text)
        assert [row["case"] for row in rows] == [bench.made.code] * 3

    @pytest.mark.parametrize("name", OTHERS)
    def test_other_organisations_see_nothing_of_it(self, bench: Bench, name: str) -> None:
        """Not in a count, not in a list, not in a download, though they may read the case."""
        browser = bench.site.sign_in(name)
        assert browser.get(f"/cases/{bench.made.code}").status_int == 200
        whole = browser.get("/integrity")
        assert "Nothing was found." in whole.text
        for kind in (kind for kind in KINDS.values() if kind.about_cases):
            page = browser.get(f"/integrity/{kind.code}")
            assert "Nothing was found." in page.text, kind.code
            assert bench.made.code not in page.text
            assert _csv(browser.get(f"/integrity/{kind.code}.csv").text) == []

    @pytest.mark.parametrize("name", NOBODY)
    def test_readers_have_no_such_page(self, bench: Bench, name: str) -> None:
        """Analysts and researchers mend nothing, and a list of faults tells of cases."""
        browser = bench.site.sign_in(name)
        for path in ("/integrity", f"/integrity/{LATE}", f"/integrity/{LATE}.csv"):
            assert browser.get(path, expect_errors=True).status_int == 403
        assert "/integrity" not in browser.get("/").text

    def test_who_runs_the_system_sees_counts_and_no_case(self, bench: Bench) -> None:
        """Kinds of the database with their counts; kinds of cases are not there."""
        bench.sql("delete from prosecution_case where case_id = :c", c=bench.made.id)
        browser = bench.site.sign_in("admin")
        page = browser.get("/integrity")
        assert "Prosecution in no case" in page.text
        kind = browser.get("/integrity/prosecution_in_no_case").text
        assert "Found: 1." in kind
        assert "courtwatch check --kind prosecution_in_no_case" in kind
        for text in (page.text, kind):
            assert not re.search(r"[CPH]-[0-9A-Z]{8}", text)
        assert browser.get(f"/integrity/{LATE}", status=404)
        assert browser.get(f"/integrity/{LATE}.csv", status=404)
        assert browser.get("/integrity/prosecution_in_no_case.csv", status=404)

    def test_nobody_signed_in_is_sent_to_sign_in(self, bench: Bench) -> None:
        """As from every page."""
        answer = bench.site.browser().get("/integrity", status=303)
        assert "/sign-in" in answer.location

    def test_keepers_have_no_page_of_the_database(self, bench: Bench) -> None:
        """Tables and keys are no business of a monitor, and an unknown kind is not there."""
        browser = bench.site.sign_in("mony")
        for code in ("orphan", "fact_differs", "nonsense"):
            browser.get(f"/integrity/{code}", status=404)

    def test_a_number_of_a_case_shared_without_numbers_is_not_told(self, bench: Bench) -> None:
        """A case of others that is shared by codes has no number here, so no twin either."""
        for share, told in ((ShareLevel.CODED, False), (ShareLevel.FULL, True)):
            number = f"8{int(told)}/2025"
            other = make_case(bench.site, "rith", share, number=number)
            make_case(bench.site, number=number, matches_checked=True)
            page = bench.site.sign_in("mony").get("/integrity/number_used_twice").text
            assert (other.code in page) is told, share


class TestWays:
    """From a finding to the form that mends it."""

    def test_home_leads_to_the_page_and_the_page_to_the_form(self, bench: Bench) -> None:
        """Home, check, kind, form: the outcome of the very hearing."""
        browser = bench.site.sign_in("mony")
        page = browser.get("/").click(href="/integrity$").click(href=f"/integrity/{LATE}$")
        form = page.click("Enter the outcome", index=0)
        assert re.fullmatch(r".*/hearings/H-[0-9A-Z]{8}/outcome", form.request.path)

    def test_every_way_of_mending_opens(self, bench: Bench) -> None:
        """Each link of each kind with a finding leads to a page that is there."""
        made = bench.at_trial(None)
        bench.end(made, "convict", "convicted_as_charged")
        bench.adjourned(bench.made, date(2026, 10, 1))
        bench.sql("update event set mode = null, time = null")
        browser = bench.site.sign_in("chan")
        seen = set()
        for href in re.findall(r'href="(/integrity/[a-z_]+)"', browser.get("/integrity").text):
            page = browser.get(href)
            row = re.search(r"<tbody.*?</tbody>", page.text, re.S)
            for link in set(re.findall(r'href="([^"]+)"', row[0] if row else "")):
                assert browser.get(link).status_int == 200
                seen.add(href.rsplit("/", 1)[1])
        assert {LATE, "judgment_without_mode", "conviction_without_sentence"} <= seen

    def test_a_monitor_who_may_not_share_is_led_to_the_case(self, bench: Bench) -> None:
        """The form for sharing is the coordinator's."""
        from courtwatch.models.vocabulary import AgeBand
        from tests.functional.scene import victim

        victim(bench.site, bench.made, AgeBand.FROM_14)
        for name, path in (("mony", ""), ("chan", "/share")):
            page = bench.site.sign_in(name).get("/integrity/child_victim_shared").text
            assert (f'href="/cases/{bench.made.code}/share"' in page) is bool(path)


class TestPaging:
    """Long lists."""

    def test_pages_hold_each_finding_once(self, bench: Bench) -> None:
        """Fifty a page; a page too far shows the last."""
        bench.sql(
            "insert into hearing (public_code, case_id, kind, scheduled_on, status,"
            " organisation_id, voided, rev_from) with recursive n(i) as"
            " (select 1 union all select i + 1 from n where i < 60)"
            " select 'H-0000' || (1000 + i), :c, 'trial', '2020-11-01', 'scheduled', 1, 0, 1"
            " from n",
            c=bench.made.id,
        )
        browser = bench.site.sign_in("mony")
        pages = [browser.get(f"/integrity/{LATE}?page={n}").text for n in (1, 2)]
        found = [re.findall(r"/hearings/(H-[0-9A-Z]+)/outcome", page) for page in pages]
        assert [len(codes) for codes in found] == [50, 13]
        assert len(set(found[0]) | set(found[1])) == 63
        assert "Showing 51 to 63 of 63" in browser.get(f"/integrity/{LATE}?page=99").text
        assert browser.get(f"/integrity/{LATE}?page=x").status_int == 200

    def test_no_query_for_each_finding(self, bench: Bench) -> None:
        """A page of three findings asks no more than a page of one."""
        browser = bench.site.sign_in("mony")
        browser.get(f"/integrity/{LATE}")
        with counted_queries(bench.site.engine) as three:
            browser.get(f"/integrity/{LATE}")
        bench.sql(
            "update hearing set voided = 1 where scheduled_on in ('2020-10-01', '2020-10-02')"
        )
        with counted_queries(bench.site.engine) as one:
            browser.get(f"/integrity/{LATE}")
        assert len(three) == len(one)


class TestDownload:
    """CSV and JSON say what the page says, without names."""

    def test_json_says_what_it_is(self, bench: Bench) -> None:
        """Explanation and mending travel with the rows."""
        text = bench.site.sign_in("mony").get(f"/integrity/{LATE}.json").text
        found = json.loads(text)
        assert (found["kind"], len(found["rows"])) == (LATE, 3)
        assert found["rows"][0]["since"] == "2020-10-01"
        assert found["mend"].startswith("Say what became")
        assert "Sok" not in text
        assert "55/2025" not in text


def _csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))

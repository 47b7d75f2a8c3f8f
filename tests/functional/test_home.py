"""Home: what waits for whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from courtwatch.commands.cases import FindCase
from courtwatch.models import Institution
from courtwatch.models.vocabulary import HearingStatus, ShareLevel
from courtwatch.services.open_case import find_elsewhere
from courtwatch.services.work import Work
from courtwatch.web.jinja import COMPILED
from tests.functional.scene import COURT, actor_of, hearing, key, make_case, step
from tests.functional.site import counted_queries

TODAY = datetime.now(UTC).date()


def _ask(site, number):
    """Another organisation's monitor asks for a case by number and court."""
    with site.writing() as session:
        work = Work(session, actor_of(session, "rith", site), "case:find")
        found = find_elsewhere(
            work, FindCase(court=key(session, Institution, COURT), number=number)
        )
        assert found


class TestMonitor:
    def test_reads_which_hearings_need_an_outcome_and_which_come(self, site):
        """Past hearings without an outcome and those of the next week, with whom they are about."""
        made = make_case(site, name="Sok Dara")
        hearing(site, made, TODAY - timedelta(days=3), HearingStatus.SCHEDULED)
        hearing(site, made, TODAY + timedelta(days=3), HearingStatus.SCHEDULED)
        hearing(site, made, TODAY + timedelta(days=30), HearingStatus.SCHEDULED)
        page = site.sign_in("mony").get("/")
        tables = page.html.select("main table")
        assert [len(table.select("tbody tr")) for table in tables] == [1, 1]
        assert "Sok Dara" in tables[0].text
        assert page.click("Sok Dara", index=0).status_int == 200

    def test_reads_only_of_their_own_organisations_cases(self, site):
        """Another organisation's hearings do not wait here, even of a case shared in full."""
        made = make_case(site, name="Sok Dara", share=ShareLevel.FULL)
        hearing(site, made, TODAY - timedelta(days=3), HearingStatus.SCHEDULED)
        page = site.sign_in("rith").get("/")
        assert "Sok Dara" not in page
        assert "Every past hearing has its outcome" in page

    def test_counts_lead_to_the_list_that_shows_as_many(self, site):
        """Open, stale and unresolved are links, and the list counts the same."""
        made = make_case(site, name="Old One")
        step(site, made, "receive_complaint", date(2025, 2, 1))
        recent = make_case(site, name="New One")
        step(site, recent, "receive_complaint", TODAY - timedelta(days=2))
        page = site.sign_in("mony").get("/")
        stats = [stat.text.split() for stat in page.html.select(".cw-stat__value")]
        assert stats == [["2"], ["1"], ["0"], ["0"], ["0"]]
        listed = page.click(href="live=yes", index=0)
        assert "Showing 1 to 2 of 2" in listed

    def test_is_told_who_asked_about_a_private_case_until_it_is_read(self, site):
        """The question names the organisation and its contact; marking it as read ends it."""
        made = make_case(site, number="88/2025")
        _ask(site, "88/2025")
        browser = site.sign_in("mony")
        page = browser.get("/")
        assert "River Monitors" in page
        assert made.code in page
        form = next(f for f in page.forms.values() if f.action == "/")
        assert "marked as read" in form.submit(status=303).follow()
        assert made.code not in browser.get("/")

    def test_asks_the_database_a_fixed_number_of_times(self, site):
        """No query is sent for each hearing."""
        browser = site.sign_in("mony")

        def queries():
            with counted_queries(site.engine) as statements:
                browser.get("/")
            return len(statements)

        made = make_case(site, name="A")
        hearing(site, made, TODAY - timedelta(days=3), HearingStatus.SCHEDULED)
        few = queries()
        for day in range(4, 8):
            other = make_case(site, name=f"B{day}")
            hearing(site, other, TODAY - timedelta(days=day), HearingStatus.SCHEDULED)
        assert queries() == few


class TestOthers:
    def test_analyst_reads_counts_of_what_is_shared(self, site):
        """Counts lead to the list; nothing of it can be changed."""
        made = make_case(site, share=ShareLevel.CODED)
        step(site, made, "receive_complaint", date(2025, 2, 1))
        make_case(site, share=ShareLevel.PRIVATE)
        page = site.sign_in("anan").get("/")
        assert page.html.select_one(".cw-stat__value").text.split() == ["1"]
        assert "Open a case" not in page

    def test_administrator_reads_how_the_system_does_and_no_case(self, site):
        """Users and jobs; no menu entry that leads to cases."""
        make_case(site, name="Sok Dara", share=ShareLevel.FULL)
        page = site.sign_in("admin").get("/")
        assert "active users" in page
        assert 'href="/cases"' not in page
        assert "Sok Dara" not in page

    def test_every_link_answers_for_every_role(self, site):
        """Nobody is offered a page that refuses them."""
        for user in ("mony", "chan", "anan", "reak", "admin"):
            browser = site.sign_in(user)
            page = browser.get("/")
            links = {a["href"] for a in page.html.select("main a, nav a") if a["href"][0] == "/"}
            for link in links:
                status = browser.get(link, expect_errors=True).status_int
                assert status in (200, 303), (user, link, status)


class TestTemplates:
    def test_what_pages_share_is_compiled_once(self, site, monkeypatch):
        """The macros of forms are those of every page, not a copy for each."""
        monkeypatch.setattr(COMPILED, "_compiled", {})
        browser = site.sign_in("chan")
        for path in ("/", "/cases", "/cases/new", "/search", "/reports"):
            browser.get(path)
        sources = [checksum for _name, checksum in COMPILED._compiled]
        assert len(sources) > 10
        assert len(sources) == len(set(sources))

"""Frozen reports are open to those who may ask the same, and to nobody else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from courtwatch.models import CourtInquiry, Institution, Reason
from courtwatch.reports.model import ScopeKind
from courtwatch.services.work import Work
from tests.functional import test_reports_past as past
from tests.functional.scene import actor_of
from tests.functional.site import NOW, Site
from tests.functional.test_snapshots import freeze_as, freeze_page

recorded = past.recorded


class TestRights:
    def test_who_may_ask_the_same_may_open_it(self, site: Site, recorded: Any) -> None:
        """Shared record: all monitors. Own, or one's own cases: one organisation. And so on."""
        codes = {
            "shared": freeze_as(site, "mony"),
            "own": freeze_as(site, "mony", scope=ScopeKind.OWN),
            "own cases": freeze_as(site, "mony", filters={"organisation": ("lotus",)}),
            "river’s": freeze_as(site, "chan", filters={"organisation": ("river",)}),
            "ministry": freeze_as(site, "anan"),
            "research": freeze_as(site, "reak"),
            "public": freeze_as(site, "chan", public=True),
        }
        opens = {
            "mony": {"shared", "own", "own cases", "public"},
            "chan": {"shared", "own", "own cases", "river’s", "public"},
            "rith": {"shared", "public"},
            "rada": {"shared", "river’s", "public"},
            "anan": {"ministry", "public"},
            "reak": {"research", "public"},
        }
        for user, mine in opens.items():
            browser = site.sign_in(user)
            listed = browser.get("/reports/frozen").text
            for which, code in codes.items():
                if which in mine:
                    browser.get(f"/reports/frozen/{code}")
                for ending in () if which in mine else ("", ".json", ".figures.json", "/today"):
                    browser.get(f"/reports/frozen/{code}{ending}", status=404)
                assert (code in listed) == (which in mine), (user, which)
            if user in ("anan", "reak"):
                assert "Lotus" not in browser.get(f"/reports/frozen/{codes['public']}").text
        for path in (
            "/reports/frozen",
            f"/reports/frozen/{codes['public']}",
            "/reports/ends/freeze",
        ):
            site.sign_in("admin").get(path, status=403)

    def test_a_report_of_all_is_frozen_as_its_plainest_reader_sees_it(
        self, site: Site, recorded: Any
    ) -> None:
        """How many cases a court was sent is the sender's business, who may freeze the report."""
        with site.writing() as session:
            work = Work(session, actor_of(session, "mony", site), "inquiry:sent", NOW)
            court = session.scalars(
                select(Institution).where(Institution.code == "KH-02-CFI")
            ).one()
            work.add(CourtInquiry(
                public_code="R-22222222", jurisdiction_id=court.jurisdiction_id,
                institution_id=court.id, organisation_id=site.organisations["lotus"],
                decision="dismissed_by_court", marks="ended", filters=[], known_at=1, cases=77,
                sent_on=NOW.date(),
            ))  # fmt: skip
        mony = site.sign_in("mony")
        assert "77" in _sent(mony.get("/reports/institutions.json").json)
        code = freeze_page(mony, report="institutions")
        for user in ("mony", "rith"):
            kept = site.sign_in(user).get(f"/reports/frozen/{code}.json").json
            assert _sent(kept) == ["None"]

    def test_what_is_withheld_later_is_no_longer_read(self, site: Site, recorded: Any) -> None:
        """A reason that was frozen apart for the ministry, and becomes one that it may not read."""
        code = freeze_as(site, "anan", "reasons")
        browser = site.sign_in("anan")
        assert "EV1" in browser.get(f"/reports/frozen/{code}.figures.json").text
        with site.writing() as session:
            for reason in session.scalars(select(Reason).where(Reason.code == "EV1")):
                reason.restricted = True
        page = browser.get(f"/reports/frozen/{code}")
        assert "This stands" not in page.text
        assert "Other reasons are withheld today" in page.text
        assert "What differs" not in page.text
        for ending in (".figures.json", ".json"):
            browser.get(f"/reports/frozen/{code}{ending}", status=400)
        assert "EV1" not in browser.get(f"/reports/frozen/{code}/today").text


def _sent(report: dict[str, Any]) -> list[str]:
    table = next(table for table in report["tables"] if table["key"] == "replies")
    return [str(row["figures"]["cases"]["value"]) for row in table["rows"]]

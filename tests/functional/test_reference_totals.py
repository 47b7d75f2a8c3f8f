"""The page of official totals on record: what others published, for whoever reads reports."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select

from courtwatch.cli import run
from courtwatch.models import Audit, Jurisdiction, Revision
from courtwatch.services.reference_totals import KIND, read, take_in
from courtwatch.services.work import SYSTEM, Work
from tests.functional.site import NOW, Site, counted_queries
from tests.functional.test_reports_past import INI

PAGE = "/reports/official-totals"
FIRST = """source,court,period,offence,stage,unit,count,remark
Yearbook,,2024,,registration,person,900,"page 12, <b>bold</b>"
Yearbook,KH-02-CFI,2024-01..2025-06,KH-TIPSE-10,charge,case,41,
Ministry,KH-02-CFI,2023,,conviction,prosecution,7,
"""
SECOND = "source,period,stage,unit,count\nYearbook,2024,registration,person,1234\n"
MANY = "source,period,stage,unit,count\n" + "".join(
    f"Bulletin,{year}-{month:02},arrest,person,{year + month}\n"
    for year in range(2010, 2015)
    for month in range(1, 13)
)


def take(site: Site, text: str, days: int = 0) -> int:
    """Take a file of totals in; return the last revision."""
    with site.writing() as session:
        cambodia = session.scalars(select(Jurisdiction).where(Jurisdiction.code == "KH")).one()
        work = Work(session, SYSTEM, KIND, NOW + timedelta(days=days))
        take_in(work, cambodia, read(session, cambodia, text, "totals.csv"))
        return session.scalar(select(func.max(Revision.id))) or 0


def rows_of(page: Any) -> list[list[str]]:
    """Return the cells of the list."""
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]
        for row in page.html.select("table tbody tr")
    ]


class TestWhatIsOnRecord:
    def test_it_says_what_is_of_what_and_since_when(self, site: Site) -> None:
        """Narrowed by source, year and court; as known at an earlier moment; as a file."""
        browser = site.sign_in("rith")
        assert "No official total is on record" in browser.get(PAGE).text
        before = take(site, FIRST)
        take(site, SECOND, days=3)
        page = browser.get("/reports/official?jurisdiction=KH").click("Official totals on record")
        first, second = (f"{day} November 2026, 10:00 +07" for day in (20, 23))
        who, court = "by whoever runs the system", "Battambang Provincial Court"
        assert rows_of(page) == [
            ["2024-01..2025-06", "Yearbook", f"{court} Unlawful removal with purpose",
             "Formally charged", "cases", "41", f"{first} {who}"],
            ["2024", "Yearbook", "All courts All offences", "Registered", "persons", "1,234",
             f"{second} {who}"],
            ["2023", "Ministry", f"{court} All offences", "Convicted", "prosecutions", "7",
             f"{first} {who}"],
        ]  # fmt: skip
        counts = {
            "source=Ministry": ["7"],
            "year=2025": ["41"],
            "year=2024": ["41", "1,234"],
            "court=KH-02-CFI": ["41", "7"],
            "court=all": ["1,234"],
            f"as_known_at={before}&year=2024": ["41", "900"],
            "court=KH-12-CFI": [],
        }
        for query, expected in counts.items():
            shown = browser.get(f"{PAGE}?jurisdiction=KH&{query}")
            assert [row[5] for row in rows_of(shown)] == expected, query
        past = browser.get(f"{PAGE}?as_known_at={before}&court=all")
        assert "page 12, &lt;b&gt;bold&lt;/b&gt;" in past.text
        # What is sent can be read again, and says what was narrowed.
        sent = past.click("CSV").text.removeprefix("\ufeff")
        assert [line.split(",")[:3] for line in sent.splitlines()[1:]] == [["Yearbook", "", "2024"]]
        with site.reading() as session:
            cambodia = session.scalars(select(Jurisdiction).where(Jurisdiction.code == "KH")).one()
            assert [each.count for each in read(session, cambodia, sent, "x.csv")] == [900]

    def test_wrong_questions_are_answered_in_words(self, site: Site) -> None:
        take(site, FIRST)
        browser = site.sign_in("mony")
        for query, words in {
            "year=20x4": "is no year",
            f"year=02024{'9' * 30}": "is no year",
            "as_known_at=yesterday": "is no moment",
            "as_known_at=999999": "There is no revision 999999",
        }.items():
            page = browser.get(f"{PAGE}?{query}", status=400)
            assert words in page.html.find(class_="govuk-error-summary").text
            assert words in browser.get(f"{PAGE}.csv?{query}", status=400).text
        khmer = browser.get(PAGE, {"year": "២០២៤"})
        assert rows_of(khmer) == rows_of(browser.get(f"{PAGE}?year=2024"))
        browser.get(f"{PAGE}?jurisdiction=XX", status=404)

    def test_many_are_paged_without_a_query_for_each(self, site: Site) -> None:
        take(site, MANY)
        browser = site.sign_in("anan")
        with counted_queries(site.engine) as statements:
            first = browser.get(PAGE)
        assert len(statements) < 25
        assert "Showing 1 to 50 of 60" in " ".join(first.text.split())
        second = browser.get(f"{PAGE}?page=2")
        counts = [row[0] for page in (first, second) for row in rows_of(page)]
        assert counts == sorted(counts, reverse=True)
        assert len(set(counts)) == 60
        assert len(browser.get(f"{PAGE}.csv").text.splitlines()) == 61

    def test_who_reads_the_official_tables_reads_it(self, site: Site) -> None:
        take(site, FIRST)
        for user in site.users:
            assert "Yearbook" in site.sign_in(user).get(PAGE).text
        site.browser().get(PAGE, status=303)


class TestCommand:
    def test_keeps_by_what_a_file_is_known_again_and_no_name(
        self, site: Site, tmp_path: Any
    ) -> None:
        """Its SHA-256, with the act."""
        ini, file = tmp_path / "cli.ini", tmp_path / "of_sok_dara.csv"
        url, directory = site.settings.database_url, site.settings.data_directory
        ini.write_text(INI.format(url=url, directory=directory), encoding="utf-8")
        file.write_text(FIRST, encoding="utf-8")
        assert run(["-c", str(ini), "reference", "import", str(file), "--jurisdiction", "KH"]) == 0
        with site.reading() as session:
            act = session.scalars(select(Audit).where(Audit.action == KIND)).one()
        assert act.detail == {
            "added": 3, "replaced": 0, "withdrawn": 0,
            "sha256": sha256(file.read_bytes()).hexdigest(),
        }  # fmt: skip

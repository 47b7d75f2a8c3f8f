"""Frozen reports: the same later, counted first, quoted; tampering is found."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from sqlalchemy import select, text, update
from webtest import TestApp

from courtwatch.cli import run
from courtwatch.models import ProsecutionFact, ReportSnapshot
from courtwatch.models.snapshot import FrozenForGood
from courtwatch.printing import pdf
from courtwatch.reports import registry, snapshots
from courtwatch.reports.formats import FORMATS
from courtwatch.reports.kinds import REPORTS
from courtwatch.reports.registry import Ask
from courtwatch.reports.snapshot_list import snapshot_by_code
from courtwatch.reports.snapshots import count, keep, verify
from courtwatch.reports.words import plain
from courtwatch.services.fact_filters import FactFilters
from courtwatch.services.work import Work
from tests.functional import test_reports_past as past
from tests.functional.scene import actor_of
from tests.functional.site import NOW, Site, counted_queries
from tests.functional.test_record import record_form
from tests.functional.test_reports_past import INI, LATER, take_out, write_on
from tests.reports_asked import filters_of
from tests.unit.reports.scene import change_facts

recorded = past.recorded
CODE = re.compile(r"F-[0-9A-Z]{8}")


def freeze_page(browser: TestApp, query: str = "", report: str = "ends", **words: str) -> str:
    """Freeze a report on its page; return its identifier."""
    page = browser.get(f"/reports/{report}{query}").click("Freeze this report")
    form = record_form(page)
    for name, value in words.items():
        form[name] = value
    found = CODE.search(form.submit().follow().request.path)
    assert found is not None
    return found.group()


def freeze_as(site: Site, user: str, name: str = "ends", public: bool = False, **asked: Any) -> str:
    """Freeze a report by the service; return its identifier."""
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "report:frozen", NOW)
        filters = filters_of(name, FactFilters(jurisdiction=("KH",), **asked.pop("filters", {})))
        counted = count(session, work.actor, name, Ask(filters, **asked), NOW, public)
        return keep(work, counted).code


def words_of(page: Any) -> str:
    """Return what a page says."""
    return " ".join(page.html.find("main").text.split())


class TestTheSameLater:
    def test_page_and_every_file_stay_whatever_is_written(
        self, site: Site, recorded: Any, ini: str, tmp_path: Any
    ) -> None:
        """Corrections, sharing, new courts, new names, a new law, other readers, another language.

        The files speak the language in which the report was frozen, also at the command line.
        """
        khmer = site.sign_in("mony")
        khmer.get("/language/km")
        query = "?cohort=2025&unit=charge"
        code = freeze_khmer(khmer, f"/reports/ends/freeze{query}")
        small = freeze_page(site.sign_in("mony"), "?suppressed=yes")
        paths = [f"/reports/frozen/{code}.{form}" for form in FORMATS]
        paths.append(f"/reports/frozen/{small}.csv")
        first = [khmer.get(path).body for path in paths]
        write_on(site, *recorded)
        english = site.sign_in("rith")
        assert [english.get(path).body for path in paths] == first
        page = english.get(f"/reports/frozen/{code}")
        assert "This stands" in page.text
        assert "Registered in: 2025" in words_of(page)
        kept = english.get(f"/reports/frozen/{code}.json")
        about = kept.json["about"]
        assert (about["identifier"], kept.json["unit"]) == (code, "charge")
        assert kept.json["filters"] == [["cohort", "2025"]]
        assert re.search("[ក-៿]", kept.json["title"])
        for path, form in zip(paths, FORMATS, strict=False):
            target = tmp_path / f"frozen.{form}"
            assert run(["-c", ini, "report", "--frozen", code, "--to", str(target)]) == 0
            assert target.read_bytes() == english.get(path).body, form
        assert code in kept.headers["Content-Disposition"]
        # Hidden in the file is hidden on the page and in what is kept.
        hidden = english.get(f"/reports/frozen/{small}.json").json
        assert hidden["suppressed"]
        assert hidden["headlines"] == []
        assert "Small numbers are hidden." in english.get(f"/reports/frozen/{small}").text
        assert english.get(f"/reports/frozen/{small}.figures.json").json["headlines"] == []

    def test_every_report_stands(self, site: Site, recorded: Any) -> None:
        """By its last unit, with options of its own, for each kind of reader."""
        asked: dict[str, dict[str, str]] = {
            "attrition": {"by": "month"},
            "delay": {"origin": "arrest"},
        }
        codes = [
            freeze_as(site, user, name, unit=kind.units[-1], options=asked.get(name, {}))
            for user in ("mony", "anan")
            for name, kind in REPORTS.items()
        ]
        codes += [freeze_as(site, "reak", name, public=True) for name in ("ends", "reasons")]
        printed = [_printed(site, code) for code in codes[:2]]
        write_on(site, *recorded)
        assert [_printed(site, code) for code in codes[:2]] == printed
        assert all(code in page for code, page in zip(codes, printed, strict=False))
        with site.reading() as session:
            for code in codes:
                found = snapshot_by_code(session, code)
                assert found is not None
                verdict = verify(session, found, LATER)
                assert verdict.same, (found.report, found.audience, verdict.differences)
                if found.report in asked:
                    assert asked[found.report].items() <= found.options.items()

    def test_today_says_what_became_of_it(self, site: Site, recorded: Any) -> None:
        with site.writing() as session:
            session.execute(text("UPDATE jurisdiction SET invented = 1 WHERE code = 'KH'"))
        browser = site.sign_in("mony")
        code = freeze_page(browser, "?offence=KH-TIPSE-10&offence=unknown")
        assert "Invented data" in words_of(browser.get(f"/reports/frozen/{code}"))
        for ending in ("csv", "figures.json"):
            sent = browser.get(f"/reports/frozen/{code}.{ending}")
            assert "invented-data" in sent.headers["Content-Disposition"]
        at = past.last(site)
        nothing = words_of(browser.get(f"/reports/frozen/{code}/today"))
        assert f"Nothing differs: the record as known at r{at} and at r{at}" in nothing
        write_on(site, *recorded)
        page = browser.get(f"/reports/frozen/{code}").click("What the same question says today")
        rows = [
            [" ".join(cell.text.split()) for cell in row.find_all(["th", "td"])]
            for row in page.html.select("table tbody tr")
        ]
        reason = ["Ends without judgment", "of them without a known reason", "Headline"]
        assert [*reason, "0.0", "–"] in rows, rows
        assert "no longer gives" not in words_of(page)
        assert f"today is r{past.last(site)}" in words_of(page)
        assert "offence=unknown" in page.html.find("main").find_all("a")[-1]["href"]


class TestCountedBeforeItIsWritten:
    def test_others_write_while_it_is_counted(
        self, site: Site, recorded: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever writes meanwhile waits for nobody, and what they write is not in the figures.

        A form that can't be kept, or was sent before, is not counted at all.
        """
        browser = site.sign_in("mony")
        before = browser.get("/reports/ends.json?as_known_at=" + str(past.last(site))).json
        form = record_form(browser.get("/reports/ends/freeze"))
        made: list[int] = []
        make = registry.make

        def disturbed(*asked: Any) -> Any:
            write_on(site, *recorded)
            made.append(past.last(site))
            return make(*asked)

        monkeypatch.setattr(registry, "make", disturbed)
        revision = past.last(site)
        form["title"] = "x" * 121
        form.submit(status=400)
        assert not made
        form["title"] = "For donors"
        sent = form.submit(status=303)
        assert form.submit(status=303).location == sent.location
        monkeypatch.setattr(registry, "make", make)
        assert len(made) == 1
        assert made[0] > revision, "somebody wrote in between"
        page = sent.follow()
        assert "This stands" in page.text
        found = CODE.search(page.request.path)
        assert found is not None
        kept = browser.get(f"/reports/frozen/{found.group()}.json").json
        assert kept["tables"] == before["tables"]
        figures = browser.get(f"/reports/frozen/{found.group()}.figures.json").json
        assert figures["question"]["revision_id"] == revision
        assert "Nothing differs" not in browser.get(f"/reports/frozen/{found.group()}/today").text


def _printed(site: Site, code: str) -> str:
    """Return what is printed of a frozen report."""
    with site.reading() as session:
        found = snapshot_by_code(session, code)
        assert found is not None
        report = verify(session, found, NOW).report
    assert report is not None
    return pdf.page(report, plain, "en")


def freeze_khmer(browser: TestApp, path: str) -> str:
    """Freeze by the form of a page whose words are Khmer."""
    found = CODE.search(record_form(browser.get(path)).submit().follow().request.path)
    assert found is not None
    return found.group()


class TestQuoting:
    def test_checksum_citation_and_words(self, site: Site, recorded: Any) -> None:
        """The checksum is that of the figures sent; title and remark stay in the organisation."""
        mony, chan = site.sign_in("mony"), site.sign_in("chan")
        code = freeze_page(mony, title="For Mealea and donors", remark="Asked by mealea’s aunt")
        page = mony.get(f"/reports/frozen/{code}")
        with counted_queries(site.engine) as counting:
            kept = mony.get(f"/reports/frozen/{code}.figures.json")
        assert not [one for one in counting if "prosecution_fact" in one], "nothing is counted"
        citation = page.html.find(class_="cw-citation").text
        assert hashlib.sha256(kept.body).hexdigest() in citation
        assert f"/reports/frozen/{code}" in citation
        assert kept.json["question"]["revision_id"] == past.last(site)

        with counted_queries(site.engine) as statements:
            listed = chan.get("/reports/frozen")
        assert "For Mealea and donors" in listed.text
        assert not [one for one in statements if "report_snapshot.figures" in one]
        assert "aunt" in chan.get(f"/reports/frozen/{code}").text
        for user in ("rith", "rada"):
            other = site.sign_in(user)
            for path in (
                "/reports/frozen",
                f"/reports/frozen/{code}",
                f"/reports/frozen/{code}.csv",
            ):
                said = other.get(path).text.lower()
                assert code.lower() in said
                assert "mealea" not in said
                assert "mony" not in said
        other.get("/redact/snapshottitle/1", status=404)

        # Taken out of a case, the name leaves the title too, written however; and by its own form.
        take_out(site, "Mealea")
        page = chan.get(f"/reports/frozen/{code}")
        assert "mealea" not in page.text.lower()
        assert "This stands" in page.text
        form = record_form(page.click("Redact the title"))
        form["words"], form["reason"] = "donors", "other"
        page = form.submit().follow()
        assert "donors" not in page.text
        assert "This stands" in page.text

    def test_what_cannot_be_frozen_is_refused(self, site: Site, recorded: Any) -> None:
        """A question that can't be asked, a word that is no code, a title too long."""
        browser = site.sign_in("mony")
        assert "Write 2024" in browser.get("/reports/ends/freeze?cohort=x", status=400).text
        page = browser.get("/reports/ends/freeze?court=Mealea", status=400)
        assert "“Mealea” is no code" in page.text
        browser.get("/reports/ends/freeze?suppressed=perhaps", status=400)
        # What is on record is not asked: a private case would be told by its value.
        assert "no code" in browser.get("/reports/ends/freeze?stage=mealea", status=400).text
        known = "stage=cassation&custody=unknown&exploitation=begging&age_band=14-15&sex=male"
        browser.get(f"/reports/ends/freeze?{known}")
        form = record_form(browser.get("/reports/ends/freeze"))
        form["title"] = "x" * 121
        assert "at most 120" in form.submit(status=400).text
        with site.reading() as session:
            assert session.scalars(select(ReportSnapshot)).first() is None


@pytest.fixture
def ini(site: Site, tmp_path: Any) -> str:
    """Give the settings of the command line on the database of the site."""
    path = tmp_path / "cli.ini"
    url, directory = site.settings.database_url, site.settings.data_directory
    path.write_text(INI.format(url=url, directory=directory), encoding="utf-8")
    return str(path)


class TestTampering:
    def test_what_is_changed_in_the_database_is_found(
        self, site: Site, recorded: Any, ini: str, capsys: Any
    ) -> None:
        """By its page, by the integrity check of the command, counted on that of the page."""
        sound = freeze_as(site, "mony")
        check = ["-c", ini, "check", "--kind", "snapshot_altered"]
        assert run(check) == 0
        changes = ("figures = figures || ' '", "audience = 'public'", "checksum = upper(checksum)")
        codes = [freeze_as(site, "mony") for _change in changes]
        with site.writing() as session:
            for code, change in zip(codes, changes, strict=True):
                session.execute(text(f"UPDATE report_snapshot SET {change} WHERE code = '{code}'"))
        browser = site.sign_in("mony")
        for code in codes:
            page = browser.get(f"/reports/frozen/{code}")
            assert "does not fit its checksum" in words_of(page)
            assert "This stands" not in page.text
            for ending in (".json", ".figures.json"):
                browser.get(f"/reports/frozen/{code}{ending}", status=400)
            assert run(["-c", ini, "report", "--frozen", code]) == 3
        assert "This stands" in browser.get(f"/reports/frozen/{sound}").text
        capsys.readouterr()
        assert run(check) != 0
        said = capsys.readouterr().out
        assert all(code in said for code in codes)
        assert sound not in said
        listed = site.sign_in("admin").get("/integrity").html.find("main").text
        assert "Frozen report whose figures do not fit its checksum" in listed
        with site.reading() as session:
            snapshot = session.scalars(
                select(ReportSnapshot).where(ReportSnapshot.code == sound)
            ).one()
            snapshot.report = "delay"
            with pytest.raises(FrozenForGood):
                session.flush()

    def test_a_changed_past_is_found_shown_and_explained(
        self,
        site: Site,
        recorded: Any,
        ini: str,
        capsys: Any,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Any,
    ) -> None:
        """The command line says so too: exit code 0 and the report, or 3 and what differs."""
        code, browser = freeze_as(site, "mony"), site.sign_in("mony")
        before = snapshots.SOFTWARE
        version = before.partition("+")[0]
        monkeypatch.setattr(snapshots, "SOFTWARE", version)
        old = freeze_as(site, "mony")
        monkeypatch.setattr(snapshots, "SOFTWARE", before)
        call = ["-c", ini, "report", "--frozen"]
        assert run([*call, code]) == 0
        said = capsys.readouterr()
        assert f"{code} stands" in said.err
        assert "Ends without judgment" in said.out
        assert run([*call, code, "--to", str(tmp_path / "x.csv")]) == 0
        assert (tmp_path / "x.csv").read_bytes() == browser.get(f"/reports/frozen/{code}.csv").body
        take_out(site, "Mealea")
        # Words that were taken out make no difference, and explain none.
        assert "This stands" in browser.get(f"/reports/frozen/{code}").text
        with site.writing() as session:
            ended = update(ProsecutionFact).where(ProsecutionFact.event_code == 2)
            change_facts(session, ended.values(event_code=1))
        words = words_of(browser.get(f"/reports/frozen/{code}"))
        assert "changed outside the program" in words
        assert "What differs" in words
        browser.get(f"/reports/frozen/{code}.csv", status=400)
        assert browser.get(f"/reports/frozen/{code}.figures.json").json["headlines"][0][1][0] == 1
        assert "no longer gives" in words_of(browser.get(f"/reports/frozen/{code}/today"))
        assert run([*call, code]) == 3
        assert "changed outside the program" in capsys.readouterr().err
        monkeypatch.setattr(snapshots, "SOFTWARE", "9.9.9")
        words = words_of(browser.get(f"/reports/frozen/{code}"))
        assert "this is version 9.9.9" in words
        monkeypatch.setattr(snapshots, "SOFTWARE", f"{version}+000000000000")
        for page in ("", "/today"):
            words = words_of(browser.get(f"/reports/frozen/{code}{page}"))
            assert f"It was frozen by {before}, this is {version}+000000000000" in words
            assert "changed outside the program" not in words
        assert "which code of it was not kept" in words_of(browser.get(f"/reports/frozen/{old}"))
        assert run([*call, "F-22222222"]) == 3

"""Reports as a person reads them: pages, downloads, and the lists behind figures."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from courtwatch.models import Jurisdiction, ProsecutionFact
from courtwatch.reports.registry import REPORTS
from tests.reports_asked import query_of
from tests.unit.reports.scene import Scene, small_record


@pytest.fixture
def recorded(site):
    """The application with the small record in it."""
    with site.sessions() as session:
        small_record(Scene(session))
    return site


def rows_of(table):
    """Return the cells of an HTML table as text, row by row."""
    return [
        [" ".join(cell.get_text(" ", strip=True).split()) for cell in row.find_all(["th", "td"])]
        for row in table.find("tbody").find_all("tr")
    ]


class TestPages:
    @pytest.mark.parametrize("name", ["mony", "anan", "reak", "admin"])
    def test_every_report_opens_for_every_role(self, recorded, name):
        """Monitor, analyst, researcher and administrator read the shared record."""
        browser = recorded.sign_in(name)
        index = browser.get("/reports")
        for kind in REPORTS.values():
            page = index.click(href=f"/reports/{kind.name}$")
            if kind.needs:
                page = page.click(href=f"/reports/{kind.name}.*court=", index=0)
            assert page.html.find("h1").text == str(kind.title)
            assert "Not for publication" in page.text
            assert "overage unknown" in page.text
            assert "style=" not in page.text

    @pytest.mark.parametrize("name", ["comparison", "attrition", "ends"])
    def test_the_definition_of_a_table_is_one_click_away(self, recorded, name):
        """Of every table, also where it is the whole report's: that one is not printed again."""
        page = recorded.sign_in("chan").get(f"/reports/{name}{query_of(name, '?jurisdiction=KH')}")
        for section in page.html.select("section.cw-section"):
            (details,) = [d for d in section.select("details") if "Definition" in d.summary.text]
            assert details.select_one(".govuk-details__text").text.strip(), section["id"]
        assert page.html.select("section .cw-no-print > details")

    def test_needs_a_person_who_signed_in(self, recorded):
        """Nobody reads figures without an account."""
        for path in ("/reports", "/reports/ends", "/reports/ends.csv"):
            assert recorded.browser().get(path, status="*").status_int in (302, 303, 401, 403)

    def test_a_figure_opens_the_prosecutions_behind_it(self, recorded):
        """The four held files: three may be opened by Lotus, and the list shows three."""
        browser = recorded.sign_in("mony")
        page = browser.get("/reports/ends")
        row = next(r for r in page.html.find_all("tr") if "Held by the prosecutor" in r.text)
        link = row.find("a")
        assert link.text == "4"
        assert "3 open to you" in row.text
        listed = browser.get(link["href"])
        assert re.search(r"Showing\s+1\s+to\s+3\s+of\s+3", listed.text)

    def test_an_administrator_is_given_no_list(self, recorded):
        """Who runs the system reads figures and no case."""
        page = recorded.sign_in("admin").get("/reports/ends")
        assert not [a for a in page.html.find_all("a") if a.get("href", "").startswith("/cases?")]

    def test_charts_are_drawn_and_linked(self, recorded):
        """Each report has a chart with a title, a description and its table below."""
        browser = recorded.sign_in("mony")
        for name in REPORTS:
            if name == "official":
                continue  # forms of others: tables alone
            page = browser.get(f"/reports/{name}{query_of(name)}")
            charts = page.html.find_all("svg", class_="cw-chart")
            assert charts, name
            for chart in charts:
                assert chart.find("title").text
                assert chart.find("desc").text

    def test_the_form_keeps_what_was_asked(self, recorded):
        """Cohort, unit and scope are in the address, and come back in the form."""
        browser = recorded.sign_in("mony")
        page = browser.get("/reports/ends")
        form = page.forms[next(k for k, f in page.forms.items() if "cohort" in f.fields)]
        form["cohort"], form["scope"], form["unit"] = "2023", "own", "charge"
        found = form.submit()
        assert "cohort=2023" in found.request.query_string
        again = found.forms[next(k for k, f in found.forms.items() if "cohort" in f.fields)]
        assert (again["cohort"].value, again["scope"].value) == ("2023", "own")
        assert "Lotus" in found.html.find("main").text

    def test_a_wrong_word_is_refused_at_its_field(self, recorded):
        """The summary says what is allowed, and the form keeps what was entered."""
        browser = recorded.sign_in("mony")
        page = browser.get("/reports/ends?cohort=last+year", status=400)
        assert "Write 2024 or 2024-05" in page.html.find(class_="govuk-error-summary").text
        assert page.html.find("input", {"name": "cohort"})["value"] == "last year"
        page = browser.get("/reports/ends?as_known_at=yesterday", status=400)
        assert "is no moment" in page.html.find(class_="govuk-error-summary").text
        page = browser.get("/reports/institutions?unit=charge", status=400)
        assert "counts no charges" in page.text
        assert browser.get("/reports/ends?jurisdiction=ZZ", status=400)
        assert browser.get("/reports/league-table", status=404)
        assert browser.get("/reports/ends.csv?cohort=x", status=400)

    @pytest.mark.parametrize("name", ["ends", "delay", "institutions", "organisation"])
    @pytest.mark.parametrize(
        "wrong", ["court=NOPE", "offence=Art.+9", "sex=woman", "age_band=young", "stage=mealea"]
    )
    def test_a_word_that_is_no_code_is_refused_and_not_counted_as_nothing(
        self, recorded, name, wrong
    ):
        """A slip of the pen must not read as a court without any dismissal."""
        browser = recorded.sign_in("mony")
        page = browser.get(f"/reports/{name}?{wrong}", status=400)
        summary = page.html.find(class_="govuk-error-summary").text
        assert "is no code on record" in summary or "Allowed" in summary or "Leave out" in summary
        browser.get(f"/reports/{name}.json?{wrong}", status=400)

    def test_the_ministry_reads_no_allegation_and_no_organisation(self, recorded):
        """One settlement counts as no known reason; organisations are no filter."""
        browser = recorded.sign_in("anan")
        page = browser.get("/reports/reasons")
        assert "Settlement" not in [
            row[0] for t in page.html.find_all("table") for row in rows_of(t)
        ]
        assert "No reason known, or not shown" in page.text
        browser.get("/reports/reasons?reason=ST1", status=400)
        browser.get("/reports/reasons?organisation=lotus", status=400)

    def test_khmer_readers_read_khmer_names(self, recorded):
        """Names of courts and reasons are in the reader's language; digits stay."""
        browser = recorded.sign_in("mony")
        page = browser.get("/language/km?next=/reports/institutions").follow()
        assert "ភ្នំពេញ" in page.html.find("main").text


class TestFormats:
    @pytest.mark.parametrize("name", list(REPORTS))
    @pytest.mark.parametrize("query", ["", "?scope=own", "?cohort=2023"])
    def test_say_the_same_numbers(self, recorded, name, query):
        """HTML, CSV, JSON and XLSX agree on every figure of every table, intervals included."""
        browser = recorded.sign_in("mony")
        page = browser.get(f"/reports/{name}{query_of(name, query)}")
        data = browser.get(f"/reports/{name}.json{query_of(name, query)}").json
        text = browser.get(f"/reports/{name}.csv{query_of(name, query)}").body.decode("utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(text)))
        cells = {(line["table"], line["row"], line["column"]): line for line in lines}
        taken = browser.get(f"/reports/{name}.xlsx{query_of(name, query)}")
        book = load_workbook(io.BytesIO(taken.body))
        html = [rows_of(table) for table in page.html.find_all("table")]
        assert len(html) == len([t for t in data["tables"] if t["rows"]])
        compared = 0
        for table in data["tables"]:
            self.compare_sheet(book, table)
        for table, shown in zip([t for t in data["tables"] if t["rows"]], html, strict=True):
            for row, words in zip(table["rows"], shown, strict=True):
                for column, cell in zip(table["columns"], words[1:], strict=True):
                    figure = row["figures"][column["key"]]
                    line = cells.get((table["key"], row["key"], column["key"]))
                    compared += self.compare(column["kind"], figure, line, cell)
        assert compared > 5
        assert {line["revision"] for line in lines} == {str(data["revision"])}

    def test_text_has_every_count_in_its_row(self, recorded):
        """As the command line prints it, for whoever has no spreadsheet at hand."""
        browser = recorded.sign_in("mony")
        taken = browser.get("/reports/ends.txt")
        assert taken.content_type == "text/plain"
        assert taken.headers["Content-Disposition"].endswith('.txt"')
        lines = [re.split(r"  +", line.strip()) for line in taken.text.splitlines()]
        for table in browser.get("/reports/ends.json").json["tables"]:
            for row in table["rows"]:
                counts = [
                    f"{row['figures'][column['key']]['value']:,}"
                    for column in table["columns"]
                    if column["kind"] == "count"
                ]
                assert any(
                    line[0].startswith(row["label"]) and set(counts) <= set(line) for line in lines
                ), row

    def compare_sheet(self, book, table):
        """Compare a table with its sheet: every number, its interval and what it rests on."""
        start = book.sheetnames.index(table["key"][:31])
        _title, _line, headings, *rows = book.worksheets[start].iter_rows(values_only=True)
        assert len(rows) == len(table["rows"])
        codes = headings.index("Code") if rows else 0
        for row, written in zip(table["rows"], rows, strict=True):
            assert written[codes] == row["key"]
            at = 1
            for column in table["columns"]:
                figure = row["figures"][column["key"]]
                names = ("value", "lower", "upper", "numerator", "denominator")
                ends = (": lower end of the 95 % interval", ": upper end of the 95 % interval")
                parts = ("", *ends, ": so many", (": of", ": n"))
                for key, ending in zip(names, parts, strict=True):
                    wanted = figure.get("text") if column["kind"] in ("text", "mark") else None
                    wanted = figure.get(key) if wanted is None else wanted
                    ends = ending if isinstance(ending, tuple) else (ending,)
                    # A column that is empty in every row is left out of the sheet.
                    if headings[at] in [column["label"] + end for end in ends]:
                        if isinstance(wanted, float):  # a workbook keeps 16 digits
                            wanted = pytest.approx(wanted, rel=1e-15)
                        assert written[at] == (None if wanted == "" else wanted)
                        at += 1
                    else:
                        assert wanted in (None, "") or column["kind"] in ("text", "mark")
        if table["curves"]:
            points = list(book.worksheets[start + 1].iter_rows(min_row=4, values_only=True))
            assert len(points) == sum(len(curve["x"]) for curve in table["curves"])

    def compare(self, kind, figure, line, cell):
        """Compare one figure in three formats; return 1 for a number."""
        if kind in ("text", "mark"):
            assert figure["text"] in cell
            return 0
        if figure["value"] is None:
            assert line["value"] == ""
            assert cell.startswith("–")
            assert line["missing"] == figure["missing"]
            assert figure["missing"] in cell
            return 0
        assert float(line["value"]) == figure["value"]
        for key in ("lower", "upper", "numerator", "denominator"):
            assert line[key] == ("" if figure.get(key) is None else str(figure[key]))
        written = self.WRITE[kind]
        assert cell.startswith(written(figure["value"]))
        if figure.get("lower") is not None and figure.get("upper") is not None:
            ends = [
                self.WRITE[kind](figure[key]).removesuffix(" days") for key in ("lower", "upper")
            ]
            assert f"{ends[0].removesuffix(' %')} to {ends[1]}" in cell
        return 1

    WRITE = {
        "count": lambda value: f"{value:,}",
        "share": lambda value: f"{100 * value:.1f} %",
        "probability": lambda value: f"{100 * value:.1f} %",
        "days": lambda value: f"{value:,.0f} days",
        "ratio": lambda value: f"{value:,.2f}",
        "number": lambda value: f"{value:,.1f}",
        "p_value": lambda value: "< 0.001" if value < 0.001 else f"{value:.3f}",
    }  # fmt: skip

    def test_say_invented_data_in_every_format(self, recorded):
        """A demonstration is named as such on page, chart, CSV and JSON, and in file names."""
        with recorded.writing() as session:
            session.execute(
                update(Jurisdiction).where(Jurisdiction.code == "KH").values(invented=True)
            )
        browser = recorded.sign_in("mony")
        for name in REPORTS:
            page = browser.get(f"/reports/{name}{query_of(name)}")
            assert "Invented data" in page.html.find("main").text
            assert "Invented data" in page.html.find("title").text
            for chart in page.html.find_all("svg", class_="cw-chart"):
                assert "Invented data" in chart.find("title").text
            data = browser.get(f"/reports/{name}.json{query_of(name)}")
            assert data.json["invented"] is True
            assert data.json["data"] == "Invented data"
            assert "invented-data" in data.headers["Content-Disposition"]
            lines = csv.DictReader(
                io.StringIO(browser.get(f"/reports/{name}.csv{query_of(name)}").body.decode("utf-8-sig"))
            )
            assert {line["data"] for line in lines} == {"Invented data"}

    def test_name_what_they_rest_on(self, recorded):
        """Jurisdiction, unit, scope, coverage, moment and definition are in every file."""
        data = recorded.sign_in("mony").get("/reports/attrition.json").json
        assert data["jurisdiction"] == "KH"
        assert data["unit"] == "prosecution"
        assert data["scope"] == "shared"
        assert set(data["about"]) >= {"coverage", "definition", "known_at", "period", "procedure"}
        json.dumps(data, allow_nan=False)


class TestPastMoment:
    def test_is_asked_for_in_the_address(self, recorded):
        """A fact that is closed later still counts in the report of the moment before."""
        browser = recorded.sign_in("mony")
        with recorded.writing() as session:
            from courtwatch.services.work import take_revision
            from tests.functional.site import NOW

            fact = session.query(ProsecutionFact).filter_by(outcome="dismissed_by_court").one()
            fact.rev_to = take_revision(session.connection(), "test", NOW)
        assert browser.get("/reports/ends.json").json["headlines"][0]["value"] == 5
        past = browser.get("/reports/ends.json?as_known_at=1").json
        assert past["headlines"][0]["value"] == 6
        assert past["latest"] is False
        assert "known_at=1" in past["headlines"][0]["cases"]


class TestFilters:
    def test_hold_together_and_are_taken_away_one_by_one(self, recorded):
        """Each filter stands in words with a link that takes it away and leaves the rest."""
        browser = recorded.sign_in("mony")
        asked = "unit=charge&cohort=2023..2024&ended=..2023-05&sex=unknown&source=unknown"
        page = browser.get(f"/reports/ends?{asked}&reason=EV1&court=KH-12-CFI&court=KH-02-CFI")
        held = page.html.find("ul", class_="cw-active")
        chips = held.find_all("li")
        assert len(chips) == 7
        assert "Sex of the accused: not known or none" in held.text
        left = page
        for _chip in chips:
            left = left.click(href="/reports/ends", description="Remove", index=0)
            assert "unit=charge" in left.request.query_string
        assert left.html.find("ul", class_="cw-active") is None

    def test_the_form_sends_back_what_it_was_given(self, recorded):
        """Sent again unchanged, the form asks the same: also what has no field of its own."""
        browser = recorded.sign_in("mony")
        asked = "age_band=unknown&cohort=2023..2024&court=KH-12-CFI&court=KH-02-CFI&group=EV"
        page = browser.get(f"/reports/ends?{asked}")
        form = next(f for f in page.forms.values() if "cohort" in f.fields)
        again = form.submit()

        def held(shown):
            return [li.find("strong").text for li in shown.html.select("ul.cw-active li")]

        assert held(again) == held(page)

    def test_each_role_is_offered_whose_cases_it_may_count(self, recorded):
        """Coordinators choose any organisation, monitors their own, others none."""
        offered = {}
        for name in ("mony", "chan", "anan", "reak", "admin"):
            page = recorded.sign_in(name).get("/reports/ends")
            field = page.html.find("select", {"name": "organisation"})
            offered[name] = field and [o["value"] for o in field.find_all("option") if o["value"]]
        assert offered["mony"] == ["lotus"]
        assert offered["anan"] is offered["reak"] is offered["admin"] is None
        assert "lotus" in offered["chan"]
        assert "river" in offered["chan"]
        recorded.sign_in("mony").get("/reports/ends?organisation=river", status=400)


class TestSuppressed:
    def test_page_and_files_hide_the_same(self, recorded):
        """For everybody: no link to a case, no count from 1 to 9, and it says what it is."""
        browser = recorded.sign_in("mony")
        page = browser.get("/reports/offences?suppressed=yes")
        main = page.html.find("main")
        assert "Small numbers are hidden" in main.text
        assert "Not for publication" not in main.text
        assert not [a for a in main.find_all("a") if a.get("href", "").startswith("/cases")]
        data = browser.get("/reports/offences.json?suppressed=yes")
        assert "-suppressed" in data.headers["Content-Disposition"]
        assert data.json["suppressed"] is True
        counts = [
            figure["value"]
            for table in data.json["tables"]
            for row in table["rows"]
            for figure in row["figures"].values()
            if "value" in figure
        ]
        assert not [value for value in counts if value and 0 < value < 10]
        text = browser.get("/reports/offences.csv?suppressed=yes").body.decode("utf-8-sig")
        assert "Small numbers are hidden" in text

    def test_other_words_and_own_scope_are_refused(self, recorded):
        """It is a report for everybody: of the shared record alone."""
        browser = recorded.sign_in("mony")
        for query in ("suppressed=perhaps", "suppressed=yes&scope=own"):
            browser.get(f"/reports/ends?{query}", status=400)
        assert browser.get("/reports/ends?suppressed=no").status_int == 200

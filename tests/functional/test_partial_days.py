"""March 2025, about 2019: entered as far as known, shown so, placed in order, never made exact."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp

from courtwatch.exchange import mapping_reader
from courtwatch.exchange.loader import Importer
from courtwatch.models import Case, Clock, Jurisdiction, Offence, Prosecution, ProsecutionFact
from courtwatch.services.fact_inputs import read_lookups
from courtwatch.services.facts import differences
from tests.functional.scene import NOW
from tests.functional.site import Site
from tests.functional.test_corrections import OFFENCE
from tests.functional.test_record import key_of, open_case, prosecution_of, record_form
from tests.functional.test_search import index, search

MAPPING = """
mapping: vague_register
version: 1
title: A register that knows months and years
jurisdiction: KH
procedure: cambodia
source: official_register
share_level: full
tables:
  register:
    file: "register*.csv"
    noun: one accused in a case
    key: [file, number]
    prosecution: [file, number]
    case: file
    columns:
      file: {heading: File, required: true}
      number: {heading: Accused, required: true}
      received: {heading: Received, type: day, formats: [dmy, month, year]}
      decided: {heading: Decided, type: day, formats: [dmy, month, year]}
records:
  case: {table: register, number: file, issuer: court}
  prosecution: {table: register, registered: received}
  events:
    - name: receipt
      table: register
      day: received
      rules: [{step: receive_complaint}]
    - name: result
      table: register
      day: decided
      rules: [{step: hold_file}]
"""
EXACT = re.compile(r"(?<![\d-])1 March 2025")
TIMELINE = (
    "Complaint received", "Introductory submission", "Charged (", "Pre-trial detention ordered",
    "Closing order - indictment",
)  # fmt: skip
REGISTER = """File;Accused;Received;Decided
7/2019;1;about 2019;មីនា ២០២៥
8/2025;1;03/02/2025;March 2025
"""


def on(form: Any, written: str, name: str = "occurred") -> Any:
    """Fill in a date as far as it is written: '2025-03', 'about 2019'."""
    about, parts = written.startswith("about "), written.removeprefix("about ").split("-")
    for part, value in zip(("year", "month", "day"), parts, strict=False):
        form[f"{name}-{part}"] = value
    if about:
        form[f"{name}-about"] = True
    return form


def record(browser: TestApp, prosecution: str, step: str, written: str, **fields: str) -> Any:
    """Record a step on a day that is written as far as it is known."""
    form = on(record_form(browser.get(f"/prosecutions/{prosecution}/steps/{step}")), written)
    for name, value in fields.items():
        form[name.replace("__", "-")] = value
    return form.submit(expect_errors=True)


def fact(site: Site, code: str) -> ProsecutionFact:
    """Return the fact that holds of the only accused of a case, after deriving it again."""
    with site.reading() as session:
        found = session.scalars(
            select(ProsecutionFact)
            .join(Case, Case.id == ProsecutionFact.case_id)
            .where(Case.public_code == code, ProsecutionFact.rev_to.is_(None))
        ).one()
        connection = session.connection()
        ids = list(session.scalars(select(Prosecution.id)))
        assert list(differences(connection, ids, read_lookups(connection))) == []
        return found


def row_of(browser: TestApp, code: str) -> dict[str, str]:
    """Return the row of a case in the list as a spreadsheet gets it."""
    rows = csv.DictReader(io.StringIO(browser.get("/cases.csv").text.lstrip("\ufeff")))
    return next(row for row in rows if row["case"] == code)


def words(page: Any, selector: str = "main") -> str:
    """Return the text of a page."""
    return " ".join(page.html.select_one(selector).text.split())


@pytest.fixture
def browser(site: Site) -> TestApp:
    """Give the monitor's browser."""
    return site.sign_in("mony")


def test_steps_of_a_month_and_about_a_year_keep_their_place(
    site: Site, browser: TestApp
) -> None:
    """Through the forms, and out of order; page, list, files, search and clocks say it alike."""
    code = open_case(
        site, browser, registered__month="3", registered__year="2025", age_band="25-34"
    )
    prosecution = prosecution_of(site, code)
    offence = key_of(site, Offence, *OFFENCE)
    for step, written, fields in (
        ("receive_complaint", "2025-03", {}),
        ("submit_to_investigation", "2025-04-10", {}),
        ("charge", "about 2025", {"offence__1": offence}),
        ("indict", "2026-01-20", {}),
        ("detain", "2025-05", {}),  # told last, happened before the indictment
    ):
        answer = record(browser, prosecution, step, written, **fields)
        assert answer.status_int == 303, (step, words(answer))
    found = fact(site, code)
    assert (found.stage, found.unresolved) == ("indicted", 0)
    assert found.registered_on == date(2025, 3, 1)
    assert found.charged_on == date(2025, 4, 10), "not before the submission that it follows"
    told = "registered_on=2025-03; charged_on=2025-04-10~/2025-12-31~; entry_date=2025-03"
    assert found.inexact == told.replace(";", "")

    answer = browser.get(f"/cases/{code}")
    page = words(answer)
    assert "Registered March 2025" in page
    timeline = words(answer, "ol.cw-timeline")
    places = [timeline.index(what) for what in TIMELINE]
    assert places == sorted(places), timeline
    assert "about 2025" in page
    assert "since May 2025" in page
    assert not EXACT.search(page)
    past = words(browser.get(f"/cases/{code}?as_known_at={found.rev_from}"))
    assert "Registered March 2025" in past

    row = row_of(browser, code)
    assert row["inexact_days"] == told
    assert row["charged_on"] == "2025-04-10"
    assert browser.get("/cases.json").json["rows"][0]["inexact_days"] == told
    index(site)
    assert code in search(browser, "registered:[2025-03 TO 2025-03]")
    assert code in search(browser, "year:2025")

    with site.reading() as session:
        clocks = session.scalars(select(Clock).where(Clock.rev_to.is_(None))).all()
        detention = [one for one in clocks if one.time_limit.startswith("detention")]
        assert detention
        for one in detention:
            known = one.due_at is not None and one.latest_due_at is not None
            assert known or one.unknown, one.time_limit
            if one.due_at is not None and one.latest_due_at is not None:
                assert (one.latest_due_at - one.due_at).days >= 28, one.time_limit
        assert any(one.due_at for one in detention), "a month is enough for bounds"

    browser.get("/language/km?next=/")
    khmer = words(browser.get(f"/cases/{code}"))
    assert "មីនា 2025" in khmer
    assert "ប្រហែល 2025" in khmer
    assert "1 មីនា 2025" not in khmer


def test_first_seen_late_and_about_a_year(site: Site, browser: TestApp) -> None:
    """What lay before stays unknown; the first day is bounds; the list says the last as known."""
    form = record_form(browser.get("/cases/new?jurisdiction=" + key_of_kh(site)))
    form["stage"], form["share_level"] = "trial", "full"
    response = on(form, "about 2019", "seen").submit(status=303)
    code = response.location.rsplit("/", 1)[1]
    found = fact(site, code)
    assert (found.entry_date, found.entry_stage) == (date(2019, 1, 1), "trial")
    assert (found.registered_on, found.charged_on) == (None, None)
    assert "entry_date=2019~" in (found.inexact or "").split()
    page = words(browser.get(f"/cases/{code}"))
    assert "since about 2019" in page
    assert "1 January 2019" not in page
    row = next(r for r in browser.get("/cases").html.select("tbody tr") if code in r.text)
    assert "about 2019" in row.text


def key_of_kh(site: Site) -> str:
    """Return the key of Cambodia as a form posts it."""
    return key_of(site, Jurisdiction, Jurisdiction.code == "KH")


def test_a_register_of_months_and_years(site: Site, tmp_path: Path) -> None:
    """An import of "about 2019" and "March 2025" in words says the same on page and in files."""
    mapping, source = tmp_path / "vague_register.yaml", tmp_path / "source"
    mapping.write_text(MAPPING, encoding="utf-8")
    source.mkdir()
    (source / "register.csv").write_text(REGISTER, encoding="utf-8")
    result = Importer(
        site.engine, mapping_reader.load(str(mapping)), source, "lotus", now=NOW
    ).run()
    assert result.quality.balanced
    browser = site.sign_in("chan")
    rows = list(csv.DictReader(io.StringIO(browser.get("/cases.csv").text.lstrip("\ufeff"))))
    told = {row["case_numbers"]: row for row in rows}
    old, new = told["7/2019"], told["8/2025"]
    assert (old["ended_on"], old["outcome"], old["unresolved"]) == ("2025-03-01", "held", "0")
    assert "registered_on=2019~; ended_on=2025-03" in old["inexact_days"]
    assert (new["registered_on"], new["ended_on"]) == ("2025-02-03", "2025-03-01")
    assert "registered_on" not in new["inexact_days"].replace("last", "")
    assert "ended_on=2025-03" in new["inexact_days"]
    for row in rows:
        fact(site, row["case"])
    page = words(browser.get(f"/cases/{old['case']}"))
    assert "about 2019" in page
    assert "March 2025" in page
    assert not EXACT.search(page)

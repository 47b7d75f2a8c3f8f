"""Wherever an outcome leaves, the rule by which it follows from charges is stated."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from typing import Any

import pytest

from courtwatch.models.vocabulary import ShareLevel
from courtwatch.reports.registry import REPORTS
from tests.functional.scene import make_case, step
from tests.functional.test_search import index, search
from tests.procedures import first_cambodia
from tests.reports_asked import query_of
from workflows.history import outcome_rule_text
from workflows.procedure import load

RULE = outcome_rule_text(load("cambodia")).en
ADDRESS = "http://localhost/procedures/cambodia?version=2#rule"


@pytest.fixture
def held(site: Any) -> Any:
    """A case whose file was held: it has an outcome."""
    made = make_case(site, name="Sok Dara", share=ShareLevel.FULL)
    step(site, made, "receive_complaint", date(2025, 2, 1))
    step(site, made, "hold_file", date(2025, 3, 1), stated=("EV1",))
    return made


def lines(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def test_on_the_page_of_the_case_and_of_the_procedure(site: Any, held: Any) -> None:
    """In full."""
    browser = site.sign_in("anan")
    assert RULE in browser.get(f"/cases/{held.code}")
    page = browser.get(ADDRESS.removeprefix("http://localhost"))
    assert RULE in page
    assert page.html.select_one("#rule") is not None


def test_in_the_list_of_prosecutions(site: Any, held: Any) -> None:
    """Each row says which rule and where; JSON carries all published rules in full."""
    with site.writing() as session:
        first_cambodia(session)
    browser = site.sign_in("anan")
    (row,) = lines(browser.get("/cases.csv").text)
    assert row["outcome"] == "held"
    assert row["outcome_rule"] == (
        "The first end: the first outcome in the order of cambodia 2 that fits any charge; "
        f"in full at {ADDRESS}"
    )
    for charge in lines(browser.get("/charges.csv").text):
        assert charge["outcome_rule"] == row["outcome_rule"]
        assert (charge["disposition"], charge["event_code"]) == ("held", "")
    assert browser.get("/charges.json").json["outcome_rules"]["cambodia 2"] == RULE
    data = browser.get("/cases.json").json
    assert data["outcome_rules"]["cambodia 2"] == RULE
    assert data["outcome_rules"]["cambodia 1"] not in ("", RULE)
    assert data["rows"][0]["procedure"] in data["outcome_rules"]


def test_in_the_results_of_a_search(site: Any, held: Any) -> None:
    """A result is a case: how it follows from its prosecutions is said too."""
    index(site)
    browser = site.sign_in("mony")
    path = search(browser, "Dara").request.path
    (row,) = lines(browser.get(path + ".csv").text)
    assert row["outcome"]
    assert row["outcome_rule"].startswith("Once every prosecution ended: the first outcome")
    assert row["outcome_rule"].endswith(ADDRESS)
    data = browser.get(path + ".json").json
    rule = data["outcome_rules"][data["rows"][0]["procedure"]]
    assert rule.startswith("A case has an outcome once each of its prosecutions has one")
    assert rule.endswith(RULE)


@pytest.mark.parametrize("name", list(REPORTS))
def test_in_every_report(site: Any, held: Any, name: str) -> None:
    """On the page, in CSV and in JSON; whoever copies a table finds it in the same file."""
    browser = site.sign_in("anan")
    assert RULE in browser.get(f"/reports/{name}{query_of(name)}")
    found = lines(browser.get(f"/reports/{name}.csv{query_of(name)}").text)
    (line,) = [one for one in found if (one["table"], one["row"]) == ("about", "rule")]
    assert line["text"] == RULE
    assert browser.get(f"/reports/{name}.json{query_of(name)}").json["about"]["rule"] == RULE


def test_in_what_an_organisation_takes_away(site: Any, held: Any) -> None:
    """The README holds the rules, the list of cases the version that each is read by."""
    body = site.sign_in("chan").get("/organisation/download").body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        readme = archive.read("README.txt").decode()
        (case,) = lines(archive.read("cases.csv").decode())
    assert " ".join(RULE.split()) in " ".join(readme.split())
    assert (case["procedure"], case["procedure_version"]) == ("cambodia", "2")

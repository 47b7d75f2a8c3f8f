"""Settlement, threat and integrity: never at the level of a case outside the record's readers."""

from __future__ import annotations

import pytest

from courtwatch.models import Reason
from tests.functional.site import Site
from tests.functional.test_record import (
    key_of,
    open_case,
    prosecution_of,
    take_step,
)


@pytest.fixture
def settled(site: Site) -> str:
    """Give a case shared in full that the court ended, stating a private settlement."""
    browser = site.sign_in("mony")
    code = open_case(site, browser, stage="trial")
    reason = key_of(site, Reason, Reason.code == "ST1")
    response = take_step(
        browser, prosecution_of(site, code), "dismiss", "2026-06-01", reason_stated=reason
    )
    assert response.status_int == 303
    return code


@pytest.mark.parametrize(
    ("reader", "reads"), [("chan", True), ("rith", True), ("anan", False), ("reak", False)]
)
def test_a_stated_settlement_is_read_only_with_the_records_own_words(
    site: Site, settled: str, reader: str, reads: bool
) -> None:
    browser = site.sign_in(reader)
    outputs = [
        browser.get(f"/cases/{settled}").text,
        browser.get("/cases.csv").text,
        browser.get("/charges.csv").text,
        browser.get("/cases.json").text,
    ]
    for text in outputs:
        assert ("ST1" in text or "Private payment" in text) == reads


@pytest.mark.parametrize("query", ["reason=ST1", "group=ST"])
@pytest.mark.parametrize("reader", ["anan", "reak"])
def test_a_list_is_not_filtered_by_what_its_reader_may_not_see(
    site: Site, settled: str, reader: str, query: str
) -> None:
    page = site.sign_in(reader).get(f"/cases?{query}", status=400)
    assert settled not in page.text


def test_a_monitor_filters_by_a_settlement(site: Site, settled: str) -> None:
    assert settled in site.sign_in("rith").get("/cases?reason=ST1").text


def test_cases_without_an_own_assessment_can_be_listed(site: Site, settled: str) -> None:
    assert settled in site.sign_in("chan").get("/cases?assessed=unknown").text


@pytest.mark.parametrize("reader", ["anan", "reak"])
def test_what_is_withheld_reads_like_no_reason(site: Site, settled: str, reader: str) -> None:
    """A row without a reason that 'unknown' left out would tell that one is withheld."""
    assert settled in site.sign_in(reader).get("/cases?reason=unknown").text

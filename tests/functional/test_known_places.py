"""A court or a jurisdiction that is in use for a private case alone is offered to nobody else."""

from __future__ import annotations

import pytest

from courtwatch.commands.cases import OpenCase
from courtwatch.models import Jurisdiction
from courtwatch.models.vocabulary import ShareLevel
from courtwatch.services.open_case import open_case
from courtwatch.services.work import Work
from tests.functional.scene import NOW, actor_of, key, make_case
from tests.functional.site import Site

ALONE = "KH-03-CFI"
PAGES = ("/cases", "/coverage", "/deadlines", "/reports/ends", "/")


@pytest.fixture
def place(site: Site) -> Site:
    """Give a site with shared cases at one court, and private ones at another and elsewhere."""
    make_case(site, "mony", ShareLevel.FULL)
    make_case(site, "mony", ShareLevel.PRIVATE, court=ALONE)
    with site.writing() as session:
        work = Work(session, actor_of(session, "mony", site), "case:opened", NOW)
        elsewhere = key(session, Jurisdiction, "US-IL-COOK")
        open_case(
            work,
            OpenCase(jurisdiction=elsewhere, stage="start", share_level=ShareLevel.PRIVATE),
        )
    return site


@pytest.mark.parametrize("name", ["rada", "anan", "reak", "admin"])
def test_no_page_offers_others_the_place_of_a_private_case(place: Site, name: str) -> None:
    browser = place.sign_in(name)
    for page in PAGES:
        text = browser.get(page, status="*").text
        assert "Cook County" not in text, page
    report = browser.get("/reports/ends").text
    assert f'value="{ALONE}"' not in report
    assert 'value="KH-02-CFI"' in report


def test_its_own_organisation_is_offered_it(place: Site) -> None:
    browser = place.sign_in("chan")
    for page in ("/cases", "/coverage", "/deadlines", "/reports/ends"):
        assert "Cook County" in browser.get(page).text, page
    assert f'value="{ALONE}"' in browser.get("/reports/ends?jurisdiction=KH").text

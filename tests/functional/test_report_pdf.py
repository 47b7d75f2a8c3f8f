"""A report taken as PDF from its page, and what the page says where that can't be."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from courtwatch.printing import pango
from tests.unit.reports.scene import Scene, small_record


@pytest.fixture
def recorded(site):
    """The application with the small record in it."""
    with site.sessions() as session:
        small_record(Scene(session))
    return site


@pytest.mark.skipif(bool(pango.missing_packages()), reason="no Pango on this machine")
def test_a_report_is_taken_as_pdf(recorded):
    """The link of the page gives the report of the page, with its question."""
    browser = recorded.sign_in("mony")
    sent = browser.get("/reports/ends?cohort=2023").click(href=r"ends\.pdf")
    assert sent.content_type == "application/pdf"
    assert sent.headers["Content-Disposition"].endswith('.pdf"')
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(sent.body)).pages)
    assert "Registered in: 2023" in " ".join(words.split())


def test_without_pango_the_page_says_what_to_install(recorded, monkeypatch):
    """No link that fails, and everything else works."""
    missing = tuple(package for _library, package in pango.LIBRARIES)
    monkeypatch.setattr(pango, "missing_packages", lambda: missing)
    browser = recorded.sign_in("mony")
    page = browser.get("/reports/ends")
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in page.text
    assert "ends.pdf" not in page.text
    assert browser.get("/reports/ends.csv").status_int == 200
    refused = browser.get("/reports/ends.pdf", status=400)
    assert "apt-get install" in refused.text

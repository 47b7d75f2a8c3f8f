"""Words of others, such as names and answers, stay words in every report, format and drawing."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from datetime import date

import pytest
from sqlalchemy import select, update

from courtwatch.exchange.formulas import reads_as_formula
from courtwatch.models import (
    CourtInquiry,
    CourtReply,
    Institution,
    Jurisdiction,
    Offence,
    Organisation,
    Reason,
    ReferenceTotal,
)
from courtwatch.reports.kinds import REPORTS
from tests.functional.site import make_settings, start
from tests.functional.test_reference_totals import FIRST, take
from tests.unit.reports.scene import Scene
from tests.unit.reports.test_institutions import offices, write

EVIL = "=HYPERLINK(\"http://x\")</title></text></svg><script>alert(1)</script><b onload='1'>${n}"
NAMED = (Institution, Offence, Organisation, Jurisdiction)
PAGES = [f"/reports/{name}?jurisdiction=KH" for name in REPORTS]


@pytest.fixture(scope="module")
def browser(template_database, tmp_path_factory):
    """A coordinator of a record in which everything that has a name has an evil one."""
    directory = tmp_path_factory.mktemp("injection")
    shutil.copy(template_database, directory / "courtwatch.sqlite")
    site = start(make_settings(directory))
    take(site, FIRST)
    with site.writing() as session:
        scene = Scene(session)
        write(session, scene)
        office = offices(session)[1]
        asked = CourtInquiry(
            public_code="R-EVIL", jurisdiction_id=office.jurisdiction_id, institution_id=office.id,
            organisation_id=site.organisations["lotus"], decision="held", marks="ended",
            filters=[["jurisdiction", "KH"]], known_at=1, cases=1, sent_on=date(2026, 11, 1),
            rev_from=scene.revision_id,
        )  # fmt: skip
        session.add(asked)
        session.flush()
        session.add(CourtReply(
            inquiry_id=asked.id, organisation_id=asked.organisation_id, language="en", text=EVIL,
            received_on=date(2026, 11, 1), rev_from=scene.revision_id,
        ))  # fmt: skip
        for table in NAMED:
            session.execute(update(table).values(name_en=EVIL, name_km=EVIL))
        session.execute(update(Reason).values(group_name_en=EVIL, name_en=EVIL))
        session.execute(update(ReferenceTotal).values(source=EVIL, remark=EVIL))
        court = session.scalars(
            select(Institution.code).where(Institution.kind == "court").order_by(Institution.id)
        ).first()
    browser = site.sign_in("chan")
    browser.court = court
    yield browser
    site.engine.dispose()


def address(browser, page, ending=""):
    """Return a report's address, with the court that a scorecard needs."""
    page = page.replace("?", f"{ending}?")
    return f"{page}&court={browser.court}" if "scorecard" in page else page


@pytest.mark.parametrize("page", [*PAGES, "/reports/official-totals?jurisdiction=KH", "/reports"])
def test_a_page_and_its_drawings_hold_no_element_of_a_name(browser, page):
    html = browser.get(address(browser, page), status=200).html
    assert not [each for each in html.find_all("script") if "alert" in each.text]
    assert not html.select("[onload]")
    assert "HYPERLINK" in html.text, "the name is there, as words"


@pytest.mark.parametrize("page", PAGES)
def test_a_file_holds_no_formula(browser, page):
    text = browser.get(address(browser, page, ".csv"), status=200).body.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert [cell for cell in cells if reads_as_formula(cell) and not _number(cell)] == []
    book = browser.get(address(browser, page, ".xlsx"), status=200).body
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        names = parts.namelist()
        for name in names:
            written = parts.read(name).decode()
            assert "<f>" not in written, name
            assert "<script" not in written, name
    assert not [name for name in names if "vba" in name or "external" in name.lower()]


def _number(cell):
    try:
        return bool(float(cell)) or True
    except ValueError:
        return False

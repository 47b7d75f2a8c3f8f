"""Reports as people see them: on a phone, on paper, without a script, in Khmer, by the keyboard."""

from __future__ import annotations

import io
import math

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from courtwatch.reports.kinds import REPORTS
from tests.browser.conftest import PHONE, Server
from tests.browser.test_journey import look
from tests.functional.conftest import make_site, template_database  # noqa: F401 - fixtures
from tests.reports_asked import query_of
from tests.unit.reports.scene import Scene
from tests.unit.reports.test_institutions import write

QUERY = "?jurisdiction=KH"
SMALLEST = 6.7
"""pt; what should be 7 and was rounded."""
OUTSIDE = """() => [...document.querySelectorAll('svg.cw-chart')].flatMap(chart => {
    const frame = chart.getBoundingClientRect()
    return [...chart.querySelectorAll('text')]
        .filter(text => text.getBoundingClientRect().right > frame.right + 1)
        .map(text => text.textContent)
})"""


@pytest.fixture
def recorded(server: Server) -> Server:
    """Serve a record of many prosecutions before a dozen prosecution offices."""
    thread = server.site.app.registry["courtwatch.worker_thread"]
    thread.stop()
    thread.join(20)
    with server.site.writing() as session:
        write(session, Scene(session))
    return server


def printed(page: Page) -> PdfReader:
    """Print the page as its style sheet wants it."""
    page.evaluate("document.fonts.ready")
    return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))


def smallest(paper: PdfReader) -> float:
    """Return the size (pt) of the smallest letters."""
    sizes = []

    def see(text: str, outer: list[float], inner: list[float], _font: object, size: float) -> None:
        if text.strip():
            scale = math.hypot(outer[0], outer[1]) * math.hypot(inner[2], inner[3])
            sizes.append(size * scale)

    for page in paper.pages:
        page.extract_text(visitor_text=see)
    return min(sizes)


@pytest.mark.parametrize("language", ["en", "km"])
def test_every_report_fits_the_screen_and_reads_well(
    recorded: Server, page: Page, language: str
) -> None:
    """No axe finding, nothing wider than the screen, no word outside its chart."""
    recorded.sign_in(page, "chan")
    page.goto(f"{recorded.address}/language/{language}?next=/")
    asked = [f"/{name}{query_of(name, QUERY)}" for name in REPORTS]
    for address in ("", "/frozen", "/official-totals", "/scorecard", "/ends/freeze", *asked):
        page.goto(f"{recorded.address}/reports{address}")
        look(page)
        assert page.evaluate(OUTSIDE) == [], address


def test_charts_fit_a_page_that_is_read_at_four_times_its_size(
    recorded: Server, chromium: Browser
) -> None:
    """320 px are left of a desktop then."""
    page = chromium.new_page(viewport={"width": 320, "height": 640})
    recorded.sign_in(page, "chan")
    for name in ("institutions", "offences", "comparison", "dismissals"):
        page.goto(f"{recorded.address}/reports/{name}{QUERY}")
        look(page)
        assert page.evaluate(OUTSIDE) == [], name
    page.close()


@pytest.mark.parametrize("language", ["en", "km"])
def test_paper_has_no_small_print_and_no_empty_page(
    recorded: Server, chromium: Browser, language: str
) -> None:
    """What sticks out of a page makes Chromium shrink all of them, in Khmer to 5 pt."""
    page = chromium.new_page()
    recorded.sign_in(page, "chan")
    page.goto(f"{recorded.address}/language/{language}?next=/")
    for name in ("institutions", "offences", "ends", "overview"):
        page.goto(f"{recorded.address}/reports/{name}{QUERY}")
        paper = printed(page)
        assert smallest(paper) >= SMALLEST, name
        for number, sheet in enumerate(paper.pages, 1):
            assert sheet.extract_text().strip(), f"{name}, page {number}"
    page.close()


def test_a_table_printed_across_fills_the_paper(recorded: Server, chromium: Browser) -> None:
    """One of twelve columns has its heads turned instead; twenty would not fit an upright page."""
    page = chromium.new_page()
    recorded.sign_in(page, "chan")
    page.goto(f"{recorded.address}/reports/institutions{QUERY}")
    assert all(float(sheet.mediabox.width) < 600 for sheet in printed(page).pages)
    page.evaluate("document.querySelector('#table-held').classList.add('cw-section--dense')")
    across = next(sheet for sheet in printed(page).pages if float(sheet.mediabox.width) > 800)
    rights = []

    def see(text: str, outer: list[float], inner: list[float], _font: object, _size: float) -> None:
        if text.strip():
            rights.append(outer[0] * inner[4] + outer[4])

    across.extract_text(visitor_text=see)
    assert max(rights) > 700
    page.close()


def test_filters_and_definitions_work_without_javascript(
    recorded: Server, chromium: Browser
) -> None:
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]}
    )
    page = context.new_page()
    recorded.sign_in(page, "chan")
    page.goto(f"{recorded.address}/reports/institutions{QUERY}")
    section = page.locator("#table-held")
    definition = section.locator("details .govuk-body")
    expect(definition).to_be_hidden()
    section.get_by_text("Definition", exact=True).click()
    expect(definition).to_be_visible()
    expect(section.get_by_role("table")).to_be_visible()
    page.get_by_text("What is counted", exact=True).click()
    page.get_by_label("Order of institutions").select_option("size")
    page.fill("#cohort", "2021..2022")
    page.get_by_role("button", name="Count again").click()
    assert "order=size" in page.url
    assert "cohort=2021..2022" in page.url
    counts = page.locator("#table-held tbody tr td:nth-child(2)").all_inner_texts()
    numbers = [int(text.split()[0].replace(",", "")) for text in counts]
    assert numbers == sorted(numbers, reverse=True)
    page.get_by_role("link", name="Remove Registered in").click()
    assert "cohort" not in page.url
    context.close()


def test_a_chart_is_reached_by_the_keyboard(recorded: Server, page: Page) -> None:
    """Its links say where they lead, show that they are chosen, and open with Enter."""
    recorded.sign_in(page, "chan")
    page.goto(f"{recorded.address}/reports/ends{QUERY}")
    link = page.locator("svg.cw-chart a").first
    for _tab in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('svg') !== null"):
            break
    expect(link).to_be_focused()
    width = link.evaluate("element => getComputedStyle(element).outlineWidth")
    assert width == "3px"
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases?**")


def test_the_name_of_the_language_is_written_in_its_own_letters(server: Server, page: Page) -> None:
    """Not in the boxes that were drawn while the font was fetched."""
    page.goto(server.address + "/sign-in", wait_until="networkidle")
    tools = page.context.new_cdp_session(page)
    tools.send("DOM.enable")
    tools.send("CSS.enable")
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    asked = {"nodeId": root, "selector": ".cw-languages [lang=km]"}
    node = tools.send("DOM.querySelector", asked)["nodeId"]
    fonts = tools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    assert [font["familyName"] for font in fonts] == ["Noto Sans Khmer"]


def test_what_a_row_is_stays_in_sight(recorded: Server, chromium: Browser) -> None:
    """A wide table is moved aside on a phone; figures without their court say nothing."""
    page = chromium.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
    recorded.sign_in(page, "chan")
    page.goto(f"{recorded.address}/reports/institutions{QUERY}")
    scroll = page.locator("#table-held .cw-scroll")
    scroll.evaluate("element => { element.scrollLeft = 400 }")
    left = "element => element.getBoundingClientRect().left"
    head = scroll.locator("tbody th").first
    assert head.evaluate(left) == pytest.approx(scroll.evaluate(left), abs=1)
    page.close()


def test_a_shadow_tells_that_columns_lie_behind_the_edge(
    recorded: Server, chromium: Browser
) -> None:
    """On a phone the second column ended at the edge, as if eleven others were not there."""
    page = chromium.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
    recorded.sign_in(page, "chan")
    page.goto(f"{recorded.address}/reports/institutions{QUERY}")
    scroll = page.locator("#table-held .cw-scroll")
    assert scroll.evaluate("element => element.scrollWidth > element.clientWidth")
    how = scroll.evaluate("element => getComputedStyle(element).backgroundAttachment")
    assert how == "local, scroll", "the cover goes with the table, the shadow stays at the edge"
    page.emulate_media(media="print")
    assert scroll.evaluate("element => getComputedStyle(element).backgroundImage") == "none"
    page.close()

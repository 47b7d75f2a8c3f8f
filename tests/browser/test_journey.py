"""From sign-in to a dismissal that is found and counted, as a monitor does it, in Chromium."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Server

SERIOUS = {"serious", "critical"}


def look(page: Page) -> None:
    """Check what every page must hold: accessible, and no wider than the screen."""
    results = Axe().run(page)
    found = [
        f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:120]})"
        for v in results.response["violations"]
        if v["impact"] in SERIOUS
    ]
    assert found == [], f"{page.url}: {found}"
    widths = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert widths[0] <= widths[1], f"{page.url} scrolls sideways: {widths}"


def enter_day(page: Page, name: str, day: str) -> None:
    """Fill a date in."""
    year, month, number = day.split("-")
    page.fill(f"[name={name}-day]", number)
    page.fill(f"[name={name}-month]", month)
    page.fill(f"[name={name}-year]", year)


def take_step(page: Page, label: str, day: str, offence: bool = False) -> None:
    """Record a step from the case page; the page of a step with an offence is the longest."""
    page.get_by_role("link", name="Record a step").first.click()
    if offence:
        look(page)
    page.get_by_role("link", name=label, exact=True).click()
    if offence:
        look(page)
    enter_day(page, "occurred", day)
    if offence:
        page.select_option("#offence-1", index=1)
    page.get_by_role("button", name="Record the step").click()
    expect(page.get_by_text("The step was recorded.")).to_be_visible()


def test_from_sign_in_to_a_dismissal_that_is_found_and_counted(server: Server, page: Page) -> None:
    page.goto(server.address + "/sign-in")
    look(page)
    server.sign_in(page, "mony")
    look(page)
    page.goto(server.address + "/cases/new")
    look(page)
    page.select_option("#jurisdiction", label="Cambodia")
    page.fill("#number", "១២៣/២០២៦")
    page.fill("#name_latin", "Sok Dara")
    page.fill("#note", "The clerk said: សវនាការត្រូវបានលើកពេលព្រោះចៅក្រមអវត្តមាន")
    page.get_by_label("Shared in full").check()
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_text("The case is open")).to_be_visible()
    look(page)
    code = re.search(r"/cases/(C-\w+)", page.url)
    assert code
    take_step(page, "Arrest", "2026-01-05")
    for label, day, offence in (
        ("Referred to the prosecutor", "2026-01-07", False),
        ("Introductory submission", "2026-01-08", False),
        ("Charged (placed under judicial investigation)", "2026-01-09", True),
        ("Closing order - indictment", "2026-04-01", False),
        ("Trial opened", "2026-05-10", False),
    ):
        take_step(page, label, day, offence)
    page.get_by_role("link", name="Record a step").first.click()
    page.get_by_role("link", name=re.compile("Dismissed|Case ended by the court", re.I)).click()
    enter_day(page, "occurred", "2026-06-01")
    page.get_by_role("button", name="Record the step").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(page.locator("[name=occurred-year]")).to_have_value("2026")
    look(page)
    page.locator("details.cw-reasons summary").first.click()
    page.locator("[name=reason_stated]").first.check()
    page.get_by_role("button", name="Record the step").click()
    expect(page.get_by_text("The step was recorded.")).to_be_visible()
    expect(page.locator(f"text={'1 June 2026'}").first).to_be_visible()
    look(page)
    for words in ("clerk", "ចៅក្រម"):
        find(page, server, words, code[1])
    page.goto(server.address + "/reports")
    look(page)
    page.goto(server.address + "/reports/ends?jurisdiction=KH&scope=own")
    look(page)
    expect(page.get_by_role("table").get_by_text("Ended by the court").first).to_be_visible()
    page.get_by_role("link", name="1", exact=True).first.click()
    expect(page.locator("main")).to_contain_text(code[1])


def find(page: Page, server: Server, words: str, code: str) -> None:
    """Search until the worker has indexed the case (it follows commits within seconds)."""
    page.goto(server.address + "/search")
    page.fill("#query", words)
    page.get_by_role("button", name="Search").click()
    for _attempt in range(30):
        if page.get_by_role("link", name=code).count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_role("link", name=code)).to_be_visible()
    look(page)


def test_works_without_javascript(server: Server, chromium: Browser) -> None:
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]}
    )
    page = context.new_page()
    server.sign_in(page, "mony")
    page.goto(server.address + "/cases/new")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_text("The case is open")).to_be_visible()
    page.get_by_role("link", name="Record a step").first.click()
    page.get_by_role("link", name="Arrest", exact=True).click()
    page.get_by_role("button", name="Record the step").click()
    expect(page.get_by_text("The step was recorded.")).to_be_visible()
    context.close()


def test_monitors_pages_are_in_khmer(server: Server, page: Page) -> None:
    server.sign_in(page, "mony")
    page.goto(server.address + "/language/km?next=/cases/new")
    expect(page.locator("html")).to_have_attribute("lang", "km")
    look(page)
    text = page.locator("main").inner_text()
    khmer = sum("ក" <= letter <= "៿" for letter in text)
    latin = sum(letter.isascii() and letter.isalpha() for letter in text)
    assert khmer > 3 * latin, "most words of the page are Khmer"


def test_first_load_is_light(server: Server, page: Page) -> None:
    """The first page, with all it fetches, stays below 60 KB on the wire."""
    sizes: list[int] = []

    def note(response: object) -> None:
        headers = response.all_headers()  # type: ignore[attr-defined]
        sizes.append(int(headers.get("content-length", 0)))

    page.on("response", note)
    page.goto(server.address + "/sign-in", wait_until="networkidle")
    assert sum(sizes) < 60_000, sizes

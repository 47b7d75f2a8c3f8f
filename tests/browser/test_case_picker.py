"""The field that names a case, as a combobox with a keyboard and as plain text without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from courtwatch.models.vocabulary import ShareLevel
from courtwatch.worker import Worker
from tests.browser.conftest import PHONE, Server
from tests.browser.test_journey import look
from tests.functional.conftest import make_site, template_database  # noqa: F401 - fixtures
from tests.functional.scene import MadeCase, make_case

Twins = tuple[MadeCase, MadeCase]


@pytest.fixture
def twins(server: Server) -> Twins:
    """Give two cases of people of one name, indexed."""
    site = server.site
    first = make_case(site, share=ShareLevel.FULL, name="Sok Vuthy", stage="trial")
    other = make_case(site, share=ShareLevel.FULL, name="Sokh Vutthy", court="KH-17-CFI")
    thread = site.app.registry["courtwatch.worker_thread"]
    thread.stop()
    thread.join(20)
    worker = Worker(site.engine, site.settings)
    worker.run_once()
    worker.close()
    return first, other


def test_offers_cases_while_typing_and_takes_one_by_the_keyboard(
    server: Server, page: Page, twins: Twins
) -> None:
    server.sign_in(page, "mony")
    field = page.get_by_role("combobox", name="Go to a case")
    expect(field).to_have_attribute("aria-expanded", "false")
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    field.press_sequentially("vuth")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).to_contain_text("2 cases fit")
    expect(page.get_by_role("option").filter(has_text="Siem Reap")).to_contain_text("proceeding")
    look(page)
    field.press("ArrowDown")
    chosen = options.nth(0)
    expect(chosen).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    field.press("ArrowUp")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field.press("Escape")
    expect(options).to_have_count(0)
    expect(field).to_have_value("vuth")
    field.press("ArrowDown")
    expect(options).to_have_count(2)
    field.press("ArrowDown")
    code = (options.nth(0).text_content() or "")[:10]
    field.press("Enter")
    page.wait_for_url(f"{server.address}/cases/{code}")
    assert not [address for address in addresses if "vuth" in address.lower()]


def test_a_late_answer_is_forgotten_and_a_syllable_under_way_asks_nothing(
    server: Server, page: Page, twins: Twins
) -> None:
    """The answer to the first letters comes after that to all of them."""
    server.sign_in(page, "mony")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "typed=so&" in f"{route.request.post_data}&":
            held.append(route)
        else:
            route.continue_()

    page.route("**/cases/suggestions", hold)
    field = page.get_by_role("combobox", name="Go to a case")
    with page.expect_request("**/cases/suggestions"):
        field.fill("so")
    with page.expect_response("**/cases/suggestions"):
        field.fill("siem vutth")
    expect(page.get_by_role("option")).to_have_count(1)
    assert len(held) == 1
    expect(page.get_by_role("option")).to_contain_text(twins[1].code)
    # Composing: the browser says so with every input event, and only the end counts.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    field.evaluate(
        "field => { field.value = 'សុ'; field.dispatchEvent(new InputEvent('input', "
        "{bubbles: true, isComposing: true})) }"
    )
    expect(page.get_by_role("option")).to_have_count(1)
    with page.expect_response("**/cases/suggestions"):
        field.evaluate(
            "field => { field.value = 'សុខ'; field.dispatchEvent(new CompositionEvent("
            "'compositionend', {bubbles: true})) }"
        )
    expect(page.get_by_role("option")).to_have_count(2)
    assert len(asked) == 1


def test_works_as_plain_text_without_a_script(
    server: Server, chromium: Browser, twins: Twins
) -> None:
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]}
    )
    page = context.new_page()
    server.sign_in(page, "mony")
    page.get_by_label("Go to a case").fill("vuth")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_text("2 cases fit")).to_be_visible()
    page.get_by_role("link", name=twins[1].code).click()
    page.wait_for_url(f"{server.address}/cases/{twins[1].code}")
    page.goto(f"{server.address}/cases/{twins[1].code}/alike")
    page.get_by_label("Compare with which case?").fill("vuthy")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("radio", name=twins[0].code).check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(f"{server.address}/cases/{twins[1].code}/merge/{twins[0].code}")
    context.close()


def test_a_saved_search_is_kept_opened_and_marked_as_seen(
    server: Server, page: Page, twins: Twins
) -> None:
    server.sign_in(page, "mony")
    page.goto(f"{server.address}/search")
    page.fill("#query", "vuthy")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("Save this search").click()
    look(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    look(page)
    page.fill("#name", "Cases of Vuthy")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The search is saved.")).to_be_visible()
    look(page)
    third = make_case(server.site, name="Keo Vuthy")
    worker = Worker(server.site.engine, server.site.settings)
    worker.run_once()
    worker.close()
    page.goto(f"{server.address}/searches")
    expect(page.get_by_text("1 new since")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Cases of Vuthy").first.click()
    expect(page.get_by_role("link", name=third.code)).to_be_visible()
    look(page)
    page.get_by_role("button", name="Mark all as seen").click()
    expect(page.get_by_text("Marked as seen.")).to_be_visible()
    expect(page.get_by_role("link", name=third.code)).to_have_count(0)

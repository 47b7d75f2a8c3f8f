"""A real server and a real Chromium. Without Chromium the tests are skipped, saying what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.serving import serving
from tests.functional.conftest import make_site, template_database  # noqa: F401 - fixtures
from tests.functional.site import PASSWORD, Site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESKTOP = (360, 740), (1280, 900)


@dataclass
class Server:
    """The served application."""

    site: Site
    address: str

    def sign_in(self, page: Page, name: str) -> Page:
        """Sign in by the form."""
        page.goto(self.address + "/sign-in")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(self.address + "/")
        return page


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give a running Chromium."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed; install it with: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def server(make_site: Callable[..., Site]) -> Iterator[Server]:  # noqa: F811 - the fixture above
    """Serve the application on loopback, worker included."""
    site = make_site(worker="thread", worker_poll_seconds="1")
    with serving(site.app) as address:
        yield Server(site, address)
        worker = site.app.registry["courtwatch.worker_thread"]
        worker.stop()
        worker.join(10)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """Give an empty page at the width of a phone and of a desktop."""
    width, height = request.param
    context = chromium.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()

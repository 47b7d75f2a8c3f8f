"""The pages of procedures: every published version, its picture and its tables."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from courtwatch.models import ProcedureVersion
from tests.functional.scene import make_case
from workflows.procedure import load

PUBLISHED = Path(__file__).parents[1] / "data" / "procedures" / "published"
ROLES = ("mony", "chan", "anan", "reak", "admin")


@pytest.fixture
def two_versions(site):
    """Publish the first version of Cambodia's procedure beside the present one."""
    text = (PUBLISHED / "cambodia_1.yaml").read_text(encoding="utf-8")
    with site.sessions() as session:
        session.add(
            ProcedureVersion(
                name="cambodia",
                version=1,
                sha256=sha256(text.encode()).hexdigest(),
                text=text,
                valid_from=date(2007, 8, 11),
                published_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )
        session.commit()
    return site


@pytest.mark.parametrize("user", ROLES)
def test_every_role_can_read_the_law(site, user):
    """The law is no secret; only who is signed in sees anything here at all."""
    browser = site.sign_in(user)
    assert "Cambodian criminal procedure" in browser.get("/procedures").text
    page = browser.get("/procedures/cambodia")
    assert page.text.count("<svg") >= 6
    assert 'id="law-trial"' in page.text
    site.browser().get("/procedures", status=303)


def test_the_picture_needs_no_style_and_scrolls_by_keyboard(site):
    """The content security policy would drop a style silently."""
    page = site.sign_in("mony").get("/procedures/cambodia")
    for drawing in re.findall(r"<svg.*?</svg>", page.text, re.S):
        assert "style=" not in drawing
        assert re.search(r"<title id=.*?</title>\s*<desc id=", drawing)
    regions = re.findall(
        r'<div class="cw-scroll" role="region" tabindex="0" aria-label="[^"]+">', page.text
    )
    assert len(regions) == page.text.count("<svg")
    targets = set(re.findall(r'href="#(law-[a-z_]+)"', page.text))
    assert targets
    assert all(page.text.count(f'id="{target}"') == 1 for target in targets)


def test_the_table_says_the_same_as_the_picture(site):
    """Also where a step leads to several stages: each with the stages it comes from."""
    page = site.sign_in("mony").get("/procedures/cambodia")
    table = page.html.find("caption", string=re.compile("^Steps")).find_parent("table")
    rows = {
        row.find("th").get_text(" ", strip=True): row for row in table.find("tbody").find_all("tr")
    }
    law = load("cambodia")
    several = [s for s in law.steps if not s.stays and len({target for _, target in s.moves}) > 1]
    assert several
    for step in several:
        row = next(r for words, r in rows.items() if words.startswith(step.label.en))
        told = row.get_text(" ", strip=True)
        for source, target in step.moves:
            labels = law.stage if step.track == "main" else law.custody_state
            assert labels(source).label.en in told
            assert labels(target).label.en in told


def test_an_older_version_is_shown_as_it_was(two_versions):
    """A case keeps its version; whoever reads it must be able to read that law."""
    browser = two_versions.sign_in("mony")
    index = browser.get("/procedures")
    assert "/procedures/cambodia?version=1" in index.text
    assert "replaced by a newer version" in index.text
    new = browser.get("/procedures/cambodia")
    assert 'id="law-default_notified"' in new.text
    assert "A newer version has been published" not in new.text
    old = browser.get("/procedures/cambodia?version=1")
    assert "Version 1, in force since" in old.text
    assert 'id="law-default_notified"' not in old.text
    assert "A newer version has been published" in old.text


@pytest.mark.parametrize(
    "address",
    [
        "/procedures/atlantis",
        "/procedures/cambodia?version=99",
        "/procedures/cambodia?version=",
        "/procedures/cambodia?version=two",
    ],
)
def test_what_was_never_published_is_not_found(site, address):
    """Not another version instead, and no error of the program."""
    site.sign_in("mony").get(address, status=404)


def test_speaks_khmer(site):
    """The words of the law are those of the file."""
    browser = site.sign_in("mony")
    browser.set_cookie("language", "km")
    page = browser.get("/language/km?next=/procedures/cambodia").maybe_follow()
    label = load("cambodia").stage("trial").label.km
    assert label is not None
    assert label in page.text
    assert 'lang="km"' in page.text


def test_a_case_leads_to_the_version_that_it_keeps(site):
    """Not to a newer one, whose steps may differ."""
    made = make_case(site)
    page = site.sign_in("mony").get(f"/cases/{made.code}")
    version = load("cambodia").version
    assert f'href="/procedures/cambodia?version={version}"' in page.text

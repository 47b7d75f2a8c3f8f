"""From an import to the review list to the figures: one by one, or the same cause at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from courtwatch.exchange import mapping_reader
from courtwatch.exchange.loader import Importer
from courtwatch.models import Correction, Event, ProsecutionFact, Revision
from tests.functional.scene import NOW
from tests.functional.site import Site
from tests.functional.test_corrections import assert_true
from tests.functional.test_record import record_form

MAPPING = """
mapping: register_of_holds
version: 1
title: A register that tells of held files, and not how they came
jurisdiction: KH
procedure: cambodia
source: official_register
share_level: full
tables:
  register:
    file: "register*.csv"
    noun: one accused in a case
    key: [file, number]
    prosecution: [file, number]
    case: file
    columns:
      file: {heading: File, required: true}
      number: {heading: Accused, required: true}
      decided: {heading: Decided, type: day, formats: [iso]}
records:
  case: {table: register, number: file, issuer: court}
  prosecution: {table: register}
  events:
    - name: held
      table: register
      day: decided
      rules: [{step: hold_file}]
"""
WAY = "first_seen:prosecutor_review"


def load(site: Site, directory: Path, number: int, organisation: str = "lotus") -> None:
    """Import so many held files."""
    mapping, source = directory / "register_of_holds.yaml", directory / organisation
    mapping.write_text(MAPPING, encoding="utf-8")
    source.mkdir()
    lines = [f"{n}/{organisation};1;2025-03-{n % 28 + 1:02d}\n" for n in range(1, number + 1)]
    (source / "register.csv").write_text("".join(["File;Accused;Decided\n", *lines]))
    Importer(
        site.engine, mapping_reader.load(str(mapping)), source, organisation, now=NOW
    ).run()


def outcomes(site: Site) -> dict[tuple[str | None, int], int]:
    """Return how many prosecutions have each outcome, with so many entries to review."""
    with site.reading() as session:
        query = select(ProsecutionFact.outcome, ProsecutionFact.unresolved, func.count())
        held = query.where(ProsecutionFact.rev_to.is_(None))
        rows = session.execute(held.group_by(ProsecutionFact.outcome, ProsecutionFact.unresolved))
        return {(outcome, unresolved): number for outcome, unresolved, number in rows}


def count(site: Site, model: Any) -> int:
    """Return the number of rows."""
    with site.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def _first_alike(page: Any) -> str:
    """Return the address that leads from the first entry of the list to those like it."""
    return next(
        str(link["href"]) for link in page.html.select("a[href]") if link["href"].endswith("/alike")
    )


def group_form(page: Any) -> Any:
    """Return the form that carries the act out."""
    return next(form for form in page.forms.values() if "entry" in form.fields)


@pytest.fixture
def loaded(site: Site, tmp_path: Path) -> Site:
    """Give a site with four held files of Lotus and one of River, none of which counts."""
    load(site, tmp_path, 4)
    load(site, tmp_path, 1, "river")
    assert outcomes(site) == {(None, 1): 5}
    return site


def test_one_click_counts_it(loaded: Site) -> None:
    """Listed for those who keep the case alone; after the click it is in the list as held."""
    browser = loaded.sign_in("mony")
    page = browser.get("/review")
    assert "Accused 1 to 4 of 4" in page
    assert "Accused 1 to 1 of 1" in loaded.sign_in("rada").get("/review")
    loaded.sign_in("anan").get("/review", status=403)
    form = next(form for form in page.forms.values() if "way" in form.fields)
    form.submit("way", value=WAY, status=303)
    assert outcomes(loaded) == {(None, 1): 4, ("held", 0): 1}
    assert "Accused 1 to 3 of 3" in browser.get("/review")
    held = [row for row in browser.get("/cases.json").json["rows"] if row["outcome"] == "held"]
    assert len(held) == 1
    assert_true(loaded)


def test_the_same_cause_is_shown_first_and_resolved_by_one_act(loaded: Site) -> None:
    """Looking writes nothing; what is unticked stays; another organisation's stays too."""
    browser = loaded.sign_in("chan")
    path = _first_alike(browser.get("/review"))
    before = count(loaded, Revision), count(loaded, Event)
    page = browser.get(f"{path}?way={WAY}")
    assert "It would hold for 4 entries" in page
    assert (count(loaded, Revision), count(loaded, Event)) == before
    form = group_form(page)
    assert len(form.fields["entry"]) == 4
    form.fields["entry"][0].checked = False
    form.submit(status=303)
    assert outcomes(loaded) == {(None, 1): 2, ("held", 0): 3}
    assert count(loaded, Revision) == before[0] + 1
    assert count(loaded, Correction) == 3
    assert_true(loaded)
    assert "Accused 1 to 1 of 1" in browser.get("/review")
    assert "Accused 1 to 1 of 1" in loaded.sign_in("rada").get("/review")


def test_all_or_nothing(loaded: Site) -> None:
    """One that somebody resolved meanwhile, or that is another's, refuses the whole act."""
    browser = loaded.sign_in("chan")
    path = _first_alike(browser.get("/review"))
    form = group_form(browser.get(f"{path}?way={WAY}"))
    other = loaded.sign_in("mony").get("/review")
    last = [one for one in other.forms.values() if "way" in one.fields][-1]
    last.submit("way", value=WAY, status=303)
    held = outcomes(loaded)
    answer = form.submit(status=400)
    assert "The record has changed" in answer
    assert outcomes(loaded) == held
    theirs = _first_alike(loaded.sign_in("rada").get("/review")).split("/")
    with loaded.reading() as session:
        key = session.scalars(
            select(ProsecutionFact.prosecution_id).where(
                ProsecutionFact.owner_id == loaded.organisations["river"]
            )
        ).first()
    fresh = record_form(browser.get(f"{path}?way={WAY}"))
    sent = [pair for pair in fresh.submit_fields() if pair[0] != "entry"]
    for foreign in (f"{theirs[2]}-{key}", "1-x", "nonsense"):
        browser.post(path, [*sent, ("entry", foreign)], status=400)
    browser.post(path, sent, status=400)
    assert outcomes(loaded) == held


def test_who_may(loaded: Site) -> None:
    """Only who keeps the cases; others do not even see that there is such an entry."""
    path = _first_alike(loaded.sign_in("chan").get("/review"))
    for user in ("rith", "rada", "anan", "reak", "admin"):
        loaded.sign_in(user).get(path, status=403)

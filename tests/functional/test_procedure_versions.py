"""The case page names its procedure's version, tells of a move, and offers nobody to undo it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import AddAccount, CorrectEntry
from courtwatch.models import Event, Revision
from courtwatch.models.vocabulary import AccountSource, ShareLevel, VoidReason
from courtwatch.services.accounts_told import add_account
from courtwatch.services.corrections import void_event
from courtwatch.services.procedure_moves import move_cases
from courtwatch.services.procedure_versions import find_version
from courtwatch.services.work import SYSTEM, Work
from tests.functional.scene import actor_of, make_case, step
from tests.procedures import first_cambodia
from workflows.elements import MOVED_TO_VERSION

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@pytest.fixture
def moved(site: Any) -> tuple[Any, int, int]:
    """A case moved to version 1, the last revision before that, and the entry that says so."""
    made = make_case(site, name="Sok Dara", share=ShareLevel.FULL)
    step(site, made, "receive_complaint", date(2025, 2, 1))
    with site.writing() as session:
        before = int(session.scalar(select(func.max(Revision.id))) or 0)
        first, second = first_cambodia(session), find_version(session, "cambodia/2")
        move_cases(Work(session, SYSTEM, "case:moved", NOW), second, first, [made.id])
    with site.reading() as session:
        entry = session.scalars(select(Event.id).where(Event.step == MOVED_TO_VERSION)).one()
    return made, before, entry


def test_the_page_names_the_version_and_leads_to_it(site: Any, moved: Any) -> None:
    """Now the one it was moved to; as known before, the one that it had then."""
    made, before, entry = moved
    browser = site.sign_in("mony")
    now = browser.get(f"/cases/{made.code}")
    assert "(1)" in now.html.select_one(f"a[href='{path(1)}']").text
    then = browser.get(f"/cases/{made.code}?as_known_at={before}")
    assert then.html.select_one(f"a[href='{path(2)}']") is not None
    assert then.html.select_one(f"a[href='{path(1)}']") is None
    assert now.html.select_one(f"#event-{entry}") is not None
    assert then.html.select_one(f"#event-{entry}") is None


def path(version: int) -> str:
    """Return the address of a version of cambodia."""
    return f"/procedures/cambodia?version={version}"


@pytest.mark.parametrize("user", ["mony", "chan", "rith", "anan", "reak"])
def test_the_timeline_tells_of_the_move_and_offers_nothing(
    site: Any, moved: Any, user: str
) -> None:
    """By the system, from which to which; nobody corrects it or adds a source."""
    made, _before, entry = moved
    page = site.sign_in(user).get(f"/cases/{made.code}")
    item = page.html.select_one(f"#event-{entry}")
    assert "Moved to another version of the procedure (2 → 1)" in item.text
    assert "Lotus" not in item.text
    assert "a monitoring organisation" not in item.text
    assert not item.select("a[href*='/events/']")
    assert "cambodia 2 → cambodia 1" in page.html.select_one("#history ~ details").text


def test_nobody_writes_to_the_entry(site: Any, moved: Any) -> None:
    """Neither by an address nor through the services."""
    _made, _before, entry = moved
    browser = site.sign_in("chan")
    for what in ("correct", "account", "choose"):
        browser.get(f"/events/{entry}/{what}", status=404)
    with site.writing() as session:
        work = Work(session, actor_of(session, "chan", site), "event:corrected", NOW)
        event = session.get_one(Event, entry)
        with pytest.raises(Invalid, match="moves the case back"):
            void_event(work, event, CorrectEntry(reason=VoidReason.TYPED_WRONG))
        said = AddAccount(occurred=When.day(date(2026, 1, 1)), source=AccountSource.TOLD)
        with pytest.raises(Invalid, match="moves the case back"):
            add_account(work, event, said)


def test_each_version_has_its_page(site: Any, moved: Any) -> None:
    """The newest without a number; an older one says that there is a newer one."""
    browser = site.sign_in("reak")
    newest, old = browser.get("/procedures/cambodia"), browser.get(path(1))
    assert "Version 2, in force since" in newest
    assert "A newer version has been published" not in newest
    assert newest.html.select_one(f"main a[href='{path(1)}']") is not None
    assert "Version 1, in force since" in old
    assert "A newer version has been published" in old
    browser.get(path(3), status=404)
    browser.get("/procedures/atlantis?version=1", status=404)

"""Words are taken out through the real form: nothing holds them, and who, when, why stays."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from courtwatch.models import (
    Case,
    CaseNumber,
    Charge,
    Coverage,
    Event,
    EventTarget,
    ExternalKey,
    Institution,
    Job,
    Note,
    Person,
    PersonName,
    Redaction,
    SavedSearch,
    Sentence,
    Victim,
    history_table,
)
from courtwatch.models.engine import empty_log
from courtwatch.models.history import REVISION_KEY
from courtwatch.services.people import stored_name_key
from courtwatch.services.redactable import REDACTABLE
from courtwatch.services.search import remember_query
from courtwatch.services.work import INDEX_CASE, PURGE_INDEX, take_revision
from courtwatch.web.dates import format_day
from tests.functional.imported import batch_of
from tests.functional.scene import actor_of
from tests.functional.site import NOW, Site
from tests.functional.test_record import open_case, record_form

SECRET = "Zzyzxqa"


def only(site: Site, model: Any) -> int:
    """Return the key of the only row of a table."""
    with site.reading() as session:
        return int(session.scalars(select(model.id)).one())


def write_charge(site: Site, *texts: str) -> None:
    """Give the only charge these texts one after the other, each in a revision of its own."""
    for text in texts:
        with site.writing() as session:
            revision = take_revision(session.connection(), "charge:edited", NOW)
            session.info[REVISION_KEY] = revision
            session.scalars(select(Charge)).one().as_given = text


def add_sentence(site: Site, length: str) -> None:
    """Hang a sentence on the only event."""
    with site.writing() as session:
        target = session.scalars(select(EventTarget)).one()
        revision = session.get_one(Event, target.event_id).rev_from
        session.add(
            Sentence(
                target_id=target.id, kind="imprisonment", length_as_given=length, rev_from=revision
            )
        )


def take_out(browser: Any, kind: str, row: int, words: str, **more: Any) -> Any:
    """Send the form that takes words out."""
    form = record_form(browser.get(f"/redact/{kind}/{row}"))
    form["words"], form["reason"] = words, "victim_identity"
    for name, value in more.items():
        form[name] = value
    return form.submit(expect_errors=True)


def assert_nowhere(site: Site, code: str) -> None:
    """Check pages and, byte for byte, database and log."""
    for user in ("chan", "mony", "rada"):
        assert SECRET not in site.sign_in(user).get(f"/cases/{code}").text
    assert empty_log(site.engine)
    for path in site.settings.data_directory.rglob("*.sqlite*"):
        assert SECRET.lower().encode() not in path.read_bytes().lower(), path.name


@pytest.mark.parametrize("kind", ["note", "name", "number", "charge", "sentence"])
def test_words_leave_page_row_past_and_file(site: Site, kind: str) -> None:
    browser = site.sign_in("chan")
    code = open_case(
        site,
        browser,
        note=f"She is {SECRET}, a child." if kind == "note" else "Quiet.",
        name_latin=f"Sok {SECRET}" if kind == "name" else "Sok Dara",
        number=f"12/{SECRET}" if kind == "number" else "12/2026",
        stage="trial",
    )
    if kind == "charge":
        write_charge(site, f"selling {SECRET}", f"buying {SECRET}", "buying")
    if kind == "sentence":
        add_sentence(site, f"two years for {SECRET}")
    row = only(site, REDACTABLE[kind].model)
    page = browser.get(f"/cases/{code}")
    assert f"/redact/{kind}/{row}" in page.text
    assert take_out(browser, kind, row, SECRET).status_int == 303
    assert_nowhere(site, code)
    with site.reading() as session:
        left = session.scalars(select(Redaction)).one()
        day = format_day(left.at.astimezone(ZoneInfo("Asia/Phnom_Penh")).date())
        says = f"words taken out on {day} because: It could identify a victim"
        assert says in browser.get(f"/cases/{code}").text
        assert (left.row_id, left.reason, left.user_id) == (
            row,
            "victim_identity",
            site.users["chan"],
        )
        owed = session.scalars(select(Job.kind)).all()
        assert {INDEX_CASE, PURGE_INDEX} <= set(owed)


def test_what_was_derived_from_the_words_goes_with_them(site: Site) -> None:
    browser = site.sign_in("chan")
    open_case(site, browser, name_latin=f"Sok {SECRET}", number=f"12/{SECRET}")
    take_out(browser, "name", only(site, PersonName), SECRET)
    take_out(browser, "number", only(site, CaseNumber), SECRET)
    with site.reading() as session:
        assert session.scalars(select(PersonName.key)).one() == stored_name_key("Sok")
        assert session.scalars(select(CaseNumber.normalised)).one() == ""


def test_the_past_of_a_charge_keeps_its_revisions_and_loses_the_words(site: Site) -> None:
    browser = site.sign_in("chan")
    open_case(site, browser)
    write_charge(site, f"selling {SECRET}", "buying")
    past = history_table(Charge.__table__)  # type: ignore[arg-type]
    columns = (past.c.rev_from, past.c.rev_to)
    with site.reading() as session:
        before = session.execute(select(*columns)).all()
    take_out(browser, "charge", only(site, Charge), SECRET)
    with site.reading() as session:
        assert session.execute(select(*columns)).all() == before
        texts = session.scalars(select(past.c.as_given)).all()
    assert "selling █████" in texts


def test_a_name_that_was_replaced_loses_the_words_too(site: Site) -> None:
    browser = site.sign_in("chan")
    code = open_case(site, browser, name_latin=f"Sok {SECRET}")
    name = only(site, PersonName)
    with site.writing() as session:
        row = session.get_one(PersonName, name)
        key, closed = row.key, row.rev_from
        earlier = PersonName(person_id=row.person_id, script="Latn", text=f"Sook {SECRET}", key=key)
        earlier.rev_from = earlier.rev_to = closed
        session.add(earlier)
    take_out(browser, "name", name, SECRET)
    assert_nowhere(site, code)


def test_the_whole_text_goes(site: Site) -> None:
    browser = site.sign_in("chan")
    code = open_case(site, browser, note=f"{SECRET} and more")
    assert take_out(browser, "note", only(site, Note), "", whole=True).status_int == 303
    assert_nowhere(site, code)
    again = take_out(browser, "note", only(site, Note), "", whole=True)
    assert again.status_int == 400


def test_words_that_are_not_there_are_refused(site: Site) -> None:
    browser = site.sign_in("chan")
    open_case(site, browser, note="Quiet.")
    response = take_out(browser, "note", only(site, Note), "loud")
    assert response.status_int == 400
    assert "These words are not there" in response.text
    with site.reading() as session:
        assert session.scalars(select(Note.text)).one() == "Quiet."
        assert session.scalars(select(Redaction)).all() == []


def test_blocks_alone_are_no_words(site: Site) -> None:
    browser = site.sign_in("chan")
    open_case(site, browser, note="Quiet █████.")
    assert take_out(browser, "note", only(site, Note), "██").status_int == 400


class TestWhoMay:
    """Coordinators of the organisation that keeps the case or wrote the words."""

    def test_another_organisation_is_refused_what_it_reads(self, site: Site) -> None:
        open_case(site, site.sign_in("mony"), name_latin="Sok Dara", number="12/2026")
        other = site.sign_in("rada")
        other.get(f"/redact/number/{only(site, CaseNumber)}", status=403)
        other.get(f"/redact/charge/{only(site, Charge)}", status=403)

    def test_what_another_organisation_may_not_read_is_not_there(self, site: Site) -> None:
        open_case(site, site.sign_in("mony"), name_latin="Sok Dara", note="x", share_level="coded")
        other = site.sign_in("rada")
        other.get(f"/redact/name/{only(site, PersonName)}", status=404)
        other.get(f"/redact/note/{only(site, Note)}", status=404)
        other.get(f"/redact/charge/{only(site, Charge)}", status=404)

    def test_a_monitor_and_a_reader_may_not(self, site: Site) -> None:
        open_case(site, site.sign_in("mony"), note="x")
        note = only(site, Note)
        for user in ("mony", "anan", "reak", "admin"):
            site.sign_in(user).get(f"/redact/note/{note}", status=403)

    def test_who_wrote_a_note_in_a_case_of_others_takes_its_words_out(self, site: Site) -> None:
        code = open_case(site, site.sign_in("mony"))
        writer = site.sign_in("rada")
        form = record_form(writer.get(f"/cases/{code}/notes/new"))
        form["text"] = f"Saw {SECRET}."
        form.submit(status=303)
        note = only(site, Note)
        site.sign_in("chan").get(f"/redact/note/{note}", status=404)
        assert take_out(writer, "note", note, SECRET).status_int == 303
        assert_nowhere(site, code)

    @pytest.mark.parametrize("path", ["/redact/user/1", "/redact/note/999999", "/redact/note/x"])
    def test_nothing_else_has_words(self, site: Site, path: str) -> None:
        site.sign_in("chan").get(path, status=404)


def test_a_victims_pseudonym_that_an_import_took_from_a_sheet_loses_the_name(site: Site) -> None:
    """It leaves the row, its past, page, past page and file; so does the name of an accused."""
    browser = site.sign_in("chan")
    code = open_case(site, browser)
    with site.writing() as session:
        revision = take_revision(session.connection(), "import:published", NOW)
        session.info[REVISION_KEY] = revision
        case = session.scalars(select(Case)).one()
        victim = Victim(case_id=case.id, pseudonym=f"Little {SECRET}", rev_from=revision)
        session.add(victim)
        session.scalars(select(Person)).one().pseudonym = f"Sister of {SECRET}"
        session.flush()
        named = {"victim": victim.id, "accused": session.scalars(select(Person.id)).one()}
        past = revision
    with site.writing() as session:
        session.info[REVISION_KEY] = take_revision(session.connection(), "edited", NOW)
        session.get_one(Victim, named["victim"]).withdrawn = True
    page = browser.get(f"/cases/{code}")
    assert SECRET in page
    for kind, row in named.items():
        assert f"/redact/{kind}/{row}" in page.text
        assert take_out(browser, kind, row, SECRET).status_int == 303
    assert_nowhere(site, code)
    then = browser.get(f"/cases/{code}?as_known_at={past}")
    assert SECRET not in then
    with site.reading() as session:
        assert session.scalars(select(Victim.pseudonym)).one() == "Little █████"
        assert len(session.scalars(select(Redaction)).all()) == 2


def test_contact_and_remark_of_a_coverage_entry_lose_words_to_their_own_organisation(
    site: Site,
) -> None:
    """They belong to no case: others do not find them, their own coordinator takes words out."""
    with site.writing() as session:
        court = session.scalars(select(Institution).where(Institution.code == "KH-12-CFI")).one()
        entry = Coverage(
            organisation_id=site.organisations["lotus"],
            institution_id=court.id,
            contact=f"ask for {SECRET}",
            remark=f"Mondays, for the case of {SECRET}",
        )
        session.add(entry)
        session.flush()
        row = entry.id
    site.sign_in("rada").get(f"/redact/contact/{row}", status=404)
    site.sign_in("mony").get(f"/redact/remark/{row}", status=403)
    browser = site.sign_in("chan")
    page = browser.get("/coverage?jurisdiction=KH")
    for kind in ("contact", "remark"):
        assert f"/redact/{kind}/{row}" in page.text
        assert take_out(browser, kind, row, SECRET).status_int == 303
    for user in ("chan", "rada", "anan"):
        assert SECRET not in site.sign_in(user).get("/coverage?jurisdiction=KH")
    assert empty_log(site.engine)
    for path in site.settings.data_directory.rglob("*.sqlite*"):
        assert SECRET.encode() not in path.read_bytes(), path.name
    with site.reading() as session:
        left = session.scalars(select(Redaction).order_by(Redaction.id)).all()
        assert [(one.case_id, one.column_name) for one in left] == [
            (None, "contact"),
            (None, "remark"),
        ]


def test_what_an_import_and_a_search_repeat_of_it_goes_too(site: Site) -> None:
    """The key by which an import knows the row again, and a search somebody typed."""
    browser = site.sign_in("chan")
    code = open_case(site, browser, number=f"12/{SECRET}")
    batch = batch_of(site)
    with site.writing() as session:
        case = session.scalars(select(Case)).one()
        for number, (kind, key) in enumerate(
            [("case", f"12/{SECRET}"), ("accused", f"12/{SECRET} | 1"), ("accused", "13/2026 | 1")]
        ):
            row = case.id if kind == "case" else 100 + number
            session.add(ExternalKey(source="book", kind=kind, key=key, row_id=row, batch_id=batch))
        remember_query(session, actor_of(session, "mony", site), f"hearing {SECRET.lower()}", NOW)
        remember_query(session, actor_of(session, "mony", site), "hearing", NOW)
    assert take_out(browser, "number", only(site, CaseNumber), SECRET).status_int == 303
    assert_nowhere(site, code)
    with site.reading() as session:
        keys = session.scalars(select(ExternalKey.key).order_by(ExternalKey.id)).all()
        assert [key.partition(":")[0] for key in keys] == ["redacted", "redacted", "13/2026 | 1"]
        assert session.scalars(select(SavedSearch.query)).all() == ["hearing"]

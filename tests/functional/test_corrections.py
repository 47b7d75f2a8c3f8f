"""What was typed wrong is put right in one act, and stays visible with who and why."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from webtest import TestApp

from courtwatch.models import (
    Case,
    Charge,
    ChargeFact,
    Clock,
    Correction,
    Event,
    EventAccount,
    EventTarget,
    Hearing,
    HearingFact,
    HearingProsecution,
    Institution,
    Offence,
    Prosecution,
    ProsecutionFact,
    Reason,
    ReasonStated,
    Revision,
    Sentence,
)
from courtwatch.models.vocabulary import EventStatus, VoidReason
from courtwatch.services.fact_inputs import read_lookups
from courtwatch.services.facts import differences
from tests.functional.site import Site
from tests.functional.test_record import key_of, open_case, prosecution_of, record_form, take_step

OFFENCE = (Offence.article == "10", Offence.jurisdiction_id == 1)


def add_accused(site: Site, browser: TestApp, code: str, name: str, **fields: str) -> None:
    """Add an accused through the form."""
    form = record_form(browser.get(f"/cases/{code}/accused/new"))
    form["name_latin"] = name
    for field, value in fields.items():
        form[field] = value
    form.submit(status=303)


def prosecutions(site: Site, code: str) -> list[Prosecution]:
    """Return the prosecutions of a case, in order of entry."""
    with site.reading() as session:
        return list(
            session.scalars(
                select(Prosecution)
                .join(ProsecutionFact, ProsecutionFact.prosecution_id == Prosecution.id)
                .join(Case, Case.id == ProsecutionFact.case_id)
                .where(Case.public_code == code, ProsecutionFact.rev_to.is_(None))
                .order_by(Prosecution.id)
            )
        )


def events(site: Site, step: str, held: bool = True) -> list[Event]:
    """Return the entries of a step, those that hold or those that do not."""
    with site.reading() as session:
        query = select(Event).where(Event.step == step).order_by(Event.id)
        open_ = Event.rev_to.is_(None)
        return list(session.scalars(query.where(open_ if held else ~open_)))


def facts(site: Site) -> list[dict[str, Any]]:
    """Return the facts of all prosecutions that hold, in order."""
    with site.reading() as session:
        table = ProsecutionFact.__table__
        rows = session.execute(
            select(table).where(table.c.rev_to.is_(None)).order_by(table.c.prosecution_id)
        ).mappings()
        return [
            {k: v for k, v in row.items() if not k.startswith("rev_") and k != "id"} for row in rows
        ]


def assert_true(site: Site) -> None:
    """Check that every fact is what the events say, and that each holds once."""
    with site.reading() as session:
        connection = session.connection()
        ids = list(session.scalars(select(Prosecution.id)))
        assert list(differences(connection, ids, read_lookups(connection))) == []
        for model, key in (
            (ProsecutionFact, "prosecution_id"),
            (ChargeFact, "charge_id"),
            (HearingFact, "hearing_id"),
        ):
            column = getattr(model, key)
            twice = session.execute(
                select(column)
                .where(model.rev_to.is_(None))
                .group_by(column)
                .having(func.count() > 1)
            ).all()
            assert twice == [], model


def clocks_of(session: Session) -> list[Clock]:
    """Return the clocks that hold."""
    query = select(Clock).where(Clock.rev_to.is_(None))
    return list(session.scalars(query.order_by(Clock.prosecution_id, Clock.place)))


def correct(browser: TestApp, event: int, reason: str, **fields: Any) -> Any:
    """Send the form that corrects an entry, changed only where `fields` say."""
    form = record_form(browser.get(f"/events/{event}/correct"))
    form["reason"] = reason
    for name, value in fields.items():
        if isinstance(value, list):
            for box in form.fields[name]:
                box.checked = box._value in value
        else:
            form[name.replace("__", "-")] = value
    return form.submit(expect_errors=True)


def report_total(browser: TestApp, report: str) -> str:
    """Return what a report says of the organisation's own cases, as CSV."""
    return str(browser.get(f"/reports/{report}.csv?scope=own").text)


@pytest.fixture
def trial(site: Site) -> dict[str, Any]:
    """Give a case at trial: two accused, a hearing by mistake, a verdict on the wrong one."""
    browser = site.sign_in("mony")
    offence = key_of(site, Offence, *OFFENCE)
    code = open_case(site, browser, stage="trial", offence=offence, name_latin="Chan Thy")
    add_accused(site, browser, code, "Sok Dara", stage="trial", offence=offence)
    one, other = prosecutions(site, code)
    form = record_form(browser.get(f"/cases/{code}/hearings/new"))
    form["scheduled-day"], form["scheduled-month"], form["scheduled-year"] = "3", "3", "2026"
    form["status"] = "held"
    form["note"] = "A note on the hearing."
    form.submit(status=303)
    with site.reading() as session:
        charge = session.scalars(
            select(Charge.id).where(Charge.prosecution_id == one.id, Charge.kind == "filed")
        ).one()
        hearing = session.scalars(select(Hearing.public_code)).one()
    response = take_step(
        browser, one.public_code, "convict", "2026-06-01", mode="adversarial",
        sentence_kind="imprisonment", sentence_length="8", note="Seen on the board.",
        **{f"disposition-{charge}": "convicted_as_charged"},
    )  # fmt: skip
    assert response.status_int == 303, response.text
    return {"code": code, "one": one, "other": other, "hearing": hearing, "browser": browser}


class TestTheScenario:
    """A hearing put in by mistake and a verdict on the wrong co-accused: one correction each."""

    def test_one_correction_each_puts_figures_right(self, site: Site, trial: Any) -> None:
        browser, code = trial["browser"], trial["code"]
        wrong = events(site, "convict")[0]
        with site.reading() as session:
            before = session.scalar(select(func.count()).select_from(Revision)) or 0
        response = correct(
            browser, wrong.id, "wrong_accused", accused=[str(trial["other"].id)],
            remark="Took the two files for one",
        )  # fmt: skip
        assert response.status_int == 303, response.text
        form = record_form(browser.get(f"/hearings/{trial['hearing']}/correct"))
        form["reason"], form["remark"] = "by_mistake", "It was another court"
        form.submit(status=303)
        with site.reading() as session:
            assert session.scalar(select(func.count()).select_from(Revision)) == before + 2
        one, other = facts(site)
        assert (one["outcome"], one["stage"], one["live"]) == (None, "trial", True)
        assert other["outcome"] == "convicted"
        assert str(other["ended_on"]) == "2026-06-01"
        assert_true(site)
        with site.reading() as session:
            ends = session.execute(
                select(ChargeFact.prosecution_id, ChargeFact.disposition).where(
                    ChargeFact.rev_to.is_(None), ChargeFact.disposition.is_not(None)
                )
            ).all()
            assert ends == [(trial["other"].id, "convicted_as_charged")]
            assert (
                session.scalars(select(HearingFact).where(HearingFact.rev_to.is_(None))).all() == []
            )
            held = session.scalars(select(Sentence).where(Sentence.rev_to.is_(None))).one()
            target = session.get_one(EventTarget, held.target_id)
            assert (target.prosecution_id, held.length_days) == (trial["other"].id, 2920)
            appeals = [
                clock for clock in clocks_of(session) if clock.time_limit == "appeal_of_conviction"
            ]
            assert [clock.prosecution_id for clock in appeals] == [trial["other"].id]
            assert appeals[0].due_at == datetime(2026, 7, 1, 17, tzinfo=UTC), "end of 1 July there"
            was = session.scalars(
                select(Clock).where(
                    Clock.rev_to.is_not(None), Clock.time_limit == "appeal_of_conviction"
                )
            ).one()
            assert was.prosecution_id == trial["one"].id
        page = browser.get(f"/cases/{code}")
        for words in ("Wrong accused", "Took the two files for one", "Put in by mistake",
                      "It was another court", "Corrected: no longer counts", "mony"):  # fmt: skip
            assert words in page.text, words
        assert page.text.count("Seen on the board.") == 1, "notes stay with the entry, once"

    def test_reports_count_it_once(self, site: Site, trial: Any) -> None:
        browser = trial["browser"]
        correct(
            browser,
            events(site, "convict")[0].id,
            "wrong_accused",
            accused=[str(trial["other"].id)],
        )
        with site.reading() as session:
            counted = session.scalars(
                select(ProsecutionFact.outcome).where(
                    ProsecutionFact.rev_to.is_(None), ProsecutionFact.counted.is_(True)
                )
            ).all()
        assert sorted(map(str, counted)) == ["None", "convicted"]

    def test_the_mistake_leaves_with_the_organisations_data(self, site: Site, trial: Any) -> None:
        wrong = events(site, "convict")[0]
        correct(trial["browser"], wrong.id, "wrong_accused", accused=[str(trial["other"].id)])
        import io
        import zipfile

        body = site.sign_in("chan").get("/organisation/download").body
        archive = zipfile.ZipFile(io.BytesIO(body))
        sheet = archive.read("corrections.csv").decode("utf-8-sig")
        fresh = events(site, "convict")[0]
        assert f"event,{wrong.id},{fresh.id},wrong_accused" in sheet
        assert "voided,wrong_accused" in archive.read("events.csv").decode()


class TestAppendOnly:
    """A row is added and closed: nothing that stood on the old entry is changed in place."""

    def test_what_hung_on_the_entry_stays_there_and_is_closed(self, site: Site, trial: Any) -> None:
        def hanging() -> dict[str, list[Any]]:
            with site.reading() as session:
                return {
                    model.__tablename__: [
                        {
                            c.name: getattr(row, c.name)
                            for c in model.__table__.columns
                            if c.name != "rev_to"
                        }
                        for row in session.scalars(select(model).order_by(model.id))
                    ]
                    for model in (Sentence, EventAccount, EventTarget, ReasonStated)
                }

        before = hanging()
        wrong = events(site, "convict")[0]
        correct(trial["browser"], wrong.id, "wrong_date", **{"occurred__day": "2"})
        after = hanging()
        for table, rows in before.items():
            assert after[table][: len(rows)] == rows, table
        fresh = events(site, "convict")[0]
        with site.reading() as session:
            old = session.get_one(Event, wrong.id)
            assert (old.status, old.void_reason) == (EventStatus.VOIDED, VoidReason.WRONG_DATE)
            assert (fresh.replaces_id, str(fresh.occurred_from)) == (wrong.id, "2026-06-02")
            for model in (EventAccount, Sentence):
                assert len(session.scalars(select(model).where(model.rev_to.is_(None))).all()) <= 3
            account = session.scalars(
                select(EventAccount).where(EventAccount.event_id == fresh.id)
            ).one()
            assert str(account.occurred_from) == "2026-06-02", "what we typed wrong is said right"
            left = session.scalars(
                select(EventAccount).where(EventAccount.event_id == wrong.id)
            ).one()
            assert (str(left.occurred_from), left.rev_to) == ("2026-06-01", fresh.rev_from)
            assert session.scalars(select(Correction.by_id)).one() == fresh.id


class TestEachMistake:
    """One form for each thing that can be wrong."""

    def test_a_wrong_court(self, site: Site, trial: Any) -> None:
        court = key_of(site, Institution, Institution.code == "KH-02-CFI")
        wrong = events(site, "convict")[0]
        assert (
            correct(trial["browser"], wrong.id, "wrong_court", institution=court).status_int == 303
        )
        assert facts(site)[0]["decided_by_id"] == int(court)
        assert_true(site)

    def test_a_wrong_step_asks_for_what_the_other_needs(self, site: Site, trial: Any) -> None:
        wrong = events(site, "convict")[0]
        form = record_form(trial["browser"].get(f"/events/{wrong.id}/correct"))
        form["reason"], form["step"] = "wrong_step", "acquit"
        response = form.submit(expect_errors=True)
        assert response.status_int == 303, response.text
        assert facts(site)[0]["outcome"] == "acquitted"
        with site.reading() as session:
            open_ = session.scalars(select(Sentence).where(Sentence.rev_to.is_(None))).all()
            assert open_ == [], "who was acquitted serves no sentence"
        assert_true(site)

    def test_a_step_that_needs_a_reason_is_refused_without_one(
        self, site: Site, trial: Any
    ) -> None:
        wrong = events(site, "convict")[0]
        response = correct(trial["browser"], wrong.id, "wrong_step", step="dismiss")
        assert response.status_int == 400
        assert 'href="#reason_stated"' in response.text
        form = record_form(response)
        reason = key_of(site, Reason, Reason.code == "UN1")
        for box in form.fields["reason_stated"]:
            box.checked = box._value == reason
        assert form.submit(status=303)
        fact = facts(site)[0]
        assert (fact["outcome"], fact["reason_stated_id"]) == ("dismissed_by_court", int(reason))

    def test_a_wrong_charge_that_the_step_filed(self, site: Site) -> None:
        browser = site.sign_in("mony")
        right = key_of(site, Offence, *OFFENCE)
        wrong = key_of(site, Offence, Offence.article == "14", Offence.jurisdiction_id == 1)
        prosecution = prosecution_of(site, open_case(site, browser))
        for step, day, more in (
            ("arrest", "2026-01-05", {}), ("refer_to_prosecutor", "2026-01-06", {}),
            ("submit_to_investigation", "2026-01-07", {}),
            ("charge", "2026-01-09", {"offence-1": wrong}),
        ):  # fmt: skip
            assert take_step(browser, prosecution, step, day, **more).status_int == 303
        entry = events(site, "charge")[0]
        with site.reading() as session:
            filed = session.scalars(select(Charge.id).where(Charge.kind == "filed")).one()
        response = correct(browser, entry.id, "wrong_charge", **{f"filed-{filed}": right})
        assert response.status_int == 303, response.text
        with site.reading() as session:
            assert session.get_one(Charge, filed).offence_id == int(right)
            assert len(session.scalars(select(Charge).where(Charge.kind == "filed")).all()) == 1
        assert_true(site)

    def test_a_charge_filed_against_the_wrong_accused_moves(self, site: Site) -> None:
        browser = site.sign_in("mony")
        offence = key_of(site, Offence, *OFFENCE)
        code = open_case(site, browser, stage="prosecutor_review", name_latin="Chan Thy")
        add_accused(site, browser, code, "Sok Dara", stage="prosecutor_review")
        one, other = prosecutions(site, code)
        for accused in (one, other):
            step = take_step(browser, accused.public_code, "submit_to_investigation", "2026-01-11")
            assert step.status_int == 303, step.text
        step = take_step(browser, one.public_code, "charge", "2026-01-12", **{"offence-1": offence})
        assert step.status_int == 303, step.text
        entry = events(site, "charge")[0]
        response = correct(browser, entry.id, "wrong_accused", accused=[str(other.id)])
        assert response.status_int == 303, response.text
        first, second = facts(site)
        assert (first["charges"], second["charges"]) == (0, 1)
        assert first["stage"] == "investigation"
        assert_true(site)

    def test_an_entry_that_should_not_be_there(self, site: Site, trial: Any) -> None:
        wrong = events(site, "convict")[0]
        assert correct(trial["browser"], wrong.id, "entered_twice").status_int == 303
        assert events(site, "convict") == []
        assert facts(site)[0]["outcome"] is None

    def test_nothing_changed_is_no_correction(self, site: Site, trial: Any) -> None:
        wrong = events(site, "convict")[0]
        response = correct(trial["browser"], wrong.id, "typed_wrong")
        assert response.status_int == 400
        assert "Nothing differs from the entry as it is" in response.text

    def test_a_corrected_entry_is_not_corrected_again(self, site: Site, trial: Any) -> None:
        """A form from before the correction shows both versions; one made after it is refused."""
        wrong = events(site, "convict")[0]
        browser = trial["browser"]
        before = record_form(browser.get(f"/events/{wrong.id}/correct"))
        correct(browser, wrong.id, "wrong_date", occurred__day="2")
        held = events(site, "convict")
        before["reason"] = "entered_twice"
        response = before.submit(expect_errors=True)
        assert response.status_int == 409
        assert "Somebody else changed this record" in response.text
        response = correct(browser, wrong.id, "entered_twice")
        assert response.status_int == 400
        assert "already corrected" in response.text
        assert [one.id for one in events(site, "convict")] == [one.id for one in held]


class TestRefused:
    """A correction that would leave the history illegal is refused like a step."""

    def chain(self, site: Site) -> tuple[TestApp, str]:
        browser = site.sign_in("mony")
        prosecution = prosecution_of(site, open_case(site, browser))
        for step, day in (
            ("arrest", "2026-01-05"), ("refer_to_prosecutor", "2026-01-07"),
            ("submit_to_investigation", "2026-01-09"),
        ):  # fmt: skip
            assert take_step(browser, prosecution, step, day).status_int == 303
        return browser, prosecution

    def test_taking_back_what_others_rest_on_names_them(self, site: Site) -> None:
        browser, _prosecution = self.chain(site)
        entry = events(site, "refer_to_prosecutor")[0]
        before = facts(site)
        response = correct(browser, entry.id, "by_mistake")
        assert response.status_int == 400
        assert "would have no legal place any more" in response.text
        assert "2026-01-09" in response.text
        assert facts(site) == before
        assert events(site, "refer_to_prosecutor")[0].id == entry.id

    def test_a_day_that_reorders_is_refused_and_says_what_is_permitted(self, site: Site) -> None:
        browser, _prosecution = self.chain(site)
        entry = events(site, "submit_to_investigation")[0]
        response = correct(browser, entry.id, "wrong_date", occurred__day="6")
        assert response.status_int == 400
        assert "Permitted now" in response.text
        assert events(site, "submit_to_investigation")[0].id == entry.id

    def test_the_same_day_finds_its_place_within_the_day(self, site: Site) -> None:
        browser, _prosecution = self.chain(site)
        entry = events(site, "arrest")[0]
        response = correct(browser, entry.id, "wrong_date", occurred__day="7")
        assert response.status_int == 303, response.text
        assert str(facts(site)[0]["arrested_on"]) == "2026-01-07"
        assert facts(site)[0]["unresolved"] == 0


class TestHearings:
    """A hearing's day, court and accused are put right under its address."""

    def test_day_and_accused(self, site: Site, trial: Any) -> None:
        browser = trial["browser"]
        form = record_form(browser.get(f"/hearings/{trial['hearing']}/correct"))
        form["reason"], form["scheduled-day"] = "wrong_date", "4"
        form["remark"] = "Read the calendar wrong"
        boxes = form.fields["prosecutions"]
        for box in boxes:
            box.checked = box._value == str(trial["other"].id)
        form.submit(status=303)
        with site.reading() as session:
            row = session.scalars(select(Hearing)).one()
            assert (str(row.scheduled_on), row.public_code) == ("2026-03-04", trial["hearing"])
            fact = session.scalars(select(HearingFact).where(HearingFact.rev_to.is_(None))).one()
            assert str(fact.scheduled_on) == "2026-03-04"
            who = session.scalars(
                select(HearingProsecution.prosecution_id).where(HearingProsecution.rev_to.is_(None))
            ).all()
            assert who == [trial["other"].id]
        page = browser.get(f"/cases/{trial['code']}").text
        assert "Wrong date" in page
        assert "3 March 2026" in page
        assert "Read the calendar wrong" in page

    def test_nothing_changed_is_no_correction(self, site: Site, trial: Any) -> None:
        form = record_form(trial["browser"].get(f"/hearings/{trial['hearing']}/correct"))
        form["reason"] = "wrong_date"
        assert "Nothing differs" in form.submit(status=400).text

    def test_what_was_planned_as_its_next_goes_with_it(self, site: Site, trial: Any) -> None:
        browser = trial["browser"]
        form = record_form(browser.get(f"/hearings/{trial['hearing']}/outcome"))
        form["status"], form["next-day"] = "held", "20"
        form["next-month"], form["next-year"] = "9", "2026"
        form.submit(status=303)
        form = record_form(browser.get(f"/hearings/{trial['hearing']}/correct"))
        form["reason"] = "by_mistake"
        form.submit(status=303)
        with site.reading() as session:
            assert session.scalars(select(Hearing.voided)).all() == [True, True]
            assert (
                session.scalars(select(HearingFact).where(HearingFact.rev_to.is_(None))).all() == []
            )


class TestWhoMay:
    """The organisation that made the entry, or the one that keeps the case."""

    def test_the_owner_corrects_what_another_entered_in_its_case(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser)
        take_step(site.sign_in("rith"), prosecution_of(site, code), "arrest", "2026-01-05")
        entry = events(site, "arrest")[0]
        response = correct(browser, entry.id, "wrong_date", occurred__day="6")
        assert response.status_int == 303, response.text
        fresh = events(site, "arrest")[0]
        assert fresh.organisation_id == site.organisations["river"]

    def test_who_entered_it_corrects_their_own(self, site: Site) -> None:
        code = open_case(site, site.sign_in("mony"))
        other = site.sign_in("rith")
        take_step(other, prosecution_of(site, code), "arrest", "2026-01-05")
        assert correct(other, events(site, "arrest")[0].id, "by_mistake").status_int == 303

    @pytest.mark.parametrize("user", ["rith", "anan", "reak", "admin"])
    def test_nobody_else(self, site: Site, trial: Any, user: str) -> None:
        entry = events(site, "convict")[0]
        site.sign_in(user).get(f"/events/{entry.id}/correct", status=403)
        site.sign_in(user).get(f"/hearings/{trial['hearing']}/correct", status=403)

    def test_readers_without_corrections_see_neither_mistake_nor_remark(
        self, site: Site, trial: Any
    ) -> None:
        correct(
            trial["browser"], events(site, "convict")[0].id, "wrong_accused",
            accused=[str(trial["other"].id)], remark="Took the two files for one",
        )  # fmt: skip
        for user in ("anan", "reak"):
            page = site.sign_in(user).get(f"/cases/{trial['code']}").text
            assert "Took the two files" not in page
            assert "Wrong accused" not in page
        assert "Took the two files" not in site.sign_in("rith").get(f"/cases/{trial['code']}").text


def test_words_of_a_sentence_leave_every_copy_that_corrections_made(site: Site, trial: Any) -> None:
    """A correction copies a sentence; taking words out of one takes them out of all."""
    browser = site.sign_in("chan")
    with site.writing() as session:
        session.scalars(select(Sentence)).one().length_as_given = "8 years for Zzyzxqa"
    entry = events(site, "convict")[0]
    correct(browser, entry.id, "wrong_date", occurred__day="2")
    correct(
        browser, events(site, "convict")[0].id, "wrong_accused", accused=[str(trial["other"].id)]
    )
    with site.reading() as session:
        texts = session.scalars(select(Sentence.length_as_given)).all()
        held = session.scalars(select(Sentence.id).where(Sentence.rev_to.is_(None))).one()
    assert len(texts) == 3
    form = record_form(browser.get(f"/redact/sentence/{held}"))
    form["words"], form["reason"] = "Zzyzxqa", "victim_identity"
    form.submit(status=303)
    with site.reading() as session:
        texts = session.scalars(select(Sentence.length_as_given)).all()
        assert [text for text in texts if "Zzyzxqa" in str(text)] == []
    assert not re.search("Zzyzxqa", browser.get(f"/cases/{trial['code']}").text)

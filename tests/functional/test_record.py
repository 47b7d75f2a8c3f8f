"""A monitor's work through the real forms: open a case, take it to its end, put things right."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from webtest import TestApp

from courtwatch.models import (
    AccessRequest,
    Case,
    ChargeFact,
    Event,
    Hearing,
    Institution,
    Jurisdiction,
    Note,
    Offence,
    PersonName,
    Prosecution,
    ProsecutionFact,
    Reason,
    Redaction,
    Sentence,
    Victim,
)
from courtwatch.models.vocabulary import HearingStatus
from tests.functional.site import Site


def record_form(page: Any) -> Any:
    """Return the form of the page that is not the sign-out button."""
    return next(form for form in page.forms.values() if "submission" in form.fields)


def key_of(site: Site, model: Any, *criteria: Any) -> str:
    """Return the key of a reference row as a form posts it."""
    with site.reading() as session:
        return str(session.scalars(select(model.id).where(*criteria)).one())


def cambodia(site: Site) -> str:
    """Return the key of Cambodia."""
    return key_of(site, Jurisdiction, Jurisdiction.code == "KH")


def open_case(site: Site, browser: TestApp, **fields: str) -> str:
    """Open a case through the form and return its code."""
    form = record_form(browser.get("/cases/new?jurisdiction=" + cambodia(site)))
    form["court"] = key_of(site, Institution, Institution.code == "KH-12-CFI")
    form["share_level"] = "full"
    for name, value in fields.items():
        form[name.replace("__", "-")] = value
    response = form.submit(status=303)
    return str(response.location.rsplit("/", 1)[1])


def prosecution_of(site: Site, code: str) -> str:
    """Return the code of the first prosecution of a case."""
    with site.reading() as session:
        return (
            session.scalars(
                select(Prosecution.public_code)
                .join(ProsecutionFact, ProsecutionFact.prosecution_id == Prosecution.id)
                .join(Case, Case.id == ProsecutionFact.case_id)
                .where(Case.public_code == code, ProsecutionFact.rev_to.is_(None))
                .order_by(Prosecution.id)
            ).first()
            or ""
        )


def take_step(browser: TestApp, prosecution: str, step: str, day: str, **fields: Any) -> Any:
    """Record a step through its form on a day written as 2026-03-01."""
    form = record_form(browser.get(f"/prosecutions/{prosecution}/steps/{step}"))
    year, month, number = day.split("-")
    form["occurred-year"], form["occurred-month"], form["occurred-day"] = year, month, number
    for name, value in fields.items():
        if name == "reason_stated":
            for box in form.fields["reason_stated"]:
                box.checked = box._value == value
            continue
        form[name.replace("__", "-")] = value
    return form.submit(expect_errors=True)


def fact_of(site: Site, code: str) -> ProsecutionFact:
    """Return the fact that holds of the first prosecution of a case."""
    with site.reading() as session:
        return session.scalars(
            select(ProsecutionFact)
            .join(Case, Case.id == ProsecutionFact.case_id)
            .where(Case.public_code == code, ProsecutionFact.rev_to.is_(None))
            .order_by(ProsecutionFact.prosecution_id)
        ).first()  # type: ignore[return-value]


class TestFromArrestToDismissal:
    """The main job, from the first page to the figure."""

    def test_takes_a_case_from_arrest_to_a_dismissal_with_a_reason(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(
            site, browser, name_latin="Sok Dara", name_khmer="សុខ ដារ៉ា", number="១២៣/២០២៦"
        )
        prosecution = prosecution_of(site, code)
        offence = key_of(site, Offence, Offence.article == "10", Offence.jurisdiction_id == 1)
        reason = key_of(site, Reason, Reason.code == "UN1")
        assert take_step(browser, prosecution, "arrest", "2026-01-05").status_int == 303
        steps = browser.get(f"/prosecutions/{prosecution}/steps")
        assert "/steps/refer_to_prosecutor" in steps.text
        assert "/steps/open_trial" not in steps.text
        for step, day, fields in (
            ("refer_to_prosecutor", "2026-01-07", {}),
            ("submit_to_investigation", "2026-01-08", {}),
            ("charge", "2026-01-09", {"offence-1": offence}),
            ("indict", "2026-04-01", {}),
            ("open_trial", "2026-05-10", {}),
            ("dismiss", "2026-06-01", {"reason_stated": reason}),
        ):
            response = take_step(browser, prosecution, step, day, **fields)
            assert response.status_int == 303, response.text
        fact = fact_of(site, code)
        with site.reading() as session:
            assert session.scalars(select(Case.installation)).one() == "test"
        assert (fact.outcome, fact.event_code, fact.live) == ("dismissed_by_court", 2, False)
        assert str(fact.ended_on) == "2026-06-01"
        assert fact.reason_stated_id == int(reason)
        assert str(fact.arrested_on) == "2026-01-05"
        assert str(fact.charged_on) == "2026-01-09"
        assert fact.charges == 1, "the alleged charge is superseded and never counted"

    def test_the_alleged_charge_gives_way_to_the_filed_one(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser)
        prosecution = prosecution_of(site, code)
        offence = key_of(site, Offence, Offence.article == "10", Offence.jurisdiction_id == 1)
        take_step(browser, prosecution, "arrest", "2026-01-05")
        take_step(browser, prosecution, "refer_to_prosecutor", "2026-01-06")
        take_step(browser, prosecution, "submit_to_investigation", "2026-01-07")
        take_step(browser, prosecution, "charge", "2026-01-09", **{"offence-1": offence})
        with site.reading() as session:
            rows = session.execute(
                select(ChargeFact.kind, ChargeFact.counted).where(ChargeFact.rev_to.is_(None))
            )
            kinds = {kind: counted for kind, counted in rows}
        assert kinds == {"alleged": False, "filed": True}


class TestRefusals:
    """What the law does not allow is refused, with the reason, and nothing is written."""

    def test_refuses_a_step_that_starts_elsewhere_and_says_what_is_permitted(
        self, site: Site
    ) -> None:
        browser = site.sign_in("mony")
        prosecution = prosecution_of(site, open_case(site, browser))
        response = take_step(browser, prosecution, "open_trial", "2026-02-01")
        assert response.status_int == 400
        assert "There is a problem" in response.text
        assert "Permitted now" in response.text
        with site.reading() as session:
            assert session.scalars(select(Event)).all() == []

    def test_refuses_a_day_in_the_future_and_keeps_what_was_entered(self, site: Site) -> None:
        browser = site.sign_in("mony")
        prosecution = prosecution_of(site, open_case(site, browser))
        response = take_step(browser, prosecution, "arrest", "2099-02-01")
        assert response.status_int == 400
        assert "today or in the past" in response.text
        assert 'value="2099"' in response.text
        assert response.text.count("today or in the past") == 2, "summary and field say the same"

    def test_refuses_a_dismissal_without_a_reason(self, site: Site) -> None:
        browser = site.sign_in("mony")
        prosecution = prosecution_of(site, open_case(site, browser, stage="trial"))
        response = take_step(browser, prosecution, "dismiss", "2026-06-01")
        assert response.status_int == 400
        assert 'href="#reason_stated"' in response.text
        assert 'id="reason_stated"' in response.text

    def test_refuses_a_step_that_would_make_a_later_entry_impossible(self, site: Site) -> None:
        browser = site.sign_in("mony")
        prosecution = prosecution_of(site, open_case(site, browser))
        take_step(browser, prosecution, "arrest", "2026-01-05")
        take_step(browser, prosecution, "refer_to_prosecutor", "2026-01-10")
        reason = key_of(site, Reason, Reason.code == "EV1")
        response = take_step(
            browser, prosecution, "do_not_refer", "2026-01-07", reason_stated=reason
        )
        assert response.status_int == 400

    def test_names_an_offence_of_another_country_as_wrong(self, site: Site) -> None:
        browser = site.sign_in("mony")
        form = record_form(browser.get("/cases/new?jurisdiction=" + cambodia(site)))
        form["share_level"] = "full"
        form["offence"].force_value("999999")
        response = form.submit(status=400)
        assert "Choose an offence from the list" in response.text


class TestOnceOnly:
    """A form that is sent twice is carried out once."""

    def test_the_same_form_sent_twice_leads_to_the_same_case(self, site: Site) -> None:
        browser = site.sign_in("mony")
        form = record_form(browser.get("/cases/new?jurisdiction=" + cambodia(site)))
        form["share_level"] = "private"
        first = form.submit(status=303)
        second = form.submit(status=303)
        assert second.location == first.location
        with site.reading() as session:
            assert len(session.scalars(select(Case)).all()) == 1

    def test_the_same_id_with_other_content_is_refused(self, site: Site) -> None:
        browser = site.sign_in("mony")
        form = record_form(browser.get("/cases/new?jurisdiction=" + cambodia(site)))
        form["share_level"] = "private"
        form.submit(status=303)
        form["share_level"] = "full"
        form.submit(status=409)
        with site.reading() as session:
            assert len(session.scalars(select(Case)).all()) == 1


class TestMatches:
    """Before a case is opened, likely matches are shown."""

    def test_shows_a_case_with_the_same_number_in_khmer_digits(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser, number="០១២៣/2026")
        form = record_form(browser.get("/cases/new?jurisdiction=" + cambodia(site)))
        form["share_level"], form["number"] = "full", "123/2026"
        response = form.submit(status=400)
        assert code in response.text
        form = record_form(response)
        form["matches_checked"] = True
        assert form.submit(status=303).location

    def test_shows_a_case_whose_accused_has_a_variant_of_the_name(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser, name_latin="Chea Vuthy")
        form = record_form(browser.get("/cases/new?jurisdiction=" + cambodia(site)))
        form["share_level"], form["name_latin"] = "full", "Vutthy Chhea"
        assert code in form.submit(status=400).text

    def test_never_shows_the_private_case_of_another_organisation(self, site: Site) -> None:
        code = open_case(
            site, site.sign_in("mony"), number="77/2026", name_latin="Sok Dara",
            share_level="private",
        )  # fmt: skip
        form = record_form(site.sign_in("rith").get("/cases/new?jurisdiction=" + cambodia(site)))
        form["share_level"], form["number"], form["name_latin"] = "full", "77/2026", "Sok Dara"
        response = form.submit(status=303)
        assert code not in response.text

    @pytest.mark.parametrize(
        ("share", "about", "field", "shown"),
        [
            ("coded", {}, "name_latin", False),
            ("coded", {}, "number", False),
            ("full", {}, "number", True),
            ("full", {"age_band": "25-34", "related_to_child_victim": "no"}, "name_latin", True),
            ("full", {"age_band": "16-17"}, "name_latin", False),
            ("full", {"age_band": "25-34", "related_to_child_victim": "yes"}, "name_latin", False),
        ],
    )
    def test_matches_are_no_oracle_for_names_and_numbers_that_may_not_be_read(
        self, site: Site, share: str, about: dict[str, str], field: str, shown: bool
    ) -> None:
        values = {"name_latin": "Zzyzx Quorl", "number": "991/2026"}
        code = open_case(site, site.sign_in("mony"), share_level=share, **values, **about)
        form = record_form(site.sign_in("rith").get("/cases/new?jurisdiction=" + cambodia(site)))
        form["share_level"], form[field] = "private", values[field]
        response = form.submit(expect_errors=True)
        assert (code in response.text) is shown
        assert response.status_int == (400 if shown else 303)

    def test_who_asks_for_a_coded_case_gets_no_code_and_its_owner_is_told(
        self, site: Site
    ) -> None:
        code = open_case(site, site.sign_in("mony"), number="991/2026", share_level="coded")
        form = record_form(site.sign_in("rith").get("/cases/find"))
        form["court"].force_value(key_of(site, Institution, Institution.code == "KH-12-CFI"))
        form["number"] = "991/2026"
        page = form.submit(status=200)
        assert code not in page.text
        assert "Lotus Legal Aid" in page.text
        with site.reading() as session:
            assert len(session.scalars(select(AccessRequest)).all()) == 1

    def test_says_whom_to_ask_only_to_one_who_knows_number_and_court(self, site: Site) -> None:
        code = open_case(site, site.sign_in("mony"), number="77/2026", share_level="private")
        browser = site.sign_in("rith")
        court = key_of(site, Institution, Institution.code == "KH-12-CFI")
        form = record_form(browser.get("/cases/find"))
        form["court"].force_value(court)
        form["number"] = "77/2026"
        page = form.submit(status=200)
        assert "Lotus Legal Aid" in page.text
        assert code not in page.text
        form["number"] = "78/2026"
        assert "Lotus Legal Aid" not in form.submit(status=200).text

    def test_a_person_may_ask_ten_times_an_hour(self, site: Site) -> None:
        browser = site.sign_in("rith")
        court = key_of(site, Institution, Institution.code == "KH-12-CFI")
        form = record_form(browser.get("/cases/find"))
        form["court"].force_value(court)
        form["number"] = "1/2026"
        for _ in range(10):
            form.submit(status=200)
        form.submit(status=429)


class TestHearings:
    """Hearings are recorded, adjourned, and lead to the next one."""

    def test_an_adjourned_hearing_plans_the_next(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser, stage="trial")
        form = record_form(browser.get(f"/cases/{code}/hearings/new"))
        form["scheduled-day"], form["scheduled-month"], form["scheduled-year"] = "3", "3", "2026"
        form["status"] = "adjourned"
        form["adjournment_reason"] = key_of(site, Reason, Reason.code == "judge_absent")
        form["next-day"], form["next-month"], form["next-year"] = "10", "4", "2026"
        form.submit(status=303)
        with site.reading() as session:
            statuses = session.scalars(select(Hearing.status).order_by(Hearing.id)).all()
        assert statuses == [HearingStatus.ADJOURNED, HearingStatus.SCHEDULED]

    def test_refuses_an_adjournment_without_a_reason(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser, stage="trial")
        form = record_form(browser.get(f"/cases/{code}/hearings/new"))
        form["scheduled-day"], form["scheduled-month"], form["scheduled-year"] = "3", "3", "2026"
        form["status"] = "adjourned"
        response = form.submit(status=400)
        assert "Choose why the hearing was adjourned" in response.text

    def test_says_afterwards_what_became_of_a_planned_hearing(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser, stage="trial")
        form = record_form(browser.get(f"/cases/{code}/hearings/new"))
        form["scheduled-day"], form["scheduled-month"], form["scheduled-year"] = "3", "3", "2026"
        form["status"] = "scheduled"
        form.submit(status=303)
        with site.reading() as session:
            hearing = session.scalars(select(Hearing.public_code)).one()
        form = record_form(browser.get(f"/hearings/{hearing}/outcome"))
        form["status"] = "held"
        form.submit(status=303)
        with site.reading() as session:
            assert session.scalars(select(Hearing.status)).one() is HearingStatus.HELD


class TestCorrections:
    """An entry is taken back and stays visible; words are taken out and are gone."""

    def test_a_corrected_verdict_is_derived_away_and_stays_visible(self, site: Site) -> None:
        browser = site.sign_in("mony")
        offence = key_of(site, Offence, Offence.article == "10", Offence.jurisdiction_id == 1)
        code = open_case(site, browser, stage="trial", offence=offence)
        prosecution = prosecution_of(site, code)
        response = take_step(browser, prosecution, "acquit", "2026-06-01", mode="adversarial")
        assert response.status_int == 303, response.text
        assert fact_of(site, code).outcome == "acquitted"
        with site.reading() as session:
            event = session.scalars(select(Event.id).where(Event.step == "acquit")).one()
        form = record_form(browser.get(f"/events/{event}/correct"))
        form["reason"] = "by_mistake"
        form.submit(status=303)
        fact = fact_of(site, code)
        assert (fact.outcome, fact.event_code, fact.stage) == (None, 0, "trial")
        assert "Put in by mistake" in browser.get(f"/cases/{code}").text

    def test_only_the_organisation_that_made_an_entry_takes_it_back(self, site: Site) -> None:
        code = open_case(site, site.sign_in("mony"), stage="trial")
        with site.reading() as session:
            event = session.scalars(select(Event.id)).one()
        assert fact_of(site, code).stage == "trial"
        site.sign_in("rith").get(f"/events/{event}/correct", status=403)

    def test_redacted_words_are_nowhere_in_the_database(self, site: Site) -> None:
        browser = site.sign_in("chan")
        code = open_case(site, browser, note="The victim Sreymom Zzyzx was there.")
        with site.reading() as session:
            note = session.scalars(select(Note.id)).one()
        form = record_form(browser.get(f"/redact/note/{note}"))
        form["words"], form["reason"] = "Sreymom Zzyzx", "victim_identity"
        form.submit(status=303)
        assert "Zzyzx" not in browser.get(f"/cases/{code}").text
        with site.reading() as session:
            assert "Zzyzx" not in session.scalars(select(Note.text)).one()
            assert session.scalars(select(Redaction.reason)).one() == "victim_identity"
        with site.writing() as session:
            session.connection().exec_driver_sql("select 1")
        site.engine.dispose()
        assert b"Zzyzx" not in (site.settings.data_directory / "courtwatch.sqlite").read_bytes()

    def test_a_better_source_changes_the_day_and_both_stay_visible(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser)
        prosecution = prosecution_of(site, code)
        take_step(browser, prosecution, "arrest", "2026-01-05")
        with site.reading() as session:
            event = session.scalars(select(Event.id)).one()
        form = record_form(browser.get(f"/events/{event}/account"))
        form["occurred-day"], form["occurred-month"], form["occurred-year"] = "3", "1", "2026"
        form["source"] = "court_document"
        form.submit(status=303)
        assert str(fact_of(site, code).arrested_on) == "2026-01-03"
        page = browser.get(f"/cases/{code}").text
        assert "3 January 2026" in page
        assert "5 January 2026" in page


class TestPeople:
    """Accused, victims, sentences, checks."""

    def test_adds_a_victim_without_a_name(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser)
        form = record_form(browser.get(f"/cases/{code}/victims/new"))
        assert not [name for name in form.fields if name and "name" in name]
        form["sex"], form["age_band"] = "female", "14-15"
        form.submit(status=303)
        with site.reading() as session:
            assert session.scalars(select(Victim.pseudonym)).one() == "V1"

    def test_records_a_conviction_with_sentence_and_compensation(self, site: Site) -> None:
        browser = site.sign_in("mony")
        offence = key_of(site, Offence, Offence.article == "10", Offence.jurisdiction_id == 1)
        code = open_case(site, browser, stage="trial", offence=offence)
        prosecution = prosecution_of(site, code)
        page = browser.get(f"/prosecutions/{prosecution}/steps/convict")
        charge = re.findall(r'name="disposition-(\d+)"', page.text)[0]
        response = take_step(
            browser,
            prosecution,
            "convict",
            "2026-06-01",
            mode="adversarial",
            sentence_kind="imprisonment",
            sentence_length="8",
            compensation_awarded="4000000",
            **{f"disposition-{charge}": "convicted_as_charged"},
        )
        assert response.status_int == 303, response.text
        assert fact_of(site, code).outcome == "convicted"
        with site.reading() as session:
            sentence = session.scalars(select(Sentence)).one()
        assert (sentence.length_days, int(sentence.compensation_awarded or 0)) == (2920, 4000000)

    def test_checked_and_unchanged_moves_the_last_verification(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser, stage="trial")
        form = record_form(browser.get(f"/cases/{code}/checked"))
        form["occurred-day"], form["occurred-month"], form["occurred-year"] = "1", "10", "2026"
        form.submit(status=303)
        assert str(fact_of(site, code).last_verified_on) == "2026-10-01"

    def test_a_second_accused_has_a_fate_of_its_own(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser, stage="trial", name_latin="First Person")
        form = record_form(browser.get(f"/cases/{code}/accused/new"))
        form["stage"], form["name_latin"] = "investigation", "Second Person"
        form.submit(status=303)
        prosecution = prosecution_of(site, code)
        form_page = browser.get(f"/prosecutions/{prosecution}/steps/suspend").text
        assert "First Person" in form_page
        assert "Second Person" in form_page, "co-accused can be told apart"
        with site.reading() as session:
            stages = session.scalars(
                select(ProsecutionFact.stage)
                .where(ProsecutionFact.rev_to.is_(None))
                .order_by(ProsecutionFact.prosecution_id)
            ).all()
            assert len(session.scalars(select(PersonName)).all()) == 2
        assert stages == ["trial", "investigation"]


class TestSharing:
    """The share level holds at once."""

    def test_readers_are_led_from_an_entry_to_its_case(self, site: Site) -> None:
        open_case(site, site.sign_in("mony"), stage="trial")
        with site.reading() as session:
            event = session.scalars(select(Event.id)).one()
        for reader in ("anan", "reak", "rith"):
            site.sign_in(reader).get(f"/events/{event}", status=303)
        site.sign_in("admin").get(f"/events/{event}", status=403)

    def test_a_case_made_private_is_gone_for_others(self, site: Site) -> None:
        coordinator = site.sign_in("chan")
        code = open_case(site, coordinator)
        other = site.sign_in("rith")
        other.get(f"/cases/{code}", status=200)
        form = record_form(coordinator.get(f"/cases/{code}/share"))
        form["share_level"] = "private"
        form.submit(status=303)
        other.get(f"/cases/{code}", status=404)
        assert fact_of(site, code).share_level == "private"

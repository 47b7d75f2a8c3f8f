"""What an import keeps without a legal place is listed, and one click gives it one that holds."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from webtest import TestApp

from courtwatch.commands.cases import AddAccused
from courtwatch.models import (
    Case,
    Charge,
    Correction,
    Event,
    EventAccount,
    ProsecutionFact,
    Revision,
)
from courtwatch.models.vocabulary import (
    AccountSource,
    EventStatus,
    Precision,
    ShareLevel,
    VoidReason,
)
from courtwatch.services.people import add_accused
from courtwatch.services.resolutions import resolutions
from courtwatch.services.resolve import resolve
from courtwatch.services.review import entries_of, entry_to_review, told_differently
from courtwatch.services.work import Work
from tests.functional.imported import batch_of, imported, prosecution_keys
from tests.functional.scene import NOW, OFFENCE, MadeCase, actor_of, make_case, step
from tests.functional.site import Site
from tests.functional.test_corrections import assert_true


def fact(site: Site, place: int = 0) -> ProsecutionFact:
    """Return the fact of one prosecution, in order of entry."""
    with site.reading() as session:
        rows = session.scalars(
            select(ProsecutionFact)
            .where(ProsecutionFact.rev_to.is_(None))
            .order_by(ProsecutionFact.prosecution_id)
        ).all()
        return rows[place]


def ways(site: Site, made: MadeCase, event: int, place: int = 0) -> dict[str, Any]:
    """Return what is offered for an entry of one accused, by key."""
    with site.reading() as session:
        entry = entry_to_review(session, event, prosecution_keys(session, made.id)[place])
        assert entry is not None
        return {way.key: way.after for way in resolutions(entry)}


def click(browser: TestApp, event: int, way: str, prosecution: str, status: int = 303) -> Any:
    """Click a way on the page of an entry, with what its form carries."""
    page = browser.get(f"/review/{event}/{prosecution}")
    form = next(form for form in page.forms.values() if "way" in form.fields)
    return form.submit("way", value=way, status=status, expect_errors=status >= 400)


def count(site: Site, model: Any, *where: Any) -> int:
    """Return the number of rows."""
    with site.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def second_accused(site: Site, made: MadeCase) -> str:
    """Add a co-accused; returns the code of the prosecution."""
    with site.writing() as session:
        work = Work(session, actor_of(session, "mony", site), "accused:added", NOW)
        row = add_accused(
            work, session.get_one(Case, made.id), AddAccused(name_latin="Second One", stage="start")
        )
        return row.public_code


@pytest.fixture
def browser(site: Site) -> TestApp:
    """Give the monitor's browser."""
    return site.sign_in("mony")


@pytest.fixture
def made(site: Site) -> MadeCase:
    """Give a case with the prosecutor since 1 February 2025."""
    found = make_case(site, name="First One")
    step(site, found, "receive_complaint", date(2025, 2, 1))
    return found


class TestEachWay:
    """Each way gives the entry its place, in one revision, and stays visible as a correction."""

    def resolved(self, site: Site, browser: TestApp, made: MadeCase, event: int, way: str) -> Event:
        """Click a way and check what holds of all of them; returns the entry that holds."""
        offered = ways(site, made, event)
        assert way in offered, sorted(offered)
        revisions, corrections = count(site, Revision), count(site, Correction)
        click(browser, event, way, made.prosecutions[0])
        assert count(site, Revision) == revisions + 1
        assert count(site, Correction) == corrections + 1
        row, then = fact(site), offered[way]
        assert (row.unresolved, row.stage, row.outcome) == (0, then.stage, then.outcome)
        assert_true(site)
        assert "No entry waits for review" in browser.get("/review")
        with site.reading() as session:
            noted = session.scalars(select(Correction).order_by(Correction.id.desc())).first()
            assert noted is not None
            assert noted.row_id == event
            return session.get_one(Event, noted.by_id or event)

    def test_takes_back_what_was_entered_twice(self, site, browser, made) -> None:
        """It stays visible as taken back, and the figures are what they were."""
        event = imported(site, made, "receive_complaint", date(2025, 3, 1), batch=batch_of(site))
        assert "back:import_wrong" in ways(site, made, event)
        before = fact(site)
        row = self.resolved(site, browser, made, event, "back:entered_twice")
        assert (row.status, row.void_reason) == (EventStatus.VOIDED, VoidReason.ENTERED_TWICE)
        after = fact(site)
        assert (after.stage, after.last_event_on) == (before.stage, before.last_event_on)
        assert "Entered twice" in browser.get(f"/cases/{made.code}")

    def test_an_unknown_day_lets_it_stand_where_another_entry_needs_it(
        self, site, browser, made
    ) -> None:
        """The source says no day any more; the day that stood there stays in the past."""
        step(site, made, "submit_to_investigation", date(2025, 3, 1), new_charges=(OFFENCE,))
        imported(site, made, "indict", date(2025, 5, 3))
        event = imported(site, made, "charge", date(2025, 1, 15))
        assert fact(site).unresolved == 2
        row = self.resolved(site, browser, made, event, "day:unknown")
        assert (row.occurred_from, row.precision) == (None, Precision.UNKNOWN)
        assert fact(site).stage == "indicted"
        with site.reading() as session:
            account = session.scalars(
                select(EventAccount).where(EventAccount.event_id == row.id)
            ).one()
            assert (account.occurred_from, account.precision) == (None, Precision.UNKNOWN)
            was = session.get_one(Event, event)
            assert (was.occurred_from, was.void_reason) == (date(2025, 1, 15), "wrong_date")

    def test_the_month_is_enough_where_the_order_within_it_was_wrong(self, site, browser) -> None:
        """Of month, year and unknown the least vague that holds is offered, and the unknown."""
        made = make_case(site)
        step(site, made, "receive_complaint", date(2025, 2, 1))
        step(site, made, "submit_to_investigation", date(2025, 3, 4), new_charges=(OFFENCE,))
        event = imported(site, made, "charge", date(2025, 3, 2))
        offered = ways(site, made, event)
        assert "day:month" in offered
        assert "day:year" not in offered
        row = self.resolved(site, browser, made, event, "day:month")
        assert (row.occurred_from, row.occurred_to) == (date(2025, 3, 1), date(2025, 3, 31))

    def test_another_source_may_hold(self, site, browser, made) -> None:
        """As vague or exact as that source says; it is chosen by hand and nothing is voided."""
        event = imported(site, made, "submit_to_investigation", date(2025, 1, 15))
        other = self._account(site, event, date(2025, 2, 1), date(2025, 2, 28))
        row = self.resolved(site, browser, made, event, f"account:{other}")
        assert (row.occurred_from, row.occurred_to) == (date(2025, 2, 1), date(2025, 2, 28))
        assert row.chosen_account_id is not None
        with site.reading() as session:
            assert session.get_one(Event, event).status is EventStatus.RECORDED
        assert "chosen by hand" in browser.get(f"/cases/{made.code}")

    def _account(self, site: Site, event: int, first: date, last: date) -> int:
        with site.writing() as session:
            work = Work(session, actor_of(session, "rith", site), "event:account_added", NOW)
            return work.add(
                EventAccount(
                    event_id=event,
                    organisation_id=work.organisation_id,
                    source=AccountSource.MEDIA,
                    occurred_from=first,
                    occurred_to=last,
                    precision=Precision.MONTH,
                )
            ).id

    def test_another_order_within_the_day(self, site, browser, made) -> None:
        """Two entries of one day in the wrong order: no day changes."""
        day = date(2025, 3, 1)
        event = imported(site, made, "charge", day, sequence=0)
        step(site, made, "submit_to_investigation", day, new_charges=(OFFENCE,))
        row = self.resolved(site, browser, made, event, "order:day")
        assert row.occurred_from == day
        assert row.sequence > 1
        with site.reading() as session:
            assert session.get_one(Event, event).void_reason is VoidReason.WRONG_ORDER

    def test_first_seen_at_the_stage_from_which_it_starts(self, site, browser) -> None:
        """What lay before is said to be unknown; the entry itself is not touched."""
        made = make_case(site)
        step(site, made, "receive_complaint", date(2025, 2, 1))
        event = imported(site, made, "dismiss", date(2025, 6, 1))
        assert not [way for way in ways(site, made, event) if way == "first_seen:held"]
        row = self.resolved(site, browser, made, event, "first_seen:trial")
        assert (row.step, row.entry_stage) == ("first_seen", "trial")
        assert row.occurred_from == date(2025, 6, 1)
        found = fact(site)
        assert (found.outcome, found.ended_on) == ("dismissed_by_court", date(2025, 6, 1))
        with site.reading() as session:
            assert session.get_one(Event, event).rev_to is None

    def test_the_missing_earlier_step_with_no_day(self, site, browser, made) -> None:
        """The indictment is missing: it is recorded without a day, told by the same source."""
        step(site, made, "submit_to_investigation", date(2025, 3, 1), new_charges=(OFFENCE,))
        step(site, made, "charge", date(2025, 3, 5))
        event = imported(site, made, "open_trial", date(2025, 9, 1))
        row = self.resolved(site, browser, made, event, "earlier:indict")
        assert (row.step, row.occurred_from, row.precision) == ("indict", None, Precision.UNKNOWN)
        assert fact(site).stage == "trial"
        with site.reading() as session:
            account = session.scalars(
                select(EventAccount).where(EventAccount.event_id == row.id)
            ).one()
            assert (account.source, account.reliability) == ("import", "low")

    def test_no_earlier_step_is_made_up_that_would_say_how_it_ended(self, site, made) -> None:
        """Before an appeal stands a judgment, and which one only a person can say."""
        event = imported(site, made, "appeal", date(2025, 9, 1))
        assert not [way for way in ways(site, made, event) if way.startswith("earlier:conv")]

    def test_the_sibling_step_that_is_legal_there(self, site, browser, made) -> None:
        """A non-suit lifted before anybody was charged reopens to the investigation."""
        step(site, made, "submit_to_investigation", date(2025, 3, 1), new_charges=(OFFENCE,))
        event = imported(site, made, "convict", date(2025, 6, 1), ends="convicted_as_charged")
        assert not [way for way in ways(site, made, event) if way.startswith("sibling:")]
        step(site, made, "close_investigation", date(2025, 3, 8))
        event = imported(site, made, "order_immediate_appearance", date(2025, 3, 20))
        assert not [way for way in ways(site, made, event) if way.startswith("sibling:")]

    def test_a_first_sight_of_what_is_known_already_was_a_check(self, site, browser, made) -> None:
        """Seen first where it stood long before: it was checked, and nothing had changed."""
        step(site, made, "submit_to_investigation", date(2025, 3, 1), new_charges=(OFFENCE,))
        event = imported(
            site, made, "first_seen", date(2025, 4, 1), entry_stage="prosecutor_review"
        )
        row = self.resolved(site, browser, made, event, "sibling:checked_unchanged")
        assert (row.step, row.entry_stage) == ("checked_unchanged", None)
        assert fact(site).last_verified_on == date(2025, 4, 1)


class TestSeveralAccused:
    """An entry about several accused is looked at for each of them."""

    def test_it_is_not_about_the_accused_in_whose_history_it_has_no_place(
        self, site, browser
    ) -> None:
        """The co-accused keeps it; it can't be taken back as a whole."""
        made = make_case(site, name="First One")
        step(site, made, "receive_complaint", date(2025, 2, 1))
        step(site, made, "submit_to_investigation", date(2025, 3, 1), new_charges=(OFFENCE,))
        second = second_accused(site, made)
        event = imported(site, made, "close_investigation", date(2025, 4, 1), accused=(0, 1))
        offered = ways(site, made, event, place=1)
        assert "accused:this" in offered
        assert not [way for way in offered if way.startswith("back:")]
        click(browser, event, "accused:this", second)
        assert (fact(site, 0).stage, fact(site, 0).unresolved) == ("investigation_closed", 0)
        assert (fact(site, 1).stage, fact(site, 1).unresolved) == (None, 0)
        assert_true(site)

    def test_a_way_that_takes_the_place_with_the_other_is_not_offered(self, site) -> None:
        """What is legal there for one accused may be impossible for the other."""
        made = make_case(site, name="First One")
        step(site, made, "receive_complaint", date(2025, 2, 1))
        step(site, made, "submit_to_investigation", date(2025, 3, 1), new_charges=(OFFENCE,))
        second_accused(site, made)
        day = date(2025, 4, 1)
        event = imported(site, made, "close_investigation", day, accused=(0, 1))
        with site.reading() as session:
            entry = entry_to_review(session, event, prosecution_keys(session, made.id)[1])
            assert entry is not None
            for way in resolutions(entry):
                assert way.change.takes_back is None
                assert way.way != "sibling"

    def test_it_is_not_about_the_charge_that_could_not_take_it(self, site, browser, made) -> None:
        """One of two charges had ended: the entry stays with the other, reasons and all."""
        offences = (OFFENCE, "KH-TIPSE-12")
        step(site, made, "submit_to_investigation", date(2025, 3, 1), new_charges=offences)
        step(site, made, "close_investigation", date(2025, 4, 1))
        with site.reading() as session:
            filed = list(session.scalars(select(Charge.id).where(Charge.kind == "filed")))
        imported(site, made, "order_non_suit", date(2025, 5, 1), charges={filed[0]: "non_suit"})
        event = imported(site, made, "indict", date(2025, 5, 2), charges=dict.fromkeys(filed))
        assert fact(site).unresolved == 1
        way = next(way for way in ways(site, made, event) if way.startswith("charge:"))
        click(browser, event, way, made.prosecutions[0])
        assert (fact(site).unresolved, fact(site).stage) == (0, "indicted")
        assert_true(site)


_STEPS = (
    "receive_complaint", "report", "arrest", "refer_to_prosecutor", "hold_file",
    "reopen_held_file", "submit_to_investigation", "charge", "close_investigation", "indict",
    "order_non_suit", "open_trial", "convict", "acquit", "dismiss", "appeal", "uphold",
    "suspend", "resume", "detain", "release", "checked_unchanged", "first_seen", "become_final",
)  # fmt: skip
_ENDS = {"convict": "convicted_as_charged"}


def scatter(site: Site, made: MadeCase, chance: random.Random) -> None:
    """Write entries on random days for one or two accused, as a bad import does."""
    batch = batch_of(site)
    for _number in range(chance.randint(3, 9)):
        name = chance.choice(_STEPS)
        day = date(2025, 1, 1) + timedelta(days=chance.randint(0, 20))
        imported(
            site,
            made,
            name,
            None if chance.random() < 0.15 else day,
            last=day + timedelta(days=9) if chance.random() < 0.2 else None,
            batch=batch,
            accused=chance.choice([(0,), (1,), (0, 1)]),
            ends=_ENDS.get(name),
            sequence=chance.randint(0, 2),
            entry_stage=chance.choice(["trial", "charged"]) if name == "first_seen" else None,
        )


class TestAnyHistory:
    """Whatever an import left."""

    @pytest.mark.parametrize("seed", range(12))
    def test_no_way_ever_leaves_more_to_review(self, site: Site, seed: int) -> None:
        """Of entries scattered at random every offered way is carried out as it was tried.

        The entry has its place, the number of entries to review falls, everything derived is
        what the way said, and no other accused has more to review.
        """
        chance = random.Random(seed)
        made = make_case(site, name="First One")
        second_accused(site, made)
        scatter(site, made, chance)
        for _turn in range(6):
            with site.reading() as session:
                keys = prosecution_keys(session, made.id)
                entries = [(e, resolutions(e)) for e in entries_of(session, keys)]
                offered = [(e, way) for e, ways in entries for way in ways]
                before = self._waiting(session, keys)
            if not offered:
                break
            entry, way = chance.choice(offered)
            with site.writing() as session:
                work = Work(session, actor_of(session, "mony", site), "entry:resolved", NOW)
                resolve(work, entry.event.id, entry.prosecution_id, way.key)
            with site.reading() as session:
                after = self._waiting(session, keys)
                left = entry_to_review(session, entry.event.id, entry.prosecution_id)
                stored = session.scalars(
                    select(ProsecutionFact).where(
                        ProsecutionFact.prosecution_id == entry.prosecution_id,
                        ProsecutionFact.rev_to.is_(None),
                    )
                ).one()
            assert left is None, way.key
            assert sum(after) < sum(before), way.key
            assert all(now <= was for now, was in zip(after, before, strict=True)), way.key
            assert (stored.stage, stored.unresolved, stored.last_event_on) == (
                way.after.stage,
                len(way.after.unresolved),
                way.after.last_event_on,
            ), way.key
        assert_true(site)

    def _waiting(self, session: Any, keys: list[int]) -> list[int]:
        rows = session.execute(
            select(ProsecutionFact.prosecution_id, ProsecutionFact.unresolved).where(
                ProsecutionFact.rev_to.is_(None)
            )
        )
        found = dict(tuple(row) for row in rows)
        return [found[key] for key in keys]


class TestThePage:
    """Who sees the list, and what it says."""

    @pytest.fixture
    def waiting(self, site: Site) -> tuple[MadeCase, int]:
        """Give a case shared in full with an entry that has no place."""
        made = make_case(site, name="First One", share=ShareLevel.FULL)
        step(site, made, "receive_complaint", date(2025, 2, 1))
        return made, imported(site, made, "open_trial", date(2025, 3, 1), batch=batch_of(site))

    def test_says_what_is_the_matter_and_what_would_hold(self, site, waiting) -> None:
        """Case, accused, day, why, where things stood; and what would hold after a click."""
        made, _event = waiting
        page = site.sign_in("mony").get("/review")
        said = ("First One", "1 March 2025", "is not possible at", "Then: On trial")
        for words in (made.code, *said):
            assert words in page.text, words
        assert "Accused 1 to 1 of 1" in page

    def test_home_leads_to_it_with_as_many(self, site, waiting) -> None:
        """The number on the first page is the number of accused on the list."""
        page = site.sign_in("chan").get("/")
        stat = page.html.find("a", href="/review", class_="govuk-link--no-underline")
        assert stat.text == "1"

    @pytest.mark.parametrize("user", ["rith", "rada"])
    def test_another_organisation_does_not_see_it(self, site, waiting, user) -> None:
        """Not even of a case that is shared with it in full; nor may it click."""
        made, event = waiting
        browser = site.sign_in(user)
        page = browser.get("/review")
        assert made.code not in page
        assert "No entry waits for review" in page
        browser.get(f"/review/{event}/{made.prosecutions[0]}", status=403)

    @pytest.mark.parametrize("user", ["anan", "reak", "admin"])
    def test_who_records_nothing_has_no_list(self, site, waiting, user) -> None:
        """Ministry, researcher and administrator are refused, and home does not offer it."""
        made, event = waiting
        browser = site.sign_in(user)
        browser.get("/review", status=403)
        browser.get(f"/review/{event}/{made.prosecutions[0]}", status=403)
        assert 'href="/review"' not in browser.get("/")

    def test_a_private_case_of_others_is_not_there(self, site) -> None:
        """Its entry can't even be asked for."""
        made = make_case(site)
        event = imported(site, made, "open_trial", date(2025, 3, 1))
        site.sign_in("rith").get(f"/review/{event}/{made.prosecutions[0]}", status=404)

    def test_refuses_a_way_that_holds_no_longer(self, site, waiting) -> None:
        """Somebody else was quicker: nothing is written, and the page says so."""
        made, event = waiting
        browser = site.sign_in("mony")
        page = browser.get(f"/review/{event}/{made.prosecutions[0]}")
        form = next(form for form in page.forms.values() if "way" in form.fields)
        click(site.sign_in("chan"), event, "first_seen:indicted", made.prosecutions[0])
        revisions = count(site, Revision)
        answer = form.submit("way", value="first_seen:indicted", status=400)
        assert "already corrected, or has its place now" in answer
        assert "needs no review" in answer
        assert count(site, Revision) == revisions

    def test_refuses_a_way_that_was_never_offered(self, site, waiting) -> None:
        """What a form sends is tried again, not believed."""
        made, event = waiting
        browser = site.sign_in("mony")
        for way in ("sibling:convict", "first_seen:reported", "nonsense", "back:import_undone"):
            page = browser.get(f"/review/{event}/{made.prosecutions[0]}")
            form = next(form for form in page.forms.values() if "way" in form.fields)
            sent = [*form.submit_fields(), ("way", way)]
            answer = browser.post(form.action, sent, status=400)
            assert "not possible any more" in answer, way
        assert fact(site).unresolved == 1

    def test_a_form_sent_twice_is_carried_out_once(self, site, waiting) -> None:
        """The same submission leads to the same address."""
        made, event = waiting
        browser = site.sign_in("mony")
        page = browser.get(f"/review/{event}/{made.prosecutions[0]}")
        form = next(form for form in page.forms.values() if "way" in form.fields)
        form.submit("way", value="first_seen:indicted", status=303)
        revisions = count(site, Revision)
        form.submit("way", value="first_seen:indicted", status=303)
        assert count(site, Revision) == revisions

    def test_a_long_list_comes_in_pages(self, site) -> None:
        """Ten accused on a page."""
        for number in range(12):
            made = make_case(site, name=f"Number {number}")
            imported(site, made, "open_trial", date(2025, 3, 1))
        browser = site.sign_in("mony")
        assert "Accused 1 to 10 of 12" in browser.get("/review")
        assert "Accused 11 to 12 of 12" in browser.get("/review?page=2")


class TestContradictions:
    """Sources that contradict each other wait for somebody who chooses."""

    def told(self, site: Site) -> list[tuple[bool, bool]]:
        with site.reading() as session:
            mine = Case.owner_id == site.organisations["lotus"]
            return [(one.days, one.ends) for one in told_differently(session, mine)]

    def other(self, site: Site, event: int, first: date, last: date, end: str | None = None) -> int:
        """Add what another organisation's source says."""
        with site.writing() as session:
            work = Work(session, actor_of(session, "rith", site), "event:account_added", NOW)
            row = EventAccount(
                event_id=event,
                organisation_id=work.organisation_id,
                source=AccountSource.MEDIA,
                occurred_from=first,
                occurred_to=last,
                precision=Precision.DAY if first == last else Precision.MONTH,
                disposition=end,
            )
            return work.add(row).id

    def test_a_month_that_holds_the_day_contradicts_nothing(self, site, made, browser) -> None:
        """“March 2025” and 12 March agree; 12 March and 13 March don't."""
        event = step(
            site, made, "submit_to_investigation", date(2025, 3, 12), new_charges=(OFFENCE,)
        )
        self.other(site, event, date(2025, 3, 1), date(2025, 3, 31))
        assert self.told(site) == []
        self.other(site, event, date(2025, 3, 13), date(2025, 3, 13))
        assert self.told(site) == [(True, False)]
        page = browser.get("/review")
        assert f"/events/{event}/choose" in page
        assert "No entry waits for review" in page

    def test_a_choice_ends_it(self, site, made, browser) -> None:
        """Once somebody said which holds, the entry waits no longer."""
        event = step(
            site, made, "submit_to_investigation", date(2025, 3, 12), new_charges=(OFFENCE,)
        )
        other = self.other(site, event, date(2025, 3, 20), date(2025, 3, 20))
        form = browser.get(f"/events/{event}/choose").forms
        chosen = next(form for form in form.values() if "account" in form.fields)
        chosen["account"], chosen["remark"] = str(other), "The newspaper had the order."
        chosen.submit(status=303)
        assert self.told(site) == []

    def test_two_ends_contradict_each_other(self, site, made) -> None:
        """The register says convicted as charged, the newspaper a lesser offence."""
        imported(site, made, "first_seen", date(2025, 3, 1), entry_stage="trial")
        event = imported(site, made, "convict", date(2025, 6, 1), ends="convicted_as_charged")
        day = date(2025, 6, 1)
        self.other(site, event, day, day, "convicted_lesser")
        assert self.told(site) == [(False, True)]

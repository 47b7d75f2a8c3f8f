"""Two people at the same record: both versions are shown, and nothing is silently overwritten."""

from __future__ import annotations

import ast
import inspect
import textwrap
import threading
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from webtest import TestApp

from courtwatch.models import Case, Event, EventAccount, Hearing, Note, Revision
from courtwatch.models.vocabulary import HearingStatus, NoteTier, ShareLevel
from courtwatch.views import forms as form_views
from tests.functional.scene import MadeCase, hearing, make_case, note, step
from tests.functional.site import Site
from tests.functional.test_record import record_form

CHANGED = "Somebody else changed this record"
ANYWAY = "Record it anyway"


@pytest.fixture
def made(site: Site) -> MadeCase:
    """Give a shared case with an accused who was arrested and referred."""
    found = make_case(site, share=ShareLevel.FULL, name="Sok Dara", number="77/2025")
    step(site, found, "arrest", date(2025, 2, 1))
    return found


@pytest.fixture
def mony(site: Site) -> TestApp:
    """Give the browser of the monitor who keeps the case."""
    return site.sign_in("mony")


@pytest.fixture
def chan(site: Site) -> TestApp:
    """Give the browser of a coordinator of the same organisation."""
    return site.sign_in("chan")


def on(form: Any, day: str, name: str = "occurred") -> Any:
    """Fill in a date written as 2025-03-01."""
    form[f"{name}-year"], form[f"{name}-month"], form[f"{name}-day"] = day.split("-")
    return form


def steps_of(site: Site, name: str) -> int:
    """Count the entries of a step that hold."""
    with site.reading() as session:
        query = select(func.count()).where(Event.step == name, Event.rev_to.is_(None))
        return session.scalar(query) or 0


def event_of(site: Site, name: str) -> Event:
    """Return the entry of a step that holds."""
    with site.reading() as session:
        return session.scalars(
            select(Event).where(Event.step == name, Event.rev_to.is_(None))
        ).one()


def revisions(site: Site) -> int:
    """Return the last revision."""
    with site.reading() as session:
        return session.scalar(select(func.max(Revision.id))) or 0


def table(page: Any, caption: str) -> list[list[str]]:
    """Return the text of a table's cells."""
    found = next(t for t in page.html.find_all("table") if caption in t.caption.text)
    rows = found.tbody.find_all("tr")
    return [[" ".join(c.text.split()) for c in row.find_all(["th", "td"])] for row in rows]


def both(response: Any) -> Any:
    """Return the form of a page that shows both versions."""
    assert response.status_int == 409, response.text
    assert CHANGED in response.text
    form = record_form(response)
    assert ANYWAY in form.text
    return form


class TestAStep:
    """A step rests on where the prosecution stands."""

    def path(self, made: MadeCase, name: str = "refer_to_prosecutor") -> str:
        return f"/prosecutions/{made.prosecutions[0]}/steps/{name}"

    def test_shows_what_was_recorded_meanwhile_and_keeps_what_was_entered(
        self, site: Site, made: MadeCase, mony: TestApp, chan: TestApp
    ) -> None:
        mine = on(record_form(mony.get(self.path(made))), "2025-02-03")
        mine["source"] = "official_register"
        theirs = on(record_form(chan.get(self.path(made, "record_flight"))), "2025-02-02")
        before = steps_of(site, "record_flight")
        theirs.submit(status=303)
        assert steps_of(site, "record_flight") == before + 1
        last = revisions(site)
        response = mine.submit(expect_errors=True)
        form = both(response)
        assert revisions(site) == last
        assert steps_of(site, "refer_to_prosecutor") == 0
        ((_when, what, who),) = table(response, "Recorded meanwhile")
        assert "2 February 2025" in what
        assert "chan" in who
        assert form["occurred-day"].value == "03"
        assert form["source"].value == "official_register"
        assert form.submit(status=303)
        assert steps_of(site, "refer_to_prosecutor") == 1

    def test_is_checked_again_when_it_is_recorded_anyway(
        self, site: Site, made: MadeCase, mony: TestApp, chan: TestApp
    ) -> None:
        mine = on(record_form(mony.get(self.path(made))), "2025-02-03")
        on(record_form(chan.get(self.path(made, "record_flight"))), "2025-02-02").submit(status=303)
        form = both(mine.submit(expect_errors=True))
        on(record_form(chan.get(self.path(made))), "2025-02-04").submit(status=303)
        again = form.submit(expect_errors=True)
        both(again)
        assert len(table(again, "Recorded meanwhile")) == 1
        assert steps_of(site, "refer_to_prosecutor") == 1

    def test_goes_through_where_another_prosecution_changed(
        self, site: Site, made: MadeCase, mony: TestApp
    ) -> None:
        mine = on(record_form(mony.get(self.path(made))), "2025-02-03")
        other = make_case(site, share=ShareLevel.FULL)
        step(site, other, "arrest", date(2025, 2, 1))
        mine.submit(status=303)

    def test_goes_through_where_a_note_was_written_or_somebody_checked(
        self, site: Site, made: MadeCase, mony: TestApp, chan: TestApp
    ) -> None:
        mine = on(record_form(mony.get(self.path(made))), "2025-02-03")
        note(site, made, "Seen at the court", NoteTier.NETWORK)
        on(record_form(chan.get(f"/cases/{made.code}/checked")), "2025-03-01").submit(status=303)
        hearing(site, made, date(2025, 6, 1), HearingStatus.SCHEDULED)
        mine.submit(status=303)

    def test_a_form_that_does_not_say_what_it_showed_is_asked(
        self, site: Site, made: MadeCase, mony: TestApp
    ) -> None:
        for said in ("", "nonsense", "99999999", "-1"):
            mine = on(record_form(mony.get(self.path(made))), "2025-02-03")
            mine["seen_revision"] = said
            both(mine.submit(expect_errors=True))
        assert steps_of(site, "refer_to_prosecutor") == 0

    def test_another_organisation_does_not_learn_who_wrote(
        self, site: Site, made: MadeCase, chan: TestApp
    ) -> None:
        rith = site.sign_in("rith")
        mine = on(record_form(rith.get(self.path(made))), "2025-02-03")
        on(record_form(chan.get(self.path(made, "record_flight"))), "2025-02-02").submit(status=303)
        response = mine.submit(expect_errors=True)
        both(response)
        ((_when, _what, who),) = table(response, "Recorded meanwhile")
        assert who == "Lotus Legal Aid"


class TestACorrection:
    def test_shows_field_by_field_what_the_other_made_of_the_entry(
        self, site: Site, made: MadeCase, mony: TestApp, chan: TestApp
    ) -> None:
        """Recording mine anyway corrects the entry that took the place of the first."""
        first = event_of(site, "arrest")
        mine, theirs = (
            record_form(browser.get(f"/events/{first.id}/correct")) for browser in (mony, chan)
        )
        on(theirs, "2025-02-05")["reason"] = "wrong_date"
        theirs.submit(status=303)
        on(mine, "2025-02-06")["reason"] = "wrong_date"
        response = mine.submit(expect_errors=True)
        form = both(response)
        rows = {row[0]: row[1:] for row in table(response, "Both versions")}
        assert rows["When did it happen?"] == ["5 2 2025", "6 2 2025"]
        form.submit(status=303)
        assert event_of(site, "arrest").occurred_from == date(2025, 2, 6)
        assert steps_of(site, "arrest") == 1

    def test_waits_where_a_step_was_recorded(
        self, site: Site, made: MadeCase, mony: TestApp
    ) -> None:
        mine = record_form(mony.get(f"/events/{event_of(site, 'arrest').id}/correct"))
        step(site, made, "refer_to_prosecutor", date(2025, 2, 3), user="chan")
        on(mine, "2025-01-31")["reason"] = "wrong_date"
        both(mine.submit(expect_errors=True)).submit(status=303)
        assert event_of(site, "arrest").occurred_from == date(2025, 1, 31)


class TestAHearing:
    @pytest.fixture
    def planned(self, site: Site, made: MadeCase) -> str:
        """Give the code of a hearing that is planned."""
        return hearing(site, made, date(2025, 6, 1), HearingStatus.SCHEDULED)

    def test_outcome_shows_the_other_outcome(
        self, site: Site, planned: str, mony: TestApp, chan: TestApp
    ) -> None:
        mine, theirs = (
            record_form(browser.get(f"/hearings/{planned}/outcome")) for browser in (mony, chan)
        )
        theirs["status"] = "cancelled"
        theirs.submit(status=303)
        mine["status"] = "held"
        mine["note"] = "The judge came late"
        response = mine.submit(expect_errors=True)
        form = both(response)
        rows = {row[0]: row[1:] for row in table(response, "Both versions")}
        with site.reading() as session:
            row = session.scalars(select(Hearing).where(Hearing.public_code == planned)).one()
            assert row.status is HearingStatus.CANCELLED
        assert rows["What became of it?"] == ["Cancelled", "Held"]
        assert "→" in table(response, "Recorded meanwhile")[0][1]
        assert form["note"].value == "The judge came late"
        form.submit(status=303)
        with site.reading() as session:
            row = session.scalars(select(Hearing).where(Hearing.public_code == planned)).one()
            assert row.status is HearingStatus.HELD

    def test_correction_shows_the_other_day(
        self, planned: str, mony: TestApp, chan: TestApp
    ) -> None:
        mine, theirs = (
            record_form(browser.get(f"/hearings/{planned}/correct")) for browser in (mony, chan)
        )
        for form, day in ((theirs, "2025-06-02"), (mine, "2025-06-03")):
            on(form, day, "scheduled")["reason"] = "wrong_date"
        theirs.submit(status=303)
        response = mine.submit(expect_errors=True)
        both(response)
        rows = {row[0]: row[1:] for row in table(response, "Both versions")}
        assert rows["Day of the hearing"] == ["2 6 2025", "3 6 2025"]

    def test_who_was_there_counts_as_a_change(
        self, site: Site, planned: str, mony: TestApp, chan: TestApp
    ) -> None:
        mine, theirs = (
            record_form(browser.get(f"/hearings/{planned}/correct")) for browser in (mony, chan)
        )
        theirs["reason"] = mine["reason"] = "typed_wrong"
        theirs.fields["absent"][0].checked = True
        theirs.submit(status=303)
        both(mine.submit(expect_errors=True))


class TestSharing:
    def test_shows_the_level_that_the_other_chose(
        self, site: Site, made: MadeCase, chan: TestApp
    ) -> None:
        other = site.sign_in("chan")
        mine, theirs = (record_form(b.get(f"/cases/{made.code}/share")) for b in (chan, other))
        theirs["share_level"] = "private"
        theirs.submit(status=303)
        mine["share_level"] = "coded"
        response = mine.submit(expect_errors=True)
        form = both(response)
        assert table(response, "Both versions") == [
            ["Share level", "Private", "Shared without names"]
        ]
        with site.reading() as session:
            assert session.get_one(Case, made.id).share_level is ShareLevel.PRIVATE
        form.submit(status=303)

    def test_a_step_meanwhile_does_not_matter(
        self, site: Site, made: MadeCase, chan: TestApp
    ) -> None:
        mine = record_form(chan.get(f"/cases/{made.code}/share"))
        step(site, made, "refer_to_prosecutor", date(2025, 2, 3))
        mine["share_level"] = "coded"
        mine.submit(status=303)


class TestWhichSourceHolds:
    def test_shows_that_another_was_chosen_and_takes_mine_anyway(
        self, site: Site, made: MadeCase, chan: TestApp
    ) -> None:
        """The source that I named is a copy now; the same one is meant."""
        first = event_of(site, "arrest")
        form = record_form(chan.get(f"/events/{first.id}/account"))
        on(form, "2025-02-09")["source"] = "told"
        form.submit(status=303)
        with site.reading() as session:
            query = select(EventAccount).where(EventAccount.event_id == first.id)
            early, late = session.scalars(query.order_by(EventAccount.id))
        other = site.sign_in("chan")
        mine, theirs = (record_form(b.get(f"/events/{first.id}/choose")) for b in (chan, other))
        theirs["account"], theirs["remark"] = str(early.id), "The first was there"
        theirs.submit(status=303)
        mine["account"], mine["remark"] = str(late.id), "The file says so"
        response = mine.submit(expect_errors=True)
        form = both(response)
        ((_label, now, entered),) = table(response, "Both versions")
        assert "1 February 2025" in now
        assert "9 February 2025" in entered
        form.submit(status=303)
        assert event_of(site, "arrest").occurred_from == date(2025, 2, 9)


class TestWordsTakenOut:
    def test_shows_that_words_were_taken_out_already(
        self, site: Site, made: MadeCase, chan: TestApp
    ) -> None:
        note(site, made, "Sok Dara met Mealea at Mealea's house", NoteTier.NETWORK, user="chan")
        with site.reading() as session:
            key = session.scalars(select(Note.id)).one()
        other = site.sign_in("chan")
        mine, theirs = (record_form(b.get(f"/redact/note/{key}")) for b in (chan, other))
        for form, words in ((theirs, "Sok Dara"), (mine, "Mealea")):
            form["words"] = words
            form["reason"] = "victim_identity"
        theirs.submit(status=303)
        response = mine.submit(expect_errors=True)
        form = both(response)
        assert "Words taken out" in table(response, "Recorded meanwhile")[0][1]
        assert "Sok Dara" not in form.text
        form.submit(status=303)
        with site.reading() as session:
            assert "Mealea" not in session.get_one(Note, key).text


class TestWhatOnlyAdds:
    """An act that can contradict nothing goes through."""

    @pytest.mark.parametrize(
        ("path", "fields"),
        [
            ("/cases/{case}/notes/new", {"text": "Seen", "tier": "network"}),
            ("/cases/{case}/victims/new", {"age_band": "18-24"}),
            ("/cases/{case}/numbers/new", {"number": "99/2025", "number_issuer": "court"}),
            ("/cases/{case}/accused/new", {"name_latin": "Chea Vuthy"}),
            ("/cases/{case}/checked", {"occurred-year": "2025"}),
            ("/events/{event}/account", {"source": "told", "occurred-year": "2025"}),
        ],
    )
    def test_goes_through(
        self, site: Site, made: MadeCase, mony: TestApp, path: str, fields: dict[str, str]
    ) -> None:
        event = event_of(site, "arrest").id
        form = record_form(mony.get(path.format(case=made.code, event=event)))
        step(site, made, "refer_to_prosecutor", date(2025, 2, 3), user="chan")
        for name, value in fields.items():
            form[name] = value
        assert form.submit(expect_errors=True).status_int == 303

    def test_another_source_goes_to_the_entry_that_holds(
        self, site: Site, made: MadeCase, mony: TestApp, chan: TestApp
    ) -> None:
        first = event_of(site, "arrest")
        form = record_form(mony.get(f"/events/{first.id}/account"))
        theirs = record_form(chan.get(f"/events/{first.id}/correct"))
        on(theirs, "2025-02-05")["reason"] = "wrong_date"
        theirs.submit(status=303)
        on(form, "2025-02-07")["source"] = "told"
        form.submit(status=303)
        with site.reading() as session:
            query = select(func.count()).where(
                EventAccount.event_id == event_of(site, "arrest").id, EventAccount.rev_to.is_(None)
            )
            assert session.scalar(query) == 2


def at_once(*sends: Any) -> list[Any]:
    """Let every call start at the same moment, each in its own thread; return the answers."""
    barrier = threading.Barrier(len(sends))
    answers: list[Any] = [None] * len(sends)

    def run(number: int) -> None:
        barrier.wait()
        answers[number] = sends[number]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(sends))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


class TestAtTheSameMoment:
    """The question and the act stand in one writing transaction."""

    def test_one_wins_and_the_other_gets_the_page(
        self, site: Site, made: MadeCase, mony: TestApp, chan: TestApp
    ) -> None:
        path = f"/prosecutions/{made.prosecutions[0]}/steps/refer_to_prosecutor"
        sends = [
            on(record_form(browser.get(path)), f"2025-02-0{day}")
            for day, browser in ((3, mony), (4, chan))
        ]
        answers = at_once(*(lambda f=form: f.submit(expect_errors=True) for form in sends))
        assert sorted(answer.status_int for answer in answers) == [303, 409]
        both(next(answer for answer in answers if answer.status_int == 409))
        assert steps_of(site, "refer_to_prosecutor") == 1

    def test_the_same_request_twice_is_carried_out_once(
        self, site: Site, made: MadeCase, mony: TestApp
    ) -> None:
        path = f"/prosecutions/{made.prosecutions[0]}/steps/refer_to_prosecutor"
        form = on(record_form(mony.get(path)), "2025-02-03")
        fields = form.submit_fields()
        cookies = "; ".join(f"{one.name}={one.value}" for one in mony.cookiejar)
        before = revisions(site)

        def send() -> Any:
            return site.browser().post(path, fields, headers={"Cookie": cookies}, status="*")

        answers = at_once(send, send)
        assert [answer.status_int for answer in answers] == [303, 303]
        assert answers[0].location == answers[1].location
        assert revisions(site) == before + 1
        assert steps_of(site, "refer_to_prosecutor") == 1

    def test_a_request_sent_again_after_another_wrote_leads_to_the_first_result(
        self, site: Site, made: MadeCase, mony: TestApp, chan: TestApp
    ) -> None:
        path = f"/prosecutions/{made.prosecutions[0]}/steps/refer_to_prosecutor"
        form = on(record_form(mony.get(path)), "2025-02-03")
        first = form.submit(status=303)
        step(site, made, "submit_to_investigation", date(2025, 2, 4), user="chan")
        before = revisions(site)
        again = form.submit(status=303)
        assert again.location == first.location
        assert revisions(site) == before


NO_SUBMIT = {
    "sign_in": "begins a session; adds nothing to the record",
    "sign_out": "ends a session",
    "search": "a question; posted so that no name stands in an address",
    "access_request": "a question; who asked is noted for the owner, a second asking as well",
    "language": "a setting of the browser",
    "case_go": "a question: which case; posted so that no name stands in an address",
    "case_suggestions": "the same question, letter by letter",
    "case_alike": "the same question, on the way to comparing two",
}


def posting_views(site: Site) -> dict[tuple[str, str], Any]:
    """Return the views that answer POST, by route and name."""
    found = {}
    views = site.app.registry.introspector.get_category("views")
    for one in views or ():
        view = one["introspectable"]
        methods = view.get("request_methods")
        function = view["callable"]
        if not getattr(function, "__module__", "").startswith("courtwatch.views"):
            continue  # static files answer any method and write nothing
        if not view.get("route_name") or (methods is not None and "POST" not in methods):
            continue
        found[(view["route_name"], str(view.get("attr") or ""))] = view["callable"]
    return found


def calls_of_submit(function: Any) -> list[ast.Call]:
    """Return the calls of `submit` in the source of a view."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "submit"
    ]


class TestEveryForm:
    def test_goes_through_submit_and_says_what_it_changes(self, site: Site) -> None:
        """A form that is new has to say what of the record it rests on, or that it only adds."""
        checked = 0
        for (route, attr), view in posting_views(site).items():
            if route in NO_SUBMIT:
                continue
            function = getattr(view, attr) if attr else view
            assert function.__globals__.get("submit") is form_views.submit, route
            calls = calls_of_submit(function)
            assert calls, f"{route} writes without submit"
            for call in calls:
                named = {keyword.arg for keyword in call.keywords}
                assert "changes" in named, f"{route} does not say what it changes"
            checked += 1
        assert checked >= 15

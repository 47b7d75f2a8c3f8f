"""The page of a case: what it says, and to whom it says what."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from courtwatch.commands.parsing import When
from courtwatch.commands.steps import CorrectEntry
from courtwatch.models import CaseGrant, Event, Prosecution, User
from courtwatch.models.vocabulary import (
    AgeBand,
    HearingStatus,
    NoteTier,
    Precision,
    ShareLevel,
    VoidReason,
    YesNoUnknown,
)
from courtwatch.services.corrections import void_event
from courtwatch.services.work import Work
from tests.functional.scene import (
    NOW,
    actor_of,
    hearing,
    make_case,
    note,
    step,
    victim,
)
from tests.functional.site import counted_queries


def _correct(site, event_id, remark, user="mony"):
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "event:corrected", NOW)
        event = session.get_one(Event, event_id)
        void_event(work, event, CorrectEntry(reason=VoidReason.TYPED_WRONG, remark=remark))


APRIL = When(date(2025, 4, 1), date(2025, 4, 30), Precision.MONTH)


@pytest.fixture
def held(site):
    """A case from complaint to a held file, with a hearing and a corrected entry."""
    made = make_case(site, name="Sok Dara", number="55/2025")
    step(site, made, "receive_complaint", date(2025, 2, 1))
    wrong = step(site, made, "submit_to_investigation", date(2025, 2, 20))
    _correct(site, wrong, "another file on the same day")
    step(site, made, "hold_file", date(2025, 3, 1), stated=("EV1",), assessed="ST1")
    hearing(site, made, date(2025, 2, 10), HearingStatus.HELD, kind="other")
    return made


class TestPage:
    def test_tells_the_story_with_sources_and_corrections(self, site, held):
        """Stage, outcome, reasons, sources, and the entry that was taken back with who and why."""
        page = site.sign_in("mony").get(f"/cases/{held.code}")
        for words in (
            "Sok Dara", "55/2025", "Battambang", "File held", "EV1", "ST1", "1 March 2025",
            "Corrected: no longer counts", "Typed wrong", "another file on the same day",
            "Court document", "How the outcome follows from the charges",
        ):  # fmt: skip
            assert words in page.text, words
        assert "Record a step" in page

    def test_offers_only_what_the_role_may_do(self, site, held):
        """A coordinator may share, a monitor may not."""
        link = f"/cases/{held.code}/share"
        assert link in site.sign_in("chan").get(f"/cases/{held.code}").text
        assert link not in site.sign_in("mony").get(f"/cases/{held.code}").text

    def test_every_link_of_the_page_leads_somewhere(self, site, held):
        """No action on the page is a dead end for the one it is offered to."""
        browser = site.sign_in("chan")
        page = browser.get(f"/cases/{held.code}")
        links = {a["href"] for a in page.html.select("main a") if a["href"].startswith("/")}
        ids = {tag["id"] for tag in page.html.select("[id]")}
        assert len(links) > 8
        for link in links:
            assert browser.get(link, expect_errors=True).status_int in (200, 303), link
        for a in page.html.select("main a[href^='#']"):
            assert a["href"][1:] in ids

    def test_is_drawn_in_time(self, site, held):
        """A bar for the accused, a mark for each entry that counts and each hearing, all linked."""
        step(site, held, "reopen_held_file", date(2025, 4, 1), occurred=APRIL)
        page = site.sign_in("mony").get(f"/cases/{held.code}")
        figure = page.html.find("figure")
        assert "The case in time" in figure.text
        titles = [title.text for title in figure.select("svg title")]
        assert any(title.startswith("Sok Dara") for title in titles)
        for words in ("1 February 2025: ", "1 March 2025: ", "10 February 2025: "):
            assert len([title for title in titles if title.startswith(words)]) == 1, words
        assert not any("20 February" in title for title in titles), "it was taken back"
        assert not any("April 2025" in title for title in titles), "no day is made exact"
        assert "the exact day is not known: 1" in figure.text
        ids = {tag["id"] for tag in page.html.select("[id]")}
        links = [a.get("href") for a in figure.select("svg a")]
        assert len(links) == 3
        assert all(link[1:] in ids for link in links)

    def test_a_single_day_is_not_drawn(self, site):
        """One entry has no course."""
        made = make_case(site, name="Chea Vuth")
        step(site, made, "receive_complaint", date(2025, 2, 1))
        page = site.sign_in("mony").get(f"/cases/{made.code}")
        assert page.html.find("figure") is None

    def test_an_entry_without_a_place_is_shown_for_review(self, site):
        """What the procedure has no room for is kept, uncounted, and said on top."""
        made = make_case(site, name="Chea Vuth")
        step(site, made, "receive_complaint", date(2025, 2, 1))
        first = step(site, made, "submit_to_investigation", date(2025, 2, 20))
        step(site, made, "charge", date(2025, 3, 1))
        _correct(site, first, None)
        page = site.sign_in("mony").get(f"/cases/{made.code}")
        assert "Entries to review" in page
        assert "Has no place in the procedure" in page

    def test_what_is_not_there_and_what_may_not_be_seen_read_the_same(self, site, held):
        """A private case of others is as absent as one that never was."""
        browser = site.sign_in("rith")
        private = browser.get(f"/cases/{held.code}", status=404)
        nothing = browser.get("/cases/C-22222222", status=404)
        assert private.text.replace(held.code, "") == nothing.text.replace("C-22222222", "")

    def test_asks_the_database_as_often_for_many_entries_as_for_few(self, site, held):
        """No query is sent for each event, hearing, note or victim."""
        browser = site.sign_in("mony")

        def queries():
            with counted_queries(site.engine) as statements:
                browser.get(f"/cases/{held.code}")
            return len(statements)

        victim(site, held, AgeBand.FROM_18)
        note(site, held, "first", NoteTier.NETWORK)
        few = queries()
        for day in range(1, 6):
            hearing(site, held, date(2025, 4, day), HearingStatus.HELD)
            note(site, held, f"note {day}", NoteTier.ORGANISATION)
            victim(site, held, AgeBand.FROM_25)
        assert queries() == few

    def test_a_merged_case_leads_to_the_one_that_holds(self, site, held):
        """An old address redirects."""
        other = make_case(site)
        with site.writing() as session:
            session.connection().exec_driver_sql(
                'update "case" set merged_into_id = ? where id = ?', (held.id, other.id)
            )
        browser = site.sign_in("mony")
        led = browser.get(f"/cases/{other.code}", status=303).location
        assert led.endswith(f"/cases/{held.code}#merged")

    def test_in_khmer(self, site, held):
        """The same page in Khmer: labels of the procedure too."""
        browser = site.sign_in("mony")
        browser.get("/language/km?next=/")
        page = browser.get(f"/cases/{held.code}")
        assert page.html.html["lang"] == "km"
        assert re.search("[ក-៿]", page.html.select_one("#timeline ~ ol").text)


# --- Who sees what ----------------------------------------------------------------------------

SECRETS = {
    "name": "Keo Secretname",
    "minor": "Noy Minorname",
    "related": "Pich Relatedname",
    "own_note": "monitor heard this in confidence",
    "network_note": "the network may know this",
    "remark": "typed into the wrong file",
    "assessed": "ST1",
    "organisation": "Lotus Legal Aid",
    "monitor": "Mony Monitorname",
    "number": "77/2025",
    "pseudonym": "(A2)",
}

ALL = frozenset(SECRETS)
HIDDEN = {
    # user: share level of the case -> secrets that must not be there
    ("mony", ShareLevel.FULL): frozenset({"pseudonym"}),  # every name is shown instead
    ("rith", ShareLevel.FULL): frozenset(
        {"minor", "related", "own_note", "remark", "assessed", "monitor"}
    ),
    ("rith", ShareLevel.CODED): ALL - {"organisation"},
    ("anan", ShareLevel.FULL): ALL - {"name", "number"},
    ("anan", ShareLevel.CODED): ALL,
    ("reak", ShareLevel.FULL): ALL,
    ("reak", ShareLevel.CODED): ALL,
}  # fmt: skip


def _secret_case(site, share):
    made = make_case(
        site, share=share, name=SECRETS["name"], number=SECRETS["number"],
        age_band=AgeBand.FROM_25, related_to_child_victim=YesNoUnknown.NO,
    )  # fmt: skip
    step(site, made, "receive_complaint", date(2025, 2, 1))
    wrong = step(site, made, "submit_to_investigation", date(2025, 2, 20))
    _correct(site, wrong, SECRETS["remark"])
    step(site, made, "hold_file", date(2025, 3, 1), stated=("EV1",), assessed="ST1")
    note(site, made, SECRETS["own_note"], NoteTier.ORGANISATION)
    note(site, made, SECRETS["network_note"], NoteTier.NETWORK)
    _add_accused(site, made, SECRETS["minor"], age_band=AgeBand.FROM_16)
    _add_accused(
        site, made, SECRETS["related"],
        age_band=AgeBand.FROM_35, related_to_child_victim=YesNoUnknown.YES,
    )  # fmt: skip
    with site.writing() as session:
        session.scalars(select(User).where(User.name == "mony")).one().display_name = SECRETS[
            "monitor"
        ]
    return made


def _add_accused(site, made, name, **about):
    from courtwatch.commands.cases import AddAccused
    from courtwatch.models import Case
    from courtwatch.services.people import add_accused

    with site.writing() as session:
        work = Work(session, actor_of(session, "mony", site), "accused:added", NOW)
        add_accused(
            work,
            session.get_one(Case, made.id),
            AddAccused(name_latin=name, stage="start", **about),
        )


def _outputs(browser, made):
    """Return every output of the record that a person can open, by address."""
    paths = [
        f"/cases/{made.code}",
        "/cases",
        "/cases.csv",
        "/cases.json",
        "/charges.csv",
        "/charges.json",
        "/",
    ]
    found = {}
    for path in paths:
        text = browser.get(path).text
        # The header names the reader; the filters name every reason and organisation there is.
        found[path] = re.sub(r"<header.*?</header>|<form.*?</form>", "", text, flags=re.S)
    return found


class TestWhoSeesWhat:
    @pytest.mark.parametrize(("user", "share"), HIDDEN)
    def test_no_output_holds_what_this_reader_may_not_see(self, site, user, share):
        """Page, list, CSV, JSON and home are searched for every planted secret."""
        made = _secret_case(site, share)
        outputs = _outputs(site.sign_in(user), made)
        assert made.code in outputs["/cases"], "the case is listed at all"
        for path, text in outputs.items():
            for secret in HIDDEN[user, share]:
                assert SECRETS[secret] not in text, f"{secret} in {path} for {user}"
        everything = "".join(outputs.values())
        for secret in ALL - HIDDEN[user, share]:
            assert SECRETS[secret] in everything, f"{user} should see {secret}"

    @pytest.mark.parametrize("share", [ShareLevel.PRIVATE, ShareLevel.COUNTED])
    @pytest.mark.parametrize("user", ["rith", "anan", "reak"])
    def test_what_is_not_shared_is_nowhere(self, site, user, share):
        """Neither page nor list nor download knows the case."""
        made = _secret_case(site, share)
        browser = site.sign_in(user)
        browser.get(f"/cases/{made.code}", status=404)
        for path in ("/cases", "/cases.csv", "/cases.json", "/charges.csv", "/charges.json", "/"):
            assert made.code not in browser.get(path).text

    def test_whoever_runs_the_system_sees_no_case(self, site):
        """Administrators have no list, no page, no download."""
        made = _secret_case(site, ShareLevel.FULL)
        browser = site.sign_in("admin")
        for path in (
            "/cases",
            "/cases.csv",
            "/cases.json",
            "/charges.csv",
            "/charges.json",
            f"/cases/{made.code}",
        ):
            browser.get(path, status=403)

    def test_a_grant_opens_a_private_case_to_one_more_organisation(self, site):
        """The grantee reads it like a case shared in full, and others still nothing."""
        made = _secret_case(site, ShareLevel.PRIVATE)
        with site.writing() as session:
            work = Work(session, actor_of(session, "chan", site), "case:granted", NOW)
            work.add(
                CaseGrant(case_id=made.id, grantee_id=site.organisations["river"], scope="full")
            )
        page = site.sign_in("rith").get(f"/cases/{made.code}").text
        assert SECRETS["name"] in page
        assert SECRETS["own_note"] not in page
        site.sign_in("reak").get(f"/cases/{made.code}", status=404)

    def test_a_child_victim_hides_accused_of_whom_nobody_said_that_they_are_not_related(self, site):
        """Until somebody says so, the name may lead to the child."""
        made = make_case(site, share=ShareLevel.FULL, name="Vann Unknownrelation")
        browser = site.sign_in("rith")
        assert "Unknownrelation" in browser.get(f"/cases/{made.code}").text
        victim(site, made, AgeBand.UNDER_14)
        for path in (f"/cases/{made.code}", "/cases", "/cases.csv", "/charges.csv"):
            assert "Unknownrelation" not in browser.get(path).text
        assert "Unknownrelation" in site.sign_in("mony").get(f"/cases/{made.code}").text

    def test_another_organisation_adds_to_a_shared_case_and_its_monitor_stays_unknown(self, site):
        """The owner sees which organisation told, not which person."""
        made = make_case(site, share=ShareLevel.FULL, name="Shared One")
        with site.writing() as session:
            session.scalars(select(User).where(User.name == "rith")).one().display_name = "Rithname"
        step(site, made, "receive_complaint", date(2025, 2, 1), user="rith")
        page = site.sign_in("mony").get(f"/cases/{made.code}").text
        assert "River Monitors" in page
        assert "Rithname" not in page


def test_prosecutions_are_called_by_their_code_where_nothing_else_may_be_shown(site):
    """A researcher's row still has something to refer to."""
    made = make_case(site, share=ShareLevel.CODED, name="Anybody")
    with site.reading() as session:
        code = session.scalars(select(Prosecution.public_code)).one()
    assert code in site.sign_in("reak").get("/cases").text
    assert code == made.prosecutions[0]

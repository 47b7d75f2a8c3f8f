"""A case as JSON says what its page says to the same reader, and the same of a past moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from courtwatch.commands.cases import RedactWords, SetShareLevel
from courtwatch.commands.steps import CorrectEntry
from courtwatch.models import Case, Event, Institution, Note, Offence, Reason, Revision
from courtwatch.models.vocabulary import AgeBand, HearingStatus, NoteTier, ShareLevel, VoidReason
from courtwatch.services.corrections import void_event
from courtwatch.services.redaction import find, redact
from courtwatch.services.sharing import set_share_level
from courtwatch.services.work import Work
from tests.functional.scene import MadeCase, actor_of, hearing, make_case, note, step, victim
from tests.functional.site import Site

READERS = ("chan", "rith", "anan", "reak")
WORDS = {
    "name": "Sok Dara",
    "number": "55/2025",
    "ngo note": "seen by the network",
    "own note": "seen by us alone",
    "owner": "Lotus Legal Aid",
    "monitor": "mony",
    "allegation": "ST1",
}


def last(site: Site) -> int:
    """Return the last revision."""
    with site.reading() as session:
        return session.scalar(select(func.max(Revision.id))) or 0


def work(session: Any, site: Site, kind: str) -> Work:
    """Return a transaction of today."""
    return Work(session, actor_of(session, "mony", site), kind, datetime.now(UTC))


@pytest.fixture
def told(site: Site) -> MadeCase:
    """Give a case shared in full with something of every kind that is kept from somebody."""
    made = make_case(site, name=WORDS["name"], number=WORDS["number"], share=ShareLevel.FULL)
    step(site, made, "receive_complaint", date(2025, 2, 1))
    step(site, made, "hold_file", date(2025, 3, 1), stated=("EV1",), assessed="ST1")
    hearing(site, made, date(2025, 5, 1), HearingStatus.HELD)
    note(site, made, WORDS["ngo note"], NoteTier.NETWORK)
    note(site, made, WORDS["own note"], NoteTier.ORGANISATION)
    victim(site, made, AgeBand.FROM_18)
    return made


def leaves(value: Any) -> Iterator[str]:
    """Yield every text of a file, keys left out."""
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, str):
        yield value


class TestSecrecy:
    @pytest.mark.parametrize("share", [ShareLevel.FULL, ShareLevel.CODED])
    def test_holds_what_the_page_shows_each_role(
        self, site: Site, told: MadeCase, share: ShareLevel
    ) -> None:
        """Every word that is kept from somebody stands in both or in neither; and is kept."""
        with site.writing() as session:
            case = session.get_one(Case, told.id)
            command = SetShareLevel(share_level=share)
            set_share_level(work(session, site, "case:shared"), case, command)
        kept = set()
        at = last(site)
        for who in READERS:
            browser = site.sign_in(who)
            for query in ("", f"?as_known_at={at}"):
                page = browser.get(f"/cases/{told.code}{query}", expect_errors=True)
                data = browser.get(f"/cases/{told.code}.json{query}", expect_errors=True)
                assert data.status_int == page.status_int
                if page.status_int != 200:
                    kept |= {(who, key) for key in WORDS}
                    continue
                text = page.html.select_one("main").text
                for key, word in WORDS.items():
                    if key != "allegation":
                        assert (word in data.text) == (word in text), (who, key)
                    if word not in data.text:
                        kept.add((who, key))
        assert ("reak", "name") in kept
        assert ("anan", "owner") in kept
        assert ("anan", "allegation") in kept
        assert ("rith", "own note") in kept
        assert not {key for who, key in kept if who == "chan"}

    def test_is_not_there_for_who_may_not_see_the_case(self, site: Site) -> None:
        """As if there were none; also at a past moment, also before it came."""
        private = make_case(site, name="Sok Dara")
        browser = site.sign_in("rith")
        for query in ("", "?as_known_at=1", f"?as_known_at={last(site)}", "?as_known_at=x"):
            there = browser.get(f"/cases/{private.code}.json{query}", status=404)
            nowhere = browser.get(f"/cases/C-NOTHERE9.json{query}", status=404)
            assert there.html.select_one("main").text == nowhere.html.select_one("main").text
        assert site.sign_in("admin").get(f"/cases/{private.code}.json", status=403)

    def test_nothing_stands_in_it_that_is_not_said_of_the_reader(
        self, site: Site, told: MadeCase
    ) -> None:
        """A researcher's file holds no free text at all: its texts are codes, days and names."""
        data = site.sign_in("reak").get(f"/cases/{told.code}.json").json
        assert data["seen_as"] == "coded"
        secret = [word for key, word in WORDS.items() if key != "allegation"]
        assert not [text for text in leaves(data) if any(word in text for word in secret)]
        assert data["notes"] == data["numbers"] == []
        assert [one["names"] for one in data["accused"]] == [[]]
        assert "ST1" not in list(leaves(data))


class TestContent:
    def test_says_where_the_case_stands_and_by_which_rule(self, site: Site, told: MadeCase) -> None:
        browser = site.sign_in("chan")
        page = browser.get(f"/cases/{told.code}")
        href = page.html.select_one(".cw-downloads a")["href"]
        answer = browser.get(href)
        assert f'filename="courtwatch-{told.code}.json"' in answer.headers["Content-Disposition"]
        data = answer.json
        assert data["as_known_at"] is None
        assert data["outcome_rule"] in " ".join(page.html.select_one("main").text.split())
        accused = data["accused"][0]
        assert accused["outcome"] == "held"
        assert accused["ended_on"] == "2025-03-01"
        assert [one["reason"] for one in accused["charges"][0]["reasons_stated"]] == ["EV1"]
        assert [one["first"] for one in data["events"]][-1] == "2025-03-01"
        assert data["hearings"][0]["day"] == "2025-05-01"
        assert data["case"] == told.code


class TestAgain:
    def test_a_past_moment_is_the_same_to_the_byte(self, site: Site, told: MadeCase) -> None:
        """After corrections, entries and new names of courts, offences and reasons."""
        at = last(site)
        browsers = {who: site.sign_in(who) for who in READERS}
        path = f"/cases/{told.code}.json?as_known_at={at}"
        first = {who: browser.get(path).body for who, browser in browsers.items()}
        now = {who: b.get(f"/cases/{told.code}.json").body for who, b in browsers.items()}
        with site.writing() as session:
            event = session.scalars(select(Event).where(Event.step == "hold_file")).one()
            command = CorrectEntry(reason=VoidReason.BY_MISTAKE)
            void_event(work(session, site, "event:voided"), event, command)
        step(site, told, "submit_to_investigation", date(2025, 3, 2))
        hearing(site, told, date(2025, 6, 1), HearingStatus.SCHEDULED)
        with site.writing() as session:
            models: tuple[Any, ...] = (Institution, Offence, Reason)
            for model in models:
                for row in session.scalars(select(model)):
                    row.name_en = f"{row.name_en} (new)"
        assert {who: b.get(path).body for who, b in browsers.items()} == first
        later = {who: b.get(f"/cases/{told.code}.json").body for who, b in browsers.items()}
        assert all(later[who] != now[who] for who in READERS)
        assert b"(new)" in later["chan"]

    def test_only_a_redaction_changes_it_and_is_said(self, site: Site, told: MadeCase) -> None:
        path = f"/cases/{told.code}.json?as_known_at={last(site)}"
        browser = site.sign_in("chan")
        first = browser.get(path).json
        assert first["as_known_at"]["words_taken_out_since"] == []
        with site.writing() as session:
            actor = actor_of(session, "mony", site)
            row = session.scalars(select(Note).where(Note.text == WORDS["ngo note"])).one()
            found = find(session, actor, "note", row.id)
            assert found is not None
            command = RedactWords(words="seen by", reason="victim_identity")
            redact(work(session, site, "words:redacted"), found, command)
        again = browser.get(path).json
        assert WORDS["ngo note"] not in json.dumps(again)
        (gone,) = again["as_known_at"].pop("words_taken_out_since")
        assert gone["reason"] == "victim_identity"
        first["as_known_at"].pop("words_taken_out_since")
        different = {key for key in first if first[key] != again[key]}
        assert different == {"notes"}

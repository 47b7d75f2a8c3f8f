"""A case as known at a past moment: the same as it read then, whatever was written since."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from courtwatch.commands.cases import (
    RedactWords,
    SetShareLevel,
)
from courtwatch.commands.hearings import RecordOutcome
from courtwatch.commands.steps import (
    CorrectEntry,
)
from courtwatch.models import (
    Case,
    Event,
    Hearing,
    Note,
    Revision,
)
from courtwatch.models.vocabulary import (
    AgeBand,
    HearingStatus,
    NoteTier,
    ShareLevel,
    VoidReason,
)
from courtwatch.services.case_page import CasePage, NoteShown, WordsShown
from courtwatch.services.case_view import case_page
from courtwatch.services.corrections import void_event
from courtwatch.services.record_hearing import record_outcome
from courtwatch.services.redaction import find, redact
from courtwatch.services.sharing import set_share_level
from courtwatch.services.work import Work
from tests.functional.random_acts import SECRET, START, RandomActs
from tests.functional.scene import actor_of, hearing, make_case, note, step, victim


def _plain(value: Any) -> Any:
    """Return a page as values that can be compared; words that a redaction may take out left."""
    if isinstance(value, WordsShown):
        return value.kind, value.row_id
    if isinstance(value, NoteShown):
        value = dataclasses.replace(value, text=value.text.split()[-1], redacted=False)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value


_NOT_THE_RECORD = {
    "jurisdiction", "procedure", "court", "owner", "sight", "revision", "redacted_since",
    "name_rights",
}  # fmt: skip


def _snapshot(page: CasePage) -> dict[str, Any]:
    found = {
        f.name: _plain(getattr(page, f.name))
        for f in dataclasses.fields(page)
        if f.name not in _NOT_THE_RECORD | {"case"}
    }
    columns = Case.__table__.columns.keys()
    return found | {f"case.{name}": getattr(page.case, name) for name in columns}


def _page(site: Any, user: str, made: Any, revision: int | None = None) -> Any:
    with site.reading() as session:
        case = session.get_one(Case, made.id)
        return case_page(session, actor_of(session, user, site), case, revision)


def _latest(site: Any) -> int:
    with site.reading() as session:
        return int(session.scalar(select(func.max(Revision.id))) or 0)


class TestEveryPastMoment:
    @pytest.mark.parametrize("seed", range(5))
    def test_reads_as_the_page_read_then(self, site: Any, seed: int) -> None:
        """Random acts through the services; afterwards each revision's page is as it was.

        Its owner's page at every revision; the others', made of the same rows, in turn.
        """
        shares = seed % 2 == 0
        made = make_case(
            site, name="Sok Dara", share=ShareLevel.PRIVATE if shares else ShareLevel.FULL
        )
        readers = ["chan"] if shares else ["chan", "rith", "anan", "reak"]
        writer = RandomActs(site, made, seed, shares)
        then = {}
        acts = []
        for number in range(32):
            acts.append(writer.write())
            revision = _latest(site)
            if revision in then:
                continue  # the act was refused and wrote nothing
            asked = {"chan", readers[number % len(readers)]}
            then[revision] = {who: _snapshot(_page(site, who, made)) for who in asked}
        assert len(then) > 12, acts
        assert len({act for act in acts if act}) > 5, acts
        assert {who for pages in then.values() for who in pages} == set(readers)
        for revision, pages in then.items():
            for who, page in pages.items():
                assert _snapshot(_page(site, who, made, revision)) == page, (revision, who, acts)


@pytest.fixture
def told(site):
    """A case with a corrected entry, a planned hearing and a note; and the revisions of it."""
    made = make_case(site, name="Sok Dara", number="55/2025", share=ShareLevel.FULL)
    step(site, made, "receive_complaint", date(2025, 2, 1))
    made_at = _latest(site)
    wrong = step(site, made, "hold_file", date(2025, 3, 1), stated=("EV1",))
    held_at = _latest(site)
    with site.writing() as session:
        work = Work(session, actor_of(session, "mony", site), "event:corrected", START)
        void_event(
            work, session.get_one(Event, wrong), CorrectEntry(reason=VoidReason.WRONG_ACCUSED)
        )
    return made, made_at, held_at


class TestPage:
    def test_says_which_moment_and_offers_nothing_to_enter(self, site, told) -> None:
        """The banner names moment and revision and leads back; no form writes, no action is."""
        made, _made_at, held_at = told
        page = site.sign_in("chan").get(f"/cases/{made.code}?as_known_at={held_at}")
        assert f"(revision {held_at})" in page.text
        assert "File held" in page.text
        assert "Corrected: no longer counts" not in page.text
        for form in page.html.select("main form"):
            assert form["method"] == "get"
        links = [a["href"] for a in page.html.select("main a[href]")]
        assert not [link for link in links if link.endswith(("/new", "/share", "/correct"))]
        assert f"/cases/{made.code}" in links
        now = site.sign_in("chan").get(f"/cases/{made.code}")
        assert "Corrected: no longer counts" in now.text

    def test_a_day_and_a_moment_with_its_zone_are_understood(self, site, told) -> None:
        """The end of a day in the courts' zone; the plus of a zone may arrive as a blank."""
        made, *_rest = told
        browser = site.sign_in("chan")
        for moment in ("2026-11-20", "2026-11-20T10:00+07:00", "2026-11-20T10:00%2B07:00"):
            page = browser.get(f"/cases/{made.code}?as_known_at={moment}")
            assert "As known at 20 November 2026" in page.text, moment

    def test_refuses_what_is_no_moment(self, site, told) -> None:
        """The words say what is allowed."""
        made, *_rest = told
        page = site.sign_in("chan").get(f"/cases/{made.code}?as_known_at=june", status=400)
        assert "2026-11-01" in page.text

    def test_before_it_came_it_was_not_there_and_only_readers_are_told(self, site, told) -> None:
        """Who may see the case reads that it came later; another reads as of nothing at all."""
        private = make_case(site)
        page = site.sign_in("chan").get(f"/cases/{private.code}?as_known_at=1", status=404)
        assert "It came later" in page.text
        other = site.sign_in("rith")
        path = f"/cases/{private.code}?as_known_at="
        bodies = {
            other.get(path + at, status=404).html.select_one("main").text for at in ("1", "x")
        }
        assert bodies == {other.get("/cases/C-NOTHERE9", status=404).html.select_one("main").text}

    def test_rights_are_those_of_today(self, site, told) -> None:
        """A case that was shared then and is private now is gone for others, at every moment."""
        made, _made_at, held_at = told
        path = f"/cases/{made.code}?as_known_at={held_at}"
        assert "File held" in site.sign_in("rith").get(path)
        with site.writing() as session:
            work = Work(session, actor_of(session, "chan", site), "case:shared", START)
            case = session.get_one(Case, made.id)
            set_share_level(work, case, SetShareLevel(share_level=ShareLevel.PRIVATE))
        site.sign_in("rith").get(path, status=404)

    def test_a_child_victim_known_today_hides_the_name_in_the_past(self, site, told) -> None:
        """What protects a child is what is known now, not what was known then."""
        made, _made_at, held_at = told
        path = f"/cases/{made.code}?as_known_at={held_at}"
        assert "Sok Dara" in site.sign_in("rith").get(path)
        victim(site, made, AgeBand.UNDER_14)
        assert "Sok Dara" not in site.sign_in("rith").get(path)
        assert "Sok Dara" in site.sign_in("chan").get(path)

    def test_redacted_words_are_gone_from_the_past_and_it_says_so(self, site, told) -> None:
        """The one exception: when and why is said on the past page."""
        made, *_rest = told
        note(site, made, f"{SECRET} cried", NoteTier.NETWORK)
        at = _latest(site)
        path = f"/cases/{made.code}?as_known_at={at}"
        assert SECRET in site.sign_in("rith").get(path)
        with site.writing() as session:
            actor = actor_of(session, "mony", site)
            row = session.scalars(select(Note.id).where(Note.case_id == made.id)).one()
            found = find(session, actor, "note", row)
            assert found is not None
            work = Work(session, actor, "words:redacted", START)
            redact(work, found, RedactWords(words=SECRET, reason="victim_identity"))
        page = site.sign_in("rith").get(path)
        assert SECRET not in page
        assert "Words were taken out on" in page.text


class TestHistory:
    def test_lists_what_was_written_with_old_and_new(self, site, told) -> None:
        """Each revision leads to the case as it was; edited fields say what they were."""
        made, _made_at, held_at = told
        code = hearing(site, made, date(2025, 5, 1), HearingStatus.SCHEDULED)
        with site.writing() as session:
            work = Work(session, actor_of(session, "chan", site), "outcome", START)
            row = session.scalars(select(Hearing).where(Hearing.public_code == code)).one()
            record_outcome(work, row, RecordOutcome(status=HearingStatus.HELD))
        page = site.sign_in("mony").get(f"/cases/{made.code}")
        history = page.html.select_one("#history ~ details").text
        for words in ("Case opened", "Entry corrected", "Scheduled → Held", "chan", "mony"):
            assert words in history, words
        assert f"?as_known_at={held_at}" in page

    def test_others_are_not_told_of_what_they_may_not_see(self, site, told) -> None:
        """A note of the organisation, a share level and who wrote stay with the organisation."""
        made, *_rest = told
        note(site, made, "ours", NoteTier.ORGANISATION)
        secret = _latest(site)
        with site.writing() as session:
            work = Work(session, actor_of(session, "chan", site), "case:shared", START)
            case = session.get_one(Case, made.id)
            set_share_level(work, case, SetShareLevel(share_level=ShareLevel.CODED))
        shared = _latest(site)
        for user in ("rith", "anan", "reak"):
            page = site.sign_in(user).get(f"/cases/{made.code}")
            for revision in (secret, shared):
                assert f'?as_known_at={revision}"' not in page, (user, revision)
            assert "mony" not in page.html.select_one("#history ~ details").text
        own = site.sign_in("mony").get(f"/cases/{made.code}")
        assert f'?as_known_at={secret}"' in own
        assert f'?as_known_at={shared}"' in own

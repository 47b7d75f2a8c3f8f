"""A case as known at a past moment: the same as it read then, whatever was written since."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from courtwatch.commands.cases import (
    AddAccused,
    AddCaseNumber,
    AddNote,
    AddVictim,
    RedactWords,
    SetShareLevel,
)
from courtwatch.commands.corrections import CorrectEvent, CorrectHearing
from courtwatch.commands.hearings import RecordHearing, RecordOutcome
from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import (
    AddAccount,
    CheckUnchanged,
    CorrectEntry,
    NamedCharge,
    NewCharge,
    RecordStep,
    SentenceGiven,
)
from courtwatch.models import (
    Case,
    Event,
    Hearing,
    Note,
    Offence,
    Prosecution,
    ProsecutionCase,
    Reason,
    Revision,
)
from courtwatch.models.vocabulary import (
    AccountSource,
    AgeBand,
    HearingStatus,
    NoteTier,
    ShareLevel,
    VoidReason,
)
from courtwatch.services.accounts_told import add_account
from courtwatch.services.case_page import CasePage, NoteShown, WordsShown
from courtwatch.services.case_view import case_page
from courtwatch.services.corrections import correct_event, void_event
from courtwatch.services.hearing_corrections import correct_hearing, void_hearing
from courtwatch.services.open_case import add_note, add_number
from courtwatch.services.people import add_accused, add_victim
from courtwatch.services.procedure_moves import move_cases
from courtwatch.services.procedure_versions import find_version
from courtwatch.services.record_hearing import record_hearing, record_outcome
from courtwatch.services.record_step import check_unchanged, record_step
from courtwatch.services.redaction import find, redact
from courtwatch.services.sharing import set_share_level
from courtwatch.services.standing import (
    movable_charges,
    offers,
    replaceable_charges,
    standing_of,
)
from courtwatch.services.work import SYSTEM, Work
from tests.functional.scene import actor_of, hearing, key, make_case, note, step, victim
from tests.procedures import first_cambodia

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
SECRET = "Sokha"


class _Writer:
    """Writes random acts to one case through the services, one revision each."""

    def __init__(self, site: Any, made: Any, seed: int, shares: bool) -> None:
        self.site, self.made = site, made
        self.random = random.Random(seed)
        self.shares = shares
        self.day = date(2025, 2, 1)
        self.at = START

    def write(self) -> str | None:
        """Carry one act out; None if the procedure refused it."""
        names = ["step"] * 5 + [
            "check", "correct", "account", "accused", "victim", "number", "note", "hearing",
            "outcome", "void_hearing", "redact", "redate", "rehear", "move",
        ]  # fmt: skip
        name = self.random.choice(names + (["share"] if self.shares else []))
        self.day += timedelta(days=self.random.randint(1, 20))
        self.at += timedelta(hours=1)
        with self.site.sessions() as session:
            user = self.random.choice(["mony", "chan"])
            work = Work(session, actor_of(session, user, self.site), name, self.at)
            case = session.get_one(Case, self.made.id)
            try:
                done = getattr(self, f"_{name}")(work, case)
            except Invalid:
                session.rollback()
                return None
            session.commit()
            return name if done is not False else None

    def _pick(self, work: Work, model: Any, *where: Any) -> Any:
        query = select(model).where(model.case_id == self.made.id, *where).order_by(model.id)
        found = work.session.scalars(query).all()
        return self.random.choice(found) if found else None

    def _prosecution(self, work: Work) -> Prosecution:
        members = work.session.scalars(
            select(Prosecution)
            .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
            .where(ProsecutionCase.case_id == self.made.id)
            .order_by(Prosecution.id)
        ).all()
        return self.random.choice(members)

    def _step(self, work: Work, case: Case) -> Any:
        prosecution = self._prosecution(work)
        standing = standing_of(work.session, prosecution)
        allowed = [offer.step for offer in offers(standing) if offer.allowed]
        chosen = self.random.choice(allowed)
        asks = {*chosen.requires, *chosen.optional}
        offence = key(work.session, Offence, "KH-TIPSE-12")
        named: tuple[NamedCharge, ...] = ()
        if chosen.dispositions or "to_offence" in asks:
            named = tuple(
                NamedCharge(
                    charge=charge,
                    disposition=self.random.choice(chosen.dispositions)
                    if chosen.dispositions
                    else None,
                    to_offence=offence if "to_offence" in asks else None,
                )
                for charge in movable_charges(standing, chosen)
            )
        return record_step(
            work,
            prosecution,
            RecordStep(
                step=chosen.name,
                occurred=When.day(self.day),
                hour=10 if "hour" in asks else None,
                source=self.random.choice([AccountSource.TOLD, AccountSource.COURT_DOCUMENT]),
                charges=named,
                new_charges=self._new_charges(standing, chosen, offence),
                reason_stated=(key(work.session, Reason, "EV1"),) if "reason" in asks else (),
                reason_assessed=key(work.session, Reason, "ST1") if "reason" in asks else None,
                sentence=SentenceGiven(kind="imprisonment", length_days=900)
                if "sentence" in asks
                else None,
                mode=chosen.modes[0] if chosen.modes else None,
                note="a word on the step" if self.random.random() < 0.3 else None,
            ),
        )

    def _new_charges(self, standing: Any, chosen: Any, offence: int) -> tuple[NewCharge, ...]:
        """A charge beside the others, or in the place of one."""
        if "new_charges" not in (*chosen.requires, *chosen.optional):
            return ()
        former = self.random.choice([None, *replaceable_charges(standing, chosen)])
        return (NewCharge(offence=offence, replaces=former),)

    def _check(self, work: Work, case: Case) -> Any:
        source = AccountSource.TOLD
        return check_unchanged(
            work, case, CheckUnchanged(occurred=When.day(self.day), source=source)
        )

    def _correct(self, work: Work, case: Case) -> Any:
        event = self._pick(work, Event, Event.rev_to.is_(None))
        if event is None:
            return False
        command = CorrectEntry(reason=VoidReason.TYPED_WRONG, remark="twice")
        return void_event(work, event, command)

    def _redate(self, work: Work, case: Case) -> Any:
        """The right day takes the place of a wrong one, with all that hangs on the entry."""
        event = self._pick(work, Event, Event.rev_to.is_(None))
        if event is None or event.occurred_from is None:
            return False
        day = event.occurred_from + timedelta(days=self.random.choice([-1, 1]))
        named = tuple(
            NamedCharge(charge=t.charge_id, disposition=t.disposition)
            for t in event.targets
            if t.charge_id is not None and not t.new
        )
        entry = RecordStep(
            step=event.step,
            occurred=When.day(day),
            hour=10 if event.time else None,
            mode=event.mode,
            charges=named,
            source=AccountSource.TOLD,
        )
        accused = tuple(dict.fromkeys(t.prosecution_id for t in event.targets))
        return correct_event(
            work,
            event,
            CorrectEvent(VoidReason.WRONG_DATE, "the day", entry, accused, event.entry_stage),
        )

    def _rehear(self, work: Work, case: Case) -> Any:
        """The right day and accused of a hearing."""
        row = self._pick(work, Hearing, Hearing.voided.is_(False))
        if row is None:
            return False
        correct_hearing(
            work,
            row,
            CorrectHearing(
                reason=VoidReason.WRONG_ACCUSED,
                scheduled=When.day(row.scheduled_on - timedelta(days=1)),
                institution=row.institution_id,
                kind=row.kind,
                status=row.status,
                next=When.day(row.next_on) if row.next_on else None,
                prosecutions=(self._prosecution(work).id,),
            ),
        )
        return True

    def _account(self, work: Work, case: Case) -> Any:
        event = self._pick(work, Event, Event.rev_to.is_(None))
        if event is None:
            return False
        return add_account(
            work, event, AddAccount(occurred=When.unknown(), source=AccountSource.MEDIA)
        )

    def _accused(self, work: Work, case: Case) -> Any:
        return add_accused(
            work,
            case,
            AddAccused(name_latin="Chea Vuthy", stage="start", source=AccountSource.TOLD),
        )

    def _victim(self, work: Work, case: Case) -> Any:
        return add_victim(work, case, AddVictim(age_band=AgeBand.FROM_18))

    def _number(self, work: Work, case: Case) -> Any:
        number = f"{self.random.randint(1, 99)}/2025"
        return add_number(work, case, AddCaseNumber(number=number, number_issuer="court"))

    def _note(self, work: Work, case: Case) -> Any:
        tier = self.random.choice(list(NoteTier))
        return add_note(work, case, AddNote(text=f"{SECRET} was heard", tier=tier))

    def _hearing(self, work: Work, case: Case) -> Any:
        return record_hearing(
            work, case, RecordHearing(scheduled=When.day(self.day), status=HearingStatus.SCHEDULED)
        )

    def _outcome(self, work: Work, case: Case) -> Any:
        row = self._pick(work, Hearing, Hearing.voided.is_(False))
        if row is None:
            return False
        following = row.scheduled_on + timedelta(days=14)
        return record_outcome(
            work, row, RecordOutcome(status=HearingStatus.HELD, next=When.day(following))
        )

    def _void_hearing(self, work: Work, case: Case) -> Any:
        row = self._pick(work, Hearing, Hearing.voided.is_(False))
        if row is None:
            return False
        return void_hearing(work, row, CorrectEntry(reason=VoidReason.ENTERED_TWICE))

    def _move(self, work: Work, case: Case) -> Any:
        """To the other version of the procedure."""
        first, second = first_cambodia(work.session), find_version(work.session, "cambodia/2")
        source, target = (
            (first, second) if case.procedure_version_id == first.id else (second, first)
        )
        system = Work(work.session, SYSTEM, "case:moved", self.at)
        return move_cases(system, source, target, [case.id], also_with_unresolved=True)

    def _share(self, work: Work, case: Case) -> Any:
        level = self.random.choice(list(ShareLevel))
        return set_share_level(work, case, SetShareLevel(share_level=level))

    def _redact(self, work: Work, case: Case) -> Any:
        row = self._pick(work, Note, Note.text.contains(SECRET))
        found = find(work.session, work.actor, "note", row.id) if row is not None else None
        if found is None:
            return False
        return redact(work, found, RedactWords(words=SECRET, reason="victim_identity"))


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
        writer = _Writer(site, made, seed, shares)
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

"""An accused who is severed moves to another case: whole, counted once, under the same eyes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, update
from webtest import TestApp

from courtwatch.commands.cases import AddAccused
from courtwatch.commands.severance import MoveAccused, Target
from courtwatch.models import (
    Audit,
    Base,
    Case,
    CaseGrant,
    Clock,
    Event,
    EventTarget,
    Hearing,
    HearingProsecution,
    Job,
    Person,
    Prosecution,
    ProsecutionCase,
    ProsecutionFact,
)
from courtwatch.models.vocabulary import AccountSource, AgeBand, HearingStatus, ShareLevel
from courtwatch.services.case_page import CasePage
from courtwatch.services.case_view import case_page
from courtwatch.services.fact_differences import all_differences
from courtwatch.services.integrity.check import Check
from courtwatch.services.integrity.registry import KINDS
from courtwatch.services.people import add_accused
from courtwatch.services.severance import move_accused
from courtwatch.services.work import Work
from tests.functional.scene import NOW, MadeCase, actor_of, hearing, make_case, victim
from tests.functional.site import Site
from tests.functional.test_record import record_form
from tests.procedures import first_cambodia

SEVERED = "3 March 2025"
OF_THE_ENTRY = {"last_event_on", "last_verified_on", "packed"}
"""What the entry of the severance itself makes of a fact, as any step does; both are packed."""


def join(site: Site, made: MadeCase, name: str = "Chea Vuthy", stage: str = "investigation") -> str:
    """Add an accused to a case; returns the code of the prosecution."""
    with site.writing() as session:
        work = Work(session, actor_of(session, "mony", site), "accused:added", NOW)
        about = AddAccused(name_latin=name, stage=stage, source=AccountSource.TOLD)
        code = add_accused(work, session.get_one(Case, made.id), about).public_code
    made.prosecutions.append(code)
    return code


@pytest.fixture
def made(site: Site) -> MadeCase:
    """Give a shared case under investigation with two accused, and a hearing of both."""
    found = make_case(
        site, share=ShareLevel.FULL, name="Sok Dara", number="77/2025", stage="investigation"
    )
    join(site, found)
    hearing(site, found, date(2025, 2, 20), HearingStatus.HELD)
    return found


@pytest.fixture
def mony(site: Site) -> TestApp:
    """Give the browser of the monitor who keeps the case."""
    return site.sign_in("mony")


def filled(browser: TestApp, code: str, **fields: str) -> Any:
    """Return the form of a move, filled in."""
    form = record_form(browser.get(f"/prosecutions/{code}/move"))
    form["occurred-year"], form["occurred-month"], form["occurred-day"] = "2025", "3", "3"
    for name, value in ({"target": "new"} | fields).items():
        form[name] = value
    return form


def fact(site: Site, code: str) -> tuple[int, dict[str, Any], list[dict[str, Any]]]:
    """Return the case of a prosecution's fact, all else that it says, and its clocks.

    Without a clock that the entry of the severance began, as any act of the procedure may.
    """
    with site.reading() as session:
        key = session.scalars(select(Prosecution.id).where(Prosecution.public_code == code)).one()
        rows = {}
        for model in (ProsecutionFact, Clock):
            table: Any = model.__table__
            query = select(table).where(table.c.prosecution_id == key, table.c.rev_to.is_(None))
            rows[model] = [dict(row) for row in session.execute(query).mappings()]
    bookkeeping = ("id", "rev_from", "rev_to")
    for found in rows.values():
        for row in found:
            for column in bookkeeping:
                row.pop(column, None)
    with site.reading() as session:
        severed = set(session.scalars(select(Event.id).where(Event.step == "sever")))
    (one,) = rows[ProsecutionFact]
    return one.pop("case_id"), one, [c for c in rows[Clock] if c["event_id"] not in severed]


def count(site: Site, model: Any, *where: Any) -> int:
    with site.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def contents(site: Site) -> dict[str, int]:
    """Return the number of rows of every table but sessions."""
    with site.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name != "session"
        }


def case_at(site: Site, code: str) -> str:
    """Return the code of the case that a prosecution belongs to."""
    with site.reading() as session:
        return session.scalars(
            select(Case.public_code)
            .join(ProsecutionCase, ProsecutionCase.case_id == Case.id)
            .join(Prosecution, Prosecution.id == ProsecutionCase.prosecution_id)
            .where(Prosecution.public_code == code, ProsecutionCase.rev_to.is_(None))
        ).one()


def words(page: Any) -> str:
    return " ".join(page.html.get_text(" ").split())


def faults(site: Site) -> set[str]:
    """Return the kinds of what `courtwatch check` finds in the record."""
    with site.reading() as session:
        check = Check(session, NOW)
        return {
            code for code, kind in KINDS.items() if kind.about_cases and check.findings(kind, 1)
        }


class TestTheMove:
    def test_to_a_new_case_keeps_the_clock_and_counts_once(
        self, site: Site, made: MadeCase, mony: TestApp
    ) -> None:
        code = made.prosecutions[1]
        with site.writing() as session:
            session.add(
                CaseGrant(
                    case_id=made.id, grantee_id=site.organisations["river"], scope="full",
                    rev_from=1,
                )
            )  # fmt: skip
        before, cases, people = fact(site, code), count(site, Case), count(site, Prosecution)
        known = faults(site)
        form = filled(mony, code, number="12/2025", note="Absconded co-accused")
        answer = form.submit(status=303)
        to = answer.location.rsplit("/", 1)[-1]
        after = fact(site, code)
        assert before[0] == made.id != after[0]
        assert case_at(site, code) == to
        changed = {k for k, v in before[1].items() if after[1][k] != v}
        assert changed <= set(OF_THE_ENTRY), changed
        assert after[1]["court_id"] is not None
        assert before[2] == after[2]
        assert count(site, Prosecution) == people
        assert count(site, Case) == cases + 1
        with site.reading() as session:
            one, new = session.get_one(Case, made.id), session.get_one(Case, after[0])
            assert (one.owner_id, one.share_level, one.procedure_version_id) == (
                new.owner_id, new.share_level, new.procedure_version_id,
            )  # fmt: skip
            grants = select(CaseGrant.grantee_id, CaseGrant.scope)
            assert session.execute(grants.where(CaseGrant.case_id == new.id)).all() == [
                (site.organisations["river"], "full")
            ]
            assert not list(all_differences(session.connection()))
            keys = session.scalars(select(Job.key).where(Job.kind == "index_case"))
            assert {str(one.id), str(new.id)} <= set(keys)
            audit = session.scalars(select(Audit).where(Audit.action == "accused:moved")).one()
            assert audit.detail == {"from": made.code, "to": to}
            revisions = session.execute(
                select(ProsecutionCase.rev_from, ProsecutionCase.rev_to)
                .where(ProsecutionCase.prosecution_id == after[1]["prosecution_id"])
                .order_by(ProsecutionCase.id)
            ).all()
            event = session.scalars(select(Event).where(Event.step == "sever")).one()
            assert revisions[0].rev_to == revisions[1].rev_from == event.rev_from
            assert event.case_id == one.id
        assert faults(site) <= known
        left, came = words(mony.get(f"/cases/{made.code}")), words(mony.get(f"/cases/{to}"))
        assert f"Severed to {to} , {SEVERED}: {code} · A2 · Chea Vuthy" in left
        assert "hearings too, stays on this page" in left
        assert f"Severed from {made.code} , {SEVERED}: {code}" in came
        assert "Chea Vuthy" in came

    def test_to_a_case_in_the_record_where_nobody_is_called_the_same(
        self, site: Site, made: MadeCase, mony: TestApp
    ) -> None:
        """The pseudonym that is free comes next, there and for who is added after."""
        other = make_case(site, share=ShareLevel.FULL, name="Keo Sophal", stage="investigation")
        code, cases = made.prosecutions[0], count(site, Case)
        before = fact(site, code)
        filled(mony, code, target="existing", other=other.code.lower()).submit(status=303)
        after = fact(site, code)
        assert after[0] == other.id
        assert {k for k, v in before[1].items() if after[1][k] != v} <= OF_THE_ENTRY
        assert before[2] == after[2]
        assert count(site, Case) == cases
        join(site, other, "Long Rith")
        with site.reading() as session:
            called = session.scalars(
                select(Person.pseudonym)
                .join(Prosecution, Prosecution.person_id == Person.id)
                .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
                .where(ProsecutionCase.case_id == other.id, ProsecutionCase.rev_to.is_(None))
            ).all()
            assert not list(all_differences(session.connection()))
        assert sorted(called) == ["A1", "A2", "A3"]

    def test_back_again_is_told_on_both_pages(
        self, site: Site, made: MadeCase, mony: TestApp
    ) -> None:
        other = make_case(site, share=ShareLevel.FULL, name="Keo Sophal", stage="investigation")
        code = made.prosecutions[1]
        for to in (other.code, made.code):
            filled(mony, code, target="existing", other=to).submit(status=303)
        page = words(mony.get(f"/cases/{made.code}"))
        assert f"Severed to {other.code}" in page
        assert f"Severed from {other.code}" in page
        assert case_at(site, code) == made.code

    def test_the_day_follows_a_correction_that_still_names_who_left(
        self, site: Site, made: MadeCase, mony: TestApp
    ) -> None:
        filled(mony, made.prosecutions[1]).submit(status=303)
        with site.reading() as session:
            event = session.scalars(select(Event.id).where(Event.step == "sever")).one()
        form = record_form(mony.get(f"/events/{event}/correct"))
        form["occurred-day"], form["reason"] = "5", "wrong_date"
        form.submit(status=303)
        assert "5 March 2025: " in words(mony.get(f"/cases/{made.code}"))
        with site.reading() as session:
            held = select(EventTarget.prosecution_id).join(Event, Event.id == EventTarget.event_id)
            moved = select(Prosecution.id).where(Prosecution.public_code == made.prosecutions[1])
            query = held.where(Event.step == "sever", Event.rev_to.is_(None)).distinct()
            assert session.scalars(query).all() == session.scalars(moved).all()

    def test_hearings_go_on_naming_who_left_and_the_next_one_does_not(
        self, site: Site, made: MadeCase, mony: TestApp
    ) -> None:
        filled(mony, made.prosecutions[1]).submit(status=303)
        with site.reading() as session:
            code = session.scalars(select(Hearing.public_code)).one()
        form = record_form(mony.get(f"/hearings/{code}/correct"))
        form["scheduled-day"], form["reason"] = "21", "wrong_date"
        form.submit(status=303)
        form = record_form(mony.get(f"/hearings/{code}/outcome"))
        form["status"] = "held"
        form["next-year"], form["next-month"], form["next-day"] = "2025", "4", "4"
        form.submit(status=303)
        with site.reading() as session:
            about = select(HearingProsecution.prosecution_id, Hearing.scheduled_on).join(
                Hearing, Hearing.id == HearingProsecution.hearing_id
            )
            rows = session.execute(about.where(HearingProsecution.rev_to.is_(None))).all()
            assert not list(all_differences(session.connection()))
        days = [day for _key, day in rows]
        assert days.count(date(2025, 2, 21)) == 2
        assert days.count(date(2025, 4, 4)) == 1


class TestIsRefused:
    def wrong(self, site: Site, browser: TestApp, code: str, said: str, **fields: str) -> None:
        form = filled(browser, code, **fields)
        held = contents(site)
        answer = form.submit(expect_errors=True)
        assert answer.status_int == 400, answer.text
        assert said in words(answer)
        assert contents(site) == held

    def other(self, site: Site, user: str = "mony", **about: Any) -> MadeCase:
        about = {"share": ShareLevel.FULL, "stage": "investigation"} | about
        return make_case(site, user, **about)

    def test_a_case_that_is_not_alike(self, site: Site, made: MadeCase, mony: TestApp) -> None:
        code = made.prosecutions[1]
        theirs, hidden = self.other(site, "rith"), self.other(site, "rith", share="private")
        narrow, opened, elder = (self.other(site, share=s) for s in ("coded", "full", "full"))
        with site.writing() as session:
            session.add(
                CaseGrant(
                    case_id=opened.id, grantee_id=site.organisations["river"], scope="full",
                    rev_from=1,
                )
            )  # fmt: skip
            version = first_cambodia(session).id
            session.execute(
                update(Case).where(Case.id == elder.id).values(procedure_version_id=version)
            )
        for named, said in (
            (theirs.code, "Another organisation keeps that case"),
            (hidden.code, "There is no such case that you may read"),
            ("C-NONE", "There is no such case that you may read"),
            (made.code, "This is the case that the accused is in"),
            (narrow.code, "That case is not shared as this one"),
            (opened.code, "That case is not shared as this one"),
            (elder.code, "another version of the procedure"),
            ("", "Enter the code of the case"),
        ):
            self.wrong(site, mony, code, said, target="existing", other=named)

    def test_the_only_accused(self, site: Site, mony: TestApp) -> None:
        code, there = self.other(site).prosecutions[0], self.other(site)
        self.wrong(site, mony, code, "the only accused of the case")
        fields = {"target": "existing", "other": there.code}
        self.wrong(site, mony, code, "the only accused of the case", **fields)

    def test_where_the_procedure_refuses_the_step(self, site: Site, mony: TestApp) -> None:
        found = make_case(site, share=ShareLevel.FULL)
        code = join(site, found, stage="start")
        form = filled(mony, code)
        held = contents(site)
        assert form.submit(status=400)
        assert contents(site) == held

    def test_a_name_kept_back_for_a_child_victim(
        self, site: Site, made: MadeCase, mony: TestApp
    ) -> None:
        victim(site, made, AgeBand.UNDER_14)
        self.wrong(site, mony, made.prosecutions[1], "has a child victim")

    def test_to_whom_the_case_does_not_belong(self, site: Site, made: MadeCase) -> None:
        path = f"/prosecutions/{made.prosecutions[1]}/move"
        assert site.sign_in("rith").get(path, expect_errors=True).status_int == 403
        assert "Move to another case" not in site.sign_in("rith").get(f"/cases/{made.code}")
        for user in ("rada", "anan"):
            assert site.sign_in(user).get(path, expect_errors=True).status_int in (403, 404)

    def test_a_step_recorded_meanwhile_is_shown_first(
        self, site: Site, made: MadeCase, mony: TestApp
    ) -> None:
        chan = site.sign_in("chan")
        code = made.prosecutions[1]
        mine, theirs = filled(mony, code), filled(chan, code)
        theirs.submit(status=303)
        answer = mine.submit(expect_errors=True)
        assert answer.status_int in (400, 409), answer.text
        assert count(site, Event, Event.step == "sever") == 1


class TestWhoMayNotSeeTheOther:
    def test_learns_nothing_and_the_past_stays_true(self, site: Site, made: MadeCase) -> None:
        """The new case is narrowed after the move; a past view before it is shown as it was."""
        code = made.prosecutions[1]
        with site.reading() as session:
            case = session.get_one(Case, made.id)
            past = session.scalars(select(func.max(ProsecutionCase.rev_from))).one()
            then = case_page(session, actor_of(session, "mony", site), case, past)
        with site.writing() as session:
            work = Work(session, actor_of(session, "mony", site), "accused:moved", NOW)
            prosecution = session.scalars(
                select(Prosecution).where(Prosecution.public_code == code)
            ).one()
            command = MoveAccused(target=Target.NEW, source=AccountSource.TOLD)
            to = move_accused(work, prosecution, session.get_one(Case, made.id), command)
            to_code, to_id = to.public_code, to.id
        users = ("rith", "rada", "anan")
        for user in users:
            assert to_code in site.sign_in(user).get(f"/cases/{made.code}")
        with site.writing() as session:
            narrow = update(Case).where(Case.id == to_id).values(share_level=ShareLevel.PRIVATE)
            session.execute(narrow)
        for user in users:
            page = site.sign_in(user).get(f"/cases/{made.code}")
            for word in (to_code, code, "Severed to", "Vuthy"):
                assert word not in page, (user, word)
        with site.reading() as session:
            case = session.get_one(Case, made.id)
            now = case_page(session, actor_of(session, "mony", site), case, past)
            assert isinstance(now, CasePage)
            assert isinstance(then, CasePage)
            assert [a.code for a in now.accused] == [a.code for a in then.accused]
            assert [a.stage for a in now.accused] == [a.stage for a in then.accused]
            assert code in [a.code for a in now.accused]
            theirs = case_page(session, actor_of(session, "rith", site), case, past)
            assert theirs is None

"""A form that is sent again is known again; its id with other content is refused: every form.

The forms come from the router: one that is new fails here until it is tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from webtest import TestApp

from courtwatch.commands.cases import AddAccused
from courtwatch.models import (
    AccessRequest,
    Base,
    Case,
    Event,
    EventAccount,
    Institution,
    Note,
    Submission,
)
from courtwatch.models.vocabulary import AccountSource, HearingStatus, NoteTier, ShareLevel
from courtwatch.services.merging import not_the_same
from courtwatch.services.people import add_accused
from courtwatch.services.work import Work, take_revision
from tests.functional.imported import batch_of, imported
from tests.functional.scene import COURT, MadeCase, actor_of, hearing, key, make_case, note, step
from tests.functional.site import NOW, Site, csrf_token
from tests.functional.test_merging import merge_as, two_records
from tests.functional.test_record import cambodia
from tests.functional.test_saved_searches import form_with
from tests.functional.test_search import index, search
from tests.functional.test_two_at_once import NO_SUBMIT, posting_views

NOT_COUNTED = frozenset({"session"})


@dataclass
class Sent:
    """Where a form stands, what is filled in, and what would be other content under its id.

    `page`: where the form stands, if it is sent elsewhere. `button`: the name and value of the
    button that sends it. `has`: a field that tells the form from others on the page; None: there
    is no page with it, and the fields alone are sent.
    """

    path: str
    fields: dict[str, str]
    other: tuple[str, str]
    has: str | None = "submission"
    button: tuple[str, str] | None = None
    ticked: tuple[str, ...] = field(default=())
    page: str | None = None


def dated(name: str, day: str, **more: str) -> dict[str, str]:
    """Return the fields of a date, and more."""
    year, month, number = day.split("-")
    return {f"{name}-year": year, f"{name}-month": month, f"{name}-day": number, **more}


class Scene:
    """Cases in which each form has something to do."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.beforehand = 0  # forms sent so that others have something to do

    def case(self, **about: Any) -> MadeCase:
        """Make a case; at the beginning an arrest is recorded."""
        made = make_case(self.site, user="chan", share=ShareLevel.FULL, name="Sok Dara", **about)
        if "stage" not in about:
            step(self.site, made, "arrest", date(2025, 2, 1), user="chan")
        return made

    def event(self, made: MadeCase, name: str = "arrest") -> int:
        """Return the entry of a step of a case."""
        with self.site.reading() as session:
            query = select(Event.id).where(Event.case_id == made.id, Event.step == name)
            return session.scalars(query.where(Event.rev_to.is_(None))).one()

    def planned(self) -> str:
        """Return a hearing that is planned."""
        made = self.case()
        return hearing(self.site, made, date(2025, 6, 1), HearingStatus.SCHEDULED, user="chan")

    def form_of(self, route: str) -> Sent:
        """Return what is sent to a route."""
        make: Callable[[], Sent] = getattr(self, route)
        return make()

    def open_case(self) -> Sent:
        path = f"/cases/new?jurisdiction={cambodia(self.site)}"
        return Sent(path, {"share_level": "full"}, ("share_level", "private"))

    def accused_add(self) -> Sent:
        path = f"/cases/{self.case().code}/accused/new"
        return Sent(path, {"name_latin": "Chea Vuthy"}, ("name_latin", "Chea Thy"))

    def victim_add(self) -> Sent:
        path = f"/cases/{self.case().code}/victims/new"
        return Sent(path, {"age_band": "18-24"}, ("age_band", "25-34"))

    def note_add(self) -> Sent:
        path = f"/cases/{self.case().code}/notes/new"
        return Sent(path, {"text": "Seen"}, ("text", "Not seen"))

    def case_number_add(self) -> Sent:
        path = f"/cases/{self.case().code}/numbers/new"
        return Sent(path, {"number": "9/2025", "number_issuer": "court"}, ("number", "8/2025"))

    def case_share(self) -> Sent:
        path = f"/cases/{self.case().code}/share"
        return Sent(path, {"share_level": "coded"}, ("share_level", "private"))

    def checked(self) -> Sent:
        path = f"/cases/{self.case().code}/checked"
        return Sent(path, dated("occurred", "2025-03-01"), ("occurred-day", "2"))

    def step_record(self) -> Sent:
        path = f"/prosecutions/{self.case().prosecutions[0]}/steps/refer_to_prosecutor"
        return Sent(path, dated("occurred", "2025-03-01"), ("occurred-day", "2"))

    def accused_move(self) -> Sent:
        made = self.case(stage="investigation")
        with self.site.writing() as session:
            work = Work(session, actor_of(session, "chan", self.site), "accused:added", NOW)
            about = AddAccused(stage="investigation", source=AccountSource.TOLD)
            add_accused(work, session.get_one(Case, made.id), about)
        path = f"/prosecutions/{made.prosecutions[0]}/move"
        fields = dated("occurred", "2025-03-01", target="new")
        return Sent(path, fields, ("occurred-day", "2"))

    def judgment_add(self) -> Sent:
        made = self.case(stage="trial")
        path = f"/cases/{made.code}/judgment"
        return Sent(path, dated("occurred", "2025-03-01"), ("occurred-day", "2"), ticked=("end-",))

    def hearing_add(self) -> Sent:
        path = f"/cases/{self.case().code}/hearings/new"
        fields = dated("scheduled", "2025-03-01", status="held")
        return Sent(path, fields, ("scheduled-day", "2"))

    def hearing_outcome(self) -> Sent:
        path = f"/hearings/{self.planned()}/outcome"
        return Sent(path, {"status": "held"}, ("status", "cancelled"))

    def hearing_correct(self) -> Sent:
        path = f"/hearings/{self.planned()}/correct"
        fields = dated("scheduled", "2025-06-02", reason="wrong_date")
        return Sent(path, fields, ("scheduled-day", "3"))

    def event_correct(self) -> Sent:
        path = f"/events/{self.event(self.case())}/correct"
        fields = dated("occurred", "2025-02-03", reason="wrong_date")
        return Sent(path, fields, ("occurred-day", "4"))

    def event_account(self) -> Sent:
        path = f"/events/{self.event(self.case())}/account"
        return Sent(path, {"source": "told", "occurred-year": "2025"}, ("occurred-year", "2024"))

    def event_choose(self) -> Sent:
        event = self.event(self.case())
        with self.site.writing() as session:
            first = session.scalars(
                select(EventAccount).where(EventAccount.event_id == event)
            ).one()
            session.add(
                EventAccount(
                    event_id=event,
                    organisation_id=first.organisation_id,
                    source="media",
                    occurred_from=date(2025, 2, 9),
                    occurred_to=date(2025, 2, 9),
                    precision=first.precision,
                    rev_from=first.rev_from,
                )
            )
            session.flush()
            last = session.scalars(select(func.max(EventAccount.id))).one()
        fields = {"account": str(last), "remark": "The paper has it right"}
        return Sent(f"/events/{event}/choose", fields, ("remark", "The paper is wrong"))

    def review_entry(self) -> Sent:
        made = self.case()
        event = imported(self.site, made, "open_trial", date(2025, 3, 1))
        path = f"/review/{event}/{made.prosecutions[0]}"
        way = ("way", "first_seen:indicted")
        return Sent(path, {}, ("way", "earlier:indict"), "way", way)

    def review_alike(self) -> Sent:
        made = self.case()
        batch = batch_of(self.site)
        event = imported(self.site, made, "open_trial", date(2025, 3, 1), batch=batch)
        path = f"/review/{event}/{made.prosecutions[0]}/alike?way=first_seen:indicted"
        return Sent(path, {}, ("way", "earlier:indict"), "entry")

    def case_merge(self) -> Sent:
        kept, other = two_records(self.site)
        return Sent(f"/cases/{kept.code}/merge/{other.code}", {"why": "One file"}, ("why", "Two"))

    def case_apart(self) -> Sent:
        kept, other = two_records(self.site)
        merge_as(self.site, "chan", kept, other)
        return Sent(f"/cases/{kept.code}/apart/{other.code}", {"why": "Two"}, ("why", "Two files"))

    def case_not_same(self) -> Sent:
        kept, other = two_records(self.site)
        path = f"/cases/{kept.code}/not-the-same/{other.code}"
        return Sent(path, {"why": "Two men"}, ("why", "Two women"))

    def case_not_same_back(self) -> Sent:
        kept, other = two_records(self.site)
        with self.site.writing() as session:
            work = Work(session, actor_of(session, "chan", self.site), "case:not_same", NOW)
            one, two = (session.get_one(Case, made.id) for made in (kept, other))
            not_the_same(work, one, two, "Two men")
        path = f"/cases/{kept.code}/not-the-same/{other.code}/take-back"
        return Sent(path, {}, ("anything", "else"))

    def worklist(self) -> Sent:
        button = ("case", self.case().code)
        return Sent("/worklist?days=1", {"source": "told"}, ("source", "media"), "source", button)

    def redact(self) -> Sent:
        made = self.case()
        note(self.site, made, "Mealea wept", NoteTier.NETWORK, user="chan")
        with self.site.reading() as session:
            row = session.scalars(select(Note.id).where(Note.case_id == made.id)).one()
        fields = {"words": "Mealea", "reason": "victim_identity"}
        return Sent(f"/redact/note/{row}", fields, ("words", "wept"))

    def coverage(self) -> Sent:
        with self.site.reading() as session:
            court = str(key(session, Institution, COURT))
        path = "/coverage?jurisdiction=KH"
        return Sent(path, {"court": court, "remark": "Mondays"}, ("remark", "Fridays"), "remark")

    def home(self) -> Sent:
        made = make_case(self.site, user="chan")
        with self.site.writing() as session:
            session.add(
                AccessRequest(
                    case_id=made.id,
                    user_id=self.site.users["rith"],
                    organisation_id=self.site.organisations["river"],
                    revision_id=take_revision(session.connection(), "access:requested", NOW),
                )
            )
        return Sent("/", {}, ("anything", "else"), None)

    def report_freeze(self) -> Sent:
        path = "/reports/ends/freeze?jurisdiction=KH"
        return Sent(path, {"title": "For donors"}, ("title", "For the annual report"), "title")

    def saved_searches(self) -> Sent:
        return self.saving("Dara")

    def saving(self, name: str) -> Sent:
        """Return what is sent to keep a search under a name."""
        index(self.site)
        form = form_with(search(self.site.sign_in("chan"), "dara"), "name")
        hidden = {name: str(value) for name, value in form.submit_fields()}
        del hidden["csrf_token"], hidden["submission"]
        return Sent("/searches", hidden | {"name": name}, ("name", f"Not {name}"), None)

    def saved(self, name: str) -> str:
        """Return the address of a search that is kept."""
        browser, sent = self.site.sign_in("chan"), self.saving(name)
        self.beforehand += 1
        return str(browser.post(sent.path, filled(browser, sent), status=303).location)

    def saved_search_seen(self) -> Sent:
        path = self.saved("Seen")
        make_case(self.site, user="chan", name="Keo Dara")
        index(self.site)
        return Sent(f"{path}/seen", {}, ("anything", "else"), "look", page=path)

    def saved_search_rename(self) -> Sent:
        return Sent(f"{self.saved('Old')}/rename", {"name": "New"}, ("name", "Newer"), "name")

    def saved_search_delete(self) -> Sent:
        return Sent(f"{self.saved('Gone')}/delete", {}, ("anything", "else"))


def contents(site: Site) -> dict[str, int]:
    """Return the number of rows of every table."""
    with site.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name not in NOT_COUNTED
        }


def filled(browser: TestApp, sent: Sent) -> list[tuple[str, str]]:
    """Return what a browser sends after somebody filled the form in."""
    if sent.has is None:
        token = csrf_token(browser, sent.page or sent.path)
        return [("csrf_token", token), ("submission", str(uuid4())), *sent.fields.items()]
    forms = browser.get(sent.page or sent.path).forms.values()
    form = next(f for f in forms if "submission" in f.fields and sent.has in f.fields)
    for name, value in sent.fields.items():
        form[name] = value
    for prefix in sent.ticked:
        for name in [one for one in form.fields if one and one.startswith(prefix)]:
            options = [value for value, *_rest in form[name].options]
            form[name] = next(value for value in options if "acquit" in value)
    for name in [one for one in form.fields if one and one.startswith("mode-")]:
        form[name] = form[name].options[0][0]
    fields: list[tuple[str, str]] = form.submit_fields(*(sent.button or (None,)))
    if sent.button is not None:
        fields = [pair for pair in fields if pair[0] != sent.button[0]] + [sent.button]
    return fields


NEEDS_A_MARK = {"court_ask", "court_inquiry"}
"""Forms that a record as small as this one never offers; test_court_replies fills them in."""


def routes(site: Site) -> list[str]:
    """Return the routes whose forms change the record, as the router knows them."""
    asked = {route for route, _attr in posting_views(site) if route not in NO_SUBMIT}
    return sorted(asked - NEEDS_A_MARK)


def test_every_form_is_known_again_and_refused_with_other_content(site: Site) -> None:
    scene, browser = Scene(site), site.sign_in("chan")
    tried = []
    for route in routes(site):
        sent = scene.form_of(route)
        fields = filled(browser, sent)
        first = browser.post(sent.path, fields, expect_errors=True)
        assert first.status_int == 303, (route, first.text)
        held = contents(site)
        again = browser.post(sent.path, fields, expect_errors=True)
        assert (again.status_int, again.location) == (303, first.location), (route, again.text)
        assert contents(site) == held, route
        name, value = sent.other
        other = [pair for pair in fields if pair[0] != name] + [(name, value)]
        refused = browser.post(sent.path, other, expect_errors=True)
        assert refused.status_int == 409, (route, refused.text)
        assert "already sent with other content" in refused.text, route
        assert contents(site) == held, route
        tried.append(route)
    assert len(tried) >= 19
    with site.reading() as session:
        kept = session.scalar(select(func.count()).select_from(Submission))
        assert kept == len(tried) + scene.beforehand


def test_the_id_of_another_person_is_refused(site: Site) -> None:
    """Who sends another's id with the same content is not led to what they made."""
    sent = Scene(site).form_of("note_add")
    chan, mony = site.sign_in("chan"), site.sign_in("mony")
    fields = filled(chan, sent)
    chan.post(sent.path, fields, status=303)
    held = contents(site)
    token = ("csrf_token", csrf_token(mony))
    theirs = [token, *(pair for pair in fields if pair[0] != "csrf_token")]
    answer = mony.post(sent.path, theirs, status=409)
    assert "already sent with other content" in answer
    assert contents(site) == held

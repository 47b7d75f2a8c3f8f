"""Every address of the application, asked for by every reader.

A route that is not decided about here fails `test_walk.py`: whoever adds one says how it is walked.
"""

from __future__ import annotations

import html
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

from sqlalchemy import select
from webob import Request

from courtwatch.models import (
    Base,
    CaseNumber,
    Event,
    Hearing,
    Person,
    PersonName,
    Prosecution,
    ReportSnapshot,
    SavedSearch,
)
from courtwatch.reports.formats import FORMATS
from courtwatch.reports.kinds import REPORTS
from courtwatch.services.integrity.registry import KINDS
from courtwatch.services.redactable import REDACTABLE
from tests.functional.site import csrf_token, sign_in
from tests.reports_asked import query_of
from tests.secrecy.plants import CODE, KHMER, LATIN, Plant
from tests.secrecy.world import (
    COUNTED,
    FULL,
    KEPT,
    MERGED,
    NOBODY,
    NOW,
    OPENED,
    OPENED_CODED,
    PRIVATE,
    RIVERS,
    TAKEN_OUT,
    World,
)

EXAMPLES = frozenset({"c-7kq2xw9b"})
"""Codes that the forms give as an example."""
ABSENT = "C-22222222"
"""A code that no case has."""


@dataclass(frozen=True)
class Asked:
    """One address and how it is asked for.

    `figures`: it counts what it does not list. `brief`: asked by readers, too, of whose rights
    another one is walked everywhere. `said`: words that the asker says, and may be answered with.
    `by`: only this one asks.
    """

    path: str
    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = ()
    figures: bool = False
    brief: bool = False
    said: frozenset[str] = frozenset()
    by: str = ""


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: str
    body: bytes

    @cached_property
    def text(self) -> str:
        """Return all that was sent, in every spelling in which a word may hide, in small letters.

        As it is, with entities, percent signs and the escapes of JSON undone, and of an archive
        each file.
        """
        raw = self.body
        if raw[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                parts = [name.encode() + archive.read(name) for name in archive.namelist()]
            raw = b"\n".join(parts)
        text = f"{self.headers}\n{raw.decode('utf-8', 'replace')}"
        spelled = [text]
        if "&" in text:
            spelled.append(html.unescape(text))
        if "<mark" in text:
            spelled.append(re.sub("</?mark[^>]*>", "", text))
        if "%" in text:
            spelled.append(unquote(text.replace("+", " ")))
        if "\\u" in text:
            spelled.append(re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text))
        return "\n".join(spelled).lower()

    @cached_property
    def secrets(self) -> frozenset[str]:
        """Return every planted word in it."""
        text = self.text
        found = {*LATIN.findall(text), *KHMER.findall(text), *CODE.findall(text)}
        del self.__dict__["text"]  # several times the answer: too much to keep of thousands
        return frozenset((found | ({TAKEN_OUT} if TAKEN_OUT in text else set())) - EXAMPLES)


@dataclass(frozen=True)
class Reader:
    """Somebody's browser: the cookies that it sends, and the token that its forms carry."""

    app: Any
    cookies: str
    token: str

    def ask(self, asked: Asked) -> Answered:
        """Ask for one address. Cookies that come back are not kept."""
        environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_COOKIE": self.cookies}
        fields = None
        if asked.method == "POST":
            fields = [("csrf_token", self.token), *asked.fields]
        request = Request.blank(asked.path, environ=environ, POST=fields)
        response = request.get_response(self.app)
        headers = "\n".join(f"{name}: {value}" for name, value in response.headerlist)
        return Answered(response.status_int, headers, response.body)


def reader(world: World, name: str) -> Reader:
    """Return the browser of somebody, signed in through the real form."""
    browser = world.site.browser()
    if name != NOBODY:
        sign_in(browser, name)
    token = csrf_token(browser, "/sign-in" if name == NOBODY else "/")
    cookies = "; ".join(f"{key}={value}" for key, value in browser.cookies.items())
    return Reader(world.site.app, cookies, token)


_PASSING = (
    (re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), b"UUID"),
    (re.compile(rb"\b[0-9a-f]{64}\b"), b"TOKEN"),
    (re.compile(rb"/search/S-[0-9A-Z]{16}"), b"/search/NEW"),
    # The number of the last change of the index, which every page of results carries, tells that
    # something was written and nothing of what: like the number of a revision in a report.
    (re.compile(rb'value="-?\d+@[0-9T:+-]+"'), b'value="LOOK"'),
)


def comparable(answered: Answered) -> tuple[int, str, bytes]:
    """Return an answer without what is drawn anew for each: tokens, ids of forms, cookies."""
    body = answered.body
    if body[:2] == b"PK":
        body = answered.text.encode()
    for pattern, word in _PASSING:
        body = pattern.sub(word, body)
    headers = "\n".join(
        sorted(h for h in answered.headers.split("\n") if not h.startswith(("Set-Cookie", "ETag")))
    )
    headers = re.sub(r"/search/S-[0-9A-Z]{16}", "/search/NEW", headers)
    if b'value="LOOK"' in body:
        headers = re.sub(r"(?i)(content-length): \d+", r"\1", headers)
    return answered.status, headers, body


# --- Which addresses ---------------------------------------------------------------------------


@dataclass
class Addresses:
    """What there is to ask for, by codes and keys."""

    world: World
    found: dict[str, list[Asked]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.world.site.reading() as session:
            self.hearings: dict[int, list[str]] = {}
            for hearing in session.scalars(select(Hearing).order_by(Hearing.id)):
                self.hearings.setdefault(hearing.case_id, []).append(hearing.public_code)
            self.events: dict[int, list[int]] = {}
            for event in session.scalars(select(Event).order_by(Event.id)):
                self.events.setdefault(event.case_id, []).append(event.id)
            self.words = {
                kind: list(session.scalars(select(Base.metadata.tables[what.table.name].c.id)))
                for kind, what in REDACTABLE.items()
            }
            self.frozen = list(
                session.scalars(select(ReportSnapshot.code).order_by(ReportSnapshot.id))
            )
            self.kept = list(session.scalars(select(SavedSearch.code).order_by(SavedSearch.id)))

        self.named = [code for code in self.kept if code.endswith("K")]
        # A name, a number and a code that few may read, as somebody begins to type them.
        with self.world.site.reading() as session:
            private = self.world.cases[PRIVATE]
            name = session.scalars(
                select(PersonName.text)
                .join(Person, Person.id == PersonName.person_id)
                .join(Prosecution, Prosecution.person_id == Person.id)
                .where(Prosecution.public_code == private.prosecutions[0])
                .order_by(PersonName.id)
            ).first()
            number = session.scalars(
                select(CaseNumber.as_given).where(CaseNumber.case_id == private.id)
            ).first()
        self.typed = ("sok", str(name), str(number)[:6], private.code)

    def case(self, kind: str) -> str:
        """Return the code of a case."""
        return self.world.cases[kind].code


CLOSE = (FULL, PRIVATE)
"""Cases whose forms are walked."""


def each_case(pattern: str, kinds: tuple[str, ...] = CLOSE) -> Callable[[Addresses], Iterator[str]]:
    """Return what gives an address for each of these cases, and for one that is not there."""

    def paths(all_: Addresses) -> Iterator[str]:
        for kind in kinds:
            yield pattern.format(all_.case(kind))
        yield pattern.format(ABSENT)

    return paths


def each_prosecution(pattern: str) -> Callable[[Addresses], Iterator[str]]:
    """Return what gives an address for accused of two cases."""

    def paths(all_: Addresses) -> Iterator[str]:
        for kind in (FULL, PRIVATE):
            yield pattern.format(all_.world.cases[kind].prosecutions[1])
        yield pattern.format("P-22222222")

    return paths


def each_hearing(pattern: str) -> Callable[[Addresses], Iterator[str]]:
    """Return what gives an address for hearings of two cases."""

    def paths(all_: Addresses) -> Iterator[str]:
        for kind in (FULL, PRIVATE):
            for code in all_.hearings[all_.world.cases[kind].id][:1]:
                yield pattern.format(code)
        yield pattern.format("H-22222222")

    return paths


def each_event(pattern: str) -> Callable[[Addresses], Iterator[str]]:
    """Return what gives an address for entries of two cases."""

    def paths(all_: Addresses) -> Iterator[str]:
        for kind, count in ((FULL, 2), (PRIVATE, 1)):
            for key in all_.events[all_.world.cases[kind].id][-count:]:
                yield pattern.format(key)
        yield pattern.format(987_654_321)

    return paths


def each_entry(pattern: str) -> Callable[[Addresses], Iterator[str]]:
    """Return what gives an address for an entry of an accused."""

    def paths(all_: Addresses) -> Iterator[str]:
        for kind in (FULL, PRIVATE):
            made = all_.world.cases[kind]
            yield pattern.format(all_.events[made.id][-1], made.prosecutions[0])

    return paths


def each_pair(pattern: str) -> Callable[[Addresses], Iterator[str]]:
    """Return what gives an address for two cases."""

    def paths(all_: Addresses) -> Iterator[str]:
        for one, other in ((FULL, PRIVATE), (KEPT, MERGED)):
            yield pattern.format(all_.case(one), all_.case(other))
        yield pattern.format(all_.case(FULL), ABSENT)

    return paths


def only(*paths: str) -> Callable[[Addresses], Iterator[str]]:
    """Return what gives these addresses."""
    return lambda all_: iter(paths)


EVERY_CASE = tuple((FULL, "coded", KEPT, MERGED, OPENED, OPENED_CODED, PRIVATE, COUNTED, RIVERS))


def _cases_with_past(all_: Addresses) -> Iterator[str]:
    yield from each_case("/cases/{}", EVERY_CASE)(all_)
    for kind in (FULL, PRIVATE):
        yield f"/cases/{all_.case(kind)}?as_known_at={NOW:%Y-%m-%d}T23:59"


LIST_FILTERS = (
    "reason=ST1", "reason=unknown", "assessed=TI1", "assessed=unknown", "organisation=lotus",
    "share_level=private",
)  # fmt: skip


def _lists(all_: Addresses) -> Iterator[str]:
    yield "/cases"
    for one in LIST_FILTERS:
        yield f"/cases?{one}"


def _searches(all_: Addresses) -> Iterator[str]:
    for code in all_.kept:
        yield f"/search/{code}"
    yield "/search/S-9999X"
    for code in all_.kept:
        if code.endswith("Q0"):
            yield f"/search/{code}?organisation=lotus&court=KH-02-CFI"
            yield f"/search/{code}?reason=TI1&sort=last_event"


def _search_files(all_: Addresses) -> Iterator[str]:
    for code in all_.kept:
        if code.endswith("Q0"):
            yield f"/search/{code}.csv"
            yield f"/search/{code}.json"


def _redactions(all_: Addresses) -> Iterator[str]:
    for kind, keys in all_.words.items():
        for key in (keys[:1] + keys[-1:]) if keys else ():
            yield f"/redact/{kind}/{key}"


def _frozen(pattern: str) -> Callable[[Addresses], Iterator[str]]:
    return lambda all_: (pattern.format(code) for code in (*all_.frozen, "F-22222222"))


def _kinds(pattern: str) -> Callable[[Addresses], Iterator[str]]:
    def paths(all_: Addresses) -> Iterator[str]:
        kinds = [kind for kind in KINDS.values() if not kind.costly]
        for kind in (*kinds[::12], kinds[-1]):
            yield pattern.format(kind.code)

    return paths


WALKED: Mapping[str, Callable[[Addresses], Iterator[str]]] = {
    "home": only("/"),
    "case_go": lambda all_: (f"/cases/go#case={typed}" for typed in all_.typed),
    "case_suggestions": lambda all_: (f"/cases/suggestions#typed={typed}" for typed in all_.typed),
    "saved_searches": only("/searches"),
    "saved_search": lambda all_: (f"/searches/{code}" for code in all_.named),
    "saved_search_seen": lambda all_: (f"/searches/{code}/seen" for code in all_.named[:4]),
    "saved_search_rename": lambda all_: (f"/searches/{code}/rename" for code in all_.named[:4]),
    "saved_search_delete": lambda all_: (f"/searches/{code}/delete" for code in all_.named[:4]),
    "sign_in": only("/sign-in"),
    "cases": _lists,
    "cases_download": only("/cases.csv", "/cases.json", "/cases.json?reason=ST1"),
    "charges_download": only("/charges.csv", "/charges.json"),
    "open_case": only("/cases/new"),
    "access_request": only("/cases/find"),
    "case": _cases_with_past,
    "case_data": each_case("/cases/{}.json", (FULL, "coded", KEPT, OPENED, PRIVATE)),
    "accused_add": each_case("/cases/{}/accused/new"),
    "victim_add": each_case("/cases/{}/victims/new"),
    "checked": each_case("/cases/{}/checked"),
    "judgment_add": each_case("/cases/{}/judgment"),
    "hearing_add": each_case("/cases/{}/hearings/new"),
    "case_share": each_case("/cases/{}/share"),
    "note_add": each_case("/cases/{}/notes/new"),
    "case_number_add": each_case("/cases/{}/numbers/new"),
    "case_alike": each_case("/cases/{}/alike"),
    "case_merge": each_pair("/cases/{}/merge/{}"),
    "case_apart": each_pair("/cases/{}/apart/{}"),
    "case_not_same": each_pair("/cases/{}/not-the-same/{}"),
    "case_not_same_back": each_pair("/cases/{}/not-the-same/{}/take-back"),
    "duplicates": only("/duplicates"),
    "charge_add": each_prosecution("/prosecutions/{}/charges/new"),
    "accused_move": each_prosecution("/prosecutions/{}/move"),
    "step_choose": each_prosecution("/prosecutions/{}/steps"),
    "step_record": each_prosecution("/prosecutions/{}/steps/appeal"),
    "hearing": each_hearing("/hearings/{}"),
    "hearing_outcome": each_hearing("/hearings/{}/outcome"),
    "hearing_correct": each_hearing("/hearings/{}/correct"),
    "event": each_event("/events/{}"),
    "event_correct": each_event("/events/{}/correct"),
    "event_account": each_event("/events/{}/account"),
    "event_choose": each_event("/events/{}/choose"),
    "deadlines": only("/deadlines"),
    "deadlines_download": only("/deadlines.csv", "/deadlines.json"),
    "worklist": only("/worklist"),
    "worklist_download": only("/worklist.csv", "/worklist.json"),
    "review": only("/review"),
    "review_entry": each_entry("/review/{}/{}"),
    "review_alike": each_entry("/review/{}/{}/alike"),
    "redact": _redactions,
    "search": only("/search"),
    "search_help": only("/search/help"),
    "search_results": _searches,
    "search_download": _search_files,
    "reports": only("/reports"),
    "report": lambda all_: (f"/reports/{name}{query_of(name)}" for name in REPORTS),
    "report_download": lambda all_: (
        f"/reports/{name}.{kind}{query_of(name)}" for name in REPORTS for kind in FORMATS
    ),
    "court_ask": only("/reports/institutions/dismissed_by_court/KH-02-CFI?jurisdiction=KH"),
    "court_inquiry": only("/court-inquiries/R-LOTUS", "/court-inquiries/R-RIVER"),
    "snapshots": only("/reports/frozen"),
    "snapshot": _frozen("/reports/frozen/{}"),
    "snapshot_today": _frozen("/reports/frozen/{}/today"),
    "snapshot_download": _frozen("/reports/frozen/{}.json"),
    "snapshot_figures": _frozen("/reports/frozen/{}.figures.json"),
    "reference_totals": only("/reports/official-totals?jurisdiction=KH"),
    "reference_totals_download": only("/reports/official-totals.json?jurisdiction=KH"),
    "report_freeze": only("/reports/ends/freeze"),
    "integrity": only("/integrity"),
    "integrity_kind": _kinds("/integrity/{}"),
    "integrity_download": _kinds("/integrity/{}.csv"),
    "coverage": only("/coverage"),
    "my_data": only("/organisation/download"),
    "procedures": only("/procedures"),
    "procedure": only("/procedures/cambodia"),
}
"""Which addresses of each route are asked for."""

NOT_WALKED: Mapping[str, str] = {
    "language": "sets a cookie and leads back to the page that it came from",
    "__static/": "files of the program, the same for everybody",
    "sign_out": "ends the session and leads to the first page",
}
"""Routes that are left out, and why nothing of the record can be in what they answer."""

WHOLE = os.environ.get("COURTWATCH_WALK") == "whole"
"""Every address of every route, and forms sent empty; else the first two addresses of each."""
AT_FIRST = {
    "snapshot": 4,
    "cases": 4,
    "case": 12,
    "case_data": 5,
    "search_results": 200,
    "saved_search": 30,
}
"""Routes of which more addresses are always asked for."""
FIGURES = frozenset(
    {
        "report", "report_download", "reports", "snapshot", "snapshot_today", "snapshot_download",
        "snapshot_figures",
    }
)  # fmt: skip
"""Routes that count cases which are counted only, and list none of them."""


def routes_with_views(app: Any) -> dict[str, set[str]]:
    """Return every route that answers, with the methods that it answers."""
    found: dict[str, set[str]] = {}
    for entry in app.registry.introspector.get_category("views") or ():
        view = entry["introspectable"]
        if view["route_name"]:
            methods = view["request_methods"] or ("GET", "POST")
            methods = (methods,) if isinstance(methods, str) else methods
            found.setdefault(view["route_name"], set()).update(methods)
    return found


BRIEF = frozenset(
    {
        "home",
        "cases",
        "case",
        "case_data",
        "search_results",
        "saved_search",
        "duplicates",
        "coverage",
    }
)
"""Routes that every reader asks for; the others only one of each group."""


def addresses(world: World) -> list[Asked]:
    """Return everything that is asked for."""
    all_ = Addresses(world)
    methods = routes_with_views(world.site.app)
    with world.site.reading() as session:
        kept = {one.code: one for one in session.scalars(select(SavedSearch))}
    said = {code: frozenset(_words(one.query)) for code, one in kept.items()}
    names = {key: name for name, key in world.site.users.items()}
    found = []
    for route, paths in WALKED.items():
        every = list(paths(all_))
        for address in every if WHOLE else every[: AT_FIRST.get(route, 2)]:
            path, _sign, sent = address.partition("#")
            code = path.split("/")[-1].split("?")[0].split(".")[0]
            by = names[kept[code].user_id] if code in kept and not code.endswith("K") else ""
            about: dict[str, Any] = {
                "by": by,
                "figures": route in FIGURES,
                "brief": route in BRIEF and ("?" not in path or "past" in path),
                "said": frozenset(_words(address)) | said.get(code, frozenset()),
            }
            if "GET" in methods[route]:
                found.append(Asked(path, **about))
            if "POST" in methods[route] and "?" not in path and (WHOLE or sent):
                found.append(Asked(path, "POST", tuple(parse_qsl(sent)), **about))
    return found


def _words(text: str) -> list[str]:
    text = text.lower()
    return [*LATIN.findall(text), *KHMER.findall(text), *CODE.findall(text)]


TYPED = (
    "", "reason:TI1", "name:{name}", '"{note}"', "number:{number}", "{charge} {khmer}",
)  # fmt: skip
"""What is searched for through the pages; every secret is searched for in `test_search_secrecy`."""


def keep_searches(world: World, plants: list[Plant]) -> None:
    """Keep some searches of each person, under codes that a copy of the database has too."""

    def secret(column: str, place: int = 0) -> str:
        return next(
            plant.words[place] for plant in plants
            if plant.column == column and plant.context.case == PRIVATE and len(plant.words) > place
        )  # fmt: skip

    words = {
        "name": next(
            plant.words[0] for plant in plants
            if plant.column == "person_name.text" and plant.context.case == PRIVATE
            and plant.words[0].isascii()
        ),
        "note": secret("note.text"), "khmer": secret("note.text", 1),
        "number": secret("case_number.as_given"), "charge": secret("charge.as_given"),
    }  # fmt: skip
    with world.site.writing() as session:
        for name, user in world.site.users.items():
            for number, query in enumerate(TYPED if name in SEARCHERS else TYPED[:1]):
                session.add(SavedSearch(
                    code=f"S-{user:04d}Q{number}", user_id=user, query=query.format(**words),
                    created_at=NOW,
                ))  # fmt: skip


SEARCHERS = ("chan", "rada", "anan", "reak")

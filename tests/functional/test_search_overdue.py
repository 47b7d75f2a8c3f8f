"""The facet of due dates that have passed says what the deadlines say, at every moment."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from courtwatch.commands.parsing import When
from courtwatch.models import Clock, Job, Jurisdiction
from courtwatch.models.engine import WRITES
from courtwatch.models.vocabulary import AgeBand, Precision, ShareLevel
from courtwatch.security.visibility import audiences
from courtwatch.services.deadlines import Deadlines, Question
from courtwatch.services.fact_differences import mend
from courtwatch.services.index_limits import limit_spells
from courtwatch.services.procedure_moves import move_cases
from courtwatch.services.procedure_versions import find_version
from courtwatch.services.work import INDEX_CASE, SYSTEM, Work
from courtwatch.worker import Worker
from search_index.index import SearchIndex, SearchRequest, open_index
from tests.functional.scene import NOW, MadeCase, actor_of, make_case, step
from tests.functional.site import Site, make_settings, start
from tests.functional.test_search import search
from tests.procedures import first_cambodia
from workflows.limit_state import LimitKind, Status

DAY = date(2025, 1, 15)
MARCH = When(date(2025, 3, 1), date(2025, 3, 31), Precision.MONTH)
VALUES = ("detention", "act", "unknown")


class Scene:
    """One case for each way in which a limit can stand, some of them shared."""

    def __init__(self, site: Site) -> None:
        self.site = site
        full = ShareLevel.FULL
        self.cases = {
            "private": self.made(),
            "full": self.made(share=full),
            "vague": self.made(share=full),
            "age": self.made(share=ShareLevel.CODED, age_band=AgeBand.UNKNOWN),
            "ended": self.made(share=full),
            "owed": self.made(share=full),
            "hours": self.made(share=full),
            "theirs": self.made("rith"),
            "none": self.made(share=full),
        }
        for key in ("private", "full", "age", "ended"):
            step(site, self.cases[key], "detain", DAY)
        step(site, self.cases["theirs"], "detain", DAY, "rith")
        step(site, self.cases["vague"], "detain", DAY, occurred=MARCH)
        step(site, self.cases["ended"], "hold_file", date(2025, 3, 1), stated=("EV1",))
        step(site, self.cases["owed"], "hold_file", DAY, stated=("EV1",))
        step(site, self.cases["hours"], "place_in_police_custody", DAY, hour=9)
        run_worker(site)

    def made(self, user: str = "mony", **about: Any) -> MadeCase:
        about = {"stage": "prosecutor_review", "age_band": AgeBand.FROM_25} | about
        return make_case(self.site, user, **about)

    def moments(self) -> list[datetime]:
        """Return every moment at which a limit passes or becomes unknown, and the minute before."""
        with self.site.reading() as session:
            rows = session.execute(select(Clock.due_at, Clock.latest_due_at)).all()
        turns = {moment for row in rows for moment in row if moment is not None}
        return sorted({*turns, *(turn - timedelta(minutes=1) for turn in turns), NOW})

    def from_deadlines(self, user: str, now: datetime) -> dict[str, set[str]]:
        """Return which cases the deadlines name under each value of the facet."""
        found: dict[str, set[str]] = {value: set() for value in VALUES}
        with self.site.reading() as session:
            law = session.scalars(select(Jurisdiction).where(Jurisdiction.code == "KH")).one()
            actor = actor_of(session, user, self.site)
            for kind in (LimitKind.DETENTION, LimitKind.ACT):
                told = Deadlines(session, actor, Question(law, now, kind=kind)).found()
                over = [d for d in told.due if d.standing.status is Status.OVERDUE]
                found[kind.value] |= {d.case for d in over}
                found["unknown"] |= {d.case for d in told.unknown}
        return found

    def from_search(self, index: SearchIndex, user: str, now: datetime) -> dict[str, set[str]]:
        """Return which cases the index finds under each value of the facet."""
        with self.site.reading() as session:
            asker = audiences(actor_of(session, user, self.site))
        request = SearchRequest("", asker, facets=("overdue",), now=now)
        counts = dict(index.search(request).facets["overdue"])
        found = {}
        for value in VALUES:
            hits = index.search(replace(request, filters={"overdue": (value,)})).hits
            found[value] = {hit.code for hit in hits}
            assert counts.get(value, 0) == len(hits) == len(found[value])
        return found


def run_worker(site: Site) -> None:
    worker = Worker(site.engine, site.settings)
    worker.run_once()
    worker.close()


@pytest.fixture(scope="module")
def scene(template_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    directory = tmp_path_factory.mktemp("overdue")
    shutil.copy(template_database, directory / "courtwatch.sqlite")
    site = start(make_settings(directory))
    yield Scene(site)
    site.engine.dispose()


class TestAgreement:
    @pytest.mark.parametrize("user", ["mony", "rith", "anan", "reak"])
    def test_search_and_deadlines_name_the_same_cases_at_every_moment(
        self, scene: Scene, user: str
    ) -> None:
        """Exact, vague and missing days, hours, ended prosecutions, and what is not shared."""
        seen: dict[str, set[str]] = {value: set() for value in VALUES}
        with open_index(scene.site.settings.index_directory) as index:
            for now in scene.moments():
                expected = scene.from_deadlines(user, now)
                assert scene.from_search(index, user, now) == expected, now
                for value, some in expected.items():
                    seen[value] |= some
        codes = {key: made.code for key, made in scene.cases.items()}
        shared = {"full", "vague", "hours"}
        own = {"mony": {"private"}, "rith": {"theirs"}}.get(user, set())
        assert seen["detention"] == {codes[key] for key in (*shared, *own)}
        assert seen["act"] == {codes["owed"], codes["ended"]}
        assert {codes["vague"], codes["age"]} <= seen["unknown"]

    def test_page_and_downloads_filter_by_it(self, scene: Scene) -> None:
        """In words on the page; the same cases in both files."""
        browser = scene.site.sign_in("mony")
        page = search(browser, "")
        assert "Limit of custody or detention has passed" in page.text
        chosen = page.click("Limit of custody or detention has passed")
        assert "overdue=detention" in chosen.request.url
        over = {scene.cases[key].code for key in ("private", "full", "vague", "hours")}
        every = {made.code for made in scene.cases.values()}
        links = {link["href"].rsplit("/", 1)[1] for link in chosen.html.select("h3 a")}
        assert links & every == over
        path = chosen.request.path
        data = browser.get(f"{path}.json?overdue=detention").json
        assert {row["case"] for row in data["rows"]} == over
        table = browser.get(f"{path}.csv?overdue=detention").text
        assert {code for code in every if code in table} == over


class TestIndexFollows:
    """What changes a clock owes the index the case, though nobody entered anything."""

    def owed(self, site: Site) -> set[int]:
        with site.reading() as session:
            keys = session.scalars(select(Job.key).where(Job.kind == INDEX_CASE))
            return {int(key) for key in keys}

    def test_a_clock_that_is_mended_owes_its_case(self, site: Site) -> None:
        made = make_case(site, stage="prosecutor_review", age_band=AgeBand.FROM_25)
        step(site, made, "detain", DAY)
        run_worker(site)
        with site.engine.connect().execution_options(**{WRITES: True}) as connection:
            connection.execute(update(Clock).values(due_at=NOW, latest_due_at=NOW))
            connection.commit()
        assert self.owed(site) == set()
        with site.writing() as session:
            owner = session.scalars(select(Clock.prosecution_id)).first()
            assert owner is not None
            mend(Work(session, SYSTEM, "facts:rebuilt", NOW), False, [owner])
        assert self.owed(site) == {made.id}

    def test_another_version_of_the_procedure_owes_its_cases(self, site: Site) -> None:
        made = make_case(site, stage="prosecutor_review", age_band=AgeBand.FROM_25)
        step(site, made, "detain", DAY)
        run_worker(site)
        with site.writing() as session:
            first, second = first_cambodia(session), find_version(session, "cambodia/2")
            move_cases(Work(session, SYSTEM, "case:moved", NOW), second, first, [made.id])
        assert self.owed(site) == {made.id}

    def test_a_release_stops_the_limit_in_the_index(self, site: Site) -> None:
        made = make_case(site, stage="prosecutor_review", age_band=AgeBand.FROM_25)
        step(site, made, "detain", DAY)
        run_worker(site)
        browser = site.sign_in("mony")
        assert ">1 case<" in search(browser, "overdue:detention").text
        step(site, made, "release", date(2025, 3, 1))
        run_worker(site)
        assert ">0 cases<" in search(browser, "overdue:detention").text
        with site.reading() as session:
            assert limit_spells(session.connection(), [made.id], {}) == {}

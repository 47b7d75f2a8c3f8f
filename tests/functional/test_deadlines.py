"""Deadlines: what is over, due soon or not known, for each reader and at each moment."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from courtwatch.cli import run
from courtwatch.cli.exit_codes import ExitCode
from courtwatch.commands.cases import SetShareLevel
from courtwatch.commands.steps import CorrectEntry
from courtwatch.models import Case, Event, Jurisdiction, Revision
from courtwatch.models.vocabulary import AgeBand, ShareLevel, VoidReason
from courtwatch.services.corrections import void_event
from courtwatch.services.deadlines import Deadlines, Question
from courtwatch.services.sharing import set_share_level
from courtwatch.services.work import Work
from tests.functional.scene import MadeCase, actor_of, make_case, step
from tests.functional.site import NOW, ZONE, Site, counted_queries, make_settings, start, today
from workflows.limit_days import add_months, end_of
from workflows.limit_state import Over, Status

RECORDED_ON = NOW.astimezone(ZONE).date()
"""The day of every revision, which is today to whoever asks as known at one."""
LONG_AGO = date(2025, 1, 15)
ELSEWHERE = "KH-12-CFI"


class Scene:
    """Detention of one accused in each case; who may see what follows from how it is shared.

    One limit is due soon on the day `asked_on`, else today.
    """

    def __init__(self, site: Site, asked_on: date | None = None) -> None:
        self.site = site
        self.events: dict[str, int] = {}
        self.cases = {
            "full": self.detained("full", LONG_AGO, share=ShareLevel.FULL, name="Sok Dara"),
            "private": self.detained("private", LONG_AGO, name="Chea Bopha"),
            "counted": self.detained(
                "counted",
                LONG_AGO,
                share=ShareLevel.COUNTED,
                name="Kim Ly",
                age_band=AgeBand.FROM_16,
            ),
            "coded": self.detained(
                "coded",
                add_months((asked_on or today()) + timedelta(days=7), -6),
                share=ShareLevel.CODED,
                name="Meas Vuthy",
                court=ELSEWHERE,
            ),
            "theirs": self.detained(
                "theirs",
                LONG_AGO,
                user="rith",
                share=ShareLevel.FULL,
                name="Nuon Srey",
                age_band=AgeBand.UNKNOWN,
            ),
        }

    def detained(self, key: str, day: date, user: str = "mony", **about: Any) -> MadeCase:
        """Make a case whose accused was detained on a day."""
        about = {"stage": "prosecutor_review", "age_band": AgeBand.FROM_25} | about
        made = make_case(self.site, user, **about)
        self.events[key] = step(self.site, made, "detain", day, user)
        return made

    def codes(self, text: str) -> set[str]:
        """Return which cases a page or download names."""
        return {key for key, made in self.cases.items() if made.code in text}

    def ask(self, user: str, now: datetime, **more: Any) -> Any:
        """Return what the service finds for a user."""
        with self.site.reading() as session:
            law = session.scalars(select(Jurisdiction).where(Jurisdiction.code == "KH")).one()
            actor = actor_of(session, user, self.site)
            return Deadlines(session, actor, Question(law, now, **more)).found()


@pytest.fixture(scope="module")
def read_only(template_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Give a scene to tests that write nothing."""
    directory = tmp_path_factory.mktemp("deadlines")
    shutil.copy(template_database, directory / "courtwatch.sqlite")
    site = start(make_settings(directory))
    yield Scene(site)
    site.engine.dispose()


@pytest.fixture
def scene(site: Site) -> Scene:
    """Give a scene of its own to a test that writes."""
    return Scene(site)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def stats(text: str) -> list[str]:
    """Return the large figures of the page."""
    return re.findall(r'cw-stat__value">([^<]+)<', text)


class TestEachReader:
    """Page, CSV and JSON tell of the cases that a reader may see, and of no other."""

    @pytest.mark.parametrize(
        ("name", "seen", "figures", "names"),
        [
            ("mony", {"full", "private", "counted", "coded", "theirs"}, ["3", "1", "1"],
             {"Sok Dara", "Chea Bopha", "Kim Ly", "Meas Vuthy"}),
            ("rith", {"full", "coded", "theirs"}, ["1", "1", "1"], {"Sok Dara", "Nuon Srey"}),
            ("anan", {"full", "coded", "theirs"}, ["1", "1", "1"], {"Sok Dara"}),
            ("reak", {"full", "coded", "theirs"}, ["1", "1", "1"], set()),
        ],
    )  # fmt: skip
    def test_sees_their_share(
        self, read_only: Scene, name: str, seen: set[str], figures: list[str], names: set[str]
    ) -> None:
        browser = read_only.site.sign_in(name)
        page = browser.get("/deadlines")
        table = browser.get("/deadlines.csv").text
        data = browser.get("/deadlines.json").json
        assert read_only.codes(page.text) == read_only.codes(table) == seen
        assert read_only.codes(json.dumps(data)) == seen
        assert stats(page.text)[:3] == figures
        total, *others = data["totals"]
        assert [str(total[f"persons_{key}"]) for key in ("over", "due_soon", "not_known")] == (
            figures
        )
        everybody = {"Sok Dara", "Chea Bopha", "Kim Ly", "Meas Vuthy", "Nuon Srey"}
        assert {one for one in everybody if one in page.text} == names - {"Nuon Srey"} | (
            {"Nuon Srey"} if name in ("mony", "rith") else set()
        )
        courts = [row for row in others if row["by"] == "court"]
        assert sum(row["persons_over"] for row in courts) == total["persons_over"]
        organisations = {row["code"] for row in others if row["by"] == "organisation"}
        if name in ("mony", "rith"):
            assert organisations == {"lotus", "river"}
        else:
            told = page.text + table + json.dumps(data)
            assert not organisations
            assert not re.search("lotus|river", told, re.IGNORECASE)

    def test_who_runs_the_system_has_no_such_page(self, read_only: Scene) -> None:
        browser = read_only.site.sign_in("admin")
        for path in ("/deadlines", "/deadlines.csv", "/deadlines.json"):
            assert browser.get(path, status=403)
        assert "/deadlines" not in browser.get("/").text
        assert read_only.site.browser().get("/deadlines", status=303)

    def test_filters_narrow_and_refuse(self, read_only: Scene) -> None:
        """An organisation is no filter for those who may not know organisations."""
        mony, anan = read_only.site.sign_in("mony"), read_only.site.sign_in("anan")
        page = mony.get(f"/deadlines?court={ELSEWHERE}")
        assert read_only.codes(page.text) == {"coded"}
        assert read_only.codes(mony.get("/deadlines?organisation=river").text) == {"theirs"}
        assert read_only.codes(mony.get("/deadlines?days=3").text) == set(read_only.cases) - {
            "coded"
        }
        assert read_only.codes(mony.get("/deadlines?kind=right").text) == set()
        refused = anan.get("/deadlines?organisation=river", status=400)
        assert "You may not filter by this" in refused.text
        assert anan.get("/deadlines.csv?organisation=river", status=400)
        for wrong, field in (
            ("days=many", "days"),
            ("days=9999", "days"),
            ("kind=bail", "kind"),
            ("court=KH-00", "court"),
            ("as_known_at=yesterday", "as_known_at"),
            ("jurisdiction=XX", "jurisdiction"),
        ):
            answer = mony.get(f"/deadlines?{wrong}", status=400)
            assert f'href="#{field}"' in answer.text, wrong

    def test_sends_no_query_for_each_row(self, read_only: Scene) -> None:
        browser = read_only.site.sign_in("mony")
        browser.get("/deadlines")
        with counted_queries(read_only.site.engine) as few:
            browser.get(f"/deadlines?court={ELSEWHERE}")
        with counted_queries(read_only.site.engine) as many:
            browser.get("/deadlines")
        assert len(many) <= len(few) + 1


class TestElsewhere:
    """Home and the command line say the same as the page."""

    @pytest.mark.parametrize(
        ("name", "counts"), [("mony", ["3", "1"]), ("rith", ["0", "0"]), ("anan", ["1", "1"])]
    )
    def test_home_counts_lead_to_the_page(
        self, read_only: Scene, name: str, counts: list[str]
    ) -> None:
        """Of the own organisation's cases, or of all that a reader may see."""
        browser = read_only.site.sign_in(name)
        links = browser.get("/").html.select(".cw-stat__value a[href^='/deadlines']")
        assert [link.text for link in links] == counts
        assert stats(browser.get(links[0]["href"]).text)[:2] == counts

    def test_command(self, read_only: Scene, tmp_path: Path, capsys: Any) -> None:
        """Every case of the database, by code, and totals; a name never."""
        ini = tmp_path / "some.ini"
        ini.write_text(
            "[app:main]\nuse = egg:courtwatch\n"
            f"sqlalchemy.url = {read_only.site.settings.database_url}\n"
            f"courtwatch.data_directory = {tmp_path}\n",
            encoding="utf-8",
        )

        def output(*options: str) -> str:
            assert run(["-c", str(ini), "deadlines", *options]) == ExitCode.OK
            return str(capsys.readouterr().out)

        text = output("--format", "csv")
        assert read_only.codes(text) == set(read_only.cases)
        assert "Sok Dara" not in text
        mony = read_only.site.sign_in("mony").get("/deadlines.csv")
        said = rows_of(text.replace(",True,", ",yes,").replace(",False,", ",no,"))
        assert said == rows_of(mony.text), "who sees all cases reads the same rows"
        total, *_others = json.loads(output("--totals", "--format", "json"))
        assert (total["persons_over"], total["persons_due_soon"]) == (3, 1)
        with read_only.site.reading() as session:
            last = session.scalar(select(func.max(Revision.id)))
        past = ("--as-known-at", str(last), "--format", "csv")
        assert output(*past) == output(*past)
        for wrong in (("--court", "KH-00"), ("--as-known-at", "soon"), ("--days", "9999")):
            assert run(["-c", str(ini), "deadlines", *wrong]) == ExitCode.BAD_INPUT


class TestWhatIsTold:
    def test_limit_article_state_and_what_is_missing(self, read_only: Scene) -> None:
        """In words: the state, the article, whether a lawyer verified it, and what is missing."""
        browser = read_only.site.sign_in("mony")
        rows = {row["case"]: row for row in rows_of(browser.get("/deadlines.csv").text)}
        full, coded, theirs = (rows[read_only.cases[k].code] for k in ("full", "coded", "theirs"))
        assert (full["state"], coded["state"], theirs["state"]) == ("overdue", "soon", "unknown")
        assert (full["article"], full["article_verified"]) == ("CPC 208", "yes")
        assert full["due_at"] == "2026-07-16T00:00:00+07:00", "the ceiling comes last"
        assert full["days_over"] == str((today() - date(2026, 7, 16)).days)
        assert theirs["missing"] == "age_unknown"
        assert theirs["due_at"] == theirs["days_over"] == ""
        page = browser.get("/deadlines").text
        assert "the age of the accused is missing" in page
        assert "not verified by a lawyer" in page
        assert "15 July 2025" in page, "the last day in time"

    def test_unknown_is_never_fine(self, read_only: Scene) -> None:
        """It is counted apart, adds no day, and stands among what is not known."""
        found = read_only.ask("rith", NOW, organisation="river")
        assert [one.standing.status for one in found.unknown] == [Status.UNKNOWN]
        assert found.due == ()
        assert (found.total.over, found.total.unknown) == (0, 1)
        assert found.total.all_days == Over(0, 0)

    def test_person_days(self, scene: Scene) -> None:
        """Until release, each day once for any number of limits; all holds the released, too."""
        now = end_of(date(2025, 8, 4), ZONE)
        found = scene.ask("mony", now)
        assert found.total.held == found.total.all_days == Over(3 * 20, 3 * 20)
        step(scene.site, scene.cases["full"], "request_release", date(2025, 7, 26))
        assert scene.ask("mony", now).total.verified == 11, "16 to 26 July"
        step(scene.site, scene.cases["full"], "release", date(2025, 8, 1))
        found = scene.ask("mony", now)
        without = scene.ask("mony", now, released=False)
        assert found.total.held == without.total.held == Over(2 * 20, 2 * 20)
        assert without.total.all_days == Over(2 * 20, 2 * 20), "the past of others is not read"
        assert found.total.all_days == Over(2 * 20 + 16, 2 * 20 + 17)
        long_after = scene.ask("mony", end_of(date(2026, 8, 4), ZONE))
        assert long_after.total.all_days.least == 2 * 385 + 16, "the ceiling adds no day"
        assert long_after.total.over == 2

    def test_days_before_a_late_extension_count_without_the_past_of_others(
        self, scene: Scene
    ) -> None:
        """Over in July, extended late, over again in January: one figure, however it is asked."""
        step(scene.site, scene.cases["full"], "extend_detention", date(2025, 7, 26))
        step(scene.site, scene.cases["private"], "release", date(2025, 8, 1))
        now = end_of(date(2026, 1, 20), ZONE)
        asked = [scene.ask("mony", now, released=released) for released in (True, False)]
        expected = (10 + 5) + (date(2026, 1, 20) - date(2025, 7, 15)).days
        assert [found.total.held.least for found in asked] == [expected] * 2
        assert asked[0].total.all_days.least == expected + 16
        page = scene.site.sign_in("mony")
        assert "Person-days of all" not in page.get("/deadlines").text
        assert "Person-days of all" in page.get("/deadlines?released=yes").text

    def test_days_of_which_nobody_has_looked_are_told(self, read_only: Scene) -> None:
        """Held until now unless released; until the last verification, which was the detention."""
        now = end_of(date(2025, 8, 4), ZONE)
        total = read_only.ask("mony", now).total
        assert (total.held.least, total.verified) == (60, 0)
        page = read_only.site.sign_in("mony").get("/deadlines").text
        assert "last verified: 15 January 2025" in page
        assert "until the last verification 0" in page

    def test_due_soon_is_asked_of_the_day(self, read_only: Scene) -> None:
        """Nothing is written and yet a limit goes from running to soon to over."""
        due = date(2025, 7, 15)
        statuses = []
        for day in (due - timedelta(days=15), due - timedelta(days=14), due, due + timedelta(1)):
            found = read_only.ask("mony", end_of(day, ZONE) - timedelta(hours=12))
            statuses.append({str(d.standing.status) for d in found.due if d.court_id})
        assert statuses == [set(), {"soon"}, {"soon"}, {"overdue"}]

    def test_detention_that_outlives_its_prosecution_is_unknown(self, scene: Scene) -> None:
        """Nobody recorded the release: neither over today nor fine; the days until then count."""
        step(scene.site, scene.cases["full"], "hold_file", date(2025, 8, 1), stated=("EV1",))
        found = scene.ask("mony", NOW)
        assert scene.cases["full"].code not in {d.case for d in (*found.due, *found.unknown)}
        assert found.ended_unknown == 2, "the limit and the ceiling"
        early = scene.ask("mony", end_of(date(2025, 8, 4), ZONE))
        assert early.total.all_days.least == 2 * 20 + 16
        page = scene.site.sign_in("mony").get(f"/cases/{scene.cases['full'].code}").text
        assert "the prosecution ended, and nobody recorded the release" in page


class TestAsKnownAt:
    @pytest.fixture
    def scene(self, site: Site) -> Scene:
        """Give a scene that is asked as of the day on which it was recorded."""
        return Scene(site, RECORDED_ON)

    def test_reads_the_same_after_a_correction(self, scene: Scene) -> None:
        """To the byte, for every reader; the present has it right."""
        with scene.site.reading() as session:
            before = session.scalar(select(func.max(Revision.id)))
        browsers = {name: scene.site.sign_in(name) for name in ("mony", "rith", "anan", "reak")}
        path = f"as_known_at={before}"
        kept = {
            name: (one.get(f"/deadlines?{path}").text, one.get(f"/deadlines.csv?{path}").body,
                   one.get(f"/deadlines.json?{path}").body)
            for name, one in browsers.items()
        }  # fmt: skip
        with scene.site.writing() as session:
            work = Work(session, actor_of(session, "mony", scene.site), "event:corrected", NOW)
            event = session.get_one(Event, scene.events["full"])
            void_event(work, event, CorrectEntry(reason=VoidReason.TYPED_WRONG))
        for name, one in browsers.items():
            assert scene.cases["full"].code in kept[name][0]
            assert one.get(f"/deadlines.csv?{path}").body == kept[name][1]
            assert one.get(f"/deadlines.json?{path}").body == kept[name][2]
            assert plain(one.get(f"/deadlines?{path}").text) == plain(kept[name][0])
            assert scene.cases["full"].code not in one.get("/deadlines").text
        assert "Sok Dara" not in kept["mony"][0], "names are those of today, so none in the past"

    def test_shows_what_the_reader_may_see_today(self, scene: Scene) -> None:
        """What was open then and is private now is not told."""
        with scene.site.reading() as session:
            before = session.scalar(select(func.max(Revision.id)))
        with scene.site.writing() as session:
            work = Work(session, actor_of(session, "chan", scene.site), "case:shared", NOW)
            case = session.get_one(Case, scene.cases["full"].id)
            set_share_level(work, case, SetShareLevel(share_level=ShareLevel.PRIVATE))
        for name, seen in (("rith", {"coded", "theirs"}), ("mony", set(scene.cases))):
            browser = scene.site.sign_in(name)
            for path in ("/deadlines", "/deadlines.csv", "/deadlines.json"):
                text = browser.get(f"{path}?as_known_at={before}").text
                assert scene.codes(text) == seen, (name, path)

    @pytest.mark.parametrize(
        "sql",
        [
            "update prosecution_case set case_id = ? where case_id = ?",
            'update "case" set merged_into_id = ? where id = ?',
        ],
    )
    def test_what_moved_out_of_sight(self, scene: Scene, sql: str) -> None:
        """Severed to a private case since, or merged: the past of the open one is not told."""
        with scene.site.reading() as session:
            before = session.scalar(select(func.max(Revision.id)))
        with scene.site.engine.begin() as connection:
            connection.exec_driver_sql(sql, (scene.cases["private"].id, scene.cases["full"].id))
        for name, seen in (("rith", {"coded", "theirs"}), ("mony", set(scene.cases))):
            text = scene.site.sign_in(name).get(f"/deadlines.csv?as_known_at={before}").text
            assert scene.codes(text) == seen, name


def plain(text: str) -> str:
    """Return a page without what is new on every one: tokens and the form's ids."""
    return re.sub(r'value="[0-9a-f-]{32,64}"', "", text)


class TestOnTheCase:
    """The time limits of each accused, on the page of their case."""

    def test_now_and_then(self, scene: Scene) -> None:
        made = scene.cases["full"]
        browser = scene.site.sign_in("rith")
        now = browser.get(f"/cases/{made.code}").text
        assert "Pre-trial detention, felony" in now
        assert "Overdue" in now
        assert "CPC 208" in now
        assert f"days over the limit: {(today() - date(2025, 7, 16)).days:,}" in now
        with scene.site.reading() as session:
            opened = session.scalar(select(Event.rev_from).where(Event.id == scene.events["full"]))
        assert opened is not None
        before = browser.get(f"/cases/{made.code}?as_known_at={opened - 1}").text
        assert "Pre-trial detention, felony" not in before, "nobody had recorded detention"
        step(scene.site, made, "release", date(2025, 8, 1))
        later = browser.get(f"/cases/{made.code}").text
        assert "Ended too late" in later
        past = browser.get(f"/cases/{made.code}?as_known_at={opened}").text
        assert "Overdue" in past
        assert "Ended too late" not in past

    def test_what_is_missing(self, read_only: Scene) -> None:
        text = read_only.site.sign_in("reak").get(f"/cases/{read_only.cases['theirs'].code}").text
        assert "the age of the accused is missing" in text

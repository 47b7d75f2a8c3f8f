"""Facets, filters in use, days and orders of a search: who is offered what, and in which words."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyramid.testing import DummyRequest

from courtwatch.commands.parsing import When
from courtwatch.models import SavedSearch
from courtwatch.models.vocabulary import AgeBand, Precision, ShareLevel
from courtwatch.services.search import Answer
from courtwatch.views.search_filters import Chosen, Shown
from tests.functional.scene import make_case, step
from tests.functional.site import Site, make_settings, start
from tests.functional.test_search import index, search

COURTS = ("KH-02-CFI", "KH-12-CFI")
MARCH = When(date(2025, 3, 1), date(2025, 3, 31), Precision.MONTH)


class Scene:
    """Cases of two organisations at two courts; the second of each court is River's."""

    def __init__(self, site: Site) -> None:
        self.site = site
        about: dict[str, Any] = {"stage": "prosecutor_review", "age_band": AgeBand.FROM_25}
        full = ShareLevel.FULL
        self.cases = {
            "sok": make_case(site, share=full, name="Sokh Vutthy", court=COURTS[0], **about),
            "dara": make_case(site, "rith", share=full, name="Chea Dara", court=COURTS[0], **about),
            "srey": make_case(site, share=full, name="ស្រីមុំ", court=COURTS[1], **about),
            "own": make_case(site, name="Kim Ly", court=COURTS[1], **about),
        }
        step(site, self.cases["sok"], "detain", date(2025, 2, 1))
        step(site, self.cases["srey"], "detain", MARCH.first or date.min, occurred=MARCH)
        step(site, self.cases["dara"], "hold_file", date(2025, 5, 1), "rith", stated=("EV1",))
        index(site)

    def codes(self, page: Any) -> list[str]:
        """Return which cases a page of results shows, in order."""
        by_code = {made.code: key for key, made in self.cases.items()}
        return [by_code[link["href"].rsplit("/", 1)[1]] for link in page.html.select("h3 a")]


@pytest.fixture(scope="module")
def scene(template_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    directory = tmp_path_factory.mktemp("facets")
    shutil.copy(template_database, directory / "courtwatch.sqlite")
    site = start(make_settings(directory))
    yield Scene(site)
    site.engine.dispose()


def facet(page: Any, name: str) -> dict[str, str]:
    """Return the values of a facet as the page offers them: words -> count."""
    return {
        " ".join(re.sub(r"^.*: |✕|\(remove.*", "", li.a.text).split()): li.select_one(
            ".cw-secondary"
        ).text.split()[0]
        for li in page.html.select(f"#facet-{name} li")
    }


def told(page: Any) -> str:
    """Return what the error summary says."""
    box = page.html.select_one(".govuk-error-summary")
    return " ".join(box.text.split()) if box else ""


class TestOrganisation:
    """By organisation: one's own for those who keep cases, all for those who coordinate."""

    @pytest.mark.parametrize(
        ("user", "offered"),
        [
            ("mony", {"Lotus Legal Aid": "3"}),
            ("rith", {"River Monitors": "1"}),
            ("chan", {"Lotus Legal Aid": "3", "River Monitors": "1"}),
            ("rada", {"Lotus Legal Aid": "2", "River Monitors": "1"}),
            ("anan", {}),
            ("reak", {}),
        ],
    )
    def test_is_counted_for_whom_it_may(
        self, scene: Scene, user: str, offered: dict[str, str]
    ) -> None:
        page = search(scene.site.sign_in(user), "")
        assert facet(page, "organisation") == offered
        if not offered:
            assert "organisation=" not in page.text

    @pytest.mark.parametrize(
        ("user", "found"),
        [("mony", []), ("rith", ["dara"]), ("chan", ["dara"]), ("rada", ["dara"])],
    )
    def test_filters_and_fields_tell_no_more_than_the_facet(
        self, scene: Scene, user: str, found: list[str]
    ) -> None:
        """Neither the address nor the typed field nor a download finds by another's code."""
        browser = scene.site.sign_in(user)
        page = search(browser, "")
        path = page.request.path
        chosen = browser.get(f"{path}?organisation=river")
        assert scene.codes(chosen) == found
        assert ("No case that you may see has this: Organisation river" in told(chosen)) is (
            not found
        )
        rows = browser.get(f"{path}.json?organisation=river").json["rows"]
        assert len(rows) == len(found)
        assert scene.codes(search(browser, "organisation:river")) == found
        if user == "mony":
            assert "River" not in chosen.text

    @pytest.mark.parametrize("user", ["anan", "reak"])
    def test_others_may_not_filter_by_it(self, scene: Scene, user: str) -> None:
        browser = scene.site.sign_in(user)
        path = search(browser, "").request.path
        chosen = browser.get(f"{path}?organisation=river")
        assert "You may not filter by this: Organisation" in told(chosen)
        assert scene.codes(search(browser, "organisation:river")) == []


class TestChoosing:
    def test_several_values_and_several_facets_at_once(self, scene: Scene) -> None:
        """Any value within a facet, all facets together; every link keeps the rest."""
        browser = scene.site.sign_in("mony")
        page = search(browser, "")
        assert facet(page, "court") == {
            "Battambang Provincial Court": "2", "Phnom Penh Municipal Court": "2"
        }  # fmt: skip
        page = page.click("Battambang Provincial Court")
        assert set(scene.codes(page)) == {"sok", "dara"}
        assert facet(page, "court")["Phnom Penh Municipal Court"] == "2", "its own filter apart"
        assert facet(page, "custody")["In pre-trial detention"] == "1"
        page = page.click("Phnom Penh Municipal Court")
        assert len(scene.codes(page)) == 4
        page = page.click("In pre-trial detention")
        assert set(scene.codes(page)) == {"sok", "srey"}
        assert page.request.url.count("court=") == 2
        chips = [" ".join(li.text.split()) for li in page.html.select("ul[aria-label] > li")]
        held = "Custody: In pre-trial detention"
        assert f"{held} ✕ Remove {held}" in chips
        assert page.click("Clear all filters").request.query_string == ""
        removed = page.click("Remove.*Court: Battambang")
        assert "KH-02-CFI" not in removed.request.url
        assert scene.codes(removed) == ["srey"]

    def test_a_chosen_value_without_a_case_can_be_taken_off(self, scene: Scene) -> None:
        browser = scene.site.sign_in("mony")
        path = search(browser, "Vutthy").request.path
        page = browser.get(f"{path}?court={COURTS[1]}")
        assert ">0 cases<" in page.text
        assert facet(page, "court")["Phnom Penh Municipal Court"] == "0"
        assert told(page) == ""
        assert scene.codes(page.click("Remove.*Phnom Penh")) == ["sok"]

    def test_more_than_twelve_values_stand_behind_show_all(self, scene: Scene) -> None:
        """Made from the answer of an index that has many; chosen ones stand in front."""
        chosen = Chosen({"court": ("C20",)}, "relevance")
        many = tuple((f"C{number:02d}", 50 - number) for number in range(25))
        answer = Answer(1, (), {"court": many, "stage": many[:12]}, (), None)
        request = DummyRequest()
        request.route_path = lambda name, code: f"/search/{code}"
        shown = {
            f.name: f for f in Shown(request, SavedSearch(code="S-1"), chosen, answer, {}).facets()
        }
        assert [value.label for value in shown["court"].values[:2]] == ["C20", "C00"]
        assert (len(shown["court"].values), len(shown["court"].more)) == (12, 13)
        assert (len(shown["stage"].values), len(shown["stage"].more)) == (12, 0)
        assert shown["court"].chosen == 1

    def test_days_are_fields_of_a_form(self, scene: Scene) -> None:
        """They end up in the address, in one spelling, beside the facets that were chosen."""
        page = search(scene.site.sign_in("mony"), "").click("Battambang Provincial Court")
        form = next(f for f in page.forms.values() if "last_event_from" in f.fields)
        form["last_event_from"], form["last_event_to"] = "០២/២០២៥", "28/2/2025"
        page = form.submit(status=303).follow(status=200)
        assert page.request.query_string == "court=KH-02-CFI&last_event=2025-02..2025-02-28"
        assert scene.codes(page) == ["sok"]
        assert "2025-02 to 2025-02-28" in page.text
        form = next(f for f in page.forms.values() if "last_event_from" in f.fields)
        assert form["last_event_from"].value == "2025-02"
        form["last_event_from"], form["last_event_to"] = "2025-06", "2025-03"
        wrong = form.submit(status=200)
        assert "The last day comes before the first." in told(wrong)
        assert wrong.html.select_one("#last_event_to")["aria-invalid"] == "true"
        form["last_event_from"], form["last_event_to"] = "soon", ""
        wrong = form.submit(status=200)
        assert "This is no date" in told(wrong)
        assert wrong.html.select_one("#last_event_from")["value"] == "soon"

    def test_orders_keep_query_and_facets(self, scene: Scene) -> None:
        page = search(scene.site.sign_in("mony"), "").click("In pre-trial detention")
        page = page.click(href="sort=last_event")
        assert scene.codes(page) == ["srey", "sok"]
        assert "custody=detained" in page.request.url
        assert "sort=last_event" in page.request.url
        assert page.html.select_one("strong[aria-current]").text == "Last event"
        again = page.forms[0] if "query" in page.forms[0].fields else None
        form = again or next(f for f in page.forms.values() if "query" in f.fields)
        form["query"] = "Vutthy"
        assert "sort=last_event" in form.submit(status=303).follow().request.url


class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "words"),
        [
            ("colour=red", "There is no filter colour."),
            ("sort=size", "There is no order size."),
            ("court=KH-99", "No case that you may see has this: Court KH-99"),
            ("year=1850", "No case that you may see has this: Year 1850"),
            ("overdue=soon", "No case that you may see has this: Due date passed soon"),
            ("registered=soon", "This is no date"),
            ("last_event=2025-02-30", "This is no date"),
            ("last_event=2025..soon", "This is no date"),
            ("case_id=1", "There is no filter case_id."),
            ("stage=%00", "No case that you may see"),
            ("page=0", ""),
            ("page=-1", ""),
            ("page=99999999999999999999999", ""),
            ("page=" + "9" * 5000, ""),
            ("page=50", ""),
            ("court=&stage=", ""),
        ],
    )
    def test_what_an_address_says_wrongly_is_answered(
        self, scene: Scene, address: str, words: str
    ) -> None:
        browser = scene.site.sign_in("mony")
        path = search(browser, "").request.path
        page = browser.get(f"{path}?{address}", status=200)
        assert words in told(page)
        assert bool(words) == bool(told(page))
        browser.get(f"{path}.csv?{address}", status=200)

    def test_bytes_that_are_no_text_are_refused(self, scene: Scene) -> None:
        browser = scene.site.sign_in("mony")
        path = search(browser, "").request.path
        assert "no text" in browser.get(f"{path}?stage=%ff", status=400).text

    def test_a_page_past_the_end_says_so(self, scene: Scene) -> None:
        browser = scene.site.sign_in("mony")
        path = search(browser, "").request.path
        assert "Nothing is on this page of the results." in browser.get(f"{path}?page=9").text


class TestResults:
    """Each result says what it is and why it was found."""

    def result(self, page: Any) -> str:
        return " ".join(page.html.select_one(".cw-result").text.split())

    def test_says_stage_court_offence_and_last_event(self, scene: Scene) -> None:
        text = self.result(search(scene.site.sign_in("mony"), "Sokh"))
        for part in ("Battambang Provincial Court", "Last event 1 February 2025", "Accused: Sokh"):
            assert part in text
        assert "Unlawful removal" in text

    def test_a_vague_day_is_no_exact_one(self, scene: Scene) -> None:
        text = self.result(search(scene.site.sign_in("mony"), "ស្រីមុំ"))
        assert "Last event March 2025" in text

    @pytest.mark.parametrize(
        ("query", "why"),
        [
            ("Sokh", "Accused: Sokh Vutthy"),
            ("Vuthy", "Found by: a name in another spelling"),
            ("Sreymom", "Accused: ស្រីមុំ Found by: a name in another spelling"),
            ("custody:detained -name:sok -name:dara", "Found by: the values or days"),
            ("last_event:2025-02-01", "Found by: the values or days that you asked for"),
            ("vutth*", "Accused: Sokh Vutthy"),
            ("detained -dara -srey", "Found by: Where the case stands"),
        ],
    )
    def test_says_why(self, scene: Scene, query: str, why: str) -> None:
        page = search(scene.site.sign_in("mony"), query)
        assert why in self.result(page), query

    def test_says_nothing_of_why_where_nothing_was_asked(self, scene: Scene) -> None:
        assert "Found by" not in search(scene.site.sign_in("mony"), "").text


class TestWrongQueries:
    def test_marks_the_place_and_answers_the_rest(self, scene: Scene) -> None:
        """In the text of the query, for eyes and for screen readers, with the character."""
        page = search(scene.site.sign_in("mony"), 'Sokh colour:red registered:soon "')
        marks = [mark.find(string=True) for mark in page.html.select("#query-marked mark")]
        assert marks == ["colour:", "soon", '"']
        assert "(not understood)" in page.html.select_one("#query-marked mark").text
        assert "There is no such field to search in (at character 6)" in told(page)
        assert "A date is not understood" in told(page)
        assert page.html.select_one("#query")["aria-invalid"] == "true"
        assert page.html.title.text.startswith("Error:")

    def test_the_part_that_is_understood_is_answered(self, scene: Scene) -> None:
        page = search(scene.site.sign_in("mony"), "Sokh (registered:soon")
        assert scene.codes(page) == ["sok"]

    def test_what_was_typed_is_never_markup(self, scene: Scene) -> None:
        page = search(scene.site.sign_in("mony"), "<script>x</script>:a <b>:( colour:<i>")
        assert "<script>x" not in page.text
        assert "<b>" not in page.text

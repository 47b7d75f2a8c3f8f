"""Naming a case by a few letters: who is offered what, in the raw bytes of every answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from webtest import TestApp

from courtwatch.models.vocabulary import AgeBand, ShareLevel, YesNoUnknown
from courtwatch.services.case_picker import as_query
from courtwatch.views.case_picker import ASKED, Allowance
from search_index.query import parse
from tests.functional.scene import MadeCase, make_case
from tests.functional.site import Site, counted_queries, csrf_token
from tests.functional.test_search import index

SIEM_REAP = "KH-17-CFI"


def ask(browser: TestApp, typed: str, status: int = 200) -> Any:
    """Ask for suggestions as the script does."""
    form = {"csrf_token": csrf_token(browser), "typed": typed}
    return browser.post("/cases/suggestions", form, status=status)


def offered(browser: TestApp, typed: str) -> list[str]:
    """Return the codes that are offered."""
    return [one["code"] for one in ask(browser, typed).json["cases"]]


def go(browser: TestApp, typed: str, status: int | tuple[int, ...] = 200) -> Any:
    """Type into the field on the home page and press its button."""
    page = browser.get("/")
    form = next(f for f in page.forms.values() if "case" in f.fields)
    form["case"] = typed
    return form.submit(status=status)


@pytest.fixture
def twins(site: Site) -> tuple[MadeCase, MadeCase]:
    """Give two cases of two people of one name, at two courts and stages."""
    first = make_case(
        site, share=ShareLevel.FULL, name="Sok Vuthy", number="០១២៣/២០២៥", stage="trial"
    )
    other = make_case(site, share=ShareLevel.FULL, name="Sokh Vutthy", court=SIEM_REAP)
    index(site)
    return first, other


class TestOffers:
    """What is offered, and how cases are told apart."""

    def test_tells_court_year_and_role_of_people_of_one_name(
        self, site: Site, twins: tuple[MadeCase, MadeCase]
    ) -> None:
        first, other = twins
        found = {one["code"]: one for one in ask(site.sign_in("mony"), "sok vut").json["cases"]}
        assert set(found) == {first.code, other.code}
        assert "Sok Vuthy (accused)" in found[first.code]["detail"]
        assert "Battambang Provincial Court · 2025" in found[first.code]["detail"]
        assert "Lotus Legal Aid" in found[first.code]["detail"]
        assert "០១២៣/២០២៥" in found[first.code]["title"]
        assert "Sokh Vutthy (proceeding)" in found[other.code]["detail"]
        assert "Siem Reap" in found[other.code]["detail"]

    def test_finds_by_a_part_of_name_number_court_and_year(
        self, site: Site, twins: tuple[MadeCase, MadeCase]
    ) -> None:
        """Letters that are too few or mean nothing find nothing."""
        mony = site.sign_in("mony")
        token = csrf_token(mony)
        for typed, expected in (
            ("123/2025", {0}), ("១២៣", {0}), ("Vutth", {0, 1}), ("vuthi", {0, 1}), ("សុខ", {0, 1}),
            ("Sok battambang", {0}), ("sok siem", {1}), ("sok 2025", {0, 1}), ("sok 2019", set()),
            *((nothing, set()) for nothing in ("", "s", '"', "* OR *", "-", "name:", "NOT", "*")),
        ):  # fmt: skip
            form = {"csrf_token": token, "typed": typed}
            found = mony.post("/cases/suggestions", form).json["cases"]
            assert {one["code"] for one in found} == {twins[n].code for n in expected}, typed

    def test_finds_by_a_part_of_the_code_before_the_worker_has_followed(self, site: Site) -> None:
        made = make_case(site)
        mony = site.sign_in("mony")
        assert offered(mony, made.code[:7].lower()) == [made.code]
        assert offered(site.sign_in("rith"), made.code) == []

    def test_offers_few_and_says_that_there_are_more(self, site: Site) -> None:
        for _number in range(12):
            make_case(site, name="Chea Dara")
        index(site)
        mony = site.sign_in("mony")
        with counted_queries(site.engine) as statements:
            answer = ask(mony, "dar").json
        assert len(answer["cases"]) == 10
        assert answer["more"] is True
        assert len(statements) < 60, "the cost does not grow with what is offered"
        assert not [s for s in statements if s.startswith("BEGIN IMMEDIATE")]

    @pytest.mark.parametrize(
        "typed", ['so"k', "sok:(a OR b)", "-sok *x", "a AND NOT b", "[1 TO 2]"]
    )
    def test_nothing_typed_acts_as_an_operator(self, typed: str) -> None:
        assert parse(as_query(typed)).problem is None

    def test_answers_are_kept_nowhere_and_need_the_token_of_the_page(self, site: Site) -> None:
        mony = site.sign_in("mony")
        assert ask(mony, "sok").headers["Cache-Control"] == "no-store"
        mony.post("/cases/suggestions", {"typed": "sok"}, status=400)
        mony.get("/cases/suggestions?typed=sok", status=404)
        site.browser().post("/cases/suggestions", {"typed": "sok"}, status=(302, 303, 400, 403))

    def test_who_asks_faster_than_anybody_types_is_asked_to_wait(self, site: Site) -> None:
        mony, chan = site.sign_in("mony"), site.sign_in("chan")
        now = [0.0]
        site.app.registry[ASKED] = Allowance(2, 1, clock=lambda: now[0])
        for status in (200, 200, 429):
            ask(mony, "sok", status)
        assert "You asked too often" in go(mony, "sok", 400).text
        ask(chan, "sok", 200)
        now[0] = 1.5
        ask(mony, "sok", 200)


ROLES = ("mony", "rith", "anan", "reak")


class TestSecrecy:
    """Nothing is offered that its list of cases would not show."""

    @pytest.mark.parametrize("reader", ROLES)
    def test_a_name_is_found_and_told_only_where_it_may_be_read(
        self, site: Site, reader: str
    ) -> None:
        known: dict[str, Any] = {
            "name": "Zzyzx Quorl", "number": "9191/2025",
            "age_band": AgeBand.FROM_25, "related_to_child_victim": YesNoUnknown.NO,
        }  # fmt: skip
        made = {share: make_case(site, share=share, **known) for share in ShareLevel}
        child = make_case(site, share=ShareLevel.FULL, name="Zzyzx Quorl", age_band=AgeBand.FROM_14)
        index(site)
        full = made[ShareLevel.FULL].code
        expected = {
            "mony": {one.code for one in made.values()} | {child.code},
            "rith": {full},
            "anan": {full},
            "reak": set(),
        }[reader]
        browser = site.sign_in(reader)
        answer = ask(browser, "quorl")
        assert {one["code"] for one in answer.json["cases"]} == expected
        assert ("Quorl" in answer.text) is bool(expected)
        numbers = set(offered(browser, "9191"))
        assert numbers == expected - {child.code}
        page = go(browser, "quorl", (200, 303, 400))
        for one in (*made.values(), child):
            shown = one.code in page.text or one.code in page.headers.get("Location", "")
            assert shown is (one.code in expected)

    def test_a_coded_case_is_offered_by_its_code_without_name_number_or_organisation(
        self, site: Site
    ) -> None:
        made = make_case(site, share=ShareLevel.CODED, name="Zzyzx Quorl", number="9191/2025")
        for reader in ("anan", "reak"):
            answer = ask(site.sign_in(reader), made.code)
            assert [one["code"] for one in answer.json["cases"]] == [made.code]
            assert made.prosecutions[0] in answer.text
            for secret in ("Zzyzx", "9191", "Lotus"):
                assert secret not in json.dumps(answer.json, ensure_ascii=False)

    def test_a_case_withdrawn_a_moment_ago_is_not_offered(
        self, site: Site, twins: tuple[MadeCase, MadeCase]
    ) -> None:
        """The index still has it: the database decides."""
        form = site.sign_in("chan").get(f"/cases/{twins[0].code}/share").forms
        share = next(f for f in form.values() if "share_level" in f.fields)
        share["share_level"] = "coded"
        share.submit(status=303)
        assert offered(site.sign_in("rith"), "vuthy") == [twins[1].code]

    def test_whoever_runs_the_system_asks_nothing(self, site: Site) -> None:
        admin = site.sign_in("admin")
        ask(admin, "sok", 403)
        assert "/cases/go" not in admin.get("/").text


class TestWithoutScript:
    """The field as plain text: a list to choose from."""

    def test_one_case_that_fits_is_opened_and_several_are_listed(
        self, site: Site, twins: tuple[MadeCase, MadeCase]
    ) -> None:
        mony = site.sign_in("mony")
        assert go(mony, "123/2025", 303).location.endswith(f"/cases/{twins[0].code}")
        assert go(mony, twins[1].code.lower(), 303).location.endswith(f"/cases/{twins[1].code}")
        page = go(mony, "sok vuth")
        assert "2 cases fit" in page.text
        assert "Siem Reap" in page.text
        assert "No case that you may read fits" in go(mony, "nobody", 400).text
        assert "at least two letters" in go(mony, "", 400).text

    def test_compares_with_a_case_that_is_chosen_from_a_list(
        self, site: Site, twins: tuple[MadeCase, MadeCase]
    ) -> None:
        mony, own = site.sign_in("mony"), make_case(site, name="Sok Vuthy")
        index(site)

        def form(page: Any) -> Any:
            return next(f for f in page.forms.values() if "other" in f.fields)

        first = form(mony.get(f"/cases/{own.code}/alike"))
        first["other"] = "vuthy"
        page = first.submit(status=400)
        assert "Choose the case that you mean" in page.text
        second = form(page)
        second["other-choice"] = twins[1].code
        assert second.submit(status=303).location.endswith(f"/merge/{twins[1].code}")
        # Typed anew, what was chosen before counts no longer.
        second["other"] = twins[0].code
        assert second.submit(status=303).location.endswith(f"/merge/{twins[0].code}")

    def test_moves_an_accused_to_a_case_that_is_chosen_from_a_list(self, site: Site) -> None:
        from_case = make_case(site, name="Sok Dara", stage="investigation")
        target = make_case(site, name="Chea Bopha", stage="investigation")
        index(site)
        mony = site.sign_in("mony")
        page = mony.get(f"/prosecutions/{from_case.prosecutions[0]}/move")
        pick: Callable[[Any], Any] = lambda page: next(  # noqa: E731
            f for f in page.forms.values() if "target" in f.fields
        )
        form = pick(page)
        form["target"], form["other"], form["note"] = "existing", "bopha", "kept"
        answer = form.submit(status=400)
        assert "Choose the case that you mean" in answer.text
        again = pick(answer)
        assert again["note"].value == "kept"
        assert [o for o, *_rest in again["other-choice"].options] == [target.code]

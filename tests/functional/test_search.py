"""Search through the pages: what is found, what the address carries, who sees what."""

from __future__ import annotations

import json

import pytest
from webtest import TestApp
from webtest.response import TestResponse

from courtwatch.models.vocabulary import NoteTier, ShareLevel
from courtwatch.worker import Worker
from search_index.storage import META, POINTER
from tests.functional.scene import make_case, note
from tests.functional.site import Site
from tests.functional.test_record import open_case


def index(site: Site) -> None:
    """Let the worker do what is due."""
    worker = Worker(site.engine, site.settings)
    worker.run_once()
    worker.close()


def search(browser: TestApp, words: str) -> TestResponse:
    """Search through the form and return the page of results."""
    form = next(f for f in browser.get("/search").forms.values() if "query" in f.fields)
    form["query"] = words
    return form.submit(status=303).follow(status=200)


class TestFinding:
    """What a monitor finds."""

    def test_finds_by_an_english_and_a_khmer_word(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser, note="Adjourned. សវនាការត្រូវបានលើកពេលព្រោះចៅក្រមអវត្តមាន")
        index(site)
        assert code in search(browser, "adjourned").text
        page = search(browser, "ចៅក្រម")
        assert code in page.text
        assert "<mark>ចៅក្រម</mark>" in page.text

    def test_finds_a_case_number_written_in_khmer_digits(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser, number="០១២៣/២០២៦")
        index(site)
        assert code in search(browser, "123/2026").text

    def test_finds_a_court_by_another_spelling(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser)
        index(site)
        assert code in search(browser, 'court:"Phnom Penh"').text

    def test_a_wrong_query_is_answered_with_where_it_is_wrong(self, site: Site) -> None:
        page = search(site.sign_in("mony"), 'adjourned "closed')
        assert "A quotation mark is not closed" in page.text


class TestOutOfOrder:
    """An index that cannot be read."""

    def test_readers_are_told_so_and_the_log_why(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        open_case(site, site.sign_in("mony"))
        index(site)
        directory = site.settings.index_directory
        (directory / (directory / POINTER).read_text().strip() / META).write_text("nothing")
        browser = site.sign_in("mony")
        form = next(f for f in browser.get("/search").forms.values() if "query" in f.fields)
        form["query"] = "adjourned"
        page = form.submit(status=303).follow(status=503)
        assert "Search is out of order; the record itself is not." in page.text
        address = page.request.path
        told = browser.get(f"{address}.csv", status=503)
        for shown in (page.text, told.text):
            assert str(directory) not in shown
            assert META not in shown
        assert str(directory) in caplog.text


class TestAddresses:
    """Typed words are posted; the address carries a code."""

    def test_the_address_of_results_carries_no_typed_word(self, site: Site) -> None:
        browser = site.sign_in("mony")
        open_case(site, browser, name_latin="Sok Dara")
        index(site)
        page = search(browser, "Dara")
        assert "Dara" not in page.request.url

    def test_another_person_cannot_open_my_results(self, site: Site) -> None:
        page = search(site.sign_in("mony"), "Dara")
        site.sign_in("chan").get(page.request.path, status=404)


class TestWhoSeesWhat:
    """Every role finds only what it may see, in the raw bytes of every answer."""

    @pytest.mark.parametrize(
        ("share", "reader", "finds"),
        [
            ("private", "rith", False), ("private", "anan", False), ("private", "reak", False),
            ("counted", "rith", False), ("counted", "anan", False),
            ("coded", "rith", False), ("coded", "reak", False), ("coded", "anan", False),
            ("full", "rith", True), ("full", "reak", False),
            ("private", "chan", True),
        ],
    )  # fmt: skip
    def test_a_name_is_found_only_by_those_who_may_read_it(
        self, site: Site, share: str, reader: str, finds: bool
    ) -> None:
        code = open_case(
            site, site.sign_in("mony"), name_latin="Zzyzx Quorl", share_level=share,
            age_band="25-34", related_to_child_victim="no",
        )  # fmt: skip
        index(site)
        page = search(site.sign_in(reader), "Quorl")
        results = page.text.split("<h2", 1)[1]
        assert (code in results) is finds
        assert ("Zzyzx" in results) is finds

    def test_a_private_note_is_found_by_its_organisation_alone(self, site: Site) -> None:
        open_case(site, site.sign_in("mony"), note="Quorlnote")
        index(site)
        assert ">1 case<" in search(site.sign_in("chan"), "Quorlnote").text
        for reader in ("rith", "anan", "reak"):
            assert ">0 cases<" in search(site.sign_in(reader), "Quorlnote").text

    def test_a_private_note_on_a_case_of_others_is_found_by_who_wrote_it_alone(
        self, site: Site
    ) -> None:
        made = make_case(site, share=ShareLevel.FULL)
        note(site, made, "Quorlnote", NoteTier.ORGANISATION, "rith")
        index(site)
        assert ">1 case<" in search(site.sign_in("rada"), "Quorlnote").text
        for reader in ("mony", "anan", "reak"):
            assert ">0 cases<" in search(site.sign_in(reader), "Quorlnote").text

    def test_an_index_that_lags_behind_shows_nothing_that_is_private_by_now(
        self, site: Site
    ) -> None:
        coordinator = site.sign_in("chan")
        code = open_case(site, coordinator, name_latin="Zzyzx Quorl")
        index(site)
        form = next(
            f for f in coordinator.get(f"/cases/{code}/share").forms.values()
            if "share_level" in f.fields
        )  # fmt: skip
        for level in ("coded", "private"):
            form["share_level"] = level
            form.submit(status=303)
            assert code not in search(site.sign_in("rith"), "Quorl").text
            form = next(
                f for f in coordinator.get(f"/cases/{code}/share").forms.values()
                if "share_level" in f.fields
            )  # fmt: skip
        assert code in search(coordinator, "Quorl").text, "its own organisation still finds it"

    def test_every_case_is_one_result_for_every_reader(self, site: Site) -> None:
        open_case(site, site.sign_in("mony"))
        index(site)
        for reader in ("mony", "rith", "anan", "reak"):
            assert ">1 case<" in search(site.sign_in(reader), 'court:"Phnom Penh"').text


class TestDownloads:
    """Results leave in full, with addresses."""

    def test_csv_and_json_carry_the_results_with_their_addresses(self, site: Site) -> None:
        browser = site.sign_in("mony")
        code = open_case(site, browser, name_latin="Sok Dara")
        index(site)
        path = search(browser, "Dara").request.path
        csv = browser.get(path + ".csv").text
        assert f"/cases/{code}" in csv
        rows = json.loads(browser.get(path + ".json").text)["rows"]
        assert [row["case"] for row in rows] == [code]

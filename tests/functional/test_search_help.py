"""The page that explains how to search: each example finds what is stated here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from courtwatch.views.search_help import EXAMPLES
from search_index import SearchIndex, SearchRequest, open_index
from search_index.query import FIELDS, parse
from tests.functional.site import Site
from tests.unit.search_index.engine_suite import CODED, DOCUMENTS

FINDS = {
    "judge delay": {3},
    "judge AND delay": {3},
    "judge OR prosecutor": {1, 2, 3},
    "judge NOT delay": {1},
    "judge -delay": {1},
    "(judge OR prosecutor) delayed": {2, 3},
    '"delayed"': {2},
    '"held the file"': {1},
    '"judge file"~3': {1},
    "prosec*": {2, 3},
    "procecutor~": {2, 3},
    "prosecuter~2": {2, 3},
    r"judge \-delay": {3},
    "តុលាការ": {1},
    "តុលាការ ជួញដូរ": {1},
    '"បានសម្រេច"': {1},
    "ខេត្តកណ្ដាល": {1, 2},
    "Vuthy Sok": {1},
    "Sreymom": {2},
    "name:Kim": {3},
    "123/2023": {1},
    "cr2022*": {2},
    "art. 247": {1},
    'court:"Phnom Penh"': {1, 3},
    'court:(Kandal OR "Phnom Penh")': {1, 2, 3},
    "stage:closed": {2, 3},
    "offence:selling": {2},
    "reason:*": {2, 3},
    "-outcome:*": {1, 4},
    "overdue:detention": {1},
    "registered:2023": {1},
    "registered:2023-05": {1},
    "registered:12/05/2023": {1},
    "registered:[2021 TO 2022]": {2, 3},
    "registered:{2021 TO 2023}": {2},
    "registered:[2022-03-01 TO *]": {1, 2},
    "registered:>2021": {1, 2},
    "year:2021..2022": {2, 3},
    "last_event:<=2023-09-30": {2, 3},
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    with open_index(tmp_path_factory.mktemp("help")) as made:
        made.write(DOCUMENTS)
        yield made


@pytest.mark.parametrize("query", [example.query for example in EXAMPLES])
def test_each_example_finds_what_is_stated(index: SearchIndex, query: str) -> None:
    assert parse(query).problem is None
    found = index.search(SearchRequest(query, CODED))
    assert {hit.case_id for hit in found.hits} == FINDS[query]


def test_nothing_is_stated_of_what_the_page_does_not_show() -> None:
    assert set(FINDS) == {example.query for example in EXAMPLES}


def test_the_page_names_every_field_and_its_examples_can_be_tried(site: Site) -> None:
    """By buttons of a form: what is typed stands in no address. Only the fields that one has."""
    browser = site.sign_in("mony")
    page = browser.get("/search").click("How to search")
    for field in FIELDS:
        assert f"<code>{field}</code>" in page.text
    form = next(f for f in page.forms.values() if "query" in f.fields)
    assert form.method == "post"
    buttons = [button["value"] for button in page.html.select("button[name=query]")]
    assert buttons == [example.query for example in EXAMPLES]
    tried = form.submit("query", value="registered:{2021 TO 2023}", status=303).follow()
    assert tried.html.select_one("#query")["value"] == "registered:{2021 TO 2023}"
    assert "2021" not in tried.request.url
    ministry = site.sign_in("anan").get("/search/help").text
    assert "<code>organisation</code>" not in ministry

"""A search in full as CSV and JSON: streamed, in the order of the page, and documented."""

from __future__ import annotations

import csv
import gc
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from webob import Request

from courtwatch.models import Case
from courtwatch.models.vocabulary import NoteTier, ShareLevel
from courtwatch.services.search import DOWNLOAD_CHUNK, Found
from courtwatch.views.search_download import FIELDS
from courtwatch.worker import Worker
from tests.functional.scene import actor_of, make_case, note
from tests.functional.site import Site, counted_queries, make_settings, start
from tests.functional.test_search import search

MANY = 2_000
GUIDE = Path(__file__).parents[2] / "docs" / "search.md"


@pytest.fixture(scope="module")
def site(template_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give several thousand cases, made like one that was opened through the services."""
    directory = tmp_path_factory.mktemp("downloads")
    shutil.copy(template_database, directory / "courtwatch.sqlite")
    made = start(make_settings(directory))
    first = make_case(made, share=ShareLevel.FULL, number="=១២៣/២០២៦", name="Sok Dara")
    note(made, first, "តុលាការ", NoteTier.NETWORK)
    with made.writing() as session:
        table: Any = Case.__table__
        row = dict(session.execute(select(table).where(table.c.id == first.id)).mappings().one())
        del row["id"]
        rows = [row | {"public_code": f"C-X{number:07d}"} for number in range(MANY)]
        session.execute(insert(table), rows)
        assert actor_of(session, "mony", made)
    worker = Worker(made.engine, made.settings)
    worker.rebuild()
    worker.close()
    yield made
    made.engine.dispose()


def alive() -> int:
    return sum(isinstance(one, Found) for one in gc.get_objects())


class TestStreaming:
    @pytest.mark.parametrize("kind", ["csv", "json"])
    def test_the_first_rows_leave_before_the_last_are_read(self, site: Site, kind: str) -> None:
        """Queries go on while the answer leaves, and no more than a stretch of rows is held."""
        browser = site.sign_in("mony")
        path = search(browser, "").request.path
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        request = Request.blank(f"{path}.{kind}", headers={"Cookie": cookies})
        request.remote_addr = "127.0.0.1"
        with counted_queries(site.engine) as statements:
            response = request.get_response(site.app)
            pieces = iter(response.app_iter)
            head = next(pieces) + next(pieces)
            early = len(statements)
            held = alive()
            size = len(head) + sum(len(piece) for piece in pieces)
        assert b"/cases/C-" in head
        assert early < len(statements) / 2
        assert len(head) < size / 4
        assert held <= DOWNLOAD_CHUNK + 1
        if kind == "csv":
            assert response.headers["Content-Disposition"].endswith('search.csv"')

    def test_nothing_is_capped_and_no_case_comes_twice(self, site: Site) -> None:
        browser = site.sign_in("mony")
        rows = browser.get(search(browser, "").request.path + ".json").json["rows"]
        assert len({row["case"] for row in rows}) == len(rows) == MANY + 1


class TestRows:
    @pytest.mark.parametrize("order", ["relevance", "registered"])
    def test_stand_in_the_order_of_the_page(self, site: Site, order: str) -> None:
        browser = site.sign_in("mony")
        path = search(browser, "").request.path
        shown = []
        for number in (1, 2, 31):
            page = browser.get(f"{path}?sort={order}&page={number}")
            shown.append([a["href"].rsplit("/", 1)[1] for a in page.html.select("h3 a")])
        size = len(shown[0])
        codes = [row["case"] for row in browser.get(f"{path}.json?sort={order}").json["rows"]]
        assert shown == [codes[:size], codes[size : 2 * size], codes[30 * size : 31 * size]]

    def test_csv_says_the_same_as_json_and_opens_in_spreadsheets(self, site: Site) -> None:
        """Khmer after the mark of its encoding; what begins like a formula is text."""
        browser = site.sign_in("mony")
        path = search(browser, "text:តុលាការ").request.path
        raw = browser.get(f"{path}.csv").body
        assert raw.startswith(b"\xef\xbb\xbf")
        (row,) = csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))
        (same,) = browser.get(f"{path}.json").json["rows"]
        assert list(row) == list(same) == list(FIELDS)
        assert "១២៣/២០២៦" in row["numbers"]
        assert row["numbers"].startswith("'=")
        assert same["numbers"].startswith("=")
        assert row["address"] == same["address"] == f"http://localhost/cases/{row['case']}"

    def test_who_may_not_read_numbers_gets_none(self, site: Site) -> None:
        browser = site.sign_in("reak")
        path = search(browser, "").request.path
        assert "១២៣" not in browser.get(f"{path}.json").text

    def test_says_what_was_asked_without_the_typed_words(self, site: Site) -> None:
        """Filters and order; the words stay behind the code of the search."""
        browser = site.sign_in("mony")
        path = search(browser, "Dara").request.path
        answer = browser.get(f"{path}.json?court=KH-02-CFI&sort=last_event")
        data = answer.json
        assert data["filters"] == {"court": ["KH-02-CFI"]}
        assert data["order"] == "last_event"
        assert data["as_of"]
        assert data["search"].startswith(f"http://localhost{path}?")
        assert data["fields"] == FIELDS
        del data["rows"]
        assert "Dara" not in json.dumps(data)
        assert "Dara" not in answer.headers["Content-Disposition"]
        again = browser.get(data["search"].removeprefix("http://localhost"))
        assert ">1 case<" in again.text

    def test_every_column_is_explained_in_the_guide(self) -> None:
        text = GUIDE.read_text(encoding="utf-8")
        for name in FIELDS:
            assert f"| {name} |" in text

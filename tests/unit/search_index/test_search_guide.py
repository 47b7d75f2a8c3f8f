"""The page that explains the operators is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from search_index import SearchIndex, SearchRequest, open_index
from search_index.query import FIELD_ALIASES, FIELDS, parse
from tests.unit.search_index.engine_suite import CODED, DOCUMENTS

GUIDE = (Path(__file__).parents[3] / "docs" / "search.md").read_text(encoding="utf-8")
ROWS = [line for line in GUIDE.splitlines() if line.startswith("| `")]


def examples() -> list[str]:
    """The queries in the tables: first column, or second in the table of fields."""
    found = []
    for row in ROWS:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        cell = cells[1] if len(cells) == 3 else cells[0]
        found += re.findall(r"`([^`]+)`", cell)
    return found


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    """An index with the documents of the suite."""
    with open_index(tmp_path_factory.mktemp("guide")) as made:
        made.write(DOCUMENTS)
        yield made


class TestGuide:
    @pytest.mark.parametrize("query", examples())
    def test_every_example_finds_something(self, index: SearchIndex, query: str) -> None:
        """Every example finds something."""
        results = index.search(SearchRequest(query, CODED))
        assert results.problem is None
        assert results.total > 0
        assert results.total < len(DOCUMENTS)

    @pytest.mark.parametrize("query", re.findall(r"`([^`|]+)`", GUIDE))
    def test_every_query_in_running_text_is_understood(self, query: str) -> None:
        """Every query in running text is understood."""
        if not query.startswith(("courtwatch ", "~")):
            assert parse(query).problem is None

    def test_every_field_is_explained(self) -> None:
        """Every field is explained."""
        for field in FIELDS:
            assert f"| `{field}`" in GUIDE
        for alias in re.findall(r"also `(\w+)`", GUIDE):
            assert alias in FIELD_ALIASES

"""No query makes an error: parser, plan and engines on a filled index, a few through the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search_index import SearchIndex, SearchRequest, Sort, open_index
from search_index.highlight import highlight, snippets
from search_index.index import ENGINES
from search_index.query import FIELDS, parse
from tests.functional.scene import make_case
from tests.functional.site import Site
from tests.functional.test_search import index as run_worker
from tests.functional.test_search import search
from tests.unit.search_index.engine_suite import CODED, DOCUMENTS

PIECES = st.sampled_from(
    [
        *"()[]{}\"'~*:-!\\|&<>=?.,/^+",
        *(f"{field}:" for field in FIELDS),
        " ", "  ", "\t", "\n", " AND ", " OR ", " NOT ", " TO ", "and", "&&", "||", "~2", "~99",
        '"~', ">=", "..", "*", "judge", "delay", "Sok", "Vuthy", "prosec*", "2023", "2023-05",
        "31/02/2023", "12/05/2023", "២០២៣", "123/2023", "art. 247", "CPC208", "detention",
        "unknown", "closed",
        "តុលាការ", "ខេត្តកណ្ដាល", "\u17d2", "\u200b", "\u17c6", "“", "”", "«", "»", "–", "（", "）",
        "＊", "：", "\x00", "\x1e", "\x1f", "\ufeff", "\U000f0028", "\U0001f600", "é", "ß", "İ",
        "%", "_", "<b>", "http://", "x" * 300,
    ]
)  # fmt: skip
QUERIES = st.text(max_size=40) | st.lists(PIECES, max_size=14).map("".join)


@pytest.fixture(scope="module", params=ENGINES)
def index(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchIndex]:
    with open_index(tmp_path_factory.mktemp("random"), request.param) as made:
        made.write(DOCUMENTS)
        yield made


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(query=QUERIES, order=st.sampled_from(list(Sort)))
def test_any_query_is_answered(index: SearchIndex, query: str, order: Sort) -> None:
    """With hits that exist, facets that fit them, and marks inside the query that was typed."""
    request = SearchRequest(query, CODED, facets=("court", "overdue"), sort=order, explain=True)
    found = index.search(request)
    assert found.total == len(found.hits) <= len(DOCUMENTS)
    assert {hit.case_id for hit in found.hits} <= {document.case_id for document in DOCUMENTS}
    for _value, count in found.facets["court"]:
        assert 0 < count <= found.total
    for problem in parse(query).problems:
        assert 0 <= problem.position <= problem.position + problem.length <= len(query)
    for text in ("The judge held the file.", "តុលាការបានសម្រេច"):
        assert "".join(piece for piece, _hit in highlight(text, query)) == text
        snippets(text, query, field="text")


@pytest.fixture(scope="module")
def typed() -> list[str]:
    """Queries that are hard in ways of their own, for the page."""
    return [
        "(" * 300, ")" * 300, '"' * 301, "-" * 50, "\\", "\x00", "a\x1eb\x1f", "NOT " * 60,
        "registered:[2023-02-30 TO", "name:(((((a OR", "ខ\u17d2", "\U0001f600~2", "x" * 9000,
        "<script>alert(1)</script>", "%s %d {0} ${x}", "overdue:{a TO b]", "'; DROP TABLE note; --",
    ]  # fmt: skip


def test_the_page_answers_each(site: Site, typed: list[str]) -> None:
    make_case(site, name="Sok Dara")
    run_worker(site)
    browser = site.sign_in("mony")
    for query in typed:
        page = search(browser, query)
        assert page.status_int == 200
        assert "<script>alert" not in page.text

"""The application with `courtwatch.search_engine = tantivy`: one story through the real pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from courtwatch.models import Note
from courtwatch.services.compare_index import compare_index
from courtwatch.settings import SearchEngine
from courtwatch.worker import Worker
from search_index.errors import IndexOutdated
from search_index.index import open_index
from search_index.tantivy_index import TantivyIndex
from tests.functional.site import Site
from tests.functional.test_record import open_case
from tests.functional.test_redaction import take_out
from tests.functional.test_search import index, search

SECRET = "Zzyzxqa"


def files_with(directory: Path, words: str) -> list[str]:
    """Names of files that hold the words, however they are written."""
    wanted = words.lower().encode()
    return [
        path.name
        for path in directory.rglob("*")
        if path.is_file() and wanted in path.read_bytes().lower()
    ]


def test_the_application_runs_on_tantivy(make_site: Callable[..., Site]) -> None:
    """The worker writes, pages find and count, a redaction leaves no word in the files."""
    site = make_site(search_engine="tantivy")
    browser = site.sign_in("chan")
    note = f"Adjourned; {SECRET} is a child. សវនាការត្រូវបានលើកពេលព្រោះចៅក្រមអវត្តមាន"
    code = open_case(site, browser, note=note, name_latin="Sok Dara", number="០១២៣/២០២៦")
    other = open_case(site, browser, note="Quiet.", share_level="private")
    index(site)
    for words, found in (
        ("adjourning", code),
        ("ចៅក្រម", code),
        ("Sokh Dara", code),
        ("123/2026", code),
        ('court:"Phnom Penh" quiet', other),
    ):
        page = search(browser, words)
        assert ">1 case<" in page.text, words
        assert found in page.text, words
    assert "<mark>ចៅក្រម</mark>" in search(browser, "ចៅក្រម").text
    both = search(browser, "court:KH-12-CFI")
    assert ">2 cases<" in both.text
    assert "Phnom Penh" in both.text
    for reader, total in (("rith", 1), ("anan", 1)):
        assert f">{total} case<" in search(site.sign_in(reader), "court:KH-12-CFI").text
    assert ">0 cases<" in search(site.sign_in("rith"), SECRET).text

    assert files_with(site.settings.index_directory, SECRET)
    with site.reading() as session:
        row = session.scalars(select(Note.id).where(Note.text.contains(SECRET))).one()
    assert take_out(browser, "note", row, SECRET).status_int == 303
    index(site)
    assert ">0 cases<" in search(browser, SECRET).text
    assert ">1 case<" in search(browser, "adjourned").text
    assert files_with(site.settings.index_directory, SECRET) == []
    with TantivyIndex(site.settings.index_directory) as made:
        assert compare_index(site.engine, made).faults == ()
        assert made.counts().deleted == 0


def test_a_changed_setting_has_the_worker_build_the_index_again(site: Site) -> None:
    """Nobody has to throw the old index away, and every case is in the new one."""
    browser = site.sign_in("mony")
    open_case(site, browser, note="Adjourned.")
    index(site)
    open_case(site, browser, note="Adjourned again.")
    changed = replace(site.settings, search_engine=SearchEngine.TANTIVY)
    worker = Worker(site.engine, changed)
    worker.run_once()
    assert isinstance(worker.index, TantivyIndex)
    found = {case_id for case_id, _audience in worker.index.case_keys()}
    assert len(found) == 2
    assert compare_index(site.engine, worker.index).faults == ()
    worker.close()
    with pytest.raises(IndexOutdated, match="courtwatch reindex"):
        open_index(site.settings.index_directory, "whoosh")

"""Which program counts: its version and what its figures are made of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from courtwatch.reports import program


def test_the_code_that_counts_is_known_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change of what counts gives another digest; of a page, or where it is installed, none."""
    copy = tmp_path / "elsewhere" / "courtwatch"
    ignore = shutil.ignore_patterns("__pycache__", "static", "locale", "seed")
    shutil.copytree(program.PACKAGE, copy, ignore=ignore)
    shutil.copytree(program.PACKAGE.parent / "workflows", copy.parent / "workflows", ignore=ignore)
    before = program.code_digest()
    assert program.SOFTWARE.endswith(f"+{before}")
    monkeypatch.setattr(program, "PACKAGE", copy)
    assert program.code_digest() == before
    with (copy / "views" / "home.py").open("a") as page:
        page.write("# other words\n")
    assert program.code_digest() == before
    for part in ("statistics/rates.py", "services/fact_rows.py", "../workflows/rules_ends.py"):
        path = copy / part
        kept = path.read_text()
        path.write_text(kept.replace("return ", "return  ", 1))
        assert program.code_digest() != before, part
        path.write_text(kept)
    (copy / "reports" / "one_more.py").touch()
    assert program.code_digest() != before
    assert program.same_version("1.0+a", "1.0+b")
    assert not program.same_version("1.0+a", "1.1+a")
    assert not program.knows_code("1.0")

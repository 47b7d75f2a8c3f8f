"""The checks of documents find what they are there for."""

from pathlib import Path

import pytest

from tools import check_docs


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the checks at an empty project whose files are all tracked."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "requirements").mkdir()
    monkeypatch.setattr(check_docs, "ROOT", tmp_path)

    def tracked(*patterns: str) -> list[Path]:
        return sorted(p for p in tmp_path.rglob(patterns[0] if patterns else "*") if p.is_file())

    monkeypatch.setattr(check_docs, "tracked", tracked)
    return tmp_path


def test_finds_links_to_nowhere(tree: Path) -> None:
    """A link to a missing file or heading is named with its line."""
    (tree / "docs" / "a.md").write_text(
        "# Who hosts?\n[here](#who-hosts) [b](b.md) [c](a.md#nothing)\n```\n[d](d.md)\n```\n",
        encoding="utf-8",
    )
    assert list(check_docs.broken_links()) == [
        "docs/a.md, line 2: b.md leads to no file",
        "docs/a.md, line 2: a.md#nothing leads to no heading of a.md",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "cd /" + "work/main",
        'open("/' + 'root/.netrc")',
        "https://pypi" + ".org/simple/pyramid",
        "--extra-index" + "-url x",
    ],
)
def test_finds_places_of_one_machine_and_registries(tree: Path, line: str) -> None:
    """What works on one machine only, or from one registry only, does not come in."""
    (tree / "a.txt").write_text(line + "\n", encoding="utf-8")
    assert len(list(check_docs.places_of_one_machine())) == 1


@pytest.mark.parametrize("line", ["/var/lib/courtwatch", "a/work/b", "/workflows/x", "</root>"])
def test_leaves_other_paths_alone(tree: Path, line: str) -> None:
    """Paths of any Debian machine and words that only look alike are fine."""
    (tree / "a.txt").write_text(line + "\n", encoding="utf-8")
    assert list(check_docs.places_of_one_machine()) == []


def test_finds_a_dependency_without_a_reason(tree: Path) -> None:
    """Each direct dependency is explained, and nothing that is gone."""
    (tree / "requirements" / "run.in").write_text("pyramid==2.1  # web\nnew==1\n", "utf-8")
    (tree / "requirements" / "test.in").write_text("-c run.txt\n", "utf-8")
    (tree / "docs" / "dependencies.md").write_text("| `pyramid` | x |\n| `old` | x |\n", "utf-8")
    found = list(check_docs.unexplained_dependencies())
    assert len(found) == 2
    assert "new has no line" in found[0]
    assert "old is explained" in found[1]


def test_finds_a_package_without_a_hash(tree: Path) -> None:
    """An unhashed line would switch the check of all hashes off."""
    (tree / "requirements" / "run.txt").write_text(
        "a==1 \\\n    --hash=sha256:00\nb==2\n", encoding="utf-8"
    )
    (tree / "requirements" / "test.txt").write_text("--extra x\n", encoding="utf-8")
    assert list(check_docs.unlocked()) == [
        "requirements/run.txt: b==2 has no hash",
        "requirements/test.txt: names an address or an option",
    ]

"""The guide to writing a mapping is right: its example runs."""

import re
from pathlib import Path

from tests.integration.import_site import facts, fresh_database, run_import

GUIDE = Path(__file__).parents[2] / "docs" / "import.md"


def test_the_example_of_the_guide_loads_its_register(tmp_path: Path) -> None:
    """The YAML blocks together are a mapping; the plain block is its source."""
    chapter = GUIDE.read_text(encoding="utf-8").partition("## Teaching a third source")[2]
    mapping = tmp_path / "provincial_court.yaml"
    mapping.write_text("".join(re.findall(r"```yaml\n(.*?)```", chapter, re.S)), encoding="utf-8")
    source = tmp_path / "source"
    source.mkdir()
    example = re.search(r"```\n(File;.*?)```", chapter, re.S)
    assert example is not None
    (source / "register.csv").write_text(example[1], encoding="utf-8")
    engine = fresh_database(tmp_path)
    result = run_import(engine, str(mapping), source, "LAC")
    assert result.quality.balanced
    assert facts(engine, "outcome", "stage", "ended_on", "unresolved") == [
        ("non_suit", "non_suit", "2024-06-20", 0),
        (None, "charged", None, 0),
    ]
    engine.dispose()

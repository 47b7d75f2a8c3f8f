"""Where nothing may be skipped, a skip fails the run and keeps its reason."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
TESTS = {
    "test_one.py": "import pytest\n@pytest.mark.skip(reason='no browser')\ndef test_a(): pass\n",
    "test_two.py": "import pytest\npytest.importorskip('no_such_module_at_all')\n",
    "test_three.py": "import pytest\n@pytest.mark.xfail\ndef test_c(): assert False\n",
}


@pytest.mark.parametrize(("no_skip", "code"), [("0", 0), ("1", 1)])
def test_a_skip_fails_where_nothing_may_be_skipped(
    tmp_path: Path, no_skip: str, code: int
) -> None:
    """CI promises that the whole suite ran; a developer's machine may lack a browser."""
    (tmp_path / "conftest.py").write_bytes(CONFTEST.read_bytes())
    for name, text in TESTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider",
         "--continue-on-collection-errors", "."],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "COURTWATCH_NO_SKIP": no_skip},
    )
    assert done.returncode == code, done.stdout
    assert "no browser" in done.stdout
    assert "no_such_module_at_all" in done.stdout
    assert "1 xfailed" in done.stdout

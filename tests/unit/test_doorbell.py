"""The worker is woken by a commit, whichever process made it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from courtwatch.doorbell import Doorbell


@pytest.fixture
def bell(tmp_path: Path) -> Iterator[Doorbell]:
    """Give a bell that somebody listens to."""
    made = Doorbell(tmp_path)
    assert made.listen()
    yield made
    made.close()


def test_it_is_heard_also_when_it_rang_before_anybody_waited(bell: Doorbell) -> None:
    """A commit while the worker is busy wakes it afterwards, once."""
    assert Doorbell(bell.path.parent).ring()
    assert Doorbell(bell.path.parent).ring()
    assert bell.wait(0)
    assert not bell.wait(0)


def test_another_process_is_heard(bell: Doorbell) -> None:
    """The web server rings for `courtwatch worker`."""
    program = "import sys; from pathlib import Path; from courtwatch.doorbell import Doorbell; "
    program += "sys.exit(not Doorbell(Path(sys.argv[1])).ring())"
    subprocess.run(
        [sys.executable, "-c", program, str(bell.path.parent)],
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert bell.wait(0)


def test_nobody_at_home_is_no_error(tmp_path: Path) -> None:
    """A commit never fails or waits because there is no worker, or one that has gone."""
    ringer = Doorbell(tmp_path)
    assert not ringer.ring()
    listener = Doorbell(tmp_path)
    listener.listen()
    listener.close()
    assert not ringer.ring()


def test_many_rings_never_block(bell: Doorbell) -> None:
    """A worker that is busy for long does not stop whoever commits."""
    ringer = Doorbell(bell.path.parent)
    assert all(ringer.ring() for _ in range(70_000))
    assert bell.wait(0)
    assert not bell.wait(0)


def test_a_file_in_its_place_is_left_alone(tmp_path: Path) -> None:
    """Then the worker looks by itself."""
    bell = Doorbell(tmp_path)
    bell.path.write_text("kept")
    assert not bell.listen()
    assert not bell.ring()
    assert bell.path.read_text() == "kept"

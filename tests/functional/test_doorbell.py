"""A request that recorded something wakes the worker; one that reads does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from courtwatch.doorbell import Doorbell
from tests.functional.site import Site
from tests.functional.test_record import open_case


@pytest.fixture
def bell(site: Site) -> Iterator[Doorbell]:
    """Listen as a worker in another process does."""
    made = Doorbell(site.settings.data_directory)
    assert made.listen()
    yield made
    made.close()


def test_a_commit_rings_whichever_process_is_the_worker(site: Site, bell: Doorbell) -> None:
    """The setting of this server is `worker = none`: the worker is somewhere else."""
    browser = site.sign_in("mony")
    bell.wait(0)
    code = open_case(site, browser)
    assert bell.wait(0)
    browser.get(f"/cases/{code}")
    assert not bell.wait(0)

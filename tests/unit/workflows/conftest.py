"""Machines of the bundled procedures."""

from __future__ import annotations

import pytest

from workflows.machine import ProcedureMachine, machine_for
from workflows.procedure import load, names


@pytest.fixture(scope="session")
def cambodia() -> ProcedureMachine:
    """Return the machine of Cambodia."""
    return machine_for(load("cambodia"))


@pytest.fixture(scope="session")
def illinois() -> ProcedureMachine:
    """Return the machine of Illinois."""
    return machine_for(load("illinois_felony"))


@pytest.fixture(params=names(), scope="session")
def machine(request: pytest.FixtureRequest) -> ProcedureMachine:
    """Return each bundled procedure's machine in turn."""
    return machine_for(load(request.param))

"""What holds for every test: where a machine promises to skip nothing, a skip is a failure; and a
busy machine is no failure of a property."""

import os
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

NO_SKIP = os.environ.get("COURTWATCH_NO_SKIP", "") not in ("", "0")

# How fast examples are drawn says something of the machine and its neighbours, nothing of the code.
settings.register_profile(
    "shared_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared_machine")


def _refuse_skip(report: Any) -> None:
    """Turn a skip into a failure that keeps its reason; an expected failure stays one."""
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}\nCOURTWATCH_NO_SKIP is set: nothing may be skipped here."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Refuse a skipped test where nothing may be skipped."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Refuse a skipped module where nothing may be skipped."""
    report = yield
    _refuse_skip(report)
    return report

"""Every report, however narrowed down, is that of a record without what its reader may not see.

Cases that are counted only are left: reports count them for everybody.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from courtwatch.models.engine import make_engine
from courtwatch.reports import render_json
from courtwatch.reports.kinds import REPORTS, ReportProblem
from courtwatch.reports.moments import UnknownMoment
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, make
from courtwatch.reports.words import plain
from courtwatch.services.fact_filters import FactFilters, FilterError
from tests.functional.scene import COURT, actor_of
from tests.secrecy.conftest import Walk
from tests.secrecy.twins import GROUPS, Group, scrub
from tests.secrecy.world import NOW

WATCHED = [group for group in GROUPS if group.readers[0] in ("rada", "anan", "reak", "lora")]
PRIVATES = "KH-03-CFI"
"""A court at which there is a private case alone."""
NARROWED: tuple[dict[str, str], ...] = (
    {}, {"court": COURT}, {"court": PRIVATES}, {"reason": "unknown"}, {"age_band": "14-15"},
    {"event_code": "2", "group": "unknown"}, {"known_at": "8"}, {"organisation": "lotus"},
)  # fmt: skip


def answers(path: Path, record: Walk, name: str, report: str) -> Iterator[str]:
    """Give what a reader is answered, in words and in what leads to lists, however it is asked."""
    engine = make_engine(f"sqlite:///{path}")
    with Session(engine) as session:
        actor = actor_of(session, name, record.world.site)
        for asked in NARROWED:
            needed = dict.fromkeys(REPORTS[report].needs, COURT) | asked
            filters = FactFilters.parse([("jurisdiction", "KH"), *needed.items()])
            units = REPORTS[report].units
            for unit in units[:1] if asked else units:
                for public in (False,) if asked else (False, True):
                    try:
                        found = make(
                            session, report, Ask(filters, unit=unit), Reader(actor, public), NOW
                        )
                    except (FilterError, ReportProblem, UnknownMoment) as problem:
                        yield f"{asked} {unit} {public}: {problem}"
                        continue
                    told = json.dumps(render_json.as_dict(found, plain), ensure_ascii=False)
                    drawn = [(each.key, each.chart, each.total) for each in found.tables]
                    yield f"{asked} {unit} {public}: {told} {drawn}"
    engine.dispose()


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("group", WATCHED, ids=lambda group: group.name)
def test_no_report_is_otherwise(record: Walk, group: Group, report: str) -> None:
    copy = Path(shutil.copy(record.pristine, record.pristine.with_name("figures.sqlite")))
    engine = create_engine(f"sqlite:///{copy}")  # which does not hold foreign keys
    with engine.begin() as connection:
        scrub(record.world, connection, group, record.plants, figures=True)
    engine.dispose()
    name = group.readers[0]
    pairs = zip(
        answers(record.pristine, record, name, report),
        answers(copy, record, name, report),
        strict=True,
    )
    assert [pair for pair in pairs if pair[0] != pair[1]] == []

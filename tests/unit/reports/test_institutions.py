"""Institutions compared: tables, marks, lists and refusals, on facts of many courts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import delete, func, insert, select, update

from courtwatch.models import Institution, ProsecutionFact
from courtwatch.reports import render_csv, render_json, render_text
from courtwatch.reports.comparison import COVARIATES
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, make
from courtwatch.reports.words import plain
from courtwatch.statistics.court_comparison import compare_courts
from tests.unit.reports.asked import KH
from tests.unit.reports.scene import (
    COURT_X,
    NOW,
    OFFICE_A,
    Act,
    Scene,
    change_facts,
    received,
)
from tests.unit.reports.test_comparison import compare

START = date(2019, 1, 1)
SIZES = (300, 260, 240, 220, 200, 180, 160, 140, 120, 60, 9)
"""Prosecutions of each office; the second holds far more than any other, the last is too small."""


def offices(session):
    """Return as many prosecution offices as there are sizes, by key."""
    return list(
        session.scalars(
            select(Institution).where(Institution.kind == "prosecution", Institution.level == 1)
            .order_by(Institution.id).limit(len(SIZES))
        )
    )  # fmt: skip


def write(session, scene):
    """Write facts of prosecutions before offices: one truly holds too many."""
    template = scene.prosecution()
    scene.publish()
    base = dict(
        session.execute(
            select(ProsecutionFact.__table__).where(ProsecutionFact.prosecution_id == template)
        ).mappings().one()
    )  # fmt: skip
    session.execute(delete(ProsecutionFact))
    random = np.random.default_rng(7)
    rows = []
    for place, (office, size) in enumerate(zip(offices(session), SIZES, strict=True)):
        for number in range(size):
            registered = START + timedelta(days=int(random.integers(0, 1800)))
            late = number % 10 == 0
            held = random.random() < (0.55 if place == 1 else 0.12)
            still = random.random() < 0.05
            end = registered + timedelta(days=int(random.integers(30, 400)))
            seen = date(2024, 11, 1)
            rows.append(
                base | {
                    "prosecution_office_id": office.id, "registered_on": registered,
                    "entry_date": registered + timedelta(days=20) if late else registered,
                    "event_code": 0 if still else 2 if held else 1,
                    "outcome": None if still else "held" if held else "convicted",
                    "ended_by": "prosecutor" if held and not still else None,
                    "decided_by_id": office.id if held and not still else None,
                    "furthest_stage": "prosecutor_review" if still or held else "convicted",
                    "filed_on": None if still or held else end,
                    "ended_on": None if still else end, "last_verified_on": seen,
                    "last_event_on": seen, "live": still,
                }
            )  # fmt: skip
            del rows[-1]["id"], rows[-1]["packed"]
    session.execute(insert(ProsecutionFact), rows)
    session.commit()


@pytest.fixture(scope="module")
def country(reports_template, tmp_path_factory):
    """A record of eleven offices, written once."""
    from tests.unit.reports.conftest import opened

    path = tmp_path_factory.mktemp("offices") / "record.sqlite"
    with opened(reports_template, path) as session:
        scene = Scene(session)
        write(session, scene)
        yield scene


def build(scene, filters=KH, reader=None, **ask):
    """Make the report for a monitor of 'lotus', or another reader."""
    reader = reader or Reader(scene.actor("lotus"))
    return make(scene.session, "institutions", Ask(filters, **ask), reader, NOW)


def listed(session, filters):
    """Return how many prosecutions a list shows."""
    return session.scalar(select(func.count()).where(filters.where()).select_from(ProsecutionFact))


class TestComparison:
    def test_says_what_the_statistics_say_of_the_same_arrays(self, country):
        """Every number of the table is one of `compare_courts`."""
        table = build(country).table("held")
        arm = compare(country).arm("held")
        assert arm.covariates.shape == (arm.n, len(COVARIATES))
        result = compare_courts(**arm.arguments | {"followup": arm.followup})
        words = {o.id: o.code for o in offices(country.session)}
        for place, key in enumerate(result.court):
            row = words[int(key)]
            assert table.figure(row, "n").value == result.n[place] == SIZES[place]
            assert table.figure(row, "observed").value == result.observed[place]
            assert table.figure(row, "expected").value == result.expected[place]
            ratio = table.figure(row, "ratio")
            assert ratio.value == result.ratio[place]
            assert ratio.lower <= ratio.value <= ratio.upper

    def test_marks_the_office_that_truly_holds_more_and_no_other(self, country):
        """The second; and the one that is too small says so."""
        report = build(country)
        table = report.table("held")
        marks = [table.figure(o.code, "mark").code for o in offices(country.session)]
        assert marks == ["none", "review"] + ["none"] * 8 + ["insufficient"]
        drawn = [table.figure(o.code, "shrunken").value is None for o in offices(country.session)]
        assert drawn == [mark == "review" for mark in marks], "who stands out is not drawn in"
        funnel = report.table("held_funnel")
        assert [funnel.figure(o.code, "mark").code for o in offices(country.session)] == marks
        assert next(h.figure.value for h in report.headlines if h.key == "marked") == 1

    def test_lists_what_is_too_few_and_opens_it(self, country):
        """The nine that are counted there can be read, of the office and whatever year."""
        office = offices(country.session)[-1]
        table = build(country).table("held_small")
        assert [row.key for row in table.rows] == [office.code]
        figure = table.figure(office.code, "on_record")
        assert (figure.value, figure.behind.filters.office) == (9, (office.code,))
        assert figure.behind.visible == 9

    def test_opens_no_list_of_as_many_others(self, session, scene):
        """One that another office held, and one whose day is not known: as many, not the same."""
        write(session, scene)
        first, second, third, *_rest = offices(session)
        fact = ProsecutionFact
        mine, other = (
            session.scalars(
                select(fact.id).where(
                    fact.prosecution_office_id == office.id, fact.outcome == "held"
                )
            ).first()
            for office in (first, second)
        )
        change_facts(session, update(fact).where(fact.id == mine).values(registered_on=None))
        change_facts(session, update(fact).where(fact.id == other).values(decided_by_id=first.id))
        table = build(scene).table("held")
        figure = table.figure(first.code, "n")
        assert (figure.value, figure.behind) == (SIZES[0], None)
        assert table.figure(third.code, "n").behind.visible == SIZES[2]

    def test_pools_the_years_where_a_period_has_too_few(self, country):
        """In one year every office is too small; by all years ten of eleven are not."""
        report = build(country, KH.with_(cohort="2020"))
        for row in report.table("held").rows:
            assert row.figures[8].code in ("insufficient", "none", "review", "not_tested")
        pooled = report.table("held_pooled")
        small = {
            row.key for row in report.table("held").rows if row.figures[8].code == "insufficient"
        }
        assert small
        assert {row.key for row in pooled.rows} == small
        whole = build(country).table("held")
        for row in pooled.rows:
            assert row.figures[6].value == whole.figure(row.key, "ratio").value
            for figure in row.figures[:3]:
                assert figure.behind is None or not figure.behind.filters.cohort

    def test_never_orders_by_a_rate(self, country):
        """By name, code or size, or those marked first: the numbers of a row never change."""
        orders = {}
        for order in ("name", "code", "size", "marked"):
            table = build(country, options={"order": order}).table("held")
            orders[order] = [row.key for row in table.rows]
            assert {row.key: row.figures[6].value for row in table.rows} == {
                row.key: row.figures[6].value for row in build(country).table("held").rows
            }
        assert orders["code"] == sorted(orders["code"])
        by_size = {o.code: -size for o, size in zip(offices(country.session), SIZES, strict=True)}
        assert orders["size"] == sorted(orders["size"], key=by_size.__getitem__)
        assert orders["marked"][0] == offices(country.session)[1].code

    def test_is_refused_by_filters_that_look_at_the_end(self, country):
        """Of those held, all are held. What is recorded stays."""
        report = build(country, KH.with_(outcome="held"))
        assert "Leave out: outcome" in report.table("held").refused.interpolate()
        assert report.table("held_recorded").rows

    def test_every_format_says_the_same(self, country):
        """Marks, ratios and limits in text, CSV and JSON."""
        report = build(country)
        code = offices(country.session)[1].code
        ratio = report.table("held").figure(code, "ratio")
        assert f"{ratio.value!r}" in render_csv.render(report, str)
        assert f"{ratio.value!r}" in render_json.render(report, str)
        line = next(
            line for line in render_text.render(report, plain).splitlines()
            if line.startswith(report.table("held").rows[0].label.en)
        )  # fmt: skip
        assert f"{report.table('held').rows[0].figures[6].value:,.2f}" in line


class TestRecorded:
    def test_who_was_brought_straight_to_trial_is_none_that_a_judge_let_go_on(self, scene):
        """Of three that came to trial one was cited there: the judge decided on two, and one more.

        The list behind it leaves out the one that was cited, too.
        """
        submitted = (
            received(date(2024, 1, 1)),
            Act("submit_to_investigation", date(2024, 2, 1), OFFICE_A, new=True),
            Act("charge", date(2024, 3, 1), COURT_X),
        )
        for _ in range(2):
            scene.prosecution(*submitted, Act("indict", date(2024, 6, 1), COURT_X))
        ended = Act("order_non_suit", date(2024, 6, 1), COURT_X, stated="EV1")
        scene.prosecution(*submitted, ended)
        scene.prosecution(
            received(date(2024, 1, 1)),
            Act("cite", date(2024, 2, 1), OFFICE_A, new=True),
            Act("open_trial", date(2024, 4, 1), COURT_X),
            offence="KH-TIPSE-9",
        )
        scene.publish()
        table = build(scene).table("non_suit_recorded")
        (row,) = table.rows
        decided, ended, went_on, share = row.figures[:4]
        assert (decided.value, ended.value, went_on.value) == (3, 1, 2)
        assert share.value == 1 / 3
        assert ended.behind.filters.outcome == ("non_suit",)
        filters = went_on.behind.filters
        assert (filters.straight_to_trial, filters.furthest) != ((), ())
        assert listed(scene.session, filters) == went_on.behind.visible == 2
        assert listed(scene.session, filters.with_(straight_to_trial=("yes",))) == 1

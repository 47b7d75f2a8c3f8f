"""The national overview: the account holds exactly, open ones are shown where they wait."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from courtwatch.models import ProsecutionFact
from courtwatch.reports.clock_rows import NEVER
from courtwatch.reports.law import Law
from courtwatch.reports.moments import latest
from courtwatch.reports.overview_flow import Dated, Length, balance, period_of, periods_until
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, make
from courtwatch.services import facts
from courtwatch.services.fact_filters import FactFilters, FilterError
from tests.unit.reports.asked import KH
from tests.unit.reports.scene import (
    COURT_X,
    NOW,
    OFFICE_A,
    Act,
    change_facts,
    indicted,
    received,
)

OPERATOR = Reader(None)


def overview(record, filters=KH, reader=OPERATOR, now=NOW, **ask):
    """Make the overview as the operator reads it, or another reader."""
    return make(record.session, "overview", Ask(filters, **ask), reader, now)


def values(table, row):
    """Return the numbers of a row by column."""
    return {c.key: table.figure(row, c.key).value for c in table.columns}


def counts_of(record, filters):
    """Count the prosecutions that a list with these filters shows the operator."""
    return record.session.query(ProsecutionFact).filter(filters.where()).count()


def check_account(table):
    """The identity holds in every period, periods follow on each other, and sums are sums."""
    before = None
    periods = [row for row in table.rows if row.key != "total"]
    for row in periods:
        v = values(table, row.key)
        assert v["opening"] + v["incoming"] - v["outgoing"] == v["closing"]
        assert v["judgment"] + v["without"] + v["outside"] == v["outgoing"]
        assert before in (None, v["opening"])
        before = v["closing"]
    if table.rows:
        v = values(table, "total")
        assert v["opening"] == values(table, periods[0].key)["opening"]
        assert v["opening"] + v["incoming"] - v["outgoing"] == v["closing"] == before


DAY = st.none() | st.integers(18_000, 18_900)
PERSON = st.tuples(DAY, DAY, st.integers(0, 3))


class TestBalance:
    @settings(max_examples=200, deadline=None)
    @given(st.lists(PERSON, max_size=30), st.lists(st.integers(17_900, 19_000), min_size=2,
                                                   max_size=6, unique=True))  # fmt: skip
    def test_is_what_counting_on_each_day_finds(self, people, days):
        """Opening, comings, goings and closing are counted one by one, from the definitions."""
        came, ended, code = (
            np.array([NEVER if p[k] is None else p[k] for p in people], np.int32) for k in range(3)
        )
        ended = np.where(code == 0, NEVER, ended).astype(np.int32)
        found = Dated.of(came, ended, code)
        reasons = [found.dated, found.no_registration, found.no_end, found.disordered]
        assert (np.sum(reasons, axis=0) == 1).all(), "each has one reason"
        here = found.dated
        edges = sorted(days)
        account = balance(came[here], ended[here], code[here], edges)
        rows = [(c, e, k) for c, e, k, d in zip(came, ended, code, here, strict=True) if d]

        def pending(evening):
            return sum(c <= evening and (k == 0 or e > evening) for c, e, k in rows)

        for place, (first, after) in enumerate(itertools.pairwise(edges)):
            assert account.opening[place] == pending(first - 1)
            assert account.closing[place] == pending(after - 1)
            assert account.incoming[place] == sum(first <= c < after for c, _e, _k in rows)
            for kind in (1, 2, 3):
                gone = sum(first <= e < after and k == kind for _c, e, k in rows)
                assert account.outgoing[kind - 1, place] == gone
        total = account.outgoing.sum(axis=0)
        assert (account.opening + account.incoming - total == account.closing).all()

    @given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from(Length))
    def test_periods_have_no_gap_and_hold_their_day(self, day, length):
        found = periods_until(day, day - timedelta(days=900), length)
        assert found[-1].first <= day <= found[-1].last
        for one, other in itertools.pairwise(found):
            assert one.last + timedelta(days=1) == other.first
        assert all(period_of(each.first, length) == period_of(each.last, length) for each in found)


class TestPoliceAlone:
    """Whom the police have not referred was never registered: no day of it is unknown."""

    def test_is_no_unknown_day_in_any_report(self, record):
        """One is with the police, one was first seen at trial: of one alone the day is unknown."""
        its = ProsecutionFact.prosecution_id == record.found["held_ev1"]
        police = update(ProsecutionFact).where(its).values(
            registered_on=None, furthest_stage="police_inquiry"
        )  # fmt: skip
        change_facts(record.session, police)
        for name, tables in (
            ("overview", ("funnel", "pipeline", "flow")), ("attrition", ("funnel", "cohorts")),
            ("delay", ()),
        ):  # fmt: skip
            report = make(record.session, name, Ask(KH), Reader(record.actor("lotus")), NOW)
            heads = {each.key: each.figure for each in report.headlines}
            unknown = heads.get("unknown") or heads["no_origin"]
            alone = heads.get("police_alone") or heads["never_came"]
            assert (unknown.value, alone.value) == (1, 1), name
            for key in tables:
                beside = report.table(key).unknown
                assert beside is not None
                assert beside.numerator == 1, (name, key)
            for table in report.tables:
                for row in table.every_row():
                    for figure in row.figures:
                        if figure.behind is not None:
                            listed = figure.behind.filters.with_(
                                share_level=("counted", "coded", "full")
                            )
                            assert counts_of(record, listed) == figure.value, (table.key, row.key)


    def test_stands_nowhere_where_no_police_refers_anybody(self, record, monkeypatch):
        """As in Illinois: a line of nobody, of something that is not, would be one to wonder at."""
        monkeypatch.setattr(Law, "before_prosecution", frozenset())
        for name in ("overview", "attrition", "delay"):
            report = make(record.session, name, Ask(KH), Reader(record.actor("lotus")), NOW)
            rows = {row.key for table in report.tables for row in table.rows}
            found = {head.key for head in report.headlines} | rows
            assert not found & {"police_alone", "never_came"}, name


class TestAccount:
    @pytest.mark.parametrize("account", ["quarter", "year"])
    def test_holds_now_and_as_known_then_under_filters_and_after_reopening(self, record, account):
        """Reopened, corrected, late and undated prosecutions are in it or named beside it."""
        before = latest(record.session).revision
        reopened = record.found["held_ev1"]
        record.prosecution(
            received(date(2023, 11, 1)), Act("hold_file", date(2023, 12, 1), OFFICE_A)
        )
        undated = record.prosecution(
            received(date(2024, 1, 3)), Act("hold_file", date(2024, 2, 1), OFFICE_A)
        )
        case = record.session.query(ProsecutionFact.case_id).filter_by(prosecution_id=reopened)
        act = Act("reopen_held_file", date(2024, 5, 2), OFFICE_A)
        record.event(reopened, case.scalar(), None, act)
        record.publish()
        facts.refresh(record.work(), [reopened])
        facts_of = update(ProsecutionFact).where(ProsecutionFact.prosecution_id == undated)
        change_facts(record.session, facts_of.values(ended_on=None))
        record.session.commit()
        asks = [{}, {"known_at": str(before)}]
        for filters in (KH, KH.with_(offence="KH-TIPSE-10"), KH.with_(office=OFFICE_A)):
            for ask in asks:
                report = overview(record, filters, options={"account": account}, **ask)
                flow, left = report.table("flow"), report.table("flow_left_out")
                check_account(flow)
                assert flow.n + left.figure("total", "n").value == report.provenance.n
        now = overview(record, options={"account": account})
        then = overview(record, options={"account": account}, known_at=str(before))
        key = "2023-Q1" if account == "quarter" else "2023"
        assert values(now.table("flow"), key)["reopened"] == 1
        assert values(then.table("flow"), key)["reopened"] == 0
        assert now.table("flow_left_out").figure("no_end", "n").value == 1
        assert then.table("flow_left_out").figure("no_end", "n").value == 0

    def test_every_line_opens_what_it_counts(self, record):
        """Opening, comings, goings and closing list exactly the prosecutions they count."""
        its = ProsecutionFact.prosecution_id == record.found["non_suit"]
        change_facts(record.session, update(ProsecutionFact).where(its).values(ended_on=None))
        its = ProsecutionFact.prosecution_id == record.found["dismissed"]
        early = update(ProsecutionFact).where(its).values(ended_on=date(2023, 1, 5))
        change_facts(record.session, early)
        its = ProsecutionFact.prosecution_id == record.found["held_ev1"]
        police = update(ProsecutionFact).where(its).values(
            registered_on=None, furthest_stage="police_inquiry"
        )  # fmt: skip
        change_facts(record.session, police)
        report = overview(record)
        left = report.table("flow_left_out")
        assert values(left, "police_alone") == {"n": 1}, "nobody registered it"
        assert values(left, "no_end") == values(left, "disordered") == {"n": 1}
        opened = 0
        for table in report.tables:
            for row in table.every_row():
                for figure in row.figures:
                    if figure.behind is not None:
                        shared = figure.behind.filters.with_(
                            share_level=("counted", "coded", "full")
                        )
                        assert counts_of(record, shared) == figure.value, (table.key, row.key)
                        opened += 1
        assert opened > 60

    def test_is_refused_for_those_alone_that_ended_alike(self, record):
        report = overview(record, KH.with_(outcome="held"))
        assert "outcome" in str(report.table("flow").refused.interpolate())
        assert report.table("flow").rows == report.table("times").rows == ()

    def test_a_day_on_which_it_was_pending_is_a_filter(self, record):
        assert counts_of(record, KH.with_(pending="2023-02-15")) == 3, "private and counted too"
        assert counts_of(record, KH.with_(pending="2023-03-01")) == 1
        with pytest.raises(FilterError, match="2023-3"):
            FactFilters.parse([("pending", "2023-3")])


class TestPipeline:
    def test_open_ones_are_shown_where_they_wait_and_nobody_is_lost(self, record):
        table = overview(record).table("pipeline")
        whole = values(table, "total")
        assert whole["registered"] == 12
        assert whole["open_registered"] == 1, "suspended with the prosecutor"
        assert whole["open_charged"] == 1
        assert whole["open_before_court"] == 0
        for row in table.every_row():
            v = values(table, row.key)
            waiting = v["open_registered"] + v["open_charged"] + v["open_before_court"]
            assert v["registered"] == v["judgment"] + v["without"] + v["outside"] + waiting
            assert v["registered"] >= v["charged"] >= v["before_court"] >= v["judgment"]

    def test_the_funnel_adds_up_from_step_to_step(self, record):
        table = overview(record).table("funnel")
        steps = [values(table, row.key) for row in table.rows]
        for one, following in itertools.pairwise(steps):
            stopped = one["pending"] + one["without"] + one["outside"]
            assert one["reached"] - stopped == following["reached"]

    def test_agrees_with_the_report_on_attrition(self, record):
        ours = overview(record).table("pipeline")
        theirs = make(record.session, "attrition", Ask(KH), OPERATOR, NOW).table("cohorts")
        for row in ours.every_row():
            for key in ("registered", "charged", "before_court", "judgment", "without", "outside"):
                assert ours.figure(row.key, key).value == theirs.figure(row.key, key).value


class TestTimes:
    def test_who_still_waits_makes_a_median_longer_than_the_naive_one(self, scene):
        """Ten were charged after 10 days; twelve still wait, seen for 100 days."""
        for number in range(10):
            scene.prosecution(
                received(date(2023, 1, 1)),
                Act("submit_to_investigation", date(2023, 1, 2), OFFICE_A, new=True),
                Act("charge", date(2023, 1, 11), COURT_X),
                case=scene.case() if number % 2 else None,
            )
        for _ in range(12):
            scene.prosecution(
                received(date(2023, 1, 1)),
                Act("checked_unchanged", date(2023, 4, 11), OFFICE_A),
            )
        scene.publish()
        table = overview(scene).table("times")
        v = values(table, "registration_charge")
        assert (v["n"], v["came"], v["waiting"], v["naive"]) == (22, 10, 12, 10)
        assert v["median"] is None, "less than half were charged"
        assert "not reached" in str(table.figure("registration_charge", "median").missing)
        assert values(table, "charge_trial")["median"] is None, "nobody came to trial"

    def test_a_step_passed_on_an_unknown_day_is_no_wait(self, scene):
        scene.prosecution(received(date(2023, 1, 1)), *indicted(date(2023, 2, 1), COURT_X))
        scene.publish()
        change_facts(scene.session, update(ProsecutionFact).values(charged_on=None))
        v = values(overview(scene).table("times"), "registration_charge")
        assert (v["n"], v["came"], v["waiting"], v["left_out"]) == (0, 0, 0, 1)

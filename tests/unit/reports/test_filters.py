"""Filters of reports and of the lists behind them: periods, who told, and whose cases."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select

from courtwatch.models import (
    Event,
    EventAccount,
    EventTarget,
    ProsecutionFact,
    Reason,
    ReferencePast,
    Revision,
    reference_at,
    text_at,
)
from courtwatch.models.vocabulary import Role
from courtwatch.reports.context import _both
from courtwatch.reports.kinds import ReportProblem
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, make
from courtwatch.services.case_list import DEFAULT_SORT, CaseList
from courtwatch.services.fact_filters import FactFilters, FilterError
from courtwatch.services.facts import renew
from tests.unit.reports.asked import KH
from tests.unit.reports.scene import NOW


def counted(record, reader=None, **filters):
    """Return how many prosecutions the report `offences` counts under filters."""
    wanted = FactFilters.parse([("jurisdiction", "KH"), *filters.items()])
    return make(record.session, "offences", Ask(wanted), reader or Reader(), NOW).provenance.n


def tell(record, prosecution, step, source, reliability):
    """Say who told of one step of a prosecution."""
    event = record.session.scalar(
        select(Event.id)
        .join(EventTarget, EventTarget.event_id == Event.id)
        .where(EventTarget.prosecution_id == prosecution, Event.step == step)
    )
    record.session.execute(
        insert(EventAccount).values(
            event_id=event, organisation_id=record.organisation("lotus"), source=source,
            reliability=reliability, precision="day", rev_from=record.revision_id,
        )
    )  # fmt: skip
    renew(record.session.connection(), [prosecution], lambda: record.revision_id)


class TestPeriods:
    def test_from_and_to_include_both(self, record):
        """Registered from February to April 2023: four; from the second day to the last: two."""
        assert counted(record, cohort="2023-02..2023-04") == 4
        assert counted(record, cohort="2023-02-02..2023-04-01") == 2
        assert counted(record, ended="..2023-05-01") == 4
        assert counted(record, ended="2024-02 to 2024-06") == 3

    def test_a_cohort_is_narrowed_to_what_the_report_counts(self, record):
        """A cohort of a report of half a year opens that half, as many as the figure counts."""
        actor = record.actor("lotus")
        ask = Ask(KH.with_(cohort="2023-06..2024-02"))
        cohorts = make(record.session, "attrition", ask, Reader(actor), NOW).table("cohorts")
        listing = CaseList(record.session, actor)
        for year, n in (("2023", 3), ("2024", 2)):
            figure = cohorts.figure(year, "registered")
            assert figure.value == n
            assert figure.behind is not None
            listed = listing.page(figure.behind.filters, DEFAULT_SORT, 0, 50)
            assert listed.total == figure.behind.visible == n


class TestGroups:
    def test_a_reason_is_in_the_group_of_then(self, record):
        """Moved to another group later, it is found in the old one at past moments, there alone."""
        before = str(record.session.scalar(select(func.max(Revision.id))))
        stated = record.session.scalars(
            select(ProsecutionFact.reason_stated_id).where(
                ProsecutionFact.reason_stated_id.is_not(None), ProsecutionFact.counted
            )
        ).first()
        old = record.session.get(Reason, stated).group_code
        n = counted(record, group=old)
        assert n
        for group in ("ZY", "ZZ"):  # twice: the first state is what counts
            moved = select(Reason).where(Reason.group_code.in_((old, "ZY")))
            for row in record.session.scalars(moved).all():
                row.group_code = group
            record.session.commit()
        assert counted(record, group=old, known_at=before) == n
        assert counted(record, group="ZZ") == n
        with pytest.raises(FilterError):
            counted(record, group=old)
        with pytest.raises(FilterError):
            counted(record, group="ZZ", known_at=before)

    def test_what_was_kept_before_a_column_was_read_does_not_stand_for_it(self, record):
        """The next that was kept tells it: else the column would be today's."""
        reason = record.session.scalars(select(Reason)).first()
        group, name, at = reason.group_code, reason.name_en, record.revision_id
        reason.name_en = "New"
        record.session.flush()
        past = record.session.scalars(select(ReferencePast)).one()
        past.was = {key: value for key, value in past.was.items() if key != "group_code"}
        reason.group_code = "ZZ"
        record.session.commit()
        was = reference_at(record.session, at)["reason", reason.id]
        assert was is not None
        assert (was["name_en"], was["group_code"]) == (name, group)
        then = select(Reason.id).where(text_at(Reason, "group_code", at) == group)
        assert reason.id in record.session.scalars(then).all()


class TestMilestones:
    def test_lists_keep_every_milestone_that_was_asked_for(self):
        """Reached is asked of each value: a list of the charged is not one of the registered."""
        asked = ("charge", "registration")
        assert _both("reached", asked, ("registration",)) == asked
        assert _both("not_reached", ("trial",), ("charge",)) == ("trial", "charge")
        assert _both("court", ("KH-1", "KH-2"), ("KH-2", "KH-3")) == ("KH-2",)
        assert _both("court", ("KH-1",), ("KH-2",)) == ()

    @pytest.mark.parametrize(
        "filters", [{"ended": "2024"}, {"outcome": "held"}, {"reached": "charge"}, {"live": "yes"}]
    )
    def test_a_cohort_is_never_of_those_closed_in_a_year(self, record, filters):
        """Attrition is refused, and so are the pipeline and the funnel of the overview."""
        asked = Ask(KH.with_(**filters))
        with pytest.raises(ReportProblem, match=f"Leave out: {next(iter(filters))}"):
            make(record.session, "attrition", asked, Reader(), NOW)
        overview = make(record.session, "overview", asked, Reader(), NOW)
        for key in ("funnel", "pipeline", "flow", "times"):
            table = overview.table(key)
            assert table.refused is not None
            assert not list(table.every_row())


class TestWhoTold:
    def test_asks_the_entry_on_which_the_standing_rests(self, record):
        """What was told of an earlier step is not asked; no account at all is `unknown`."""
        found = record.found
        tell(record, found["held_ev1"], "hold_file", "court_document", "high")
        tell(record, found["held_no_reason"], "receive_complaint", "court_document", "high")
        tell(record, found["held_no_reason"], "hold_file", "told", "low")
        assert counted(record, source="court_document") == 1
        assert counted(record, source="told") == 1
        assert counted(record, reliability="low") == 1
        assert counted(record, source="media") == 0
        assert counted(record, source="unknown") == counted(record) - 2

    def test_a_past_moment_asks_the_accounts_of_then(self, record):
        """An account that was added later is not in a report of before."""
        before = record.revision_id
        work = record.work("later")
        record.__dict__["revision_id"] = work.revision_id
        tell(record, record.found["held_ev1"], "hold_file", "media", "low")
        record.session.flush()
        assert counted(record, source="media") == 1
        assert counted(record, source="media", known_at=str(before)) == 0

    def test_is_refused_where_the_others_would_be_missing(self, record):
        """Time until an end can't be told of those alone whose end somebody told."""
        with pytest.raises(Exception, match="source"):
            make(record.session, "delay", Ask(KH.with_(source="told")), Reader(), NOW)


class TestOrganisations:
    def test_coordinators_alone_count_others_apart(self, record):
        """A monitor counts the own organisation; another's is refused at its field."""
        monitor = Reader(record.actor("lotus"))
        coordinator = Reader(record.actor("lotus", Role.COORDINATOR))
        assert counted(record, coordinator, organisation="river") == 2
        own = counted(record, coordinator, organisation="lotus")
        assert counted(record, monitor, organisation="lotus") == own == 11
        with pytest.raises(FilterError) as refused:
            counted(record, monitor, organisation="river")
        assert set(refused.value.problems) == {"organisation"}

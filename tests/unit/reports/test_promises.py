"""What holds for every report on any record: sums, unknown shares, past moments, lists behind."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from functools import cache
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from courtwatch.models import (
    Case,
    Institution,
    Offence,
    Person,
    Prosecution,
    ProsecutionFact,
    Reason,
)
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.reports.kinds import REPORTS
from courtwatch.reports.model import ColumnKind, Opens, RowKind, ScopeKind
from courtwatch.reports.moments import UnknownMoment, latest, moment
from courtwatch.reports.queries import Reader
from courtwatch.services import facts
from courtwatch.services.case_list import DEFAULT_SORT, CaseList
from courtwatch.services.fact_filters import FactFilters
from tests.unit.reports.asked import KH, build
from tests.unit.reports.scene import NOW, OFFICE_A, Act, received

BESIDE = ("overview", "attrition", "comparison")
"""Reports whose tables leave out those without a known day, and say how many they are."""


def check_sums(report):
    """Parts add up to the total, shares follow from their counts, the unknown share is a part."""
    for table in report.tables:
        parts = [row for row in table.rows if row.kind is RowKind.PART]
        for place, column in enumerate(table.columns):
            figures = [row.figures[place] for row in parts]
            if column.kind is ColumnKind.COUNT and table.total is not None:
                assert sum(f.value for f in figures) == table.total.figures[place].value
            if column.kind is ColumnKind.SHARE:
                for figure in [row.figures[place] for row in table.every_row()]:
                    if figure.value is None:
                        continue
                    assert figure.value == figure.numerator / figure.denominator
                    assert figure.lower <= figure.value <= figure.upper
        for row in table.every_row():
            for figure in row.figures:
                if figure.behind is not None:
                    assert 0 <= figure.behind.visible <= figure.value
        if table.unknown is not None and table.unknown.value is not None:
            beside = table.unknown.numerator
            apart = report.name in BESIDE and table.key not in WITHIN
            apart |= table.key.startswith(TABLES_BESIDE.get(report.name, ("-",)))
            assert table.unknown.denominator == table.n + (beside if apart else 0)


WITHIN = ("detention", "provinces")
"""Tables of those reports whose unknown are in them."""
TABLES_BESIDE = {
    "dismissals": ("retention",),
    "scorecard": ("funnel", "cohorts", "time_", "change_"),
    "delay": ("incidence", "times", "by_", "states"),
}
"""Tables whose unknown are not in them, but beside; of other reports all or none (BESIDE)."""


NOTHING_UNKNOWN = {
    "overview": {"detention"},
    "comparison": {"values"},
    "scorecard": {"review"},
    "official": {"missing"},
}
"""Nobody is held in this record; lists of groups and of whom to look at; the unknown themselves."""


def numbers(report):
    """Return every number of a report that must never change for a past moment."""
    found = {}
    for table in report.tables:
        if table.opens is Opens.CASE:
            continue  # who may open which case is decided by today's rights
        for row in table.every_row():
            for column, figure in zip(table.columns, row.figures, strict=True):
                found[table.key, row.key, column.key] = (
                    figure.value, figure.numerator, figure.denominator, figure.lower, figure.upper,
                )  # fmt: skip
    return found


FACT = st.fixed_dictionaries(
    {
        "end": st.sampled_from(
            [
                (0, None, None, "prosecutor_review"),
                (0, None, None, "charged"),
                (0, None, None, "trial"),
                (1, "convicted", "trial_court", "convicted"),
                (2, "held", "prosecutor", "prosecutor_review"),
                (2, "non_suit", "investigating_judge", "charged"),
                (2, "dismissed_by_court", "trial_court", "trial"),
                (2, "time_barred", "law", "trial"),
                (2, "not_referred", "judicial_police", "police_inquiry"),
                (3, "died", None, "charged"),
            ]
        ),
        "suspended": st.booleans(),
        "reopened": st.booleans(),
        "institution": st.sampled_from([None, 0, 1]),
        "offence": st.sampled_from([None, 0, 1]),
        "reason": st.sampled_from([None, "EV1", "ST1", "TI2", "UN1", "UN2", "UN9"]),
        "registered": st.none() | st.dates(date(2022, 1, 1), date(2024, 12, 31)),
        "late": st.booleans(),
        "share": st.sampled_from(["private", "counted", "coded", "full"]),
    }
)


class TestSums:
    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(FACT, max_size=25))
    def test_hold_for_any_facts_and_every_reader(self, scene, found):
        """Rows add up to totals, and cohorts account for everybody, in each report."""
        self.write(scene, found)
        shared = sum(fact["share"] != "private" for fact in found)
        for name in REPORTS:
            for scope in (ScopeKind.SHARED, ScopeKind.OWN):
                report = build(scene, name, scope=scope)
                check_sums(report)
                if scope is ScopeKind.SHARED and name in ("ends", "offences"):
                    assert report.provenance.n == shared
                if scope is ScopeKind.SHARED and name == "attrition":
                    beside = {head.key: head.figure.value for head in report.headlines}
                    parts = report.provenance.n, beside["unknown"], beside["police_alone"]
                    assert sum(parts) == shared
        cohorts = build(scene, "attrition").table("cohorts")
        places = [
            cohorts.column(k) for k in ("judgment", "without", "outside", "open", "suspended")
        ]
        for row in cohorts.every_row():
            parts = sum(row.figures[place].value for place in places)
            assert parts == row.figures[cohorts.column("registered")].value
        funnel = build(scene, "attrition").table("funnel")
        reached = [row.figures[0].value for row in funnel.rows]
        assert reached == sorted(reached, reverse=True)
        for row, next_row in itertools.pairwise(funnel.rows):
            gone = sum(row.figures[funnel.column(k)].value
                       for k in ("pending", "without", "outside"))  # fmt: skip
            assert row.figures[0].value - gone == next_row.figures[0].value

    def write(self, scene, found):
        """Put facts straight into the table: any combination, also odd ones."""
        session = scene.session
        session.execute(delete(ProsecutionFact))
        if not found:
            found.append(dict.fromkeys(("institution", "offence", "reason", "registered"))
                         | {"end": (0, None, None, "trial"), "suspended": False, "late": False,
                            "reopened": False, "share": "coded"})  # fmt: skip
        case = session.scalar(select(Case.id)) or scene.case()
        person = session.scalar(select(Prosecution.id))
        if person is None:
            row = Person(pseudonym="A", rev_from=scene.revision_id)
            session.add(row)
            session.flush()
            one = Prosecution(public_code="P", person_id=row.id, rev_from=scene.revision_id)
            session.add(one)
            session.flush()
            person = one.id
        courts = session.scalars(
            select(Institution.id).where(Institution.kind == "court").order_by(Institution.id)
        ).all()
        offences = session.scalars(
            select(Offence.id).where(Offence.jurisdiction_id == scene.jurisdiction.id)
        ).all()
        for fact in found:
            code, outcome, ended_by, furthest = fact["end"]
            place = None if fact["institution"] is None else courts[fact["institution"]]
            registered = fact["registered"]
            session.execute(
                insert(ProsecutionFact).values(
                    prosecution_id=person, case_id=case, jurisdiction_id=scene.jurisdiction.id,
                    procedure_version_id=scene.procedure.id,
                    owner_id=scene.organisation("lotus"), share_level=fact["share"],
                    phase="closed" if code else "proceeding", live=not code,
                    suspended=fact["suspended"] and not code, custody="unknown",
                    outcome=outcome, event_code=code, ended_by=ended_by,
                    reopened=fact["reopened"] and code == 2, furthest_stage=furthest,
                    decided_by_id=place if code else None, court_id=place,
                    prosecution_office_id=place, police_id=place,
                    offence_id=None if fact["offence"] is None else offences[fact["offence"]],
                    reason_stated_id=scene.id_of(Reason, fact["reason"]) if code == 2 else None,
                    registered_on=registered,
                    entry_date=registered + timedelta(3) if registered and fact["late"] else None,
                    sex="unknown", age_band="unknown", official="unknown",
                    rev_from=scene.revision_id,
                )
            )  # fmt: skip

    def test_hold_for_the_small_record(self, record):
        """Also in figures of real events, for each scope."""
        for name in REPORTS:
            check_sums(build(record, name))
            check_sums(build(record, name, scope=ScopeKind.OWN))


    @pytest.mark.parametrize("name", list(REPORTS))
    def test_every_table_of_rates_says_how_many_are_not_known(self, record, name):
        """Except those that say why there is nothing that could be unknown."""
        silent = {
            table.key
            for table in build(record, name).tables
            if table.refused is None
            and table.unknown is None
            and any(c.kind in (ColumnKind.SHARE, ColumnKind.PROBABILITY) for c in table.columns)
        }
        assert silent <= NOTHING_UNKNOWN.get(name, set())


class TestPastMoments:
    @pytest.mark.parametrize("name", list(REPORTS))
    def test_never_change(self, record, name):
        """What was known at a revision stays, whatever is recorded, corrected or shared later."""
        session = record.session
        before = build(record, name)
        at = latest(session)
        assert before.provenance.known_at.latest
        found = record.found
        work = record.work(now=NOW + timedelta(days=2))
        record.__dict__["revision_id"] = work.revision_id
        case = session.scalar(
            select(ProsecutionFact.case_id).where(ProsecutionFact.prosecution_id == found["open"])
        )
        record.event(found["open"], case, None, Act("close_investigation", date(2024, 9, 1)))
        session.execute(
            update(Case)
            .where(Case.id.in_(
                select(ProsecutionFact.case_id).where(
                    ProsecutionFact.prosecution_id == found["held_ev1"]
                )
            ))
            .values(share_level="private")
        )  # fmt: skip
        record.prosecution(
            received(date(2024, 5, 5)),
            Act("hold_file", date(2024, 6, 6), OFFICE_A),
            offence="KH-TIPSE-15",
        )
        fresh = record.fresh.pop()
        facts.refresh(work, [found["open"], found["held_ev1"], fresh])
        session.commit()
        now = build(record, name)
        assert numbers(now) != numbers(before)
        later = NOW + timedelta(days=3)
        past = build(record, name, now=later, known_at=str(at.revision))
        assert numbers(past) == numbers(before)
        assert not past.provenance.known_at.latest
        by_day = build(record, name, now=later, known_at="2026-11-20")
        assert numbers(by_day) == numbers(before)

    def test_are_read_as_people_write_them(self, record):
        """A day means its end at the courts; a revision its number; nothing the present."""
        session = record.session
        assert moment(session, "", "Asia/Phnom_Penh").latest
        assert moment(session, "2026-11-20", "Asia/Phnom_Penh").revision == 1
        assert moment(session, "2026-11-20T10:00", "Asia/Phnom_Penh").revision == 1
        assert moment(session, "២០២៦-១១-២០", "Asia/Phnom_Penh").revision == 1
        assert moment(session, "១", "Asia/Phnom_Penh").revision == 1
        # 10:00 in Phnom Penh is 03:00 UTC, the second at which it was recorded.
        for text in ("2026-11-20T09:59", "2026-11-19", "7", "yesterday", "2026-13-01"):
            with pytest.raises(UnknownMoment):
                moment(session, text, "Asia/Phnom_Penh")


def pairs_of(filters):
    """Return filters as an address has them, read again."""
    return parse_qsl(filters.to_query())


def counting(listing):
    """Return a function that says how many a list has: asked once, past its last row."""
    return cache(lambda filters: listing.page(filters, DEFAULT_SORT, 10**9, 1).total)


class TestDrillDown:
    @pytest.mark.parametrize("name", list(REPORTS))
    @pytest.mark.parametrize("owner", ["lotus", "river"])
    @pytest.mark.parametrize("scope", [ScopeKind.SHARED, ScopeKind.OWN])
    def test_lists_exactly_what_was_counted(self, record, name, owner, scope):
        """The list behind a figure has as many prosecutions as the figure says may be opened."""
        actor = record.actor(owner)
        count = counting(CaseList(record.session, actor))
        report = build(record, name, Reader(actor), scope=scope)
        linked = 0
        figures = [h.figure for h in report.headlines] + [
            f for table in report.tables for row in table.every_row() for f in row.figures
        ]
        for figure in figures:
            if figure.behind is None:
                continue
            linked += 1
            filters = FactFilters.parse(pairs_of(figure.behind.filters))
            assert filters == figure.behind.filters, "an address gives the same filters back"
            total = count(filters)
            assert total == figure.behind.visible
            if scope is ScopeKind.OWN:
                assert total == figure.value, "an organisation may open all of its own"
        # Below ten prosecutions a report on time has no table of groups; a form of trafficking has
        # nothing to open where nobody is charged with it in its year.
        fewest = {"delay": 1, "comparison": 1, "scorecard": 1, "official": 0}
        assert linked >= fewest.get(name, 4)

    @pytest.mark.parametrize(("office", "settlements"), [(None, 1), (None, 12), (OFFICE_A, 12)])
    @pytest.mark.parametrize("name", REPORTS)
    def test_a_list_and_its_figure_never_tell_an_allegation(
        self, record, name, office, settlements
    ):
        """What is withheld counts as no reason in both: the difference tells nothing."""
        for _ in range(settlements):
            record.prosecution(
                received(date(2024, 1, 2)),
                Act("hold_file", date(2024, 2, 2), OFFICE_A, stated="ST1"),
            )
        record.publish()
        for actor in (
            record.actor("justice", Role.ANALYST, OrganisationKind.MINISTRY),
            record.actor("campus", Role.RESEARCHER, OrganisationKind.RESEARCH),
        ):
            count = counting(CaseList(record.session, actor))
            filters = KH if office is None else KH.with_(office=office)
            report = build(record, name, Reader(actor), filters=filters)
            figures = [h.figure for h in report.headlines] + [
                f for table in report.tables for row in table.every_row() for f in row.figures
            ]
            for figure in figures:
                if figure.behind is not None:
                    wanted = FactFilters.parse(pairs_of(figure.behind.filters))
                    assert count(wanted) == figure.behind.visible

    def test_a_report_of_no_known_reason_counts_what_its_list_shows(self, record):
        """The filter itself means the same in a figure and in a list."""
        actor = record.actor("justice", Role.ANALYST, OrganisationKind.MINISTRY)
        filters = KH.with_(reason="unknown")
        shown = CaseList(record.session, actor).page(filters, DEFAULT_SORT, 0, 50)
        report = build(record, "ends", Reader(actor), filters=filters)
        ended = sum(row.fact.event_code == 2 for row in shown.rows)
        assert report.headlines[0].figure.behind.visible == ended
        assert {row.reason_stated for row in shown.rows} == {None}

    def test_lists_for_a_reader_who_may_open_all(self, record):
        """The operator at the command line: what can be opened is the whole figure."""
        for name in REPORTS:
            for table in build(record, name, Reader()).tables:
                for row in table.every_row():
                    for figure in row.figures:
                        if figure.behind is not None:
                            assert figure.behind.visible == figure.value

    def test_stays_within_the_filters_of_the_report(self, record):
        """A month of a report on one year narrows to the month; reasons are intersected."""
        report = build(record, "attrition", filters=KH.with_(cohort="2024-02"))
        (row,) = report.table("cohorts").rows
        assert row.figures[0].behind.filters.cohort == ("2024-02",)
        narrow = build(record, "ends", filters=KH.with_(reason=("UN1", "EV1")))
        filters = narrow.table("by_actor").figure("investigating_judge.non_suit", "no_reason")
        assert filters.behind.filters.reason == ("UN1",)

    def test_opens_the_past_of_a_past_report(self, record):
        """The list behind a figure of a past moment asks for that moment."""
        work = record.work(now=datetime(2026, 11, 21, tzinfo=UTC))
        assert work.revision_id == 2
        record.session.commit()
        figure = build(record, "ends", known_at="1").table("by_actor").total.figures[1]
        assert figure.behind.filters.known_at == 1

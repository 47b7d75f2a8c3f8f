"""Official tables: their parts add up, unknowns are rows of their own, figures open their cases."""

from __future__ import annotations

import json
from datetime import date
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from courtwatch.models import ProsecutionFact
from courtwatch.models.vocabulary import AgeBand, OrganisationKind, Role, Sex
from courtwatch.reports import registry, render_csv, render_json, render_text
from courtwatch.reports.official_words import FORM_CLASSES, FORMS
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import ReportProblem
from courtwatch.reports.words import plain
from courtwatch.services.fact_filters import FilterError
from courtwatch.services.reference_totals import read, take_in
from courtwatch.services.work import SYSTEM, Work
from tests.unit.reports.asked import KH
from tests.unit.reports.scene import NOW, change_facts

PERIOD = {"un_cts": "2024", "glotip": "2023", "us_tip": "2024", "ncct": "2023-H2"}


def build(scene, form, during=None, reader=None, filters=KH):
    """Make the report in one form."""
    options = {"form": form, "during": PERIOD[form] if during is None else during}
    ask = registry.Ask(filters, options=options)
    return registry.make(scene.session, "official", ask, reader or Reader(), NOW)


def listed(scene, figure):
    """Count what the list behind a figure holds (the shared record)."""
    query = select(func.count()).select_from(ProsecutionFact).where(figure.behind.filters.where())
    return scene.session.scalar(
        query.where(ProsecutionFact.share_level.in_(["counted", "coded", "full"]))
    )


def colour(scene, draw):
    """Give every fact a sex, age, form of exploitation and official, as drawn."""
    *most, last = [
        update(ProsecutionFact)
        .where(ProsecutionFact.id == key)
        .values(
            sex=draw(list(Sex)), age_band=draw(list(AgeBand)),
            exploitation=draw([None, *FORM_CLASSES]), official=draw(["yes", "no", "unknown"]),
        )
        for key in scene.session.scalars(select(ProsecutionFact.id).order_by(ProsecutionFact.id))
    ]  # fmt: skip
    for statement in most:
        scene.session.execute(statement)
    change_facts(scene.session, last)


class TestSums:
    @settings(
        max_examples=8, derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(data=st.data())
    def test_parts_add_up_and_every_figure_opens_what_it_counts(self, record, data):
        """In every form, whatever is known of the accused; also rows of a whole are its columns."""
        colour(record, lambda values: data.draw(st.sampled_from(values)))
        form = data.draw(st.sampled_from(list(FORMS)))
        report = build(record, form)
        for table in report.tables:
            for place, column in enumerate(table.columns):
                if table.total is not None and column.key != "cases":
                    parts = [row.figures[place].value for row in table.rows]
                    assert sum(parts) == table.total.figures[place].value, (table.key, column.key)
            for row in table.every_row():
                values = {c.key: f.value for c, f in zip(table.columns, row.figures, strict=True)}
                if "all" in values:
                    assert sum(v for k, v in values.items() if k != "all") == values["all"]
                for figure in row.figures:
                    if figure.behind is not None:
                        assert listed(record, figure) == figure.value, (table.key, row.key)
        record.session.rollback()


class TestForms:
    def test_un_cts_counts_each_stage_on_its_own_day(self, record):
        """Eight of the shared record were registered in 2023, one was convicted in 2024."""
        report = build(record, "un_cts")
        registered = report.table("registration_offence")
        assert registered.figure("total", "2023").value == 8
        assert registered.figure("0204", "2023").value == 8
        convicted = report.table("conviction_person")
        assert convicted.figure("unknown", "unknown").value == 1
        assert convicted.figure("total", "all").value == 1
        assert convicted.unknown.value == 1

    def test_glotip_and_tip_count_trafficking_alone(self, record):
        """By article, and by form of exploitation: what is not known is unspecified."""
        articles = build(record, "glotip").table("articles")
        assert articles.figure("KH-TIPSE-10", "registration").value == 8
        actions = build(record, "us_tip").table("actions")
        assert actions.figure("conviction_2024", "unspecified").value == 1
        assert actions.figure("charge_2023", "all").value == 4
        assert actions.figure("charge_2024", "all").value == 1

    def test_ncct_parts_old_from_new_and_counts_cases_once(self, record):
        """Charged in June and ended in September is old; the three of July and September new."""
        report = build(record, "ncct")
        courts = report.table("courts")
        assert courts.figure("old", "all").value == 1
        assert courts.figure("old", "without").value == 1
        assert courts.figure("new", "all").value == 3
        assert courts.figure("new", "pending").value == 3
        assert report.table("entered").figure("total", "cases").value == 1
        assert report.table("entered").figure("total", "registration").value == 2

    def test_who_ended_on_an_unknown_day_is_not_pending(self, record):
        """Nor before the courts: how many they are stands beside, as in the overview's account."""
        facts = update(ProsecutionFact).where(
            ProsecutionFact.event_code != 0, ProsecutionFact.charged_on < date(2023, 7, 1)
        )
        ended = change_facts(record.session, facts.values(ended_on=None))
        courts = build(record, "ncct").table("courts")
        overview = registry.make(record.session, "overview", registry.Ask(KH), Reader(), NOW)
        assert ended > 0
        assert courts.figure("total", "all").value == courts.figure("total", "pending").value == 3
        shared = select(func.count()).select_from(ProsecutionFact).where(
            KH.with_(charged="..2023-12-31", ended="unknown", event_code=("1", "2", "3")).where(),
            ProsecutionFact.share_level != "private",
        )  # fmt: skip
        assert courts.unknown.numerator == record.session.scalar(shared) > 0
        assert overview.table("flow_left_out").figure("no_end", "n").value >= (
            courts.unknown.numerator
        )
        # A list of open ends would show them.
        assert courts.figure("total", "pending").behind is None

    def test_an_unknown_offence_may_be_trafficking(self, record):
        """It is in no form of trafficking alone, and told among what is missing."""
        unknown = update(ProsecutionFact).where(ProsecutionFact.charged_on >= date(2023, 1, 1))
        change_facts(record.session, unknown.values(offence_id=None))
        for form in ("glotip", "us_tip"):
            report = build(record, form, during="2023")
            row = [report.table("missing").figure("offence", k) for k in ("counted", "unknown")]
            shown = sum(head.figure.value for head in report.headlines)
            assert row[1].value > 0
            assert row[0].value == shown + row[1].value

    def test_who_came_on_an_unknown_day_is_told_among_what_is_missing(self, record):
        """In no year: of all who came to a stage. Whom the police keep was never registered."""
        fact = ProsecutionFact
        before = [build(record, "un_cts").table("missing").figure(row, column).value
                  for row in ("day_registration", "day_charge", "police_alone")
                  for column in ("counted", "unknown")]  # fmt: skip
        shared = fact.share_level != "private"
        charged = update(fact).where(shared, fact.charged_on >= date(2023, 1, 1))
        n = change_facts(record.session, charged.values(charged_on=None, registered_on=None))
        facts = select(fact.id).where(shared, fact.furthest_stage == "prosecutor_review")
        away = update(fact).where(fact.id == record.session.scalars(facts).first())
        change_facts(record.session, away.values(
            registered_on=None, furthest_stage="police_inquiry"
        ))  # fmt: skip
        table = build(record, "un_cts").table("missing")
        after = [table.figure(row, column).value
                 for row in ("day_registration", "day_charge", "police_alone")
                 for column in ("counted", "unknown")]  # fmt: skip
        assert n > 0
        assert after == [
            before[0] - 1, before[1] + n, before[2], before[3] + n, before[4] + 1, None
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("form", "during"), [("un_cts", "2024-H1"), ("ncct", "2024"), ("us_tip", "2024-H2")]
    )
    def test_a_period_that_the_form_is_not_of_is_refused(self, record, form, during):
        """Saying what it is of."""
        with pytest.raises(ReportProblem, match="such as 20"):
            build(record, form, during)

    @pytest.mark.parametrize("during", ["24", "2024-H3", "2024-05", "２０２４"])
    def test_no_period_at_all_is_refused(self, record, during):
        """By the option."""
        with pytest.raises(FilterError, match="half-year"):
            build(record, "un_cts", during)

    def test_the_last_that_was_over_is_the_usual(self, record):
        """The record ends in August 2024."""
        assert build(record, "ncct", "").table("courts").subject == "2024-H1"
        columns = build(record, "un_cts", "").table("charge_offence").columns
        assert columns[-1].key == "2023"

    def test_says_prosecutions_and_what_is_missing(self, record):
        """Persons are not linked, and unknown values are counted."""
        for form in FORMS:
            report = build(record, form)
            missing = report.table("missing")
            assert missing.figure("persons", "unknown").value is None
            assert missing.figure("sex", "share").value == 1
            assert "not persons" in " ".join(plain(note) for note in report.notes)


class TestNoStage:
    @pytest.mark.parametrize("origin", ["registration", "charge"])
    def test_is_told_alike_by_every_report(self, record, origin):
        """A case without a step: nobody knows of a charge, nor on which day it was registered."""

        def known():
            delay = registry.make(
                record.session, "delay", registry.Ask(KH, options={"origin": origin}), Reader(), NOW
            )
            heads = {each.key: int(each.figure.value or 0) for each in delay.headlines}
            row = build(record, "un_cts").table("missing")
            official = [row.figure(f"day_{origin}", key).value for key in ("counted", "unknown")]
            unknown = heads["no_origin"]
            assert official == [heads["n"] + unknown, unknown]
            return heads["never_came"], unknown

        never, unknown = known()
        one = select(ProsecutionFact.id).where(
            ProsecutionFact.event_code == 0, ProsecutionFact.charged_on.is_not(None)
        )
        change_facts(
            record.session,
            update(ProsecutionFact)
            .where(ProsecutionFact.id == record.session.scalars(one).first())
            .values(furthest_stage=None, registered_on=None, charged_on=None, trial_on=None),
        )
        charge = origin == "charge"
        assert known() == (never + charge, unknown + (not charge))


class TestTotals:
    def test_ours_theirs_and_the_gap(self, record):
        """Without totals the coverage is unknown; a total of persons has at least that gap."""
        assert "Coverage unknown" in plain(build(record, "us_tip").table("totals").refused)
        text = (
            "source,period,stage,unit,count\n"
            "TIP,2023,charge,person,69\nTIP,2023,charge,case,3\nTIP,2019,charge,person,7\n"
        )
        totals = read(record.session, record.jurisdiction, text, "f")
        work = Work(record.session, SYSTEM, "reference:imported", NOW)
        take_in(work, record.jurisdiction, totals)
        table = build(record, "us_tip").table("totals")
        assert [row.key for row in table.rows] == [
            "charge:2023:case:::TIP", "charge:2023:person:::TIP"
        ]  # fmt: skip
        row = "charge:2023:person:::TIP"
        assert [table.figure(row, key).value for key in ("ours", "theirs", "gap")] == [4, 69, 65]
        assert listed(record, table.figure(row, "ours")) == 4
        assert "at least" in plain(table.rows[1].remark)
        assert [table.figure("charge:2023:case:::TIP", k).value for k in ("ours", "gap")] == [3, 0]

    def test_a_form_of_trafficking_says_that_totals_are_of_all_offences(self, record):
        """Else ours of all offences would read as ours of trafficking; not where one is named."""
        for text in ("P,2023,charge,person,9,KH-TIPSE-10\n", "P,2023,charge,person,69,\n"):
            table = self.taken(record, "source,period,stage,unit,count,offence\n" + text)
            assert bool(table.notes) == text.endswith(",\n")
        assert "trafficking alone" in plain(table.notes[0])
        assert not build(record, "un_cts").table("totals").notes

    def taken(self, record, text):
        """Take totals in; return the table of the US TIP form."""
        totals = read(record.session, record.jurisdiction, text, "f")
        work = Work(record.session, SYSTEM, "reference:imported", NOW)
        take_in(work, record.jurisdiction, totals)
        return build(record, "us_tip").table("totals")

    def test_more_than_theirs_is_a_contradiction_of_prosecutions_only(self, record):
        """One person can be in several prosecutions; and nothing is not more than nothing."""
        text = (
            "source,period,stage,unit,count\n"
            "P,2023,charge,person,1\nQ,2023,charge,prosecution,1\nR,2022,conviction,person,0\n"
        )
        totals = read(record.session, record.jurisdiction, text, "f")
        work = Work(record.session, SYSTEM, "reference:imported", NOW)
        take_in(work, record.jurisdiction, totals)
        told: dict[str, str] = {}
        for during in ("2024", "2023"):
            table = build(record, "us_tip", during).table("totals")
            told |= {row.key: plain(table.figure(row.key, "covered").missing) for row in table.rows}
        assert "as they may be" in told["charge:2023:person:::P"]
        assert "not of all that we count" in told["charge:2023:prosecution:::Q"]
        assert "divide" in told["conviction:2022:person:::R"]

    def test_filters_that_no_total_knows_leave_nothing_to_set_beside(self, record):
        """Ours of women beside theirs of everybody is no gap."""
        text = "source,period,stage,unit,count\nTIP,2023,charge,person,69\n"
        totals = read(record.session, record.jurisdiction, text, "f")
        work = Work(record.session, SYSTEM, "reference:imported", NOW)
        take_in(work, record.jurisdiction, totals)
        for narrower in ({"sex": "unknown"}, {"cohort": "2023"}, {"reliability": "high"}):
            table = build(record, "us_tip", filters=KH.with_(**narrower)).table("totals")
            assert not table.rows
            assert "by court, offence and period" in plain(table.refused)
        court = build(record, "us_tip", filters=KH.with_(court="KH-12-CFI")).table("totals")
        assert "by court, offence" not in plain(court.refused)


class TestReaders:
    @pytest.mark.parametrize("form", list(FORMS))
    def test_figures_are_the_same_for_all_and_lists_only_what_they_may_open(self, record, form):
        """The ministry opens fewer; formats agree."""
        ministry = Reader(record.actor("justice", Role.ANALYST, OrganisationKind.MINISTRY))
        lotus = Reader(record.actor("lotus"))
        theirs, ours = build(record, form, reader=ministry), build(record, form, reader=lotus)

        def values(report):
            return [
                (table.key, row.key, [f.value for f in row.figures])
                for table in report.tables
                for row in table.every_row()
            ]

        assert values(theirs) == values(ours)
        say = partial(plain, language="en")
        assert json.loads(render_json.render(ours, say))["report"]
        for render in (render_text.render, render_csv.render):
            assert "not persons" in render(ours, say)

"""The report on one court, on an invented country of five courts, and on a record of nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import insert, select, update

from courtwatch.models import (
    Case,
    Clock,
    CourtInquiry,
    CourtReply,
    Event,
    Institution,
    ProsecutionFact,
)
from courtwatch.models.told import told_bits
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.reports.institution_words import UNSEEN_MEANS
from courtwatch.reports.model import Opens
from courtwatch.reports.queries import Reader
from courtwatch.reports.quoted import Quoted
from courtwatch.reports.registry import Ask, ReportProblem, make
from courtwatch.reports.scorecard_cases import MOST_CASES
from courtwatch.reports.words import plain
from courtwatch.statistics.survival import cumulative_incidence
from tests.unit.reports.asked import KH
from tests.unit.reports.conftest import opened
from tests.unit.reports.scene import COURT_X, COURT_Y, NOW, Scene, change_facts
from tests.unit.reports.scorecard_country import COURTS, EACH, TINY, write_country


@pytest.fixture(scope="module")
def template(reports_template, tmp_path_factory):
    """Write the country once."""
    path = tmp_path_factory.mktemp("scorecard") / "template.sqlite"
    with opened(reports_template, path) as session:
        write_country(Scene(session))
    return path


@pytest.fixture(scope="module")
def country(template, tmp_path_factory):
    """A scene that tests of this module only read."""
    with opened(template, tmp_path_factory.mktemp("read") / "country.sqlite") as session:
        yield Scene(session)


def build(scene, court=COURT_X, reader=None, filters=KH, **ask):
    """Make the scorecard of a court for a monitor of 'lotus', or another reader."""
    filters = filters.with_(court=court) if court else filters
    reader = reader or Reader(scene.actor("lotus"))
    return make(scene.session, "scorecard", Ask(filters, **ask), reader, NOW)


@pytest.fixture(scope="module")
def card(country):
    """The scorecard of the first court."""
    return build(country)


def tiny(scene):
    """Return the code of the court with six prosecutions."""
    fact = ProsecutionFact
    counts = dict(scene.session.execute(select(Institution.code, fact.id).join(
        fact, fact.court_id == Institution.id)).all())  # fmt: skip
    per: dict[str, int] = {}
    for code in scene.session.scalars(
        select(Institution.code).join(fact, fact.court_id == Institution.id)
    ):
        per[code] = per.get(code, 0) + 1
    assert counts
    return min(per, key=per.__getitem__)


class TestChoice:
    @pytest.mark.parametrize(
        ("court", "words"),
        [
            ((), "Choose one: .*KH-12-CFI"),
            ((COURT_X, COURT_Y), "Choose one: .*KH-12-CFI"),
            (("KH-99-CFI",), "no court “KH-99-CFI”.*KH-12-CFI"),
            (("KH-12-PRO",), "no court “KH-12-PRO”"),
        ],
    )
    def test_is_of_one_court_and_the_refusal_lists_those_there_are(self, country, court, words):
        with pytest.raises(ReportProblem, match=words):
            build(country, court)

    def test_refuses_filters_that_look_at_what_became_of_them(self, country):
        with pytest.raises(ReportProblem, match="Leave out: outcome"):
            build(country, filters=KH.with_(outcome="convicted"))


class TestCourse:
    def test_counts_the_court_and_the_country(self, card):
        """54 of the 60 ended: 36 without judgment. The country has 366 in all."""
        funnel = card.table("funnel")
        assert card.provenance.n == funnel.n == EACH
        assert funnel.figure("registered", "country").value == (COURTS - 1) * EACH + TINY
        assert funnel.figure("judgment", "reached").value == 18
        assert funnel.figure("before_court", "without").value == 36
        assert funnel.figure("before_court", "pending").value == 6
        cohorts = card.table("cohorts")
        assert cohorts.figure("total", "without_share").numerator == 36
        assert sum(row.figures[0].value for row in cohorts.rows) == EACH

    def test_curves_are_those_of_aalen_and_johansen(self, card, country):
        """Computed again from the facts themselves, of this court and of all."""
        rows = country.session.execute(select(
            ProsecutionFact.court_id, ProsecutionFact.event_code, ProsecutionFact.registered_on,
            ProsecutionFact.last_verified_on,
        )).all()  # fmt: skip
        key = country.id_of(Institution, COURT_X)
        for column, chosen in (("here", [r for r in rows if r[0] == key]), ("country", rows)):
            curve = cumulative_incidence(
                np.array([float((r[3] - r[2]).days) for r in chosen]),
                np.array([r[1] for r in chosen]),
            )
            for name, cause in (("judgment", 0), ("without", 1)):
                got = card.table(f"time_{name}").figure("365", column)
                assert got.value == pytest.approx(curve.at(365)[0][cause], abs=1e-12)
                assert got.lower < got.value < got.upper
            still = card.table("time_still_open").figure("365", column)
            assert still.value == pytest.approx(1 - curve.at(365)[0].sum(), abs=1e-12)

    def test_says_of_the_country_what_the_report_on_delay_says(self, card, country):
        """Who is still open too, with the same interval: log-log of those open, as in R."""
        reader = Reader(country.actor("lotus"))
        delay = make(country.session, "delay", Ask(KH), reader, NOW).table("incidence")
        for horizon in ("180", "365", "730"):
            for mine, theirs in (
                ("time_judgment", "judgment"), ("time_without", "without"),
                ("time_still_open", "open"),
            ):  # fmt: skip
                here = card.table(mine).figure(horizon, "country")
                there = delay.figure(horizon, theirs)
                assert (here.value, here.lower, here.upper) == pytest.approx(
                    (there.value, there.lower, there.upper), abs=1e-12
                )

    def test_says_of_a_tiny_court_that_it_is_too_small(self, country):
        """Its curves are refused with the number, its comparison reads insufficient."""
        report = build(country, tiny(country))
        assert "6 prosecutions" in str(report.table("time_judgment").refused.interpolate())
        mark = report.table("place").figure("dismissed_by_court", "mark")
        assert mark.code == "insufficient"
        assert "too few" in str(report.table("change_dismissed_by_court").refused.interpolate())


class TestComparison:
    def test_marks_the_court_that_stands_out(self, card, country):
        """Six of ten against two of ten; a court as the others is not marked."""
        place = card.table("place")
        ratio = place.figure("dismissed_by_court", "ratio")
        assert place.figure("dismissed_by_court", "mark").code == "review"
        assert ratio.lower > 1
        observed = place.figure("dismissed_by_court", "observed").value
        expected = place.figure("dismissed_by_court", "expected").value
        assert ratio.value == pytest.approx(observed / expected)

    def test_says_what_the_report_on_institutions_says(self, country):
        """Of every court, also of one where nobody was ended so: its interval holds the ratio."""
        reader = Reader(country.actor("lotus"))
        whole = make(country.session, "institutions", Ask(KH), reader, NOW)
        held = 0
        for row in whole.table("dismissed_by_court").rows:
            place = build(country, row.key).table("place")
            assert place.n == build(country, row.key).provenance.n, "each counts once"
            for here, there in (("", ""), (".undecided", "unresolved_")):
                mine = place.figure(f"dismissed_by_court{here}", "ratio")
                theirs = whole.table("dismissed_by_court").figure(row.key, f"{there}ratio")
                assert (mine.value, mine.lower, mine.upper, mine.missing) == (
                    theirs.value, theirs.lower, theirs.upper, theirs.missing
                )  # fmt: skip
                held += mine.value == 0
        assert held

    def test_reasons_add_up_to_the_observed_and_the_expected(self, card):
        place, table = card.table("place"), card.table("excess_dismissed_by_court")
        for column in ("observed", "expected"):
            parts = sum(row.figures[table.column(column)].value for row in table.rows)
            whole = place.figure("dismissed_by_court", column).value
            assert parts == pytest.approx(whole, rel=1e-6 if column == "observed" else 0.02)
        excess = [row.figures[table.column("excess")].value for row in table.rows]
        assert excess == sorted(excess, reverse=True)
        assert sum(row.figures[0].value for row in table.rows) == table.n == 36

    def test_the_sum_signals_only_in_the_court_that_changed(self, country):
        """The second court dismissed everybody of its last third: from August 2022 on."""
        table = build(country, COURT_Y).table("change_dismissed_by_court")
        (row,) = table.rows
        assert row.key == "signal"
        curve = table.curve("sum")
        place = int(row.figures[0].value)
        assert curve.names[place - 1] > "2022-03-31"
        threshold = table.curve("threshold").estimate[0]
        assert curve.estimate[place - 1] >= threshold
        assert max(curve.estimate[: place - 1]) < threshold
        third = country.session.scalars(
            select(Institution.code)
            .join(ProsecutionFact, ProsecutionFact.court_id == Institution.id)
            .where(Institution.code.not_in((COURT_X, COURT_Y)))
            .order_by(Institution.code)
        ).first()
        (row,) = build(country, third).table("change_dismissed_by_court").rows
        assert row.key == "none"
        assert row.figures[0].value is None

    def test_is_refused_where_a_court_is_known_from_the_end_only(self, template, tmp_path):
        """Curves and comparison give the reason, and no number."""
        with opened(template, tmp_path / "late.sqlite") as session:
            scene = Scene(session)
            still = update(ProsecutionFact).where(ProsecutionFact.event_code == 0)
            change_facts(session, still.values(court_id=None))
            session.commit()
            report = build(scene)
            assert "only once a prosecution has ended" in str(
                report.table("time_judgment").refused.interpolate()
            )
            ratio = report.table("place").figure("dismissed_by_court", "ratio")
            assert ratio.value is None
            assert "only after disposition" in str(ratio.missing.interpolate())

    def test_gives_no_figure_of_a_court_that_nobody_watched_for_long(self, template, tmp_path):
        """All there were first seen 300 days on: of those that had ended nothing is known."""
        with opened(template, tmp_path / "seen_late.sqlite") as session:
            scene = Scene(session)
            here = ProsecutionFact.court_id == scene.id_of(Institution, COURT_X)
            began = session.scalars(select(ProsecutionFact.accused_on).where(here)).all()
            for day in began:
                one = update(ProsecutionFact).where(here, ProsecutionFact.accused_on == day)
                session.execute(one.values(entry_date=day + timedelta(300)))
            change_facts(session, update(ProsecutionFact).where(here).values(sex="unknown"))
            session.commit()
            card, reader = build(scene), Reader(scene.actor("lotus"))
            place = card.table("place")
            assert place.figure("dismissed_by_court", "followed").value >= 10
            for row in ("dismissed_by_court", "dismissed_by_court.undecided"):
                assert place.figure(row, "ratio").value is None
                assert "nobody watched" in str(place.figure(row, "ratio").missing.interpolate())
                assert place.figure(row, "mark").code == "insufficient"
            refused = card.table("excess_dismissed_by_court").refused
            assert refused is UNSEEN_MEANS, "why, in a sentence"
            assert refused in place.notes, "what the words of a cell stand for"
            whole = make(session, "institutions", Ask(KH), reader, NOW)
            for table, figure in (("dismissed_by_court", "ratio"),
                                  ("dismissed_by_court_funnel", "share")):  # fmt: skip
                found = whole.table(table).figure(COURT_X, figure)
                assert "nobody watched" in str(found.missing.interpolate())
                assert whole.table(table).figure(COURT_Y, figure).value is not None


class TestWork:
    def test_hearings_and_days_added_can_be_counted_by_hand(self, card):
        """One held of five known; two next days, 10 and 30 days later.

        What was held on appeal is no matter of a court of first instance.
        """
        hearings = card.table("hearings")
        assert hearings.figure("here", "effectiveness").value == 1 / 5
        assert hearings.figure("here", "unknown").value == 1
        assert hearings.figure("country", "held").value == 2
        adjourned = card.table("adjournments")
        assert adjourned.figure("total", "n").value == 4
        mean = adjourned.figure("total", "days")
        assert (mean.value, mean.lower) == (20, 0)
        # Of two hearings, of 10 days and 30, Student's t: a normal's 39.6 would be far too sure.
        assert mean.upper == pytest.approx(20 + 12.7062 * 10, abs=1e-3)
        assert adjourned.figure("total", "total").value == 40
        assert adjourned.unknown.numerator == 2, "one that gives none, one of which nobody knows"

    def test_of_several_sources_the_most_authoritative_is_told(self, template, tmp_path):
        """Of one a court document and the media, of one the media, of the others nobody."""
        with opened(template, tmp_path / "sources.sqlite") as session:
            scene = Scene(session)
            here = ProsecutionFact.court_id == scene.id_of(Institution, COURT_X)
            first, second = session.scalars(select(ProsecutionFact.id).where(here).limit(2))
            both = told_bits("court_document", "low") | told_bits("media", "high")
            for key, told in ((first, both), (second, told_bits("media", "high"))):
                fact = update(ProsecutionFact).where(ProsecutionFact.id == key)
                session.execute(fact.values(told=told))
            session.commit()
            sources = build(scene).table("sources")
            shown = {row.key: sources.figure(row.key, "n").value for row in sources.every_row()}
            assert (shown["court_document"], shown["media"]) == (1, 1)
            assert shown["nobody"] == shown["total"] - 2 == EACH - 2

    def test_custody_of_the_open_and_limits_that_are_over(self, template, tmp_path):
        """Six are open, all in detention. One is over since the tenth, one nobody can tell."""
        with opened(template, tmp_path / "limits.sqlite") as session:
            scene = Scene(session)
            keys = session.scalars(
                select(ProsecutionFact.prosecution_id)
                .where(ProsecutionFact.event_code == 0,
                       ProsecutionFact.court_id == scene.id_of(Institution, COURT_X))
                .order_by(ProsecutionFact.id)
            ).all()  # fmt: skip
            event = Event(
                case_id=session.scalar(select(Case.id)), step="arrest", precision="unknown",
                sequence=0, status="recorded", organisation_id=scene.organisation("lotus"),
                rev_from=scene.revision_id,
            )  # fmt: skip
            session.add(event)
            session.flush()
            limit = next(
                one.name
                for one in build(scene) and _law(scene).time_limits
                if "pretrial" in one.name or "detention" in one.name
            )
            due = datetime(2026, 11, 9, 17, tzinfo=UTC)  # midnight of the tenth in Phnom Penh
            for key, unknown in ((keys[0], False), (keys[1], True)):
                session.execute(
                    insert(Clock).values(
                        prosecution_id=key, place=0, event_id=event.id, time_limit=limit,
                        started_at=None if unknown else due, due_at=None if unknown else due,
                        latest_due_at=None if unknown else due, unknown=unknown,
                        why="start_missing" if unknown else None, rev_from=scene.revision_id,
                    )
                )  # fmt: skip
            session.commit()
            report = build(scene)
            limits, custody = report.table("limits"), report.table("custody")
            assert custody.figure("total", "n").value == 6
            assert limits.figure("over", "over").value == 1
            assert limits.figure("over", "unknown").value == 1
            assert limits.figure("over", "least").value == (NOW.date() - date(2026, 11, 10)).days
            assert report.table("review").figure("over", "n").value == 1
            listed = build(scene, reader=Reader()).table("cases").rows[0].figures
            assert plain(listed[0].text) == "Over a time limit of detention"
            assert listed[1].text == "2026-11-10", "not the day of the arrest"
            # Whoever was reopened and is held again is over a limit like everybody else.
            again = update(ProsecutionFact).where(ProsecutionFact.prosecution_id == keys[0])
            change_facts(session, again.values(event_code=2, reopened=True, live=True))
            limits = build(scene).table("limits")
            assert limits.figure("over", "over").value == 1
            assert limits.figure("over", "open").value == 6


def _law(scene):
    from courtwatch.reports.law import read_law

    return read_law(scene.session, scene.jurisdiction).procedures[0]


class TestCases:
    def test_lists_only_what_the_reader_may_open_and_says_how_many_there_are(self, country, card):
        """A fifth is counted only: an organisation opens its own of them, not those of others."""
        table = card.table("cases")
        assert table.opens is Opens.CASE
        assert len(table.rows) <= MOST_CASES
        codes = set(country.session.scalars(select(Case.public_code).where(
            (Case.owner_id == country.organisation("lotus")) | (Case.share_level == "coded")
        )))  # fmt: skip
        assert {row.key for row in table.rows} <= codes
        assert table.n == 42
        everything = build(country, reader=Reader()).table("cases")
        said = str(everything.notes[0].interpolate())
        assert said.startswith("30 of 42 cases")

    def test_a_past_moment_and_an_administrator_are_given_none(self, country):
        assert "today's rights" in str(build(country, known_at="1").table("cases").refused)
        reader = Reader(country.actor("campus", Role.ADMINISTRATOR, OrganisationKind.OPERATOR))
        assert "no case" in str(build(country, reader=reader).table("cases").refused)

    def test_the_ministry_reads_no_allegation(self, country):
        """Settlements count with those without a known reason, in every table."""
        reader = Reader(country.actor("justice", Role.ANALYST, OrganisationKind.MINISTRY))
        keys = {
            row.key
            for table in build(country, reader=reader).tables
            for row in table.rows
            if table.key.startswith("excess")
        }
        assert "ST" not in keys
        assert "ST" in {row.key for row in build(country).table("excess_dismissed_by_court").rows}


class TestReplies:
    def test_what_this_court_answered_is_printed_and_no_other(self, template, tmp_path):
        """Also for those who may not read its words: that it answered, and when."""
        with opened(template, tmp_path / "answered.sqlite") as session:
            scene = Scene(session)
            inquiry = CourtInquiry(
                public_code="R-22222222", jurisdiction_id=scene.jurisdiction.id,
                institution_id=scene.id_of(Institution, COURT_X),
                organisation_id=scene.organisation("lotus"), decision="dismissed_by_court",
                marks="ended", filters=[["jurisdiction", "KH"]], known_at=1, cases=3,
                sent_on=date(2026, 1, 1), rev_from=scene.revision_id,
            )  # fmt: skip
            session.add(inquiry)
            session.flush()
            session.add(CourtReply(
                inquiry_id=inquiry.id, organisation_id=inquiry.organisation_id, language="en",
                received_on=date(2026, 2, 1), text="Files were late", rev_from=scene.revision_id,
            ))  # fmt: skip
            session.commit()
            table = build(scene).table("replies")
            assert table.figure("R-22222222", "reply").text == Quoted("Files were late", "en")
            ministry = scene.actor("justice", Role.ANALYST, OrganisationKind.MINISTRY)
            said = build(scene, reader=Reader(ministry)).table("replies")
            assert said.figure("R-22222222", "received").text == "2026-02-01"
            keys = {each.key for each in build(scene, court=COURT_Y).tables}
            assert "replies" not in keys

"""Official totals: taken in whole or not at all, kept by moment, and set beside our figures."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from courtwatch.models import ReferenceTotal, Revision
from courtwatch.reports import registry
from courtwatch.reports.about import about
from courtwatch.reports.model import Unit
from courtwatch.reports.queries import Reader
from courtwatch.reports.words import plain
from courtwatch.services.reference_totals import BadTotals, on_record, period_of, read, take_in
from courtwatch.services.work import SYSTEM, Work
from tests.unit.reports.asked import KH
from tests.unit.reports.scene import COURT_X, NOW

HEADER = "source,court,period,offence,stage,unit,count,remark\n"


def take(scene, text, dry_run=False):
    """Take in totals written below the header; return what was done."""
    totals = read(scene.session, scene.jurisdiction, HEADER + text, "totals.csv")
    work = Work(scene.session, SYSTEM, "reference:imported", NOW)
    done = take_in(work, scene.jurisdiction, totals, dry_run)
    scene.session.commit()
    return done


def coverage(scene, filters=KH, name="offences", known_at="", unit=Unit.PROSECUTION):
    """Return what a report says of its coverage."""
    ask = registry.Ask(filters, unit=unit, known_at=known_at)
    report = registry.make(scene.session, name, ask, Reader(), NOW)
    return next(line.value for line in about(report, plain) if line.key == "coverage")


class TestReading:
    def test_tells_every_bad_line_and_what_is_allowed(self, scene):
        """Nothing is taken in where one line is wrong."""
        text = (
            HEADER
            + "Yearbook,KH-12-CFI,2024,,registration,prosecution,812,\n"
            + ",KH-77-CFI,2024-05-03,nothing,filing,victim,-4,\n"
            + "Yearbook,KH-12-CFI,2024,,registration,prosecution,813,\n"
            + "Yearbook,too,few\n"
        )
        with pytest.raises(BadTotals) as told:
            read(scene.session, scene.jurisdiction, text, "totals.csv")
        words = str(told.value)
        assert words.splitlines()[0] == "totals.csv: nothing was taken in. 9 wrong:"
        for part in (
            "line 3: source:", "line 3: period: “2024-05-03”", "line 3: court: “KH-77-CFI”",
            "line 3: offence: “nothing”", "arrest, registration, charge, judgment, conviction",
            "prosecution, person, case", "line 3: count: “-4”", "stands in line 2",
            "line 5: 3 cells instead of 8",
        ):  # fmt: skip
            assert part in words

    @pytest.mark.parametrize("code", ["KH-12-PRO", "KH-12-POL", "KH-CA-PNH"])
    def test_refuses_what_is_no_court_of_first_instance(self, scene, code):
        """Ours are counted there: beside a total of an office, of police or of appeals stood 0."""
        line = f"Yearbook,{code},2024,,registration,prosecution,"
        with pytest.raises(BadTotals, match=f"“{code}” is no court of first instance"):
            read(scene.session, scene.jurisdiction, f"{HEADER}{line}30,\n", "totals.csv")
        (withdrawn,) = read(
            scene.session, scene.jurisdiction, f"{HEADER}{line}withdrawn,\n", "totals.csv"
        )
        assert withdrawn.count is None

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("source,period,unit,count\n", "missing: 'stage'"),
            ("source,period,stage,unit,count,colour\n", "unknown: 'colour'"),
            ("source,period,stage,unit,count,count\n", "twice: 'count'"),
            ("", "missing: 'source'"),
            (HEADER, "there is no total in it"),
        ],
    )
    def test_refuses_a_header_or_a_file_without_totals(self, scene, text, words):
        """And names the columns there are."""
        with pytest.raises(BadTotals, match=words):
            read(scene.session, scene.jurisdiction, text, "totals.csv")

    @pytest.mark.parametrize(
        ("text", "first", "last"),
        [
            ("2024", date(2024, 1, 1), date(2024, 12, 31)),
            ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
            ("2024-07..2025-06", date(2024, 7, 1), date(2025, 6, 30)),
        ],
    )
    def test_periods_are_whole_months_and_read_back(self, scene, text, first, last):
        """As filters write them."""
        line = f"A,,{text},,charge,person,1,\n"
        total = read(scene.session, scene.jurisdiction, HEADER + line, "f")[0]
        assert (total.first, total.last) == (first, last)
        assert period_of(first, last) == text


class TestTakingIn:
    def test_again_changes_nothing_and_takes_no_revision(self, scene):
        """Not even where a dry run came before."""
        line = "Yearbook,,2024,,registration,prosecution,812,\n"
        assert take(scene, line, dry_run=True).added == 1
        assert on_record(scene.session, scene.jurisdiction.id) == []
        assert take(scene, line).added == 1
        revisions = scene.session.scalar(select(func.count(Revision.id)))
        assert take(scene, line).unchanged == 1
        assert scene.session.scalar(select(func.count(Revision.id))) == revisions

    def test_a_newer_figure_replaces_the_older_which_stays_in_its_past(self, scene):
        """Also where it is withdrawn."""
        take(scene, "A,,2024,,charge,person,5,\nB,,2024,,charge,person,7,\n")
        then = scene.session.scalar(select(func.max(Revision.id)))
        assert take(scene, "A,,2024,,charge,person,6,\n").replaced == 1
        assert take(scene, "B,,2024,,charge,person,withdrawn,\n").withdrawn == 1
        assert take(scene, "B,,2024,,charge,person,withdrawn,\n").unchanged == 1

        def counts(revision=None):
            rows = on_record(scene.session, scene.jurisdiction.id, revision)
            return [(row.source, row.count) for row in rows]

        assert counts() == [("A", 6)]
        assert counts(then) == [("A", 5), ("B", 7)]
        assert scene.session.scalar(select(func.count(ReferenceTotal.id))) == 3


class TestCoverage:
    def test_is_unknown_without_totals_and_of_charges(self, record):
        """Nobody has told."""
        assert "nobody has told" in coverage(record)
        assert "told of prosecutions alone" in coverage(record, unit=Unit.CHARGE)

    def test_says_ours_theirs_share_and_bounds(self, record):
        """Of the selection's own year; a past moment knows the totals of its time alone."""
        ask = registry.Ask(KH.with_(cohort="2023"))
        report = registry.make(record.session, "offences", ask, Reader(), NOW)
        ours = report.provenance.n
        assert ours is not None
        without = int(report.table("standing").figure("total", "without").value or 0)
        assert ours > without > 0
        before = record.session.scalar(select(func.max(Revision.id)))
        past = coverage(record, known_at=str(before))
        take(
            record,
            f"Ministry,,2023,,registration,prosecution,{2 * ours},\n"
            f"Ministry,,2024,,registration,prosecution,{10 * ours},\n",
        )
        words = coverage(record, KH.with_(cohort="2023"))
        said = f"Registered 2023: ours {ours}, theirs {2 * ours} (Ministry) 50.0 % of theirs"
        assert said in words
        low, high = without / (2 * ours), (without + ours) / (2 * ours)
        assert f"between {100 * low:.1f} % and {100 * high:.1f} % ended without judgment" in words
        # As many again are not known. With half, or twice, our odds of ending so among them:
        odds = without / (ours - without)
        rest = [0.5 * (without / ours + o / (1 + o)) for o in (odds / 2, odds * 2)]
        assert f"do not know: {100 * rest[0]:.1f} %; if twice ours: {100 * rest[1]:.1f} %" in words
        assert "2024" not in words
        assert "2024" in coverage(record)
        assert coverage(record, known_at=str(before)) == past

    def test_of_persons_is_at_most_and_more_than_all_is_said(self, record):
        """Several prosecutions can be of one person."""
        take(record, "TIP,,2024,,registration,person,1000,\n")
        assert "at most" in coverage(record)
        assert "ended without judgment so far" not in coverage(record)
        take(record, "TIP,,2024,,registration,person,1,\n")
        assert "ours are more" in coverage(record)

    def test_where_all_are_known_nothing_is_supposed_of_the_others(self, record):
        """There are none."""
        ask = registry.Ask(KH.with_(cohort="2023"))
        ours = registry.make(record.session, "offences", ask, Reader(), NOW).provenance.n
        take(record, f"Ministry,,2023,,registration,prosecution,{ours},\n")
        words = coverage(record, KH.with_(cohort="2023"))
        assert "100.0 % of theirs" in words
        assert "half of ours" not in words

    def test_a_narrower_or_another_selection_has_none(self, record):
        """By sex nobody told; of one court not either, until somebody does."""
        take(record, "Ministry,,2024,,registration,prosecution,900,\n")
        assert "by court, offence and period alone" in coverage(record, KH.with_(sex="female"))
        assert "none of the official totals" in coverage(record, KH.with_(court=COURT_X))
        take(record, f"Ministry,{COURT_X},2024,,registration,prosecution,800,\n")
        assert "theirs 800" in coverage(record, KH.with_(court=COURT_X))
        assert "theirs 800" not in coverage(record)

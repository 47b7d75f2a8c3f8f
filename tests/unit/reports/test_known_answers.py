"""Every report on a record that can be counted by hand (scene.small_record)."""

from __future__ import annotations

from datetime import date

import pytest

from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.reports.model import ScopeKind, Unit
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import REPORTS, Ask, ReportProblem, make
from courtwatch.services.fact_filters import FactFilters
from tests.unit.reports.asked import KH, build, counts, head
from tests.unit.reports.scene import (
    COURT_X,
    COURT_Y,
    NOW,
    OFFICE_A,
    OFFICE_B,
    Act,
    received,
)


class TestEnds:
    def test_counts_who_ended_it_and_how(self, record):
        """Held 4, non-suit 1, dismissed 1: acquittal, death and joinder are no such ends."""
        table = build(record, "ends").table("by_actor")
        assert counts(table, "ended") == {
            "prosecutor.held": 4,
            "investigating_judge.non_suit": 1,
            "trial_court.dismissed_by_court": 1,
            "total": 6,
        }

    def test_has_only_those_with_and_without_judgment_below_the_line(self, record):
        """Six of the eight that a judgment or an authority ended; open and outside are left out."""
        share = head(build(record, "ends"), "share")
        assert (share.numerator, share.denominator) == (6, 8)
        assert share.value == 0.75
        # Wilson's interval of 6 of 8, worked out by hand: (0.75 + z2/16 -+ ...) / (1 + z2/8)
        assert share.lower == pytest.approx(0.4093, abs=1e-4)
        assert share.upper == pytest.approx(0.9285, abs=1e-4)

    def test_counts_un1_and_nothing_recorded_as_unknown(self, record):
        """One held without any reason, one non-suit whose decision gives none."""
        report = build(record, "ends")
        assert head(report, "unknown").numerator == 2
        table = report.table("by_actor")
        assert counts(table, "no_reason") == {
            "prosecutor.held": 1,
            "investigating_judge.non_suit": 1,
            "trial_court.dismissed_by_court": 0,
            "total": 2,
        }

    def test_crosses_reason_and_actor(self, record):
        """Evidence twice and settlement once by the prosecutor, the victim once by the court."""
        table = build(record, "ends").table("by_reason")
        assert table.figure("EV", "prosecutor").value == 2
        assert table.figure("ST", "prosecutor").value == 1
        assert table.figure("VW", "trial_court").value == 1
        assert table.figure("none", "investigating_judge").value == 1
        assert table.figure("total", "all").value == 6

    def test_shows_assessed_reasons_to_their_own_organisation_alone(self, record):
        """Lotus assessed a settlement behind a decision that states evidence."""
        report = build(record, "ends", scope=ScopeKind.OWN)
        own = report.table("stated_assessed")
        assert own.figure("EV", "assessed_ST").value == 1
        differs = own.figure("total", "differs")
        assert (differs.numerator, differs.denominator) == (1, 1)
        assert own.figure("none", "differs").value is None
        assert [h.figure for h in report.headlines if h.key == "differs"] == [differs]
        with pytest.raises(KeyError):
            build(record, "ends").table("stated_assessed")

    def test_counts_charges_when_asked(self, record):
        """Four of the six were held before any charge; charges open no list of cases."""
        report = build(record, "ends", unit=Unit.CHARGE)
        table = report.table("by_actor")
        assert table.total.figures[table.column("ended")].value == 2
        assert table.figure("investigating_judge.non_suit", "ended").behind is None


class TestScope:
    def test_leaves_private_cases_to_their_own_organisation(self, record):
        """River's private file is in River's own figures and in nobody else's."""
        river = Reader(record.actor("river"))
        assert build(record, "ends").provenance.n == 13
        assert build(record, "ends", river).provenance.n == 13
        own = build(record, "ends", river, scope=ScopeKind.OWN)
        assert own.provenance.n == 3
        assert head(own, "ended").value == 3

    def test_counts_a_counted_only_case_and_lists_it_to_nobody_else(self, record):
        """Held by office A three times, of which one may not be opened by Lotus."""
        figure = build(record, "institutions").table("held_recorded").figure(OFFICE_A, "ended")
        assert figure.value == 3
        assert figure.behind.visible == 2

    def test_refuses_a_scope_that_is_not_the_readers(self, record):
        """The ministry has no own record of cases here."""
        ministry = record.actor("justice", Role.ANALYST, OrganisationKind.MINISTRY)
        with pytest.raises(ReportProblem, match="Allowed: ministry"):
            build(record, "ends", Reader(ministry), scope=ScopeKind.OWN)

    def test_shows_a_system_administrator_figures_and_no_list(self, record):
        """Who runs the system reads no case."""
        operator = record.actor("operator", Role.ADMINISTRATOR, OrganisationKind.OPERATOR)
        figure = head(build(record, "ends", Reader(operator)), "ended")
        assert figure.value == 6
        assert figure.behind is None


class TestInstitutions:
    def test_sets_files_held_against_what_the_office_let_go_on(self, record):
        """Office A held 3 and let 6 go on; B held its only one; one was first seen at trial."""
        table = build(record, "institutions").table("held_recorded")
        assert counts(table, "decided") == {OFFICE_B: 1, OFFICE_A: 9, "unknown": 1, "total": 11}
        assert counts(table, "ended") == {OFFICE_B: 1, OFFICE_A: 3, "unknown": 0, "total": 4}
        share = table.figure(OFFICE_A, "share")
        assert (share.numerator, share.denominator) == (3, 9)

    def test_sets_non_suits_against_indictments(self, record):
        """Court X: one non-suit, one indictment (convicted); still charged is not decided."""
        table = build(record, "institutions").table("non_suit_recorded")
        assert counts(table, "ended") == {COURT_Y: 0, COURT_X: 1, "total": 1}
        assert counts(table, "went_on") == {COURT_Y: 3, COURT_X: 1, "total": 4}

    def test_sets_dismissals_against_judgments(self, record):
        """Court Y dismissed one and acquitted one; court X convicted one."""
        table = build(record, "institutions").table("dismissed_by_court_recorded")
        assert counts(table, "decided") == {COURT_Y: 2, COURT_X: 1, "total": 3}
        assert counts(table, "ended") == {COURT_Y: 1, COURT_X: 0, "total": 1}

    def test_stands_in_order_of_name_and_says_what_it_is_not(self, record):
        """Battambang before Phnom Penh whatever the rates; never ranked."""
        report = build(record, "institutions")
        for table in report.tables:
            names = [row.label.en for row in table.rows if row.key != "unknown"]
            assert names == sorted(names, key=str.casefold)
            if table.key.endswith("_recorded"):
                assert table.heading == "Unadjusted, not for comparison, coverage unknown"
        assert report.warnings == ()

    def test_keeps_branches_with_preliminary_hearings_apart(self, record):
        """A branch that only holds preliminary hearings is not set beside trial courts."""
        from courtwatch.models import Institution

        record.session.query(Institution).filter_by(code=COURT_Y).update({"preliminary_only": True})
        report = build(record, "institutions")
        apart = report.table("dismissed_by_court_preliminary_recorded")
        assert [row.key for row in apart.rows] == [COURT_Y]
        assert [row.key for row in report.table("dismissed_by_court_recorded").rows] == [COURT_X]

    def test_refuses_a_comparison_where_the_court_is_known_only_at_the_end(self, scene):
        """As in a register that names the court only in its table of dispositions."""
        day = date(2024, 3, 1)
        for _ in range(3):
            scene.prosecution(received(day))
            scene.prosecution(
                received(day),
                Act("cite", date(2024, 4, 1), new=True),
                Act("open_trial", date(2024, 5, 1)),
                Act("acquit", date(2024, 6, 1), COURT_X, disposition="acquitted"),
                offence="KH-TIPSE-9",
            )
        scene.publish()
        (warning,) = build(scene, "institutions").warnings
        words = warning.interpolate()
        assert words.startswith("Of disposed")
        assert "known for 0 of 3 open ones, for 3 of 3 ended ones" in words
        assert "refused" in words


class TestOffences:
    def test_counts_where_prosecutions_stand(self, record):
        """Article 10: ten, of which none open; article 15: one open, one suspended."""
        table = build(record, "offences").table("standing")
        assert counts(table, "n") == {
            "KH-TIPSE-10": 10, "KH-TIPSE-15": 2, "unknown": 1, "total": 13,
        }  # fmt: skip
        assert counts(table, "suspended")["KH-TIPSE-15"] == 1
        assert counts(table, "open") == {
            "KH-TIPSE-10": 0, "KH-TIPSE-15": 1, "unknown": 1, "total": 2,
        }  # fmt: skip
        share = table.figure("KH-TIPSE-10", "share")
        assert (share.numerator, share.denominator) == (6, 8)
        assert table.figure("KH-TIPSE-15", "share").value is None

    def test_counts_how_they_ended(self, record):
        """Each outcome that occurs has its column."""
        table = build(record, "offences").table("outcomes")
        row = {c.key: table.figure("KH-TIPSE-10", c.key).value for c in table.columns}
        assert row == {
            "convicted": 1, "acquitted": 1, "died": 1, "dismissed_by_court": 1, "non_suit": 1,
            "held": 4, "joined": 1, "ended": 10,
        }  # fmt: skip


class TestReasons:
    def test_counts_groups_and_codes(self, record):
        """EV twice, VW and ST once, two unknown."""
        report = build(record, "reasons")
        groups = counts(report.table("groups"), "ended")
        assert {k: n for k, n in groups.items() if n} == {
            "EV": 2, "VW": 1, "ST": 1, "none": 2, "total": 6,
        }  # fmt: skip
        assert counts(report.table("codes"), "ended") == {
            "EV1": 2, "VW1": 1, "ST1": 1, "UN1": 1, "none": 1, "total": 6,
        }  # fmt: skip
        assert report.table("groups").figure("EV", "share_of_known").denominator == 4

    @pytest.mark.parametrize(
        ("code", "role", "kind"),
        [
            ("justice", Role.ANALYST, OrganisationKind.MINISTRY),
            ("campus", Role.RESEARCHER, OrganisationKind.RESEARCH),
        ],
    )
    def test_an_allegation_reads_as_no_reason_for_others_below_ten_cases(
        self, record, code, role, kind
    ):
        """One settlement is not shown: it counts with the two whose reason is not known."""
        reader = Reader(record.actor(code, role, kind))
        for report in (build(record, "reasons", reader), build(record, "ends", reader)):
            for table in report.tables:
                keys = {row.key for row in table.rows} | {c.key for c in table.columns}
                assert not keys & {"ST", "TI", "ST1"}
        groups = build(record, "reasons", reader).table("groups")
        assert groups.figure("other", "ended").value == 0
        assert groups.figure("none", "ended").value == 3
        assert groups.total.figures[0].value == 6

    def test_shows_allegations_nationally_from_ten_cases(self, record):
        """With nine more settlements the ministry sees the group, undivided and nationally."""
        for _ in range(9):
            record.prosecution(
                received(date(2024, 1, 2)),
                Act("hold_file", date(2024, 2, 2), OFFICE_A, stated="ST1"),
            )
        record.publish()
        ministry = Reader(record.actor("justice", Role.ANALYST, OrganisationKind.MINISTRY))
        report = build(record, "reasons", ministry)
        assert report.table("groups").figure("ST", "ended").value == 10
        assert report.table("groups").figure("ST", "ended").behind is None
        assert report.table("groups").figure("none", "ended").behind is None
        assert "ST1" not in counts(report.table("codes"), "ended")
        # The whole less one day, or the record less its last entry, would tell one case's reason.
        at = str(record.revision_id)
        for narrowed in (
            build(record, "reasons", ministry, KH.with_(office=OFFICE_A)),
            build(record, "reasons", ministry, KH.with_(cohort=("2023", "2024"))),
            build(record, "reasons", ministry, KH.with_(sex="male")),
            build(record, "reasons", ministry, known_at=at),
        ):
            assert "ST" not in counts(narrowed.table("groups"), "ended")

    @pytest.mark.parametrize("unit", [Unit.PROSECUTION, Unit.CASE])
    def test_what_ended_otherwise_makes_no_allegation_common_enough(self, record, unit):
        """Twenty deaths with such a reason, and the one settlement is still one."""
        for _ in range(20):
            record.prosecution(
                received(date(2024, 1, 2)),
                Act("extinguish", date(2024, 2, 2), OFFICE_A, disposition="extinct_death",
                    stated="ST1"),
            )  # fmt: skip
        record.publish()
        ministry = Reader(record.actor("justice", Role.ANALYST, OrganisationKind.MINISTRY))
        groups = build(record, "reasons", ministry, unit=unit).table("groups")
        assert "ST" not in counts(groups, "ended")
        refused = build(record, "dismissals", ministry).table("sensitive").refused
        assert refused is not None

    def test_refuses_a_filter_that_would_show_them(self, record):
        """A count filtered by a settlement is a count of settlements."""
        ministry = Reader(record.actor("justice", Role.ANALYST, OrganisationKind.MINISTRY))
        for filters in (
            KH.with_(reason="ST1"), KH.with_(group="TI"), KH.with_(organisation="lotus"),
        ):  # fmt: skip
            with pytest.raises(ReportProblem, match="no filter"):
                build(record, "ends", ministry, filters)


class TestAsking:
    def test_names_the_reports_there_are(self, record):
        """An unknown name is answered with the known ones."""
        with pytest.raises(ReportProblem, match="ends, institutions, offences, reasons"):
            build(record, "rankings")

    def test_counts_one_jurisdiction(self, record):
        """Laws differ: two jurisdictions are never added up."""
        with pytest.raises(ReportProblem, match="one jurisdiction"):
            build(record, "ends", filters=FactFilters(jurisdiction=("KH", "XD")))
        with pytest.raises(ReportProblem, match="Recorded are: KH"):
            build(record, "ends", filters=FactFilters(jurisdiction=("ZZ",)))
        assert build(record, "ends", filters=FactFilters()).provenance.jurisdiction == "KH"

    def test_says_that_nothing_is_recorded(self, session):
        """An empty database gives words, not a page of zeros."""
        with pytest.raises(ReportProblem, match="Nothing is recorded"):
            make(session, "ends", Ask(), Reader(), NOW)

    @pytest.mark.parametrize("name", ["institutions", "attrition"])
    def test_refuses_charges_where_they_make_no_sense(self, record, name):
        """An institution decides on a person, a cohort is of prosecutions."""
        with pytest.raises(ReportProblem, match="counts no charges"):
            build(record, name, unit=Unit.CHARGE)

    @pytest.mark.parametrize("name", list(REPORTS))
    def test_works_where_no_row_is_left(self, record, name):
        """A filter that leaves nothing gives zeros and no share."""
        report = build(record, name, filters=KH.with_(cohort="1999"))
        assert report.provenance.n == 0
        assert all(h.figure.value in (0, None) for h in report.headlines)

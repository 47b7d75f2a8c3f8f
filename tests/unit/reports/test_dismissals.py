"""Ends without judgment looked into, and what became of trafficking charges: counted by hand."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from courtwatch.models import Event, EventTarget, Offence, Reason
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.reports import registry
from courtwatch.reports.model import ScopeKind
from courtwatch.reports.queries import Reader
from courtwatch.reports.words import plain
from courtwatch.services.fact_filters import FactFilters
from tests.unit.reports.scene import COURT_X, NOW, OFFICE_A, Act, indicted, received


def ask(scene, actor, scope=None, **filters):
    """Make the report for a reader."""
    asked = registry.Ask(FactFilters.parse([("jurisdiction", "KH"), *filters.items()]), scope)
    return registry.make(scene.session, "dismissals", asked, Reader(actor), NOW)


def ministry(scene):
    """Return an analyst of the ministry."""
    return scene.actor("justice", Role.ANALYST, OrganisationKind.MINISTRY)


def values(table, column):
    """Return one column by row."""
    place = table.column(column)
    return {row.key: row.figures[place].value for row in table.every_row()}


class TestGround:
    def test_reasons_are_told_by_their_ground_in_law(self, record):
        """Evidence twice; settlement and the absent victim are no ground; two have no reason."""
        report = ask(record, record.actor("lotus"))
        table = report.table("ground")
        assert values(table, "all") == {"S": 2, "D": 0, "N": 2, "none": 2, "total": 6}
        assert values(table, "prosecutor") == {"S": 2, "D": 0, "N": 1, "none": 1, "total": 4}
        assert table.figure("N", "of_known").value == 2 / 4
        assert "No lawyer has confirmed 3 of the 3 marks" in plain(table.heading)
        assert "EV1" in table.figure("S", "all").behind.filters.reason
        assert "VW1" in table.figure("N", "all").behind.filters.reason

    def test_a_confirmed_mark_is_no_longer_warned_of(self, record):
        """The warning names how many marks nobody has confirmed."""
        record.session.execute(update(Reason).where(Reason.code != "ST1").values(
            lawful_verified=True))  # fmt: skip
        record.session.commit()
        heading = plain(ask(record, record.actor("lotus")).table("ground").heading)
        assert "confirmed 1 of the 3" in heading

    def test_what_is_withheld_has_no_ground(self, record):
        """The ministry counts the settlement with those without a known reason, everywhere."""
        report = ask(record, ministry(record))
        assert values(report.table("ground"), "all") == {
            "S": 2, "D": 0, "N": 1, "none": 3, "total": 6,
        }  # fmt: skip
        for key in ("by_offence", "by_court", "by_year"):
            assert values(report.table(key), "no_ground")["total"] == 1
            assert values(report.table(key), "no_reason")["total"] == 3

    def test_who_reads_the_mark_of_no_case_reads_none_here(self, record):
        """Researchers and those who run the system."""
        for actor in (
            record.actor("campus", Role.RESEARCHER, OrganisationKind.RESEARCH),
            record.actor("host", Role.ADMINISTRATOR, OrganisationKind.OPERATOR),
        ):
            report = ask(record, actor)
            assert "monitoring organisations" in plain(report.table("ground").refused)
            for key in ("by_offence", "by_court", "by_year"):
                assert "no_ground" not in {column.key for column in report.table(key).columns}
            assert "no_ground" not in {head.key for head in report.headlines}


class TestDivided:
    def test_by_offence_court_and_year(self, record):
        """Who decided: office A three, office B, and the two courts; ends of 2023 and 2024."""
        report = ask(record, record.actor("lotus"))
        assert values(report.table("by_year"), "ended") == {"2023": 5, "2024": 1, "total": 6}
        assert values(report.table("by_court"), "ended") == {
            "KH-12-CFI": 1, "KH-02-CFI": 1, "KH-12-PRO": 3, "KH-02-PRO": 1, "total": 6,
        }  # fmt: skip
        share = report.table("by_offence").figure("KH-TIPSE-10", "share")
        assert (share.numerator, share.denominator) == (6, 8)
        assert report.table("by_offence").rows[0].figures[0].behind.visible == 5


class TestSensitive:
    def test_an_organisation_reads_stated_and_assessed(self, record):
        """Lotus assessed one settlement; River's decision states one."""
        own = ask(record, record.actor("lotus"), ScopeKind.OWN).table("sensitive")
        assert [f.value for f in own.rows[0].figures[:1]] == [0]
        assert values(own, "assessed")["ST"] == values(own, "either")["ST"] == 1
        assert f"a reason of 1 of {own.n}" in plain(own.notes[-1])
        river = ask(record, record.actor("river"), ScopeKind.OWN).table("sensitive")
        assert values(river, "stated")["ST"] == values(river, "either")["ST"] == 1
        shared = ask(record, record.actor("lotus")).table("sensitive")
        assert values(shared, "stated") == {"ST": 1, "TI": 0}
        assert "assessed" not in {column.key for column in shared.columns}

    @pytest.mark.parametrize(("cases", "office", "shown"), [(8, None, False), (9, None, True),
                                                            (9, OFFICE_A, False)])  # fmt: skip
    def test_the_ministry_reads_it_for_the_country_from_ten_cases(
        self, record, cases, office, shown
    ):
        """One settlement is on record; with nine more it may be told, but of no office."""
        for _ in range(cases):
            record.prosecution(
                received(date(2024, 1, 2)),
                Act("hold_file", date(2024, 2, 2), OFFICE_A, stated="ST1"),
            )
        record.publish()
        filters = {"office": office} if office else {}
        table = ask(record, ministry(record), **filters).table("sensitive")
        assert (table.refused is None) is shown
        if shown:
            assert values(table, "stated") == {"ST": 10}
            assert table.rows[0].figures[0].behind is None


class TestRetention:
    def test_a_requalified_charge_is_lost_and_what_it_became_is_said(self, record):
        """Charged with trafficking, judged for something else: no end, but the charge is lost."""
        other = record.session.scalars(
            select(Offence.code)
            .where(Offence.jurisdiction_id == record.jurisdiction.id)
            .where(Offence.trafficking.is_(False), Offence.chargeable.is_(True))
            .order_by(Offence.id)
        ).first()
        lost = record.prosecution(
            received(date(2023, 8, 1)),
            *indicted(date(2023, 9, 1), COURT_X),
            Act("convict", date(2024, 1, 1), COURT_X, disposition="convicted_as_charged"),
        )
        indictment = select(Event.id).where(Event.step == "indict")
        record.session.execute(
            update(EventTarget)
            .where(EventTarget.prosecution_id == lost, EventTarget.event_id.in_(indictment))
            .values(to_offence_id=record.id_of(Offence, other))
        )
        record.publish()
        report = ask(record, record.actor("lotus"))
        table = report.table("retention")
        assert values(table, "charged")["convicted"] == 2
        assert values(table, "kept")["convicted"] == values(table, "lost")["convicted"] == 1
        assert values(table, "charged")["total"] == values(table, "kept")["total"] + 1
        assert values(report.table("became"), "n") == {other: 1, "total": 1}
        heads = {head.key: head.figure for head in report.headlines}
        assert (heads["retained_judged"].numerator, heads["retained_judged"].denominator) == (2, 3)
        # An allegation is no charge: files that were held are in no row.
        assert "held" not in values(table, "charged")

    def test_a_country_without_such_offences_is_refused(self, record):
        """Nothing to keep is said, not shown as nought."""
        record.session.execute(update(Offence).values(trafficking=False))
        record.session.commit()
        report = ask(record, record.actor("lotus"))
        assert "marked as trafficking" in plain(report.table("retention").refused)
        assert "retained" not in {head.key for head in report.headlines}

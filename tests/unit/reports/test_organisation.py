"""What one organisation reports: joint cases credited to each and counted once, and who may ask."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from sqlalchemy import func, select, update

from courtwatch.models import (
    Case,
    EventAccount,
    EventTarget,
    Hearing,
    HearingFact,
    Institution,
    ProsecutionCase,
    ProsecutionFact,
    Victim,
)
from courtwatch.models.vocabulary import HearingStatus, OrganisationKind, Role
from courtwatch.reports import registry, render_csv, render_json, render_text, render_xlsx
from courtwatch.reports.kinds import ReportProblem
from courtwatch.reports.model import ScopeKind
from courtwatch.reports.organisation_support import tellers
from courtwatch.reports.queries import Reader
from courtwatch.reports.words import plain
from courtwatch.services.fact_filters import FactFilters, FilterError
from courtwatch.services.hearing_facts import publish_hearings
from courtwatch.services.work import take_revision
from tests.unit.reports.scene import COURT_X, NOW

SECRET = "Kolap of Street 51"


def tell(scene, prosecution, organisation):
    """Let an organisation tell of an entry about a prosecution."""
    event = scene.session.scalars(
        select(EventTarget.event_id).where(EventTarget.prosecution_id == prosecution)
    ).first()
    return scene._insert(
        EventAccount, event_id=event, organisation_id=scene.organisation(organisation),
        source="told", reliability="medium", precision="day",
    )  # fmt: skip


def case_of(scene, prosecution):
    """Return the case of a prosecution."""
    return scene.session.scalars(
        select(ProsecutionCase.case_id).where(ProsecutionCase.prosecution_id == prosecution)
    ).one()


@pytest.fixture
def joint(record):
    """River tells of one case of Lotus; a hearing and a victim are in it, one victim elsewhere."""
    case = case_of(record, record.found["held_ev1"])
    tell(record, record.found["held_ev1"], "river")
    tell(record, record.found["private"], "lotus")
    record.session.add(
        hearing := Hearing(
            public_code="H-1", case_id=case, institution_id=record.id_of(Institution, COURT_X),
            scheduled_on=date(2023, 2, 20), status=HearingStatus.HELD,
            organisation_id=record.organisation("lotus"), rev_from=record.revision_id,
        )
    )  # fmt: skip
    for key in ("held_ev1", "private"):
        record.session.add(
            Victim(
                case_id=case_of(record, record.found[key]), pseudonym=SECRET, sex="female",
                age_band="14-15", rev_from=record.revision_id,
            )
        )  # fmt: skip
    record.session.flush()
    publish_hearings(record.session.connection(), record.revision_id, [hearing.id])
    record.session.commit()
    return record


def ask(scene, actor, scope=None, known_at="", **filters):
    """Make the report for a reader."""
    pairs = [("jurisdiction", "KH"), *filters.items()]
    asked = registry.Ask(FactFilters.parse(pairs), scope, known_at=known_at)
    return registry.make(scene.session, "organisation", asked, Reader(actor), NOW)


def credits(report):
    """Return kept, joint, helped and credited cases by organisation, the total last."""
    table = report.table("credits")
    return {row.key: tuple(f.value for f in row.figures) for row in table.every_row()}


class TestCredits:
    def test_a_joint_case_is_credited_to_each_and_counted_once(self, joint):
        """River is credited with the case of Lotus that it tells of; once for all it is Lotus's."""
        report = ask(joint, joint.actor("lotus", Role.COORDINATOR), ScopeKind.SHARED)
        found = credits(report)
        assert found == {
            "lotus": (10, 1, 0, 10), "river": (2, 0, 1, 3), "total": (12, 1, 1, 13),
        }  # fmt: skip
        heads = {head.key: head.figure.value for head in report.headlines}
        assert heads["cases"] == heads["once"] == 12
        assert "add up to more than there are cases" in " ".join(map(plain, report.notes))

    def test_each_reads_its_own_with_what_it_supports(self, joint):
        """Own scope: River's private case and the joint one; a private case helps nobody else."""
        river = ask(joint, joint.actor("river"))
        assert river.provenance.scope.kind is ScopeKind.OWN
        assert credits(river)["river"] == (3, 1, 1, 4)
        assert river.provenance.n == 4
        lotus = ask(joint, joint.actor("lotus"))
        assert credits(lotus)["lotus"] == (10, 1, 0, 10)

    def test_hearings_and_victims_are_those_of_the_cases(self, joint):
        """The joint hearing and victim stand in both reports; the private victim in River's."""
        for who, victims in (("lotus", 1), ("river", 2)):
            report = ask(joint, joint.actor(who))
            table = report.table("quarters")
            assert table.figure("2023-Q1", "held").value == 1
            assert table.figure("2023-Q1", "victims").value == victims
            assert report.table("sexes").figure("female", "victims").value == victims
            assert report.table("ages").figure("14-15", "victims").value == victims
            assert report.table("provinces").figure("KH-12", "held").value == 1

    def test_a_hearing_set_for_today_is_not_over(self, joint):
        """It may still be held; once it is known what became of it, it counts."""
        fact = update(HearingFact).values(scheduled_on=NOW.date(), status="scheduled")
        for status in ("scheduled", "unknown"):
            joint.session.execute(fact.values(status=status))
            total = ask(joint, joint.actor("lotus")).table("provinces").total
            assert total.figures[6].value == 0
        joint.session.execute(fact.values(status="held"))
        total = ask(joint, joint.actor("lotus")).table("provinces").total
        assert [figure.value for figure in total.figures[6:8]] == [1, 1]
        joint.session.execute(fact.values(status="scheduled", scheduled_on=date(2026, 11, 19)))
        total = ask(joint, joint.actor("lotus")).table("provinces").total
        assert [figure.value for figure in total.figures[6:8]] == [1, 0]

    def test_a_case_before_several_courts_counts_at_none_of_them(self, joint):
        """Once, in a row of its own, whichever court has the higher key; and so its victims."""
        fact = ProsecutionFact
        several = func.count(func.distinct(fact.court_id)) > 1
        case = joint.session.scalars(
            select(fact.case_id).group_by(fact.case_id).having(several)
        ).one()  # fmt: skip
        joint.session.add(
            Victim(case_id=case, pseudonym=SECRET, sex="male", age_band="18-24",
                   rev_from=joint.revision_id)
        )  # fmt: skip
        joint.session.flush()
        report = ask(joint, joint.actor("lotus"))
        table = report.table("provinces")
        found = [table.figure("several", key).value for key in ("cases", "victims", "prosecutions")]
        assert found == [1, 1, 0]
        # Its two accused stand at their courts.
        assert [table.figure("KH-12", key).value for key in ("cases", "prosecutions")] == [3, 4]
        for key in ("cases", "victims", "prosecutions"):
            place = [column.key for column in table.columns].index(key)
            rows = sum(row.figures[place].value for row in table.rows)
            assert rows == table.total.figures[place].value
        assert any("several courts" in plain(note) for note in report.notes)

    def test_joint_cases_of_all_organisations_are_no_more_than_there_are(self, joint):
        """One case in twelve is joint, however many tell of it."""
        tell(joint, joint.found["held_ev1"], "third")
        joint.session.commit()
        report = ask(joint, joint.actor("lotus", Role.COORDINATOR), ScopeKind.SHARED)
        share = next(head.figure for head in report.headlines if head.key == "joint")
        assert (share.numerator, share.denominator) == (1, 12)
        river = ask(joint, joint.actor("river"))
        share = next(head.figure for head in river.headlines if head.key == "joint")
        assert (share.numerator, share.denominator) == (2, 4)

    def test_what_others_keep_opens_no_list(self, joint):
        """The list knows who keeps a case: River's four open none, its own three would."""
        table = ask(joint, joint.actor("river")).table("quarters")
        assert "never registered" in plain(table.unknown_label), "not every day is lost by somebody"
        assert table.figure("2023-Q1", "prosecutions").behind is None
        assert table.figure("2023-Q2", "prosecutions").behind.visible == 1

    def test_warns_of_small_numbers(self, joint):
        """A number of one is counted among those that can point at a person."""
        report = ask(joint, joint.actor("river"))
        assert any("can point at one person" in plain(words) for words in report.warnings)

    def test_an_account_that_was_taken_back_still_counts_at_the_moment_before(self, joint):
        """A report of a past moment stays what it was."""
        before = joint.revision_id
        session = joint.session
        later = take_revision(session.connection(), "test", NOW)
        session.execute(update(EventAccount).values(rev_to=later))
        session.commit()
        assert credits(ask(joint, joint.actor("river")))["river"] == (3, 0, 0, 3)
        then = ask(joint, joint.actor("river"), known_at=str(before))
        assert credits(then)["river"] == (3, 1, 1, 4)


class TestWhoTells:
    """Who besides its keeper supports a case."""

    @pytest.fixture
    def cases(self, joint):
        """Return the case of Lotus of which River tells, and the case of River of which Lotus."""
        return case_of(joint, joint.found["held_ev1"]), case_of(joint, joint.found["private"])

    def test_by_an_account_or_by_a_hearing_that_stands(self, joint, cases):
        kept, private = cases
        lotus, river = joint.organisation("lotus"), joint.organisation("river")
        other = case_of(joint, joint.found["acquitted"])
        assert tellers(joint.session, None) == {(kept, river), (private, lotus)}
        for voided, court in ((False, other), (True, private)):
            joint.session.add(
                Hearing(
                    public_code=f"H-{court}", case_id=court, scheduled_on=date(2023, 3, 1),
                    status=HearingStatus.HELD, organisation_id=joint.organisation("kite"),
                    voided=voided, rev_from=joint.revision_id,
                )
            )  # fmt: skip
        joint.session.flush()
        found = tellers(joint.session, None)
        assert found - {(kept, river), (private, lotus)} == {(other, joint.organisation("kite"))}
        assert tellers(joint.session, joint.revision_id) == found
        assert tellers(joint.session, None, of=river) == {(kept, river), (private, lotus)}

    def test_of_a_merged_record_the_case_is_the_one_that_holds(self, joint, cases):
        kept, private = cases
        lotus, river = joint.organisation("lotus"), joint.organisation("river")
        merge = update(Case).where(Case.id == private).values(merged_into_id=kept)
        joint.session.execute(merge)
        for revision in (None, joint.revision_id):
            for of in (None, river):
                assert tellers(joint.session, revision, of) == {(kept, river), (kept, lotus)}
        report = ask(joint, joint.actor("lotus", Role.COORDINATOR), ScopeKind.SHARED)
        assert credits(report)["river"] == (2, 0, 1, 3)


class TestWhoMayAsk:
    def test_a_coordinator_may_choose_another_organisation(self, joint):
        """Of another's cases the shared ones count; whoever else asks is refused."""
        coordinator = joint.actor("lotus", Role.COORDINATOR)
        report = ask(joint, coordinator, ScopeKind.SHARED, organisation="river")
        assert credits(report)["river"] == (2, 0, 1, 3)
        # How many girls of which age are in cases of others is told to those others alone.
        columns = {each.key for table in report.tables for each in table.columns}
        assert "victims" not in columns
        shared = ask(joint, coordinator, ScopeKind.SHARED)
        assert "victims" not in {each.key for table in shared.tables for each in table.columns}
        for scope in ScopeKind.SHARED, ScopeKind.OWN:
            with pytest.raises((ReportProblem, FilterError), match="(?i)coordinators"):
                ask(joint, joint.actor("lotus"), scope, organisation="river")
        assert credits(ask(joint, joint.actor("lotus"), organisation="lotus"))["lotus"][3] == 10

    def test_a_monitor_reads_no_credits_of_others(self, joint):
        """The shared record without who does what."""
        report = ask(joint, joint.actor("lotus"), ScopeKind.SHARED)
        assert "credits" not in {table.key for table in report.tables}
        assert report.provenance.n == 13

    @pytest.mark.parametrize(
        ("role", "kind"),
        [
            (Role.ANALYST, OrganisationKind.MINISTRY),
            (Role.RESEARCHER, OrganisationKind.RESEARCH),
            (Role.ADMINISTRATOR, OrganisationKind.OPERATOR),
        ],
    )
    def test_others_read_neither_organisations_nor_victims(self, joint, role, kind):
        """Whoever reads no organisations finds none, whatever they ask for."""
        actor = joint.actor("state", role, kind)
        report = ask(joint, actor)
        written = render_json.render(report, plain).lower()
        assert "lotus" not in written
        assert "river" not in written
        assert "victims" not in {c.key for table in report.tables for c in table.columns}
        with pytest.raises((ReportProblem, FilterError)):
            ask(joint, actor, organisation="river")

    def test_no_format_has_a_pseudonym(self, joint):
        """Victims are numbers."""
        report = ask(joint, joint.actor("river"))
        for render in (render_text.render, render_csv.render, render_json.render):
            assert SECRET not in render(report, plain)
        with zipfile.ZipFile(io.BytesIO(render_xlsx.render(report, plain))) as book:
            for name in book.namelist():
                assert SECRET.encode() not in book.read(name)

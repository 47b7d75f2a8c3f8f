"""The facts that compare institutions, as arrays: on a record that can be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from courtwatch.models import Institution, Jurisdiction, Offence, ProsecutionFact, reference_at
from courtwatch.reports.comparison import COVARIATES, Comparison
from courtwatch.reports.comparison_arm import LeftOut, by_institution
from courtwatch.reports.comparison_tables import left_out
from courtwatch.reports.context import Context
from courtwatch.reports.law import read_law
from courtwatch.reports.model import KnownAt, Scope, ScopeKind, Unit
from courtwatch.reports.queries import Population, Reader
from courtwatch.reports.then import Then
from courtwatch.reports.words import read_words
from courtwatch.services.messages import in_language
from tests.unit.reports.asked import KH
from tests.unit.reports.scene import COURT_X, COURT_Y, NOW, OFFICE_A, OFFICE_B, Act, received

TODAY = Then({})


def compare(scene, filters=KH, then=TODAY):
    """Read the facts of the shared record for comparison."""
    session = scene.session
    jurisdiction = session.query(Jurisdiction).filter_by(code="KH").one()
    law, reader, scope = read_law(session, jurisdiction), Reader(), Scope(ScopeKind.SHARED)
    population = Population(session, filters, scope, reader, law)
    return Comparison(
        Context(
            session=session, jurisdiction=jurisdiction, filters=filters, scope=scope,
            reader=reader, unit=Unit.PROSECUTION, options={},
            known_at=KnownAt(1, NOW, True), law=law, words=read_words(session, jurisdiction),
            then=then, population=population, today=NOW.date(), made_at=NOW,
        )
    )  # fmt: skip


def told(comparison, key):
    """Return (institution, days, event) of an arm, sorted."""
    arm = comparison.arm(key)
    codes = {k: w.code for k, w in comparison.context.words.institutions.items()} | {-1: None}
    return sorted(
        (codes[i], t, e)
        for i, t, e in zip(
            arm.institution.tolist(), arm.time.tolist(), arm.event.tolist(), strict=True
        )
    )


def days(first, last):
    """Return the days between two."""
    return (last - first).days


class TestFirstInstance:
    def test_a_general_prosecutor_takes_no_file_over(self, scene):
        """Who orders to proceed, on a complaint, is above the office that has to decide."""
        ordered = (
            Act("hold_file", date(2024, 2, 1), OFFICE_A),
            Act("appeal_hold", date(2024, 3, 1)),
            Act("order_prosecution", date(2024, 4, 1), "KH-CA-PRO-PNH"),
        )
        scene.prosecution(received(date(2024, 1, 1), OFFICE_A), *ordered)
        unknown = (replace(act, place=None) for act in ordered[:-1])
        scene.prosecution(
            replace(received(date(2024, 1, 5)), place=None), *unknown, ordered[-1]
        )
        scene.publish()
        offices = scene.session.query(Institution.code).join(
            ProsecutionFact, ProsecutionFact.prosecution_office_id == Institution.id
        ).order_by(ProsecutionFact.registered_on)  # fmt: skip
        assert [code for (code,) in offices] == [OFFICE_A, "KH-CA-PRO-PNH"]
        compared = compare(scene).arm("held").institution.tolist()
        assert sorted(compared) == [-1, scene.id_of(Institution, OFFICE_A)]


class TestStages:
    def test_who_was_judged_came_before_the_trial_court_on_appeal_too(self, scene):
        """So does whose default judgment was set aside; and nobody who was judged still waits."""
        law = read_law(scene.session, scene.jurisdiction)
        (decision,) = (d for d in law.decisions() if d.outcome.name == "dismissed_by_court")
        assert {"final", "appeal", "opposition"} <= law.judged_stages <= law.came_to(decision)
        assert not law.judged_stages & law.here(decision)


class TestDaysOfAuthorities:
    """`filed_on` and `accused_on` of facts: when a prosecution came into other hands."""

    def fact(self, record, name):
        return (
            record.session.query(ProsecutionFact)
            .filter_by(prosecution_id=record.found[name], rev_to=None)
            .one()
        )

    def test_a_submission_files_charges_and_an_indictment_brings_them_before_the_court(
        self, record
    ):
        """Submitted on 1 September, indicted on the 20th."""
        fact = self.fact(record, "convicted")
        assert (fact.filed_on, fact.accused_on) == (date(2023, 9, 1), date(2023, 9, 20))

    def test_neither_day_is_known_of_what_came_no_further_or_was_first_seen_there(self, record):
        """Held at the office; and met at trial, which may have begun long before."""
        for name in ("held_ev1", "suspended", "first_seen_at_trial"):
            fact = self.fact(record, name)
            assert (fact.filed_on, fact.accused_on) == (None, None)

    def test_a_citation_is_both(self, scene):
        """A citation files charges before the trial court itself."""
        scene.prosecution(
            received(date(2024, 1, 1)),
            Act("cite", date(2024, 2, 1), OFFICE_A, new=True),
            offence="KH-TIPSE-9",
        )
        scene.publish()
        fact = scene.session.query(ProsecutionFact).one()
        assert fact.filed_on == fact.accused_on == date(2024, 2, 1)


class TestArms:
    def test_offices_are_compared_from_registration_to_the_filing_of_charges(self, record):
        """Held is an end (2), submitted is gone on (1), suspended is open (0), a death is neither.

        Who was first seen at trial has no day of registration and is counted beside.
        """
        d = date
        submitted = [
            (d(2023, 5, 1), d(2023, 6, 1)), (d(2023, 6, 1), d(2023, 7, 1)),
            (d(2024, 2, 1), d(2024, 3, 1)), (d(2024, 1, 5), d(2024, 2, 1)),
            (d(2023, 8, 1), d(2023, 9, 1)), (d(2023, 8, 1), d(2023, 9, 1)),
        ]  # fmt: skip
        held = [
            (OFFICE_A, d(2023, 2, 1), d(2023, 3, 1)), (OFFICE_A, d(2023, 3, 1), d(2023, 4, 1)),
            (OFFICE_B, d(2023, 4, 1), d(2023, 5, 1)), (OFFICE_A, d(2023, 2, 1), d(2023, 3, 1)),
        ]  # fmt: skip
        comparison = compare(record)
        assert told(comparison, "held") == sorted(
            [(OFFICE_A, days(a, b), 1) for a, b in submitted]
            + [(office, days(a, b), 2) for office, a, b in held]
            + [(OFFICE_A, days(d(2024, 3, 1), d(2024, 5, 1)), 0)]
            + [(OFFICE_A, days(d(2024, 4, 1), d(2024, 6, 1)), 3)]
        )
        assert comparison.arm("held").left_out == LeftOut(no_start=1)

    def test_who_is_registered_and_by_no_step_before_the_office_is_told_as_left_out(self, scene):
        """The police have one still, the other has no step: official totals count both."""
        registered = date(2023, 3, 1)
        scene.prosecution(Act("report", date(2023, 2, 1)), registered=registered)
        scene.prosecution(registered=registered)
        scene.prosecution(Act("report", date(2023, 2, 1)))
        scene.publish()
        arm = compare(scene).arm("held")
        assert (arm.n, arm.left_out) == (0, LeftOut(no_step=2))
        said = in_language(left_out(arm), "en")
        assert said.startswith("Not compared: 2.")
        assert "no step tells that they came here: 2." in said

    def test_investigating_judges_from_the_charge_to_the_trial_court(self, record):
        """One non-suit, three indictments ten days after the charge, one open since the charge."""
        assert told(compare(record), "non_suit") == sorted(
            [
                (COURT_X, days(date(2023, 6, 10), date(2023, 9, 1)), 2),
                (COURT_Y, 10, 1), (COURT_Y, 10, 1), (COURT_X, 10, 1),
                (COURT_X, 0, 0),
            ]
        )  # fmt: skip

    def test_trial_courts_from_there_to_the_judgment(self, record):
        """Court Y dismissed one and acquitted one, court X convicted one: no open one is known."""
        comparison = compare(record)
        assert told(comparison, "dismissed_by_court") == sorted(
            [
                (COURT_Y, days(date(2023, 7, 20), date(2024, 2, 1)), 2),
                (COURT_Y, days(date(2023, 9, 20), date(2024, 1, 1)), 1),
                (COURT_X, days(date(2023, 9, 20), date(2024, 1, 1)), 1),
            ]
        )
        arm = comparison.arm("dismissed_by_court")
        assert arm.left_out == LeftOut(no_start=1)  # met at trial
        assert str(arm.refusal).startswith("No open prosecution is known")

    def test_a_citation_never_passed_the_investigating_judge(self, scene):
        """It is the trial court's from the day of the citation, and nobody's before."""
        scene.prosecution(
            received(date(2024, 1, 1)),
            Act("cite", date(2024, 2, 1), OFFICE_A, new=True),
            Act("open_trial", date(2024, 5, 1), COURT_X),
            offence="KH-TIPSE-9",
        )
        scene.publish()
        comparison = compare(scene)
        assert "non_suit" not in {arm.key for arm in comparison.arms if arm.n}
        assert told(comparison, "dismissed_by_court") == [
            (COURT_X, days(date(2024, 2, 1), date(2024, 5, 1)), 0)
        ]

    def test_who_was_sent_back_to_the_judge_and_ended_there_is_told_as_left_out(self, scene):
        """Cited in February, sent to the judge in May: on which day facts don't keep."""
        scene.prosecution(
            received(date(2024, 1, 1)),
            Act("cite", date(2024, 2, 1), OFFICE_A, new=True),
            Act("open_trial", date(2024, 4, 1), COURT_X),
            Act("send_to_investigation", date(2024, 5, 1), COURT_X),
            Act("order_non_suit", date(2024, 8, 1), COURT_X, stated="EV1"),
            offence="KH-TIPSE-9",
        )
        scene.publish()
        arm = compare(scene).arm("non_suit")
        assert (arm.n, arm.left_out) == (0, LeftOut(no_start=1))

    def test_who_was_seen_later_enters_later_and_who_was_seen_too_late_is_left_out(self, scene):
        """Seen forty days after registration; and seen when the file had been sent on already."""
        scene.prosecution(received(date(2024, 1, 1)), entry=date(2024, 2, 10))
        scene.prosecution(
            received(date(2024, 1, 1)),
            Act("submit_to_investigation", date(2024, 2, 1), OFFICE_A, new=True),
            entry=date(2024, 3, 1),
        )
        scene.publish()
        arm = compare(scene).arm("held")
        assert arm.left_out == LeftOut(seen_late=2)  # one is last seen on the day it was first

    def test_branches_for_preliminary_hearings_have_an_arm_of_their_own(self, record):
        """They are never set beside trial courts."""
        record.session.query(Institution).filter_by(code=COURT_Y).update({"preliminary_only": True})
        comparison = compare(record)
        assert [code for code, _t, _e in told(comparison, "dismissed_by_court")] == [COURT_X]
        apart = told(comparison, "dismissed_by_court_preliminary")
        assert [code for code, _t, _e in apart] == [COURT_Y, COURT_Y]

    def test_the_mix_of_cases_is_described_by_every_covariate(self, record):
        """Two accused in one case; offences of one class are one group; an unknown offence is 0."""
        arm = compare(record).arm("held")
        assert arm.covariates.shape == (arm.n, len(COVARIATES))
        together = record.found["convicted"], record.found["acquitted"]
        assert len(together) == 2
        assert sorted(arm.covariates[:, 3].tolist()) == [0] * (arm.n - 2) + [1, 1]

    def test_the_mix_of_a_past_moment_is_of_the_law_as_it_was(self, record):
        """A class, or that a child is the victim, that is edited later changes no group of then."""
        first = compare(record).arm("held").covariates.tolist()
        offences = record.session.query(Offence).order_by(Offence.id).all()
        for row in offences:
            row.offence_class, row.child = "felony", False
        record.session.commit()
        then = reference_at(record.session, 1)
        assert compare(record, then=Then(then)).arm("held").covariates.tolist() == first
        assert compare(record).arm("held").covariates.tolist() != first

    def test_the_year_is_no_part_of_the_mix(self, scene):
        """How long it could be followed is not: the known ends of young ones are fast ones."""
        for year in (2021, 2023, 2024):
            scene.prosecution(received(date(year, 3, 1)))
        scene.publish()
        mix = compare(scene).arm("held").covariates
        assert len(mix) == 3
        assert len(np.unique(mix, axis=0)) == 1


class TestRefusal:
    def test_a_court_that_is_known_only_at_the_end(self, scene):
        """As in a register that names the court only in its table of dispositions."""
        day = date(2024, 3, 1)
        for _ in range(3):
            scene.prosecution(
                received(day), Act("cite", date(2024, 4, 1), new=True), offence="KH-TIPSE-9"
            )
            scene.prosecution(
                received(day),
                Act("cite", date(2024, 4, 1), new=True),
                Act("open_trial", date(2024, 5, 1)),
                Act("acquit", date(2024, 6, 1), COURT_X, disposition="acquitted"),
                offence="KH-TIPSE-9",
            )
        scene.publish()
        words = compare(scene).arm("dismissed_by_court").refusal.interpolate()
        assert "known only after disposition: for 0 of 3 open and 3 of 3 decided" in words
        # Set apart by its institutions, a part would hold just those whose institution is known.
        scene.session.query(Institution).filter_by(code=COURT_X).update({"preliminary_only": True})
        apart = compare(scene).arm("dismissed_by_court_preliminary")
        assert (apart.n, apart.refusal.interpolate()) == (3, words)

    def test_too_few_institutions(self, record):
        """Two offices are no comparison."""
        words = compare(record).arm("held").refusal.interpolate()
        assert words.startswith("Institutions known: 2;")


class TestCounts:
    @pytest.mark.parametrize("keys", [[7, 3, 5], [3], []])
    def test_are_those_of_the_institutions_asked_for_in_their_order(self, record, keys):
        """Whatever else the arm has is in no count."""
        arm = compare(record).arm("held")
        arm.institution[:] = np.resize([3, 5, 9, -1], arm.n)
        expected = [int((arm.institution == key).sum()) for key in keys]
        assert by_institution(arm, np.ones(arm.n, bool), keys).tolist() == expected

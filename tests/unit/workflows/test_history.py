"""Histories and the states that follow from them."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.workflows.paths import FILED, day, event, one_a_day, shortest_paths
from workflows.elements import Phase
from workflows.history import (
    ChargeIn,
    TargetIn,
    derive,
    facts_for,
    outcome_rule_text,
    roll_up,
)
from workflows.procedure import load, names

ALLEGED = ChargeIn(1, "alleged")
TWO = (ALLEGED, ChargeIn(2, "filed", rank=0), ChargeIn(3, "filed", rank=1))


def to_trial(*charge_ids: int):
    """Return a Cambodian history of five days in which these charges come to trial."""
    filed = tuple(TargetIn(charge_id, new=True) for charge_id in charge_ids)
    return [
        event(1, "report", 0),
        event(2, "refer_to_prosecutor", 1),
        event(3, "submit_to_investigation", 2, *filed),
        event(4, "charge", 3),
        event(5, "indict", 4),
        event(6, "open_trial", 5),
    ]


class TestReach:
    def test_every_stage_is_reached_by_a_history(self, machine):
        """Each stage of each procedure is reached by deriving a legal history."""
        for stage, steps in shortest_paths(machine).items():
            state = derive(machine, FILED, one_a_day(machine, steps))
            assert state.unresolved == ()
            assert state.stage == stage
            assert state.live == machine.procedure.stage(stage).live
            assert state.positions[1].since == day(len(steps) - 1)

    def test_every_disposition_gives_its_outcome(self, machine):
        """Each disposition, given by each of its steps, leads to the outcome of the rule."""
        paths = shortest_paths(machine)
        for step in machine.procedure.steps:
            for disposition in step.possible_dispositions:
                source = next(s for s in step.sources if s in paths)
                steps = [*one_a_day(machine, paths[source])]
                steps.append(event(99, step.name, 99, TargetIn(1, disposition)))
                state = derive(machine, FILED, steps)
                outcome = machine.procedure.outcome_of(disposition)
                assert (state.outcome, state.event_code) == (outcome.name, outcome.event_code)
                assert state.ended_on == day(99)
                assert state.ended_event == 99
                assert state.positions[1].disposition == disposition


class TestEmpty:
    def test_nothing_is_known_without_events(self, cambodia):
        """Without events there is no stage, no end and no date."""
        state = derive(cambodia, [ALLEGED], [])
        assert state.stage is None
        assert state.phase is Phase.PROCEEDING
        assert (state.live, state.outcome, state.event_code) == (False, None, 0)
        assert state.custody == "unknown"
        assert state.last_verified is None
        assert not state.positions[1].counted


class TestAlleged:
    def test_an_arrest_without_charge_has_a_history(self, cambodia):
        """Arrested and released: the allegation holds the position and the end."""
        events = [event(1, "arrest", 0), event(2, "do_not_refer", 9)]
        state = derive(cambodia, [ALLEGED], events)
        assert state.stage == "not_referred"
        assert (state.outcome, state.event_code, state.ended_by) == (
            "not_referred",
            2,
            "judicial_police",
        )
        assert state.milestone_days == {"arrest": day(0)}

    def test_the_first_filed_charge_supersedes_it(self, cambodia):
        """After filing the allegation is neither live nor counted."""
        state = derive(cambodia, TWO, to_trial(2, 3))
        assert not state.positions[1].counted
        assert not state.positions[1].live
        assert state.positions[2].stage == state.positions[3].stage == "trial"
        assert state.stage == "trial"
        assert state.live

    def test_what_is_said_of_it_later_holds_of_the_filed_charges(self, cambodia):
        """An event that names the superseded allegation moves the charges that replaced it."""
        events = [*to_trial(2), event(7, "dismiss", 8, TargetIn(1))]
        state = derive(cambodia, TWO[:2], events)
        assert state.unresolved == ()
        assert state.positions[2].disposition == "dismissed_by_court"
        assert state.outcome == "dismissed_by_court"

    def test_it_cannot_end_again_once_its_charges_have_ended(self, illinois):
        """A rejection of the allegation after the charge was rejected finds nothing to end."""
        events = [
            event(1, "arrest", 0),
            event(2, "file_complaint", 1, TargetIn(2, new=True)),
            event(3, "reject", 5, TargetIn(2)),
            event(4, "reject", 6, TargetIn(1)),
        ]
        state = derive(illinois, TWO[:2], events)
        assert [u.event_id for u in state.unresolved] == [4]
        assert state.positions[1].disposition is None
        assert (state.outcome, state.ended_on) == ("review_rejected", day(5))

    def test_a_filed_charge_that_no_event_files_was_there_from_the_beginning(self, cambodia):
        """First seen at trial with a known charge: it stands at trial."""
        events = [event(1, "first_seen", 0, entry="trial"), event(2, "acquit", 5)]
        state = derive(cambodia, TWO[:2], events)
        assert state.outcome == "acquitted"
        assert not state.positions[1].counted

    def test_an_allegation_alone_cannot_be_judged(self, cambodia):
        """A verdict without a charge stays unresolved, with the reason."""
        events = [
            event(1, "first_seen", 0, entry="trial"),
            event(2, "convict", 3, TargetIn(1, "convicted_as_charged")),
        ]
        state = derive(cambodia, [ALLEGED], events)
        assert state.stage == "trial"
        assert state.unresolved[0].event_id == 2
        assert "No filed charge" in state.unresolved[0].why.en


class TestEndsOfCharges:
    def test_a_mixed_verdict_follows_the_declared_order(self, cambodia):
        """Convicted of one charge and acquitted of another: a conviction, of that charge."""
        events = [
            *to_trial(2, 3),
            event(7, "acquit", 9, TargetIn(2)),
            event(8, "convict", 9, TargetIn(3, "convicted_lesser")),
        ]
        state = derive(cambodia, TWO, events)
        assert state.outcome == "convicted_lesser"
        assert (state.deciding_charge, state.ended_event, state.ended_by) == (3, 8, "trial_court")
        assert state.stage == "convicted"
        assert state.phase is Phase.CONVICTED
        assert not state.live

    def test_a_partial_non_suit_does_not_end_the_prosecution(self, cambodia):
        """One charge dropped, one indicted: open at the stage of the live one."""
        events = [*to_trial(2, 3)[:4], event(5, "order_non_suit", 4, TargetIn(3))]
        events.append(event(6, "indict", 4))
        state = derive(cambodia, TWO, events)
        assert state.unresolved == ()
        assert state.positions[3].disposition == "non_suit"
        assert state.positions[2].stage == "indicted"
        assert (state.stage, state.live, state.outcome, state.event_code) == (
            "indicted",
            True,
            None,
            0,
        )
        assert state.first_outcome is None

    def test_a_judgment_outweighs_a_partial_non_suit(self, cambodia):
        """Non-suit on one charge and acquittal on the other: judged, not failed."""
        events = [*to_trial(2, 3)[:4], event(5, "order_non_suit", 4, TargetIn(2))]
        events += [event(6, "indict", 4), event(7, "open_trial", 5), event(8, "acquit", 9)]
        state = derive(cambodia, TWO, events)
        assert (state.outcome, state.event_code, state.deciding_charge) == ("acquitted", 1, 3)
        assert state.ended_on == day(9)

    def test_among_equal_ends_the_most_serious_charge_decides(self, cambodia):
        """Two non-suits: the charge of the lower rank number is named."""
        charges = (ALLEGED, ChargeIn(2, "filed", rank=5), ChargeIn(3, "filed", rank=1))
        events = [*to_trial(2, 3)[:4], event(5, "order_non_suit", 4)]
        assert derive(cambodia, charges, events).deciding_charge == 3

    def test_dropped_for_a_plea_to_another_count_is_no_failure(self, illinois):
        """A nolle for a plea elsewhere is neutral beside the plea."""
        events = [
            event(1, "arrest", 0),
            event(2, "indict", 10, TargetIn(2, new=True), TargetIn(3, new=True)),
            event(3, "arraign", 12),
            event(4, "drop_for_other", 50, TargetIn(2, "plea_other_count")),
            event(5, "plead_guilty", 50, TargetIn(3, "plea_guilty")),
            event(6, "sentence", 51, TargetIn(3)),
        ]
        state = derive(illinois, TWO, events)
        assert (state.outcome, state.event_code, state.deciding_charge) == ("convicted", 1, 3)
        assert state.ended_event == 5
        assert state.stage == "sentenced"

    def test_neutral_ends_decide_when_there_are_no_others(self, illinois):
        """All charges went on elsewhere: a competing event, no failure."""
        events = [
            event(1, "indict", 0, TargetIn(2, new=True), TargetIn(3, new=True)),
            event(2, "drop_for_other", 9, TargetIn(2, "re_indicted"), TargetIn(3, "related_case")),
        ]
        state = derive(illinois, TWO, events)
        assert (state.outcome, state.event_code) == ("goes_on_elsewhere", 3)

    def test_superseded_and_indicted_again_in_one_record_is_no_end(self, illinois):
        """Charges that pass into new charges of the same record never were a first end."""
        events = [
            event(1, "file_complaint", 0, TargetIn(2, new=True)),
            event(2, "drop_for_other", 9, TargetIn(2, "superseded_by_indictment")),
            event(3, "indict", 9, TargetIn(3, new=True), sequence=1),
            event(4, "drop", 40),
        ]
        state = derive(illinois, TWO, events)
        assert state.unresolved == ()
        assert state.first_outcome is not None
        assert (state.first_outcome.outcome, state.first_outcome.reopened) == (
            "nolle_prosequi",
            False,
        )
        assert state.first_outcome.ended_on == day(40)

    def test_requalification_is_not_an_end(self, cambodia):
        """A requalified charge keeps its position; the old one is replaced, not ended."""
        charges = (*TWO[:2], ChargeIn(4, "requalified", parent=2))
        events = [*to_trial(2), event(7, "requalify_at_trial", 6, TargetIn(4, new=True))]
        state = derive(cambodia, charges, events)
        assert state.unresolved == ()
        assert state.positions[4].stage == "trial"
        assert state.positions[4].live
        assert not state.positions[2].counted
        assert state.positions[2].disposition is None
        assert (state.outcome, state.live, state.first_outcome) == (None, True, None)

    def test_what_is_said_of_a_requalified_charge_holds_of_its_successor(self, cambodia):
        """A verdict on the old charge is a verdict on the charge it became."""
        charges = (*TWO[:2], ChargeIn(4, "requalified", parent=2))
        events = [
            *to_trial(2),
            event(7, "requalify_at_trial", 6, TargetIn(4, new=True)),
            event(8, "acquit", 7, TargetIn(2)),
        ]
        state = derive(cambodia, charges, events)
        assert state.positions[4].disposition == "acquitted"
        assert state.outcome == "acquitted"

    def test_a_requalification_of_the_same_charge_moves_nothing(self, cambodia):
        """Where the offence changes on the charge itself, its position stays."""
        events = [*to_trial(2), event(7, "requalify_at_trial", 6, TargetIn(2))]
        state = derive(cambodia, TWO[:2], events)
        assert state.positions[2].stage == "trial"
        assert state.positions[2].since == day(5)
        assert state.last_event_on == day(6)

    def test_more_charges_join_where_the_others_stand(self, cambodia):
        """A supplementary submission files beside the charges that are there."""
        events = [
            *to_trial(2)[:4],
            event(5, "submit_more_charges", 4, TargetIn(3, new=True)),
        ]
        state = derive(cambodia, TWO, events)
        assert state.positions[3].stage == "charged"
        assert state.positions[2].since == day(3)


class TestReopening:
    def test_the_first_end_counts_and_the_reopening_stands_beside(self, cambodia):
        """A held file that is reopened and tried keeps its first end."""
        events = [
            event(1, "report", 0),
            event(2, "refer_to_prosecutor", 1),
            event(3, "hold_file", 5),
            event(4, "reopen_held_file", 90),
            event(5, "cite", 91, TargetIn(2, new=True)),
            event(6, "open_trial", 100),
            event(7, "acquit", 101),
        ]
        state = derive(cambodia, TWO[:2], events)
        assert (state.outcome, state.ended_on) == ("acquitted", day(101))
        first = state.first_outcome
        assert first is not None
        assert (first.outcome, first.event_code, first.ended_on) == ("held", 2, day(5))
        assert (first.ended_by, first.reopened, state.reopened) == ("prosecutor", True, True)

    def test_a_reopened_prosecution_is_open(self, cambodia):
        """While it is open again it has no outcome of its own."""
        events = [event(1, "receive_complaint", 0), event(2, "hold_file", 5)]
        events.append(event(3, "reopen_held_file", 90))
        state = derive(cambodia, [ALLEGED], events)
        assert (state.stage, state.live, state.outcome) == ("prosecutor_review", True, None)
        assert state.positions[1].disposition is None
        assert state.first_outcome is not None

    def test_a_review_of_the_hold_does_not_reopen(self, cambodia):
        """A complaint to the General Prosecutor that fails leaves the end as it was."""
        events = [event(1, "receive_complaint", 0), event(2, "hold_file", 5)]
        events += [event(3, "appeal_hold", 8)]
        pending = derive(cambodia, [ALLEGED], events)
        assert (pending.stage, pending.live) == ("held_under_review", True)
        assert (pending.outcome, pending.event_code) == ("held", 2)
        after = derive(cambodia, [ALLEGED], [*events, event(4, "confirm_hold", 20)])
        assert (after.stage, after.outcome, after.ended_on) == ("held", "held", day(5))
        assert not after.reopened

    def test_an_appeal_keeps_the_first_instance_outcome(self, cambodia):
        """On appeal: live, with the outcome of first instance; then the appeal's own."""
        events = [
            *to_trial(2),
            event(7, "convict", 9, TargetIn(2, "convicted_as_charged")),
            event(8, "appeal", 20),
        ]
        state = derive(cambodia, TWO[:2], events)
        assert (state.stage, state.live, state.outcome) == ("appeal", True, "convicted")
        reversed_ = derive(cambodia, TWO[:2], [*events, event(9, "acquit_on_appeal", 60)])
        assert (reversed_.outcome, reversed_.ended_by) == ("acquitted", "court_of_appeal")
        assert reversed_.first_outcome is not None
        assert reversed_.first_outcome.outcome == "convicted"
        assert not reversed_.reopened

    def test_remitted_by_the_supreme_court_and_upheld_to_the_end(self, cambodia):
        """Cassation, remittal, second appeal and final judgment keep one outcome."""
        steps = ["appeal", "uphold", "request_cassation", "quash_and_remit", "uphold"]
        steps += ["request_cassation", "reject_cassation"]
        events = [*to_trial(2), event(7, "convict", 9, TargetIn(2, "convicted_as_charged"))]
        events += [event(10 + n, step, 20 + n) for n, step in enumerate(steps)]
        state = derive(cambodia, TWO[:2], events)
        assert state.unresolved == ()
        assert (state.stage, state.outcome, state.ended_on) == ("final", "convicted", day(9))

    def test_a_default_judgment_that_is_set_aside_never_counted(self, cambodia):
        """Opposition admitted: open again, and the end that counts is the next one."""
        events = [
            *to_trial(2),
            event(7, "convict_in_default", 9, TargetIn(2, "convicted_default")),
            event(8, "notify_default_judgment", 30),
            event(9, "oppose", 35),
        ]
        pending = derive(cambodia, TWO[:2], events)
        assert (pending.outcome, pending.stage) == ("convicted_in_default", "opposition")
        events.append(event(10, "admit_opposition", 40))
        again = derive(cambodia, TWO[:2], events)
        assert (again.stage, again.outcome, again.first_outcome) == ("awaiting_trial", None, None)
        events += [event(11, "open_trial", 45), event(12, "acquit", 50)]
        state = derive(cambodia, TWO[:2], events)
        assert state.first_outcome is not None
        assert (state.first_outcome.outcome, state.reopened) == ("acquitted", False)

    def test_a_default_judgment_is_never_final_before_it_is_notified(self, cambodia):
        """Without notification it can be opposed and appealed, but not become final."""
        events = [
            *to_trial(2),
            event(7, "convict_in_default", 9, TargetIn(2, "convicted_default")),
            event(8, "become_final", 400),
        ]
        state = derive(cambodia, TWO[:2], events)
        assert state.stage == "convicted_in_default"
        (unresolved,) = state.unresolved
        assert unresolved.event_id == 8
        assert "notify_default_judgment" in unresolved.permitted
        assert "become_final" not in unresolved.permitted
        events.append(event(9, "notify_default_judgment", 20))
        assert derive(cambodia, TWO[:2], events).stage == "final"

    def test_setting_aside_spares_an_earlier_end(self, cambodia):
        """A hold that was reopened stays the first end, whatever becomes of the judgment."""
        events = [
            event(1, "receive_complaint", 0),
            event(2, "hold_file", 1),
            event(3, "reopen_held_file", 2),
            event(4, "cite", 3, TargetIn(2, new=True)),
            event(5, "open_trial", 4),
            event(6, "convict_in_default", 5, TargetIn(2, "convicted_default")),
            event(7, "oppose", 6),
            event(8, "admit_opposition", 7),
        ]
        state = derive(cambodia, TWO[:2], events)
        assert state.first_outcome is not None
        assert (state.first_outcome.outcome, state.first_outcome.reopened) == ("held", True)

    def test_no_probable_cause_then_an_indictment(self, illinois):
        """A new indictment after a finding of no probable cause is a reopening."""
        events = [
            event(1, "file_for_preliminary_hearing", 0, TargetIn(2, new=True)),
            event(2, "find_no_probable_cause", 20, TargetIn(2)),
            event(3, "indict", 40, TargetIn(3, new=True)),
        ]
        state = derive(illinois, TWO, events)
        assert (state.stage, state.live, state.outcome) == ("indicted", True, None)
        assert state.first_outcome is not None
        assert (state.first_outcome.outcome, state.reopened) == ("no_probable_cause", True)


class TestSuspension:
    def test_absconding_suspends_and_ends_nothing(self, cambodia):
        """The accused fled: live, suspended, a fugitive, without an outcome."""
        state = derive(cambodia, TWO[:2], [*to_trial(2), event(7, "suspend", 9)])
        assert (state.stage, state.live, state.suspended) == ("absconded_at_trial", True, True)
        assert (state.custody, state.custody_since) == ("fugitive", day(9))
        assert (state.outcome, state.event_code, state.first_outcome) == (None, 0, None)

    @pytest.mark.parametrize(
        ("last", "back"),
        [
            ("report", "police_inquiry"),
            ("refer_to_prosecutor", "prosecutor_review"),
            ("submit_to_investigation", "investigation"),
            ("charge", "charged"),
            ("indict", "awaiting_trial"),
            ("open_trial", "trial"),
        ],
    )
    def test_a_resumed_prosecution_returns_to_its_part_of_the_line(self, cambodia, last, back):
        """Where it resumes depends on where it was suspended."""
        events = to_trial(2)
        upto = next(n for n, item in enumerate(events) if item.step == last) + 1
        events = [*events[:upto], event(20, "suspend", 30), event(21, "resume", 60)]
        state = derive(cambodia, TWO[:2], events)
        assert (state.stage, state.suspended, state.custody) == (back, False, "unknown")

    def test_one_charge_suspended_does_not_suspend_all(self, cambodia):
        """Suspended is a prosecution whose every live charge waits."""
        events = [*to_trial(2, 3), event(7, "suspend", 9, TargetIn(2))]
        state = derive(cambodia, TWO, events)
        assert (state.stage, state.suspended) == ("trial", False)

    def test_a_forfeited_bond_can_still_be_dropped(self, illinois):
        """A nolle after the warrant ends what was suspended."""
        events = [
            event(1, "indict", 0, TargetIn(2, new=True)),
            event(2, "forfeit_bond", 5),
            event(3, "drop", 300),
        ]
        state = derive(illinois, TWO[:2], events)
        assert (state.outcome, state.custody) == ("nolle_prosequi", "fugitive")


class TestLateEntry:
    def test_earlier_steps_stay_unknown(self, cambodia):
        """Met at trial: entered there, on that day, with no origin invented."""
        state = derive(cambodia, [ALLEGED], [event(1, "first_seen", 7, entry="trial")])
        assert (state.stage, state.entered_stage, state.entered_on) == ("trial", "trial", day(7))
        assert state.milestone_days == {}
        assert state.stage_days == {"trial": day(7)}

    def test_an_arrest_that_becomes_known_later_leaves_a_gap(self, cambodia):
        """The origin is then known, and the risk set still entered at first sight."""
        events = [event(1, "first_seen", 90, entry="trial"), event(2, "arrest", 0)]
        state = derive(cambodia, [ALLEGED], events)
        assert state.unresolved == ()
        assert (state.stage, state.entered_on) == ("trial", day(90))
        assert state.milestone_days == {"arrest": day(0)}

    def test_a_first_sight_behind_the_record_is_unresolved(self, cambodia):
        """Seen at the police after it stood at trial: that can't be."""
        events = [*to_trial(2), event(7, "first_seen", 9, entry="police_inquiry")]
        state = derive(cambodia, TWO[:2], events)
        assert [u.event_id for u in state.unresolved] == [7]
        assert state.stage == "trial"

    def test_an_end_is_no_place_to_enter(self, cambodia):
        """The end is recorded as a step, so that somebody ended it."""
        state = derive(cambodia, [ALLEGED], [event(1, "first_seen", 0, entry="non_suit")])
        assert state.stage is None
        assert "Enter there and record the end" in state.unresolved[0].why.en

    def test_first_seen_on_appeal_may_tell_the_judgment(self, illinois):
        """Met on appeal: the judgment below can be told, its day stays unknown."""
        seen = event(1, "first_seen", 5, TargetIn(1, "plea_guilty"), entry="on_appeal")
        told = derive(illinois, FILED, [seen, event(2, "affirm", 30)])
        assert (told.stage, told.outcome, told.ended_on) == ("sentenced", "convicted", None)
        untold = event(1, "first_seen", 5, entry="on_appeal")
        state = derive(illinois, FILED, [untold, event(2, "affirm", 30)])
        assert (state.stage, state.live, state.outcome) == ("sentenced", False, None)

    def test_a_check_verifies_and_moves_nothing(self, cambodia):
        """Checked, nothing changed: the last verification is later than the last event."""
        events = [*to_trial(2), event(7, "checked_unchanged", 200)]
        state = derive(cambodia, TWO[:2], events)
        assert (state.last_verified, state.last_event_on) == (day(200), day(5))
        assert state.stage == "trial"

    def test_a_check_of_nothing_is_unresolved(self, cambodia):
        """There is nothing that could be unchanged."""
        state = derive(cambodia, [ALLEGED], [event(1, "checked_unchanged", 0)])
        assert "Nothing is recorded before this check" in state.unresolved[0].why.en
        assert state.last_verified is None


class TestOrder:
    def test_a_step_out_of_order_is_kept_and_not_counted(self, cambodia):
        """No legal place: unresolved, with what is permitted, and nothing moved."""
        events = [*to_trial(2)[:3], event(7, "acquit", 9)]
        state = derive(cambodia, TWO[:2], events)
        assert state.stage == "investigation"
        (unresolved,) = state.unresolved
        assert unresolved.event_id == 7
        assert "“Acquitted” is not possible at “Judicial investigation”" in unresolved.why.en
        assert "charge" in unresolved.permitted

    def test_within_a_day_the_sequence_decides(self, cambodia):
        """Hold, reopen and hold again on one day is possible in that sequence alone."""
        begin = event(1, "receive_complaint", 0)
        names = ["hold_file", "reopen_held_file", "hold_file"]
        events = [begin, *(event(2 + n, s, 5, sequence=n) for n, s in enumerate(names))]
        state = derive(cambodia, [ALLEGED], events)
        assert (state.stage, state.reopened, state.unresolved) == ("held", True, ())

    def test_within_a_day_without_sequence_the_procedure_decides(self, cambodia):
        """All on one day and in any order of arrival: the law's order is found."""
        events = [event(9 - n, item.step, 3, *item.targets) for n, item in enumerate(to_trial(2))]
        state = derive(cambodia, TWO[:2], events)
        assert state.unresolved == ()
        assert state.stage == "trial"

    def test_a_vague_date_waits_for_its_place(self, cambodia):
        """“2024” for a verdict does not come before the indictment of March 2024."""
        events = [*to_trial(2), event(7, "acquit", date(2024, 1, 1), until=date(2024, 12, 31))]
        events[5] = event(6, "open_trial", 60)
        state = derive(cambodia, TWO[:2], events)
        assert state.unresolved == ()
        assert state.outcome == "acquitted"
        assert state.ended_on == day(60)

    def test_a_vague_date_that_is_over_is_unresolved(self, cambodia):
        """An acquittal of January can't follow a trial of March."""
        events = [*to_trial(2), event(7, "acquit", date(2024, 1, 1), until=date(2024, 1, 31))]
        events[5] = event(6, "open_trial", 60)
        state = derive(cambodia, TWO[:2], events)
        assert [u.event_id for u in state.unresolved] == [7]
        assert state.stage == "trial"

    def test_an_undated_event_stands_where_a_dated_one_needs_it(self, cambodia):
        """An arrest and a referral without a date come before the dated submission."""
        events = [
            event(1, "arrest", None),
            event(2, "refer_to_prosecutor", None),
            event(3, "submit_to_investigation", 5),
        ]
        state = derive(cambodia, [ALLEGED], events)
        assert state.unresolved == ()
        assert state.stage == "investigation"
        assert state.stage_days == {
            "police_inquiry": None,
            "prosecutor_review": None,
            "investigation": day(5),
        }
        assert state.milestone_days == {}

    def test_an_undated_end_comes_last(self, cambodia):
        """A dismissal on an unknown day follows what is dated, and its day stays unknown."""
        events = [event(9, "dismiss", None, TargetIn(2)), *to_trial(2)]
        state = derive(cambodia, TWO[:2], events)
        assert (state.outcome, state.ended_on, state.event_code) == ("dismissed_by_court", None, 2)

    def test_a_charge_of_another_prosecution_is_refused(self, cambodia):
        """An event can't move a charge that is not there."""
        events = [event(1, "report", 0), event(2, "hold_file", 1, TargetIn(77))]
        state = derive(cambodia, [ALLEGED], events)
        assert "does not belong to this prosecution" in state.unresolved[0].why.en

    def test_an_event_is_applied_to_the_charges_that_can_take_it(self, cambodia):
        """One of two named charges has ended already: the other moves, the first is listed."""
        events = [*to_trial(2, 3), event(7, "acquit", 8, TargetIn(2))]
        events.append(event(8, "dismiss", 9, TargetIn(2), TargetIn(3)))
        state = derive(cambodia, TWO, events)
        assert state.positions[3].disposition == "dismissed_by_court"
        assert state.positions[2].disposition == "acquitted"
        assert [(u.event_id, u.charge_id, u.whole) for u in state.unresolved] == [(8, 2, False)]

    @pytest.mark.parametrize(
        ("targets", "words"),
        [
            ((TargetIn(2),), "must say how the charge ended: Convicted as charged"),
            ((TargetIn(2, "acquitted"),), "must say how the charge ended"),
        ],
    )
    def test_a_judgment_must_say_what_it_was(self, cambodia, targets, words):
        """A choice of ends without a choice, or with another step's end, is unresolved."""
        state = derive(cambodia, TWO[:2], [*to_trial(2), event(7, "convict", 8, *targets)])
        assert words in state.unresolved[0].why.en
        assert state.stage == "trial"

    def test_a_step_that_ends_nothing_cannot_say_how(self, cambodia):
        """A disposition on a step without one is refused."""
        events = [event(1, "report", 0), event(2, "refer_to_prosecutor", 1, TargetIn(1, "held"))]
        state = derive(cambodia, [ALLEGED], events)
        assert "does not end a charge" in state.unresolved[0].why.en

    def test_only_filing_steps_file(self, cambodia):
        """A new charge on a step that files none is refused."""
        events = [event(1, "report", 0), event(2, "refer_to_prosecutor", 1, TargetIn(2, new=True))]
        state = derive(cambodia, TWO[:2], events)
        assert "files no charge" in state.unresolved[0].why.en

    def test_an_unknown_step_is_unresolved(self, cambodia):
        """A step of another procedure is kept and said."""
        state = derive(cambodia, [ALLEGED], [event(1, "plead_guilty", 0)])
        assert "has no step 'plead_guilty'" in state.unresolved[0].why.en


class TestCustody:
    def test_custody_is_derived_beside_the_charges(self, cambodia):
        """Police custody, detention, release: one track per prosecution."""
        events = [
            event(1, "arrest", 0),
            event(2, "place_in_police_custody", 0, sequence=1),
            event(3, "refer_to_prosecutor", 2),
            event(4, "detain", 3),
        ]
        state = derive(cambodia, [ALLEGED], events)
        assert (state.custody, state.custody_since) == ("detained", day(3))
        assert state.stage == "prosecutor_review"
        released = derive(cambodia, [ALLEGED], [*events, event(5, "release", 50)])
        assert released.custody == "free"

    def test_an_impossible_custody_step_is_unresolved(self, cambodia):
        """Detention can't be extended for somebody at liberty."""
        events = [event(1, "release", 0), event(2, "extend_detention", 5)]
        state = derive(cambodia, [ALLEGED], events)
        assert state.custody == "free"
        assert "not possible at “At liberty”" in state.unresolved[0].why.en

    def test_known_facts_are_asked_in_replay_too(self, cambodia):
        """An extension for a misdemeanour is against the law wherever it is recorded."""
        events = [event(1, "place_in_police_custody", 0), event(2, "extend_police_custody", 2)]
        facts = {"offence_class": "misdemeanour"}
        assert derive(cambodia, [ALLEGED], events).unresolved == ()
        state = derive(cambodia, [ALLEGED], events, facts)
        assert "felonies only" in state.unresolved[0].why.en


class TestHowFarItCame:
    def test_an_end_without_judgment_is_no_progress(self, cambodia):
        """A non-suit came as far as the charging before it."""
        events = [*to_trial(2)[:4], event(5, "order_non_suit", 9)]
        assert derive(cambodia, TWO[:2], events).furthest_stage == "charged"

    def test_a_judgment_is(self, cambodia):
        """An acquittal came to judgment, an extinction from trial came to trial."""
        judged = derive(cambodia, TWO[:2], [*to_trial(2), event(7, "acquit", 9)])
        assert judged.furthest_stage == "acquitted"
        died = event(7, "extinguish", 9, TargetIn(2, "extinct_death"))
        assert derive(cambodia, TWO[:2], [*to_trial(2), died]).furthest_stage == "trial"

    def test_clocks_start_with_declared_steps(self, cambodia):
        """Registration, charge and trial have their days; arrest is not known."""
        state = derive(cambodia, TWO[:2], to_trial(2))
        assert state.milestone_days == {
            "registration": day(1),
            "charge": day(3),
            "trial": day(5),
        }


class TestRollUp:
    def test_a_case_is_live_while_one_prosecution_is(self, cambodia):
        """The stage is that of the most advanced live prosecution; there is no outcome yet."""
        ended = derive(cambodia, TWO[:2], [*to_trial(2), event(7, "acquit", 9)])
        early = derive(cambodia, [ALLEGED], [event(1, "report", 0)])
        late = derive(cambodia, TWO[:2], to_trial(2)[:4])
        case = roll_up([ended, early, late])
        assert (case.stage, case.live, case.outcome) == ("charged", True, None)

    def test_an_ended_case_has_the_strongest_outcome(self, cambodia):
        """Co-accused with different fates: a conviction outweighs a hold."""
        events = [event(1, "receive_complaint", 0), event(2, "hold_file", 1)]
        held = derive(cambodia, [ALLEGED], events)
        events = [*to_trial(2), event(7, "convict", 9, TargetIn(2, "convicted_as_charged"))]
        convicted = derive(cambodia, TWO[:2], events)
        for states in ([held, convicted], [convicted, held]):
            case = roll_up(states)
            assert (case.live, case.outcome) == (False, "convicted")

    def test_a_case_without_prosecutions_is_nowhere(self):
        """No accused, no stage."""
        case = roll_up([])
        assert (case.stage, case.live, case.outcome) == (None, False, None)

    @pytest.mark.parametrize("name", names())
    def test_the_rule_is_stated_with_every_outcome_in_order(self, name):
        """The rule in words lists all outcomes in the order in which they decide."""
        procedure = load(name)
        rule = outcome_rule_text(procedure)
        places = [
            rule.en.index(f"{n}. {outcome.label.en}")
            for n, outcome in enumerate(procedure.outcomes, 1)
        ]
        assert places == sorted(places)
        assert rule.km


def test_the_facts_of_a_state_feed_the_guards(cambodia):
    """What the replay knows, the live machine can ask."""
    state = derive(cambodia, TWO[:2], to_trial(2))
    facts = facts_for(state, TWO[:2])
    assert facts == {"filed_charges": 1, "live_charges": 1, "custody": "unknown"}
    assert cambodia.apply("convict", "trial", facts) == "convicted"

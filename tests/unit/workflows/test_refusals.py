"""Every way in which a step can be refused, with the words that a person reads.

The English words are compared whole; Khmer must be there, and be Khmer.
"""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.unit.workflows.paths import FILED, event
from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN, START, Text
from workflows.errors import StepRefused
from workflows.guards import AGE_BANDS, GUARDS, refusal
from workflows.history import ChargeIn, TargetIn, derive

KHMER = re.compile(r"[\u1780-\u17ff]")
ALL_CLASSES = ("international_crime", "felony", "misdemeanour", "petty")

GUARD_WORDS: dict[str, tuple[str, list[dict[str, object]], list[dict[str, object]]]] = {
    "has_charges": (
        "No filed charge is recorded for this accused. Add the charge first.",
        [{"filed_charges": 0}],
        [{"filed_charges": 1}, {"filed_charges": 3}],
    ),
    "no_live_charge": (
        "A charge is still under way. Record how every charge ended first.",
        [{"live_charges": 1}, {"live_charges": 4}],
        [{"live_charges": 0}],
    ),
    "felony_only": (
        "The law allows this step for felonies only, and no felony is recorded here.",
        [{"offence_class": name} for name in ("misdemeanour", "petty")],
        [{"offence_class": name} for name in ("international_crime", "felony")],
    ),
    "not_felony": (
        "The law does not allow this step for a felony.",
        [{"offence_class": name} for name in ("international_crime", "felony")],
        [{"offence_class": name} for name in ("misdemeanour", "petty")],
    ),
    "misdemeanour_only": (
        "The law allows this step for misdemeanours only.",
        [{"offence_class": name} for name in ("international_crime", "felony", "petty")],
        [{"offence_class": "misdemeanour"}],
    ),
    "is_adult": (
        "The law does not allow this step for a minor.",
        [{"age_band": band} for band in ("under_14", "14_15", "16_17", "minor")],
        [{"age_band": "adult"}],
    ),
    "is_minor": (
        "The law allows this step for minors only.",
        [{"age_band": "adult"}],
        [{"age_band": band} for band in ("under_14", "14_15", "16_17", "minor")],
    ),
    "under_14": (
        "This step is for children who were under 14 only.",
        [{"age_band": band} for band in ("14_15", "16_17", "adult")],
        [{"age_band": band} for band in ("under_14", "minor")],
    ),
    "at_least_14": (
        "The law does not allow this step for a child under 14.",
        [{"age_band": "under_14"}],
        [{"age_band": band} for band in ("14_15", "16_17", "minor", "adult")],
    ),
}
"""guard -> its words, the facts that it refuses, the facts that it lets pass."""


def reads(why: Text | None, english: str) -> None:
    """The reason is there in both languages, the English word for word."""
    assert why is not None
    assert why.en == english
    assert why.km
    assert KHMER.search(why.km)
    assert why.km != why.en


class TestGuards:
    def test_no_guard_is_left_out(self):
        """A new guard needs its row above."""
        assert set(GUARD_WORDS) == set(GUARDS)

    @pytest.mark.parametrize("name", GUARD_WORDS)
    def test_says_its_reason_exactly_where_the_law_does_not_allow_the_step(self, name):
        """Refused, let through, or not known: there is nothing else, and every value is asked."""
        words, refused, passed = GUARD_WORDS[name]
        for facts in refused:
            reads(refusal((name,), facts), words)
        for facts in (*passed, {}):
            assert refusal((name,), facts) is None
        asked = {value for facts in (*refused, *passed) for value in facts.values()}
        if "age_band" in refused[0]:
            assert asked == AGE_BANDS
        elif "offence_class" in refused[0]:
            assert asked == set(ALL_CLASSES)

    @pytest.mark.parametrize("name", GUARD_WORDS)
    def test_reaches_the_reader_both_ways(self, machine, name):
        """Each step that has the guard is refused with its words, live and in a replay."""
        words, refused, _ = GUARD_WORDS[name]
        for step in machine.procedure.steps:
            if step.guards[:1] != (name,):
                continue
            custody = step.track == "custody"
            apply = machine.apply_custody if custody else machine.apply
            with pytest.raises(StepRefused) as caught:
                apply(step.name, step.sources[0], refused[0])
            reads(caught.value.why, words)
            assert step.name not in caught.value.permitted
            if not custody and step.sources[0] in {s.name for s in machine.procedure.stages}:
                live = machine.procedure.stage(step.sources[0]).live
                if live:
                    events = [
                        event(1, FIRST_SEEN, 0, entry=step.sources[0]),
                        event(2, step.name, 1),
                    ]
                    state = derive(machine, FILED, events, refused[0])
                    (unresolved,) = state.unresolved
                    assert unresolved.event_id == 2
                    reads(unresolved.why, words)


class TestLive:
    """What the form shows when a step is asked for that the law does not allow."""

    def refused(self, machine, step, place, **facts):
        """Return the refusal of a step of the main track."""
        with pytest.raises(StepRefused) as caught:
            machine.apply(step, place, facts)
        assert caught.value.step == step
        assert caught.value.stage == place
        assert str(caught.value) == caught.value.why.en
        return caught.value.why

    def test_a_step_that_starts_elsewhere(self, cambodia):
        """What it is, where the charge stands, and where it could start."""
        reads(
            self.refused(cambodia, "convict", "investigation"),
            "“Convicted” is not possible at “Judicial investigation”. It starts from: On trial.",
        )

    def test_every_step_from_every_other_place(self, machine):
        """Each pair of step and place that the file does not declare has a reason."""
        law = machine.procedure
        labels = {stage.name: stage.label for stage in law.stages}
        labels[START] = Text("not yet begun")
        for place, label in labels.items():
            for offer in machine.offers(place, law.custody_initial):
                step = offer.step
                if step.track == "custody" or place in step.sources:
                    continue
                assert not offer.allowed
                assert not offer.here
                reads(
                    offer.why,
                    f"“{step.label.en}” is not possible at “{label.en}”. It starts from: "
                    f"{', '.join(labels[source].en for source in step.sources)}.",
                )

    def test_a_custody_step_that_starts_elsewhere(self, cambodia):
        """The custody track speaks of its own states."""
        with pytest.raises(StepRefused) as caught:
            cambodia.apply_custody("extend_detention", "free")
        reads(
            caught.value.why,
            "“Pre-trial detention extended” is not possible at “At liberty”. "
            "It starts from: In pre-trial detention.",
        )

    def test_a_step_that_there_is_not(self, cambodia):
        """The title of the law is named, so that a wrong procedure is noticed."""
        reads(
            self.refused(cambodia, "settle", "trial"),
            "The procedure “Cambodian criminal procedure” has no step 'settle' here.",
        )

    def test_a_first_sight_behind_the_record(self, cambodia):
        """Where it stands already is said."""
        reads(
            self.refused(cambodia, FIRST_SEEN, "trial", entry_stage="charged"),
            "First seen at “Charged” does not fit: the charge already stands at “On trial”.",
        )

    @pytest.mark.parametrize("entry", ["acquitted", "nowhere", None])
    def test_a_first_sight_at_no_live_stage(self, cambodia, entry):
        """Every stage at which a prosecution can be met is listed."""
        live = ", ".join(s.label.en for s in cambodia.procedure.stages if s.live)
        reads(
            self.refused(cambodia, FIRST_SEEN, START, entry_stage=entry),
            f"A prosecution is first seen at a stage that is under way. Possible: {live}. "
            "Enter there and record the end as the next step.",
        )

    def test_a_check_before_anything_is_known(self, cambodia):
        """There is nothing yet that could be unchanged."""
        reads(
            self.refused(cambodia, CHECKED_UNCHANGED, START),
            "“Checked, nothing changed” is not possible here: a prosecution is first seen once, "
            "and checked only after that.",
        )


class TestReplay:
    """What the list of unresolved entries says of an event that has no legal place."""

    def unresolved(self, machine, charges, *events):
        """Return the reason of the only unresolved event, the last one."""
        state = derive(machine, charges, events)
        (found,) = state.unresolved
        assert found.event_id == events[-1].id
        return found

    def test_a_step_that_starts_elsewhere(self, cambodia):
        """As live, with what would have been possible."""
        found = self.unresolved(cambodia, FILED, event(1, "report", 0), event(2, "open_trial", 1))
        step = cambodia.procedure.step("open_trial")
        starts = ", ".join(cambodia.procedure.stage(name).label.en for name in step.sources)
        reads(
            found.why, f"“{step.label.en}” is not possible at “Reported”. It starts from: {starts}."
        )
        assert "refer_to_prosecutor" in found.permitted
        assert "open_trial" not in found.permitted

    def test_a_custody_step_that_starts_elsewhere(self, cambodia):
        """Of a replay too."""
        found = self.unresolved(
            cambodia, FILED, event(1, "report", 0), event(2, "extend_detention", 1)
        )
        reads(
            found.why,
            "“Pre-trial detention extended” is not possible at “Not known”. "
            "It starts from: In pre-trial detention.",
        )

    def test_a_step_that_there_is_not(self, cambodia):
        """A step of another country's law."""
        found = self.unresolved(cambodia, FILED, event(1, "report", 0), event(2, "settle", 1))
        reads(found.why, "The procedure “Cambodian criminal procedure” has no step 'settle' here.")

    @pytest.mark.parametrize("said", [None, "acquitted"])
    def test_a_judgment_that_does_not_say_what_it_was(self, cambodia, said):
        """The possible ends are listed."""
        step = cambodia.procedure.step("convict")
        ends = ", ".join(cambodia.procedure.disposition(d).label.en for d in step.dispositions)
        found = self.unresolved(
            cambodia,
            FILED,
            event(1, FIRST_SEEN, 0, entry="trial"),
            event(2, "convict", 1, TargetIn(1, said)),
        )
        reads(found.why, f"“Convicted” must say how the charge ended: {ends}.")

    def test_a_fixed_end_that_is_contradicted(self, cambodia):
        """A step with one end accepts no other."""
        found = self.unresolved(
            cambodia,
            FILED,
            event(1, FIRST_SEEN, 0, entry="trial"),
            event(2, "acquit", 1, TargetIn(1, "convicted_as_charged")),
        )
        label = cambodia.procedure.step("acquit").label.en
        reads(found.why, f"“{label}” must say how the charge ended: Acquitted.")

    def test_an_end_of_what_does_not_end(self, cambodia):
        """An indictment acquits nobody."""
        found = self.unresolved(
            cambodia,
            FILED,
            event(1, FIRST_SEEN, 0, entry="indicted"),
            event(2, "open_trial", 1, TargetIn(1, "acquitted")),
        )
        label = cambodia.procedure.step("open_trial").label.en
        reads(found.why, f"“{label}” does not end a charge, so it can't say how one ended.")

    def test_a_charge_that_nothing_filed(self, cambodia):
        """A later event files the charge, so it was not there yet."""
        charges = (ChargeIn(1, "alleged"), ChargeIn(2, "filed"))
        state = derive(
            cambodia,
            charges,
            [
                event(1, "report", 0),
                event(2, "refer_to_prosecutor", 1, TargetIn(1), TargetIn(2)),
                event(3, "submit_to_investigation", 2, TargetIn(2, new=True)),
            ],
        )
        (found,) = state.unresolved
        assert (found.event_id, found.charge_id, found.whole) == (2, 2, False)
        label = cambodia.procedure.step("refer_to_prosecutor").label.en
        reads(found.why, f"“{label}” files no charge, and no earlier step filed this one.")

    def test_a_charge_of_somebody_else(self, cambodia):
        """Never applied to this accused."""
        found = self.unresolved(cambodia, FILED, event(1, "report", date(2024, 1, 1), TargetIn(7)))
        reads(found.why, "The event names a charge that does not belong to this prosecution.")

    def test_a_check_before_anything_is_known(self, cambodia):
        """The reader learns what to record first."""
        found = self.unresolved(cambodia, FILED, event(1, CHECKED_UNCHANGED, 0))
        reads(
            found.why,
            "Nothing is recorded before this check. Record at which stage the prosecution was "
            "first seen.",
        )

    def test_a_first_sight_behind_the_record(self, cambodia):
        """As live."""
        found = self.unresolved(
            cambodia,
            FILED,
            event(1, FIRST_SEEN, 0, entry="trial"),
            event(2, FIRST_SEEN, 1, entry="charged"),
        )
        reads(
            found.why,
            "First seen at “Charged” does not fit: the charge already stands at “On trial”.",
        )

    def test_a_first_sight_at_an_end(self, cambodia):
        """An end is told by the step that brought it about."""
        live = ", ".join(s.label.en for s in cambodia.procedure.stages if s.live)
        found = self.unresolved(cambodia, FILED, event(1, FIRST_SEEN, 0, entry="acquitted"))
        reads(
            found.why,
            f"A prosecution is first seen at a stage that is under way. Possible: {live}. "
            "Enter there and record the end as the next step.",
        )

    def test_a_first_sight_when_nothing_is_under_way(self, cambodia):
        """Every charge has ended: where the first one ended is said."""
        found = self.unresolved(
            cambodia,
            FILED,
            event(1, FIRST_SEEN, 0, entry="trial"),
            event(2, "acquit", 1, TargetIn(1, "acquitted")),
            event(3, FIRST_SEEN, 2, entry="trial"),
        )
        reads(
            found.why,
            "First seen at “On trial” does not fit: the charge already stands at “Acquitted”.",
        )

    def test_a_first_sight_before_any_charge(self, cambodia):
        """Every charge is filed by a later entry, so there is nobody to be seen yet."""
        charges = (ChargeIn(1, "filed"),)
        state = derive(
            cambodia,
            charges,
            [
                event(1, FIRST_SEEN, 0, entry="prosecutor_review"),
                event(2, "submit_to_investigation", 1, TargetIn(1, new=True)),
            ],
        )
        first = next(each for each in state.unresolved if each.event_id == 1)
        reads(
            first.why,
            "No charge is known at this first sight: every charge of this accused is filed by "
            "another entry. Add the allegation, or date the first sight after the filing.",
        )

"""One machine per procedure: what it permits, what it refuses and why, and its table."""

from __future__ import annotations

from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.workflows.paths import shortest_paths
from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN, START, Track
from workflows.errors import StepRefused
from workflows.machine import machine_for
from workflows.procedure import load, loads, names

MACHINES = [machine_for(load(name)) for name in names()]


class TestReach:
    def test_every_stage_is_reached_through_the_live_machine(self, machine):
        """Each stage is reached by legal steps, taken one by one through the machine."""
        paths = shortest_paths(machine)
        assert set(paths) == {stage.name for stage in machine.procedure.stages}
        for stage, steps in paths.items():
            here = START
            for step in steps:
                here = machine.apply(step, here)
            assert here == stage

    def test_every_step_can_be_taken_from_each_of_its_sources(self, machine):
        """No step is declared that can't be taken: main track and custody."""
        for step in machine.procedure.steps:
            apply = machine.apply if step.track is Track.MAIN else machine.apply_custody
            for source, target in step.moves:
                assert apply(step.name, source) == target

    def test_the_table_holds_exactly_the_declared_moves(self, machine):
        """The table, read out of the machine, is what the file declares."""
        declared = {
            (source, step.name): target
            for step in machine.procedure.steps
            for source, target in step.moves
        }
        assert {**machine.table, **machine.custody_table} == declared


class TestRefusal:
    def test_says_why_and_what_is_permitted_in_two_languages(self, cambodia):
        """A step from the wrong stage is refused with reason and permitted steps."""
        with pytest.raises(StepRefused) as caught:
            cambodia.apply("convict", "investigation")
        refused = caught.value
        assert refused.step == "convict"
        assert refused.stage == "investigation"
        assert refused.why.en == (
            "“Convicted” is not possible at “Judicial investigation”. It starts from: On trial."
        )
        assert refused.why.km
        assert "ការស៊ើបសួរ" in refused.why.km
        assert "charge" in refused.permitted
        assert "order_non_suit" in refused.permitted
        assert "convict" not in refused.permitted
        assert str(refused) == refused.why.en

    def test_refuses_a_step_the_procedure_does_not_have(self, cambodia):
        """An unknown step is refused, not an error of the program."""
        with pytest.raises(StepRefused, match="has no step 'settle' here"):
            cambodia.apply("settle", "trial")

    def test_refuses_a_custody_step_on_the_main_track(self, cambodia):
        """Tracks don't mix."""
        with pytest.raises(StepRefused, match="has no step 'detain' here"):
            cambodia.apply("detain", "charged")
        with pytest.raises(StepRefused, match="has no step 'charge' here"):
            cambodia.apply_custody("charge", "detained")

    def test_refuses_custody_from_the_wrong_state(self, cambodia):
        """Custody steps say in which state they would start."""
        with pytest.raises(StepRefused) as caught:
            cambodia.apply_custody("extend_detention", "free")
        assert caught.value.why.en == (
            "“Pre-trial detention extended” is not possible at “At liberty”. "
            "It starts from: In pre-trial detention."
        )
        assert "detain" in caught.value.permitted

    @pytest.mark.parametrize(
        ("step", "place", "facts", "words"),
        [
            ("convict", "trial", {"filed_charges": 0}, "No filed charge is recorded"),
            ("request_review", "final", {"live_charges": 1}, "A charge is still under way"),
            ("cite", "prosecutor_review", {"offence_class": "felony"}, "for a felony"),
            (
                "order_immediate_appearance",
                "prosecutor_review",
                {"age_band": "16_17"},
                "for a minor",
            ),
            ("divert", "trial", {"age_band": "adult"}, "for minors only"),
            ("close_under_age", "reported", {"age_band": "16_17"}, "under 14 only"),
        ],
    )
    def test_a_guard_refuses_what_is_known_to_be_against_the_law(
        self, cambodia, step, place, facts, words
    ):
        """Each guard of the main track says its reason, in both languages."""
        with pytest.raises(StepRefused, match=words) as caught:
            cambodia.apply(step, place, facts)
        assert caught.value.why.km
        assert step not in caught.value.permitted

    @pytest.mark.parametrize(
        ("step", "place", "facts", "words"),
        [
            (
                "extend_police_custody",
                "police_custody",
                {"offence_class": "misdemeanour"},
                "felonies only",
            ),
            ("extend_police_custody", "police_custody", {"age_band": "14_15"}, "for a minor"),
            ("place_in_police_custody", "free", {"age_band": "under_14"}, "child under 14"),
            ("detain", "free", {"age_band": "under_14"}, "child under 14"),
        ],
    )
    def test_a_guard_of_custody_refuses(self, cambodia, step, place, facts, words):
        """Each guard of the custody track says its reason."""
        with pytest.raises(StepRefused, match=words):
            cambodia.apply_custody(step, place, facts)

    def test_an_unknown_fact_refuses_nothing(self, machine):
        """What is not known can't be against the law."""
        for step in machine.procedure.steps:
            for source, target in step.moves:
                if step.track is Track.MAIN:
                    assert machine.apply(step.name, source, {}) == target

    def test_a_refused_step_moves_nothing(self, cambodia):
        """The machine keeps no state between steps: the same question, the same answer."""
        for _ in range(2):
            with pytest.raises(StepRefused):
                cambodia.apply("convict", "reported")
            assert cambodia.apply("refer_to_prosecutor", "reported") == "prosecutor_review"


class TestBuiltInSteps:
    def test_a_prosecution_can_be_first_seen_at_any_live_stage(self, machine):
        """First seen enters at every live stage and at no ended one."""
        for stage in machine.procedure.stages:
            facts = {"entry_stage": stage.name}
            if stage.live:
                assert machine.apply(FIRST_SEEN, START, facts) == stage.name
            else:
                with pytest.raises(StepRefused, match="stage that is under way"):
                    machine.apply(FIRST_SEEN, START, facts)

    def test_first_seen_jumps_forward_and_never_back(self, cambodia):
        """Known earlier steps and a later first sight leave a gap; the reverse is a mistake."""
        assert cambodia.apply(FIRST_SEEN, "charged", {"entry_stage": "trial"}) == "trial"
        with pytest.raises(StepRefused, match="already stands at “On trial”"):
            cambodia.apply(FIRST_SEEN, "trial", {"entry_stage": "charged"})
        with pytest.raises(StepRefused, match="already stands at “Non-suit”"):
            cambodia.apply(FIRST_SEEN, "non_suit", {"entry_stage": "trial"})

    def test_a_check_moves_nothing_and_needs_a_beginning(self, machine):
        """Checked, nothing changed: the stage stays; before the first event there is none."""
        for stage in machine.procedure.stages:
            assert machine.apply(CHECKED_UNCHANGED, stage.name) == stage.name
        with pytest.raises(StepRefused, match="checked only after that"):
            machine.apply(CHECKED_UNCHANGED, START)


class TestOffers:
    def test_offers_every_step_once_in_declared_order(self, machine):
        """Whatever the position, each step is there, allowed or with a reason."""
        for stage in (START, *(stage.name for stage in machine.procedure.stages)):
            offers = machine.offers(stage, machine.procedure.custody_initial)
            assert [offer.step for offer in offers] == list(machine.procedure.steps)
            for offer in offers:
                assert offer.allowed == (offer.why is None)
                assert offer.here or not offer.allowed

    def test_tells_a_guard_from_another_stage(self, cambodia):
        """A step that starts here but is refused by the law is marked as `here`."""
        facts = {"offence_class": "felony"}
        offers = {o.step.name: o for o in cambodia.offers("prosecutor_review", "free", facts)}
        assert offers["hold_file"].allowed
        assert not offers["cite"].allowed
        assert offers["cite"].here
        assert not offers["convict"].here
        assert offers["place_in_police_custody"].allowed
        assert not offers["extend_detention"].allowed

    @settings(max_examples=15, deadline=None)
    @given(st.data())
    def test_offers_and_apply_agree(self, data):
        """What is offered can be taken; what is refused is refused with the same words."""
        machine = data.draw(st.sampled_from(MACHINES))
        law = machine.procedure
        stage = data.draw(st.sampled_from([START, *(stage.name for stage in law.stages)]))
        custody = data.draw(st.sampled_from([state.name for state in law.custody]))
        facts = data.draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "age_band": st.sampled_from(["under_14", "14_15", "16_17", "adult"]),
                    "offence_class": st.sampled_from(["felony", "misdemeanour", "petty"]),
                    "filed_charges": st.integers(0, 2),
                    "live_charges": st.integers(0, 2),
                },
            )
        )
        for offer in machine.offers(stage, custody, facts):
            main = offer.step.track is Track.MAIN
            apply = machine.apply if main else machine.apply_custody
            place = stage if main else custody
            if offer.allowed:
                assert apply(offer.step.name, place, facts) == dict(offer.step.moves)[place]
            else:
                with pytest.raises(StepRefused) as caught:
                    apply(offer.step.name, place, facts)
                assert caught.value.why == offer.why
                assert caught.value.permitted == machine.permitted(
                    stage if main else "", "" if main else custody, facts
                )


class TestSharing:
    def test_there_is_one_machine_per_text(self):
        """The same text gives the same machine, another text another one."""
        procedure = load("civil_law")
        copy = loads(procedure.text, "stored in the database")
        assert machine_for(copy) is machine_for(procedure)
        assert machine_for(loads(procedure.text + "#\n", "x")) is not machine_for(procedure)

    def test_threads_share_it(self, cambodia):
        """Many threads may ask at once: the machine holds no position."""
        path = shortest_paths(cambodia)["final"]
        results: list[str] = []

        def walk() -> None:
            for _ in range(20):
                here = START
                for step in path:
                    here = cambodia.apply(step, here)
                results.append(here)

        threads = [Thread(target=walk) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == ["final"] * 120

    def test_the_machine_has_no_automatic_ways(self, cambodia):
        """Automatic transitions would lead around every guard."""
        for stage in cambodia.procedure.stages:
            with pytest.raises(StepRefused, match="has no step"):
                cambodia.apply(f"to_{stage.name}", "reported")

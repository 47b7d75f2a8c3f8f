"""The bundled procedures as they are read, and what they promise to their readers."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from datetime import date

import pytest

from workflows.elements import INSTITUTION_KINDS, CountsAs, Phase, Track
from workflows.guards import GUARDS
from workflows.procedure import ProcedureError, load, loads, names

KHMER = re.compile(r"[\u1780-\u17ff]")


class TestLoading:
    def test_names_the_bundled_procedures(self):
        """Names the bundled procedures."""
        assert names() == ("cambodia", "civil_law", "illinois_felony")

    @pytest.mark.parametrize("name", names())
    def test_reads_every_bundled_procedure(self, name):
        """Reads every bundled procedure."""
        procedure = load(name)
        assert procedure.name == name
        assert procedure.version >= 1
        assert len(procedure.sha256) == 64

    def test_reads_by_path_what_it_reads_by_name(self, tmp_path):
        """Reads by path what it reads by name."""
        path = tmp_path / "copy.yaml"
        path.write_text(load("cambodia").text, encoding="utf-8")
        assert load(path) == load("cambodia")

    def test_a_procedure_is_its_text(self):
        """A stored text gives the same procedure again, and any change another hash."""
        text = load("civil_law").text
        assert loads(text, "stored") == load("civil_law")
        assert loads(text + "# changed\n", "stored").sha256 != load("civil_law").sha256

    def test_a_procedure_cannot_be_changed(self):
        """A procedure can't be changed."""
        procedure = load("cambodia")
        with pytest.raises(FrozenInstanceError):
            procedure.version = 2  # type: ignore[misc]
        with pytest.raises(FrozenInstanceError):
            procedure.stages[0].order = 9  # type: ignore[misc]

    def test_says_what_there_is_when_a_file_is_missing(self, tmp_path):
        """Says which procedures there are when a file is missing."""
        with pytest.raises(ProcedureError, match="can't be read.*cambodia, civil_law"):
            load(tmp_path / "nowhere.yaml")

    def test_names_the_line_that_is_not_utf_8(self, tmp_path):
        """Names the line that is not UTF-8."""
        path = tmp_path / "latin.yaml"
        path.write_bytes(b"procedure: x\ntitle: caf\xe9\n")
        with pytest.raises(ProcedureError) as caught:
            load(path)
        assert caught.value.problems[0].line == 2
        assert "UTF-8" in str(caught.value)

    def test_a_lookup_says_what_is_allowed(self):
        """A lookup that fails says what is allowed."""
        procedure = load("cambodia")
        for lookup in (procedure.stage, procedure.step, procedure.disposition, procedure.outcome):
            with pytest.raises(KeyError, match="nothing.*allowed are"):
                lookup("nothing")
        with pytest.raises(KeyError, match="judicial_police"):
            procedure.actor("nothing")
        with pytest.raises(KeyError, match="fugitive"):
            procedure.custody_state("nothing")
        with pytest.raises(KeyError, match="police_custody"):
            procedure.time_limit("nothing")
        with pytest.raises(KeyError, match="no outcome"):
            procedure.outcome_of("nothing")


@pytest.mark.parametrize("name", names())
class TestEveryProcedure:
    def test_every_step_names_actor_and_article(self, name):
        """Every step names its actor and its article."""
        procedure = load(name)
        for step in procedure.steps:
            assert procedure.actor(step.actor).institution_kind in (*INSTITUTION_KINDS, None)
            assert step.article
            assert isinstance(step.verified, bool)

    def test_every_disposition_has_an_outcome_of_its_kind(self, name):
        """Every disposition has an outcome that counts as the disposition does."""
        procedure = load(name)
        for disposition in procedure.dispositions:
            outcome = procedure.outcome_of(disposition.name)
            if disposition.counts_as is CountsAs.CONTINUES_ELSEWHERE:
                assert outcome.event_code == 3
            else:
                assert outcome.group.value == disposition.counts_as.value

    def test_absconding_suspends_and_can_be_undone(self, name):
        """A suspended stage is live, and some step leads out of it to a live one."""
        procedure = load(name)
        suspended = [stage for stage in procedure.stages if stage.suspended]
        assert suspended
        for stage in suspended:
            assert stage.live
            assert not stage.terminal
            out = [t for step in procedure.steps for s, t in step.moves if s == stage.name]
            assert any(procedure.stage(target).live for target in out)

    def test_nobody_is_accused_before_charging(self, name):
        """Up to the first formal charge the word is proceeding, or suspected where so named."""
        procedure = load(name)
        charged = procedure.stage("charged").order
        before = [stage for stage in procedure.stages if stage.order < charged and stage.live]
        words = {stage.phase for stage in before if stage.first_instance}
        assert words <= {Phase.PROCEEDING, Phase.SUSPECTED, Phase.CHARGED, Phase.ACCUSED}
        assert procedure.stages[0].phase is Phase.PROCEEDING
        convicted = [s for s in procedure.stages if s.phase is Phase.CONVICTED]
        assert min(s.order for s in convicted) > charged

    def test_withdrawal_and_settlement_are_no_steps(self, name):
        """Withdrawal and settlement are reasons, never steps."""
        for step in load(name).steps:
            assert not re.search(r"withdraw_complaint|settle", step.name)


def test_every_guard_is_used_by_a_procedure():
    """A guard that no procedure uses has no reason to be there."""
    used = {guard for name in names() for step in load(name).steps for guard in step.guards}
    assert used == set(GUARDS)


class TestCambodia:
    def test_everything_that_people_see_has_a_khmer_label(self):
        """Everything that people see has a Khmer label, marked as not reviewed."""
        law = load("cambodia")
        parts = (
            law.stages, law.steps, law.dispositions, law.outcomes, law.actors, law.custody,
            law.time_limits,
        )  # fmt: skip
        for part in parts:
            for item in part:
                assert KHMER.search(item.label.get("km")), item.name
        assert KHMER.search(law.title.get("km"))
        assert not law.khmer_reviewed

    def test_dismissal_is_several_acts_of_several_actors(self):
        """Ends without judgment have five different actors; an acquittal is a judgment."""
        law = load("cambodia")
        ended = {o.name: o.ended_by for o in law.outcomes if o.event_code == 2}
        assert ended == {
            "not_referred": "judicial_police",
            "held": "prosecutor",
            "non_suit": "investigating_judge",
            "dismissed_by_court": "trial_court",
            "time_barred": "law",
        }
        assert law.outcome("acquitted").event_code == 1

    def test_extinction_is_the_closed_list(self):
        """CPC 7 lists five grounds, of which only limitation is somebody's omission."""
        law = load("cambodia")
        step = law.step("extinguish")
        assert len(step.dispositions) == 5
        assert step.verified
        codes = {name: law.outcome_of(name).event_code for name in step.dispositions}
        assert codes.pop("extinct_limitation") == 2
        assert set(codes.values()) == {3}

    def test_custody_is_a_track_of_its_own(self):
        """Custody has the seven states and begins unknown."""
        law = load("cambodia")
        assert {state.name for state in law.custody} == {
            "police_custody", "detained", "supervised", "bailed", "free", "fugitive", "unknown",
        }  # fmt: skip
        assert law.custody_initial == "unknown"
        custody = [step for step in law.steps if step.track is Track.CUSTODY]
        assert all(step.disposition is None for step in custody)

    @pytest.mark.parametrize(
        ("name", "length", "unit", "trigger", "verified"),
        [
            ("police_custody", 48, "hours", "place_in_police_custody", True),
            ("police_custody_extension", 24, "hours", "extend_police_custody", False),
            ("hold_notice", 2, "months", "hold_file", False),
            ("immediate_judgment", 2, "weeks", "order_immediate_appearance", True),
            ("detention_felony_ceiling", 18, "months", "detain", True),
            ("detention_misdemeanour_ceiling", 6, "months", "detain", True),
            ("detention_after_closing", 4, "months", "keep_detained_for_trial", False),
            ("opposition_period", 15, "days", "notify_default_judgment", False),
            ("limitation_felony", 15, "years", "report", True),
        ],
    )
    def test_time_limits_are_rows_with_their_certainty(self, name, length, unit, trigger, verified):
        """Time limits are rows that carry their certainty."""
        limit = load("cambodia").time_limit(name)
        found = (limit.length, limit.unit.value, limit.trigger, limit.verified)
        assert found == (length, unit, trigger, verified)
        assert limit.article.startswith("CPC")

    def test_is_in_force_since_2007(self):
        """The code of 2007."""
        assert load("cambodia").valid_from.year == 2007
        assert load("cambodia").valid_from < date(2009, 1, 1)


class TestIllinois:
    @pytest.mark.parametrize(
        ("disposition", "code"),
        [
            ("nolle_prosequi", 2),
            ("no_probable_cause", 2),
            ("dismissed", 2),
            ("stricken", 2),
            ("review_rejected", 2),
            ("plea_other_count", 3),
            ("proceeds_other_count", 3),
            ("re_indicted", 3),
            ("superseded_by_indictment", 3),
            ("related_case", 3),
            ("diversion_completed", 3),
            ("diverted", 3),
            ("death", 3),
            ("transferred_juvenile", 3),
            ("plea_guilty", 1),
            ("finding_guilty_lesser", 1),
            ("finding_not_guilty", 1),
            ("verdict_not_guilty", 1),
        ],
    )
    def test_tells_failures_from_what_goes_on_elsewhere(self, disposition, code):
        """Dropped for a plea or a new indictment is no failure to prosecute."""
        assert load("illinois_felony").outcome_of(disposition).event_code == code

    def test_a_forfeited_bond_ends_nothing(self):
        """A bond forfeiture warrant leads to suspended stages only."""
        law = load("illinois_felony")
        step = law.step("forfeit_bond")
        assert step.possible_dispositions == ()
        assert all(law.stage(target).suspended for _, target in step.moves)
        assert step.sets_custody == "fugitive"

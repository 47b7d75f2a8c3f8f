"""How the invented authorities behave: which step follows a stage, how often, after how long.

Only steps of the procedure are named; whether one is legal is asked of the procedure itself.
Rates are invented. They are plausible, not estimates of any country.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from courtwatch.demo.lottery import Lottery
from workflows.elements import START


class Rate(StrEnum):
    """Whose rate of ending prosecutions a choice follows."""

    HOLD = "hold"
    NON_SUIT = "non_suit"
    DISMISSAL = "dismissal"


@dataclass(frozen=True, slots=True)
class Choice:
    """A step that may follow: relative weight, median days until then.

    `once`: at most once in a case. `step` None: nothing more happens.
    """

    step: str | None
    weight: float
    days: float = 30.0
    rate: Rate | None = None
    once: bool = False


def _stop(weight: float) -> Choice:
    return Choice(None, weight)


CHOICES: dict[str, tuple[Choice, ...]] = {
    START: (
        Choice("arrest", 0.55, 0), Choice("catch_in_the_act", 0.15, 0), Choice("report", 0.17, 0),
        Choice("receive_complaint", 0.13, 0),
    ),
    "reported": (
        Choice("arrest", 0.45, 9), Choice("summon_suspect", 0.15, 20),
        Choice("refer_to_prosecutor", 0.27, 15), Choice("do_not_refer", 0.10, 40),
    ),
    "police_inquiry": (
        Choice("refer_to_prosecutor", 0.93, 2), Choice("do_not_refer", 0.03, 6),
        Choice("suspend", 0.02, 10),
    ),
    "not_referred": (_stop(0.93), Choice("order_referral", 0.07, 90)),
    "prosecutor_review": (
        Choice("submit_to_investigation", 0.66, 4), Choice("cite", 0.24, 25),
        Choice("order_immediate_appearance", 0.08, 1), Choice("hold_file", 0.09, 45, Rate.HOLD),
        Choice("suspend", 0.012, 30), Choice("divert", 0.25, 30), Choice("transfer", 0.012, 25),
        Choice("close_under_age", 3.0, 5), Choice("close_for_victim", 0.012, 30),
        Choice("extinguish", 0.003, 90),
    ),
    "held": (
        _stop(0.78), Choice("notify_hold", 0.25, 20, once=True),
        Choice("appeal_hold", 0.11, 40, once=True),
        Choice("reopen_held_file", 0.04, 150, once=True),
    ),
    "held_under_review": (Choice("confirm_hold", 0.7, 60), Choice("order_prosecution", 0.3, 60)),
    "investigation": (
        Choice("charge", 0.90, 3), Choice("order_non_suit", 0.012, 100, Rate.NON_SUIT),
        Choice("suspend", 0.02, 20), Choice("transfer", 0.008, 30), Choice("join", 0.01, 40),
    ),
    "charged": (
        Choice("close_investigation", 0.78, 140), Choice("requalify", 0.06, 70, once=True),
        Choice("submit_more_charges", 0.03, 50, once=True), Choice("suspend", 0.03, 60),
        Choice("order_non_suit", 0.025, 160, Rate.NON_SUIT), Choice("join", 0.006, 60),
        Choice("extinguish", 0.004, 120),
    ),
    "investigation_closed": (
        Choice("file_final_submission", 0.6, 15, once=True), Choice("indict", 0.75, 30),
        Choice("order_non_suit", 0.035, 30, Rate.NON_SUIT),
    ),
    "non_suit": (
        _stop(0.82), Choice("appeal_non_suit", 0.14, 5, once=True),
        Choice("reopen_investigation", 0.03, 240, once=True),
        Choice("reopen_before_charging", 0.03, 240, once=True),
    ),
    "non_suit_upheld": (_stop(0.95), Choice("request_cassation_of_non_suit", 0.05, 10, once=True)),
    "non_suit_cassation": (
        Choice("reject_cassation_of_non_suit", 0.8, 150), Choice("quash_non_suit", 0.2, 150),
    ),
    "non_suit_appealed": (
        Choice("uphold_non_suit", 0.68, 70), Choice("overturn_non_suit", 0.14, 70),
        Choice("overturn_before_charging", 0.05, 70), Choice("indict_on_appeal", 0.18, 70),
    ),
    "cited": (
        Choice("open_trial", 0.92, 60), Choice("dismiss", 0.012, 90, Rate.DISMISSAL),
        Choice("suspend", 0.03, 50), Choice("extinguish", 0.004, 90),
    ),
    "immediate_appearance": (
        Choice("open_trial", 0.85, 5), Choice("send_to_investigation", 0.15, 1, once=True),
        Choice("dismiss", 0.01, 10, Rate.DISMISSAL),
    ),
    "indicted": (
        Choice("open_trial", 0.93, 75), Choice("dismiss", 0.012, 120, Rate.DISMISSAL),
        Choice("suspend", 0.03, 60), Choice("extinguish", 0.004, 150),
    ),
    "awaiting_trial": (Choice("open_trial", 0.95, 60), Choice("suspend", 0.03, 50)),
    "trial": (
        Choice("convict", 0.68, 95), Choice("acquit", 0.12, 100),
        Choice("convict_in_default", 0.08, 80), Choice("dismiss", 0.04, 120, Rate.DISMISSAL),
        Choice("requalify_at_trial", 0.04, 40, once=True),
        Choice("send_to_investigation", 0.02, 50, once=True), Choice("suspend", 0.015, 50),
    ),
    "dismissed_by_court": (_stop(0.85), Choice("appeal_dismissal", 0.15, 18, once=True)),
    "dismissal_upheld": (_stop(0.4), Choice("become_final", 0.6, 32)),
    "dismissal_appealed": (
        Choice("uphold_dismissal", 0.7, 100), Choice("overturn_dismissal", 0.3, 100),
    ),
    "convicted": (
        Choice("become_final", 0.6, 32), Choice("appeal", 0.32, 20, once=True), _stop(0.08),
    ),
    "convicted_in_default": (
        _stop(0.5), Choice("notify_default_judgment", 0.38, 40, once=True),
        Choice("oppose", 0.04, 25, once=True), Choice("appeal", 0.04, 30, once=True),
    ),
    "default_notified": (
        _stop(0.35), Choice("oppose", 0.3, 12, once=True), Choice("become_final", 0.35, 60),
    ),
    "opposition": (Choice("admit_opposition", 0.5, 30), Choice("reject_opposition", 0.5, 30)),
    "acquitted": (
        Choice("become_final", 0.7, 33), Choice("appeal", 0.25, 20, once=True), _stop(0.05),
    ),
    "appeal": (
        Choice("uphold", 0.66, 190), Choice("convict_on_appeal", 0.16, 190),
        Choice("acquit_on_appeal", 0.1, 190), Choice("remit_to_trial", 0.04, 200, once=True),
    ),
    "upheld_on_appeal": (
        Choice("become_final", 0.75, 32), Choice("request_cassation", 0.25, 22, once=True),
    ),
    "convicted_on_appeal": (
        Choice("become_final", 0.7, 32), Choice("request_cassation", 0.3, 22, once=True),
    ),
    "acquitted_on_appeal": (
        Choice("become_final", 0.8, 32), Choice("request_cassation", 0.2, 22, once=True),
    ),
    "cassation": (
        Choice("reject_cassation", 0.85, 220), Choice("quash_and_remit", 0.15, 220, once=True),
    ),
    "transferred": (_stop(0.9), Choice("return_file", 0.1, 60, once=True)),
    "barred": (_stop(1.0),),
    "diverted": (_stop(0.95), Choice("resume_after_diversion", 0.05, 120, once=True)),
    "joined": (_stop(1.0),),
    "final": (_stop(1.0),),
    "extinguished": (_stop(1.0),),
    "absconded_at_police": (_stop(0.6), Choice("resume", 0.4, 150)),
    "absconded_before_submission": (_stop(0.6), Choice("resume", 0.4, 200)),
    "absconded_investigation": (_stop(0.6), Choice("resume", 0.4, 200)),
    "absconded_charged": (_stop(0.6), Choice("resume", 0.4, 200)),
    "absconded_before_trial": (
        _stop(0.35), Choice("resume", 0.25, 220), Choice("convict_in_default", 0.4, 150),
    ),
    "absconded_at_trial": (
        _stop(0.35), Choice("resume", 0.25, 220), Choice("convict_in_default", 0.4, 150),
    ),
}  # fmt: skip

SPREAD = 0.7
"""Standard deviation of the logarithm of a duration."""

APART = 0.15
"""Chance, at each decision on several accused, that one of them is decided on apart."""

FILES_AT_SUBMISSION = 0.8
"""Where the submission names no offence, the investigating judge's charge does."""

CUSTODY_AFTER: dict[str, tuple[tuple[str, float], ...]] = {
    "arrest": (("place_in_police_custody", 0.95),),
    "catch_in_the_act": (("place_in_police_custody", 0.97),),
    "cite": (("release_from_police_custody", 1.0),),
    "charge": (("detain", 0.62), ("supervise", 0.4), ("bail", 0.3),
               ("release_from_police_custody", 1.0)),
    "order_immediate_appearance": (("detain_by_court", 0.7), ("release_from_police_custody", 1.0)),
    "close_investigation": (("keep_detained_for_trial", 0.75),),
    "do_not_refer": (("release_from_police_custody", 1.0),),
    "hold_file": (("release_from_police_custody", 1.0), ("release", 1.0)),
    "order_non_suit": (("release_from_police_custody", 1.0), ("release", 1.0)),
    "dismiss": (("release_from_police_custody", 1.0), ("release", 1.0)),
    "acquit": (("release", 0.9),),
    "convict": (("detain_by_court", 0.3),),
    "divert": (("release_from_police_custody", 1.0), ("release", 1.0)),
    "close_under_age": (("release_from_police_custody", 1.0),),
    "close_for_victim": (("release_from_police_custody", 1.0), ("release", 1.0)),
    "transfer": (("release_from_police_custody", 0.5),),
    "resume": (("detain_by_court", 0.6),),
}  # fmt: skip
"""After a step of the main track the first of these that is legal and drawn happens."""

STATED: dict[str, Lottery[str]] = {name: Lottery(weighted) for name, weighted in {
    "not_referred": (("EV1", 3), ("EV5", 3), ("LQ1", 2), ("VW1", 2), ("PD2", 1), ("UN2", 2)),
    "held": (("EV1", 6), ("EV5", 2), ("LQ1", 2), ("VW1", 3), ("VW2", 1), ("PD1", 2), ("EV6", 2),
             ("LQ5", 1), ("UN1", 4), ("UN2", 2)),
    "non_suit": (("EV1", 7), ("EV6", 3), ("EV2", 1), ("EV4", 1), ("LQ1", 2), ("VW1", 1),
                 ("VW6", 1), ("UN1", 3), ("UN2", 1)),
    "dismissed_by_court": (("VW2", 3), ("PR2", 2), ("PR3", 1), ("PR1", 1), ("PR4", 1), ("PR5", 1),
                           ("EV1", 2), ("VW3", 1), ("UN1", 4)),
    "acquitted": (("EV1", 6), ("EV6", 3), ("EV4", 2), ("VW7", 1), ("VW6", 1), ("UN1", 2)),
    "extinct_limitation": (("EX2", 1),),
    "extinct_death": (("EX1", 1),),
    "extinct_amnesty": (("EX3", 1),),
    "transferred": (("LQ4", 1),),
    "joined": (("LQ3", 1),),
    "diverted": (("DF4", 1),),
    "under_age": (("DF3", 1),),
    "non_punishment": (("DF5", 1),),
}.items()}  # fmt: skip

SETTLED: Lottery[str] = Lottery((
    ("ST1", 6), ("ST2", 3), ("ST3", 2), ("ST4", 1), ("TI3", 2), ("TI1", 1), ("TI4", 1),
))  # fmt: skip
OTHERWISE_ASSESSED: Lottery[str] = Lottery((
    ("VW2", 2), ("VW3", 2), ("VW4", 1), ("PR1", 1), ("EV2", 2), ("EV1", 3), ("PR5", 1), ("VW1", 2),
))  # fmt: skip

ADJOURNED: Lottery[str] = Lottery((
    ("judge_absent", 6), ("prosecutor_absent", 6), ("lawyer_absent", 12), ("accused_absent", 8),
    ("accused_not_brought", 7), ("victim_absent", 13), ("witness_absent", 11),
    ("interpreter_missing", 3), ("file_incomplete", 6), ("defence_request", 7),
    ("prosecution_request", 3), ("civil_party_request", 3), ("court_closed", 3),
    ("more_investigation", 4), ("no_reason", 8),
))  # fmt: skip

TERMINATING = frozenset({"not_referred", "held", "non_suit", "dismissed_by_court"})
"""Ends by an authority's act: here the assessed reason is drawn."""

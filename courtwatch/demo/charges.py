"""What the invented authorities decide on a charge: offence, end, reason, sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from courtwatch.demo import behaviour
from courtwatch.demo.country import Country
from courtwatch.demo.drafts import (
    AccusedDraft,
    CaseDraft,
    ChargeDraft,
    SentenceDraft,
    TargetDraft,
)
from courtwatch.demo.lottery import Lottery
from courtwatch.models import Offence
from courtwatch.models.vocabulary import ChargeKind, Confidence
from workflows.elements import Phase, Step
from workflows.procedure import Procedure

ALLEGED: Lottery[str] = Lottery((
    ("10", 10), ("11", 6), ("12", 12), ("15", 3), ("17", 6), ("18", 6), ("19", 4), ("20", 2),
    ("21", 2), ("9", 5), ("14", 5), ("25", 9), ("26", 5), ("27", 3), ("30", 5), ("31", 2),
    ("32", 3), ("33", 1), ("34", 7), ("41", 1), ("42", 4), ("43", 2),
))  # fmt: skip
FURTHER = ("9", "14", "25", "30", "32")
"""Lesser offences that are charged beside another; none is above a misdemeanour."""

LESSER: Mapping[str, tuple[str, ...]] = {
    **{article: ("14", "9", "25") for article in
       ("10", "11", "12", "15", "16", "17", "18", "19", "20", "21")},
    "26": ("25",), "27": ("34", "25"), "28": ("26",), "31": ("30",), "33": ("32",),
    "41": ("39",), "42": ("43",),
}  # fmt: skip
EXPLOITATION: Lottery[str] = Lottery((
    ("sexual", 38), ("forced_labour", 32), ("domestic_servitude", 5), ("forced_marriage", 8),
    ("begging", 4), ("organ_removal", 1), ("surrogacy", 3), ("forced_criminality", 6),
    ("other", 1), ("unknown", 5),
))  # fmt: skip
DAYS_PER_MONTH = 30
SETTLED_WHERE_CASES_DIE = 0.5
SETTLED_ELSEWHERE = 0.08
ASSESSED_OTHERWISE = 0.25
CONFIDENCE = Lottery(zip(Confidence, (3, 4, 2), strict=True))


class Bench:
    """Decides for police, prosecutors and courts of the invented country."""

    def __init__(self, rng: Random, country: Country, procedure: Procedure) -> None:
        self.rng = rng
        self.country = country
        self.procedure = procedure
        self.offences = country.offences

    def alleged(self) -> tuple[Offence, str]:
        """Draw what somebody is accused of at first, and the form of exploitation."""
        offence = self.offences[ALLEGED.draw(self.rng)]
        exploitation = EXPLOITATION.draw(self.rng) if offence.trafficking else "sexual"
        return offence, exploitation

    def new_charges(self, accused: AccusedDraft, stage: str, further: bool) -> list[ChargeDraft]:
        """Draw the charges that are filed; none is graver than what was alleged."""
        alleged = accused.charges[0]
        articles = []
        if not further:
            first = alleged.offence.article
            if self.rng.random() < 0.13:
                first = self._lesser(first) or first
            articles.append(first)
        if further or self.rng.random() < 0.24:
            articles.append(self.rng.choice(FURTHER))
        if not further and self.rng.random() < 0.05:
            articles.append(self.rng.choice(FURTHER))
        return [
            ChargeDraft(
                ChargeKind.FILED, self.offences[article], alleged.exploitation, 0, stage,
                current=self.offences[article],
            )
            for article in dict.fromkeys(articles)
        ]  # fmt: skip

    def _lesser(self, article: str) -> str | None:
        lesser = LESSER.get(article)
        return self.rng.choice(lesser) if lesser else None

    def institution(self, case: CaseDraft, step: Step, stage: str) -> int | None:
        """Return the institution that takes a step; None where a person or the law acts."""
        actor = self.procedure.actor(step.actor)
        seat = case.seat
        kind, level = actor.institution_kind, actor.level or 1
        if step.actor == "authority_in_charge" and stage in (s.name for s in self.procedure.stages):
            early = self.procedure.stage(stage).phase in (Phase.PROCEEDING, Phase.SUSPECTED)
            kind, level = ("prosecution" if early else "court"), 1
        by_level: dict[str, dict[int, int]] = {
            "police": {1: seat.police},
            "prosecution": {
                1: seat.prosecution, 2: seat.appeal_prosecution,
                3: self.country.supreme_prosecution,
            },
            "court": {1: seat.court, 2: seat.appeal, 3: self.country.supreme},
        }  # fmt: skip
        return by_level[kind].get(level) if kind else None

    def mode(self, step: Step) -> str | None:
        """Return how a judgment was given, where the step asks for it."""
        if not step.modes:
            return None
        if len(step.modes) == 1:
            return step.modes[0]
        return self.rng.choices(step.modes, [8, 1, 0.5][: len(step.modes)])[0]

    def decide(self, step: Step, charge: ChargeDraft, target: TargetDraft) -> None:
        """Fill in how the step ends or changes a charge."""
        if "to_offence" in step.requires:
            article = self._lesser(charge.current.article) or self.rng.choice(FURTHER)
            target.to_offence = charge.current = self.offences[article]
            return
        target.disposition = self._disposition(step, charge)
        if target.disposition and "lesser" in target.disposition:
            article = self._lesser(charge.current.article) or charge.current.article
            target.to_offence = charge.current = self.offences[article]
        if target.disposition and target.disposition.startswith("convicted"):
            target.sentence = self._sentence(charge.current)

    def _disposition(self, step: Step, charge: ChargeDraft) -> str | None:
        if step.disposition is not None:
            return step.disposition
        choices = list(step.dispositions)
        if not choices:
            return None
        if step.name == "extinguish":
            weights = {"extinct_death": 6.0, "extinct_limitation": 3.0, "extinct_amnesty": 0.5}
            return self.rng.choices(choices, [weights.get(name, 0.1) for name in choices])[0]
        if charge.current.article not in LESSER:
            choices = [name for name in choices if "lesser" not in name] or choices
        return self.rng.choices(choices, [3, 1][: len(choices)])[0]

    def _sentence(self, offence: Offence) -> SentenceDraft:
        least = offence.penalty_min_months or 1
        most = offence.penalty_max_months or 60
        months = round(self.rng.triangular(least, max(least, most), least))
        suspended = None
        if offence.offence_class != "felony" and self.rng.random() < 0.45:
            suspended = months * DAYS_PER_MONTH * self.rng.choice((1, 2, 3)) // 4
        awarded = paid = None
        if self.rng.random() < 0.42:
            awarded = self.rng.randrange(1, 60) * 500_000
            paid = awarded if self.rng.random() < 0.12 else 0
        return SentenceDraft("imprisonment", months * DAYS_PER_MONTH, suspended, awarded, paid)

    def give_reasons(self, case: CaseDraft, targets: Sequence[TargetDraft]) -> None:
        """Draw, for each accused whose charges ended, what the decision says and what it hides."""
        given: dict[int, tuple[tuple[str, ...], tuple[str, Confidence] | None]] = {}
        for target in targets:
            reasons = behaviour.STATED.get(target.disposition or "")
            if reasons is None:
                continue
            if target.accused not in given:
                given[target.accused] = (self._stated(reasons), self._assessed(case, target))
            target.stated, target.assessed = given[target.accused]

    def _stated(self, reasons: Lottery[str]) -> tuple[str, ...]:
        first = reasons.draw(self.rng)
        if first.startswith("UN") or self.rng.random() < 0.85:
            return (first,)
        second = reasons.draw(self.rng)
        return (first,) if second == first or second.startswith("UN") else (first, second)

    def _assessed(self, case: CaseDraft, target: TargetDraft) -> tuple[str, Confidence] | None:
        if target.disposition not in behaviour.TERMINATING:
            return None
        province = case.seat.province
        rate = {
            "held": province.hold,
            "non_suit": province.non_suit,
            "dismissed_by_court": province.dismissal,
        }.get(target.disposition, 1.0)
        settled = SETTLED_WHERE_CASES_DIE if rate >= 2 else SETTLED_ELSEWHERE
        lot = self.rng.random()
        confidence = CONFIDENCE.draw(self.rng)
        if lot < settled:
            return behaviour.SETTLED.draw(self.rng), confidence
        if lot < settled + ASSESSED_OTHERWISE:
            return behaviour.OTHERWISE_ASSESSED.draw(self.rng), confidence
        return None

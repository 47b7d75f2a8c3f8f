"""What official tables count: who came to a stage in a period, by class and person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory
from sqlalchemy import func, select

from courtwatch.models import Offence, ProsecutionFact
from courtwatch.models.packed import NEVER, PLACES, number_of
from courtwatch.models.vocabulary import AgeBand, Sex
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Tally
from courtwatch.reports.model import Label, Origin
from courtwatch.reports.official_totals import convictions, day_of
from courtwatch.reports.packed_facts import PackedFacts
from courtwatch.reports.packed_tally import Coded, counted, keys_of, place_of, told, years_of
from courtwatch.services.fact_filters import UNKNOWN
from courtwatch.services.reference_totals import Stage
from workflows.event_codes import JUDGMENT

_ = TranslationStringFactory("courtwatch")

CHILDREN = tuple(band.value for band in (AgeBand.UNDER_14, AgeBand.FROM_14, AgeBand.FROM_16))
ADULTS = tuple(
    band.value for band in AgeBand if band is not AgeBand.UNKNOWN and band.value not in CHILDREN
)
AGES = ("adult", "juvenile", UNKNOWN)
AGE_BANDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"adult": ADULTS, "juvenile": CHILDREN, UNKNOWN: (UNKNOWN,)}
)
SEXES = tuple(sex.value for sex in (Sex.FEMALE, Sex.MALE, Sex.OTHER, Sex.UNKNOWN))


@dataclass(frozen=True)
class OffenceClass:
    """What official tables ask of an offence."""

    code: str
    name: Label
    law: str
    article: str
    iccs: str | None
    trafficking: bool


def offences(context: Context) -> dict[int, OffenceClass]:
    """Return the offences of the jurisdiction as they read at the report's moment, by key."""
    then = context.then
    query = select(Offence).where(Offence.jurisdiction_id == context.jurisdiction.id)
    return {
        row.id: OffenceClass(
            then.value(row, "code"), then.name(row), then.value(row, "law"),
            then.value(row, "article"), then.value(row, "iccs"), then.value(row, "trafficking"),
        )
        for row in context.session.scalars(query)
    }  # fmt: skip


class Facts:
    """The prosecutions that are counted, read once, and counted by stage and period."""

    def __init__(self, context: Context, officials: bool) -> None:
        """Read them; `officials`: also who of them is an official."""
        self.context = context
        fact = ProsecutionFact
        asked: dict[str, Any] = {"exploitation": func.coalesce(fact.exploitation, UNKNOWN)}
        if officials:
            asked["official"] = fact.official
        self._packed, self._visible, words = context.population.read_packed(asked)
        self._told = {name: told(values) for name, values in words.items()}

    def tally(self, stage: str, first: date, after: date, *names: str) -> Tally:
        """Count those who came to `stage` from `first` until before `after`.

        `names` among year, offence, exploitation, sex, age, official; age is adult, juvenile or
        unknown, and a value that is not recorded reads unknown.
        """
        day = _day(stage)
        came = self._on(day, first, after)
        if stage == Stage.JUDGMENT:
            came &= self._packed.rows["event_code"] == JUDGMENT
        if stage == Stage.CONVICTION:
            came &= self._convicted()
        return self._counted(came, day, names)

    def charged_with_trafficking(self, first: date, after: date) -> Tally:
        """Count by offence who was charged in a period, ever with trafficking."""
        day = _day(Stage.CHARGE)
        filed = self._packed.rows["trafficking_filed"] == 1
        return self._counted(self._on(day, first, after) & filed, day, ("offence",))

    def undated(self, stage: str, among: frozenset[int] | None) -> tuple[int, int]:
        """Return how many came to `stage` at whatever time, and of how many nobody knows the day.

        `among` are the offences that count; None: all.
        """
        facts, law = self._packed, self.context.law
        known = facts.rows[_day(stage)] != NEVER
        if stage == Stage.CONVICTION:
            came = self._convicted()
        else:
            origin = Origin.CHARGE if stage == Stage.CHARGE else Origin.REGISTRATION
            came = known | ~self._furthest(law.before(origin))
        came &= self._of(among)
        return int(np.count_nonzero(came)), int(np.count_nonzero(came & ~known))

    def police_alone(self, among: frozenset[int] | None) -> int:
        """Return how many never came before the prosecution, as far as anybody knows."""
        chosen = self._packed.rows[_day(Stage.REGISTRATION)] == NEVER
        chosen &= self._furthest(self.context.law.before_prosecution) & self._of(among)
        return int(np.count_nonzero(chosen))

    def _of(self, among: frozenset[int] | None) -> NDArray[np.bool_]:
        keys = self._packed.numbers("offence_id")
        return np.isin(keys, sorted(among)) if among is not None else np.ones(keys.size, bool)

    def _furthest(self, stages: Set[str | None]) -> NDArray[np.bool_]:
        """Say whose furthest stage is one of these; None: who has none."""
        words = tuple(self.context.law.stages)
        chosen = np.array([word in stages for word in (*words, None)])
        found: NDArray[np.bool_] = chosen[self._packed.places("furthest_stage", words)]
        return found

    def _on(self, day: str, first: date, after: date) -> NDArray[np.bool_]:
        days = self._packed.rows[day]
        found: NDArray[np.bool_] = (days >= number_of(first)) & (days < number_of(after))
        return found

    def _convicted(self) -> NDArray[np.bool_]:
        guilty = convictions(self.context)
        # All words are told apart, so that none is taken for one of these.
        words = sorted({*guilty, *self.context.law.outcomes})
        chosen = np.array([*(word in guilty for word in words), False])
        return chosen[self._packed.places("outcome", words)]

    def _counted(self, chosen: NDArray[np.bool_], day: str, names: tuple[str, ...]) -> Tally:
        at = np.flatnonzero(chosen)
        facts = PackedFacts(self._packed.rows[at])
        columns: dict[str, Callable[[], Coded]] = {
            "year": lambda: years_of(facts.numbers(day)),
            "offence": lambda: keys_of(facts.numbers("offence_id")),
            "sex": lambda: place_of(facts, "sex"),
            "age": lambda: Coded(_AGE_OF_BAND[facts.rows["age_band"]], AGES),
        }
        coded = [
            Coded(self._told[name].codes[at], self._told[name].values)
            if name in self._told
            else columns[name]()
            for name in names
        ]
        return counted(self._visible[at], names, coded)


_AGE_OF_BAND = np.array(
    [AGES.index(next(age for age, bands in AGE_BANDS.items() if band in bands))
     for band in PLACES["age_band"]]
)  # fmt: skip


def _day(stage: str) -> str:
    """Return the name of the column of the day on which a prosecution came to a stage."""
    return str(day_of(stage).key)

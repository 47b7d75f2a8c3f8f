"""Which prosecutions compare which institutions: facts as arrays for `compare_courts`.

Like with like: one arm for each way in which an authority ends a prosecution without judgment.
An arm holds the prosecutions that came before this authority, from the day they came until it
decided: prosecution offices from registration to the filing of charges, investigating judges from
the charge to the day before the trial court, trial courts from there to the judgment.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory
from sqlalchemy import select

from courtwatch.models import Offence, ProsecutionFact
from courtwatch.models.packed import number_of
from courtwatch.models.vocabulary import AgeBand
from courtwatch.reports.clock_rows import (
    AGE_BANDS,
    NEVER,
    ClockRows,
    Key,
    Word,
    read_rows,
)
from courtwatch.reports.clocks import first_seen, open_until
from courtwatch.reports.comparison_arm import Arm, LeftOut
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count
from courtwatch.reports.law import Decision
from courtwatch.reports.model import Origin
from courtwatch.reports.queries import Population
from courtwatch.reports.words import InstitutionWords
from courtwatch.services.filter_columns import reason_as_shown
from workflows.elements import Phase
from workflows.event_codes import JUDGMENT, OPEN, OUTSIDE, WITHOUT

_ = TranslationStringFactory("courtwatch")

Flags = NDArray[np.bool_]
Codes = NDArray[np.int32]
Whole = NDArray[np.int64]

PRELIMINARY = "_preliminary"
"""Behind the key of a comparison: branches that only hold preliminary hearings."""
COURT, PROSECUTION, POLICE = "court", "prosecution", "police"
FILTER_OF = {COURT: "court", PROSECUTION: "office", POLICE: "police"}
ARREST, REGISTRATION, CHARGE, ACCUSED = (
    "arrested_on", "registered_on", "charged_on", "accused_on",
)  # fmt: skip
FROM = {
    ARREST: _("the arrest"),
    REGISTRATION: _("registration (receipt by the prosecution)"),
    CHARGE: _("the formal charge"),
    ACCUSED: _("the day it came before the trial court"),
}
DAYS = (
    ARREST, REGISTRATION, CHARGE, ACCUSED, "filed_on", "ended_on", "entry_date",
    "last_verified_on",
)  # fmt: skip
COVARIATES = (
    _("group of the offence (class, trafficking or not, against a child or not)"),
    _("sex"),
    _("adult or minor"),
    _("number of accused in the case"),
    _("custody on the day of the charge (where time counts from the charge or later)"),
)


class Comparison:
    """The facts of a population, and the arms in which its institutions are compared."""

    def __init__(
        self,
        context: Context,
        population: Population | None = None,
        more: Mapping[str, Key | Word] | None = None,
    ) -> None:
        self.context = context
        self.law = context.law
        self.outcomes = tuple(self.law.outcomes)
        self.stages = tuple(self.law.stages)
        self.custody = tuple(
            dict.fromkeys(state.name for law in self.law.procedures for state in law.custody)
        )
        self.rows = self._read(population or context.population, more or {})
        self.today = number_of(context.today)
        self.until = self.today if context.data_until is None else number_of(context.data_until)

    def _read(self, population: Population, more: Mapping[str, Key | Word]) -> ClockRows:
        fact = ProsecutionFact
        reason = reason_as_shown(fact.reason_stated_id, population.reader.withholds)
        rows = read_rows(
            population,
            DAYS,
            more={
                "decided_by": Key(fact.decided_by_id),
                "office": Key(fact.prosecution_office_id),
                "police": Key(fact.police_id),
                "case": Key(fact.case_id),
                "outcome": Word(fact.outcome, self.outcomes),
                "furthest": Word(fact.furthest_stage, self.stages),
                "custody_at_charge": Word(fact.custody_at_charge, self.custody),
                "reason": Key(reason),
                **more,
            },
        )
        silent = [key for key in self.context.words.reasons if self.context.words.no_reason(key)]
        none = np.isin(rows.more["reason"], [0, *silent]) & (rows.code == WITHOUT)
        return replace(rows, more=rows.more | {"no_reason": none.astype(np.int32)})

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """Return the arms, in the order of the procedure; those that nobody came before are not."""
        return tuple(arm for decision in self.law.decisions() for arm in self._arms(decision))

    def arm(self, key: str) -> Arm:
        """Return an arm by its key. Raises KeyError."""
        for arm in self.arms:
            if arm.key == key:
                return arm
        raise KeyError(key)

    def origin(self, decision: Decision) -> str:
        """Return the day from which an authority has a prosecution to decide on."""
        if decision.institution_kind == POLICE:
            return ARREST
        phases = {self.law.stages[name].phase for name in self.law.deciding(decision.outcome)}
        if Phase.CHARGED in phases:
            return CHARGE
        return ACCUSED if Phase.ACCUSED in phases else REGISTRATION

    def _arms(self, decision: Decision) -> list[Arm]:
        ended = self.ended(decision)
        went_on = self.went_on(decision) & ~ended
        came = self.at(self.law.came_to(decision)) | ended | went_on
        kind = self._kind(decision, ended)
        column = FILTER_OF[kind]
        institution = self._institution(kind, ended)
        whole = self._whole(decision, column, came, ended, went_on, institution)
        if not whole.n and not whole.left_out.total:
            return []
        branches = self._chosen(lambda words: words.preliminary_only)
        at_branch = np.isin(whole.institution, branches)
        if not at_branch.any():
            return [whole]
        apart = replace(
            whole.only(at_branch), key=f"{whole.key}{PRELIMINARY}", preliminary=True,
            left_out=LeftOut(), late=whole.known_late,
        )  # fmt: skip
        rest = whole.only(~at_branch)
        return [rest, apart] if rest.n else [apart]

    def ended(self, decision: Decision) -> Flags:
        """Say who was ended in this way."""
        outcome = self.outcomes.index(decision.outcome.name)
        found: Flags = (self.rows.code == WITHOUT) & (self.rows.more["outcome"] == outcome)
        return found

    def went_on(self, decision: Decision) -> Flags:
        """Say who came behind the stages at which this is decided, or was judged."""
        judged: Flags = self.rows.code == JUDGMENT
        if decision.went_on is None:
            return judged
        return judged | self.at(decision.went_on)

    def passed_by(self, decision: Decision) -> Flags:
        """Say who was brought straight before the trial court, past the investigating judge.

        Cited or brought to trial at once: before the court on the day of the charge. Where one of
        the two days is not known, nobody can tell.
        """
        charged, accused = self.rows.days[CHARGE], self.rows.days[ACCUSED]
        if decision.went_on is None or self.origin(decision) != CHARGE:
            return np.zeros(self.rows.n, bool)
        found: Flags = (accused != NEVER) & (charged != NEVER) & (accused <= charged)
        return found

    def count(self, chosen: Flags) -> Count:
        """Return how many are chosen, and how many of them the reader may open."""
        return Count(
            int(np.count_nonzero(chosen)), int(np.count_nonzero(chosen & self.rows.visible))
        )

    def at(self, names: Set[str | None]) -> Flags:
        """Say whose furthest stage is one of these; None: who has none."""
        table = np.array([name in names for name in (*self.stages, None)])
        found: Flags = table[self.rows.more["furthest"]]
        return found

    def column(self, name: str) -> Codes:
        """Return who acted, by the filter (`court`, `office`, `police`) that asks for them."""
        return self.rows.court if name == FILTER_OF[COURT] else self.rows.more[name]

    def _kind(self, decision: Decision, ended: Flags) -> str:
        """Return the kind of institution that is compared.

        Where a prosecutor drops cases before a court, registers name that court.
        """
        kind = decision.institution_kind
        if kind == COURT or decision.went_on is not None:
            return kind
        words = self.context.words.institutions
        keys, counts = np.unique(self.rows.more["decided_by"][ended], return_counts=True)
        found: dict[str, int] = {}
        for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
            if key in words:
                found[words[key].kind] = found.get(words[key].kind, 0) + count
        return COURT if found.get(COURT, 0) > found.get(PROSECUTION, 0) else kind

    def _institution(self, kind: str, ended: Flags) -> Whole:
        """Return who had to decide: of those ended so, who did; -1 where it is not known."""
        rows = self.rows
        column = self.column(FILTER_OF[kind])
        # Where only an instance above is known to have acted, who had to decide is not known.
        column = np.where(np.isin(column, self._chosen(lambda w: (w.level or 1) > 1)), 0, column)
        decided = rows.more["decided_by"]
        of_kind = self._chosen(lambda w: w.kind == kind and (w.level or 1) == 1)
        said = ended & np.isin(decided, of_kind)
        found = np.where(said, decided, column).astype(np.int64)
        return np.where(found == 0, -1, found)

    def _chosen(self, fits: Any) -> list[int]:
        words: dict[int, InstitutionWords] = self.context.words.institutions
        return [key for key, each in words.items() if fits(each)]

    def _whole(
        self,
        decision: Decision,
        column: str,
        came: Flags,
        ended: Flags,
        went_on: Flags,
        institution: Whole,
    ) -> Arm:
        rows, origin = self.rows, self.origin(decision)
        start = rows.days[origin].astype(np.int64)
        # Registered by hand: by their steps the police have them still, or nobody does.
        no_step = ~came & (start != NEVER) & (origin == REGISTRATION)
        no_step &= self.at({None, *self.law.before(Origin.REGISTRATION)})
        # Sent back by the trial court to whom it had passed by: on which day is not kept.
        sent_back = self.passed_by(decision) & ended
        came = came & ~(self.passed_by(decision) & ~sent_back)
        # A procedure leads back and forth, and several authorities' ends lead to one stage: who has
        # no day of coming here, and was never at a stage where this is decided, never came.
        was_here = self.at(frozenset(self.law.deciding(decision.outcome))) | ended | went_on
        came = came & (was_here | (start != NEVER))
        still = (rows.code == OPEN) & ~went_on
        end = np.where(went_on, self._went_on_days(decision, origin), rows.days["ended_on"]).astype(
            np.int64
        )
        end = np.where(still, open_until(rows, start, self.today), end)
        first, late = first_seen(rows, start)
        no_start = came & ((start == NEVER) | sent_back)
        known = came & ~no_start
        # Who was first seen behind these stages left them before anybody looked.
        behind = known & went_on & (end == NEVER)
        no_end = known & ~behind & (end == NEVER)
        known &= end != NEVER
        impossible = known & ((end < start) | (start > self.today) | (end > self.today))
        known &= ~impossible
        seen_late = known & late & (first >= end)
        place = np.flatnonzero(known & ~seen_late)
        begun = start[place]
        event = np.where(
            still, OPEN, np.where(went_on, JUDGMENT, np.where(ended, WITHOUT, OUTSIDE))
        )
        return Arm(
            decision.outcome.name,
            decision,
            column,
            origin,
            False,
            place,
            institution[place],
            self._covariates(place, origin),
            end[place] - begun,
            event[place].astype(np.int64),
            np.where(late[place], first[place] - begun, -1).astype(np.int64),
            np.maximum(self.until - begun, 0),
            rows.more["case"][place],
            LeftOut(*(int(np.count_nonzero(each)) for each in (
                no_step, no_start, no_end, impossible, seen_late | behind,
            ))),
        )  # fmt: skip

    def _went_on_days(self, decision: Decision, origin: str) -> Codes:
        """Return the days on which prosecutions left this authority's hands, going on."""
        days = self.rows.days
        if decision.went_on is None:
            return days["ended_on"]
        if origin == ARREST:
            return days[REGISTRATION]
        return days["filed_on"] if origin == REGISTRATION else days[ACCUSED]

    def _covariates(self, place: Whole, origin: str) -> Codes:
        """Return the case mix as category codes (m, 5), in the order of COVARIATES.

        Whoever decides before the charge can't be adjusted by what it brought: all are alike then.
        The year is no part of it: of young prosecutions only those are known that ended fast, so
        that their year would stand for that, and an institution with other years look different.
        """
        rows = self.rows
        minors = [n for n, band in enumerate(AGE_BANDS) if AgeBand(band).minor]
        unknown = len(AGE_BANDS) - 1
        age = rows.age_band[place]
        adult = np.where(np.isin(age, minors), 1, np.where(age == unknown, 2, 0))
        custody = rows.more["custody_at_charge"][place]
        if origin not in (CHARGE, ACCUSED):
            custody = np.zeros_like(custody)
        return np.column_stack(
            [self._offence_groups[rows.offence[place]], rows.sex[place], adult,
             self._accused[place], custody]
        ).astype(np.int32)  # fmt: skip

    @cached_property
    def _accused(self) -> Codes:
        """Return how many accused are counted in the case: 0 one, 1 two or three, 2 more."""
        cases = self.rows.more["case"]
        size = np.bincount(cases)[cases] if cases.size else cases
        return np.where(size <= 1, 0, np.where(size <= 3, 1, 2)).astype(np.int32)

    @cached_property
    def _offence_groups(self) -> Codes:
        """Return the group of each offence, by its key; 0 where the offence is not known."""
        context = self.context
        highest = int(self.rows.offence.max()) if self.rows.n else 0
        table = np.zeros(highest + 1, np.int32)
        groups: dict[tuple[Any, ...], int] = {}
        query = select(Offence).where(
            Offence.jurisdiction_id == context.jurisdiction.id, Offence.id <= highest
        )
        for row in context.session.scalars(query.order_by(Offence.id)):
            of = tuple(
                context.then.value(row, name) for name in ("offence_class", "trafficking", "child")
            )
            table[row.id] = groups.setdefault(of, len(groups) + 1)
        return table

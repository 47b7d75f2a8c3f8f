"""Filters over prosecution facts: the same words in the list of cases and in every report.

A report's figure links to the list with the filters that made it, so both must mean the same.
Values are codes. `unknown` asks for rows that have no value. A filter given twice means either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from courtwatch.labels import EXPLOITATIONS
from courtwatch.models import (
    ChargeFact,
    Institution,
    Jurisdiction,
    Offence,
    Organisation,
    ProcedureVersion,
    ProsecutionFact,
    Reason,
    vocabulary,
)
from courtwatch.models.facts import holds_at
from courtwatch.models.told import BITS
from courtwatch.models.vocabulary import AgeBand, Sex
from courtwatch.services import account_filters, periods
from courtwatch.services.filter_columns import (
    UNKNOWN,
    either,
    group_at,
    one_of_codes,
    one_of_groups,
    one_of_periods,
    reason_as_shown,
    reasons_as_meant,
)
from courtwatch.services.messages import _, in_english
from courtwatch.services.told_by import told_by
from workflows import elements, event_codes

_CODE = re.compile(r"[^\x00-\x1f]{1,80}")
_NAME = re.compile(r"\b[a-z][a-z0-9_]*\b")

# What is kept in the row as the word itself.
_PLAIN: dict[str, Any] = {
    "stage": ProsecutionFact.stage,
    "phase": ProsecutionFact.phase,
    "furthest": ProsecutionFact.furthest_stage,
    "outcome": ProsecutionFact.outcome,
    "disposition": ProsecutionFact.disposition,
    "ended_by": ProsecutionFact.ended_by,
    "custody": ProsecutionFact.custody,
    "custody_at_charge": ProsecutionFact.custody_at_charge,
    "exploitation": ProsecutionFact.exploitation,
    "sex": ProsecutionFact.sex,
    "age_band": ProsecutionFact.age_band,
    "official": ProsecutionFact.official,
    "share_level": ProsecutionFact.share_level,
}
# What is kept as a key of another table, and filtered by its code.
_CODED: dict[str, tuple[InstrumentedAttribute[Any], Any]] = {
    "court": (ProsecutionFact.court_id, Institution),
    "decided_by": (ProsecutionFact.decided_by_id, Institution),
    "office": (ProsecutionFact.prosecution_office_id, Institution),
    "police": (ProsecutionFact.police_id, Institution),
    "offence": (ProsecutionFact.offence_id, Offence),
    "reason": (ProsecutionFact.reason_stated_id, Reason),
    "assessed": (ProsecutionFact.reason_assessed_id, Reason),
    "organisation": (ProsecutionFact.owner_id, Organisation),
}
_PERIODS: dict[str, Any] = {
    "cohort": ProsecutionFact.registered_on,
    "arrested": ProsecutionFact.arrested_on,
    "charged": ProsecutionFact.charged_on,
    "ended": ProsecutionFact.ended_on,
}
_REACHED: dict[str, Any] = {
    "arrest": ProsecutionFact.arrested_on,
    "registration": ProsecutionFact.registered_on,
    "charge": ProsecutionFact.charged_on,
    "trial": ProsecutionFact.trial_on,
}
JUDGMENT = "judgment"
_YES_NO: dict[str, Any] = {
    "live": ProsecutionFact.live,
    "suspended": ProsecutionFact.suspended,
    "reopened": ProsecutionFact.reopened,
    "trafficking": ProsecutionFact.trafficking_filed,
}
# Who told of the entries on which a prosecution's standing rests: kept as one number.
_TOLD: dict[str, tuple[str, ...]] = {
    name: tuple(str(value) for value in bits) for name, bits in BITS.items()
}
_CLOSED_SETS: dict[str, tuple[str, ...]] = {
    **_TOLD,
    "event_code": tuple(str(code) for code in event_codes.ALL),
    "unresolved": ("yes", "no"),
    **{name: ("yes", "no") for name in _YES_NO},
    "reached": (*_REACHED, JUDGMENT),
    "not_reached": (*_REACHED, JUDGMENT),
    "dated": ("yes", "no"),
    "straight_to_trial": ("yes", "no"),
    "share_level": ("private", "counted", "coded", "full"),
    "sex": tuple(str(value) for value in Sex),
    "age_band": tuple(str(value) for value in AgeBand),
}


class FilterError(ValueError):
    """A filter's value cannot be used. `problems`: name of the filter -> what is wrong.

    The words may be marked for translation; str() of the error reads English.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(in_english(words) for words in problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class FactFilters:
    """Which prosecutions are asked for. Each field holds the values of which one must fit.

    `jurisdiction`, `court`, `decided_by`, `office`, `police`, `offence`, `reason` (stated,
    primary), `assessed`, `organisation` hold codes; `group` the code of a stated reason's group;
    `charge` an offence that any counted charge names; `cohort` (day registered), `arrested`,
    `charged`, `ended` periods (`services.periods`); `event_code` '0'..'3'; `reached` and
    `not_reached` milestones of the procedure; `source` and `reliability` who told how it stands
    (`services.told_by`); `pending` days 'YYYY-MM-DD' on whose evening a prosecution was registered
    and had not ended; `dated` whether its registration and, if it ended, its end are known and in
    this order; `straight_to_trial` whether it came before the trial court on the day of the charge;
    `over_limit` time limits that had passed at a moment ('NAME@YYYY-MM-DDTHH:MMZ') in prosecutions
    that go on. `known_at` is a revision: the record as it was.
    """

    jurisdiction: tuple[str, ...] = ()
    court: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = ()
    office: tuple[str, ...] = ()
    police: tuple[str, ...] = ()
    offence: tuple[str, ...] = ()
    charge: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    disposition: tuple[str, ...] = ()
    ended_by: tuple[str, ...] = ()
    event_code: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    assessed: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    phase: tuple[str, ...] = ()
    furthest: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    not_reached: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    dated: tuple[str, ...] = ()
    straight_to_trial: tuple[str, ...] = ()
    over_limit: tuple[str, ...] = ()
    cohort: tuple[str, ...] = ()
    arrested: tuple[str, ...] = ()
    charged: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    suspended: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    trafficking: tuple[str, ...] = ()
    custody: tuple[str, ...] = ()
    custody_at_charge: tuple[str, ...] = ()
    exploitation: tuple[str, ...] = ()
    sex: tuple[str, ...] = ()
    age_band: tuple[str, ...] = ()
    official: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    reliability: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()
    share_level: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    known_at: int | None = None

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]]) -> FactFilters:
        """Read filters from an address's (name, value) pairs; other names are left alone.

        Empty values are no filter. `year` is an older word for `cohort`. Raises FilterError.
        """
        found: dict[str, list[str]] = {}
        problems: dict[str, str] = {}
        for name, raw in pairs:
            name = "cohort" if name == "year" else name
            value = periods.proper(raw) if name in _PERIODS else raw.strip()
            if name not in NAMES or not value:
                continue
            wrong = _wrong(name, value)
            if wrong:
                problems[name] = wrong
            elif value not in found.setdefault(name, []):
                found[name].append(value)
        if problems:
            raise FilterError(problems)
        known_at = found.pop("known_at", None)
        return cls(
            **{name: tuple(values) for name, values in found.items()},
            known_at=int(known_at[0]) if known_at else None,
        )

    def pairs(self) -> list[tuple[str, str]]:
        """Return the filters as (name, value) pairs, in the order of the fields."""
        found: list[tuple[str, str]] = []
        for name in _ORDER:
            value = getattr(self, name)
            if name == "known_at":
                found.extend([] if value is None else [("known_at", str(value))])
            elif value:
                found.extend((name, one) for one in value)
        return found

    def to_query(self, **more: str | int | None) -> str:
        """Return the filters, and `more`, as the query of an address (without '?')."""
        extra = [(name, str(value)) for name, value in more.items() if value not in (None, "")]
        return "&".join(_written(name, value) for name, value in (*self.pairs(), *extra))

    def with_(self, **values: str | Iterable[str] | None) -> FactFilters:
        """Return filters with some of them set (text or texts) or taken away (None)."""
        return replace(
            self,
            **{
                name: () if value is None else (value,) if isinstance(value, str) else tuple(value)
                for name, value in values.items()
            },  # type: ignore[arg-type]
        )

    @property
    def any(self) -> bool:
        """Say whether anything is filtered."""
        return bool(self.pairs())

    def where(self, withheld: bool = False) -> ColumnElement[bool]:
        """Return the predicate on `ProsecutionFact`, the interval of revisions included.

        It says nothing of who may see a case: `security.visibility` does. `withheld`: the reader
        is shown no restricted reason, so each reads, and is found, as none at all.
        """
        fact = ProsecutionFact
        reason = reason_as_shown(fact.reason_stated_id, withheld)
        parts: list[ColumnElement[bool]] = [fact.counted.is_(True), holds_at(fact, self.known_at)]
        if self.jurisdiction:
            ids = select(Jurisdiction.id).where(Jurisdiction.code.in_(self.jurisdiction))
            # Few prosecutions are of one place: they are found by it and not by the country,
            # which a sum keeps the database from doing.
            one_place = bool(self.court or self.decided_by)
            country: Any = fact.jurisdiction_id + 0 if one_place else fact.jurisdiction_id
            parts.append(country.in_(ids))
        for name, plain in _PLAIN.items():
            parts += either(getattr(self, name), plain, plain.in_)
        for name, (coded, table) in _CODED.items():
            values = getattr(self, name)
            column = reason if name == "reason" else coded
            if name == "reason":
                values = reasons_as_meant(values, withheld)
            parts += either(values, column, one_of_codes(column, table))
        parts += either(self.group, reason, one_of_groups(reason, self.known_at))
        for name, column in _PERIODS.items():
            parts += either(getattr(self, name), column, one_of_periods(column))
        for name, column in _YES_NO.items():
            values = getattr(self, name)
            if len(values) == 1:
                parts.append(column.is_(values[0] == "yes"))
        parts += self._others()
        return and_(*parts)

    def _others(self) -> list[ColumnElement[bool]]:
        fact = ProsecutionFact
        parts: list[ColumnElement[bool]] = []
        if self.event_code:
            parts.append(fact.event_code.in_([int(code) for code in self.event_code]))
        if self.charge:
            charges = select(ChargeFact.prosecution_id).join(
                Offence, Offence.id == ChargeFact.offence_id
            )
            parts.append(
                fact.prosecution_id.in_(
                    charges.where(
                        Offence.code.in_(self.charge),
                        holds_at(ChargeFact, self.known_at),
                        ChargeFact.counted.is_(True),
                    )
                )
            )
        if len(self.unresolved) == 1:
            wanted = self.unresolved[0] == "yes"
            parts.append(fact.unresolved > 0 if wanted else fact.unresolved == 0)
        for name in _TOLD:
            parts += told_by(name, getattr(self, name))
        parts += [_reached(milestone) for milestone in self.reached]
        parts += [~_reached(milestone) for milestone in self.not_reached]
        parts += account_filters.predicates(
            self.pending, self.dated, self.straight_to_trial, self.over_limit, self.known_at
        )
        return parts


@lru_cache(maxsize=4096)
def _written(name: str, value: str) -> str:
    """Write a pair as an address has it: a page's thousands of links share few of them."""
    return urlencode([(name, value)])


_ORDER = tuple(field.name for field in fields(FactFilters))
NAMES = frozenset(_ORDER)


def unknown_values(session: Session, filters: FactFilters) -> dict[str, str]:
    """Return the values, by filter, that are no code but a word that somebody typed.

    What is compared with is public: reference data, the words of procedures and the program's own.
    Facts are not asked: that a private case has a value would be told.
    """
    coded: dict[str, Any] = {name: table.code for name, (_column, table) in _CODED.items()}
    coded |= {"charge": Offence.code, "group": group_at(filters.known_at)}
    found = {}
    for name, column in coded.items():
        for value in getattr(filters, name):
            there = select(column).where(column == value).limit(1)
            if value != UNKNOWN and session.scalar(there) is None:
                found[name] = value
    plain = [(name, value) for name in _PLAIN for value in getattr(filters, name)]
    plain += [("over_limit", value.split("@")[0]) for value in filters.over_limit]
    if plain:
        known = _words_of_the_law(session)
        found |= {name: value for name, value in plain if value not in known}
    return found


def _words_of_the_law(session: Session) -> frozenset[str]:
    """Return every word in which a procedure, or the program itself, names something."""
    found = {UNKNOWN, *EXPLOITATIONS}
    for enum in (*vars(vocabulary).values(), *vars(elements).values()):
        if isinstance(enum, type) and issubclass(enum, StrEnum):
            found |= {str(word) for word in enum}
    for text in session.scalars(select(ProcedureVersion.text)):
        found |= set(_NAME.findall(text))
    return frozenset(found)


def _wrong(name: str, value: str) -> str:
    """Return what is wrong with a value, or ''."""
    about = {"name": name, "value": value}
    wrong: str = ""
    if name == "known_at":
        if not (value.isascii() and value.isdigit() and len(value) <= 12):
            wrong = _("${name}: “${value}” is no revision. Give its number.", mapping=about)
    elif value == UNKNOWN and name in {*_PERIODS, *_CODED, *_PLAIN, *_TOLD}:
        pass
    elif name in _CLOSED_SETS and value not in _CLOSED_SETS[name]:
        about["allowed"] = ", ".join(_CLOSED_SETS[name])
        wrong = _("${name}: “${value}” is not known. Allowed: ${allowed}.", mapping=about)
    elif name == "over_limit":
        if account_filters.limit_and_moment(value) is None:
            wrong = _(
                "${name}: “${value}” is no limit and moment. Write NAME@2024-05-31T17:00Z.",
                mapping=about,
            )
    elif name == "pending":
        if not account_filters.is_day(value):
            wrong = _("${name}: “${value}” is no day. Write 2024-05-31.", mapping=about)
    elif name in _PERIODS and periods.bounds(value) is None:
        wrong = _(
            "${name}: “${value}” is no period. Write 2024 or 2024-05, a day such as 2024-05-17, or "
            "from and to: 2023-07..2024-06.",
            mapping=about,
        )
    elif not _CODE.fullmatch(value):
        wrong = _("${name}: a code has 1 to 80 characters.", mapping=about)
    return wrong


def _reached(milestone: str) -> ColumnElement[bool]:
    if milestone == JUDGMENT:
        return ProsecutionFact.event_code == event_codes.JUDGMENT
    reached: ColumnElement[bool] = _REACHED[milestone].is_not(None)
    return reached

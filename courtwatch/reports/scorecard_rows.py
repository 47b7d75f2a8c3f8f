"""The prosecutions of one court beside those of the country: read once, for every part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory

from courtwatch.models import ProsecutionFact
from courtwatch.reports import choices
from courtwatch.reports.clock_rows import NEVER, ClockRows, Key, Word
from courtwatch.reports.clocks import never_came
from courtwatch.reports.comparison import FILTER_OF, Comparison
from courtwatch.reports.comparison_arm import Arm
from courtwatch.reports.context import Context, Unanswerable
from courtwatch.reports.delay_words import count_of
from courtwatch.reports.figures import Count
from courtwatch.reports.known_late import known_late
from courtwatch.reports.model import Figure, Label, Origin
from courtwatch.reports.queries import Population
from courtwatch.reports.words import InstitutionWords, plain

_ = TranslationStringFactory("courtwatch")

Flags = NDArray[np.bool_]

COURT = "court"
CHOOSE_ONE = _(
    "A scorecard is of one court: a list of several would be a ranking. Choose one: ${courts}.",
)
NO_SUCH_COURT = _("There is no court “${court}” on record here. Choose one: ${courts}.")
NO_COURT_YET = _("no court is named in the record yet")
FROM_THE_END = _(
    "Here a court is known only once a prosecution has ended: of ${ended} of those that ended, and "
    "of ${open} of those still open. Who waits at this court is not known: its shares over time "
    "would be of disposed prosecutions alone, and are refused."
)


def court_of(context: Context) -> int:
    """Return the key of the one court that is asked for.

    Raises Unanswerable, naming the courts, where none, several or an unknown one is.
    """
    asked = context.filters.court
    words = context.words.institutions
    known = [k for k, w in words.items() if w.kind == COURT and asked == (w.code,)]
    if known:
        return known[0]
    found = choices.read(context.session, context.jurisdiction.code, context.reader).courts
    listed = ", ".join(f"{code} ({plain(name)})" for code, name in found)
    about = {"courts": listed or plain(NO_COURT_YET), "court": "".join(asked[:1])}
    raise Unanswerable(_(NO_SUCH_COURT if len(asked) == 1 else CHOOSE_ONE, mapping=about))


@dataclass(frozen=True)
class Court:
    """One court: its own part of the country's prosecutions.

    `here` is the question as asked, `country` the same of all courts; `mine` (n,) says which rows
    are of prosecutions at this court.
    """

    key: int
    words: InstitutionWords
    here: Context
    country: Context
    comparison: Comparison
    custody: tuple[str, ...]
    mine: Flags

    @property
    def rows(self) -> ClockRows:
        """Return the prosecutions of the country."""
        return self.comparison.rows

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """Return the ways in which courts end prosecutions, that this one had to decide on."""
        return tuple(
            arm
            for arm in self.comparison.arms
            if arm.filter == FILTER_OF[COURT] and bool(np.any(arm.institution == self.key))
        )

    @cached_property
    def late(self) -> Label:
        """Return why nothing can be said of who waits at a court; None where it can be."""
        late = known_late(self.rows)
        return None if late is None else _(FROM_THE_END, mapping=late._asdict())

    def is_peer(self, key: int) -> bool:
        """Say whether an institution is a court of the same level, like with like."""
        found = self.here.words.institutions.get(key)
        return found is not None and (found.kind, found.level) == (COURT, self.words.level)

    @property
    def going_on(self) -> Flags:
        """Say who is prosecuted still: also who was reopened after an end, and who absconded."""
        found: Flags = (self.rows.more["live"] == 1) | self.rows.suspended
        return found

    def count(self, chosen: Flags) -> Count:
        """Return how many prosecutions of this court are chosen."""
        return count_of(self.rows, chosen & self.mine)

    def figure(self, chosen: Flags, **query: str | tuple[str, ...]) -> Figure:
        """Return a count at this court that opens what `query` lists: the same prosecutions."""
        return self.here.count(self.count(chosen), **query)

    def plain(self, chosen: Flags) -> Figure:
        """Return a count at this court that no filter of the list fits."""
        return self.here.plain_count(self.count(chosen))

    def all_counted(self, chosen: Flags, **query: str | tuple[str, ...]) -> Figure:
        """Return a count of the whole country that opens what `query` lists."""
        return self.country.count(count_of(self.rows, chosen), **query)

    def day(self, name: str) -> NDArray[np.int32]:
        """Return a column of days."""
        return self.rows.days[name]

    @property
    def registered(self) -> Flags:
        """Say whose day of registration is known."""
        found: Flags = self.rows.days["registered_on"] != NEVER
        return found

    @cached_property
    def never_registered(self) -> Flags:
        """Say who has been with the police only: no day of registration is unknown."""
        return never_came(self.rows, Origin.REGISTRATION, self.here.law)

    @property
    def until(self) -> int:
        """Return the day to which the record of the country reaches."""
        return self.comparison.until


def read_court(context: Context) -> Court:
    """Read the country's prosecutions, and tell apart those of the court asked for.

    Raises Unanswerable.
    """
    key = court_of(context)
    filters = replace(context.filters, court=())
    population = Population(
        context.session, filters, context.scope, context.reader, context.law, context.unit
    )
    # How far the record reaches does not depend on the court that is looked at.
    country = replace(context, filters=filters, population=population)
    fact = ProsecutionFact
    states = tuple(dict.fromkeys(s.name for law in context.law.procedures for s in law.custody))
    comparison = Comparison(
        country,
        more={
            "custody": Word(fact.custody, states),
            "prosecution": Key(fact.prosecution_id),
            "reopened": Key(fact.reopened),
            "live": Key(fact.live),
            "unresolved": Key(fact.unresolved),
        },
    )
    mine = comparison.rows.court == key
    words = context.words.institutions[key]
    return Court(key, words, context, country, comparison, states, mine)

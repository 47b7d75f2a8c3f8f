"""Ends without judgment by the institution that decided: in order of name, never ranked.

Like with like: one table for each way of ending a prosecution, of the decisions of the actor who
can end it that way. Prosecution offices are compared by files held, investigating judges' courts
by non-suits, trial courts by dismissals; they are never pooled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.context import NO_REASON, Body, Context
from courtwatch.reports.figures import ZERO, Count, Tally, share_figure
from courtwatch.reports.law import Decision
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Figure,
    Headline,
    Label,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.services.fact_filters import UNKNOWN

_ = TranslationStringFactory("courtwatch")

JUDGMENT, WITHOUT = 1, 2
COURT, PROSECUTION, POLICE = "court", "prosecution", "police"
_COLUMN_OF = {COURT: "court", PROSECUTION: "office", POLICE: "police"}
_KEYS = (
    "code", "outcome", "furthest", "decided_by", "court", "office", "police", "no_reason",
)  # fmt: skip

HEADING = _("Unadjusted, not for comparison, coverage unknown")
NEVER_RANKED = _(
    "Institutions stand in order of name. The figures are not adjusted for the mix of cases, and "
    "how much of an institution's docket is recorded is not known. A difference between two rows "
    "is no finding: raw ranking is wrong about every second court that it points at."
)
LIKE_WITH_LIKE = _(
    "Each table counts one kind of act by one kind of actor: of the prosecutions that this actor "
    "decided on, how many it ended so. Acts of different actors are never added up."
)
DEFINITION_ON = _(
    "Decided: ended in this way, or gone on behind the stage at which this actor decides. Not "
    "decided yet, ended by others, and ended outside the authority's control are left out."
)
DEFINITION_JUDGED = _(
    "Decided: ended in this way, or by a judgment. What is still open, ended by others, or ended "
    "outside the authority's control is left out."
)
FIRST_SEEN_LATER = _(
    "Prosecutions that were first seen behind the stage of a decision count as gone on; those that "
    "ended there before anybody saw them are missing. Where many enter late, shares read too low."
)
BY_LAW = _("Ended by operation of law (limitation): no institution decided, not in these tables.")
OF_DISPOSED = _(
    "Of disposed: here the court is known only once a prosecution has ended (known for ${open} of "
    "${all_open} open ones, for ${ended} of ${all_ended} ended ones). Shares are of what was "
    "disposed of. A fair comparison of courts is refused: nobody knows how many prosecutions each "
    "court still has open, so a court that lets them lie would look better than it is.",
)
PRELIMINARY = _("Branches that hold preliminary hearings only: kept apart, not trial courts")


class _Cell(NamedTuple):
    """One cell of the grouped query: the keys, in the order of _KEYS, and the count."""

    code: int
    outcome: str | None
    furthest: str | None
    decided_by: int | None
    court: int | None
    office: int | None
    police: int | None
    no_reason: int
    counted: Count


@dataclass(frozen=True)
class _Part:
    """The two halves of the decisions of one institution."""

    ended: Count = ZERO
    went_on: Count = ZERO
    no_reason: Count = ZERO

    def __add__(self, other: _Part) -> _Part:
        return _Part(
            self.ended + other.ended,
            self.went_on + other.went_on,
            self.no_reason + other.no_reason,
        )


def build(context: Context) -> Body:
    """Build the report from one grouped query."""
    tally = context.tally(*_KEYS)
    tables: list[Table] = []
    rows = [_Cell._make((*key, count)) for key, count in tally.counts.items()]
    for decision in context.law.decisions():
        tables += _Decided(context, rows, decision).tables()
    without = tally.sum(code=WITHOUT)
    unknown = tally.sum(code=WITHOUT, decided_by=None)
    notes: list[Label] = [NEVER_RANKED, FIRST_SEEN_LATER]
    in_tables = {d.outcome.name for d in context.law.decisions()}
    if any(k[0] == WITHOUT and k[1] not in in_tables for k in tally.counts):
        notes.append(BY_LAW)
    return Body(
        headlines=(
            Headline("ended", _("ended without judgment"),
                     context.count(without, event_code=str(WITHOUT)), ColumnKind.COUNT),
            Headline("unknown", _("of them where the deciding institution is not known"),
                     share_figure(unknown.n, without.n)),
        ),
        tables=tuple(tables),
        definition=LIKE_WITH_LIKE,
        n=tally.sum().n,
        notes=tuple(notes),
        warnings=_refusal(tally),
    )  # fmt: skip


def court_known(tally: Tally) -> tuple[int, int, int, int]:
    """Return (open with a court, open, ended with a court, ended)."""
    known_open = all_open = known_ended = all_ended = 0
    code, court = tally.names.index("code"), tally.names.index("court")
    for key, count in tally.counts.items():
        known = count.n if key[court] is not None else 0
        if key[code] == 0:
            known_open, all_open = known_open + known, all_open + count.n
        else:
            known_ended, all_ended = known_ended + known, all_ended + count.n
    return known_open, all_open, known_ended, all_ended


def _refusal(tally: Tally) -> tuple[Label, ...]:
    """Return the refusal of a fair comparison where the court is known only at the end."""
    known_open, all_open, known_ended, all_ended = court_known(tally)
    if not all_open or not all_ended:
        return ()
    before, after = known_open / all_open, known_ended / all_ended
    if before >= 0.5 or after - before < 0.1:
        return ()
    numbers = {"open": known_open, "all_open": all_open, "ended": known_ended,
               "all_ended": all_ended}  # fmt: skip
    return (_(OF_DISPOSED, mapping={name: f"{n:,}" for name, n in numbers.items()}),)


class _Decided:
    """The tables of one way of ending a prosecution."""

    def __init__(self, context: Context, rows: Sequence[_Cell], decision: Decision) -> None:
        self.context = context
        self.decision = decision
        self.rows = rows
        self.before_court = self._decided_before_a_court()
        judged = decision.went_on is None
        self.by = (
            "decided_by" if judged and self.before_court else _COLUMN_OF[decision.institution_kind]
        )
        self.parts: dict[int | None, _Part] = {}
        self.listed: dict[int | None, int] = {}
        self._count()

    def _decided_before_a_court(self) -> bool:
        """Say whether these ends name the court before which a prosecutor dropped the case."""
        if self.decision.institution_kind == COURT:
            return True
        kinds: dict[str, int] = {}
        for row in self.rows:
            if self._ended(row) and row.decided_by is not None:
                kind = self.context.words.institutions[row.decided_by].kind
                kinds[kind] = kinds.get(kind, 0) + row.counted.n
        return self.decision.went_on is None and kinds.get(COURT, 0) > kinds.get(PROSECUTION, 0)

    def tables(self) -> list[Table]:
        """Return the table of all institutions, and that of preliminary branches if there are."""
        parts = self.parts
        if not any(part.ended.n for part in parts.values()) and not any(parts):
            return []  # it never happened, and no institution is known that could have done it
        words = self.context.words.institutions
        branches: dict[int | None, _Part] = {
            k: p for k, p in parts.items() if k is not None and words[k].preliminary_only
        }
        rest = {k: p for k, p in parts.items() if k not in branches}
        found = [self._table(self.decision.outcome.name, rest, None)] if rest else []
        if branches:
            key = f"{self.decision.outcome.name}_preliminary"
            found.append(self._table(key, branches, PRELIMINARY))
        return found

    def _count(self) -> None:
        """Count the decisions of each institution, and what the lists behind them would show."""
        for row in self.rows:
            if self._fits_list(row):
                place = getattr(row, self.by)
                self.listed[place] = self.listed.get(place, 0) + row.counted.n
            if self._ended(row):
                no_reason = row.counted if row.no_reason else ZERO
                part, place = _Part(ended=row.counted, no_reason=no_reason), row.decided_by
            elif self._fits_list(row):
                part, place = _Part(went_on=row.counted), self._place(row)
            else:
                continue
            self.parts[place] = self.parts.get(place, _Part()) + part

    def _ended(self, row: _Cell) -> bool:
        return row.code == WITHOUT and row.outcome == self.decision.outcome.name

    def _fits_list(self, row: _Cell) -> bool:
        """Say whether a prosecution went on, by the filters that a list can have."""
        stages = self.decision.went_on
        return row.code == JUDGMENT if stages is None else row.furthest in stages

    def _place(self, row: _Cell) -> int | None:
        """Return the institution that let a prosecution go on."""
        place: int | None = getattr(row, self.by)
        if self.by == "court" and place is not None and row.decided_by is not None:
            level = self.context.words.institutions[place].level or 1
            if level > 1:  # on appeal now; the court that judged first let it go on
                return row.decided_by
        return place

    def _table(self, key: str, parts: dict[int | None, _Part], subtitle: Label) -> Table:
        words = self.context.words.institutions
        order = sorted(
            (k for k in parts if k is not None),
            key=lambda k: (words[k].name.en.casefold(), words[k].code),
        )
        rows = [Row(words[k].code, words[k].name, self._figures(parts[k], k)) for k in order]
        if None in parts:
            rows.append(Row(UNKNOWN, NOT_KNOWN, self._figures(parts[None], None)))
        whole = _Part()
        for part in parts.values():
            whole += part
        decided = whole.ended.n + whole.went_on.n
        unknown = parts.get(None, _Part())
        judged = self.decision.went_on is None
        return Table(
            key,
            self.decision.outcome.label,
            self._columns(),
            tuple(rows),
            decided,
            DEFINITION_JUDGED if judged else DEFINITION_ON,
            _("Institution that decided"),
            subject=self.context.law.actor_label(self.decision.actor),
            heading=HEADING,
            total=Row("total", _("All"), self._figures(whole, 0, everything=True), RowKind.TOTAL),
            unknown=share_figure(unknown.ended.n + unknown.went_on.n, decided),
            unknown_label=_("Institution not known"),
            notes=() if subtitle is None else (subtitle,),
            chart=ChartKind.BARS,
            chart_columns=("share",),
        )

    def _columns(self) -> tuple[Column, ...]:
        judged = self.decision.went_on is None
        return (
            Column("decided", _("Decided")),
            Column("ended", self.decision.outcome.label),
            Column("went_on", _("Judged") if judged else _("Went on")),
            Column("share", _("Share ended so, of those decided"), ColumnKind.SHARE),
            Column("no_reason", _("Ended so with no reason known")),
            Column("no_reason_share", _("Share without a known reason"), ColumnKind.SHARE),
        )

    def _figures(
        self, part: _Part, place: int | None, everything: bool = False
    ) -> tuple[Figure, ...]:
        decided = part.ended.n + part.went_on.n
        ended = {"event_code": str(WITHOUT), "outcome": self.decision.outcome.name}
        if not everything:
            ended["decided_by"] = self._code(place)
        return (
            self.context.plain_count(part.ended + part.went_on),
            self.context.count(part.ended, **ended),
            self._went_on_figure(part.went_on, place, everything),
            share_figure(part.ended.n, decided),
            self.context.count(part.no_reason, **ended, reason=NO_REASON),
            share_figure(part.no_reason.n, part.ended.n),
        )

    def _code(self, place: int | None) -> str:
        return UNKNOWN if place is None else self.context.words.institutions[place].code

    def _went_on_figure(self, count: Count, place: int | None, everything: bool) -> Figure:
        """Return the count of those let go on, linked only where the list shows the same."""
        stages = self.decision.went_on
        query: dict[str, str | tuple[str, ...]] = (
            {"event_code": str(JUDGMENT)} if stages is None else {"furthest": tuple(sorted(stages))}
        )
        listed = sum(self.listed.values()) if everything else self.listed.get(place, 0)
        if listed != count.n:
            return self.context.plain_count(count)
        if not everything:
            query[self.by] = self._code(place)
        return self.context.count(count, **query)

"""What an organisation tells its donors: its cases, hearings, victims and outcomes.

A joint case is one that several organisations support. It is counted once for all, with the
organisation that keeps it, and credited to each; the report gives both numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.i18n import TranslationStringFactory
from sqlalchemy import func, select

from courtwatch.charts.tile_grid import has_a_place
from courtwatch.models import Institution, Organisation
from courtwatch.models.vocabulary import AgeBand, InstitutionKind, Sex
from courtwatch.reports.codes import JUDGMENT, OUTSIDE, WITHOUT
from courtwatch.reports.context import Body, Context, Unanswerable
from courtwatch.reports.delay_groups import SEX_WORDS
from courtwatch.reports.figures import Count, Tally, count_figure, share_figure
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
from courtwatch.reports.organisation_rows import SEVERAL_COURTS, Supported
from courtwatch.reports.organisation_support import Credit
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.security.visibility import counts_all_organisations
from courtwatch.services.fact_filters import UNKNOWN
from workflows.elements import OutcomeGroup

_ = TranslationStringFactory("courtwatch")

CREDITS, QUARTERS, PROVINCES, SEXES, AGES = "credits", "quarters", "provinces", "sexes", "ages"
SMALL = 5
SEVERAL = "several"
DEFINITION = _(
    "Cases that the organisation supports: it keeps them, keeps a record that was merged into "
    "them, gave an account of an entry, or recorded a hearing. That it may read a case is no "
    "support. Cases of others count where they are shared or opened to it. Prosecutions, hearings "
    "and victims are those of these cases; filters choose prosecutions, and with them the cases."
)
EVERYBODY = _(
    "Cases of all organisations that are at least counted, each once. Hearings and victims are "
    "those of these cases; filters choose prosecutions, and with them the cases."
)
BOTH_NUMBERS = _(
    "A joint case is credited to each organisation that supports it, whole: so the credits of all "
    "organisations add up to more than there are cases. Counted once for all, it counts with the "
    "organisation that keeps it: these numbers add up. Say which of the two you quote."
)
TWO_DAYS = _(
    "By quarter: cases at the day on which their first accused was registered, prosecutions at "
    "their own, victims at that of their case, hearings at the day they were scheduled for, ends "
    "at the day they ended. A row is no cohort: what ended in it was mostly registered before."
)
MANY_COURTS = _(
    "By province a case whose accused are before several courts, and its victims, count in a row "
    "of their own; its prosecutions and hearings stand with their court."
)
VICTIMS = _(
    "Victims are counted without any name or pseudonym. One who is in two records of one case "
    "counts with the record that holds; one who is in two cases counts twice."
)
NO_VICTIMS = _("Victims are counted for your own organisation's cases only.")
NO_ORGANISATION = _(
    "Organisations are not named here: who monitors is shown to monitoring organisations only."
)
SMALL_CELLS = _(
    "${n} numbers here are 1 to 4. Such a number can point at one person, above all at a victim or "
    "a child. Before you pass this on, take them out or merge rows until none is below 5 (for "
    "children 10), with the totals by which they could be worked out."
)
ONE_ONLY = _("This report is about one organisation at a time. Choose one.")
NOT_YOURS = _(
    "What another organisation does is counted for coordinators only. Your own organisation's "
    "code is ${code}."
)
NOT_THERE = _("There is no organisation “${code}”.")
LIMITS = ((3, 6, 12), (5, 15, 50), (20, 60, 200), (100, 400, 1500))
"""What parts the shades of the map, by how large its largest number is."""

Named = Mapping[str, Any]
"""What a count is of, by the names of its tally's keys."""
_YEAR_MONTH = ("year", "month")


@dataclass(frozen=True)
class _Rows:
    """One table's rows: key, label, and which keys of each tally belong to it."""

    key: str
    title: Label
    row_label: Label
    fold: Callable[[Named], str]
    labels: Mapping[str, Label]
    query: Callable[[str], dict[str, Any] | None]


def build(context: Context) -> Body:
    """Build the report: grouped queries, none of them for a row."""
    chosen = _chosen(context)
    who = chosen.id if chosen is not None else None
    supported = Supported(context, who)
    counts = _Counts(context, supported)
    tables = [
        counts.table(_quarters(counts)),
        counts.table(_provinces(context, counts), tiles=True),
        counts.table(_people(SEXES, _("By sex"), "sex", Sex), people=True),
        counts.table(_people(AGES, _("By age at the offence"), "age_band", AgeBand), people=True),
    ]
    credited = _credits(context, supported, chosen, counts.cases.sum().n)
    if credited is not None:
        tables.insert(0, credited)
    notes = [TWO_DAYS, VICTIMS if counts.victims_shown else NO_VICTIMS]
    if counts.cases.sum(court=SEVERAL_COURTS).n:
        notes.append(MANY_COURTS)
    notes.insert(0, NO_ORGANISATION if credited is None else BOTH_NUMBERS)
    small = sum(_small(table) for table in tables)
    warnings = (_(SMALL_CELLS, mapping={"n": str(small)}),) if small else ()
    return Body(
        _headlines(counts, credited, who is not None),
        tuple(tables),
        EVERYBODY if who is None else DEFINITION,
        counts.people.sum().n,
        tuple(notes),
        warnings,
    )


def _chosen(context: Context) -> Organisation | None:
    """Return the organisation that is asked about; None: all together. Raises Unanswerable."""
    session, actor, codes = context.session, context.reader.actor, context.filters.organisation
    own = context.scope.organisation_id
    if len(codes) > 1:
        raise Unanswerable(ONE_ONLY)
    if not codes:
        return session.get(Organisation, own) if own is not None else None
    found = session.scalars(select(Organisation).where(Organisation.code == codes[0])).first()
    mine = own if own is not None else actor.organisation_id if actor is not None else None
    free = own is None and (actor is None or counts_all_organisations(actor))
    if not free and (found is None or found.id != mine):
        home = session.get(Organisation, mine) if mine is not None else None
        raise Unanswerable(_(NOT_YOURS, mapping={"code": home.code if home else "–"}))
    if found is None:
        raise Unanswerable(_(NOT_THERE, mapping={"code": codes[0]}))
    return found


def _reads_victims(context: Context, organisation_id: int | None) -> bool:
    """Say whether victims are counted: for the operator, and of one's own organisation's cases.

    A case of others may be open to nobody but them, and "one girl of 16" is a victim told.
    """
    actor = context.reader.actor
    if not context.reader.sees_allegations:
        return False
    return actor is None or organisation_id == actor.organisation_id


class _Counts:
    """Every count of the report, and its figures."""

    def __init__(self, context: Context, supported: Supported) -> None:
        self.context = context
        self.victims_shown = _reads_victims(context, supported.organisation_id)
        self.people = supported.people()
        self.registered = supported.registered()
        self.ended = supported.ended()
        self.cases = supported.case_tally()
        self.hearings = supported.hearing_tally()
        self.victims = (
            supported.victim_tally()
            if self.victims_shown
            else Tally((*_YEAR_MONTH, "court", "sex", "age_band"), {})
        )
        law = context.law
        occurring = {str(name) for name in self.people.only(code=JUDGMENT).values("outcome")}
        self.judgments = [
            name
            for name, outcome in law.outcomes.items()
            if outcome.group is OutcomeGroup.JUDGMENT and name in occurring
        ]

    def columns(self, people: bool) -> tuple[Column, ...]:
        """Return the columns; a table of people has no cases and no hearings."""
        law = self.context.law
        return (
            *(() if people else (Column("cases", _("Cases")),)),
            Column("prosecutions", _("Prosecutions")),
            *(Column(f"outcome.{name}", law.outcome_label(name)) for name in self.judgments),
            Column("without", _("Ended without judgment")),
            Column("outside", _("Ended outside the authority's control, or goes on elsewhere")),
            *(
                ()
                if people
                else (
                    Column("hearings", _("Hearings, day over")),
                    Column("held", _("Hearings held")),
                )
            ),
            *((Column("victims", _("Victims")),) if self.victims_shown else ()),
        )

    def table(self, rows: _Rows, people: bool = False, tiles: bool = False) -> Table:
        """Return one table; every column adds up to its total."""
        columns = self.columns(people)
        parts = self._parts(rows, people)
        keys = [key for key in rows.labels if any(key in part for part in parts.values())]
        made = [
            Row(
                key,
                rows.labels[key],
                tuple(
                    self._figure(column.key, parts[column.key].get(key, {}), rows.query(key))
                    for column in columns
                ),
            )
            for key in keys
        ]
        total = Row(
            "total",
            _("All"),
            tuple(
                self._figure(column.key, _merged(parts[column.key].values()), {})
                for column in columns
            ),
            RowKind.TOTAL,
        )
        n = self.people.sum().n
        unknown = _sum(parts["prosecutions"].get(UNKNOWN, {})).n
        placed = [row.figures[0].value or 0 for row in made if has_a_place(row.key)]
        largest = max(placed, default=0)
        map_ = tiles and bool(placed)
        limits = next((each for each in LIMITS if each[2] >= largest), LIMITS[-1])
        outcomes = tuple(f"outcome.{name}" for name in self.judgments)
        return Table(
            rows.key, rows.title, columns, tuple(made), n,
            EVERYBODY if self.context.scope.organisation_id is None else DEFINITION,
            rows.row_label, total=total, unknown=share_figure(unknown, n), unknown_label=NOT_KNOWN,
            chart=ChartKind.TILES if map_ else None if tiles else ChartKind.STACKED,
            chart_columns=("cases",) if tiles else (*outcomes, "without", "outside"),
            limits=tuple(map(float, limits)) if map_ else (),
        )  # fmt: skip

    def _parts(self, rows: _Rows, people: bool) -> dict[str, dict[str, dict[object, Count]]]:
        """Return column -> row -> kept -> count."""
        ends = self.ended if rows.key == QUARTERS else self.people
        registered = self.registered if rows.key == QUARTERS else self.people
        held = self.hearings.only(held=1)

        def of(tally: Tally) -> dict[str, dict[object, Count]]:
            found: dict[str, dict[object, Count]] = {}
            places = tally.names
            for key, count in tally.counts.items():
                named = dict(zip(places, key, strict=True))
                row = found.setdefault(rows.fold(named), {})
                kept = named.get("kept", 1)
                row[kept] = row.get(kept, Count()) + count
            return found

        parts = {
            "prosecutions": of(registered),
            **{f"outcome.{n}": of(ends.only(code=JUDGMENT, outcome=n)) for n in self.judgments},
            "without": of(ends.only(code=WITHOUT)),
            "outside": of(ends.only(code=OUTSIDE)),
            "victims": of(self.victims),
        }
        if not people:
            parts |= {"cases": of(self.cases), "hearings": of(self.hearings), "held": of(held)}
        return parts

    def _figure(
        self, column: str, counts: Mapping[object, Count], query: dict[str, Any] | None
    ) -> Figure:
        """Return a count; it opens a list where the list of cases shows just these.

        Lists know who keeps a case, not who tells of it, so what others keep opens none.
        """
        count = _sum(counts)
        codes = {"without": str(WITHOUT), "outside": str(OUTSIDE)}
        narrower = dict(query or {})
        days = narrower.pop("days", None)
        if column == "prosecutions" and days:
            narrower["cohort"] = days
        elif column in codes or column.startswith("outcome."):
            narrower["event_code"] = codes.get(column, str(JUDGMENT))
            if column.startswith("outcome."):
                narrower["outcome"] = column.removeprefix("outcome.")
            if days:
                narrower["ended"] = days
        elif column != "prosecutions":
            return count_figure(Count(count.n), None)
        if query is None or counts.get(0, Count()).n:
            return count_figure(count, None)
        return self.context.count(count, **narrower)


def _sum(counts: Mapping[object, Count]) -> Count:
    found = Count()
    for count in counts.values():
        found += count
    return found


def _merged(rows: Iterable[Mapping[object, Count]]) -> dict[object, Count]:
    found: dict[object, Count] = {}
    for row in rows:
        for kept, count in row.items():
            found[kept] = found.get(kept, Count()) + count
    return found


def _day(column: Any) -> dict[str, Any]:
    return {"year": func.extract("year", column), "month": func.extract("month", column)}


def _quarter(named: Named) -> str:
    if named["year"] is None:
        return UNKNOWN
    return f"{int(named['year']):04}-Q{(int(named['month']) + 2) // 3}"


def _quarters(counts: _Counts) -> _Rows:
    every = (counts.cases, counts.registered, counts.ended, counts.hearings, counts.victims)
    found = {
        _quarter(dict(zip(tally.names, key, strict=True)))
        for tally in every
        for key in tally.counts
    }
    known = sorted(found - {UNKNOWN})
    return _Rows(
        QUARTERS, _("By quarter"), _("Quarter"), _quarter,
        {**{key: key for key in known}, UNKNOWN: _("Day not known")}, _months,
    )  # fmt: skip


def _months(quarter: str) -> dict[str, Any]:
    if quarter == UNKNOWN:
        return {"days": UNKNOWN}
    year, number = quarter.split("-Q")
    first = 3 * int(number) - 2
    return {"days": tuple(f"{year}-{month:02}" for month in range(first, first + 3))}


def _provinces(context: Context, counts: _Counts) -> _Rows:
    """Return provinces by code; each is called as its court of first instance."""
    regions: dict[int, str] = {}
    labels: dict[str, Label] = {}
    courts: dict[str, list[str]] = {}
    query = select(Institution).where(
        Institution.jurisdiction_id == context.jurisdiction.id,
        Institution.kind == InstitutionKind.COURT,
    )
    for row in context.session.scalars(query.order_by(Institution.id)):
        if not context.then.held(row):
            continue
        # A court that nobody placed on the map stands for itself.
        region = context.then.value(row, "region") or context.then.value(row, "code")
        regions[row.id] = region
        courts.setdefault(region, []).append(context.then.value(row, "code"))
        if (context.then.value(row, "level") or 1) == 1:
            labels.setdefault(region, context.then.name(row))
    found = sorted(courts, key=lambda code: (len(code), code))

    def fold(named: Named) -> str:
        court = named["court"]
        return SEVERAL if court == SEVERAL_COURTS else regions.get(court, UNKNOWN)

    return _Rows(
        PROVINCES, _("By province of the court"), _("Province or court"), fold,
        {
            **{code: labels.get(code, code) for code in found},
            SEVERAL: _("Several courts"), UNKNOWN: NOT_KNOWN,
        },
        lambda code: {"court": tuple(courts[code])} if code in courts else None,
    )  # fmt: skip


def _people(key: str, title: Label, column: str, words: Any) -> _Rows:
    labels = {
        str(each): SEX_WORDS.get(str(each), NOT_KNOWN if str(each) == UNKNOWN else str(each))
        for each in words
    }
    return _Rows(
        key, title, _("Sex") if column == "sex" else _("Age band"),
        lambda named: str(named[column]),
        labels, lambda value: {column: value},
    )  # fmt: skip


def _credits(
    context: Context, supported: Supported, chosen: Organisation | None, cases: int
) -> Table | None:
    """Return who is credited with how many cases; None where organisations are not named."""
    actor = context.reader.actor
    if chosen is None and actor is not None and not counts_all_organisations(actor):
        return None
    found = supported.credits()
    named = [chosen] if chosen is not None else list(
        context.session.scalars(select(Organisation).where(Organisation.id.in_(found)))
    )  # fmt: skip
    named.sort(key=lambda row: context.then.value(row, "code"))
    rows = []
    for each in named:
        credit = found.get(each.id, Credit())
        figures = (*credit, credit.kept + credit.helped)
        rows.append(
            Row(
                context.then.value(each, "code"),
                context.then.name(each),
                tuple(Figure(value) for value in figures),
            )
        )
    sums = [sum(int(row.figures[place].value or 0) for row in rows) for place in range(4)]
    return Table(
        CREDITS,
        _("Cases: counted once for all, and credited to each"),
        (
            Column("kept", _("Counted once: kept by it")),
            Column("joint", _("Of these joint: others support it, too")),
            Column("helped", _("Kept by others, supported by it")),
            Column("credited", _("Credited to it")),
        ),
        tuple(rows),
        cases,
        DEFINITION,
        _("Organisation"),
        total=Row("total", _("All"), tuple(Figure(value) for value in sums), RowKind.TOTAL),
        notes=(BOTH_NUMBERS,),
    )


def _headlines(counts: _Counts, credited: Table | None, one: bool) -> tuple[Headline, ...]:
    cases, held = counts.cases.sum(), counts.hearings.sum(held=1)
    heads = [
        Headline("cases", _("cases"), Figure(cases.n), ColumnKind.COUNT),
        Headline("prosecutions", _("prosecutions"), Figure(counts.people.sum().n),
                 ColumnKind.COUNT),
        Headline("held", _("hearings held"), Figure(held.n), ColumnKind.COUNT),
    ]  # fmt: skip
    if counts.victims_shown:
        heads.append(
            Headline("victims", _("victims"), Figure(counts.victims.sum().n), ColumnKind.COUNT)
        )
    if credited is not None and credited.total is not None:
        once, joint, helped, _credited = (int(f.value or 0) for f in credited.total.figures)
        heads.insert(1, Headline("once", _("of them counted once for all: kept by it"),
                                 Figure(once), ColumnKind.COUNT))  # fmt: skip
        # Of all together each joint case has a keeper among them: who helps would count it again.
        heads.insert(2, Headline("joint", _("joint cases"),
                                 share_figure(joint + (helped if one else 0), credited.n or 0)
                                 ))  # fmt: skip
    return tuple(heads)


def _small(table: Table) -> int:
    """Count the numbers of a table that are 1 to 4."""
    return sum(
        0 < (figure.value or 0) < SMALL
        for row in table.rows
        for column, figure in zip(table.columns, row.figures, strict=True)
        if column.kind is ColumnKind.COUNT
    )

"""Official tables: the form that is asked for, ours beside theirs, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports import official_words as words
from courtwatch.reports.context import Body, Context, Unanswerable
from courtwatch.reports.figures import NO_DENOMINATOR, Tally, share_figure, text_figure
from courtwatch.reports.model import (
    Column,
    ColumnKind,
    Figure,
    Headline,
    Label,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.official_forms import FORMS
from courtwatch.reports.official_parts import (
    Made,
    Query,
    Span,
    trafficking_keys,
    trafficking_of,
    year_of,
)
from courtwatch.reports.official_rows import Facts, offences
from courtwatch.reports.official_totals import (
    COUNTED,
    STAGES,
    Beside,
    beside,
    more_than,
    narrower,
    narrower_than_totals,
    totals_of,
)
from courtwatch.reports.options import Choice, Entry
from courtwatch.reports.words import POLICE_ALONE
from courtwatch.services.fact_filters import UNKNOWN, FilterError
from courtwatch.services.reference_totals import Counted, Stage

_ = TranslationStringFactory("courtwatch")


def _read_during(text: str) -> str:
    """Return a year or a half-year in its proper form. Raises FilterError."""
    written = text.strip().upper().replace(" ", "")
    year, sign, half = written.partition("-H")
    good = year.isascii() and year.isdigit() and len(year) == 4 and 1950 <= int(year) <= 2150
    if not good or (sign and half not in ("1", "2")):
        raise FilterError(
            {
                "during": _(
                    "“${given}” is no year and no half-year. Write 2024, or 2025-H1.",
                    mapping={"given": text},
                )
            }
        )
    return written


FORM = Choice("form", _("Table"), tuple(words.FORMS.items()), words.UN_CTS)
DURING = Entry(
    "during",
    _("Year or half-year"),
    _("2024; for the NCCT 2025-H1. Empty: the last that was over when the record ends"),
    _read_during,
)


OF_TRAFFICKING = (words.GLOTIP, words.US_TIP)
"""Forms that ask for trafficking alone."""


def build(context: Context) -> Body:
    """Build the table that is asked for."""
    form = context.option("form")
    facts = Facts(context, officials=form == words.US_TIP)
    whole = context.tally().sum()
    span = _span(context, form)
    law = offences(context)
    made = FORMS[form](facts, span, law)
    tables = (*made.tables, _totals(context, form, made.spans), _missing(facts, form, made))
    headlines = tuple(
        Headline(stage, words.STAGES[stage], context.count(made.whole[stage].sum(), **made.queries[
            stage]), ColumnKind.COUNT)
        for stage in words.STAGES
    )  # fmt: skip
    return Body(headlines, tables, words.STAGE_RULE, whole.n, (words.UNIT_RULE, *made.rules))


def _span(context: Context, form: str) -> Span:
    given = context.option("during")
    until = (context.data_until or context.today) + timedelta(days=1)
    if form == words.NCCT:
        if not given:
            # The last half-year that was over.
            given = f"{until.year}-H1" if until.month >= 7 else f"{until.year - 1}-H2"
        year, sign, half = given.partition("-H")
        if not sign:
            raise _wrong(form, given, words.HALVES_ALLOWED)
        first = date(int(year), 1 if half == "1" else 7, 1)
        after = date(int(year), 7, 1) if half == "1" else date(int(year) + 1, 1, 1)
        return Span(first, after, given)
    given = given or str(until.year - 1)
    if "-H" in given:
        raise _wrong(form, given, words.YEARS_ALLOWED)
    return year_of(int(given))


def _wrong(form: str, given: str, allowed: str) -> Unanswerable:
    what = _("calendar years, such as ${example}", mapping={"example": allowed})
    if form == words.NCCT:
        what = _("half-years, such as ${example}", mapping={"example": allowed})
    about = {"form": form, "given": given, "allowed": what.interpolate()}
    return Unanswerable(_(words.REFUSED_PERIOD, mapping=about))


def _totals(context: Context, form: str, spans: tuple[Span, ...]) -> Table:
    """Return ours beside theirs, where official totals of the form's periods are on record."""
    stages = {*words.STAGES, Stage.JUDGMENT} | ({Stage.ARREST} if form == words.NCCT else set())
    first, after = spans[0].first, spans[-1].after
    narrowed = narrower_than_totals(context)
    found = [] if narrowed is not None else beside(
        context,
        (
            total
            for total in totals_of(context)
            if total.stage in stages and first <= total.period_from and total.period_to < after
        ),
    )  # fmt: skip
    every_offence = any(each.total.offence_id is None for each in found)
    columns = (
        Column("stage", _("Stage"), ColumnKind.TEXT),
        Column("source", _("Source"), ColumnKind.TEXT),
        Column("of", _("Court, offence"), ColumnKind.TEXT),
        Column("counted", _("They count"), ColumnKind.TEXT),
        Column("ours", _("Ours")),
        Column("theirs", _("Theirs")),
        Column("gap", _("Gap")),
        Column("covered", _("Ours to theirs"), ColumnKind.RATIO),
    )
    return Table(
        "totals", _("Ours beside official totals"), columns,
        tuple(_beside_row(context, each) for each in found), len(found), words.STAGE_RULE,
        _("Period"), refused=narrowed or (None if found else words.COVERAGE_UNKNOWN),
        notes=(words.ALL_OFFENCES,) if form in OF_TRAFFICKING and every_offence else (),
    )  # fmt: skip


def _beside_row(context: Context, each: Beside) -> Row:
    total, ours = each.total, each.ours
    places, charges = context.words.institutions, context.words.offences
    of = [
        places[total.institution_id].code if total.institution_id else "",
        charges[total.offence_id].code if total.offence_id else "",
    ]
    shown = (
        context.plain_count(ours)
        if each.filters is None
        else context.count(ours, **_behind(context, each))
    )
    covered = Figure(None, missing=more_than(total) if ours.n else NO_DENOMINATOR)
    if total.count >= ours.n and total.count:
        covered = Figure(ours.n / total.count, None, total.count)
    key = ":".join([str(total.stage), each.period, total.unit, *of, total.source])
    person = total.unit == Counted.PERSON
    return Row(
        key, each.period,
        (
            text_figure(STAGES[str(total.stage)]), text_figure(total.source),
            text_figure(" ".join(part for part in of if part) or _("all")),
            text_figure(COUNTED[total.unit]), shown, Figure(total.count), Figure(each.gap), covered,
        ),
        RowKind.DETAIL, words.AT_LEAST if person else None,
    )  # fmt: skip


def _behind(context: Context, each: Beside) -> Query:
    found = narrower(context, str(each.total.stage), each.period)
    court, offence = each.total.institution_id, each.total.offence_id
    found |= {"court": context.words.institutions[court].code} if court else {}
    found |= {"offence": context.words.offences[offence].code} if offence else {}
    return found


def _missing(facts: Facts, form: str, made: Made) -> Table:
    """Return what is unknown of those counted, and what the form asks that nobody recorded."""
    columns = (
        Column("counted", _("Counted")),
        Column("unknown", _("Not known")),
        Column("share", _("Share"), ColumnKind.SHARE),
    )
    n = sum(part.sum().n for part in made.whole.values())
    of: dict[str, tuple[Label, Mapping[str, Tally], dict[str, object]]] = {
        "sex": (_("Sex not known"), made.whole, {"sex": UNKNOWN}),
        "age": (_("Age not known"), made.whole, {"age": UNKNOWN}),
        "exploitation": (
            _("Form of exploitation not known"), made.whole, {"exploitation": UNKNOWN}
        ),
        "offence": (_("Offence not known"), made.came, {"offence": None}),
    }  # fmt: skip
    rows = [
        Row(key, label, _unknown(parts, wanted), RowKind.DETAIL)
        for key, (label, parts, wanted) in of.items()
    ]
    rows += _undated(facts, form)
    if form in OF_TRAFFICKING:
        rows.append(_requalified(facts, made.spans[-1]))
    absent = Figure(None, missing=words.NOT_RECORDED)
    rows += [
        Row(key, label, (absent,) * 3, RowKind.DETAIL) for key, label in words.MISSING[form]
    ]
    return Table(
        "missing", _("What is missing"), columns, tuple(rows), n,
        _("Unknown values among all that the stages count, each stage by itself; the offence among "
          "all who came to them, since without one nobody knows whether it is trafficking. Of whom "
          "the day of a stage is not known stands in no period: these are of all who came to it, "
          "at whatever time. Then what the form asks and the record does not keep."),
        _("What"),
    )  # fmt: skip


def _undated(facts: Facts, form: str) -> list[Row]:
    """Return who stands in no period, stage by stage, and who has been with the police only."""
    among = None
    if form in OF_TRAFFICKING:
        among = trafficking_keys(offences(facts.context))
    rows = []
    for stage, label in words.STAGES.items():
        n, unknown = facts.undated(stage, among)
        figures = (Figure(n), Figure(unknown), share_figure(unknown, n))
        rows.append(Row(f"day_{stage}", _(words.NO_DAY, mapping={"stage": label}), figures,
                        RowKind.DETAIL))  # fmt: skip
    if facts.context.law.before_prosecution:
        alone, none = Figure(facts.police_alone(among)), Figure(None, missing=words.NOT_REFERRED)
        rows.append(
            Row("police_alone", POLICE_ALONE, (alone, none, none), RowKind.DETAIL)
        )
    return rows


def _unknown(parts: Mapping[str, Tally], wanted: Mapping[str, object]) -> tuple[Figure, ...]:
    n = sum(part.sum().n for part in parts.values())
    unknown = sum(part.sum(**wanted).n for part in parts.values())
    return (Figure(n), Figure(unknown), share_figure(unknown, n))


def _requalified(facts: Facts, span: Span) -> Row:
    """Return how many of those charged in the period were charged with trafficking, no longer."""
    filed = facts.charged_with_trafficking(span.first, span.after)
    law = offences(facts.context)
    away = filed.sum().n - trafficking_of(filed, law).sum().n
    return Row(
        "requalified", _("Charged with trafficking, now counted at another offence"),
        (Figure(filed.sum().n), Figure(away), share_figure(away, filed.sum().n)), RowKind.DETAIL,
    )  # fmt: skip

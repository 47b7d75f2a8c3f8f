"""One figure in words and digits: the same on a page, in a terminal and beside a mark of a chart.

Numbers are rounded here and nowhere else; CSV and JSON never are.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.about import Say
from courtwatch.reports.model import ColumnKind, Figure, Table

_ = TranslationStringFactory("courtwatch")

NOTHING = "–"
DAYS = _("${n} days")
OPEN_END = _("beyond the record")
SPREAD = _("${lower} to ${upper}")
COUNTS = _("${numerator} of ${denominator}")
RESTS_ON = _("n = ${n}")


def number_text(value: float, kind: ColumnKind) -> str:
    """Return digits without a unit: 23.4 (per cent), 1,234, 1.27; of what rounds to 0, no sign."""
    match kind:
        case ColumnKind.SHARE | ColumnKind.PROBABILITY:
            return f"{100 * value:z.1f}"
        case ColumnKind.DAYS:
            return f"{value:z,.0f}"
        case ColumnKind.RATIO:
            return f"{value:z,.2f}"
        case ColumnKind.NUMBER:
            return f"{value:z,.1f}"
        case ColumnKind.P_VALUE:
            return "< 0.001" if value < 0.001 else f"{value:.3f}"
        case _:
            return f"{value:,}"


def value_text(figure: Figure, kind: ColumnKind, say: Say) -> str:
    """Return the figure itself with its unit, or a dash where there is no answer."""
    if kind.is_text:
        return say(figure.text)
    if figure.value is None:
        return NOTHING
    written = number_text(figure.value, kind)
    match kind:
        case ColumnKind.SHARE | ColumnKind.PROBABILITY:
            return f"{written} %"
        case ColumnKind.DAYS:
            return say(_(DAYS, mapping={"n": written}))
        case _:
            return written


def interval_text(figure: Figure, kind: ColumnKind, say: Say) -> str:
    """Return the interval without brackets; '' where there is none. An open end says so."""
    if figure.value is None or (figure.lower is None and figure.upper is None):
        return ""
    ends = {
        name: say(OPEN_END) if end is None else number_text(end, kind)
        for name, end in (("lower", figure.lower), ("upper", figure.upper))
    }
    if kind in (ColumnKind.SHARE, ColumnKind.PROBABILITY):
        ends["upper"] += " %"
    return say(_(SPREAD, mapping=ends))


def rests_on(figure: Figure, say: Say) -> str:
    """Return the counts that a figure rests on; '' where it has none."""
    if figure.value is None or figure.denominator is None:
        return ""
    denominator = f"{figure.denominator:,}"
    if figure.numerator is None:
        return say(_(RESTS_ON, mapping={"n": denominator}))
    return say(
        _(COUNTS, mapping={"numerator": f"{figure.numerator:,}", "denominator": denominator})
    )


def below(figure: Figure, kind: ColumnKind, say: Say) -> list[str]:
    """Return what stands small below a figure: interval and counts; nothing where no answer is.

    A line may end before the upper end of an interval, and nowhere within 'n = 12'.
    """
    interval = interval_text(figure, kind, say).replace(" %", "\N{NO-BREAK SPACE}%")
    parts = [interval.replace(" ", "\N{NO-BREAK SPACE}", 1)]
    if kind is not ColumnKind.COUNT:
        parts.append(rests_on(figure, say).replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"))
    return [part for part in parts if part]


def full_text(figure: Figure, kind: ColumnKind, say: Say) -> str:
    """Return '23.4 % (20.1 to 27.0 %)', or a dash where there is no answer."""
    text = value_text(figure, kind, say)
    interval = interval_text(figure, kind, say)
    return f"{text} ({interval})" if interval else text


def reasons(table: Table, say: Say) -> list[str]:
    """Return why figures of a table have no answer, each reason once, in the order met."""
    found: dict[str, None] = {}
    for figure in _figures(table):
        if figure.value is None and figure.missing is not None:
            found.setdefault(say(figure.missing))
    return list(found)


def _figures(table: Table) -> Iterable[Figure]:
    if table.unknown is not None:
        yield table.unknown
    for row in table.every_row():
        for column, figure in zip(table.columns, row.figures, strict=True):
            if not column.kind.is_text:
                yield figure

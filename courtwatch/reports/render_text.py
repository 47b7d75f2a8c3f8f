"""A report as text for a terminal: aligned tables, intervals beside every share."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.about import Say, about
from courtwatch.reports.figure_words import full_text, reasons
from courtwatch.reports.model import ColumnKind, Label, Report, Row, Table
from courtwatch.reports.words import INVENTED

_ = TranslationStringFactory("courtwatch")
WIDTH = 100
_STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys instead of showing it, or what turns the order of signs: somebody else's
words, such as a court's answer, could write other figures over ours."""
REFUSED = _("This can't be answered:")
WHOLE_CURVE = _("Every point of the curve is in CSV and JSON.")


def render(report: Report, say: Say) -> str:
    """Return the report as text."""
    lines = [say(report.title), "=" * _width(say(report.title))]
    if report.provenance.invented:
        lines += ["", f"*** {say(INVENTED)} ***"]
    lines += ["", *_wrapped(say(report.lead)), ""]
    lines += [
        line
        for each in about(report, say)
        for line in _wrapped(f"{say(each.label)}: {each.value}", "  ")
    ]
    for warning in report.warnings:
        lines += ["", *_wrapped(f"! {say(warning)}", "  ")]
    lines.append("")
    for head in report.headlines:
        line = f"{full_text(head.figure, head.kind, say)}  {say(head.label)}"
        if head.figure.value is None and head.figure.missing is not None:
            line += f" ({say(head.figure.missing)})"
        lines += _wrapped(line, "  ")
    for table in report.tables:
        lines += ["", *_table(table, report.provenance.invented, report.definition, say)]
    lines.append("")
    for note in report.notes:
        lines += _wrapped(f"- {say(note)}", "  ")
    return _STEERING.sub("", "\n".join(line.rstrip() for line in lines)) + "\n"


def _table(table: Table, invented: bool, definition: Label, say: Say) -> list[str]:
    title = say(table.title)
    if table.subject is not None:
        title = f"{say(table.subject)}: {title}"
    if invented:
        title = f"{title} [{say(INVENTED)}]"
    lines = [title, "-" * min(WIDTH, _width(title))]
    for text in (table.heading, *table.notes):
        if text is not None:
            lines += _wrapped(say(text))
    if table.definition != definition:
        lines += _wrapped(say(table.definition))
    n = say(_("n = ${n}", mapping={"n": "–" if table.n is None else f"{table.n:,}"}))
    if table.unknown is not None:
        n = f"{n}; {say(table.unknown_label)}: {full_text(table.unknown, ColumnKind.SHARE, say)}"
    lines += [*_wrapped(n), ""]
    if table.refused is not None:
        return [*lines, *_wrapped(say(REFUSED)), *_wrapped(say(table.refused), "  ")]
    if not table.rows:
        return [*lines, say(_("Nothing to count."))]
    heading = [say(table.row_label), *(say(column.label) for column in table.columns)]
    marks = _marks(table, say)
    body = [_cells(row, table, marks, say) for row in table.every_row()]
    lines += _aligned(heading, body, [not c.kind.is_text for c in table.columns])
    lines += [line for text, mark in marks.items() for line in _wrapped(f"{mark} {text}", "  ")]
    lines += [line for text in reasons(table, say) for line in _wrapped(f"– {text}", "  ")]
    return lines + (_wrapped(say(WHOLE_CURVE)) if table.curves else [])


def _marks(table: Table, say: Say) -> dict[str, str]:
    """Return the marks of what is remarked beside rows: numbered where there are several."""
    remarks = dict.fromkeys(say(row.remark) for row in table.rows if row.remark is not None)
    several = len(remarks) > 1
    return {text: f"*{place}" if several else "*" for place, text in enumerate(remarks, 1)}


def _cells(row: Row, table: Table, marks: Mapping[str, str], say: Say) -> list[str]:
    mark = "" if row.remark is None else f" {marks[say(row.remark)]}"
    return [
        say(row.label) + mark,
        *(
            # What a court answered may have several lines, and a row has one.
            " ".join(full_text(figure, column.kind, say).splitlines())
            for column, figure in zip(table.columns, row.figures, strict=True)
        ),
    ]


def _aligned(
    heading: Sequence[str], body: Sequence[Sequence[str]], numeric: Sequence[bool]
) -> list[str]:
    """Align columns; long headings are broken over lines so that the table stays narrow."""
    content = [max(_width(row[place]) for row in body) for place in range(len(heading))]
    widths = [
        max(8, have, _longest_word(head)) for have, head in zip(content, heading, strict=True)
    ]
    broken = [
        textwrap.wrap(head, width, break_long_words=False) or [""]
        for head, width in zip(heading, widths, strict=True)
    ]
    tall = max(len(lines) for lines in broken)
    tops = [[""] * (tall - len(lines)) + lines for lines in broken]
    right = [False, *numeric]
    rows = [[column[line] for column in tops] for line in range(tall)]
    rule = ["-" * width for width in widths]
    return [
        "  ".join(_pad(text, width, r) for text, width, r in zip(row, widths, right, strict=True))
        for row in [*rows, rule, *body]
    ]


def _longest_word(text: str) -> int:
    return max((_width(word) for word in text.split()), default=0)


def _width(text: str) -> int:
    """Return the columns a terminal gives to text: marks of Khmer stand above and below."""
    return sum(1 for sign in text if unicodedata.category(sign) not in ("Mn", "Me", "Cf"))


def _pad(text: str, width: int, right: bool) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent) or [""]

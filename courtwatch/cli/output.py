"""What commands print: results to stdout as text, CSV or JSON; progress and remarks to stderr."""

from __future__ import annotations

import csv
import io
import json
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any, TypeVar

import click

from courtwatch.exchange.formulas import safe_row

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Format(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


def format_option(command: _Command) -> _Command:
    """Give a command `--format text|csv|json`; it arrives as `output_format: Format`."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice([each.value for each in Format]),
        default=Format.TEXT.value,
        show_default=True,
        callback=lambda ctx, option, value: Format(value),
        help="How the result is printed. Numbers and dates of csv and json are never localised.",
    )(command)


def write_rows(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], output_format: Format
) -> None:
    """Print rows as an aligned table, as CSV that a spreadsheet may open, or as JSON objects."""
    if output_format is Format.JSON:
        write_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif output_format is Format.CSV:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(safe_row(row) for row in rows)
        click.echo(text.getvalue(), nl=False)
    else:
        _write_table(columns, rows)


def write_record(record: Mapping[str, Any], output_format: Format) -> None:
    """Print one record: `name: value` lines, CSV with one row, or a JSON object."""
    if output_format is Format.JSON:
        write_json(record)
    elif output_format is Format.CSV:
        write_rows(list(record), [list(record.values())], Format.CSV)
    else:
        for name, value in record.items():
            click.echo(f"{name}: {_plain(value)}")


def write_json(value: Any) -> None:
    """Print a value as JSON, with Khmer readable and dates in ISO 8601."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_jsonable))


def say(message: str) -> None:
    """Print a remark for the person at the terminal; it never mixes with the result."""
    click.echo(message, err=True)


@contextmanager
def progress(label: str, length: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on stderr when it is a terminal; yields `advance(steps)`.

    With `length` None the bar counts only. In a pipe or a log nothing is printed.
    """
    if not sys.stderr.isatty():
        yield lambda steps: None
        return
    if length is None:
        with _counter(label) as advance:
            yield advance
        return
    with click.progressbar(length=length, label=label, file=sys.stderr, show_pos=True) as bar:
        yield bar.update


@contextmanager
def _counter(label: str) -> Iterator[Callable[[int], None]]:
    done = 0

    def advance(steps: int) -> None:
        nonlocal done
        done += steps
        click.echo(f"\r{label} {done:,}", nl=False, err=True)

    yield advance
    click.echo("", err=True)


def _write_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    cells = [[_plain(value) for value in row] for row in rows]
    numeric = [
        bool(rows) and all(isinstance(row[place], (int, float)) for row in rows)
        for place in range(len(columns))
    ]
    widths = [
        max([_width(column), *(_width(row[place]) for row in cells)])
        for place, column in enumerate(columns)
    ]
    for row in [list(columns), *cells]:
        line = "  ".join(
            _pad(text, width, right)
            for text, width, right in zip(row, widths, numeric, strict=True)
        )
        click.echo(line.rstrip())


def _pad(text: str, width: int, right: bool) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks


def _width(text: str) -> int:
    """Return the columns that a terminal gives to text: Khmer marks stand above and below."""
    return sum(1 for sign in text if unicodedata.category(sign) not in ("Mn", "Me", "Cf"))


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    # A line break inside a value would tear the table.
    return " ".join(str(value).split()) if isinstance(value, str) else str(value)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)

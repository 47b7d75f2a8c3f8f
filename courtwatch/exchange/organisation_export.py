"""Write out all that an organisation entered: a directory of CSV files, or one ZIP of them.

The command line and the page call this; which rows those are stands in `organisation_sheets`.
"""

from __future__ import annotations

import csv
import io
import shutil
import textwrap
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from courtwatch.exchange.errors import ExchangeError
from courtwatch.exchange.formulas import safe_row
from courtwatch.exchange.organisation_sheets import Sheet, sheets
from courtwatch.models import Organisation
from courtwatch.services.outcome_rules import rules_in_full

CHUNK = 2_000
README = "README.txt"
README_WIDTH = 92
INVENTED = "Invented data: every person, case and court is made up for demonstration."


class ExportRefused(ExchangeError):
    """The export cannot be written where it was asked for."""


@dataclass(frozen=True)
class _Whose:
    """The organisation whose data are written."""

    id: int
    code: str
    name: str
    invented: bool


def export_organisation(
    connection: Connection,
    code: str,
    directory: Path,
    progress: Callable[[int], None] = lambda done: None,
    now: datetime | None = None,
) -> dict[str, int]:
    """Write all that organisation `code` entered to a new directory; returns rows per file.

    Raises ExportRefused for an unknown organisation or a directory that is there already. The
    directory appears when it is complete.
    """
    whose = _whose(connection, code)
    if directory.exists():
        raise ExportRefused(f"{directory} is there already. Name a directory that is not.")
    partial = directory.with_name(f".{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    try:
        files = sheets(whose.id)
        counts: dict[str, int] = {}
        for sheet in files:
            with (partial / f"{sheet.name}.csv").open("wb") as raw:
                counts[sheet.name] = _write(connection, sheet, raw)
            progress(1)
        rules = _rules(connection)
        readme = _readme(whose, files, counts, now or datetime.now(UTC), rules)
        (partial / README).write_text(readme, encoding="utf-8")
        partial.rename(directory)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return counts


def write_archive(
    session: Session, code: str, target: IO[bytes], now: datetime
) -> dict[str, int]:
    """Write the same files as one ZIP to `target`; returns rows per file. Raises ExportRefused."""
    connection = session.connection()
    whose = _whose(connection, code)
    files = sheets(whose.id)
    counts: dict[str, int] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet in files:
            with archive.open(f"{sheet.name}.csv", "w", force_zip64=True) as raw:
                counts[sheet.name] = _write(connection, sheet, raw)
        archive.writestr(README, _readme(whose, files, counts, now, _rules(connection)))
    return counts


def _whose(connection: Connection, code: str) -> _Whose:
    row = connection.execute(
        select(Organisation.id, Organisation.code, Organisation.name_en, Organisation.invented)
        .where(Organisation.code == code)
    ).first()
    if row is None:
        known = connection.execute(select(Organisation.code).order_by(Organisation.code)).scalars()
        raise ExportRefused(f"There is no organisation '{code}'. There is: {', '.join(known)}.")
    return _Whose(row.id, row.code, row.name_en, row.invented)


def _write(connection: Connection, sheet: Sheet, raw: IO[bytes]) -> int:
    # Options of the statement, not of the connection: the page's transaction goes on.
    result = connection.execute(sheet.query, execution_options={"yield_per": CHUNK})
    # The mark makes spreadsheets read Khmer.
    raw.write(b"\xef\xbb\xbf" + _lines([list(result.keys())]))
    rows = 0
    for chunk in result.partitions():
        raw.write(_lines([safe_row(row) for row in chunk]))
        rows += len(chunk)
    return rows


def _lines(rows: list[list[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _rules(connection: Connection) -> dict[str, str]:
    with Session(connection) as session:
        return rules_in_full(session)


def _readme(
    whose: _Whose,
    files: list[Sheet],
    counts: dict[str, int],
    moment: datetime,
    rules: dict[str, str],
) -> str:
    lines = [
        f"Everything that {whose.name} ({whose.code}) entered in Courtwatch",
        *([INVENTED] if whose.invented else []),
        f"Written {moment:%Y-%m-%d %H:%M} UTC. UTF-8, comma, ISO dates, nothing localised.",
        "Text that a spreadsheet would run as a formula has an apostrophe in front.",
        "valid_from and valid_to are revisions (revisions.csv): a row without valid_to holds.",
        "What others wrote is not in it, in your cases neither; a valid_to that is not in",
        "revisions.csv was another organisation's.",
        "It holds names and notes: keep it as you keep your files.",
        "",
    ]
    width = max(len(sheet.name) for sheet in files) + 4
    for sheet in files:
        lines.append(f"{sheet.name + '.csv':<{width}} {counts[sheet.name]:>9,} rows  {sheet.about}")
    lines += ["", "How the outcome of a prosecution follows from its charges:"]
    for version, rule in rules.items():
        lines += ["", version, *textwrap.wrap(rule, README_WIDTH)]
    return "\n".join(lines) + "\n"

"""Read one table of the reference data; every problem is kept with its file and line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class SeedProblem:
    """One thing wrong in a file of the reference data."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Return `file:line: message`."""
        return f"{self.file}:{self.line}: {self.message}"


class SeedError(Exception):
    """The reference data is wrong; `problems` names every file and line."""

    exit_code = 3  # bad input, as in courtwatch.cli.exit_codes

    def __init__(self, problems: Sequence[SeedProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class Fields:
    """One row on its way in: typed reading that notes problems and goes on."""

    file: str
    line: int
    values: dict[str, str]
    problems: list[SeedProblem] = field(repr=False)

    def problem(self, message: str) -> None:
        """Note what is wrong in this row."""
        self.problems.append(SeedProblem(self.file, self.line, message))

    def text(self, column: str, longest: int = 200) -> str:
        """Return a required text of at most `longest` characters."""
        value = self.optional(column, longest)
        if not value:
            self.problem(f"column '{column}' is empty; it needs a value")
        return value

    def optional(self, column: str, longest: int = 2000) -> str:
        """Return a text that may be empty."""
        value = self.values[column].strip()
        if len(value) > longest:
            self.problem(f"column '{column}' has {len(value)} characters; {longest} are allowed")
        return value

    def or_none(self, column: str) -> str | None:
        """Return a text, None where the field is empty."""
        return self.optional(column) or None

    def yes(self, column: str) -> bool:
        """Return a mark: 'yes' or 'no', nothing else."""
        return self.choice(column, ("yes", "no")) == "yes"

    def choice(self, column: str, allowed: Sequence[str]) -> str:
        """Return one of the allowed words."""
        value = self.values[column].strip()
        if value not in allowed:
            self.problem(
                f"column '{column}' says '{value}'; allowed: {', '.join(map(repr, allowed))}"
            )
            return allowed[0]
        return value

    def whole(self, column: str, least: int = 0) -> int | None:
        """Return a whole number, None where the field is empty."""
        value = self.values[column].strip()
        if not value:
            return None
        if not value.isascii() or not value.isdigit() or int(value) < least:
            self.problem(f"column '{column}' says '{value}'; a whole number from {least} is needed")
            return None
        return int(value)

    def number(self, column: str, least: float, most: float) -> float | None:
        """Return a number between `least` and `most`, None where the field is empty."""
        value = self.values[column].strip()
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not least <= number <= most:
            self.problem(f"column '{column}' says '{value}'; allowed: {least:g} to {most:g}")
            return None
        return number

    def day(self, column: str) -> date | None:
        """Return a day (YYYY-MM-DD), None where the field is empty."""
        value = self.values[column].strip()
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.problem(f"column '{column}' says '{value}'; a day is written as 2020-04-01")
            return None


def read_table(path: Path, columns: Sequence[str], problems: list[SeedProblem]) -> Iterator[Fields]:
    """Yield the rows of a UTF-8 CSV file that has exactly `columns`; problems are noted."""
    name = path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problems.append(SeedProblem(name, 1, f"cannot be read: {error.strerror}"))
        return
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        problems.append(SeedProblem(name, line, "is not UTF-8; save it as UTF-8"))
        return
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(reader, [])
        if sorted(header) != sorted(columns):
            problems.append(SeedProblem(name, 1, _header_message(header, columns)))
            return
        start = reader.line_num + 1
        for row in reader:
            if row:
                yield from _fields(name, start, header, row, problems)
            start = reader.line_num + 1
    except csv.Error as error:
        problems.append(SeedProblem(name, reader.line_num, f"broken CSV: {error}"))


def _fields(
    name: str, line: int, header: list[str], row: list[str], problems: list[SeedProblem]
) -> Iterator[Fields]:
    if len(row) != len(header):
        problems.append(
            SeedProblem(name, line, f"has {len(row)} fields; the heading has {len(header)}")
        )
        return
    yield Fields(name, line, dict(zip(header, row, strict=True)), problems)


def _header_message(header: Sequence[str], columns: Sequence[str]) -> str:
    missing = [column for column in columns if column not in header]
    unknown = [column for column in header if column not in columns]
    parts = []
    if missing:
        parts.append(f"columns missing: {', '.join(missing)}")
    if unknown:
        parts.append(f"columns not known: {', '.join(unknown)}")
    return "; ".join(parts) or "a column is named twice"

"""Official totals: counts that others published, which ours are set beside.

A total says: this source counted so many, in this period, at this stage, in this unit, in one
court or in all, of one offence or of all. A newer figure of the same source for the same thing
replaces the older one, which stays in the record of its time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from courtwatch.models import Institution, Jurisdiction, Offence, ReferenceTotal
from courtwatch.models.facts import holds_at
from courtwatch.models.vocabulary import InstitutionKind
from courtwatch.services import periods
from courtwatch.services.messages import Told, _
from courtwatch.services.work import Work

COLUMNS = ("source", "court", "period", "offence", "stage", "unit", "count", "remark")
"""The header of a file of totals, in any order; `court`, `offence`, `remark` may be empty."""
NEEDED = ("source", "period", "stage", "unit", "count")
WITHDRAWN = "withdrawn"
"""In the place of a count: the source's figure holds no longer, and none replaces it."""
KIND = "reference:imported"
MOST = 2_000_000_000
Key = tuple[str, int | None, date, date, int | None, str, str]


class Stage(StrEnum):
    """What was counted, by the day on which it happened."""

    ARREST = "arrest"
    REGISTRATION = "registration"
    CHARGE = "charge"
    JUDGMENT = "judgment"
    CONVICTION = "conviction"


class Counted(StrEnum):
    """The unit in which others counted."""

    PROSECUTION = "prosecution"
    PERSON = "person"
    CASE = "case"


class BadTotals(Told):
    """A file of totals cannot be used; every bad line is told, with what is allowed."""

    exit_code = 3


@dataclass(frozen=True)
class Total:
    """One line: its place in the file, what it is of, and how many (None: withdrawn)."""

    line: int
    source: str
    institution_id: int | None
    first: date
    last: date
    offence_id: int | None
    stage: Stage
    unit: Counted
    count: int | None
    remark: str | None

    @property
    def key(self) -> Key:
        """Return what the figure is of: one holds for each."""
        return (
            self.source, self.institution_id, self.first, self.last, self.offence_id,
            self.stage.value, self.unit.value,
        )  # fmt: skip


@dataclass(frozen=True)
class Done:
    """What an import did, or in a dry run would do."""

    added: int
    replaced: int
    withdrawn: int
    unchanged: int


def read(session: Session, jurisdiction: Jurisdiction, text: str, name: str) -> list[Total]:
    """Read a file of totals: CSV with a header. Raises BadTotals with everything that is wrong."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    problems: list[str] = []
    found: list[Total] = []
    try:
        header = [cell.strip().lower() for cell in next(rows, [])]
        _check_header(header, name)
        codes = _Codes(session, jurisdiction)
        seen: dict[Key, int] = {}
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                problems.append(
                    f"line {rows.line_num}: {len(cells)} cells instead of {len(header)}"
                )
                continue
            row = {key: cell.strip() for key, cell in zip(header, cells, strict=True)}
            wrong: list[str] = []
            total = _total(rows.line_num, row, codes, wrong)
            if total is not None and total.key in seen:
                wrong.append(f"the same figure stands in line {seen[total.key]}; leave one of them")
            problems += [f"line {rows.line_num}: {words}" for words in wrong]
            if total is not None and not wrong:
                seen[total.key] = rows.line_num
                found.append(total)
    except csv.Error as error:
        problems.append(f"line {rows.line_num}: no proper CSV ({error})")
    if problems:
        raise BadTotals(
            _(
                "${name}: nothing was taken in. ${n} wrong:\n${problems}",
                mapping={"name": name, "n": len(problems), "problems": "\n".join(problems)},
            )
        )
    if not found:
        raise BadTotals(_("${name}: there is no total in it.", mapping={"name": name}))
    return found


def take_in(
    work: Work,
    jurisdiction: Jurisdiction,
    totals: list[Total],
    dry_run: bool = False,
    sha256: str | None = None,
) -> Done:
    """Add totals, close those that they replace; nothing where they say what is on record.

    `sha256` of the file is kept with the act: by it a file that somebody holds is known again,
    and it says no name, as the name of a file may.
    """
    held: dict[Key, ReferenceTotal] = {}
    for row in work.session.scalars(_held(jurisdiction.id, None)):
        held[_key(row)] = row
    added = replaced = withdrawn = unchanged = 0
    for total in totals:
        old = held.get(total.key)
        if _says(old) == ((total.count, total.remark) if total.count is not None else None):
            unchanged += 1
            continue
        added += old is None
        replaced += old is not None and total.count is not None
        withdrawn += total.count is None
        if not dry_run:
            _write(work, jurisdiction, total, old)
    if not dry_run and added + replaced + withdrawn:
        detail = {"added": added, "replaced": replaced, "withdrawn": withdrawn, "sha256": sha256}
        work.audit(KIND, jurisdiction.code, detail)
    return Done(added, replaced, withdrawn, unchanged)


def on_record(
    session: Session, jurisdiction_id: int, revision: int | None = None
) -> list[ReferenceTotal]:
    """Return the totals that held at a revision (None: that hold), by source and period."""
    total = ReferenceTotal
    query = _held(jurisdiction_id, revision).order_by(
        total.source, total.period_from.desc(), total.period_to.desc(), total.stage, total.unit,
        total.institution_id, total.offence_id, total.id,
    )  # fmt: skip
    return list(session.scalars(query))


def period_of(first: date, last: date) -> str:
    """Return a period of whole months as filters write it: 2024, 2024-05, 2024-01..2024-06."""
    after = last + timedelta(days=1)
    if first.month == 1 and after == date(first.year + 1, 1, 1):
        return str(first.year)
    start, end = first.strftime("%Y-%m"), last.strftime("%Y-%m")
    return start if start == end else f"{start}..{end}"


def _says(row: ReferenceTotal | None) -> tuple[int, str | None] | None:
    return None if row is None else (row.count, row.remark)


def _held(jurisdiction_id: int, revision: int | None) -> Select[ReferenceTotal]:
    return select(ReferenceTotal).where(
        ReferenceTotal.jurisdiction_id == jurisdiction_id, holds_at(ReferenceTotal, revision)
    )


def _key(row: ReferenceTotal) -> Key:
    return (
        row.source, row.institution_id, row.period_from, row.period_to, row.offence_id,
        row.stage or "", row.unit,
    )  # fmt: skip


def _write(
    work: Work, jurisdiction: Jurisdiction, total: Total, old: ReferenceTotal | None
) -> None:
    if old is not None:
        work.close([old])
    if total.count is not None:
        work.add(
            ReferenceTotal(
                jurisdiction_id=jurisdiction.id, source=total.source,
                institution_id=total.institution_id, period_from=total.first,
                period_to=total.last, offence_id=total.offence_id, stage=total.stage.value,
                unit=total.unit.value, count=total.count, remark=total.remark,
            )
        )  # fmt: skip


class _Codes:
    """The courts and offences that a file may name."""

    def __init__(self, session: Session, jurisdiction: Jurisdiction) -> None:
        rows = session.scalars(
            select(Institution).where(Institution.jurisdiction_id == jurisdiction.id)
        )
        institutions = {row.code: row for row in rows}
        offences = select(Offence.code, Offence.id).where(
            Offence.jurisdiction_id == jurisdiction.id,
            or_(Offence.chargeable.is_(True), Offence.trafficking.is_(True)),
        )
        # Ours are counted at the court of first instance: of others we would have none.
        self.courts = {
            code: row.id
            for code, row in institutions.items()
            if row.kind == InstitutionKind.COURT and (row.level or 1) == 1
        }
        self.others = {c: row.id for c, row in institutions.items() if c not in self.courts}
        self.offences = {code: key for code, key in session.execute(offences)}


def _check_header(header: list[str], name: str) -> None:
    missing = [each for each in NEEDED if each not in header]
    unknown = [each for each in header if each not in COLUMNS]
    double = sorted({each for each in header if header.count(each) > 1})
    if missing or unknown or double:
        parts = [
            f"{words}: {', '.join(repr(each) for each in names)}"
            for words, names in (
                ("missing", missing), ("unknown", unknown), ("twice", double)
            )
            if names
        ]  # fmt: skip
        raise BadTotals(
            _(
                "${name}, line 1: the header is wrong (${parts}). Allowed: ${columns}.",
                mapping={
                    "name": name, "parts": "; ".join(parts), "columns": ", ".join(COLUMNS),
                },
            )
        )  # fmt: skip


def _total(line: int, row: Mapping[str, str], codes: _Codes, wrong: list[str]) -> Total | None:
    source = row["source"]
    if not 1 <= len(source) <= 200 or not source.isprintable():
        wrong.append("source: who published the figure, 1 to 200 characters")
    bounds = _months(row["period"])
    if bounds is None:
        wrong.append(
            f"period: “{row['period']}” is no period of whole months. Allowed: 2024, 2024-05, "
            "2024-01..2024-06"
        )
    institution = _court(row, codes, wrong)
    offence = _coded(row, "offence", codes.offences, wrong)
    stage = _word(row, "stage", Stage, wrong)
    unit = _word(row, "unit", Counted, wrong)
    written = row["count"]
    plain = written.isascii() and written.isdigit() and len(written) <= 10
    if written != WITHDRAWN and not (plain and int(written) <= MOST):
        wrong.append(
            f"count: “{written}” is no count. Allowed: a whole number without signs or blanks, "
            f"or {WITHDRAWN}"
        )
    remark = row.get("remark") or None
    if remark is not None and len(remark) > 1000:
        wrong.append("remark: at most 1,000 characters")
    if wrong or bounds is None or stage is None or unit is None:
        return None
    count = None if written == WITHDRAWN else int(written)
    return Total(
        line, source, institution, *bounds, offence, Stage(stage), Counted(unit), count, remark
    )


def _months(text: str) -> tuple[date, date] | None:
    """Return first and last day of a period of whole months."""
    first, after = periods.bounds(periods.proper(text)) or (None, None)
    if first is None or after is None:
        return None
    return (first, after - timedelta(days=1)) if first.day == after.day == 1 else None


def _court(row: Mapping[str, str], codes: _Codes, wrong: list[str]) -> int | None:
    """Return the court that a total is of; one of no court can only be withdrawn."""
    other = codes.others.get(row.get("court", ""))
    if other is None:
        return _coded(row, "court", codes.courts, wrong)
    if row["count"] != WITHDRAWN:
        wrong.append(
            f"court: “{row['court']}” is no court of first instance. Allowed: empty for all, or a "
            f"code such as {', '.join(sorted(codes.courts)[:5])}"
        )
    return other


def _coded(
    row: Mapping[str, str], name: str, codes: Mapping[str, int], wrong: list[str]
) -> int | None:
    code = row.get(name, "")
    if not code:
        return None
    if code not in codes:
        near = [each for each in codes if each.startswith(code[:3])] or list(codes)
        wrong.append(
            f"{name}: “{code}” is not known. Allowed: empty for all, or a code such as "
            f"{', '.join(sorted(near)[:5])}"
        )
    return codes.get(code)


def _word(
    row: Mapping[str, str], name: str, words: type[StrEnum], wrong: list[str]
) -> StrEnum | None:
    allowed = [each.value for each in words]
    if row[name] in allowed:
        return words(row[name])
    wrong.append(f"{name}: “{row[name]}” is not known. Allowed: {', '.join(allowed)}")
    return None


def lines_of(rows: list[ReferenceTotal], courts: Mapping[int, str], offences: Mapping[int, str]
             ) -> Iterator[tuple[object, ...]]:  # fmt: skip
    """Return totals as the rows of a file that could be read again, in the order of COLUMNS."""
    for row in rows:
        court = courts[row.institution_id] if row.institution_id else ""
        yield line_of(row, court, offences[row.offence_id] if row.offence_id else "")


def line_of(row: ReferenceTotal, court: str, offence: str) -> tuple[object, ...]:
    """Return a total as the row of a file, with the codes of what it is of ('': of all)."""
    period = period_of(row.period_from, row.period_to)
    return (
        row.source, court, period, offence, row.stage or "", row.unit, row.count, row.remark or "",
    )  # fmt: skip

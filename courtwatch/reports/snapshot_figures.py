"""What of a report is frozen: the question and every figure by keys, as canonical JSON.

Never words: a court that is renamed, a translation or another language changes nothing. Numbers
keep twelve significant digits, so that the last bit of another processor's arithmetic does not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.i18n import TranslationStringFactory

from courtwatch.models import ReportSnapshot
from courtwatch.reports.model import Figure, Label, Report
from courtwatch.security.frozen_rights import Audience

_ = TranslationStringFactory("courtwatch")

DIGITS = 12
QUESTION = (
    "code", "report", "filters", "options", "scope", "unit", "language", "audience", "withheld",
    "revision_id", "software",
)  # fmt: skip
"""The columns that say what was frozen and for whom: the checksum covers them too."""


@dataclass(frozen=True)
class Difference:
    """One figure that is not what it was: where it stands, what it was and what it is."""

    table: Label
    row: Label
    column: Label
    then: str
    now: str


def question_of_row(row: Any) -> dict[str, Any]:
    """Return the question of a snapshot, or of a row with its columns."""
    question = {name: getattr(row, name) for name in QUESTION}
    # Who reads the figures of several organisations is not told which of them froze them.
    own = row.audience == Audience.ORGANISATION
    question["organisation"] = row.organisation_id if own else None
    return question | {"frozen_at": row.frozen_at.isoformat(timespec="seconds")}


def figures_of(snapshot: ReportSnapshot, report: Report) -> str:
    """Return what is kept of a report under the identity of its snapshot."""
    p = report.provenance
    return json.dumps(
        {
            "format": 1,
            "question": question_of_row(snapshot),
            "invented": p.invented,
            "jurisdiction": p.jurisdiction,
            "suppressed": p.suppressed,
            "data_until": p.data_until.isoformat() if p.data_until else None,
            "n": p.n,
            "sizes": None
            if p.sizes is None
            else [p.sizes.charges, p.sizes.prosecutions, p.sizes.cases],
            "headlines": [[head.key, _figure(head.figure)] for head in report.headlines],
            "tables": [
                {
                    "key": table.key,
                    "n": table.n,
                    "refused": table.refused is not None,
                    "unknown": None if table.unknown is None else _figure(table.unknown),
                    "columns": [column.key for column in table.columns],
                    "rows": [
                        [row.key, [_figure(figure) for figure in row.figures]]
                        for row in table.every_row()
                    ],
                    "curves": [
                        [
                            curve.key,
                            *(
                                [_number(value) for value in values]
                                for values in (
                                    curve.x, curve.estimate, curve.lower, curve.upper, curve.n
                                )
                            ),
                        ]
                        for curve in table.curves
                    ],
                }
                for table in report.tables
            ],
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )  # fmt: skip


def checksum_of(figures: str) -> str:
    """Return the SHA-256 of canonical figures."""
    return hashlib.sha256(figures.encode("utf-8")).hexdigest()


def intact(row: Any) -> bool:
    """Say whether the figures that are kept fit their checksum, and the question beside them."""
    if checksum_of(row.figures) != row.checksum:
        return False
    kept = json.loads(row.figures)
    return isinstance(kept, dict) and kept.get("question") == question_of_row(row)


def _figure(figure: Figure) -> list[Any]:
    numbers = (figure.value, figure.lower, figure.upper, figure.numerator, figure.denominator)
    return [*map(_number, numbers), figure.code]


def _number(value: float | None) -> float | int | None:
    if value is None or isinstance(value, int):
        return value
    return float(f"{float(value):.{DIGITS}g}")


_Place = tuple[str, str, str, int]


def differences(then: str, now: str, report: Report) -> tuple[Difference, ...]:
    """Return what differs between two sets of figures, with the words of `report`, made now.

    The identity of the snapshot and the moment of the record are no figures.
    """
    old, new = dict(_cells(json.loads(then))), dict(_cells(json.loads(now)))
    words = _Words(report)
    return tuple(
        Difference(*words.of(place), *_written(old.get(place), new.get(place)))
        for place in dict.fromkeys((*old, *new))
        if old.get(place) != new.get(place)
    )


def _written(then: Any, now: Any) -> tuple[str, str]:
    """Return two values as text: the value alone where it differs, else with all beside it."""
    if isinstance(then, list) and isinstance(now, list) and then[:1] == now[:1]:
        return _text(then), _text(now)
    return _text(_first(then)), _text(_first(now))


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _text(value: Any) -> str:
    return "–" if value is None else json.dumps(value, ensure_ascii=False)


def _cells(figures: Mapping[str, Any]) -> Iterator[tuple[_Place, Any]]:
    """Yield every figure under its place; rows of one key are told apart by their number."""
    for key in ("data_until", "n", "sizes"):
        yield ("", "", key, 0), figures[key]
    for key, value in figures["headlines"]:
        yield ("", key, "headline", 0), value
    for table in figures["tables"]:
        for key in ("n", "refused", "unknown"):
            yield (table["key"], "", key, 0), table[key]
        seen: dict[str, int] = {}
        for row, values in table["rows"]:
            number = seen[row] = seen.get(row, -1) + 1
            for column, value in zip(table["columns"], values, strict=True):
                yield (table["key"], row, column, number), value
        for curve in table["curves"]:
            yield (table["key"], curve[0], "curve", 0), curve[1:]


_PARTS = {
    "n": _("Counted"),
    "data_until": _("Record reaches to"),
    "sizes": _("Charges, prosecutions, cases"),
    "headline": _("Headline"),
    "refused": _("Refused"),
    "unknown": _("Not known"),
    "curve": _("Curve"),
}


class _Words:
    """What tables, rows and columns are called; the key where there is none any more."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.tables = {table.key: table for table in report.tables}
        self.headlines = {head.key: head.label for head in report.headlines}

    def of(self, place: _Place) -> tuple[Label, Label, Label]:
        key, row, column, _number = place
        table = self.tables.get(key)
        if table is None:
            return key or self.report.title, self.headlines.get(row, row), self._part(column)
        rows = {each.key: each.label for each in table.every_row()}
        rows |= {curve.key: curve.label for curve in table.curves}
        columns = {each.key: each.label for each in table.columns}
        return table.title, rows.get(row, row), columns.get(column) or self._part(column)

    @staticmethod
    def _part(column: str) -> Label:
        return _PARTS.get(column, column)

"""Which institution and which offence a row names, each thought about once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from courtwatch.exchange.mapping import InstitutionSpec, OffenceSpec, Records
from courtwatch.exchange.plan import InstitutionPlan, OffencePlan
from courtwatch.exchange.quality import Quality
from courtwatch.exchange.tables import Table
from courtwatch.exchange.text import folded

NAME_LIMIT = 200
CODE_LIMIT = 58

Resolver = Callable[[int], int | None]
"""Row -> position in the plan's list of institutions or offences; None: unknown."""

_NOT_IN_CODES = re.compile(r"[^A-Z0-9]+")


def code_of(prefix: str, name: str) -> str:
    """Return a code for a name: capitals, digits and hyphens, at most 58 characters."""
    slug = _NOT_IN_CODES.sub("-", name.upper()).strip("-") or "X"
    return f"{prefix}-{slug}"[:CODE_LIMIT].rstrip("-") if prefix else slug[:CODE_LIMIT]


class Naming:
    """The institutions and offences that the rows of a source name."""

    def __init__(self, records: Records, quality: Quality) -> None:
        self.records = records
        self.quality = quality
        self.institutions: list[InstitutionPlan] = []
        self.offences: list[OffencePlan] = []
        self._institution_at: dict[tuple[str, str], int] = {}
        self._offence_at: dict[str, int] = {}

    def institution(self, name: str | None, table: Table) -> Resolver:
        """Return the resolver of an institution spec for the rows of a table."""
        if name is None:
            return lambda row: None
        spec = self.records.institutions[name]
        if spec.fixed is not None:
            fixed = self._place(spec, spec.fixed)
            return lambda row: fixed
        columns = [table.columns[column] for column in spec.name or () if column in table.columns]
        seen: dict[tuple[object, ...], int | None] = {}

        def resolve(row: int) -> int | None:
            values = tuple(column[row] for column in columns)
            if values not in seen:
                known = next((value for value in values if value is not None), None)
                seen[values] = None if known is None else self._place(spec, str(known))
            return seen[values]

        return resolve

    def _place(self, spec: InstitutionSpec, name: str) -> int:
        more = spec.known.get(name)
        full = (more.name if more and more.name else name)[:NAME_LIMIT]
        key = (spec.kind.value, folded(name))
        at = self._institution_at.get(key)
        if at is None:
            at = self._institution_at[key] = len(self.institutions)
            self.institutions.append(
                InstitutionPlan(
                    kind=spec.kind,
                    name=full,
                    create=spec.create,
                    code=code_of(spec.prefix, name),
                    level=spec.level,
                    preliminary_only=bool(more and more.preliminary_only),
                    remark=more.remark if more else None,
                )
            )
        return at

    def offence(self, name: str | None, table: Table) -> Resolver:
        """Return the resolver of an offence spec for the rows of a table."""
        if name is None:
            return lambda row: None
        spec = self.records.offences[name]
        if spec.code is not None:
            codes = table.columns[spec.code]
            return lambda row: None if codes[row] is None else self._by_code(codes[row])
        part = _parts(spec, table)
        seen: dict[tuple[str | None, ...], int | None] = {}

        def resolve(row: int) -> int | None:
            values = part(row)
            if values not in seen:
                seen[values] = self._by_parts(spec, table, row)
            return seen[values]

        return resolve

    def _by_code(self, code: str) -> int:
        at = self._offence_at.get(code)
        if at is None:
            at = self._offence_at[code] = len(self.offences)
            self.offences.append(OffencePlan(code, create=False))
        return at

    def _by_parts(self, spec: OffenceSpec, table: Table, row: int) -> int | None:
        def value(column: str | None) -> str | None:
            return None if column is None else table.columns[column][row]

        key_columns: Sequence[str] = spec.key or [spec.article or spec.title or ""]
        parts = [value(column) for column in key_columns]
        if all(part is None for part in parts):
            return None
        code = f"{spec.prefix}-{'-'.join(part or '' for part in parts)}"[:80]
        at = self._offence_at.get(folded(code))
        if at is not None:
            if self.offences[at].code != code:
                self.quality.find(
                    "typing_variant", table.name, table.lines[row], ", ".join(key_columns),
                    f"{code} for {self.offences[at].code}", "taken as the same offence",
                )  # fmt: skip
            return at
        offence_class = value(spec.offence_class)
        article = value(spec.article) or ""
        title = value(spec.title) or article or code
        at = self._offence_at[folded(code)] = len(self.offences)
        self.offences.append(
            OffencePlan(
                code=code,
                create=True,
                law=" ".join(value(column) or "" for column in spec.law or ())[:80],
                article=article[:80],
                offence_class=offence_class,
                category=value(spec.category),
                title=title[:300],
                trafficking=any(
                    article == a or article.startswith((a + "(", a + "-"))
                    or title == a
                    for a in spec.trafficking_articles
                ),
                penalty=spec.class_months.get(offence_class or "", (None, None)),
            )
        )
        return at


def _parts(spec: OffenceSpec, table: Table) -> Callable[[int], tuple[str | None, ...]]:
    names = spec.key or [spec.article or spec.title or ""]
    columns = [table.columns[name] for name in names]
    return lambda row: tuple([column[row] for column in columns])

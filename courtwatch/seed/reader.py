"""Read all tables of the reference data and check that they fit each other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from courtwatch.seed.fields import Fields, SeedError, SeedProblem, read_table
from courtwatch.seed.records import (
    AccountSourceRow,
    AliasRow,
    ExploitationRow,
    HearingStatusRow,
    IccsRow,
    InstitutionRow,
    JurisdictionRow,
    OffenceRow,
    ReasonGroupRow,
    ReasonPurpose,
    ReasonRow,
    ReferenceData,
    TerritoryBasis,
    TerritoryRow,
)

TABLES = Path(__file__).parent / "tables"
INSTITUTION_KINDS = ("police", "prosecution", "court")
OFFENCE_CLASSES = ("", "felony", "misdemeanour", "petty")
LAWFUL_MARKS = ("S", "D", "N", "-")
_T = TypeVar("_T")

_COLUMNS = {
    "jurisdictions": "code name_en name_km time_zone languages procedure invented",
    "institutions": "code jurisdiction kind level name_en name_km iso lat lon attached_to seat "
    "note exists_verified name_verified iso_verified place_verified khmer_reviewed",
    "institution_aliases": "institution language alias",
    "institution_territory": "institution appeal basis valid_from valid_to source verified",
    "offences": "code jurisdiction law article title_en title_km class category min_months "
    "max_months aggravated_min_months aggravated_max_months iccs iccs_by_exploitation child "
    "trafficking chargeable verified khmer_reviewed note",
    "iccs": "code parent name_en name_km verified note",
    "reason_groups": "purpose code order name_en name_km restricted",
    "reasons": "code group version name_en name_km definition_en definition_km lawful_ground "
    "source_map",
    "adjournment_reasons": "code group version name_en name_km",
    "exploitation": "code name_en name_km iccs",
    "account_sources": "code rank name_en name_km",
    "hearing_statuses": "code name_en name_km held adjourned",
}


class _Reader:
    """One reading of a directory: the rows so far and every problem met."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.problems: list[SeedProblem] = []

    def rows(self, table: str) -> Iterator[Fields]:
        path = self.directory / f"{table}.csv"
        return read_table(path, _COLUMNS[table].split(), self.problems)

    def table(
        self,
        name: str,
        make: Callable[[Fields], _T],
        key: Callable[[_T], Hashable],
    ) -> tuple[_T, ...]:
        """Read one table; the same key twice is a problem."""
        made: dict[Hashable, _T] = {}
        for fields in self.rows(name):
            row = make(fields)
            if key(row) in made:
                fields.problem(f"{key(row)!r} stands here for the second time")
            made[key(row)] = row
        return tuple(made.values())


def read(directory: Path = TABLES) -> ReferenceData:
    """Return the reference data of `directory`.

    Raises SeedError naming every wrong file and line; nothing is returned by halves.
    """
    reader = _Reader(directory)
    iccs = _iccs(reader)
    iccs_codes = {row.code for row in iccs}
    jurisdictions = reader.table("jurisdictions", _jurisdiction, lambda row: row.code)
    countries = tuple(row.code for row in jurisdictions) or ("",)
    institutions = _institutions(reader, countries)
    codes = tuple(row.code for row in institutions) or ("",)
    groups = reader.table("reason_groups", _reason_group, lambda row: (row.purpose, row.code))
    data = ReferenceData(
        jurisdictions=jurisdictions,
        institutions=institutions,
        aliases=reader.table(
            "institution_aliases",
            lambda f: AliasRow(
                _known(f, "institution", codes), f.choice("language", ("en", "km")), f.text("alias")
            ),
            lambda row: (row.institution, row.alias),
        ),
        territories=reader.table(
            "institution_territory",
            lambda f: _territory(f, codes),
            lambda row: (row.institution, row.basis, row.valid_from),
        ),
        offences=reader.table(
            "offences", lambda f: _offence(f, countries, iccs_codes), lambda row: row.code
        ),
        iccs=iccs,
        reason_groups=groups,
        reasons=_reasons(reader, groups),
        exploitation=reader.table(
            "exploitation",
            lambda f: ExploitationRow(
                f.text("code", 30), f.text("name_en"), f.text("name_km"), _iccs_of(f, iccs_codes)
            ),
            lambda row: row.code,
        ),
        account_sources=reader.table(
            "account_sources",
            lambda f: AccountSourceRow(
                f.text("code"), f.whole("rank", 1) or 0, f.text("name_en"), f.text("name_km")
            ),
            lambda row: row.code,
        ),
        hearing_statuses=reader.table(
            "hearing_statuses",
            lambda f: HearingStatusRow(
                f.text("code"),
                f.text("name_en"),
                f.text("name_km"),
                f.yes("held"),
                f.yes("adjourned"),
            ),
            lambda row: row.code,
        ),
    )
    if reader.problems:
        raise SeedError(sorted(reader.problems, key=lambda p: (p.file, p.line)))
    return data


def _known(fields: Fields, column: str, codes: tuple[str, ...]) -> str:
    code = fields.text(column)
    if code and code not in codes:
        fields.problem(f"column '{column}' names '{code}', which no row of its own table has")
    return code


def _jurisdiction(fields: Fields) -> JurisdictionRow:
    zone = fields.text("time_zone", 60)
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        fields.problem(f"column 'time_zone' says '{zone}', which is no IANA time zone")
    languages = tuple(fields.text("languages").split())
    if any(language not in ("en", "km") for language in languages):
        fields.problem("column 'languages' may hold 'km' and 'en', with a blank between")
    return JurisdictionRow(
        fields.text("code", 20), fields.text("name_en"), fields.text("name_km"), zone, languages,
        fields.text("procedure", 60), fields.yes("invented"),
    )  # fmt: skip


def _institutions(reader: _Reader, countries: tuple[str, ...]) -> tuple[InstitutionRow, ...]:
    attached: list[tuple[Fields, str]] = []

    def make(fields: Fields) -> InstitutionRow:
        parent = fields.or_none("attached_to")
        if parent:
            attached.append((fields, parent))
        return InstitutionRow(
            code=fields.text("code", 60),
            jurisdiction=fields.choice("jurisdiction", countries),
            kind=fields.choice("kind", INSTITUTION_KINDS),
            level=fields.whole("level", 1),
            name_en=fields.text("name_en"),
            name_km=fields.text("name_km"),
            iso=fields.text("iso", 40),
            latitude=fields.number("lat", -90, 90),
            longitude=fields.number("lon", -180, 180),
            attached_to=parent,
            seat=fields.optional("seat"),
            note=fields.optional("note"),
            exists_verified=fields.yes("exists_verified"),
            name_verified=fields.yes("name_verified"),
            iso_verified=fields.yes("iso_verified"),
            place_verified=fields.yes("place_verified"),
            khmer_reviewed=fields.yes("khmer_reviewed"),
        )

    rows = reader.table("institutions", make, lambda row: row.code)
    codes = {row.code for row in rows}
    for fields, parent in attached:
        if parent not in codes or parent == fields.values["code"]:
            fields.problem(f"column 'attached_to' names '{parent}', which is no other institution")
    return rows


def _territory(fields: Fields, codes: tuple[str, ...]) -> TerritoryRow:
    row = TerritoryRow(
        _known(fields, "institution", codes),
        _known(fields, "appeal", codes),
        TerritoryBasis(fields.choice("basis", [basis.value for basis in TerritoryBasis])),
        fields.day("valid_from"),
        fields.day("valid_to"),
        fields.text("source"),
        fields.yes("verified"),
    )
    if row.valid_from and row.valid_to and row.valid_from >= row.valid_to:
        fields.problem("'valid_to' is the first day that no longer counts: it must come later")
    return row


def _iccs(reader: _Reader) -> tuple[IccsRow, ...]:
    seen: set[str] = set()

    def make(fields: Fields) -> IccsRow:
        parent = fields.or_none("parent")
        if parent and parent not in seen:
            fields.problem(f"column 'parent' names '{parent}', which no earlier row has")
        code = fields.text("code", 10)
        seen.add(code)
        return IccsRow(
            code, parent, fields.text("name_en"), fields.text("name_km"),
            fields.yes("verified"), fields.optional("note"),
        )  # fmt: skip

    return reader.table("iccs", make, lambda row: row.code)


def _iccs_of(fields: Fields, codes: set[str]) -> str:
    code = fields.optional("iccs")
    if code and code not in codes:
        fields.problem(f"column 'iccs' says '{code}', which iccs.csv does not hold")
    return code


def _offence(fields: Fields, countries: tuple[str, ...], iccs_codes: set[str]) -> OffenceRow:
    row = OffenceRow(
        code=fields.text("code", 80),
        jurisdiction=fields.choice("jurisdiction", countries),
        law=fields.text("law", 80),
        article=fields.text("article", 80),
        offence_class=fields.choice("class", OFFENCE_CLASSES) or None,
        category=fields.text("category", 80),
        name_en=fields.text("title_en", 300),
        name_km=fields.text("title_km", 300),
        min_months=fields.whole("min_months"),
        max_months=fields.whole("max_months"),
        aggravated_min_months=fields.whole("aggravated_min_months"),
        aggravated_max_months=fields.whole("aggravated_max_months"),
        iccs=_iccs_of(fields, iccs_codes) or None,
        iccs_by_exploitation=fields.yes("iccs_by_exploitation"),
        child=fields.yes("child"),
        trafficking=fields.yes("trafficking"),
        chargeable=fields.yes("chargeable"),
        verified=fields.yes("verified"),
        khmer_reviewed=fields.yes("khmer_reviewed"),
        note=fields.optional("note"),
    )
    if row.chargeable and not (row.iccs and row.offence_class):
        fields.problem("a chargeable offence needs a class and an ICCS code")
    if row.min_months and row.max_months and row.min_months > row.max_months:
        fields.problem("'min_months' is above 'max_months'")
    return row


def _reason_group(fields: Fields) -> ReasonGroupRow:
    return ReasonGroupRow(
        ReasonPurpose(fields.choice("purpose", [purpose.value for purpose in ReasonPurpose])),
        fields.text("code", 10), fields.whole("order", 1) or 0, fields.text("name_en", 120),
        fields.text("name_km", 120), fields.yes("restricted"),
    )  # fmt: skip


def _reasons(reader: _Reader, groups: tuple[ReasonGroupRow, ...]) -> tuple[ReasonRow, ...]:
    made: list[ReasonRow] = []
    for purpose, table in (
        (ReasonPurpose.TERMINATION, "reasons"),
        (ReasonPurpose.ADJOURNMENT, "adjournment_reasons"),
    ):
        of_purpose = {group.code: group for group in groups if group.purpose is purpose}
        if of_purpose:
            made += reader.table(
                table,
                lambda f, p=purpose, g=of_purpose: _reason(f, p, g),  # type: ignore[misc]
                lambda row: (row.version, row.code),
            )
    positions: dict[ReasonPurpose, int] = dict.fromkeys(ReasonPurpose, 0)
    placed: list[ReasonRow] = []
    for row in made:
        positions[row.purpose] += 1
        placed.append(_placed(row, positions[row.purpose]))
    return tuple(placed)


def _placed(row: ReasonRow, position: int) -> ReasonRow:
    return ReasonRow(**{**vars(row), "position": position})


def _reason(fields: Fields, purpose: ReasonPurpose, groups: dict[str, ReasonGroupRow]) -> ReasonRow:
    explained = purpose is ReasonPurpose.TERMINATION
    lawful = fields.choice("lawful_ground", LAWFUL_MARKS) if explained else "-"
    return ReasonRow(
        purpose=purpose,
        code=fields.text("code", 20),
        group=groups[fields.choice("group", list(groups))],
        version=fields.whole("version", 1) or 0,
        position=0,
        name_en=fields.text("name_en"),
        name_km=fields.text("name_km"),
        definition_en=fields.text("definition_en", 1000) if explained else None,
        definition_km=fields.text("definition_km", 1000) if explained else None,
        lawful=None if lawful == "-" else lawful,
        source_map=fields.or_none("source_map") if explained else None,
    )

"""A mapping: how the tables of one source become records of ours. Data, checked with file and line.

The classes say what a mapping file may hold; `docs/import.md` teaches how to write one. Nothing
here or in the engine knows a particular source.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from courtwatch.exchange.values import DAY_FORMATS
from courtwatch.models.vocabulary import (
    AccountSource,
    ChargeKind,
    InstitutionKind,
    OrganisationKind,
    Reliability,
    ShareLevel,
)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, (str, int, float, bool)) or value is None else value


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Names = Annotated[list[Name], BeforeValidator(_as_list), Field(min_length=1)]
Strings = Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1)]
DayFormat = Literal["iso", "mdy", "dmy", "khmer", "month", "year", "serial"]
assert set(DAY_FORMATS) == set(DayFormat.__args__)  # type: ignore[attr-defined]

Condition = Annotated[list[str | int | bool | None], BeforeValidator(_as_list), Field(min_length=1)]
Issuer = Literal["police", "prosecutor", "investigating", "court", "appeal", "supreme", "other"]

When = dict[str, Condition]
"""Column -> values of which one must hold. Besides the values of the column: `known`, `blank`.

`has.TABLE: yes|no`: whether the prosecution has rows in another table.
`TABLE.COLUMN: none|before|same|after`: a day of the prosecution in another table, compared with
the day of the event this condition stands at."""


class Strict(BaseModel):
    """Refuses what it does not know: a typing error in a mapping must not pass silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Strict):
    """One column of a table."""

    heading: Strings
    type: Literal["text", "word", "number", "day"] = "text"
    words: Name | None = None
    formats: list[DayFormat] = ["iso"]
    shift_hours: float = 0
    optional: bool = False
    required: bool = False
    note_blank: bool = False
    allowed: tuple[float, float] | None = None


class Link(Strict):
    """Rows of this table belong to a row of another: `columns` here hold its key."""

    to: Name
    columns: Names


class TableSpec(Strict):
    """One table of the source: a CSV file, or a sheet of a workbook.

    file: name or pattern, for sources that are directories; sheet: for workbooks. prosecution,
    case: the columns that say to which prosecution or (for tables about whole cases) to which
    case a row belongs. not_taken: columns that are left out on purpose, with the reason.
    """

    file: Strings | None = None
    sheet: Strings | None = None
    noun: str
    key: Names
    prosecution: Names | None = None
    case: Names | None = None
    columns: dict[Name, Column]
    links: list[Link] = []
    not_taken: dict[str, str] = {}
    optional: bool = False
    encoding: Literal["utf-8", "cp1252"] | None = None


class Vocabulary(Strict):
    """Words of the source and what they mean. `unknown`: what to do with any other word."""

    words: dict[str, str | None]
    unknown: Literal["reject", "blank", "keep"] = "reject"


class InstitutionSpec(Strict):
    """How a row names an institution: `name` columns, the first known one; or a fixed one.

    create: make it when it is not there; else it is looked up by code, name and alias.
    known: name -> what is known of it beyond the name.
    """

    kind: InstitutionKind
    table: Name | None = None
    name: Names | None = None
    fixed: str | None = None
    create: bool = False
    prefix: str = ""
    level: int | None = None
    words: Name | None = None
    known: dict[str, KnownInstitution] = {}


class KnownInstitution(Strict):
    """What the mapping knows of an institution that it creates."""

    name: str | None = None
    preliminary_only: bool = False
    remark: str | None = None


class OffenceSpec(Strict):
    """How a row names an offence: a `code` of ours by vocabulary, or its parts (`create`)."""

    code: Name | None = None
    create: bool = False
    law: Names | None = None
    article: Name | None = None
    offence_class: Name | None = None
    title: Name | None = None
    category: Name | None = None
    key: Names | None = None
    prefix: str = ""
    trafficking_articles: list[str] = []
    class_months: dict[str, tuple[int | None, int | None]] = {}


class CaseSpec(Strict):
    """A case: rows of `table` that name the same case are one case."""

    table: Name
    number: Name | None = None
    issuer: Issuer = "prosecutor"
    more_numbers: dict[Issuer, Name] = {}
    court: Name | None = None


class ProsecutionSpec(Strict):
    """One accused in one case, and what is known of the person."""

    table: Name
    registered: Name | None = None
    entry: Name | None = None
    sex: Name | None = None
    age: Name | None = None
    citizenship: Name | None = None
    official: Name | None = None
    names: dict[Literal["Latn", "Khmr"], Name] = {}
    alleged: Name | None = None
    alleged_as_given: Name | None = None
    exploitation: Name | None = None


class ChargeSpec(Strict):
    """A charge that was filed: one per row of `table` where `when` holds."""

    table: Name
    key: Names
    offence: Name | None = None
    as_given: Name | None = None
    exploitation: Name | None = None
    kind: ChargeKind = ChargeKind.FILED
    rank: Name | None = None
    when: When = {}


class Rule(Strict):
    """What a row means when `when` holds: a step with its disposition, or nothing (`skip`)."""

    when: When = {}
    step: str | None = None
    skip: str | None = None
    disposition: str | None = None
    reason: str | None = None
    reason_from: Name | None = None
    mode: str | None = None
    entry_stage: str | None = None


class Between(Strict):
    """Days (TABLE.COLUMN) around an event whose own day no column tells: not before the latest of
    `after`, not after the earliest of `before` or the end of the data."""

    after: Strings
    before: list[str] = []


class EventSpec(Strict):
    """Events that rows tell of.

    day: columns of which the first known and trusted one dates the event. Where there is none,
    `undated: keep` records the event without a day, `skip` not at all; an event whose day was set
    aside is always recorded. `between` dates both kinds by the days known around them.
    of: the whole prosecution, this row's charge, or all charges of the
    prosecution; `files`: the event files them. institution: one of `institutions`, or `of_case`
    for the court of the case. rules: the first that holds counts. assessed: the column with the
    reason that the organisation concludes, beside the one that the decision states.
    """

    name: Name
    table: Name
    charge: Names | None = None
    of: Literal["prosecution", "charge", "charges"] = "prosecution"
    files: bool = False
    day: Annotated[list[str], BeforeValidator(_as_list)] = []
    undated: Literal["keep", "skip"] = "skip"
    between: Between | None = None
    institution: Name | None = None
    to_offence: Name | None = None
    rules: list[Rule]
    otherwise: Literal["reject", "skip"] = "skip"
    assessed: Name | None = None
    sentence: SentenceSpec | None = None


class SentenceSpec(Strict):
    """The sentence that goes with an event: columns of its table, where `when` holds.

    kind: a column, or `kind_word` for all. unit_days: days per unit; "" where there is no unit.
    """

    kind: Name | None = None
    kind_word: str | None = None
    when: When = {}
    term: Name | None = None
    unit: Name | None = None
    kind_detail: Name | None = None
    unit_days: dict[str, float] = {}


class HearingSpec(Strict):
    """Hearings that rows tell of."""

    table: Name
    day: Name
    kind: Name | None = None
    court: Name | None = None
    status: Name | None = None
    adjournment_reason: Name | None = None
    next: Name | None = None
    when: When = {}


class VictimSpec(Strict):
    """Victims that rows tell of: a pseudonym and coded facts, never a name."""

    table: Name
    pseudonym: Name | None = None
    sex: Name | None = None
    age: Name | None = None
    citizenship: Name | None = None
    exploitation: Name | None = None
    civil_party: Name | None = None


class NoteSpec(Strict):
    """Free text of a row, kept as a note that stays with the organisation."""

    table: Name
    text: Name
    language: Literal["en", "km"] | None = None


class Records(Strict):
    """What the rows become."""

    case: CaseSpec
    prosecution: ProsecutionSpec
    charges: list[ChargeSpec] = []
    offences: dict[Name, OffenceSpec] = {}
    institutions: dict[Name, InstitutionSpec] = {}
    events: list[EventSpec] = []
    hearings: list[HearingSpec] = []
    victims: list[VictimSpec] = []
    notes: list[NoteSpec] = []


class Order(Strict):
    """Which days must follow which. Of days that contradict each other the fewest, least trusted
    are set aside. `chains`, `trust` and `slack_days` (how much too late a day may be before it
    contradicts a later one) name days as TABLE.COLUMN."""

    chains: list[list[str]] = []
    trust: dict[str, float] = {}
    slack_days: dict[str, int] = {}


class Compare(Strict):
    """Two tables tell the same; rows are paired by the link of the first table to the other, else
    by their prosecution."""

    column: str
    with_: str = Field(alias="with")
    name: Name = "tables_disagree"
    done: str = "each kept as told"


class Check(Strict):
    """An anomaly worth listing: rows of `table` where `when` holds."""

    name: Name
    table: Name
    when: When
    show: Name | None = None
    done: str


class Owner(Strict):
    """The organisation whose data this is; made when it is not there."""

    code: str
    name: str
    kind: OrganisationKind


class Mapping(Strict):
    """A whole mapping file."""

    mapping: Name
    version: int
    title: str
    attribution: str | None = None
    jurisdiction: str
    procedure: str
    owner: Owner | None = None
    source: AccountSource
    reliability: Reliability = Reliability.MEDIUM
    share_level: ShareLevel = ShareLevel.PRIVATE
    earliest: date = date(1950, 1, 1)
    cut_off: str = "today"
    last_verified: bool = False
    tables: dict[Name, TableSpec]
    vocabularies: dict[Name, Vocabulary] = {}
    records: Records
    order: Order = Order()
    compare: list[Compare] = []
    checks: list[Check] = []


InstitutionSpec.model_rebuild()
EventSpec.model_rebuild()

"""The reference data that every installation starts with, read from `tables/*.csv`.

`read()` returns it as frozen values or raises `SeedError` with file and line;
`courtwatch.services.seed.load` puts it into the database.
"""

from __future__ import annotations

from courtwatch.seed.fields import SeedError, SeedProblem
from courtwatch.seed.reader import TABLES, read
from courtwatch.seed.records import (
    KHMER_REVIEWED,
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

__all__ = [
    "KHMER_REVIEWED", "TABLES", "AccountSourceRow", "AliasRow", "ExploitationRow",
    "HearingStatusRow", "IccsRow", "InstitutionRow", "JurisdictionRow", "OffenceRow",
    "ReasonGroupRow", "ReasonPurpose", "ReasonRow", "ReferenceData", "SeedError", "SeedProblem",
    "TerritoryBasis", "TerritoryRow", "read",
]  # fmt: skip

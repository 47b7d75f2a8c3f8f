"""What gets indexed: one document per case and audience."""

from __future__ import annotations

from dataclasses import dataclass, fields
from hashlib import blake2b

from search_index.spells import Spell

FACETS: tuple[str, ...] = (
    "court",
    "stage",
    "outcome",
    "ended_by",
    "offence",
    "reason",
    "custody",
    "organisation",
    "year",
    "overdue",
)
"""Fields that can be filtered by and counted; their values are codes."""

OVERDUE: tuple[str, ...] = ("detention", "act", "unknown")
"""Values of the facet ``overdue``: a limit of detention has passed; the time that an authority has
for an act has passed; nobody can tell of a limit that runs, because its days are vague or missing.
A document holds when each is true (:mod:`search_index.spells`); a request asks of its moment."""

DATES: tuple[str, ...] = ("registered", "last_event")
"""Fields that hold a day as the number yyyymmdd."""


@dataclass(frozen=True)
class CaseDocument:
    """All that one audience may see of one case.

    ``audience`` is one of ``coded``, ``official``, ``network``, ``org:N``. ``hidden_for`` names the
    audiences that have a fuller document of the same case: an asker who is in one of them never
    matches this document, so every asker matches exactly one document per case and neither a
    count nor a facet nor a snippet can tell more than the pages do.

    Days are the signed number yyyymmdd; a month is yyyymm00, a year yyyy0000. ``texts`` is free
    text and must hold only what this audience may read.
    """

    case_id: int
    audience: str
    hidden_for: tuple[str, ...] = ()
    code: str = ""
    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    court: tuple[str, ...] = ()
    court_names: tuple[str, ...] = ()
    stage: str = ""
    outcome: str = ""
    ended_by: tuple[str, ...] = ()
    offences: tuple[str, ...] = ()
    offence_names: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    reason_names: tuple[str, ...] = ()
    custody: tuple[str, ...] = ()
    organisation: str = ""
    year: int | None = None
    registered: int | None = None
    last_event: int | None = None
    overdue: tuple[Spell, ...] = ()
    texts: tuple[str, ...] = ()

    def fingerprint(self) -> int:
        """A number of 63 bits that differs where anything of the document does.

        An engine keeps it, so that index and database can be compared without reading texts back.
        """
        said = repr(tuple(getattr(self, field.name) for field in fields(self)))
        digest = blake2b(said.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 1

    def facet_values(self) -> dict[str, tuple[str, ...]]:
        """Codes of this document by facet, in the order of :data:`FACETS`; empty ones left out.

        Without ``overdue``, which depends on the moment that is asked about.
        """
        values: dict[str, tuple[str, ...]] = {
            "court": self.court,
            "stage": (self.stage,),
            "outcome": (self.outcome,),
            "ended_by": self.ended_by,
            "offence": self.offences,
            "reason": self.reasons,
            "custody": self.custody,
            "organisation": (self.organisation,),
            "year": (str(self.year),) if self.year is not None else (),
        }
        kept = {name: tuple(v for v in codes if v) for name, codes in values.items()}
        return {name: codes for name, codes in kept.items() if codes}

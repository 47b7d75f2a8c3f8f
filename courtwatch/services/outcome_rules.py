"""The rule by which ended charges become an outcome, as downloads state it.

A row says in a sentence which rule it follows and where the whole of it stands; what a download
says of itself carries the rule in full. English, as all that a program reads.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from courtwatch.services.procedure_versions import versions
from courtwatch.services.standing import procedure_of
from workflows.history import outcome_rule_text
from workflows.procedure import Procedure

_CASE = (
    "A case has an outcome once each of its prosecutions has one: the first in the same order "
    "that fits any of them. "
)


def rules_in_full(session: Session, of_cases: bool = False) -> dict[str, str]:
    """Return the rule of every published version, by its name and version.

    `of_cases`: the rows are cases, so how they follow from prosecutions is said first. Versions
    are reference data: that one is listed does not tell that anybody's case is on it.
    """
    first = _CASE if of_cases else ""
    found = [procedure_of(one.row) for one in versions(session)]
    return {version_of(one): first + outcome_rule_text(one).en for one in found}


def version_of(procedure: Procedure) -> str:
    """Return name and version as downloads print them."""
    return f"{procedure.name} {procedure.version}"


def rule_in_brief(procedure: Procedure, address: str, of_cases: bool = False) -> str:
    """Return the rule in a sentence, and the address at which it stands in full."""
    whose = "ended prosecution" if of_cases else "charge"
    first = "Once every prosecution ended" if of_cases else "The first end"
    order = f"the first outcome in the order of {version_of(procedure)}"
    return f"{first}: {order} that fits any {whose}; in full at {address}#rule"

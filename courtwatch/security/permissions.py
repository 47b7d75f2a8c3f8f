"""Every permission, in one map of predicates. Names read scope:resource:action.

A permission says what a role may do at all. What a person may see of one case is decided by
`courtwatch.security.visibility`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.security.identity import Identity

Predicate = Callable[[Identity], bool]

DEFAULT = "app:page:view"

_RECORDS = frozenset({Role.MONITOR, Role.COORDINATOR})
_READS = frozenset({Role.MONITOR, Role.COORDINATOR, Role.ANALYST, Role.RESEARCHER})


def signed_in(identity: Identity) -> bool:
    """Anybody who is signed in."""
    return True


def reads_cases(identity: Identity) -> bool:
    """Everybody but those who run the system: they see no case content."""
    return identity.role in _READS and identity.organisation_kind != OrganisationKind.OPERATOR


def records(identity: Identity) -> bool:
    """Monitors and coordinators of a monitoring organisation."""
    return identity.role in _RECORDS and identity.organisation_kind == OrganisationKind.NGO


def coordinates(identity: Identity) -> bool:
    """Coordinators of a monitoring organisation."""
    return records(identity) and identity.role == Role.COORDINATOR


def administers(identity: Identity) -> bool:
    """Those who run the system."""
    return identity.role == Role.ADMINISTRATOR


def looks_for_faults(identity: Identity) -> bool:
    """Those who keep cases, of their own; those who run the system, of the database."""
    return records(identity) or administers(identity)


PERMISSIONS: Mapping[str, Predicate] = MappingProxyType(
    {
        DEFAULT: signed_in,
        "record:case:list": reads_cases,
        "record:case:view": reads_cases,
        "record:case:download": reads_cases,
        "record:deadline:view": reads_cases,
        "record:deadline:download": reads_cases,
        "record:worklist:view": records,
        "record:case:open": records,
        "record:case:find": records,
        "record:case:share": coordinates,
        "record:accused:add": records,
        "record:accused:move": records,
        "record:victim:add": records,
        "record:charge:add": records,
        "record:number:add": records,
        "record:step:record": records,
        "record:hearing:record": records,
        "record:event:correct": records,
        "record:account:choose": records,
        "record:case:merge": records,
        "record:review:view": records,
        "record:entry:resolve": records,
        "record:hearing:correct": records,
        "record:note:add": records,
        "record:words:redact": coordinates,
        "search:record:use": reads_cases,
        "report:figure:view": signed_in,
        "report:figure:download": signed_in,
        "report:suppressed:view": signed_in,
        "report:inquiry:view": records,
        "report:inquiry:send": coordinates,
        "report:snapshot:view": reads_cases,
        "report:snapshot:freeze": reads_cases,
        "coverage:entry:view": signed_in,
        "coverage:entry:add": coordinates,
        "organisation:data:download": coordinates,
        "reference:procedure:view": signed_in,
        "integrity:finding:view": looks_for_faults,
        "system:state:view": administers,
    }
)


class UnknownPermission(LookupError):
    """A view names a permission that the map does not have."""


def allows(identity: Identity | None, permission: str) -> bool:
    """Say whether this person has `permission`; nobody has any before signing in.

    Raises UnknownPermission for a name that is not in the map: a mistyped permission must fail
    in a test and not lock a page, or open it.
    """
    predicate = PERMISSIONS.get(permission)
    if predicate is None:
        raise UnknownPermission(f"no permission {permission!r} in security/permissions.py")
    return identity is not None and predicate(identity)

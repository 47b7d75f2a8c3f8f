"""Every kind of fault, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from courtwatch.services.integrity import (
    about,
    calendar,
    days,
    derived,
    ends,
    frozen,
    hearings,
    index,
    lawful,
    links,
    revisions,
    same,
)
from courtwatch.services.integrity.kinds import Kind
from courtwatch.services.messages import Told, _

_PARTS = (
    ends, lawful, days, same, about, calendar, hearings, links, derived, revisions, frozen, index,
)  # fmt: skip

KINDS: Mapping[str, Kind] = MappingProxyType(
    {kind.code: kind for part in _PARTS for kind in part.KINDS}
)


class UnknownKind(Told):
    """A kind was named that there is not."""

    def __init__(self, code: str) -> None:
        known = ", ".join(KINDS)
        super().__init__(
            _(
                "There is no kind ${code}. There are: ${known}.",
                mapping={"code": code, "known": known},
            )
        )


def kind_of(code: str) -> Kind:
    """Return the kind with this code. Raises UnknownKind."""
    try:
        return KINDS[code]
    except KeyError:
        raise UnknownKind(code) from None

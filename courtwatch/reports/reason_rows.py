"""Reasons folded into rows: groups, the merged rest, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.context import NO_REASON, SENSITIVE_CASES, Context
from courtwatch.reports.model import Label

_ = TranslationStringFactory("courtwatch")

OTHER = "other"
NONE = "none"
OTHER_LABEL = _("Other reasons")
NONE_LABEL = _("No reason known")
WITHHELD_LABEL = _("No reason known, or not shown")
_OTHER_CODE = "UN9"

NO_REASON_TEXT = _(
    "No reason known: the decision gives none (UN1), it could not be read (UN2), or none is "
    "recorded."
)
WITHHELD_TEXT = _(
    "Reasons of settlement, threat and integrity are allegations. They are shown to monitoring "
    "organisations; to others only for the whole country, from ${n} cases and not divided "
    "further. Otherwise they are counted with those without a known reason.",
    mapping={"n": str(SENSITIVE_CASES)},
)


@dataclass(frozen=True)
class ReasonGroup:
    """One row or column of reasons. `reasons` are the keys it holds; None is 'none recorded'."""

    key: str
    label: Label
    reasons: frozenset[int | None]
    query: dict[str, str | tuple[str, ...]] | None


def _query(group: str, closed: frozenset[str]) -> dict[str, str | tuple[str, ...]] | None:
    return None if group in closed else {"group": group}


class ReasonFold:
    """How the reasons of one table are grouped for its reader.

    `apart` False: the table divides reasons further (by actor, by reason), so that small numbers
    of allegations could be read off.
    """

    def __init__(self, context: Context, apart: bool = True) -> None:
        words = context.words
        hidden = context.hidden_groups(apart)
        order = sorted(words.reasons.items(), key=lambda item: item[1].position)
        self.withheld = frozenset(key for key, reason in order if reason.group in hidden)
        by_group: dict[str, set[int]] = {}
        none: set[int | None] = {None, *self.withheld}
        for key, reason in order:
            if words.no_reason(key):
                none.add(key)
            elif key not in self.withheld:
                rest = reason.code == _OTHER_CODE or not reason.ends
                by_group.setdefault(OTHER if rest else reason.group, set()).add(key)
        other = by_group.pop(OTHER, set())
        labels = {reason.group: reason.group_name for reason in words.reasons.values()}
        closed = context.restricted_groups if context.reader.withholds else frozenset()
        self.groups: list[ReasonGroup] = [
            # A group that the reader's lists keep back is a figure without a list.
            ReasonGroup(group, labels[group], frozenset(keys), _query(group, closed))
            for group, keys in by_group.items()
        ]
        self.groups.append(
            ReasonGroup(OTHER, OTHER_LABEL, frozenset(other), {"reason": _OTHER_CODE})
        )
        # The reader's lists find every withheld reason as none; they can't leave some out.
        all_or_none = closed == hidden
        self.groups.append(
            ReasonGroup(
                NONE,
                WITHHELD_LABEL if self.withheld else NONE_LABEL,
                frozenset(none),
                {"reason": NO_REASON} if all_or_none else None,
            )
        )

    @property
    def none(self) -> ReasonGroup:
        """Return the group of those without a known reason."""
        return self.groups[-1]

    @property
    def notes(self) -> tuple[Label, ...]:
        """Return what must be said beside the figures."""
        return (NO_REASON_TEXT, WITHHELD_TEXT) if self.withheld else (NO_REASON_TEXT,)

"""Reasons folded into rows: groups, the merged rest, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.context import NO_REASON, Context
from courtwatch.reports.model import Label

_ = TranslationStringFactory("courtwatch")

OTHER = "other"
NONE = "none"
OTHER_LABEL = _("Other reasons")
MERGED_LABEL = _("Other reasons, with those not shown apart")
NONE_LABEL = _("No reason known")
_OTHER_CODE = "UN9"

NO_REASON_TEXT = _(
    "No reason known: the decision gives none (UN1), it could not be read (UN2), or none is "
    "recorded."
)
MERGED_TEXT = _(
    "Reasons of settlement, threat and integrity are allegations. They are shown to monitoring "
    "organisations; to others only for the whole country, from ${n} cases and not divided "
    "further. Otherwise they are counted within “Other reasons”.",
    mapping={"n": "10"},
)


@dataclass(frozen=True)
class ReasonGroup:
    """One row or column of reasons. `reasons` are the keys it holds; None is 'none recorded'."""

    key: str
    label: Label
    reasons: frozenset[int | None]
    query: dict[str, str | tuple[str, ...]] | None


class ReasonFold:
    """How the reasons of one table are grouped for its reader.

    `apart` False: the table divides reasons further (by actor, by reason), so that small numbers
    of allegations could be read off.
    """

    def __init__(self, context: Context, apart: bool = True) -> None:
        words = context.words
        self.words = words
        hidden = context.hidden_groups(apart)
        self.merges = bool(hidden)
        by_group: dict[str, set[int]] = {}
        order = sorted(words.reasons.items(), key=lambda item: item[1].position)
        none: set[int | None] = {None}
        for key, reason in order:
            if words.no_reason(key):
                none.add(key)
                continue
            rest = reason.code == _OTHER_CODE or reason.group in hidden or not reason.ends
            by_group.setdefault(OTHER if rest else reason.group, set()).add(key)
        other = by_group.pop(OTHER, set())
        labels = {reason.group: reason.group_name for reason in words.reasons.values()}
        self.groups: list[ReasonGroup] = [
            ReasonGroup(group, labels[group], frozenset(keys), {"group": group})
            for group, keys in by_group.items()
        ]
        # A merged row opens no list: it would show which of its prosecutions are allegations.
        self.groups.append(
            ReasonGroup(
                OTHER,
                MERGED_LABEL if self.merges else OTHER_LABEL,
                frozenset(other),
                None if self.merges else {"reason": _OTHER_CODE},
            )
        )
        self.groups.append(ReasonGroup(NONE, NONE_LABEL, frozenset(none), {"reason": NO_REASON}))

    @property
    def none(self) -> ReasonGroup:
        """Return the group of those without a known reason."""
        return self.groups[-1]

    @property
    def notes(self) -> tuple[Label, ...]:
        """Return what must be said beside the figures."""
        return (NO_REASON_TEXT, MERGED_TEXT) if self.merges else (NO_REASON_TEXT,)

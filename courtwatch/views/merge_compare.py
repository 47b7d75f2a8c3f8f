"""The page on which two records of one case stand side by side and their rows are paired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from courtwatch import labels
from courtwatch.commands.parsing import Invalid
from courtwatch.models.vocabulary import ChargeKind, PairHolds, PairKind
from courtwatch.services.finding import accused_of, case_by_code, charges_by_prosecution
from courtwatch.services.labels import named, step_label
from courtwatch.services.merge_pairs import Contents, Pair, contents, propose
from courtwatch.services.merging import (
    MergeCases,
    why_not,
    why_not_decide,
)
from courtwatch.services.messages import _
from courtwatch.services.standing import procedure_of
from courtwatch.views.case_words import text, when
from courtwatch.views.lookup import at_rest, case_from, visible
from courtwatch.views.meanwhile import key_in
from courtwatch.web.dates import format_day
from courtwatch.web.page import Option
from workflows.procedure import Procedure

HOLDS = (
    Option(PairHolds.RULE, _("By the rule: official before seen before told")),
    Option(PairHolds.KEPT, _("What the record that stays says")),
    Option(PairHolds.MERGED, _("What the record that is merged says")),
)
MAX_WHY = 2000


@dataclass(frozen=True)
class _PairField:
    """The fields of one row of the merged record: whose twin it is, and which of the two holds."""

    name: str
    label: str
    options: list[Option]
    holds: str | None


class Compare:
    """The page on which two records are compared and their rows paired."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.kept = case_from(request)
        other = visible(request, case_by_code(request.dbsession, request.matchdict["other"]))
        self.merged = at_rest(request, other)
        session, actor = request.dbsession, request.actor
        self.left = contents(session, actor, self.kept)
        self.right = contents(session, actor, self.merged)
        # Asked before anything is tried: a merge that is refused leaves its traces in the session.
        self.refusal = why_not(session, actor, self.kept, self.merged)
        self.may_refuse = why_not_decide(session, actor, self.kept, self.merged) is None
        self.names = accused_of(session, actor, self.kept) | accused_of(session, actor, self.merged)
        members = [*self.left.charges, *self.right.charges]
        self.offences = {
            charge.id: offence
            for charges in charges_by_prosecution(session, members).values()
            for charge, offence in charges
        }

    def label(self, kind: PairKind, row: Any) -> str:
        """Return what a row is called on this page."""
        if kind is PairKind.PROSECUTION:
            return f"{self.names.get(row.id, '')} ({row.public_code})"
        if kind is PairKind.CHARGE:
            offence = named(self.offences.get(row.id))
            words = text(offence) if offence is not None else text(_("Offence not known"))
            return f"{words} · {self.names.get(row.prosecution_id, '')}"
        if kind is PairKind.EVENT:
            procedure: Procedure = procedure_of(self.kept.procedure_version)
            day = when(row.occurred_from, row.occurred_to, row.precision)
            return f"{text(step_label(procedure, row.step))} · {day}"
        kind_of = text(labels.label(labels.HEARING_KINDS, row.kind))
        status = text(labels.HEARING_STATUSES[row.status])
        return f"{format_day(row.scheduled_on)} · {kind_of} · {status}"

    def rows(self, side: Contents, kind: PairKind) -> list[Any]:
        """Return what of a kind is paired by hand: an allegation follows its accused."""
        return [
            row
            for row in side.of_kind(kind).values()
            if kind is not PairKind.CHARGE or row.kind is not ChargeKind.ALLEGED
        ]

    def fields(self, kind: PairKind) -> list[_PairField]:
        """Return the fields that say whose twin each row of the merged record is."""
        kept = self.rows(self.left, kind)
        found = []
        for row in self.rows(self.right, kind):
            alike = [o for o in kept if kind is not PairKind.EVENT or o.step == row.step]
            name = f"{kind}-{row.id}"
            holds = f"holds-{name}" if kind in (PairKind.EVENT, PairKind.HEARING) else None
            options = [Option(str(one.id), self.label(kind, one)) for one in alike]
            found.append(_PairField(name, self.label(kind, row), options, holds))
        return found

    def proposed(self) -> dict[str, str]:
        """Return the form as it is proposed."""
        values = {}
        for pair in propose(self.left, self.right):
            values[f"{pair.kind}-{pair.merged}"] = str(pair.kept)
        return values

    def command(self) -> MergeCases:
        """Return what the form asks. Raises Invalid."""
        sent = self.request.POST
        pairs = []
        for kind in PairKind:
            for row in self.rows(self.right, kind):
                kept = key_in(sent.get(f"{kind}-{row.id}", ""))
                if kept:
                    holds = sent.get(f"holds-{kind}-{row.id}") or PairHolds.RULE
                    if holds not in list(PairHolds):
                        raise Invalid({f"{kind}-{row.id}": _("Choose which record holds")})
                    pairs.append(Pair(kind, kept, row.id, PairHolds(holds)))
        why = sent.get("why", "").strip()
        if len(why) > MAX_WHY:
            raise Invalid({"why": _("Say it in at most 2,000 characters")})
        return MergeCases(tuple(pairs), why, accept=bool(sent.get("accept")))

    def page(self, errors: Mapping[str, Any]) -> dict[str, Any]:
        """Return the page."""
        request, path = self.request, self.request.route_path
        codes = {"case": self.kept.public_code, "other": self.merged.public_code}
        back = {"case": self.merged.public_code, "other": self.kept.public_code}
        known = {"", "why", "accept"}
        general = {key: words for key, words in errors.items() if key not in known}
        return {
            "page_title": _("Two records of one case?"),
            "case": self.kept,
            "case_href": path("case", case=self.kept.public_code),
            "values": dict(request.POST) if request.method == "POST" else self.proposed(),
            "errors": {**errors, **({"": next(iter(general.values()))} if general else {})},
            "kept": self.kept,
            "merged": self.merged,
            "merged_href": path("case", case=self.merged.public_code),
            "swap_href": path("case_merge", **back),
            "not_same_href": path("case_not_same", **codes) if self.may_refuse else None,
            "refusal": self.refusal,
            "groups": [
                (
                    _("Accused"),
                    _("Which accused are one person?"),
                    self.fields(PairKind.PROSECUTION),
                ),
                (_("Charges"), _("Which charges are one charge?"), self.fields(PairKind.CHARGE)),
                (_("Entries"), _("Which entries tell of one act?"), self.fields(PairKind.EVENT)),
                (_("Hearings"), _("Which hearings are one?"), self.fields(PairKind.HEARING)),
            ],
            "holds": HOLDS,
            "owners": self.kept.owner_id != self.merged.owner_id,
            "may_accept": "" in errors and self.refusal is None,
            "banner": request.banner_for(self.kept.jurisdiction.invented),
        }

"""Pages for two records of one case: look at both, merge them, take them apart, or say no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.commands.parsing import Invalid
from courtwatch.models import Case, CaseLink
from courtwatch.models.vocabulary import ChargeKind, LinkDecision, PairHolds, PairKind
from courtwatch.services.duplicates import Alike, find_alike
from courtwatch.services.finding import accused_of, case_by_code, charges_by_prosecution
from courtwatch.services.labels import named, step_label
from courtwatch.services.meanwhile import Touched
from courtwatch.services.merge_pairs import Contents, Pair, contents, propose
from courtwatch.services.merging import (
    MergeCases,
    decided,
    links_of,
    may_take_apart,
    merge,
    not_the_same,
    notes_on,
    take_apart,
    take_back,
    why_not,
    why_not_decide,
)
from courtwatch.services.messages import _
from courtwatch.services.standing import procedure_of
from courtwatch.services.work import Work
from courtwatch.views.case_picker import pick
from courtwatch.views.case_words import text, when
from courtwatch.views.forms import submit
from courtwatch.views.lookup import at_rest, case_from, visible
from courtwatch.views.meanwhile import Changes, key_in
from courtwatch.views.resent import answer_again
from courtwatch.web.dates import format_day
from courtwatch.web.page import Cell, Column, Option
from workflows.procedure import Procedure

WHY_ALIKE = {
    "number": _("the same number"),
    "name": _("an accused of the same name"),
    "marked": _("marked as perhaps the same"),
}
COLUMNS = (Column(_("Your case")), Column(_("The other")), Column(_("What is alike")))
HOLDS = (
    Option(PairHolds.RULE, _("By the rule: official before seen before told")),
    Option(PairHolds.KEPT, _("What the record that stays says")),
    Option(PairHolds.MERGED, _("What the record that is merged says")),
)
MAX_WHY = 2000


@view_config(
    route_name="duplicates",
    request_method="GET",
    renderer="merging/duplicates.jinja2",
    permission="record:case:merge",
)
def duplicates(request: Request) -> dict[str, Any]:
    """List cases of this organisation that look like another that its people may read."""
    found = find_alike(request.dbsession, request.actor)
    return {"columns": COLUMNS, "rows": [_alike_row(request, alike) for alike in found]}


def _alike_row(request: Request, alike: Alike) -> list[Any]:
    href = request.route_path(
        "case_merge", case=alike.own.public_code, other=alike.other.public_code
    )
    owner = alike.other.owner.name(request.locale_name)
    return [
        Cell(alike.own.public_code, href=href, hint=_("Compare the two")),
        Cell(alike.other.public_code, hint=owner),
        ", ".join(text(WHY_ALIKE[reason]) for reason in alike.why),
    ]


@view_config(
    route_name="case_alike",
    renderer="merging/alike.jinja2",
    permission="record:case:merge",
)
def alike(request: Request) -> Any:
    """Show which cases look like this one, and what was decided; lead to one that is named."""
    case = case_from(request)
    session, values = request.dbsession, request.POST
    picked = pick(request, "other", values)
    if picked.code is not None:
        codes = {"case": case.public_code, "other": picked.code}
        raise HTTPSeeOther(request.route_path("case_merge", **codes))
    if picked.error is not None:
        request.response.status_int = 400
    refused = [
        {
            "code": other.public_code,
            "why": [note.text for note in notes_on(session, link) if _may_read(request, note)],
            "back": request.route_path(
                "case_not_same_back", case=case.public_code, other=other.public_code
            )
            if request.actor.organisation_id in (case.owner_id, other.owner_id)
            else None,
        }
        for link in links_of(session, case, LinkDecision.NOT_SAME)
        if _visible(request, other := _other(request, link, case))
    ]
    found = find_alike(session, request.actor, case)
    return {
        "case": case,
        "case_href": request.route_path("case", case=case.public_code),
        "values": values,
        "errors": {"other": picked.error} if picked.error is not None else {},
        "picked": picked,
        "columns": COLUMNS,
        "rows": [_alike_row(request, one) for one in found],
        "refused": refused,
        "banner": request.banner_for(case.jurisdiction.invented),
    }


def _may_read(request: Request, note: Any) -> bool:
    return bool(note.organisation_id == request.actor.organisation_id)


def _other(request: Request, link: CaseLink, case: Case) -> Case:
    key = link.b_id if link.a_id == case.id else link.a_id
    found: Case = request.dbsession.get_one(Case, key)
    return found


def _visible(request: Request, case: Case) -> bool:
    try:
        visible(request, case)
    except HTTPNotFound:
        return False
    return True


@dataclass(frozen=True)
class _PairField:
    """The fields of one row of the merged record: whose twin it is, and which of the two holds."""

    name: str
    label: str
    options: list[Option]
    holds: str | None


class _Compare:
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


@view_config(
    route_name="case_merge", renderer="merging/merge.jinja2", permission="record:case:merge"
)
def merge_two(request: Request) -> Any:
    """Show two records side by side with what is proposed to be one, and merge them."""
    compare = _Compare(request)
    if request.method != "POST":
        return compare.page({})
    kept = compare.kept

    def act(work: Work, command: MergeCases) -> str:
        merge(work, kept, compare.merged, command)
        return str(request.route_path("case", case=kept.public_code))

    return submit(
        request,
        "case:merged",
        compare.command,
        act,
        compare.page,
        _("The two records are read as one case now."),
        changes=Changes(
            Touched(kept.id, frozenset(compare.left.charges), frozenset({("case", kept.id)}))
        ),
    )


def _two(request: Request) -> tuple[Case, Case]:
    """Return the two cases of an address; the first may be written to."""
    case = case_from(request)
    other = case_by_code(request.dbsession, request.matchdict["other"])
    return case, visible(request, other)


def _why_page(request: Request, case: Case, other: Case, title: Any, **more: Any) -> Any:
    def page(errors: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "page_title": title,
            "case": case,
            "other": other,
            "case_href": request.route_path("case", case=case.public_code),
            "values": request.POST,
            "errors": errors,
            "banner": request.banner_for(case.jurisdiction.invented),
            **more,
        }

    return page


def _why(request: Request) -> str:
    """Return why, as typed. Raises Invalid."""
    why = str(request.POST.get("why", "")).strip()
    if len(why) > MAX_WHY:
        raise Invalid({"why": _("Say it in at most 2,000 characters")})
    return why


@view_config(
    route_name="case_apart", renderer="merging/apart.jinja2", permission="record:case:merge"
)
def apart(request: Request) -> Any:
    """Take a merge apart."""
    case, other = _two(request)
    link = decided(request.dbsession, case, other)
    if link is None or link.decision is not LinkDecision.SAME:
        answer_again(request)
        raise HTTPNotFound()
    if not may_take_apart(request.actor, case, other):
        raise HTTPForbidden()
    page = _why_page(request, case, other, _("Take the merge apart"))
    if request.method != "POST":
        return page({})

    def act(work: Work, why: str) -> str:
        take_apart(work, link, why)
        return str(request.route_path("case", case=case.public_code))

    return submit(
        request,
        "case:taken-apart",
        lambda: _why(request),
        act,
        page,
        _("The two records stand by themselves again."),
        changes=Changes(Touched(case.id, rows=frozenset({("case", case.id)}))),
    )


@view_config(
    route_name="case_not_same",
    renderer="merging/not_same.jinja2",
    permission="record:case:merge",
)
def not_same(request: Request) -> Any:
    """Remember that two cases are not the same."""
    case, other = _two(request)
    page = _why_page(request, case, other, _("Not the same case"))
    if request.method != "POST":
        return page({})

    def act(work: Work, why: str) -> str:
        not_the_same(work, case, other, why)
        return str(request.route_path("case_alike", case=case.public_code))

    return submit(
        request,
        "case:not-the-same",
        lambda: _why(request),
        act,
        page,
        _("It will be remembered: the two are not proposed again."),
        changes=Changes(Touched(case.id, rows=frozenset({("case", case.id)}))),
    )


@view_config(
    route_name="case_not_same_back",
    renderer="merging/not_same_back.jinja2",
    permission="record:case:merge",
)
def not_same_back(request: Request) -> Any:
    """Take back that two cases are not the same."""
    case, other = _two(request)
    link = decided(request.dbsession, case, other)
    if link is None or link.decision is not LinkDecision.NOT_SAME:
        answer_again(request)
        raise HTTPNotFound()
    if request.actor.organisation_id not in (case.owner_id, other.owner_id):
        raise HTTPForbidden()
    page = _why_page(request, case, other, _("Take back that they are not the same"))
    if request.method != "POST":
        return page({})

    def act(work: Work, nothing: None) -> str:
        take_back(work, link)
        return str(request.route_path("case_alike", case=case.public_code))

    return submit(
        request,
        "case:not-the-same-taken-back",
        lambda: None,
        act,
        page,
        _("The two may be compared and merged again."),
        changes=Changes(Touched(case.id, rows=frozenset({("case", case.id)}))),
    )

"""Merge two records of one case, take a merge apart, and remember that two are not the same.

Rows are left as they were entered; a merge says how to read them (docs: adr/0006). It may be made
only where whoever may read one of the cases may read the other, so that nobody is told anything by
it, and comes apart by itself where a case is shared less far.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from courtwatch.commands.cases import AddNote
from courtwatch.commands.parsing import Invalid
from courtwatch.models import (
    Case,
    CaseLink,
    Hearing,
    MergePair,
    Note,
    Prosecution,
)
from courtwatch.models.vocabulary import ChargeKind, LinkDecision, NoteTier, PairKind, ShareLevel
from courtwatch.security.visibility import Level, level_for
from courtwatch.services.fact_inputs import read_inputs, read_lookups
from courtwatch.services.fact_rows import state_of
from courtwatch.services.facts import refresh
from courtwatch.services.finding import grants_of, members_of
from courtwatch.services.hearing_facts import refresh_hearings
from courtwatch.services.labels import step_label
from courtwatch.services.merge_pairs import Contents, Pair, contents
from courtwatch.services.messages import _
from courtwatch.services.open_case import add_note
from courtwatch.services.standing import procedure_of
from courtwatch.services.work import Actor, Work
from workflows.elements import Text

WHY = "merge"
"""The kind of subject of the note that says why two cases were merged, or are not the same."""


@dataclass(frozen=True)
class MergeCases:
    """Read `merged` together with `kept` from now on.

    `accept`: although some entries would have no legal place then.
    """

    pairs: tuple[Pair, ...]
    why: str
    accept: bool = False


def links_of(session: Session, case: Case, decision: LinkDecision) -> list[CaseLink]:
    """Return what was decided about a case and others, and holds."""
    query = select(CaseLink).where(
        or_(CaseLink.a_id == case.id, CaseLink.b_id == case.id),
        CaseLink.decision == decision,
        CaseLink.rev_to.is_(None),
    )
    return list(session.scalars(query.order_by(CaseLink.id)))


def decided(session: Session, one: Case, other: Case) -> CaseLink | None:
    """Return what was decided about two cases and holds: the same, or not."""
    query = select(CaseLink).where(
        or_(
            and_(CaseLink.a_id == one.id, CaseLink.b_id == other.id),
            and_(CaseLink.a_id == other.id, CaseLink.b_id == one.id),
        ),
        CaseLink.decision.in_((LinkDecision.SAME, LinkDecision.NOT_SAME)),
        CaseLink.rev_to.is_(None),
    )
    return session.scalars(query.order_by(CaseLink.id)).first()


def why_not(session: Session, actor: Actor, kept: Case, merged: Case) -> Any:
    """Return in words why these cases can't be merged by `actor`; None if they can."""
    if kept.id == merged.id:
        return _("A case can't be merged into itself.")
    levels = [level_for(session, actor, case) for case in (kept, merged)]
    if Level.OWN not in levels or not all(level in (Level.OWN, Level.NETWORK) for level in levels):
        return _("Your organisation has to keep one of the two cases and read all of the other.")
    if kept.owner_id != merged.owner_id and not _coordinates(actor):
        return _(
            "The two cases are kept by two organisations: ask the coordinator of yours to merge "
            "them."
        )
    return _why_not_these(session, kept, merged)


def _coordinates(actor: Actor) -> bool:
    return actor.role is not None and actor.role.value == "coordinator"


def _why_not_these(session: Session, kept: Case, merged: Case) -> Any:
    if kept.merged_into_id is not None or merged.merged_into_id is not None:
        return _("One of the two was merged into a case already. Take that apart first.")
    if any(link.a_id == merged.id for link in links_of(session, merged, LinkDecision.SAME)):
        return _(
            "Another case was merged into the one that would be merged. Keep that one instead, or "
            "take the earlier merge apart first."
        )
    link = decided(session, kept, merged)
    if link is not None:
        return _("It was decided that the two are not the same. Take that back first.")
    if kept.jurisdiction_id != merged.jurisdiction_id:
        return _("The two cases belong to different jurisdictions.")
    if kept.procedure_version_id != merged.procedure_version_id:
        return _(
            "The two cases follow different versions of the procedure. Move one of them to the "
            "version of the other first."
        )
    if kept.share_level is not merged.share_level:
        return _("The two cases are shared differently far. Share them alike first.")
    if kept.share_level is not ShareLevel.FULL:
        if kept.owner_id != merged.owner_id:
            return _(
                "Cases of two organisations can be merged only where both are shared in full: "
                "otherwise one would tell of the other."
            )
        if grants_of(session, kept) != grants_of(session, merged):
            return _("The two cases are opened to different organisations. Open them alike first.")
    return None


def merge(work: Work, kept: Case, merged: Case, command: MergeCases) -> CaseLink:
    """Merge a case into another. Raises Invalid."""
    session = work.session
    refusal = why_not(session, work.actor, kept, merged)
    if refusal is not None:
        raise Invalid({"": refusal})
    if not command.why.strip():
        raise Invalid({"why": _("Say why they are one case")})
    left, right = contents(session, work.actor, kept), contents(session, work.actor, merged)
    pairs = complete(left, right, command.pairs)
    check_pairs(left, right, pairs)
    everybody = [*members_of(session, kept), *members_of(session, merged)]
    before = _unresolved(work, everybody, apart=False)
    link = work.add(CaseLink(a_id=kept.id, b_id=merged.id, decision=LinkDecision.SAME))
    work.edit(merged).merged_into_id = kept.id
    twins = {pair.merged: pair.kept for pair in pairs if pair.kind is PairKind.PROSECUTION}
    for prosecution in session.scalars(select(Prosecution).where(Prosecution.id.in_(twins))):
        work.edit(prosecution).merged_into_id = twins[prosecution.id]
    for pair in pairs:
        work.add(
            MergePair(
                link_id=link.id,
                kind=pair.kind,
                kept_id=pair.kept,
                merged_id=pair.merged,
                holds=pair.holds,
            )
        )
    lost = _unresolved(work, everybody, apart=False).keys() - before.keys()
    if lost and not command.accept:
        raise Invalid({"": _no_place(kept, left, right, lost)})
    note = AddNote(text=command.why.strip(), tier=NoteTier.NETWORK)
    add_note(work, kept, note, (WHY, link.id))
    _derive_again(work, (kept, merged), everybody)
    work.audit("case:merge", kept.public_code, {"merged": merged.public_code})
    return link


def complete(left: Contents, right: Contents, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Return the pairs, the alleged charges of paired accused among them: each has one."""
    given = tuple(pairs)
    kept = {pair.kept for pair in given if pair.kind is PairKind.CHARGE}
    merged = {pair.merged for pair in given if pair.kind is PairKind.CHARGE}
    added = []
    for pair in given:
        if pair.kind is not PairKind.PROSECUTION:
            continue
        first, second = (
            next((c for c in side.charges.get(key, ()) if c.kind is ChargeKind.ALLEGED), None)
            for side, key in ((left, pair.kept), (right, pair.merged))
        )
        if first is None or second is None or first.id in kept or second.id in merged:
            continue
        added.append(Pair(PairKind.CHARGE, first.id, second.id))
    return (*given, *added)


def check_pairs(left: Contents, right: Contents, pairs: Sequence[Pair]) -> None:
    """Refuse pairs of what is not there, or that contradict each other. Raises Invalid."""
    twins = {pair.merged: pair.kept for pair in pairs if pair.kind is PairKind.PROSECUTION}
    for kind in PairKind:
        kept, merged = left.of_kind(kind), right.of_kind(kind)
        here = [pair for pair in pairs if pair.kind is kind]
        for pair in here:
            if pair.kept not in kept or pair.merged not in merged:
                raise Invalid({str(kind): _("One of the two is not part of its case any more.")})
            refusal = _contradicts(kind, kept[pair.kept], merged[pair.merged], twins, left, right)
            if refusal is not None:
                raise Invalid({str(kind): refusal})
        for keys in ([pair.kept for pair in here], [pair.merged for pair in here]):
            if len(keys) != len(set(keys)):
                raise Invalid({str(kind): _("Two can't both be the same as a third: pair one.")})


def _contradicts(
    kind: PairKind,
    kept: Any,
    merged: Any,
    twins: dict[int, int],
    left: Contents,
    right: Contents,
) -> Any:
    if kind is PairKind.CHARGE:
        if twins.get(merged.prosecution_id) != kept.prosecution_id:
            return _("Charges can be paired only where their accused are.")
        if (kept.kind is ChargeKind.ALLEGED) != (merged.kind is ChargeKind.ALLEGED):
            return _("An allegation and a charge that was filed are not the same.")
    if kind is PairKind.EVENT:
        if kept.step != merged.step:
            return _("Two different steps are not the same act.")
        about = {twins.get(key) for key in right.touched[merged.id]}
        if not about & left.touched[kept.id]:
            return _("Entries can be paired only where they are about one accused.")
    return None


def _unresolved(work: Work, ids: Sequence[int], apart: bool) -> dict[int, str]:
    """Return the entries of these prosecutions that have no legal place, with their steps."""
    work.session.flush()
    connection = work.session.connection()
    lookups = read_lookups(connection)
    found: dict[int, str] = {}
    for inputs in read_inputs(connection, list(ids), apart=apart).values():
        for item in state_of(inputs, lookups).unresolved:
            found[item.event_id] = inputs.events[item.event_id].step
    return found


def _no_place(kept: Case, left: Contents, right: Contents, lost: Iterable[int]) -> Text:
    procedure = procedure_of(kept.procedure_version)
    entries = {event.id: event for event in (*left.events, *right.events)}
    told = []
    for key in sorted(lost):
        if key in entries:
            day = entries[key].occurred_from
            told.append((step_label(procedure, entries[key].step), f" ({day})" if day else ""))
    english = ", ".join(f"“{label.get('en')}”{day}" for label, day in told)
    khmer = ", ".join(f"«{label.get('km')}»{day}" for label, day in told)
    return Text(
        f"Read together, these entries would have no legal place: {english}. Pair those that tell "
        "of one act, or merge although they would be listed for review and not counted.",
        f"បើអានរួមគ្នា ការកត់ត្រាទាំងនេះនឹងគ្មានកន្លែងស្របច្បាប់៖ {khmer}។ សូមផ្គូផ្គងការកត់ត្រាដែលនិយាយអំពីអំពើតែមួយ "
        "ឬបញ្ចូលគ្នា ទោះបីការកត់ត្រាទាំងនោះត្រូវពិនិត្យ និងមិនត្រូវបានរាប់ក៏ដោយ។",
    )


def take_apart(work: Work, link: CaseLink, why: str = "") -> tuple[Case, Case]:
    """Take a merge apart: everything reads as before. Returns the case that held and the other."""
    session = work.session
    kept, merged = session.get_one(Case, link.a_id), session.get_one(Case, link.b_id)
    pairs = session.scalars(
        select(MergePair).where(MergePair.link_id == link.id, MergePair.rev_to.is_(None))
    ).all()
    everybody = [*members_of(session, kept), *members_of(session, merged)]
    twins = {pair.merged_id for pair in pairs if pair.kind is PairKind.PROSECUTION}
    for prosecution in session.scalars(select(Prosecution).where(Prosecution.id.in_(twins))):
        work.edit(prosecution).merged_into_id = None
    work.edit(merged).merged_into_id = None
    work.close([*pairs, link, *notes_on(session, link)])
    if why.strip():
        own = kept if kept.owner_id == work.organisation_id else merged
        add_note(work, own, AddNote(text=why.strip(), tier=NoteTier.ORGANISATION))
    _derive_again(work, (kept, merged), everybody)
    work.audit("case:take-apart", kept.public_code, {"merged": merged.public_code})
    return kept, merged


def may_take_apart(actor: Actor, kept: Case, merged: Case) -> bool:
    """Say whether `actor` may: a recorder of the one owner, a coordinator of either of two."""
    if actor.organisation_id not in (kept.owner_id, merged.owner_id):
        return False
    return kept.owner_id == merged.owner_id or _coordinates(actor)


def come_apart(work: Work, case: Case) -> list[CaseLink]:
    """Take the merges of a case apart because it is about to be shared otherwise."""
    links = links_of(work.session, case, LinkDecision.SAME)
    for link in links:
        take_apart(work, link)
    return links


def not_the_same(work: Work, one: Case, other: Case, why: str) -> CaseLink:
    """Remember that two cases are not the same: they are not proposed again. Raises Invalid."""
    if not why.strip():
        raise Invalid({"why": _("Say why they are not the same")})
    refusal = why_not_decide(work.session, work.actor, one, other)
    if refusal is not None:
        raise Invalid({"": refusal})
    first, second = sorted((one.id, other.id))
    perhaps = links_of(work.session, one, LinkDecision.MAYBE)
    work.close(link for link in perhaps if {link.a_id, link.b_id} == {first, second})
    link = work.add(CaseLink(a_id=first, b_id=second, decision=LinkDecision.NOT_SAME))
    own = one if one.owner_id == work.organisation_id else other
    add_note(work, own, AddNote(text=why.strip(), tier=NoteTier.ORGANISATION), (WHY, link.id))
    work.audit("case:not-the-same", one.public_code, {"other": other.public_code})
    return link


def why_not_decide(session: Session, actor: Actor, one: Case, other: Case) -> Any:
    """Return in words why `actor` can't say that two cases are not the same; None if they can."""
    if one.id == other.id:
        return _("That is one and the same case.")
    if actor.organisation_id not in (one.owner_id, other.owner_id):
        return _("Your organisation has to keep one of the two cases.")
    if not all(level_for(session, actor, case).listed for case in (one, other)):
        return _("Your organisation has to keep one of the two cases and read all of the other.")
    link = decided(session, one, other)
    if link is not None and link.decision is LinkDecision.SAME:
        return _("The two were merged. Take that apart first.")
    if link is not None:
        return _("That was decided already.")
    return None


def take_back(work: Work, link: CaseLink) -> None:
    """Take back that two cases are not the same: they may be proposed again."""
    work.close([link, *notes_on(work.session, link)])
    work.audit("case:not-the-same-taken-back", str(link.id))


def notes_on(session: Session, link: CaseLink) -> list[Note]:
    """Return the notes that hold and say why it was decided so."""
    query = select(Note).where(
        Note.subject_kind == WHY, Note.subject_id == link.id, Note.rev_to.is_(None)
    )
    return list(session.scalars(query.order_by(Note.id)))


def _derive_again(work: Work, cases: Sequence[Case], prosecutions: Iterable[int]) -> None:
    ids = [case.id for case in cases]
    refresh(work, prosecutions)
    refresh_hearings(work, work.session.scalars(select(Hearing.id).where(Hearing.case_id.in_(ids))))
    work.owe_index(ids)

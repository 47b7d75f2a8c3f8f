"""Build a `CasePage`: from all rows of a case to what one reader may see of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from courtwatch.models import (
    Case,
    Charge,
    Event,
    EventTarget,
    Hearing,
    Prosecution,
    Redaction,
)
from courtwatch.models.vocabulary import EventStatus
from courtwatch.security.visibility import Level, Sight, level_for, sight_of
from courtwatch.services import labels
from courtwatch.services.case_page import (
    AccusedShown,
    CasePage,
    ChargeShown,
    EventShown,
    HearingShown,
    HearingWasShown,
    MovedTo,
    NoteShown,
    ReasonShown,
    SentenceShown,
    SourceShown,
    TouchedShown,
    UnresolvedShown,
    VictimShown,
    WordsShown,
    WriterShown,
    note_shown,
)
from courtwatch.services.case_rows import CaseRows, read_case
from courtwatch.services.case_sight import NotThen, sight_now
from courtwatch.services.fact_rows import current_offences
from courtwatch.services.labels import named
from courtwatch.services.work import Actor
from workflows.elements import MOVED_TO_VERSION, Text
from workflows.history import outcome_rule_text, roll_up

_FAR = date.max


def case_page(
    session: Session, actor: Actor, case: Case, revision: int | None = None
) -> CasePage | NotThen | MovedTo | None:
    """Return what `actor` sees of a case; None if nothing.

    `revision`: as the record read then. Rights are those of today.
    """
    if revision is None:
        level = level_for(session, actor, case)
        rows = read_case(session, case) if level.listed else None
        if rows is None:
            return None
        return _Builder(rows, sight_of(actor, level, case.owner_id, case.share_level)).page()
    rows = read_case(session, case, revision)
    members = [p.id for p in rows.prosecutions] if rows is not None else []
    sight = sight_now(session, actor, case, members)
    if sight is None:
        return None
    if rows is None:
        return NotThen(case)
    if rows.case.merged_into_id is not None:
        holder = session.get_one(Case, rows.case.merged_into_id)
        return MovedTo(holder.public_code)
    return _Builder(rows, sight, revision).page()


class _Builder:
    """Decides field by field, asking `Sight`."""

    def __init__(self, rows: CaseRows, sight: Sight, revision: int | None = None) -> None:
        self.rows = rows
        self.sight = sight
        self.revision = revision
        self.redacted_since: dict[tuple[str, int], Redaction] = {}
        self.procedure = rows.names.procedures[rows.case.procedure_version_id]
        self.ordinals = {p.id: number for number, p in enumerate(rows.prosecutions, 1)}
        self.charges = {c.id: c for charges in rows.charges.values() for c in charges}
        self.targets: dict[tuple[int, int | None], EventTarget] = {
            (t.event_id, t.charge_id): t
            for event in rows.events
            if event.rev_to is None
            for t in event.targets
        }
        self.entries = {event.id: event for event in rows.events} | rows.replaced
        self.followed = {
            event.replaces_id: event.id for event in rows.events if event.replaces_id is not None
        }
        self.redated = {
            event.replaces_id: event.id
            for event in rows.replaced.values()
            if event.replaces_id is not None
        }
        self.notes: dict[tuple[str, int], list[NoteShown]] = defaultdict(list)
        self.free_notes: list[NoteShown] = []
        self._sort_notes()

    def page(self) -> CasePage:
        """Return the page."""
        rows, case, names = self.rows, self.rows.case, self.rows.names
        own = self.sight.level is Level.OWN
        state = roll_up([standing.state for standing in rows.standings.values()])
        page = CasePage(
            case=case,
            jurisdiction=names.jurisdictions[case.jurisdiction_id],
            procedure=self.procedure,
            rule=outcome_rule_text(self.procedure),
            sight=self.sight,
            court=names.institutions.get(case.court_id or 0),
            owner=names.organisations[case.owner_id] if self.sight.organisations else None,
            share_level=case.share_level if own else None,
            numbers=tuple((n.issuer_kind, n.as_given) for n in rows.numbers)
            if self.sight.numbers
            else (),
            state=state,
            stage=labels.stage_label(self.procedure, state.stage),
            outcome=labels.outcome_label(self.procedure, state.outcome),
            accused=tuple(self._accused(p) for p in rows.prosecutions),
            victims=tuple(self._victims()),
            events=tuple(self._events()),
            hearings=tuple(self._hearings()),
            notes=tuple(self.free_notes),
            grantees=self._grantees() if own else (),
            requests=tuple(self._writer(r.revision_id) for r in rows.requests) if own else (),
            number_words=tuple(self._words("number", n) for n in rows.numbers)
            if self.sight.numbers
            else (),
            revision=self.revision,
        )
        gone = sorted(self.redacted_since.values(), key=lambda one: one.id)
        return replace(
            page,
            redacted_since=tuple((one.at, one.reason) for one in gone),
            name_rights={key: self._may_name(key) for key in rows.people},
        )

    def _may_name(self, person_id: int) -> bool:
        """Say whether the reader may read a name: by what is known of the people today."""
        known = self.rows.people_now[person_id]
        children = any(v.age_band.minor for v in self.rows.victims_now)
        return self.sight.name(known.age_band, known.related_to_child_victim, children)

    # People

    def _accused(self, prosecution: Prosecution) -> AccusedShown:
        rows, sight = self.rows, self.sight
        person = rows.people[prosecution.person_id]
        standing = rows.standings[prosecution.id]
        state = standing.state
        names = rows.person_names.get(person.id, ()) if self._may_name(person.id) else ()
        procedure = self.procedure
        return AccusedShown(
            code=prosecution.public_code,
            number=self.ordinals[prosecution.id],
            names=tuple((name.script, name.text) for name in names),
            pseudonym=person.pseudonym if sight.pseudonyms else None,
            sex=person.sex,
            age_band=person.age_band,
            citizenship=person.citizenship,
            official=person.official,
            related=person.related_to_child_victim if sight.pseudonyms else None,
            registered_on=prosecution.registered_on or state.milestone_days.get("registration"),
            state=state,
            stage=labels.stage_label(procedure, state.stage),
            outcome=labels.outcome_label(procedure, state.outcome),
            ended_by=labels.actor_label(procedure, state.ended_by),
            custody=labels.custody_label(procedure, state.custody),
            charges=tuple(self._charges(prosecution)),
            unresolved=tuple(self._unresolved(prosecution)),
            name_words=tuple(self._words("name", name) for name in names),
            pseudonym_words=self._words("accused", person) if sight.pseudonyms else None,
        )

    def _unresolved(self, prosecution: Prosecution) -> Iterable[UnresolvedShown]:
        steps = {event.id: event.step for event in self.rows.events}
        for item in self.rows.standings[prosecution.id].state.unresolved:
            yield UnresolvedShown(
                event_id=item.event_id,
                step=labels.step_label(self.procedure, steps.get(item.event_id, "?")),
                why=item.why,
                permitted=tuple(labels.step_label(self.procedure, name) for name in item.permitted),
            )

    def _charges(self, prosecution: Prosecution) -> Iterable[ChargeShown]:
        for charge in self.rows.charges.get(prosecution.id, ()):
            if not charge.voided or self.sight.corrections:
                yield self._charge(prosecution, charge)

    def _charge(self, prosecution: Prosecution, charge: Charge) -> ChargeShown:
        procedure = self.procedure
        state = self.rows.standings[prosecution.id].state
        position = state.positions.get(charge.id)
        target = self._target_of_end(position, charge) if position else None
        offence = self._offence_now(prosecution, charge)
        event = target.event if target is not None else None
        ended = position.disposition if position else None
        return ChargeShown(
            id=charge.id,
            kind=charge.kind,
            offence=named(offence),
            article=offence.article if offence is not None else "",
            as_given=charge.as_given if self.sight.record_text else None,
            exploitation=charge.exploitation,
            stage=labels.stage_label(procedure, position.stage if position else None),
            since=position.since if position else None,
            disposition=labels.disposition_label(procedure, ended),
            disposed_on=position.disposed_on if position else None,
            ended_by=self._ended_by(ended),
            institution=named(self.rows.names.institutions.get(event.institution_id or 0))
            if event is not None
            else None,
            live=bool(position and position.live),
            counted=bool(position and position.counted),
            voided=charge.voided,
            reasons_stated=self._stated([target] if target else []),
            reasons_assessed=self._assessed([target] if target else []),
            sentences=self._sentences([target] if target else []),
            words=self._words("charge", charge)
            if charge.as_given and self.sight.record_text
            else None,
        )

    def _offence_now(self, prosecution: Prosecution, charge: Charge) -> Any:
        """Return the charge's offence, what it was requalified to overriding what was filed."""
        standing = self.rows.standings[prosecution.id]
        current = current_offences(standing.inputs, standing.state)
        offence_id = current.get(charge.id, charge.offence_id)
        return self.rows.names.offences.get(offence_id or 0)

    def _target_of_end(self, position: Any, charge: Charge) -> EventTarget | None:
        if position.disposition is None or position.event_id is None:
            return None
        found = self.targets.get((position.event_id, charge.id))
        return found or self.targets.get((position.event_id, None))

    def _ended_by(self, disposition: str | None) -> Text | None:
        if disposition is None:
            return None
        try:
            return labels.actor_label(
                self.procedure, self.procedure.disposition(disposition).ended_by
            )
        except KeyError:
            return None

    def _victims(self) -> Iterable[VictimShown]:
        for number, victim in enumerate(self.rows.victims, 1):
            yield VictimShown(
                number=number,
                pseudonym=victim.pseudonym if self.sight.pseudonyms else None,
                sex=victim.sex,
                age_band=victim.age_band,
                citizenship=victim.citizenship,
                exploitation=victim.exploitation,
                civil_party=victim.civil_party,
                withdrawn=victim.withdrawn,
                words=self._words("victim", victim) if self.sight.pseudonyms else None,
            )

    # Timeline

    def _events(self) -> Iterable[EventShown]:
        unresolved: dict[int, Text] = {}
        for standing in self.rows.standings.values():
            for item in standing.state.unresolved:
                unresolved.setdefault(item.event_id, item.why)
        for event in sorted(self.rows.events, key=_order):
            voided = event.status is EventStatus.VOIDED
            if not voided or self.sight.corrections:
                yield self._event(event, voided, unresolved.get(event.id))

    def _event(self, event: Event, voided: bool, why: Text | None) -> EventShown:
        step = next((s for s in self.procedure.steps if s.name == event.step), None)
        moved = event.step == MOVED_TO_VERSION
        label = labels.step_label(self.procedure, event.step)
        return EventShown(
            id=event.id,
            step=labels.with_hint(label, event.mode) if moved else label,
            actor=labels.actor_label(self.procedure, step.actor if step else None),
            article=step.article if step else "",
            institution=named(self.rows.names.institutions.get(event.institution_id or 0)),
            first=event.occurred_from,
            last=event.occurred_to,
            precision=event.precision,
            time=event.time,
            mode=None if moved else event.mode,
            moved=moved,
            entry_stage=labels.stage_label(self.procedure, event.entry_stage),
            touched=tuple(self._touched(target) for target in event.targets),
            reasons_stated=self._stated(event.targets),
            reasons_assessed=self._assessed(event.targets),
            sentences=self._sentences(event.targets),
            sources=tuple(
                self._source(event, a) for a in event.accounts if a.rev_to in (None, event.rev_to)
            ),
            notes=() if voided and self._holder(event) else tuple(self._notes_of(event)),
            entered=self._writer(self._first_of(event).rev_from),
            changed=self._writer(event.rev_from) if event.replaces_id is not None else None,
            in_place_of=self._corrected_before(event) if self.sight.corrections else None,
            held_by=self._holder(event) if voided else None,
            earlier=tuple(self._earlier(event)) if self.sight.corrections else (),
            unresolved=why,
            voided=voided,
            void_reason=event.void_reason,
            corrected=self._writer(event.rev_to) if voided and event.rev_to else None,
            remarks=tuple(self._remarks_of(event)),
            own=event.organisation_id == self.sight.organisation_id,
        )

    def _before(self, event: Event) -> Iterable[Event]:
        """Yield the entries whose place this one took, the latest first."""
        current = self.entries.get(event.replaces_id or 0)
        while current is not None:
            yield current
            current = self.entries.get(current.replaces_id or 0)

    def _first_of(self, event: Event) -> Event:
        """Return what was entered first, before corrections and better sources."""
        return [event, *self._before(event)][-1]

    def _corrected_before(self, event: Event) -> int | None:
        """Return the entry, taken back by a correction, whose place this one took."""
        voided = (e.id for e in self._before(event) if e.status is EventStatus.VOIDED)
        return next(voided, None)

    def _holder(self, event: Event) -> int | None:
        """Return the entry that holds in the place of one that was corrected."""
        current = event.id
        while current in self.followed or current in self.redated:
            current = self.followed.get(current) or self.redated[current]
        return current if current != event.id else None

    def _notes_of(self, event: Event) -> Iterable[NoteShown]:
        """Yield the notes of an entry and of those whose place it took: they are not copied."""
        for one in (event, *self._before(event)):
            yield from self.notes.get(("event", one.id), ())

    def _remarks_of(self, event: Event) -> Iterable[NoteShown]:
        """Yield why an entry was taken back; of one that holds, why its source was chosen."""
        yield from self.notes.get(("correction", event.id), ())
        for before in self._before(event):
            if event.status is EventStatus.VOIDED or before.status is EventStatus.VOIDED:
                break
            yield from self.notes.get(("correction", before.id), ())

    def _earlier(self, event: Event) -> Iterable[tuple[date | None, date | None]]:
        """Yield the days this entry had before a better source gave another."""
        for before in self._before(event):
            if before.status is EventStatus.VOIDED:
                break
            days = (before.occurred_from, before.occurred_to)
            if days != (event.occurred_from, event.occurred_to):
                yield days

    def _touched(self, target: EventTarget) -> TouchedShown:
        charge = self.charges.get(target.charge_id or 0)
        offences = self.rows.names.offences
        return TouchedShown(
            accused=self.ordinals.get(target.prosecution_id, 0),
            charge=named(offences.get(charge.offence_id or 0)) if charge is not None else None,
            disposition=labels.disposition_label(self.procedure, target.disposition),
            to_offence=named(offences.get(target.to_offence_id or 0)),
            new=target.new,
        )

    def _stated(self, targets: Iterable[EventTarget]) -> tuple[ReasonShown, ...]:
        found = {
            row.reason_id: self._reason(row.reason)
            for target in targets
            for row in sorted(target.reasons_stated, key=lambda r: (not r.primary, r.id))
            if _held(row, target) and self.sight.stated(row.reason.restricted)
        }
        return tuple(found.values())

    def _assessed(self, targets: Iterable[EventTarget]) -> tuple[ReasonShown, ...]:
        found = {
            row.reason_id: self._reason(row.reason, row.confidence)
            for target in targets
            for row in target.reasons_assessed
            if _held(row, target)
            and self.sight.assessed(row.organisation_id, row.reason.restricted)
        }
        return tuple(found.values())

    def _reason(self, reason: Any, confidence: Any = None) -> ReasonShown:
        definition = reason.definition_en
        return ReasonShown(
            code=reason.code,
            name=Text(reason.name_en, reason.name_km),
            group=Text(reason.group_name_en, reason.group_name_km),
            definition=Text(definition, reason.definition_km) if definition else None,
            lawful=reason.lawful if self.sight.lawful_marks else None,
            lawful_verified=reason.lawful_verified,
            confidence=confidence,
        )

    def _sentences(self, targets: Iterable[EventTarget]) -> tuple[SentenceShown, ...]:
        return tuple(
            SentenceShown(
                kind=row.kind,
                length_days=row.length_days,
                length_as_given=row.length_as_given if self.sight.record_text else None,
                suspended_days=row.suspended_days,
                fine=row.fine_amount,
                awarded=row.compensation_awarded,
                paid=row.compensation_paid,
                currency=row.currency,
                words=self._words("sentence", row)
                if row.length_as_given and self.sight.record_text
                else None,
            )
            for target in targets
            for row in target.sentences
            if _held(row, target)
        )

    def _words(self, kind: str, row: Any) -> WordsShown:
        """Say whether words of a row were taken out, and whether the reader may take some out."""
        redaction = self.rows.redactions.get((row.__tablename__, row.id))
        past = self.revision
        if redaction is not None and past is not None and redaction.revision_id > past:
            self.redacted_since[redaction.table_name, redaction.row_id] = redaction
        writer = getattr(row, "organisation_id", None)
        if writer is None and (entered := self.rows.revisions.get(row.rev_from)) is not None:
            writer = entered.organisation_id
        own = self.sight.organisation_id
        return WordsShown(
            kind=kind,
            row_id=row.id,
            may=self.sight.level is Level.OWN or (own is not None and writer == own),
            taken_out=(redaction.at, redaction.reason) if redaction is not None else None,
        )

    # Who wrote and told

    def _source(self, event: Event, account: Any) -> SourceShown:
        return SourceShown(
            source=account.source,
            reliability=account.reliability,
            organisation=self._organisation(account.organisation_id),
            person=self._person(account.organisation_id, account.user_id),
            first=account.occurred_from,
            last=account.occurred_to,
            precision=account.precision,
            disposition=labels.disposition_label(self.procedure, account.disposition),
            chosen=account.id == event.chosen_account_id,
        )

    def _writer(self, revision_id: int) -> WriterShown:
        revision = self.rows.revisions.get(revision_id)
        if revision is None:
            return WriterShown(None, None, None)
        return WriterShown(
            at=revision.at,
            organisation=self._organisation(revision.organisation_id),
            person=self._person(revision.organisation_id, revision.user_id),
            system=revision.organisation_id is None,
        )

    def _organisation(self, organisation_id: int | None) -> Text | None:
        if organisation_id is None or not self.sight.organisations:
            return None
        return named(self.rows.names.organisations.get(organisation_id))

    def _person(self, organisation_id: int | None, user_id: int | None) -> str | None:
        if organisation_id is None or user_id is None or not self.sight.monitor(organisation_id):
            return None
        user = self.rows.users.get(user_id)
        return None if user is None else user.display_name or user.name

    def _grantees(self) -> tuple[Text, ...]:
        found = (self.rows.names.organisations.get(g.grantee_id) for g in self.rows.grants)
        return tuple(text for one in found if (text := named(one)) is not None)

    def _sort_notes(self) -> None:
        for note in self.rows.notes:
            shown = note_shown(
                note,
                self.sight,
                self.rows.names.organisations.get(note.organisation_id),
                self.rows.users.get(note.user_id or 0),
                self._words("note", note),
            )
            if shown is None:
                continue
            if note.subject_kind and note.subject_id:
                self.notes[note.subject_kind, note.subject_id].append(shown)
            else:
                self.free_notes.append(shown)

    # Hearings

    def _hearings(self) -> Iterable[HearingShown]:
        for hearing in self.rows.hearings:
            if not hearing.voided or self.sight.corrections:
                yield self._hearing(hearing)

    def _hearing(self, hearing: Hearing) -> HearingShown:
        names = self.rows.names
        return HearingShown(
            code=hearing.public_code,
            day=hearing.scheduled_on,
            time=hearing.scheduled_time,
            kind=hearing.kind,
            court=named(names.institutions.get(hearing.institution_id or 0)),
            status=hearing.status,
            reason=named(names.reasons.get(hearing.adjournment_reason_id or 0)),
            next_on=hearing.next_on,
            presence=tuple(
                (self.ordinals[row.prosecution_id], row.presence)
                for row in hearing.prosecutions
                if row.prosecution_id in self.ordinals
            ),
            notes=tuple(self.notes.get(("hearing", hearing.id), ())),
            voided=hearing.voided,
            void_reason=hearing.void_reason,
            remarks=tuple(self.notes.get(("hearing_correction", hearing.id), ())),
            own=hearing.organisation_id == self.sight.organisation_id,
            was=tuple(self._was(hearing)) if self.sight.corrections else (),
        )

    def _was(self, hearing: Hearing) -> Iterable[HearingWasShown]:
        """Yield what was wrong with a hearing before it was put right."""
        for was in self.rows.hearings_were.get(hearing.id, ()):
            day = was.day if was.day != hearing.scheduled_on else None
            same = was.day is None or was.institution_id == hearing.institution_id
            court = None if same else self.rows.names.institutions.get(was.institution_id or 0)
            yield HearingWasShown(
                kind=was.kind,
                day=day,
                court=named(court),
                accused=()
                if hearing.voided
                else tuple(self.ordinals[key] for key in was.prosecutions if key in self.ordinals),
                corrected=self._writer(was.revision_id),
            )


def _held(row: Any, target: EventTarget) -> bool:
    """Say whether a reason or sentence holds, or held until its entry was corrected."""
    return row.rev_to is None or row.rev_to == target.event.rev_to


def _order(event: Event) -> tuple[date, int, int]:
    return event.occurred_from or _FAR, event.sequence, event.id

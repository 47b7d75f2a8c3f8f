"""Random acts on one case through the services: what a property test of the record writes."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from courtwatch.commands.cases import (
    AddAccused,
    AddCaseNumber,
    AddNote,
    AddVictim,
    RedactWords,
    SetShareLevel,
)
from courtwatch.commands.corrections import (
    BY_RULE,
    ChooseAccount,
    CorrectEvent,
    CorrectHearing,
)
from courtwatch.commands.hearings import RecordHearing, RecordOutcome
from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import (
    AddAccount,
    CheckUnchanged,
    CorrectEntry,
    NamedCharge,
    NewCharge,
    RecordStep,
    SentenceGiven,
)
from courtwatch.models import (
    Case,
    Event,
    Hearing,
    Note,
    Offence,
    Prosecution,
    ProsecutionCase,
    Reason,
)
from courtwatch.models.vocabulary import (
    AccountSource,
    AgeBand,
    HearingStatus,
    NoteTier,
    Reliability,
    ShareLevel,
    VoidReason,
)
from courtwatch.services.accounts_told import add_account, choose_account
from courtwatch.services.corrections import correct_event, void_event
from courtwatch.services.hearing_corrections import correct_hearing, void_hearing
from courtwatch.services.open_case import add_note, add_number
from courtwatch.services.people import add_accused, add_victim
from courtwatch.services.procedure_moves import move_cases
from courtwatch.services.procedure_versions import find_version
from courtwatch.services.record_hearing import record_hearing, record_outcome
from courtwatch.services.record_step import check_unchanged, record_step
from courtwatch.services.redaction import find, redact
from courtwatch.services.sharing import set_share_level
from courtwatch.services.standing import (
    movable_charges,
    offers,
    replaceable_charges,
    standing_of,
)
from courtwatch.services.work import SYSTEM, Work
from tests.functional.scene import actor_of, key
from tests.procedures import first_cambodia

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
SECRET = "Sokha"


class RandomActs:
    """Writes random acts to one case through the services, one revision each."""

    def __init__(self, site: Any, made: Any, seed: int, shares: bool) -> None:
        self.site, self.made = site, made
        self.random = random.Random(seed)
        self.shares = shares
        self.day = date(2025, 2, 1)
        self.at = START

    def write(self) -> str | None:
        """Carry one act out; None if the procedure refused it."""
        names = ["step"] * 5 + ["account"] * 3 + [
            "check", "correct", "accused", "victim", "number", "note", "hearing",
            "outcome", "void_hearing", "redact", "redate", "rehear", "move", "choose",
        ]  # fmt: skip
        name = self.random.choice(names + (["share"] if self.shares else []))
        self.day += timedelta(days=self.random.randint(1, 20))
        self.at += timedelta(hours=1)
        with self.site.sessions() as session:
            user = self.random.choice(["mony", "chan"])
            work = Work(session, actor_of(session, user, self.site), name, self.at)
            case = session.get_one(Case, self.made.id)
            try:
                done = getattr(self, f"_{name}")(work, case)
            except Invalid:
                session.rollback()
                return None
            session.commit()
            return name if done is not False else None

    def _pick(self, work: Work, model: Any, *where: Any) -> Any:
        query = select(model).where(model.case_id == self.made.id, *where).order_by(model.id)
        found = work.session.scalars(query).all()
        return self.random.choice(found) if found else None

    def _prosecution(self, work: Work) -> Prosecution:
        members = work.session.scalars(
            select(Prosecution)
            .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
            .where(ProsecutionCase.case_id == self.made.id)
            .order_by(Prosecution.id)
        ).all()
        return self.random.choice(members)

    def _step(self, work: Work, case: Case) -> Any:
        prosecution = self._prosecution(work)
        standing = standing_of(work.session, prosecution)
        allowed = [offer.step for offer in offers(standing) if offer.allowed]
        chosen = self.random.choice(allowed)
        asks = {*chosen.requires, *chosen.optional}
        offence = key(work.session, Offence, "KH-TIPSE-12")
        named: tuple[NamedCharge, ...] = ()
        if chosen.dispositions or "to_offence" in asks:
            named = tuple(
                NamedCharge(
                    charge=charge,
                    disposition=self.random.choice(chosen.dispositions)
                    if chosen.dispositions
                    else None,
                    to_offence=offence if "to_offence" in asks else None,
                )
                for charge in movable_charges(standing, chosen)
            )
        return record_step(
            work,
            prosecution,
            RecordStep(
                step=chosen.name,
                occurred=When.day(self.day),
                hour=10 if "hour" in asks else None,
                source=self.random.choice([AccountSource.TOLD, AccountSource.COURT_DOCUMENT]),
                charges=named,
                new_charges=self._new_charges(standing, chosen, offence),
                reason_stated=(key(work.session, Reason, "EV1"),) if "reason" in asks else (),
                reason_assessed=key(work.session, Reason, "ST1") if "reason" in asks else None,
                sentence=SentenceGiven(kind="imprisonment", length_days=900)
                if "sentence" in asks
                else None,
                mode=chosen.modes[0] if chosen.modes else None,
                note="a word on the step" if self.random.random() < 0.3 else None,
            ),
        )

    def _new_charges(self, standing: Any, chosen: Any, offence: int) -> tuple[NewCharge, ...]:
        """A charge beside the others, or in the place of one."""
        if "new_charges" not in (*chosen.requires, *chosen.optional):
            return ()
        former = self.random.choice([None, *replaceable_charges(standing, chosen)])
        return (NewCharge(offence=offence, replaces=former),)

    def _check(self, work: Work, case: Case) -> Any:
        source = AccountSource.TOLD
        return check_unchanged(
            work, case, CheckUnchanged(occurred=When.day(self.day), source=source)
        )

    def _correct(self, work: Work, case: Case) -> Any:
        event = self._pick(work, Event, Event.rev_to.is_(None))
        if event is None:
            return False
        command = CorrectEntry(reason=VoidReason.TYPED_WRONG, remark="twice")
        return void_event(work, event, command)

    def _redate(self, work: Work, case: Case) -> Any:
        """The right day takes the place of a wrong one, with all that hangs on the entry."""
        event = self._pick(work, Event, Event.rev_to.is_(None))
        if event is None or event.occurred_from is None:
            return False
        day = event.occurred_from + timedelta(days=self.random.choice([-1, 1]))
        named = tuple(
            NamedCharge(charge=t.charge_id, disposition=t.disposition)
            for t in event.targets
            if t.charge_id is not None and not t.new
        )
        entry = RecordStep(
            step=event.step,
            occurred=When.day(day),
            hour=10 if event.time else None,
            mode=event.mode,
            charges=named,
            source=AccountSource.TOLD,
        )
        accused = tuple(dict.fromkeys(t.prosecution_id for t in event.targets))
        return correct_event(
            work,
            event,
            CorrectEvent(VoidReason.WRONG_DATE, "the day", entry, accused, event.entry_stage),
        )

    def _rehear(self, work: Work, case: Case) -> Any:
        """The right day and accused of a hearing."""
        row = self._pick(work, Hearing, Hearing.voided.is_(False))
        if row is None:
            return False
        correct_hearing(
            work,
            row,
            CorrectHearing(
                reason=VoidReason.WRONG_ACCUSED,
                scheduled=When.day(row.scheduled_on - timedelta(days=1)),
                institution=row.institution_id,
                kind=row.kind,
                status=row.status,
                next=When.day(row.next_on) if row.next_on else None,
                prosecutions=(self._prosecution(work).id,),
            ),
        )
        return True

    def _account(self, work: Work, case: Case) -> Any:
        """Of any source; only one in three says a day, so that most change nothing else."""
        event = self._pick(work, Event, Event.rev_to.is_(None))
        if event is None:
            return False
        dated = self.random.random() < 0.3
        command = AddAccount(
            occurred=When.day(self.day) if dated else When.unknown(),
            source=self.random.choice(list(AccountSource)),
            reliability=self.random.choice(list(Reliability)),
            keep=self.random.random() < 0.3,
        )
        return add_account(work, event, command)

    def _choose(self, work: Work, case: Case) -> Any:
        """Which of several accounts holds, or the rule again."""
        event = self._pick(work, Event, Event.rev_to.is_(None))
        if event is None:
            return False
        accounts = [one.id for one in event.accounts if one.rev_to is None]
        chosen = self.random.choice([BY_RULE, *accounts])
        return choose_account(work, event, ChooseAccount(account=chosen, remark="I was there"))

    def _accused(self, work: Work, case: Case) -> Any:
        return add_accused(
            work,
            case,
            AddAccused(name_latin="Chea Vuthy", stage="start", source=AccountSource.TOLD),
        )

    def _victim(self, work: Work, case: Case) -> Any:
        return add_victim(work, case, AddVictim(age_band=AgeBand.FROM_18))

    def _number(self, work: Work, case: Case) -> Any:
        number = f"{self.random.randint(1, 99)}/2025"
        return add_number(work, case, AddCaseNumber(number=number, number_issuer="court"))

    def _note(self, work: Work, case: Case) -> Any:
        tier = self.random.choice(list(NoteTier))
        return add_note(work, case, AddNote(text=f"{SECRET} was heard", tier=tier))

    def _hearing(self, work: Work, case: Case) -> Any:
        return record_hearing(
            work, case, RecordHearing(scheduled=When.day(self.day), status=HearingStatus.SCHEDULED)
        )

    def _outcome(self, work: Work, case: Case) -> Any:
        row = self._pick(work, Hearing, Hearing.voided.is_(False))
        if row is None:
            return False
        following = row.scheduled_on + timedelta(days=14)
        return record_outcome(
            work, row, RecordOutcome(status=HearingStatus.HELD, next=When.day(following))
        )

    def _void_hearing(self, work: Work, case: Case) -> Any:
        row = self._pick(work, Hearing, Hearing.voided.is_(False))
        if row is None:
            return False
        return void_hearing(work, row, CorrectEntry(reason=VoidReason.ENTERED_TWICE))

    def _move(self, work: Work, case: Case) -> Any:
        """To the other version of the procedure."""
        first, second = first_cambodia(work.session), find_version(work.session, "cambodia/2")
        source, target = (
            (first, second) if case.procedure_version_id == first.id else (second, first)
        )
        system = Work(work.session, SYSTEM, "case:moved", self.at)
        return move_cases(system, source, target, [case.id], also_with_unresolved=True)

    def _share(self, work: Work, case: Case) -> Any:
        level = self.random.choice(list(ShareLevel))
        return set_share_level(work, case, SetShareLevel(share_level=level))

    def _redact(self, work: Work, case: Case) -> Any:
        row = self._pick(work, Note, Note.text.contains(SECRET))
        found = find(work.session, work.actor, "note", row.id) if row is not None else None
        if found is None:
            return False
        return redact(work, found, RedactWords(words=SECRET, reason="victim_identity"))

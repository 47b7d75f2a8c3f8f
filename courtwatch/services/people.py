"""Add accused persons and victims to a case."""

from __future__ import annotations

from itertools import count

from sqlalchemy import func, select

from courtwatch.commands.cases import Accused, AddAccused, AddVictim
from courtwatch.commands.parsing import Invalid, When
from courtwatch.models import (
    Case,
    Charge,
    Event,
    EventAccount,
    EventTarget,
    Offence,
    Person,
    PersonName,
    Prosecution,
    ProsecutionCase,
    Victim,
    new_public_code,
)
from courtwatch.models.vocabulary import AccountSource, ChargeKind
from courtwatch.services.facts import refresh
from courtwatch.services.messages import _
from courtwatch.services.standing import procedure_of
from courtwatch.services.work import Work
from search_index.khmer import normalise
from search_index.names import name_key, name_words
from workflows.elements import FIRST_SEEN, START, Phase
from workflows.procedure import Procedure

CHARGED_PHASES = frozenset({Phase.CHARGED, Phase.ACCUSED, Phase.CONVICTED})


def stored_name_key(text: str) -> str:
    """Return the key under which a name is looked up.

    Latin letters: its folded words in alphabetical order, so that romanisation and order of the
    names do not matter. Khmer: the normalised spelling without spaces.
    """
    latin = " ".join(sorted(filter(None, (name_key(word) for word in name_words(text)))))
    return latin or "".join(normalise(text).split())


def add_accused(work: Work, case: Case, command: AddAccused) -> Prosecution:
    """Add an accused to a case at the stage at which it is met. Raises Invalid."""
    prosecution = enter_prosecution(
        work, case, command, command.stage, command.seen or When.unknown(), command.source
    )
    refresh(work, [prosecution.id])
    return prosecution


def enter_prosecution(
    work: Work, case: Case, about: Accused, stage: str, seen: When, source: AccountSource
) -> Prosecution:
    """Add person, prosecution, charges and, if it begins late, the event that says so."""
    procedure = procedure_of(case.procedure_version)
    _check_stage(procedure, stage)
    offence = _offence(work, case, about.offence)
    person = work.add(
        Person(
            pseudonym=next_pseudonym(work, case),
            sex=about.sex,
            age_band=about.age_band,
            citizenship=about.citizenship.upper() if about.citizenship else None,
            official=about.official,
            related_to_child_victim=about.related_to_child_victim,
        )
    )
    for script, text in (("Latn", about.name_latin), ("Khmr", about.name_khmer)):
        if text:
            name = PersonName(
                person_id=person.id, script=script, text=text, key=stored_name_key(text)
            )
            work.add(name)
    prosecution = work.add(
        Prosecution(
            public_code=new_public_code("P"),
            person_id=person.id,
            registered_on=about.registered.first if about.registered else None,
            registered_to=about.registered.last if about.registered else None,
            entry_date=seen.first,
        )
    )
    work.add(ProsecutionCase(prosecution_id=prosecution.id, case_id=case.id))
    _add_first_charges(work, case, prosecution, about, offence, stage, seen, source)
    return prosecution


def _check_stage(procedure: Procedure, stage: str) -> None:
    """Refuse a stage at which no prosecution can be met."""
    allowed = [START, *(s.name for s in procedure.stages if s.live)]
    if stage not in allowed:
        raise Invalid({"stage": _("Choose the stage at which you meet the case")})


def _offence(work: Work, case: Case, offence_id: int | None) -> Offence | None:
    if offence_id is None:
        return None
    offence = work.session.get(Offence, offence_id)
    if offence is None or offence.jurisdiction_id != case.jurisdiction_id or not offence.chargeable:
        raise Invalid({"offence": _("Choose an offence from the list")})
    return offence


def _add_first_charges(
    work: Work,
    case: Case,
    prosecution: Prosecution,
    about: Accused,
    offence: Offence | None,
    stage: str,
    seen: When,
    source: AccountSource,
) -> None:
    """Add the alleged charge; beyond formal charging also the charge that must have been filed."""
    offence_id = offence.id if offence else None
    alleged = work.add(
        Charge(
            prosecution_id=prosecution.id,
            kind=ChargeKind.ALLEGED,
            offence_id=offence_id,
            exploitation=about.exploitation,
        )
    )
    if stage == START:
        return
    entered = alleged
    phase = procedure_of(case.procedure_version).stage(stage).phase
    if offence is not None and phase in CHARGED_PHASES:
        entered = work.add(
            Charge(
                prosecution_id=prosecution.id,
                kind=ChargeKind.FILED,
                offence_id=offence_id,
                exploitation=about.exploitation,
                parent_id=alleged.id,
            )
        )
    event = work.add(
        Event(
            case_id=case.id,
            step=FIRST_SEEN,
            occurred_from=seen.first,
            occurred_to=seen.last,
            precision=seen.precision,
            entry_stage=stage,
            organisation_id=work.organisation_id,
        )
    )
    work.add(EventTarget(event_id=event.id, prosecution_id=prosecution.id, charge_id=entered.id))
    work.add(
        EventAccount(
            event_id=event.id,
            organisation_id=work.organisation_id,
            user_id=work.actor.user_id,
            source=source,
            occurred_from=seen.first,
            occurred_to=seen.last,
            precision=seen.precision,
        )
    )


def next_pseudonym(work: Work, case: Case) -> str:
    """Return 'A1', 'A2' ... : how an accused is called where the name may not be shown."""
    # Who came from another case keeps theirs: the number of accused alone could give it twice.
    ever = (
        select(Person.pseudonym)
        .join(Prosecution, Prosecution.person_id == Person.id)
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
        .where(ProsecutionCase.case_id == case.id)
    )
    taken = list(work.session.scalars(ever))
    free = (f"A{number}" for number in count(len(taken) + 1))
    return next(pseudonym for pseudonym in free if pseudonym not in taken)


def add_victim(work: Work, case: Case, command: AddVictim) -> Victim:
    """Add a victim by pseudonym."""
    known = work.session.scalar(
        select(func.count()).select_from(Victim).where(Victim.case_id == case.id)
    )
    victim = work.add(
        Victim(
            case_id=case.id,
            pseudonym=f"V{(known or 0) + 1}",
            sex=command.sex,
            age_band=command.age_band,
            citizenship=command.citizenship.upper() if command.citizenship else None,
            exploitation=command.exploitation,
            civil_party=command.civil_party,
        )
    )
    work.owe_index([case.id])
    return victim

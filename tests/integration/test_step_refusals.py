"""Each refusal of a step, word for word: what the form lacks, what does not fit, what the order
forbids. What the law itself says of a step is in `tests/unit/workflows/test_refusals.py`."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courtwatch.commands import steps as forms
from courtwatch.commands.cases import OpenCase
from courtwatch.commands.parsing import Invalid, When, parse
from courtwatch.commands.steps import (
    CheckUnchanged,
    CorrectEntry,
    NamedCharge,
    NewCharge,
    RecordStep,
    parse_step,
    read_sentence,
)
from courtwatch.models import (
    Case,
    Charge,
    Event,
    Institution,
    Jurisdiction,
    Offence,
    Prosecution,
    ProsecutionCase,
    Reason,
    Revision,
)
from courtwatch.models.engine import begin_writing
from courtwatch.models.vocabulary import AccountSource, ChargeKind, ShareLevel
from courtwatch.services import record_step as recording
from courtwatch.services import step_rules
from courtwatch.services.open_case import open_case
from courtwatch.services.record_step import check_unchanged, record_step
from courtwatch.services.work import Work
from tests.functional.site import make_settings
from tests.integration.test_worker import Office
from workflows.procedure import load

SEEN = date(2025, 1, 10)
TODAY = date(2026, 11, 20)
NOBODY = 987_654
MODE = "Choose how the judgment was given"
OFFENCE = "Choose an offence from the list"
REASON = "Choose a reason from the list"
KIND = "Choose the kind of sentence"
NEW_OFFENCE = "Choose the new offence"
NEW_OFFENCE_OF_ONE = "Choose the new offence of at least one charge"


class Desk:
    """Cases at several stages, of which nothing that is tried may become a row."""

    def __init__(self, office: Office) -> None:
        self.office = office
        with office.sessions() as session:
            begin_writing(session)
            abroad = select(Jurisdiction.id).where(Jurisdiction.code == "US-IL-COOK")
            self.abroad = session.scalars(abroad).one()
            own = session.scalars(select(Offence).where(Offence.code == "KH-TIPSE-10")).one()
            copied = {c.name: getattr(own, c.name) for c in Offence.__table__.columns}
            other = Offence(**copied | {"id": None, "jurisdiction_id": self.abroad})
            session.add(other)
            session.flush()
            self.here, self.elsewhere = own.id, other.id
            self.reason = session.scalars(select(Reason.id).where(Reason.code == "EV1")).one()
            self.no_end = session.scalars(
                select(Reason.id).where(Reason.purpose != "termination")
            ).first()
            self.police, self.court = (
                session.scalars(
                    select(Institution.id).where(
                        Institution.kind == kind, Institution.jurisdiction_id == office.country
                    )
                ).first()
                for kind in ("police", "court")
            )
            session.commit()
        self.cases = {
            stage: self.open(stage) for stage in ("prosecutor_review", "investigation", "trial")
        }
        self.cases["arrested"] = self.open("arrested", self.abroad)
        investigation = self.cases["investigation"]
        self.write(
            lambda s, w: record_step(
                w,
                self.accused(s, investigation),
                step("close_investigation", occurred=When.day(date(2025, 6, 1))),
            )
        )

    def open(self, stage: str, country: int | None = None) -> int:
        """Open a case at a stage."""
        command = OpenCase(
            jurisdiction=country or self.office.country,
            stage=stage,
            share_level=ShareLevel.FULL,
            offence=self.elsewhere if country else self.here,
            seen=When.day(SEEN),
        )
        return int(self.write(lambda s, w: open_case(w, command).id))

    def write(self, act: Callable[[Session, Work], Any]) -> Any:
        """Carry an act out in a transaction of its own."""
        with self.office.sessions() as session:
            begin_writing(session)
            made = act(session, Work(session, self.office.actor, "step:recorded"))
            session.commit()
            return made

    def accused(self, session: Session, case_id: int) -> Prosecution:
        """Return the accused of a case."""
        of_case = select(Prosecution).join(ProsecutionCase)
        return session.scalars(of_case.where(ProsecutionCase.case_id == case_id)).one()

    def charge(self, stage: str) -> int:
        """Return the charge that was filed before the case was seen at a stage."""
        with self.office.sessions() as session:
            accused = self.accused(session, self.cases[stage])
            own = select(Charge.id).where(Charge.prosecution_id == accused.id)
            return session.scalars(own.where(Charge.kind == ChargeKind.FILED)).one()

    def refused(self, stage: str, command: RecordStep) -> dict[str, str]:
        """Return what is said of a step, by field. Nothing was written."""
        before = self.rows()
        with pytest.raises(Invalid) as caught:
            self.write(lambda s, w: record_step(w, self.accused(s, self.cases[stage]), command))
        assert self.rows() == before
        return said(caught.value)

    def rows(self) -> tuple[int, ...]:
        """Return how many entries, charges and revisions there are."""
        with self.office.sessions() as session:
            return tuple(
                session.scalar(select(func.count()).select_from(model)) or 0
                for model in (Event, Charge, Revision)
            )


def said(problem: Invalid) -> dict[str, str]:
    """Return the English words of a refusal, by field."""
    return {
        field: text.interpolate() if hasattr(text, "interpolate") else text.en
        for field, text in problem.errors.items()
    }


def step(name: str, **more: Any) -> RecordStep:
    """Return the command of a step, a month after the case was seen first."""
    given = {"occurred": When.day(date(2025, 2, 10)), "source": AccountSource.TOLD}
    return RecordStep(step=name, **given | more)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Give the cases; none of the tests changes them."""
    office = Office(make_settings(tmp_path_factory.mktemp("office")))
    yield Desk(office)
    office.engine.dispose()


Tried = tuple[str, Callable[[Desk], RecordStep], dict[str, str]]
FORMS: dict[str, Tried] = {
    "no such step": (
        "trial",
        lambda d: step("settle"),
        {"": "This procedure has no step settle"},
    ),
    "no offence": (
        "prosecutor_review",
        lambda d: step("cite"),
        {"offence-1": "Choose the offence that was charged"},
    ),
    "no mode": ("trial", lambda d: step("acquit"), {"mode": MODE}),
    "a mode of another step": (
        "trial",
        lambda d: step("acquit", mode="in_the_corridor"),
        {"mode": MODE},
    ),
    "no reason": (
        "trial",
        lambda d: step("dismiss"),
        {"reason_stated": "Choose the reason stated, or that none was given"},
    ),
    "no sentence": ("arrested", lambda d: step("sentence"), {"sentence_kind": KIND}),
    "nowhere": (
        "trial",
        lambda d: step("open_trial", institution=NOBODY),
        {"institution": "Choose an institution from the list"},
    ),
    "taken by others": (
        "trial",
        lambda d: step("open_trial", institution=d.police),
        {"institution": "This step is taken by: Trial court"},
    ),
    "no such hearing": (
        "trial",
        lambda d: step("open_trial", hearing=NOBODY),
        {"hearing": "Choose a hearing of this case"},
    ),
    "an offence of another country": (
        "prosecutor_review",
        lambda d: step("cite", new_charges=(NewCharge(offence=d.elsewhere),)),
        {"offence-1": OFFENCE},
    ),
    "in the place of a charge that is not there": (
        "prosecutor_review",
        lambda d: step("cite", new_charges=(NewCharge(offence=d.here, replaces=NOBODY),)),
        {"replaces-1": "Choose a filed charge that is under way"},
    ),
    "requalified to an offence of another country": (
        "trial",
        lambda d: step(
            "requalify_at_trial",
            charges=(NamedCharge(charge=d.charge("trial"), to_offence=d.elsewhere),),
        ),
        {"offence-1": OFFENCE},
    ),
    "a reason that ends nothing": (
        "trial",
        lambda d: step("dismiss", reason_stated=(d.no_end,)),
        {"reason_stated": REASON},
    ),
    "no such reason, assessed": (
        "trial",
        lambda d: step("dismiss", reason_stated=(d.reason,), reason_assessed=NOBODY),
        {"reason_assessed": REASON},
    ),
    "somebody else's charge": (
        "trial",
        lambda d: step("dismiss", reason_stated=(d.reason,), charges=(NamedCharge(charge=NOBODY),)),
        {"charge": "A charge was named that this accused does not have"},
    ),
    "a charge without its end": (
        "trial",
        lambda d: step(
            "convict", mode="adversarial", charges=(NamedCharge(charge=d.charge("trial")),)
        ),
        {"disposition-{trial}": "Choose how this charge ended"},
    ),
    "a charge without its new offence": (
        "trial",
        lambda d: step("requalify_at_trial", charges=(NamedCharge(charge=d.charge("trial")),)),
        {"to_offence-{trial}": NEW_OFFENCE},
    ),
    "no charge and no end": (
        "trial",
        lambda d: step("convict", mode="adversarial"),
        {"disposition-{trial}": "Choose how at least one charge ended"},
    ),
    "no charge and no new offence": (
        "trial",
        lambda d: step("requalify_at_trial"),
        {"to_offence-{trial}": NEW_OFFENCE_OF_ONE},
    ),
    "everything at once": (
        "trial",
        lambda d: step("dismiss", hearing=NOBODY, institution=NOBODY),
        {
            "reason_stated": "Choose the reason stated, or that none was given",
            "hearing": "Choose a hearing of this case",
            "institution": "Choose an institution from the list",
        },
    ),
    "another entry would lose its place": (
        "investigation",
        lambda d: step("order_non_suit", reason_stated=(d.reason,)),
        {
            "": "An entry that is already recorded would no longer be possible after this step. "
            "Check the day, or correct the other entry first."
        },
    ),
}


@pytest.mark.parametrize(("stage", "made", "expected"), FORMS.values(), ids=FORMS.keys())
def test_a_step_is_refused_in_these_words_and_nothing_is_written(
    desk: Desk, stage: str, made: Callable[[Desk], RecordStep], expected: dict[str, str]
) -> None:
    """Every message at its field, whole."""
    trial = str(desk.charge("trial"))
    fields = {field.replace("{trial}", trial): text for field, text in expected.items()}
    assert desk.refused(stage, made(desk)) == fields


def test_the_law_is_quoted_with_what_is_permitted_instead(desk: Desk) -> None:
    """A step that comes last is refused by the machine; the sentence ends with what is possible."""
    (text,) = desk.refused("trial", step("indict")).values()
    assert text.startswith(
        "“Closing order - indictment” is not possible at “On trial”. It starts from: "
    )
    law, _sign, permitted = text.partition(" Permitted now: ")
    procedure = load("cambodia")
    cited = f"Closing order - indictment ({procedure.step('indict').article})"
    assert law.endswith(f" The law on it: {cited}.")
    assert f"Acquitted ({procedure.step('acquit').article}); " in permitted
    assert "Closing order" not in permitted


def _tried(desk: Desk, case: int, command: RecordStep, session: Session, work: Work) -> Event:
    return record_step(work, desk.accused(session, case), command)


def test_a_step_in_the_wrong_place_is_refused_with_its_article_in_khmer_too(desk: Desk) -> None:
    """Tried in the whole history, or by the machine: both quote the law."""
    late, trial = step("open_trial", occurred=When.day(date(2024, 1, 1))), desk.cases["trial"]
    for name, command in (("indict", step("indict")), ("open_trial", late)):
        tried = partial(_tried, desk, trial, command)
        with pytest.raises(Invalid) as caught:
            desk.write(tried)
        quoted = load("cambodia").step(name)
        (text,) = caught.value.errors.values()
        assert f"{quoted.label.get('km')} ({quoted.article})" in text.get("km")
        assert f"{quoted.label.get('en')} ({quoted.article})" in text.get("en")


def test_a_day_on_which_it_can_not_have_been_is_refused(desk: Desk) -> None:
    """Tried in the whole history: before the first sight there is nothing to open a trial from."""
    (text,) = desk.refused(
        "trial", step("open_trial", occurred=When.day(date(2024, 1, 1)))
    ).values()
    assert "is not possible at" in text


def test_nobody_is_open_to_be_checked(desk: Desk) -> None:
    """A check is about those whose case goes on."""
    case_id = desk.open("investigation")
    ended = step("order_non_suit", reason_stated=(desk.reason,))
    desk.write(lambda s, w: record_step(w, desk.accused(s, case_id), ended))
    before = desk.rows()
    with pytest.raises(Invalid) as caught:
        desk.write(
            lambda s, w: check_unchanged(
                w, s.get_one(Case, case_id), CheckUnchanged(occurred=When.day(date(2025, 9, 1)))
            )
        )
    assert said(caught.value) == {
        "": "No prosecution of this case is open; record the first step instead"
    }
    assert desk.rows() == before


WHEN = {"occurred": "2025-02-10"}
TOLD = {**WHEN, "source": "told"}
SENTENCE = {"sentence_kind": "imprisonment"}
READ: dict[str, tuple[Callable[[], object], dict[str, str]]] = {
    "no source": (
        lambda: parse_step("acquit", WHEN, [], TODAY),
        {"source": "Choose how you know of it"},
    ),
    "no hour of a day": (
        lambda: parse_step("arrest", {**TOLD, "occurred-hour": "24"}, [], TODAY),
        {"occurred-hour": "Enter the hour from 0 to 23"},
    ),
    "a new charge that is no number": (
        lambda: parse_step("cite", {**TOLD, "offence-2": "x"}, [], TODAY),
        {"offence-2": OFFENCE},
    ),
    "a new offence that is no number": (
        lambda: parse_step("requalify", {**TOLD, "to_offence-7": "x"}, [7], TODAY),
        {"to_offence-7": NEW_OFFENCE},
    ),
    "a length in words": (
        lambda: read_sentence({**SENTENCE, "sentence_length": "ten"}),
        {"sentence_length": "Enter the length as a whole number"},
    ),
    "less than nothing suspended": (
        lambda: read_sentence({**SENTENCE, "sentence_suspended": "-1"}),
        {"sentence_suspended": "Enter the suspended part as a whole number"},
    ),
    "a fine in words": (
        lambda: read_sentence({**SENTENCE, "fine": "much"}),
        {"fine": "Enter the fine as a number, such as 4000000"},
    ),
    "compensation in words": (
        lambda: read_sentence({**SENTENCE, "compensation_awarded": "much"}),
        {"compensation_awarded": "Enter the compensation as a number"},
    ),
    "payment in words": (
        lambda: read_sentence({**SENTENCE, "compensation_paid": "much"}),
        {"compensation_paid": "Enter what was paid as a number"},
    ),
    "a length in weeks": (
        lambda: read_sentence({**SENTENCE, "sentence_length": "3", "sentence_unit": "weeks"}),
        {"sentence_unit": "Choose days, months or years"},
    ),
    "a length of nothing": (
        lambda: read_sentence({"sentence_length": "3"}),
        {"sentence_kind": KIND},
    ),
    "a check of no day": (
        lambda: parse(CheckUnchanged, {"source": "told"}, TODAY),
        {"occurred": "Enter the day on which it was checked"},
    ),
    "a correction that does not say why": (
        lambda: parse(CorrectEntry, {}, TODAY),
        {"reason": "Choose what was wrong with the entry"},
    ),
}


@pytest.mark.parametrize(("read", "expected"), READ.values(), ids=READ.keys())
def test_a_form_is_refused_in_these_words(
    read: Callable[[], object], expected: dict[str, str]
) -> None:
    """What was typed is answered at its field."""
    with pytest.raises(Invalid) as caught:
        read()
    assert said(caught.value) == expected


def test_no_refusal_is_left_out() -> None:
    """A new message in these modules needs its row above."""
    expected = [*(form[2] for form in FORMS.values()), *(read[1] for read in READ.values())]
    words = {text for each in expected for text in each.values()}
    words.add("No prosecution of this case is open; record the first step instead")
    missing = {
        text
        for module in (forms, step_rules, recording)
        for text in messages(module)
        if not any(found.startswith(text.partition("${")[0]) for found in words)
    }
    assert missing == set()


def messages(module: Any) -> Iterator[str]:
    """Give the messages that are marked for translation in a module."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
            (text,) = (argument for argument in node.args if isinstance(argument, ast.Constant))
            yield str(text.value)

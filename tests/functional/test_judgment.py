"""One judgment of several accused is entered once, and checked as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from courtwatch.models import (
    Charge,
    ChargeFact,
    Event,
    EventTarget,
    Offence,
    ProsecutionFact,
    Revision,
    Sentence,
)
from courtwatch.services.fact_inputs import read_lookups
from courtwatch.services.facts import differences, refresh
from courtwatch.services.work import SYSTEM, Work
from tests.functional.test_corrections import OFFENCE, add_accused, prosecutions
from tests.functional.test_record import key_of, open_case, record_form

LESSER = (Offence.article == "14", Offence.jurisdiction_id == 1)


class Trial:
    """Three accused on trial: two charges against the first, one against each of the others."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.browser = site.sign_in("mony")
        offence = key_of(site, Offence, *OFFENCE)
        self.code = open_case(
            site, self.browser, name_latin="Sok Dara", stage="trial", offence=offence
        )
        for name in ("Chan Mony", "Keo Rith"):
            add_accused(site, self.browser, self.code, name, stage="trial", offence=offence)
        self.accused = [one.id for one in prosecutions(site, self.code)]
        with site.writing() as session:
            self.add_second_charge(session)
        self.charges = [self.filed(key) for key in self.accused]

    def add_second_charge(self, session: Any) -> None:
        """A register may bring two charges at once; the forms file them by an indictment."""
        work = Work(session, SYSTEM, "charge:added")
        first = session.scalars(
            select(Charge).where(Charge.prosecution_id == self.accused[0], Charge.kind == "filed")
        ).one()
        second = work.add(
            Charge(
                prosecution_id=self.accused[0],
                kind="filed",
                offence_id=int(key_of(self.site, Offence, *LESSER)),
                parent_id=first.parent_id,
                rank=1,
            )
        )
        entry = session.scalars(select(Event).where(Event.step == "first_seen")).first()
        work.add(
            EventTarget(
                event_id=entry.id, prosecution_id=self.accused[0], charge_id=second.id, new=False
            )
        )
        refresh(work, [self.accused[0]])

    def filed(self, prosecution: int) -> list[int]:
        """Return the filed charges of an accused."""
        with self.site.reading() as session:
            query = select(Charge.id).where(
                Charge.prosecution_id == prosecution, Charge.kind == "filed"
            )
            return list(session.scalars(query.order_by(Charge.id)))

    def form(self) -> Any:
        """Return the form of a judgment of 1 March 2026."""
        form = record_form(self.browser.get(f"/cases/{self.code}/judgment"))
        form["occurred-year"], form["occurred-month"], form["occurred-day"] = "2026", "3", "1"
        return form

    def outcomes(self) -> list[tuple[str | None, int]]:
        """Return outcome and event code of each accused."""
        with self.site.reading() as session:
            rows = session.scalars(
                select(ProsecutionFact)
                .where(ProsecutionFact.rev_to.is_(None))
                .order_by(ProsecutionFact.prosecution_id)
            )
            return [(row.outcome, row.event_code) for row in rows]

    def counts(self) -> tuple[int, int, int]:
        """Return how many events, sentences and revisions there are."""
        with self.site.reading() as session:
            models = (Event, Sentence, Revision)
            found = [session.scalar(select(func.count()).select_from(m)) or 0 for m in models]
            return found[0], found[1], found[2]


@pytest.fixture
def trial(site: Any) -> Trial:
    """Give the trial."""
    return Trial(site)


def test_each_charge_ends_in_its_own_way_by_one_entry(trial: Trial) -> None:
    """Convicted and acquitted, convicted of a lesser offence, convicted in default: one act."""
    (first, second), (third,), (fourth,) = trial.charges
    events, _sentences, revisions = trial.counts()
    form = trial.form()
    form[f"end-{first}"] = "convict:convicted_as_charged"
    form[f"end-{second}"] = "acquit:acquitted"
    form[f"mode-{trial.accused[0]}"] = "adversarial"
    form[f"sentence_kind-{trial.accused[0]}"] = "imprisonment"
    form[f"sentence_length-{trial.accused[0]}"] = "7"
    form[f"end-{third}"] = "convict:convicted_lesser"
    form[f"to_offence-{third}"] = key_of(trial.site, Offence, *LESSER)
    form[f"mode-{trial.accused[1]}"] = "adversarial"
    form[f"sentence_kind-{trial.accused[1]}"] = "imprisonment"
    form[f"sentence_length-{trial.accused[1]}"] = "2"
    form[f"end-{fourth}"] = "convict_in_default:convicted_default"
    form["note"] = "read out in court"
    form.submit(status=303)
    assert trial.outcomes() == [
        ("convicted", 1), ("convicted_lesser", 1), ("convicted_in_default", 1),
    ]  # fmt: skip
    after = trial.counts()
    assert after[0] - events == 3, "convict, acquit, convict in default"
    assert after[2] - revisions == 1, "one act"
    with trial.site.reading() as session:
        days = {row.length_days for row in session.scalars(select(Sentence))}
        assert days == {7 * 365, 2 * 365}
        ends = dict(
            session.execute(
                select(ChargeFact.charge_id, ChargeFact.disposition).where(
                    ChargeFact.rev_to.is_(None), ChargeFact.disposition.is_not(None)
                )
            ).all()
        )
        assert ends == {
            first: "convicted_as_charged", second: "acquitted", third: "convicted_lesser",
            fourth: "convicted_default",
        }  # fmt: skip
        lesser = session.scalars(
            select(ChargeFact.offence_id).where(
                ChargeFact.charge_id == third, ChargeFact.rev_to.is_(None)
            )
        ).one()
        assert str(lesser) == key_of(trial.site, Offence, *LESSER)
        connection = session.connection()
        assert not list(differences(connection, trial.accused, read_lookups(connection)))
    page = trial.browser.get(f"/cases/{trial.code}").text
    assert page.count("read out in court") == 1
    again = trial.browser.get(f"/cases/{trial.code}/judgment")
    assert "No charge of this case can be judged" in again


def test_nothing_is_written_unless_all_of_it_fits(trial: Trial) -> None:
    """What is wrong stands at the accused to whom it belongs; what was entered is kept."""
    (first, _second), (third,), _others = trial.charges
    before = trial.counts()
    form = trial.form()
    form[f"end-{first}"] = "convict:convicted_as_charged"
    form[f"mode-{trial.accused[0]}"] = "adversarial"
    form[f"end-{third}"] = "convict:convicted_as_charged"
    form[f"sentence_kind-{trial.accused[2]}"] = "imprisonment"
    page = form.submit(status=400)
    assert trial.counts() == before
    links = {a["href"] for a in page.html.select(".govuk-error-summary a")}
    assert links == {f"#mode-{trial.accused[1]}", f"#sentence_kind-{trial.accused[2]}"}
    kept = page.html.select_one(f"#end-{first} option[selected]")
    assert kept["value"] == "convict:convicted_as_charged"


def test_who_is_not_judged_stays_on_trial(trial: Trial) -> None:
    """A judgment may be of one of them; the form then offers the others."""
    _first, (third,), _others = trial.charges
    form = trial.form()
    form[f"end-{third}"] = "acquit:acquitted"
    form[f"mode-{trial.accused[1]}"] = "adversarial"
    form.submit(status=303)
    again = trial.browser.get(f"/cases/{trial.code}/judgment")
    assert again.html.select_one(f"#end-{third}") is None
    assert trial.outcomes()[1] == ("acquitted", 1)
    assert trial.outcomes()[0] == (None, 0)


def test_an_empty_or_foreign_form_is_refused(trial: Trial) -> None:
    """At least one end; and only ends that the law has for that charge now."""
    (first, _second), *_others = trial.charges
    page = trial.form().submit(status=400)
    assert "Choose how at least one charge ended" in page
    form = trial.form()
    form[f"end-{first}"].force_value("hold_file:held")
    page = form.submit(status=400)
    assert "Choose how this charge ended" in page.html.select_one(f"#end-{first}-error").text


def test_who_may_not_add_to_the_case_is_refused(trial: Trial) -> None:
    """A researcher or the ministry records no judgment, and another's private case is not there."""
    for user in ("anan", "reak"):
        trial.site.sign_in(user).get(f"/cases/{trial.code}/judgment", status=403)
    private = open_case(trial.site, trial.browser, share_level="private")
    trial.site.sign_in("rith").get(f"/cases/{private}/judgment", status=404)


def test_what_somebody_recorded_meanwhile_is_shown_first(trial: Trial) -> None:
    """Two people with the same judgment before them: the second sees what the first wrote."""
    _first, (third,), _others = trial.charges
    mine, theirs = trial.form(), trial.form()
    for form in (mine, theirs):
        form[f"end-{third}"] = "acquit:acquitted"
        form[f"mode-{trial.accused[1]}"] = "adversarial"
    theirs.submit(status=303)
    before = trial.counts()
    page = mine.submit(status=409)
    assert "Acquitted" in page
    assert trial.counts() == before

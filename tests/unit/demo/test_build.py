"""The invented country as it stands in the database after `build`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, func, or_, select, text
from sqlalchemy.orm import Session

from courtwatch.charts.tile_grid import INVENTED_PLACES
from courtwatch.demo.build import FIRST_SITTING, DemoExists, DemoReport, build
from courtwatch.demo.country import ACCOUNTS
from courtwatch.demo.places import JURISDICTION, ORGANISATIONS, PROVINCES
from courtwatch.models import (
    Case,
    CaseNumber,
    Charge,
    ChargeFact,
    Clock,
    Coverage,
    Event,
    EventAccount,
    EventTarget,
    Hearing,
    HearingFact,
    Institution,
    Job,
    Jurisdiction,
    Membership,
    Note,
    Person,
    PersonName,
    Prosecution,
    ProsecutionFact,
    ReasonAssessed,
    ReasonStated,
    Revision,
    Sentence,
    User,
    Victim,
)
from courtwatch.models import Reason as ReasonRow
from courtwatch.models.engine import begin_writing, make_session_factory
from courtwatch.models.vocabulary import EventStatus, HearingStatus, InstitutionKind, Role
from courtwatch.seed import read
from courtwatch.services import facts
from courtwatch.services.deadlines import Deadlines, Question
from tests.databases import migrated
from tests.told_oracle import disagreeing
from workflows.limit_state import Status

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SIZE = 500


def make(path: Path, size: int, seed: int) -> tuple[Engine, DemoReport]:
    """Make a database with an invented country."""
    engine = migrated(path)
    with make_session_factory(engine)() as session:
        begin_writing(session)
        report = build(session, HASHER, size=size, seed=seed)
        session.commit()
    return engine, report


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, DemoReport]]:
    """One country that the tests of this module read."""
    engine, report = make(tmp_path_factory.mktemp("demo") / "demo.sqlite", SIZE, 1)
    yield engine, report
    engine.dispose()


@pytest.fixture
def session(made: tuple[Engine, DemoReport]) -> Iterator[Session]:
    """A session that reads the country."""
    with make_session_factory(made[0])() as session:
        yield session


def count(session: Session, model: type, *where: object) -> int:
    """Count rows."""
    query = select(func.count()).select_from(model).where(*where)  # type: ignore[arg-type]
    return session.scalar(query) or 0


class TestRepeatability:
    @staticmethod
    def dump(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
        """Return all rows of all tables except salted password hashes and storage times."""
        rows = {}
        with engine.connect() as connection:
            names = connection.execute(
                text("select name from sqlite_master where type = 'table' order by name")
            )
            for name in names.scalars().all():
                if name not in ("user", "alembic_version"):
                    query = text(f'select * from "{name}"')
                    rows[name] = [tuple(row) for row in connection.execute(query)]
        return rows

    def test_same_size_and_seed_give_the_same_rows(self, tmp_path):
        """Row by row, public codes included."""
        first, _ = make(tmp_path / "a.sqlite", 60, 7)
        second, _ = make(tmp_path / "b.sqlite", 60, 7)
        left, right = self.dump(first), self.dump(second)
        for name in left:
            assert left[name] == right[name], name
        assert len(left["prosecution"]) >= 60
        first.dispose()
        second.dispose()

    def test_another_seed_gives_another_country(self, tmp_path):
        """The seed is used."""
        first, _ = make(tmp_path / "a.sqlite", 20, 1)
        second, _ = make(tmp_path / "b.sqlite", 20, 2)
        assert self.dump(first)["person_name"] != self.dump(second)["person_name"]
        first.dispose()
        second.dispose()

    def test_refuses_a_second_country(self, session):
        """What is there stays as it is."""
        before = count(session, Prosecution)
        with pytest.raises(DemoExists, match="Nothing was changed"):
            build(session, HASHER, size=10, seed=1)
        assert count(session, Prosecution) == before

    def test_refuses_an_empty_country(self, session):
        """A size below one is refused with words."""
        with pytest.raises(ValueError, match="at least 1"):
            build(session, HASHER, size=0, seed=1)

    @pytest.mark.parametrize("size", [1, 2])
    def test_smallest_countries_can_be_made(self, tmp_path, size):
        """Sizes below the number of courts or organisations work."""
        engine, report = make(tmp_path / "small.sqlite", size, 3)
        assert report.rows["prosecution"] >= size
        engine.dispose()


class TestDerivation:
    def test_stored_facts_are_what_the_events_say(self, session):
        """Every fact is derived; none is invented."""
        connection = session.connection()
        ids = list(session.scalars(select(Prosecution.id)))
        found = list(facts.differences(connection, ids, facts.read_lookups(connection)))
        assert found == []
        assert count(session, ProsecutionFact, ProsecutionFact.rev_to.is_(None)) == len(ids)

    def test_facts_say_at_every_sitting_who_had_told(self, session):
        """Many told, some of them for the second time."""
        assert disagreeing(session) == []
        assert count(session, ProsecutionFact, ProsecutionFact.told > 0) > SIZE / 2

    def test_a_quarter_ago_something_was_known_and_less_than_now(self, session):
        """Facts of then are those of a record that held what had been entered by then.

        What came since comes behind it: nobody's stage of then is further than that of now.
        """
        revisions = session.execute(
            select(Revision.id, Revision.at).where(Revision.kind == "demonstration:published")
        ).all()
        first, second = sorted(revisions)
        assert first.at.date() == FIRST_SITTING
        fact = ProsecutionFact
        then = {
            one.prosecution_id: one
            for one in session.scalars(
                select(fact).where(fact.rev_from <= first.id,
                                   or_(fact.rev_to.is_(None), fact.rev_to > first.id))
            )
        }  # fmt: skip
        now = {
            one.prosecution_id: one for one in session.scalars(select(fact).where(
                fact.rev_to.is_(None)))
        }  # fmt: skip
        assert 0.9 * len(now) < len(then) < len(now)
        changed = [key for key, one in then.items() if one.rev_to == second.id]
        assert changed
        ended = [k for k in changed if then[k].event_code == 0 and now[k].event_code != 0]
        late = [k for k in ended if now[k].ended_on and now[k].ended_on <= FIRST_SITTING]
        assert len(ended) > len(late) > 0
        for one in then.values():
            assert one.registered_on is None or one.registered_on <= FIRST_SITTING
            assert one.ended_on is None or one.ended_on <= FIRST_SITTING + timedelta(days=31)
        # Nothing hangs on what was not known yet.
        known = select(Charge.id, Charge.rev_from).subquery()
        early = (
            select(func.count())
            .select_from(EventTarget)
            .join(Event, Event.id == EventTarget.event_id)
            .join(known, known.c.id == EventTarget.charge_id)
            .where(known.c.rev_from > Event.rev_from, known.c.rev_from >= second.id - 1)
        )
        assert session.scalar(early) == 0

    def test_nearly_every_event_has_a_legal_place(self, session):
        """The walk keeps to the procedure; a few contradictions are left for the review list."""
        unresolved = count(session, ProsecutionFact, ProsecutionFact.unresolved > 0)
        assert unresolved <= 0.02 * count(session, ProsecutionFact)

    def test_prosecutions_end_in_all_kinds_of_ways(self, session):
        """Judgments, ends by police, prosecutor, judge and court, outside control, and pending."""
        outcomes = Counter(session.scalars(select(ProsecutionFact.outcome)))
        for outcome in ("convicted", "convicted_lesser", "convicted_in_default", "acquitted",
                        "held", "non_suit", "dismissed_by_court", "not_referred", "transferred",
                        None):  # fmt: skip
            assert outcomes[outcome] > 0, outcome
        codes = Counter(session.scalars(select(ProsecutionFact.event_code)))
        assert set(codes) == {0, 1, 2, 3}

    def test_some_are_suspended_and_some_were_reopened(self, session):
        """Absconding suspends; an end need not be the last."""
        assert count(session, ProsecutionFact, ProsecutionFact.suspended) > 0
        assert count(session, ProsecutionFact, ProsecutionFact.reopened) > 0

    def test_some_charges_of_one_accused_end_differently(self, session):
        """Mixed verdicts exist."""
        ends: dict[int, set[str]] = {}
        for prosecution, disposition in session.execute(
            select(ChargeFact.prosecution_id, ChargeFact.disposition).where(
                ChargeFact.disposition.is_not(None)
            )
        ):
            ends.setdefault(prosecution, set()).add(disposition)
        assert any({"convicted_as_charged", "acquitted"} <= kinds for kinds in ends.values())

    def test_some_are_met_late(self, session):
        """Delayed entry: earlier steps stay unknown, and the entry is dated."""
        late = list(
            session.scalars(
                select(ProsecutionFact).where(
                    ProsecutionFact.entry_stage.in_(("charged", "indicted", "trial"))
                )
            )
        )
        assert late
        assert all(fact.arrested_on is None for fact in late)
        assert all(fact.entry_date is not None for fact in late if not fact.unresolved)

    def test_custody_is_followed(self, session):
        """The second track moves."""
        states = set(session.scalars(select(ProsecutionFact.custody)))
        assert {"detained", "free", "unknown", "fugitive"} <= states


class TestRecord:
    def test_everything_lies_in_the_invented_jurisdiction(self, session):
        """So that every page and export says so."""
        country = session.scalars(
            select(Jurisdiction).where(Jurisdiction.code == JURISDICTION)
        ).one()
        assert country.invented
        for model in (Case, ProsecutionFact, ChargeFact, HearingFact):
            assert set(session.scalars(select(model.jurisdiction_id))) == {country.id}

    def test_has_25_courts_and_none_has_a_real_name(self, session):
        """No invented name is the name of a real court, place or alias of one."""
        rows = session.scalars(
            select(Institution)
            .join(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
            .where(Jurisdiction.code == JURISDICTION)
        ).all()
        courts = [r for r in rows if r.kind is InstitutionKind.COURT and r.level == 1]
        assert len(courts) == 25
        real = {row.name_en for row in read().institutions} | {a.alias for a in read().aliases}
        real |= {row.name_km for row in read().institutions}
        assert not real & {name for row in rows for name in (row.name_en, row.name_km)}
        places = " ".join(real)
        assert not [p for p in PROVINCES if p.name_en in places or p.name_km in places]

    def test_one_account_for_each_role_with_the_printed_password(self, session):
        """What is printed signs in."""
        for account in ACCOUNTS:
            user = session.scalars(select(User).where(User.name == account.name)).one()
            assert HASHER.verify(user.password_hash, account.password)
            role = session.scalars(select(Membership.role).where(Membership.user_id == user.id))
            assert role.one() is account.role
        assert {account.role for account in ACCOUNTS} == set(Role)

    def test_share_levels_of_all_kinds(self, session):
        """Private, counted only, coded, in full."""
        assert len(set(session.scalars(select(Case.share_level)))) == 4

    def test_public_codes_are_unique(self, session):
        """Across cases, prosecutions and hearings."""
        codes = [
            code
            for model in (Case, Prosecution, Hearing)
            for code in session.scalars(select(model.public_code))
        ]
        assert len(codes) == len(set(codes))

    def test_names_come_in_both_scripts_and_victims_have_none(self, session):
        """Accused are named in Latin and Khmer script; victims by pseudonym alone."""
        assert set(session.scalars(select(PersonName.script))) == {"Latn", "Khmr"}
        assert all(p.startswith("V") for p in session.scalars(select(Victim.pseudonym)))
        assert count(session, Person) == count(session, Prosecution)

    def test_some_cases_were_entered_by_two_organisations(self, session, made):
        """The same number at the same court, owned by two, neither merged."""
        twins = session.execute(
            select(CaseNumber.normalised, Case.court_id)
            .join(Case, Case.id == CaseNumber.case_id)
            .where(Case.court_id.is_not(None), CaseNumber.issuer_kind == "police")
            .group_by(CaseNumber.normalised, Case.court_id)
            .having(func.count(func.distinct(Case.owner_id)) > 1)
        ).all()
        assert made[1].entered_twice > 0
        assert twins

    def test_events_have_several_accounts_partial_dates_and_corrections(self, session):
        """What real records look like."""
        several = session.execute(
            select(EventAccount.event_id)
            .group_by(EventAccount.event_id)
            .having(func.count(func.distinct(EventAccount.organisation_id)) > 1)
        ).all()
        assert several
        assert {"day", "month", "about"} <= set(session.scalars(select(Event.precision)))
        voided = session.scalars(select(Event).where(Event.status == EventStatus.VOIDED)).all()
        replaced = set(session.scalars(select(Event.replaces_id)))
        assert voided
        assert all(e.rev_to is not None and e.void_reason and e.id in replaced for e in voided)

    def test_hearings_are_adjourned_for_reasons_and_some_are_to_come(self, session):
        """An adjournment names its reason, nothing else does."""
        rows = session.scalars(select(Hearing)).all()
        statuses = {row.status for row in rows}
        assert statuses == set(HearingStatus)
        for row in rows:
            adjourned = row.status is HearingStatus.ADJOURNED
            assert (row.adjournment_reason_id is not None) == adjourned
            assert row.next_on is None or row.next_on > row.scheduled_on

    def test_decisions_at_a_hearing_fall_on_its_day(self, session):
        """An event that names its hearing happened there, unless it was typed wrong."""
        for event, hearing in session.execute(
            select(Event, Hearing)
            .join(Hearing, Hearing.id == Event.hearing_id)
            .where(Event.status == EventStatus.RECORDED)
        ):
            assert event.occurred_from == hearing.scheduled_on
            assert event.case_id == hearing.case_id
            assert hearing.status is HearingStatus.HELD

    def test_notes_in_both_languages_and_settlement_stays_inside(self, session):
        """Running Khmer text; a note of a settlement is never shared."""
        notes = session.scalars(select(Note)).all()
        assert {note.language for note in notes} == {"en", "km"}
        offered = [n for n in notes if "envelope" in n.text or "money was offered" in n.text]
        assert all(note.tier == "organisation" for note in offered)

    def test_reasons_and_sentences_hang_on_what_they_explain(self, session):
        """Stated and assessed reasons, sentences and compensation exist."""
        for model in (ReasonStated, ReasonAssessed, Sentence):
            assert count(session, model) > 0
        groups = set(
            session.scalars(
                select(ReasonRow.group_code).join(
                    ReasonAssessed, ReasonAssessed.reason_id == ReasonRow.id
                )
            )
        )
        assert "ST" in groups

    def test_some_courts_are_watched_by_nobody(self, session):
        """Coverage has gaps to be shown."""
        watched = set(session.scalars(select(Coverage.institution_id)))
        codes = session.scalars(
            select(Institution.code).where(
                Institution.code.like("XD-%-CFI"), Institution.id.not_in(watched)
            )
        )
        assert sorted(codes) == ["XD-16-CFI", "XD-20-CFI", "XD-24-CFI"]

    def test_detention_is_overdue_soon_running_and_unknown(self, session):
        """On the last day of the country the page of deadlines has something of each to show."""
        country = session.scalars(
            select(Jurisdiction).where(Jurisdiction.code == JURISDICTION)
        ).one()
        last = datetime(2026, 11, 15, 12, tzinfo=UTC)
        found = Deadlines(session, None, Question(country, last, days=60, everything=True)).found()
        shown = {one.standing.status for one in found.due}
        assert shown == {Status.OVERDUE, Status.SOON}
        assert "age_unknown" in {one.standing.why for one in found.unknown}
        assert 0 < found.total.verified < found.total.held.least < found.total.all_days.least
        running = (
            select(func.count())
            .select_from(Clock)
            .where(
                Clock.rev_to.is_(None),
                Clock.ended.is_(None),
                Clock.due_at > last + timedelta(days=61),
            )
        )
        assert session.scalar(running) > 0

    def test_the_index_is_owed_every_case(self, session):
        """The worker finds the cases without being told."""
        owed = set(session.scalars(select(Job.key).where(Job.kind == "index_case")))
        assert owed == {str(key) for key in session.scalars(select(Case.id))}


def test_a_few_provinces_end_prosecutions_more_often():
    """The dying courts are declared: some stand out in a comparison, most hardly."""
    dying = [p for p in PROVINCES if p.dies_here]
    assert 3 <= len(dying) <= 6
    worst = [max(p.hold, p.non_suit, p.dismissal) for p in dying]
    assert sum(rate > 5 for rate in worst) == 2  # which the report on institutions marks
    assert all(rate <= 7 for rate in worst)


def test_every_province_has_a_place_on_the_grid(session):
    """All courts, offices and police of the country but the supreme court lie in one."""
    regions = session.execute(
        select(Institution.region, Institution.code)
        .join(Jurisdiction)
        .where(Jurisdiction.code == JURISDICTION, Institution.code.not_like("XD-SC%"))
    ).all()
    assert {region for region, _code in regions} == set(INVENTED_PLACES)
    assert all(region == code[:5] for region, code in regions if not code.startswith("XD-CA"))


def test_there_are_14_organisations_with_names_in_both_languages():
    """NGOs, a ministry, a school and the host."""
    assert len(ORGANISATIONS) == 14
    assert len({o.code for o in ORGANISATIONS}) == 14
    assert all(o.name_en and o.name_km for o in ORGANISATIONS)

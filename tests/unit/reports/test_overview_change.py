"""Late entry is not read as change; custody beyond a limit is that of the clocks; small provinces
have no share."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from courtwatch.models import (
    Clock,
    Event,
    Institution,
    ProcedureVersion,
    ProsecutionFact,
    Reason,
    Revision,
)
from courtwatch.models.vocabulary import OrganisationKind, Role
from courtwatch.reports.overview_change import _line
from courtwatch.reports.pictures import Pictures
from courtwatch.reports.queries import Reader
from courtwatch.reports.words import plain
from courtwatch.services import facts
from courtwatch.services.deadlines import Deadlines, Question
from tests.unit.reports.scene import (
    COURT_X,
    COURT_Y,
    OFFICE_A,
    Act,
    change_facts,
    indicted,
    received,
)
from tests.unit.reports.test_overview import OPERATOR, counts_of, overview, values

IN_JANUARY = datetime(2027, 1, 20, 3, 0, tzinfo=UTC)
NEVER = -(2**31)


def dated(record, revision_id, at):
    """Say that a revision was written at a moment."""
    record.session.execute(update(Revision).where(Revision.id == revision_id).values(at=at))


class TestSince:
    @pytest.fixture
    def moved(self, record):
        """Give a record to which things came since the end of the last quarter of 2026."""
        scene = record
        late = scene.prosecution(received(date(2026, 5, 1)))
        fresh = scene.prosecution(received(date(2027, 1, 4)))
        scene.prosecution(offence=None)
        open_, suspended = scene.found["open"], scene.found["suspended"]
        for key, day in ((open_, date(2027, 1, 5)), (suspended, date(2026, 8, 1))):
            fact = scene.session.query(ProsecutionFact).filter_by(prosecution_id=key).one()
            scene.event(key, fact.case_id, None, Act("hold_file", day, OFFICE_A, None))
        held = scene.found["held_ev1"]
        scene.publish()
        work = scene.work(now=IN_JANUARY)
        facts.refresh(work, [open_, suspended])
        change_facts(
            scene.session,
            update(ProsecutionFact)
            .where(ProsecutionFact.prosecution_id.in_([open_, suspended]),
                   ProsecutionFact.rev_to.is_(None))
            .values(event_code=2, ended_on=date(2027, 1, 5), stage="held")
        )  # fmt: skip
        change_facts(
            scene.session,
            update(ProsecutionFact)
            .where(ProsecutionFact.prosecution_id == suspended, ProsecutionFact.rev_to.is_(None))
            .values(ended_on=date(2026, 8, 1))
        )
        # A day that was typed wrong: the same row in another interval.
        was = scene.session.query(ProsecutionFact).filter_by(prosecution_id=held).one()
        now = {c.key: getattr(was, c.key) for c in ProsecutionFact.__table__.columns}
        del now["id"], now["packed"]
        was.rev_to = work.revision_id
        now |= {"rev_from": work.revision_id, "ended_on": date(2023, 3, 9)}
        scene.session.add(ProsecutionFact(**now))
        # And one that is shared no more.
        gone = scene.found["held_no_reason"]
        scene.session.query(ProsecutionFact).filter_by(
            prosecution_id=gone
        ).one().rev_to = work.revision_id
        for revision in {scene.revision_id, work.revision_id}:
            dated(scene, revision, IN_JANUARY)
        scene.session.commit()
        assert late != fresh
        return scene

    def test_late_entry_and_correction_are_no_change(self, moved):
        report = overview(moved, now=IN_JANUARY)
        table = report.table("since")
        for row in table.rows:
            v = values(table, row.key)
            assert v["known_then"] + v["late"] == v["known_now"]
            assert v["known_now"] + v["change"] == v["now"]
            change = table.figure(row.key, "change")
            assert change.lower <= change.value <= change.upper
        assert values(table, "registered") == {
            "known_then": 12, "known_now": 12, "late": 0, "now": 13, "change": 1,
        }  # fmt: skip
        assert values(table, "without")["late"] == 0, "one was held late, one left the record"
        assert values(table, "without")["change"] == 1

    def test_what_was_written_counts_once_under_what_it_was(self, moved):
        table = overview(moved, now=IN_JANUARY).table("since_entries")
        lines = {row.key: row.figures[0].value for row in table.rows}
        assert lines == {
            "left": 1, "new_undated": 1, "registered": 1, "entered_late": 1, "corrected": 1,
            "end_undated": 0, "end_late": 1, "ended": 1, "other": 0,
        }  # fmt: skip
        assert table.figure("total", "n").value == sum(lines.values())

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"reason_assessed_id": "TI1"}, {"own"}),
            ({"reason_stated_id": "ST2"}, {"own", "others"}),
            ({"share_level": "full"}, set()),
            ({"owner_id": "river"}, {"own", "others"}),
            ({"told": 1}, {"own", "others", "ministry", "researcher"}),
            ({"exploitation": "sexual"}, {"own", "others", "ministry", "researcher"}),
            ({"last_verified_on": date(2026, 12, 1)},
             {"own", "others", "ministry", "researcher"}),
        ],
    )  # fmt: skip
    def test_a_change_of_which_somebody_is_told_nothing_is_none_to_them(
        self, record, changed, told
    ):
        """Else everybody learned at which court somebody entered an allegation, and when."""
        keys = {"reason_assessed_id": Reason, "reason_stated_id": Reason}
        values = {
            name: record.id_of(keys[name], value) if name in keys
            else record.organisation(value) if name == "owner_id" else value
            for name, value in changed.items()
        }  # fmt: skip
        work = record.work(now=IN_JANUARY)
        was = record.session.query(ProsecutionFact).filter_by(
            prosecution_id=record.found["held_no_reason"]
        ).one()  # fmt: skip
        now = {c.key: getattr(was, c.key) for c in ProsecutionFact.__table__.columns}
        del now["id"], now["packed"]
        was.rev_to = work.revision_id
        record.session.add(ProsecutionFact(**{**now, "rev_from": work.revision_id, **values}))
        record.session.commit()
        kinds = OrganisationKind
        readers = {
            "own": (OPERATOR.actor, None),
            "others": (record.actor("lake"), None),
            "ministry": (record.actor("justice", Role.ANALYST, kinds.MINISTRY), None),
            "researcher": (record.actor("campus", Role.RESEARCHER, kinds.RESEARCH), None),
        }
        found = {}
        for name, (actor, scope) in readers.items():
            report = overview(record, reader=Reader(actor), now=IN_JANUARY, scope=scope)
            found[name] = report.table("since_entries").figure("other", "n").value
        assert found == {name: int(name in told) for name in readers}

    def test_is_refused_where_nothing_was_on_record_then(self, record):
        table = overview(record).table("since")
        assert table.rows == ()
        assert "2026-09-30" in str(table.refused.interpolate())

    @pytest.mark.parametrize(
        ("was", "now", "line"),
        [
            ((5, NEVER, 0), (5, NEVER, 2), "end_undated"),
            ((5, NEVER, 0), (5, NEVER, 0), "other"),
            ((5, 8, 2), (5, 8, 2), "other"),
            ((5, 8, 2), (5, NEVER, 0), "corrected"),
            ((5, 8, 2), (5, 8, 1), "corrected"),
            ((5, NEVER, 0), (4, 20, 1), "corrected"),
            ((5, NEVER, 0), (5, 10, 1), "end_late"),
            ((5, NEVER, 0), (5, 11, 1), "ended"),
        ],
    )
    def test_a_line_follows_from_what_was_and_is(self, was, now, line):
        assert _line(was, now, 10) == line

    def test_quarters_are_told_with_their_difference(self, scene):
        for month in (7, 7, 8, 4):
            scene.prosecution(
                received(date(2026, month, 1)), Act("hold_file", date(2026, month, 9), OFFICE_A)
            )
        scene.prosecution(
            received(date(2026, 4, 1)), *indicted(date(2026, 5, 1), COURT_X),
            Act("acquit", date(2026, 6, 1), COURT_X, disposition="acquitted"),
        )  # fmt: skip
        scene.publish()
        report = overview(scene)
        table, shares = report.table("quarters"), report.table("quarter_shares")
        assert [c.label for c in table.columns if c.key in ("last", "before", "year_ago")] == [
            "2026-Q3", "2026-Q2", "2025-Q3",
        ]  # fmt: skip
        assert values(table, "without") == {
            "last": 3, "before": 1, "difference": 2, "year_ago": 0, "year_difference": 3,
        }  # fmt: skip
        assert values(shares, "without") == {
            "last": 1, "before": 0.5, "difference": 0.5, "year_ago": None, "year_difference": None,
        }  # fmt: skip

    def test_whom_the_police_ended_is_in_no_unknown_quarter(self, scene):
        """They were never registered: there is no day that nobody knows."""
        _held, lost, police = [
            scene.prosecution(
                received(date(2026, 7, 1)), Act("hold_file", date(2026, 7, 9), OFFICE_A)
            )
            for _ in range(3)
        ]
        scene.publish()
        fact = ProsecutionFact
        for key, change in (
            (lost, {"registered_on": None}),
            (police, {"registered_on": None, "furthest_stage": "police_inquiry"}),
        ):
            one = update(fact).where(fact.prosecution_id == key).values(change)
            assert change_facts(scene.session, one) == 1
        shares = overview(scene).table("quarter_shares")
        assert (shares.unknown.numerator, shares.unknown.denominator) == (1, 2)


class TestDetention:
    @pytest.fixture
    def held(self, scene):
        """Give four who are held: over two limits, over one, not yet, not known; one was freed."""
        keys = [scene.prosecution(received(date(2026, 1, 5))) for _ in range(5)]
        scene.publish()
        change_facts(scene.session, update(ProsecutionFact).values(custody="detained"))
        change_facts(
            scene.session,
            update(ProsecutionFact)
            .where(ProsecutionFact.prosecution_id == keys[1])
            .values(last_verified_on=date(2026, 11, 14))
        )
        due = datetime(2026, 11, 10, 17, 0, tzinfo=UTC)
        earlier = datetime(2026, 11, 1, 17, 0, tzinfo=UTC)
        clocks: tuple[tuple[int, str, datetime | None, dict[str, object]], ...] = (
            (0, "detention_felony", earlier, {}),
            (0, "detention_felony_ceiling", due, {}),
            (1, "detention_felony", due, {}),
            (2, "detention_felony", datetime(2027, 1, 1, 17, 0, tzinfo=UTC), {}),
            (3, "detention_felony", None, {"unknown": True, "why": "age_unknown"}),
            (4, "detention_felony", due, {"ended": "satisfied", "satisfied_at": due}),
            (4, "final_submission", due, {}),
        )
        event = scene.session.query(Event).first()
        for place, (who, limit, at, more) in enumerate(clocks):
            scene.session.add(
                Clock(
                    prosecution_id=keys[who], place=place, event_id=event.id, time_limit=limit,
                    started_at=datetime(2026, 1, 5, tzinfo=UTC), due_at=at, latest_due_at=at,
                    rev_from=scene.revision_id, **more,
                )
            )  # fmt: skip
        scene.session.commit()
        return scene

    def test_counts_by_the_clocks_and_days_since(self, held):
        """At midnight of the 15th in Phnom Penh 14 days have passed since the 2nd began."""
        report = overview(held, now=datetime(2026, 11, 15, 3, 0, tzinfo=UTC))
        table = report.table("detention")
        felony, total = values(table, "detention_felony"), values(table, "total")
        assert (felony["over"], felony["days"], felony["longest"]) == (2, 13 + 4, 13)
        assert (felony["looked_at"], felony["unknown"]) == (1, 1)
        assert (total["over"], total["days"], total["unknown"]) == (2, 13 + 4, 1)
        assert values(table, "detention_felony_ceiling")["over"] == 1
        assert table.figure("total", "share").denominator == 5
        assert table.figure("total", "over").value == 2

    def test_counts_prosecutions_and_not_clocks(self, held):
        """Detained again while the first time still runs: the longer one counts, and no unknown."""
        over = datetime(2026, 11, 10, 17, 0, tzinfo=UTC)
        earlier = datetime(2026, 11, 4, 17, 0, tzinfo=UTC)
        for clock in held.session.query(Clock).filter_by(time_limit="detention_felony").all():
            again: list[datetime | None]
            if clock.unknown:
                again = [None]
            elif clock.due_at == over and clock.ended is None:
                again = [None, earlier]
            else:
                continue
            for place, at in enumerate(again, start=20):
                held.session.add(
                    Clock(
                        prosecution_id=clock.prosecution_id, place=place, event_id=clock.event_id,
                        time_limit=clock.time_limit, started_at=clock.started_at, due_at=at,
                        latest_due_at=at, unknown=at is None, rev_from=held.revision_id,
                    )
                )  # fmt: skip
        held.session.commit()
        table = overview(held, now=datetime(2026, 11, 15, 3, 0, tzinfo=UTC)).table("detention")
        felony = values(table, "detention_felony")
        assert (felony["over"], felony["days"], felony["longest"]) == (2, 13 + 10, 13)
        assert felony["unknown"] == 1

    def test_agrees_with_the_page_of_deadlines_and_opens_its_cases(self, held):
        now = datetime(2026, 11, 15, 3, 0, tzinfo=UTC)
        report = overview(held, now=now)
        began = datetime(2026, 11, 14, 17, 0, tzinfo=UTC)
        question = Question(held.jurisdiction, began, everything=True)
        found = Deadlines(held.session, None, question).found()
        figure = report.table("detention").figure("total", "over")
        assert figure.value == found.total.over
        assert counts_of(held, figure.behind.filters) == 2
        assert report.table("detention").figure("total", "unknown").value == found.total.unknown
        told, n = report.table("detention").unknown, report.table("detention").n
        assert (told.numerator, told.denominator) == (found.total.unknown, n)

    def test_says_which_limits_a_lawyer_must_confirm(self, held):
        """The mark of the procedure, not a word of ours, decides."""
        table = overview(held).table("detention")
        column = table.column("verified")
        law = held.session.query(ProcedureVersion).filter_by(name="cambodia").first().text
        for row in table.rows[:-1]:
            entry = law.partition(f"\n  {row.key}:\n")[2].partition("\n  ")[0]
            whole = law.partition(f"\n  {row.key}:\n")[2]
            told = whole[whole.index("verified: ") + len("verified: ") :].split()[0]
            assert (row.figures[column].code == "verified") == (told == "true"), entry

    def test_is_refused_where_no_limit_is_laid(self, held, monkeypatch):
        monkeypatch.setattr("courtwatch.reports.overview_detention.limits_of", lambda _context: {})
        table = overview(held).table("detention")
        assert table.rows == ()
        assert table.refused is not None


class TestProvinces:
    def test_a_share_has_interval_and_n_and_too_few_are_grey(self, scene):
        """Of 40 before one court 10 were dismissed at once; before the other there are three."""
        for number in range(40):
            ends = (Act("dismiss", date(2023, 4, 1), COURT_X),) if number < 10 else (
                Act("checked_unchanged", date(2026, 3, 1), COURT_X),)  # fmt: skip
            scene.prosecution(
                received(date(2023, 1, 1)), *indicted(date(2023, 2, 1), COURT_X), *ends
            )
        for _ in range(3):
            scene.prosecution(received(date(2023, 1, 1)), *indicted(date(2023, 2, 1), COURT_Y))
        scene.publish()
        report = overview(scene)
        table = report.table("provinces")
        rows = {row.key: row for row in table.rows}
        assert set(rows) == {"KH-12", "KH-2"}
        place = table.column("without")
        large, small = sorted(rows.values(), key=lambda row: -row.figures[0].value)
        share = large.figures[place]
        assert share.value == pytest.approx(0.25)
        assert share.lower < 0.25 < share.upper
        assert share.denominator == 40
        assert small.figures[place].value is None
        assert "insufficient" in str(small.figures[place].missing.interpolate())
        assert [row.key for row in table.rows] == ["KH-2", "KH-12"], "in the order of codes"
        drawn = str(Pictures(report, plain, "en", lambda filters: "/cases").draw(table))
        assert "insufficient data" in drawn
        assert "25.0 %" in drawn

    def test_who_has_no_time_makes_no_province_large_enough(self, scene):
        """Of 34 five ended before they were registered: 29 are left, and are too few."""
        for number in range(34):
            ends = (Act("dismiss", date(2023, 4, 1), COURT_X),) if number < 5 else (
                Act("checked_unchanged", date(2026, 3, 1), COURT_X),)  # fmt: skip
            scene.prosecution(
                received(date(2023, 1, 1)), *indicted(date(2023, 2, 1), COURT_X), *ends
            )
        scene.publish()
        early = update(ProsecutionFact).where(ProsecutionFact.event_code == 2)
        change_facts(scene.session, early.values(ended_on=date(2022, 12, 1)))
        table = overview(scene).table("provinces")
        assert [values(table, "KH-12")[name] for name in ("registered", "enough")] == [34, 29]
        missing = table.figure("KH-12", "without").missing
        assert "insufficient" in str(missing.interpolate())

    def test_is_refused_where_the_court_is_known_from_the_end_only(self, record):
        still = update(ProsecutionFact).where(ProsecutionFact.event_code == 0)
        change_facts(record.session, still.values(court_id=None))
        change_facts(
            record.session,
            update(ProsecutionFact)
            .where(ProsecutionFact.event_code != 0)
            .values(court_id=record.id_of(Institution, COURT_X))
        )
        table = overview(record).table("provinces")
        assert "known from the end" in str(table.refused.interpolate())

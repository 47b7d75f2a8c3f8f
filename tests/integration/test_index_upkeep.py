"""The index beside the record: woken by commits, built again in use, compared, mended."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from courtwatch.cli import run
from courtwatch.cli.exit_codes import ExitCode
from courtwatch.commands.cases import AddNote
from courtwatch.models import Case, Job, Note
from courtwatch.models.engine import begin_writing
from courtwatch.services import jobs, rebuild_index
from courtwatch.services.compare_index import Difference, compare_index
from courtwatch.services.index_documents import documents_of
from courtwatch.services.index_rows import all_case_ids
from courtwatch.services.open_case import add_note
from courtwatch.services.work import Work
from courtwatch.worker import Worker
from search_index.index import CaseDocument
from search_index.storage import META, state_of
from tests.functional.site import make_settings
from tests.integration.test_worker import Office

PATIENCE = 60


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Give an office on a fresh database."""
    made = Office(make_settings(tmp_path))
    yield made
    made.engine.dispose()


@pytest.fixture
def worker(office: Office) -> Iterator[Worker]:
    """Give a worker of the office."""
    made = Worker(office.engine, office.settings)
    yield made
    made.close()


def note(office: Office, case_id: int, text: str) -> None:
    """Add a note to a case."""
    with office.sessions() as session:
        begin_writing(session)
        work = Work(session, office.actor, "note:added")
        add_note(work, session.get_one(Case, case_id), AddNote(text=text))
        session.commit()


def faults(office: Office, worker: Worker) -> set[tuple[int, str]]:
    """Compare, and return which cases differ and how."""
    found = compare_index(office.engine, worker.index)
    return {(fault.case_id, str(fault.difference)) for fault in found.faults}


def test_a_ring_is_enough(office: Office, worker: Worker) -> None:
    """The worker sleeps for an hour unless it is woken; every commit is found all the same."""
    indexed, ending = threading.Event(), threading.Event()
    batch = worker._index_batch

    def told(now):
        done = batch(now)
        if done:
            indexed.set()
        return done

    worker._index_batch = told  # type: ignore[method-assign]
    thread = threading.Thread(target=worker.run, args=(ending, 3600), daemon=True)
    worker.run_once()
    office.open("Sok Begin")
    thread.start()
    for name in ("Dara", "Thy"):
        assert indexed.wait(PATIENCE)
        indexed.clear()
        case_id = office.open(f"Sok {name}")
        assert worker.bell.ring()
        assert indexed.wait(PATIENCE)
        assert office.find(f"name:{name}") == [case_id]
        indexed.set()
    ending.set()
    worker.bell.ring()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert office.waiting() == 0


def test_many_waiting_cases_do_not_hold_up_a_new_one(office: Office) -> None:
    """The newest come with the first batch of a long queue."""
    keys = [office.open(f"Person{number}") for number in range(4)]
    with office.engine.connect() as connection:
        due = connection.execute(select(Job.run_at)).scalars().first()
        assert due is not None
        taken = [case for _job, case in jobs.due_cases(connection, due + timedelta(days=1), 2)]
    assert taken == [keys[0], keys[1], keys[3], keys[2]]


class TestRebuild:
    """A new index beside the one in use loses nothing that is recorded meanwhile."""

    @staticmethod
    def meanwhile(office: Office, act: Callable[[], None]) -> None:
        """Build the index again; act when all of the record has been read, before the swap."""
        rebuilder = Worker(office.engine, office.settings)
        rebuilder.rebuild(lambda done: act())
        rebuilder.close()

    def test_what_is_recorded_meanwhile_is_found_meanwhile_and_afterwards(
        self, office: Office, worker: Worker
    ) -> None:
        """A new case and a changed one; the worker need not wait for the rebuild."""
        first = office.open("Sok Dara")
        worker.run_once()
        seen: list[list[int]] = []

        def act() -> None:
            made = office.open("Chan Thy")
            note(office, first, "The hearing was adjourned.")
            assert worker.run_once() == 2
            assert office.find("adjourned") == [first]
            seen.append(office.find("name:Thy"))
            assert seen == [[made]]

        self.meanwhile(office, act)
        assert len(seen) == 1
        assert office.find("name:Thy") == [], "the new index was read before"
        assert worker.run_once() == 2
        assert office.find("name:Thy") == seen[0]
        assert office.find("adjourned") == [first]
        assert (faults(office, worker), office.waiting()) == (set(), 0)

    def test_a_rebuild_that_dies_leaves_its_kept_jobs_to_the_worker(
        self, office: Office, worker: Worker
    ) -> None:
        """They are done again, which harms nothing."""
        office.open("Sok Dara")
        worker.run_once()

        def act() -> None:
            office.open("Chan Thy")
            worker.run_once()
            raise RuntimeError("killed")

        with pytest.raises(RuntimeError, match="killed"):
            self.meanwhile(office, act)
        with office.sessions() as session:
            assert set(session.scalars(select(Job.kind))) == {jobs.INDEX_AGAIN}
        assert worker.run_once() == 1
        assert (faults(office, worker), office.waiting()) == (set(), 0)

    def test_a_case_merged_meanwhile_does_not_stop_it(
        self, office: Office, worker: Worker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Reading it would bring the case that it went into, a second time."""
        into, merged = office.open("Sok Dara"), office.open("Chan Thy")
        monkeypatch.setattr(rebuild_index, "STRETCH", 1)

        def merged_now(connection):
            found = all_case_ids(connection)
            with office.engine.begin() as writing:
                change = update(Case).where(Case.id == merged).values(merged_into_id=into)
                writing.execute(change)
            return found

        monkeypatch.setattr(rebuild_index, "all_case_ids", merged_now)
        assert worker.rebuild() == 1
        assert [case_id for case_id, _audience in worker.index.case_keys()] == [into]

    def test_the_worker_builds_an_outdated_index_again_by_itself(
        self, office: Office, worker: Worker
    ) -> None:
        """After an upgrade nobody has to know; nothing need be recorded first."""
        case_id = office.open("Sok Dara")
        worker.run_once()
        worker.close()
        generation, _filling = state_of(office.settings.index_directory)
        meta = office.settings.index_directory / generation / META
        meta.write_text(meta.read_text().replace('"version": "', '"version": "0'))
        office.work()
        assert office.find("name:Dara") == [case_id]
        assert state_of(office.settings.index_directory)[0] != generation

    def test_redacted_words_leave_an_index_that_was_replaced(
        self, office: Office, worker: Worker
    ) -> None:
        """The job waits until the old one is gone, which readers of other processes may use."""
        case_id = office.open("Sok Dara", "Her name is Zzyzxqa.")
        worker.run_once()
        worker.rebuild()
        with office.sessions() as session:
            row = session.scalars(select(Note.id)).one()
        office.redact("note", row, "Zzyzxqa")
        worker.run_once()
        assert office.waiting() == 1
        generations = sorted(office.settings.index_directory.glob("generation-*"))
        os.utime(generations[0] / META, (0, 0))
        worker.run_once()
        assert office.waiting() == 0
        assert office.find("name:Dara") == [case_id]
        for path in office.settings.data_directory.rglob("*"):
            if path.is_file():
                assert b"zzyzxqa" not in path.read_bytes().lower(), path.name


class TestCompare:
    """Index and record, document by document."""

    @pytest.fixture
    def cases(self, office: Office, worker: Worker) -> list[int]:
        """Give four cases that are indexed."""
        made = [office.open(f"Person{number}") for number in range(4)]
        worker.run_once()
        return made

    @staticmethod
    def damage(office: Office, worker: Worker, cases: list[int]) -> None:
        """Leave one case out, write an older state of another, and one that is not there."""
        with office.engine.connect() as connection:
            (older,) = documents_of(connection, [cases[1]])
        stale = CaseDocument(older.case_id, older.audience, texts=("as it was",))
        extra = CaseDocument(cases[2], "coded", texts=("was shared once",))
        gone = CaseDocument(999, "network", texts=("no such case",))
        worker.index.write([stale, extra, gone], replaced_case_ids=[cases[0], 999])

    def test_what_differs_is_told_apart(
        self, office: Office, worker: Worker, cases: list[int]
    ) -> None:
        """Missing, outdated, an audience too many, a case too many."""
        assert faults(office, worker) == set()
        self.damage(office, worker, cases)
        assert faults(office, worker) == {
            (cases[0], Difference.MISSING),
            (cases[1], Difference.OUTDATED),
            (cases[2], Difference.EXTRA),
            (999, Difference.EXTRA),
        }

    def test_what_waits_for_the_worker_is_no_fault(
        self, office: Office, worker: Worker, cases: list[int]
    ) -> None:
        """A new case and a changed one; with a fault beside them that stays one."""
        office.open("Chan Thy")
        note(office, cases[3], "A change.")
        found = compare_index(office.engine, worker.index)
        assert (found.waiting, found.faults) == (2, ())
        worker.index.write([], replaced_case_ids=cases[:1])
        assert faults(office, worker) == {(cases[0], Difference.MISSING)}

    def test_what_changes_while_it_is_compared_is_no_fault(
        self, office: Office, worker: Worker, cases: list[int]
    ) -> None:
        """The worker goes on: a case is changed and indexed after the index was read."""

        def act(read: int) -> None:
            note(office, cases[0], "Recorded meanwhile.")
            worker.run_once()

        index = worker.index
        early = list(index.fingerprints())
        first = [iter(early)]
        real = index.fingerprints
        index.fingerprints = lambda: first.pop() if first else real()  # type: ignore[method-assign]
        act(0)
        assert compare_index(office.engine, index, act).faults == ()

    def test_the_command_tells_mends_and_is_content(
        self, office: Office, worker: Worker, cases: list[int], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """By public code and audience, with no word of the record; exit code 5 until mended."""
        directory = office.settings.data_directory
        ini = directory / "some.ini"
        ini.write_text(
            "[app:main]\nuse = egg:courtwatch\n"
            f"sqlalchemy.url = {office.settings.database_url}\n"
            f"courtwatch.data_directory = {directory}\n"
            f"courtwatch.index_directory = {office.settings.index_directory}\n"
        )

        def called(*arguments: str) -> tuple[int, str]:
            code = run(["-c", str(ini), "reindex", *arguments])
            told = capsys.readouterr()
            return code, told.out + told.err

        self.damage(office, worker, cases)
        worker.close()
        code, told = called("--verify")
        assert code == ExitCode.INDEX
        with office.sessions() as session:
            codes = list(session.scalars(select(Case.public_code).order_by(Case.id)))
        assert f"{codes[0]}  org:" in told
        assert "4 differ" in told
        assert "Person" not in told
        assert called("--verify", "--mend")[0] == ExitCode.OK
        code, told = called("--verify")
        assert (code, "0 differ" in told) == (ExitCode.OK, True)
        assert called("--mend")[0] == ExitCode.BAD_INPUT

    def test_the_command_builds_while_a_worker_runs(
        self, office: Office, worker: Worker, cases: list[int], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Nobody has to stop a server to build the index again."""
        worker.claim()
        ini = office.settings.data_directory / "some.ini"
        ini.write_text(
            "[app:main]\nuse = egg:courtwatch\n"
            f"sqlalchemy.url = {office.settings.database_url}\n"
            f"courtwatch.data_directory = {office.settings.data_directory}\n"
            f"courtwatch.index_directory = {office.settings.index_directory}\n"
        )
        before, _filling = state_of(office.settings.index_directory)
        assert run(["-c", str(ini), "reindex"]) == ExitCode.OK
        assert "4 documents indexed" in capsys.readouterr().err
        assert state_of(office.settings.index_directory)[0] != before
        assert faults(office, worker) == set()

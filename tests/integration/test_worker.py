"""From commit to index: nothing that was committed is lost, whenever the worker dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.engine import make_url

from courtwatch.commands.cases import AddNote, OpenCase, RedactWords
from courtwatch.models import Case, Job, Jurisdiction, Note, Organisation, PersonName, User
from courtwatch.models.engine import begin_writing, make_session_factory
from courtwatch.models.vocabulary import OrganisationKind, Role, ShareLevel
from courtwatch.services import accounts
from courtwatch.services.compare_index import compare_index
from courtwatch.services.open_case import add_note, open_case
from courtwatch.services.redaction import find, redact
from courtwatch.services.search import Search
from courtwatch.services.work import Actor, Work
from courtwatch.settings import Settings
from courtwatch.worker import Worker, WorkerBusy
from tests.databases import seeded
from tests.functional.site import NOW, make_settings


class Office:
    """A database with one organisation and one monitor, and what they do."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine: Engine = seeded(Path(str(make_url(settings.database_url).database)))
        self.sessions = make_session_factory(self.engine)
        with self.sessions() as session:
            begin_writing(session)
            organisation = Organisation(
                code="lotus", kind=OrganisationKind.NGO, name_en="Lotus Legal Aid"
            )
            session.add(organisation)
            session.flush()
            hasher = accounts.hasher_of(settings)
            accounts.add_user(
                session, hasher, "mony", "long password", organisation, Role.MONITOR, NOW
            )
            session.commit()
            user = session.scalars(select(User)).one()
            self.actor = Actor(user.id, organisation.id, Role.MONITOR, OrganisationKind.NGO)
            self.country = session.scalars(
                select(Jurisdiction.id).where(Jurisdiction.code == "KH")
            ).one()

    def open(self, name: str, note: str | None = None) -> int:
        """Open a case about an accused of this name and return its key."""
        with self.sessions() as session:
            begin_writing(session)
            command = OpenCase(
                jurisdiction=self.country,
                stage="trial",
                share_level=ShareLevel.PRIVATE,
                name_latin=name,
                note=note,
            )
            case = open_case(Work(session, self.actor, "case:opened"), command)
            session.commit()
            return case.id

    def find(self, query: str) -> list[int]:
        """Return the cases that the monitor finds."""
        worker = Worker(self.engine, self.settings)
        with self.sessions() as session:
            answer = Search(session, worker.index, self.actor).page(query, {}, "relevance", 0, 50)
            found = [one.document.case_id for one in answer.found]
        worker.close()
        return found

    def redact(self, kind: str, row_id: int, words: str) -> None:
        """Take words out of a row."""
        with self.sessions() as session:
            begin_writing(session)
            found = find(session, self.actor, kind, row_id)
            assert found is not None
            work = Work(session, self.actor, "words:redacted")
            redact(work, found, RedactWords(words=words, reason="child_identity"))
            session.commit()

    def work(self) -> int:
        """Let the worker do what is due."""
        worker = Worker(self.engine, self.settings)
        done = worker.run_once()
        worker.close()
        return done

    def waiting(self) -> int:
        """Return how many jobs wait."""
        with self.sessions() as session:
            return len(session.scalars(select(Job)).all())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Give an office on a fresh database."""
    made = Office(make_settings(tmp_path))
    yield made
    made.engine.dispose()


class TestFollowing:
    """The index follows commits."""

    def test_a_committed_case_is_found_after_the_worker_ran(self, office: Office) -> None:
        case_id = office.open("Sok Dara")
        assert office.find("Dara") == []
        office.work()
        assert office.find("Dara") == [case_id]
        assert office.waiting() == 0

    def test_a_khmer_word_inside_running_text_is_found(self, office: Office) -> None:
        case_id = office.open("Sok Dara", "សវនាការត្រូវបានលើកពេលព្រោះចៅក្រមអវត្តមាន")
        office.open("Chan Thy", "The hearing was held.")
        office.work()
        assert office.find("ចៅក្រម") == [case_id]

    def test_a_variant_of_a_name_is_found(self, office: Office) -> None:
        case_id = office.open("Chea Vuthy")
        office.work()
        assert office.find("name:Vutthy") == [case_id]

    def test_a_redacted_name_leaves_index_database_and_log(self, office: Office) -> None:
        case_id = office.open("Sok Zzyzxqa")
        office.work()
        assert office.find("name:Zzyzxqa") == [case_id]
        with office.sessions() as session:
            name = session.scalars(select(PersonName.id)).one()
        office.redact("name", name, "Zzyzxqa")
        office.work()
        assert office.find("name:Zzyzxqa") == []
        assert office.find("name:Sok") == [case_id]
        assert office.waiting() == 0
        for path in office.settings.data_directory.rglob("*"):
            if path.is_file():
                assert b"zzyzxqa" not in path.read_bytes().lower(), path.name

    def test_redacted_words_leave_the_index_and_its_files(self, office: Office) -> None:
        case_id = office.open("Sok Dara")
        with office.sessions() as session:
            begin_writing(session)
            work = Work(session, office.actor, "note:added")
            case = session.get_one(Case, case_id)
            add_note(work, case, AddNote(text="Her name is Zzyzxqa and she is a child."))
            session.commit()
        office.work()
        assert office.find("Zzyzxqa") == [case_id]
        with office.sessions() as session:
            note = session.scalars(select(Note.id)).one()
        office.redact("note", note, "Zzyzxqa")
        office.work()
        assert office.find("Zzyzxqa") == []
        assert office.find("child") == [case_id]
        for path in office.settings.index_directory.rglob("*"):
            if path.is_file():
                assert b"zzyzxqa" not in path.read_bytes().lower(), path.name


class TestCrash:
    """A crash between commit and index loses nothing."""

    def test_a_job_survives_a_worker_that_dies_before_indexing(self, office: Office) -> None:
        case_id = office.open("Sok Dara")
        assert office.waiting() == 1
        office.work()
        assert office.find("Dara") == [case_id]

    @pytest.mark.parametrize("milliseconds", [1, 20, 60, 120, 250])
    def test_killed_at_any_moment_nothing_committed_is_missing(
        self, office: Office, milliseconds: int
    ) -> None:
        names = [f"Person{number:03d}" for number in range(30)]
        expected = {name: office.open(name) for name in names}
        program = textwrap.dedent(
            """
            import sys
            from pathlib import Path
            from courtwatch.models.engine import make_engine
            from courtwatch.worker import Worker
            from tests.functional.site import make_settings
            settings = make_settings(Path(sys.argv[1]), worker_batch="1")
            worker = Worker(make_engine(settings.database_url), settings)
            worker.index
            print("ready", flush=True)
            worker.run_once()
            """
        )
        with subprocess.Popen(
            [sys.executable, "-c", program, str(office.settings.data_directory)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            try:
                child.wait(milliseconds / 1000)
            except subprocess.TimeoutExpired:
                os.kill(child.pid, signal.SIGKILL)
        office.work()
        found = {name: office.find(f"name:{name}") for name in names}
        assert found == {name: [case_id] for name, case_id in expected.items()}

    def test_an_index_that_is_gone_is_built_again(self, office: Office) -> None:
        case_id = office.open("Sok Dara")
        office.work()
        worker = Worker(office.engine, office.settings)
        worker.rebuild()
        found = compare_index(office.engine, worker.index)
        worker.close()
        assert (found.documents, found.faults) == (1, ())
        assert office.find("Dara") == [case_id]

    def test_a_corrupt_index_is_replaced_by_the_worker(self, office: Office) -> None:
        first = office.open("Sok Dara")
        office.work()
        for path in office.settings.index_directory.rglob("*"):
            if path.is_file() and path.stat().st_size > 0:
                path.write_bytes(b"garbage")
        second = office.open("Chan Thy")
        office.work()
        assert office.find("Dara") == [first]
        assert office.find("Thy") == [second]


def test_two_workers_never_write_at_once(office: Office) -> None:
    """The second worker is told that there is one already."""
    first, second = (Worker(office.engine, office.settings) for _ in range(2))
    first.run_once()
    with pytest.raises(WorkerBusy):
        second.run_once()
    first.close()
    assert second.run_once() == 0
    second.close()

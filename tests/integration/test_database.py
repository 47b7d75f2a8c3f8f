"""The database itself: upgrades of a filled one, the past of edited rows, a restored backup."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Table, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from courtwatch.cli import run
from courtwatch.cli.exit_codes import ExitCode
from courtwatch.models import Case, ProsecutionFact, history_table, migrate
from courtwatch.models.engine import begin_writing, make_engine, make_session_factory
from courtwatch.models.history import NoRevision
from courtwatch.models.packed import pack
from courtwatch.models.vocabulary import ShareLevel
from courtwatch.services.work import Work
from tests.functional.site import make_settings
from tests.integration.test_worker import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Give an office that has entered three cases."""
    made = Office(make_settings(tmp_path))
    for name in ("Sok Dara", "Chea Vuthy", "Chan Thy"):
        made.open(name, "សវនាការ")
    return made


def counts(engine: Engine) -> dict[str, int]:
    """Return how many rows each table holds."""
    with engine.connect() as connection:
        names = [n for n in inspect(connection).get_table_names() if n != "alembic_version"]
        return {
            name: connection.scalar(text(f'select count(*) from "{name}"')) or 0 for name in names
        }


NEXT_MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "next", "HEAD", None, None


def upgrade() -> None:
    with op.batch_alter_table("case", recreate="always") as batch:
        batch.add_column(sa.Column("colour", sa.String(8), nullable=False, server_default="grey"))


def downgrade() -> None:
    with op.batch_alter_table("case", recreate="always") as batch:
        batch.drop_column("colour")
"""


def named_constraints(engine: Engine) -> set[str]:
    """Return the names of all constraints and indexes of `case`."""
    with engine.connect() as connection:
        inspector = inspect(connection)
        found = [key["name"] for key in inspector.get_foreign_keys("case")]
        found += [index["name"] for index in inspector.get_indexes("case")]
        found += [unique["name"] for unique in inspector.get_unique_constraints("case")]
        found.append(inspector.get_pk_constraint("case")["name"])
    assert None not in found
    return {str(name) for name in found}


class TestMigrations:
    """Up and down, on a database that holds something."""

    def test_models_and_migrations_agree(self, office: Office) -> None:
        assert migrate.pending_changes(office.engine) == []

    def test_an_upgrade_of_a_filled_database_keeps_every_row(
        self, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The next migration rebuilds `case`, to which most tables point, and back again."""
        directory = tmp_path / "migrations"
        shutil.copytree(migrate.MIGRATIONS, directory)
        head = str(migrate.current(office.engine))
        (directory / "versions" / "next.py").write_text(
            NEXT_MIGRATION.replace('"HEAD"', f'"{head}"'), encoding="utf-8"
        )
        monkeypatch.setattr(migrate, "MIGRATIONS", directory)
        before, constraints = counts(office.engine), named_constraints(office.engine)
        with pytest.raises(migrate.DatabaseOlder):
            migrate.check(office.engine)
        migrate.upgrade(office.engine)
        assert migrate.current(office.engine) == "next"
        assert counts(office.engine) == before
        assert before["case"] == 3
        with office.engine.connect() as connection:
            kept = connection.execute(text('select distinct colour from "case"')).scalars().all()
            broken = connection.execute(text("pragma foreign_key_check")).all()
        assert (kept, broken) == (["grey"], [])
        assert named_constraints(office.engine) == constraints
        migrate.downgrade(office.engine, head)
        assert counts(office.engine) == before
        assert named_constraints(office.engine) == constraints
        assert migrate.pending_changes(office.engine) == []

    def test_down_and_up_again_leaves_the_tables_of_the_models(self, office: Office) -> None:
        migrate.downgrade(office.engine, "base")
        assert counts(office.engine) == {}
        migrate.upgrade(office.engine)
        assert migrate.pending_changes(office.engine) == []

    def test_saved_searches_survive_the_upgrade_and_the_way_back(self, office: Office) -> None:
        """What was typed and named stays; what somebody has seen begins anew."""
        migrate.downgrade(office.engine, "0006")
        words = "select code, name, query from saved_search order by id"
        with office.engine.connect() as connection, connection.begin():
            connection.execute(
                text(
                    "insert into saved_search (code, user_id, name, query, created_at, "
                    "looked_at_revision) select 'S-' || r.n, u.id, r.name, 'dara', "
                    "'2026-01-01', (select max(id) from revision) from (select min(id) as id from "
                    "user) u, (select 1 as n, null as name union select 2, null union select 3, "
                    "'Mine') r"
                )
            )
            kept = connection.execute(text(words)).all()
        assert len(kept) == 3
        migrate.upgrade(office.engine)
        assert migrate.pending_changes(office.engine) == []
        with office.engine.connect() as connection, connection.begin():
            assert connection.execute(text(words)).all() == kept
            connection.execute(text("update saved_search set seen = x'00', sort = 'registered'"))
            connection.execute(text("insert into indexed_document values (1, 'coded', x'00', 7)"))
        migrate.downgrade(office.engine, "0006")
        with office.engine.connect() as connection:
            assert connection.execute(text(words)).all() == kept
            assert connection.execute(text("pragma foreign_key_check")).all() == []
        migrate.upgrade(office.engine)
        assert migrate.pending_changes(office.engine) == []

    def test_facts_are_packed_by_the_upgrade_as_they_are_when_written(self, office: Office) -> None:
        """What nobody wrote, and what was written, known or not."""
        with office.engine.connect() as connection, connection.begin():
            connection.execute(
                text(
                    "update prosecution_fact set registered_on = '2023-02-28', outcome = 'held', "
                    "ended_on = '1969-12-31', sex = 'male', age_band = '50+', charges = 70000, "
                    "custody_at_charge = 'detained', reopened = true, last_verified_on = null "
                    "where id % 2 = 1"
                )
            )
        migrate.downgrade(office.engine, "0015")
        migrate.upgrade(office.engine)
        table: Any = ProsecutionFact.__table__
        with office.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
        assert {row["outcome"] == "held" for row in rows} == {True, False}
        assert [row["packed"] for row in rows] == [pack(row) for row in rows]

    def test_a_database_of_a_newer_courtwatch_is_refused_untouched(self, office: Office) -> None:
        with office.engine.begin() as connection:
            connection.execute(text("update alembic_version set version_num = '9999'"))
        before = counts(office.engine)
        with pytest.raises(migrate.DatabaseNewer, match="9999"):
            migrate.check(office.engine)
        with pytest.raises(migrate.DatabaseNewer):
            migrate.upgrade(office.engine)
        assert counts(office.engine) == before

    def test_every_constraint_has_a_name(self, office: Office) -> None:
        with office.engine.connect() as connection:
            inspector = inspect(connection)
            nameless = [
                table
                for table in inspector.get_table_names()
                if table != "alembic_version"
                for key in inspector.get_foreign_keys(table)
                if not key["name"]
            ]
        assert nameless == []


class TestPast:
    """Rows that are edited keep their earlier states."""

    def test_an_edited_case_is_found_as_it_was(self, office: Office) -> None:
        with office.sessions() as session:
            begin_writing(session)
            work = Work(session, office.actor, "case:shared")
            case = session.scalars(select(Case).order_by(Case.id)).first()
            assert case is not None
            first = case.rev_from
            work.edit(case)
            case.share_level = ShareLevel.FULL
            session.commit()
            table = history_table(Case.__table__)  # type: ignore[arg-type]
            rows = session.execute(select(table).where(table.c.id == case.id)).all()
        assert [(r.share_level, r.rev_from, r.rev_to) for r in rows] == [
            (ShareLevel.PRIVATE, first, case.rev_from)
        ]

    def test_an_edit_outside_a_writing_transaction_is_refused(self, office: Office) -> None:
        with office.sessions() as session:
            case = session.scalars(select(Case)).first()
            assert case is not None
            case.share_level = ShareLevel.FULL
            with pytest.raises(NoRevision):
                session.flush()

    def test_a_transaction_that_writes_nothing_takes_no_revision(self, office: Office) -> None:
        before = counts(office.engine)["revision"]
        with office.sessions() as session:
            begin_writing(session)
            Work(session, office.actor, "nothing")
            session.commit()
        assert counts(office.engine)["revision"] == before

    def test_a_broken_reference_is_refused_by_the_database(self, office: Office) -> None:
        facts = ProsecutionFact.__table__
        assert isinstance(facts, Table)
        with pytest.raises(IntegrityError), office.engine.begin() as connection:
            connection.execute(insert(facts), {"prosecution_id": 1, "case_id": 999_999})


class TestBackup:
    """A copy taken while the database is in use is a whole database."""

    def test_a_backup_is_restored_with_every_row(self, office: Office, tmp_path: Path) -> None:
        ini = tmp_path / "copy.ini"
        ini.write_text(
            "[app:main]\nuse = egg:courtwatch\n"
            f"sqlalchemy.url = {office.settings.database_url}\n"
            f"courtwatch.data_directory = {tmp_path}\n"
            f"courtwatch.index_directory = {tmp_path}/index\n",
            encoding="utf-8",
        )
        copy = tmp_path / "copy.sqlite"
        assert run(["-c", str(ini), "backup", str(copy)]) == ExitCode.OK
        before = counts(office.engine)
        office.engine.dispose()
        original = tmp_path / "courtwatch.sqlite"
        for path in tmp_path.glob("courtwatch.sqlite*"):
            path.unlink()
        shutil.copy(copy, original)
        restored = make_engine(office.settings.database_url)
        migrate.check(restored)
        assert counts(restored) == before
        with make_session_factory(restored)() as session:
            assert session.scalar(select(func.count()).select_from(Case)) == 3
        restored.dispose()
        with sqlite3.connect(original) as connection:
            assert connection.execute("pragma integrity_check").fetchone() == ("ok",)

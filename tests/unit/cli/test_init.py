"""`init`, `status`, `backup`, `user`: a database from nothing, its accounts and its copy."""

import json
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from courtwatch.cli.exit_codes import ExitCode
from courtwatch.models import migrate
from courtwatch.models.vocabulary import Role
from courtwatch.services import seed
from search_index.storage import META, POINTER
from tests.unit.cli.conftest import CommandLine

PASSWORD = "correct horse battery"


@pytest.fixture
def initialised(courtwatch: CommandLine) -> CommandLine:
    """Return the command line on a database that `init` made."""
    assert courtwatch("init").code == ExitCode.OK
    return courtwatch


def database(ini: Path) -> sqlite3.Connection:
    """Open the database of a settings file without Courtwatch."""
    return sqlite3.connect(ini.parent / "var" / "some.sqlite")


class TestInit:
    def test_loads_courts_offences_and_reasons_but_no_case(
        self, initialised: CommandLine, ini: Path
    ) -> None:
        """Everything that is not invented, and nothing else."""
        with database(ini) as connection:
            counts = {
                table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
                for table in ("institution", "offence", "reason", "case", "user")
            }
        assert counts["institution"] > 20
        assert counts["offence"] > 10
        assert counts["reason"] > 10
        assert counts["case"] == counts["user"] == 0

    def test_a_second_run_changes_nothing(self, initialised: CommandLine, ini: Path) -> None:
        """Upgrading by habit is safe."""
        with database(ini) as connection:
            before = list(connection.iterdump())
        assert "up to date" in initialised("init").err
        with database(ini) as connection:
            assert list(connection.iterdump()) == before

    def test_only_the_owner_can_read_the_database(
        self, initialised: CommandLine, ini: Path
    ) -> None:
        """Case files are not for every account of the machine."""
        mode = stat.S_IMODE((ini.parent / "var" / "some.sqlite").stat().st_mode)
        assert mode == 0o600

    def test_leaves_no_half_database_when_the_reference_data_cannot_be_read(
        self, courtwatch: CommandLine, ini: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Tables without courts would pass for a database that can be used."""

        def fail(session: object) -> None:
            raise seed.ProcedureChanged("cambodia changed without a new version")

        monkeypatch.setattr(seed, "load", fail)
        assert courtwatch("init").code != ExitCode.OK
        assert "database: missing" in courtwatch("status").out


class TestStatus:
    def test_tells_a_missing_database_and_index(self, courtwatch: CommandLine, ini: Path) -> None:
        """Looking makes nothing."""
        result = courtwatch("status", "--format", "json")
        assert result.code == ExitCode.DATABASE
        record = json.loads(result.out)
        assert (record["database"], record["index"], record["cases"]) == ("missing",) * 2 + (None,)
        assert not (ini.parent / "var" / "some.sqlite").exists()
        assert not (ini.parent / "var" / "index").exists()

    def test_tells_a_new_database(self, made: CommandLine) -> None:
        """A script sees that there is no case yet."""
        assert made("status", "--only", "database").out == "current\n"
        assert made("status", "--only", "cases").out == "0\n"

    def test_tells_a_database_of_a_newer_version(self, made: CommandLine, ini: Path) -> None:
        """And no command touches it."""
        with database(ini) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        told = made("status", "--only", "database")
        assert (told.out, told.code) == ("newer\n", ExitCode.DATABASE)
        for command in (["init"], ["user", "list"]):
            result = made(*command)
            assert result.code == ExitCode.DATABASE
            assert "9999" in result.err


class TestUser:
    def test_adds_an_account_and_its_organisation(self, made: CommandLine) -> None:
        """The first account needs its organisation made."""
        result = made(
            "user", "add", "Sok", "--role", "monitor", "--organisation", "LAC",
            "--organisation-name", "Legal Aid", "--password-stdin", stdin=PASSWORD + "\n",
        )
        assert result.code == ExitCode.OK
        listed = json.loads(made("user", "list", "--format", "json").out)
        assert [(row["name"], row["organisation"], row["role"]) for row in listed] == [
            ("sok", "LAC", "monitor")
        ]

    @pytest.mark.parametrize("role", list(Role))
    def test_a_new_organisation_is_of_the_kind_that_fits_the_role(
        self, made: CommandLine, role: Role
    ) -> None:
        """The README's command works for every role."""
        result = made(
            "user", "add", "somebody", "--role", role.value, "--organisation", "X",
            "--organisation-name", "X", "--password-stdin", stdin=PASSWORD,
        )
        assert result.code == ExitCode.OK, result.err

    def test_refuses_an_unknown_organisation_and_says_how_to_make_it(
        self, made: CommandLine
    ) -> None:
        """A mistyped code makes no second organisation."""
        result = made(
            "user", "add", "sok", "--role", "monitor", "--organisation", "LCA",
            "--password-stdin", stdin=PASSWORD,
        )
        assert result.code == ExitCode.BAD_INPUT
        assert "--organisation-name" in result.err

    def test_refuses_a_short_password_and_keeps_nothing(self, made: CommandLine) -> None:
        """Neither the account nor the organisation that came with it."""
        result = made(
            "user", "add", "sok", "--role", "monitor", "--organisation", "LAC",
            "--organisation-name", "Legal Aid", "--password-stdin", stdin="short",
        )
        assert result.code == ExitCode.BAD_INPUT
        assert "12" in result.err
        assert json.loads(made("user", "list", "--format", "json").out) == []
        again = made(
            "user", "add", "sok", "--role", "monitor", "--organisation", "LAC",
            "--password-stdin", stdin=PASSWORD,
        )
        assert again.code == ExitCode.BAD_INPUT

    def test_closes_and_opens_an_account(self, made: CommandLine) -> None:
        """Shutting somebody out takes one command, and so does undoing it."""
        made(
            "user", "add", "sok", "--role", "monitor", "--organisation", "LAC",
            "--organisation-name", "Legal Aid", "--password-stdin", stdin=PASSWORD,
        )
        active = []
        for word in ("close", "open"):
            assert made("user", word, "sok").code == ExitCode.OK
            active.append(json.loads(made("user", "list", "--format", "json").out)[0]["active"])
        assert active == [False, True]
        assert made("user", "close", "nobody").code == ExitCode.BAD_INPUT


class TestBackup:
    def test_the_copy_is_whole_private_and_can_take_the_place_of_the_database(
        self, made: CommandLine, ini: Path
    ) -> None:
        """Restore is: put it there, run init."""
        made(
            "user", "add", "sok", "--role", "monitor", "--organisation", "LAC",
            "--organisation-name", "Legal Aid", "--password-stdin", stdin=PASSWORD,
        )
        copy = ini.parent / "copy.sqlite"
        assert made("backup", str(copy)).code == ExitCode.OK
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        live = ini.parent / "var" / "some.sqlite"
        for suffix in ("", "-wal", "-shm"):
            live.with_name(live.name + suffix).unlink(missing_ok=True)
        copy.rename(live)
        assert "up to date" in made("init").err
        assert json.loads(made("user", "list", "--format", "json").out)[0]["name"] == "sok"

    def test_never_replaces_a_file(self, made: CommandLine, ini: Path) -> None:
        """Yesterday's backup stays."""
        copy = ini.parent / "copy.sqlite"
        copy.write_text("precious", encoding="utf-8")
        assert made("backup", str(copy)).code == ExitCode.REFUSED
        assert copy.read_text(encoding="utf-8") == "precious"


def test_migrations_and_models_agree(courtwatch: CommandLine) -> None:
    """Nobody changed a table without writing its migration."""
    result = courtwatch("check-migrations")
    assert result.code == ExitCode.OK, result.err

    def test_a_database_of_an_older_version_is_no_healthy_one(
        self, made: CommandLine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The code knows a migration that the database has not seen."""
        monkeypatch.setattr(migrate, "head", lambda: "next")
        result = made("status")
        assert "database: older" in " ".join(result.out.split())
        assert result.code == ExitCode.DATABASE

    def test_a_damaged_database_is_told(self, courtwatch: CommandLine, ini: Path) -> None:
        """Words on standard output, a code for the script."""
        path = ini.parent / "var" / "some.sqlite"
        path.parent.mkdir()
        path.write_bytes(b"not a database at all " * 400)
        result = courtwatch("status", "--format", "json")
        assert json.loads(result.out)["database"] == "damaged"
        assert result.code == ExitCode.DATABASE

    def test_an_index_is_missing_present_outdated_or_damaged(
        self, made: CommandLine, ini: Path
    ) -> None:
        """Each has a word of its own; only `present` leaves with 0."""
        directory = ini.parent / "var" / "index"

        def told() -> tuple[str, int]:
            record = json.loads((result := made("status", "--format", "json")).out)
            assert record["database"] == "current"
            return record["index"], result.code

        shutil.rmtree(directory, ignore_errors=True)
        assert told() == ("missing", ExitCode.INDEX)
        assert made("status", "--only", "cases").code == ExitCode.OK, "of the database"
        assert made("status", "--only", "index").code == ExitCode.INDEX
        assert made("reindex").code == ExitCode.OK
        assert told() == ("present", ExitCode.OK)
        generation = directory / (directory / POINTER).read_text().strip()
        version = generation / META
        kept = version.read_text()
        version.write_text(json.dumps(json.loads(kept) | {"version": "0"}))
        assert told() == ("outdated", ExitCode.INDEX)
        version.write_text(kept)
        assert told() == ("present", ExitCode.OK)
        for each in generation.iterdir():
            if each != version:
                each.write_bytes(b"nothing that anybody can read")
        assert told() == ("damaged", ExitCode.INDEX)

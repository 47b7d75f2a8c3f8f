"""What a person reads when something is refused, broken or cannot start."""

from __future__ import annotations

import logging
import re
import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from courtwatch import main, open_database
from courtwatch.db import WriteOnRead
from courtwatch.models import Organisation, migrate
from courtwatch.models.engine import make_engine
from tests.functional.scene import make_case
from tests.functional.site import csrf_token


class TestErrorPages:
    def test_our_fault_shows_a_number_that_the_log_has_too(self, site, monkeypatch, caplog):
        """The page names the error's number; the log holds the traceback under it."""
        browser = site.sign_in("mony")
        monkeypatch.setattr("courtwatch.services.home._count", lambda *_args: 1 / 0)
        with caplog.at_level(logging.ERROR):
            page = browser.get("/", status=500)
        numbers = re.findall(r"Number of this error: ([0-9a-f]{12})", page.text)
        assert len(numbers) == 1
        assert numbers[0] in caplog.text
        assert "ZeroDivisionError" in caplog.text
        assert "ZeroDivisionError" not in page

    def test_no_value_of_a_failed_statement_reaches_the_log(self, site, monkeypatch, caplog):
        """A statement that breaks a constraint carries names; log and page carry none."""
        browser = site.sign_in("mony")

        def broken(session, *_args):
            session.connection().exec_driver_sql("select 1")
            statement = text("insert into person_name (text) values (:name)")
            with site.engine.begin() as connection:
                connection.execute(statement, {"name": "Keo Secretname"})

        monkeypatch.setattr("courtwatch.services.home._count", broken)
        with caplog.at_level(logging.DEBUG):
            page = browser.get("/", status=500)
        assert "IntegrityError" in caplog.text
        assert "Secretname" not in caplog.text
        assert "Secretname" not in page

    def test_a_busy_database_is_said_in_words_and_no_value_reaches_the_log(
        self, site, monkeypatch, caplog
    ):
        """503 with words; the statement's values may be names and stay out of the log."""
        browser = site.sign_in("mony")

        def busy(*_args):
            cause = sqlite3.OperationalError("database is locked")
            raise OperationalError("insert ...", {"text": "Keo Secretname"}, cause)

        monkeypatch.setattr("courtwatch.services.home._count", busy)
        with caplog.at_level(logging.ERROR):
            page = browser.get("/", status=503)
        assert "The record is busy" in page
        assert "Secretname" not in caplog.text

    def test_a_method_that_a_page_has_not_is_not_found(self, site):
        """POST to a page that only shows."""
        browser = site.sign_in("mony")
        browser.post("/cases", {"csrf_token": csrf_token(browser)}, status=404)

    def test_a_form_sent_twice_with_other_content_is_refused(self, site):
        """409 in the words of the service, and nothing was saved."""
        made = make_case(site, name="Sok Dara")
        browser = site.sign_in("mony")
        form = browser.get(f"/cases/{made.code}/notes/new").forms[1]
        form["text"] = "one"
        form.submit(status=303)
        form["text"] = "two"
        page = form.submit(status=409)
        assert "already sent with other content" in page
        assert "two" not in browser.get(f"/cases/{made.code}").html.select_one("#notes").parent.text

    def test_a_refused_permission_has_a_page(self, site):
        """403 keeps the menu of the one who asked."""
        page = site.sign_in("anan").get("/cases/new", status=403)
        assert "You may not open this page" in page
        assert "Reports" in page


class TestReading:
    def test_a_request_that_reads_cannot_write(self, site, monkeypatch, caplog):
        """A GET that tries to change the record fails, whichever way it tries."""
        browser = site.sign_in("mony")

        def write(session, *_args):
            session.add(Organisation(code="x", kind="ngo", name_en="X"))
            session.flush()

        monkeypatch.setattr("courtwatch.services.home._count", write)
        with caplog.at_level(logging.ERROR):
            browser.get("/", status=500)
        assert WriteOnRead.__name__ in caplog.text
        with site.reading() as session:
            assert session.query(Organisation).filter_by(code="x").count() == 0

    def test_a_read_takes_no_lock(self, site):
        """While somebody writes, pages are served."""
        browser = site.sign_in("mony")
        with site.writing() as session:
            session.add(Organisation(code="y", kind="ngo", name_en="Y"))
            session.flush()
            browser.get("/cases", status=200)


class TestStart:
    def _settings(self, tmp_path):
        return {
            "sqlalchemy.url": f"sqlite:///{tmp_path}/db.sqlite",
            "courtwatch.data_directory": str(tmp_path),
            "courtwatch.worker": "none",
        }

    def test_without_a_database_says_what_to_run_and_makes_none(self, tmp_path):
        """No empty file is left behind."""
        with pytest.raises(SystemExit, match="There is no database at .* Run: courtwatch init"):
            main({}, **self._settings(tmp_path))
        assert list(tmp_path.iterdir()) == []

    def test_with_an_older_database_says_what_to_run(self, tmp_path):
        """An empty file is a database before its first migration."""
        (tmp_path / "db.sqlite").touch()
        with pytest.raises(SystemExit, match="courtwatch init"):
            main({}, **self._settings(tmp_path))

    def test_with_a_newer_database_refuses_to_touch_it(self, tmp_path):
        """A database of a newer Courtwatch is named as such."""
        engine = make_engine(f"sqlite:///{tmp_path}/db.sqlite")
        migrate.upgrade(engine)
        with engine.begin() as connection:
            connection.exec_driver_sql("update alembic_version set version_num = '9999'")
        engine.dispose()
        with pytest.raises(SystemExit, match="9999"):
            main({}, **self._settings(tmp_path))

    def test_with_a_file_that_is_no_database_says_so(self, tmp_path):
        """The file is named."""
        (tmp_path / "db.sqlite").write_bytes(b"not a database at all" * 100)
        with pytest.raises(migrate.DatabaseStateError, match=r"db\.sqlite cannot be opened"):
            open_database(f"sqlite:///{tmp_path}/db.sqlite")

    def test_with_a_wrong_setting_names_it(self, tmp_path):
        """The setting and what is allowed."""
        settings = self._settings(tmp_path) | {"courtwatch.page_size": "many"}
        with pytest.raises(SystemExit, match=r"courtwatch\.page_size.*10 to 200"):
            main({}, **settings)


def test_the_procedure_of_a_country_can_be_read(site):
    """Stages, steps with articles, ends and limits; what is unverified says so."""
    for user in ("mony", "anan", "admin"):
        page = site.sign_in(user).get("/procedures/cambodia")
        for words in ("CPC", "Non-suit", "How the outcome follows", "not verified by a lawyer"):
            assert words in page.text
    site.sign_in("mony").get("/procedures/atlantis", status=404)

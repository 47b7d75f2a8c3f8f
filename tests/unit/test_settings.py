"""Settings: what is allowed is parsed, everything else is refused with its place."""

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.settings import (
    SETTINGS,
    Settings,
    SettingsError,
    WorkerMode,
    load_settings,
)
from tools.generate_docs import settings_page

ROOT = Path(__file__).resolve().parents[2]
MINIMAL = {"sqlalchemy.url": "sqlite:///x.sqlite"}

INI = """
[app:main]
use = egg:courtwatch
sqlalchemy.url = sqlite:///%(here)s/x.sqlite
{line}
"""


def write_ini(directory: Path, line: str) -> str:
    """Write an ini file with one more line in it, and return its path."""
    path = directory / "some.ini"
    path.write_text(INI.format(line=line), encoding="utf-8")
    return str(path)


class TestFromMapping:
    def test_gives_every_default_for_a_database_address_alone(self) -> None:
        """Only the database address has to be said."""
        settings = Settings.from_mapping(MINIMAL, "test")
        assert settings.worker is WorkerMode.THREAD
        assert settings.serve_beyond_loopback is False
        assert settings.open_serving is False
        assert settings.report_cache_seconds == 60

    def test_every_setting_is_an_attribute_and_the_reverse(self) -> None:
        """The table of settings and the dataclass cannot drift apart."""
        attributes = {field.name for field in fields(Settings)} - {"source"}
        assert attributes == {setting.attribute for setting in SETTINGS}

    def test_refuses_a_missing_database_address(self) -> None:
        """Guessing a database would write somewhere nobody looks."""
        with pytest.raises(SettingsError, match=r"sqlalchemy\.url is missing"):
            Settings.from_mapping({}, "test")

    def test_refuses_a_mistyped_name_and_suggests_the_right_one(self) -> None:
        """An ignored safety setting is worse than no start."""
        with pytest.raises(SettingsError, match=r"Did you mean courtwatch\.serve_beyond_loopback"):
            Settings.from_mapping({**MINIMAL, "courtwatch.serve_beyond_lopback": "true"}, "test")

    def test_leaves_the_names_of_libraries_alone(self) -> None:
        """Pyramid and Jinja have settings in the same section."""
        mapping = {**MINIMAL, "pyramid.reload_templates": "true"}
        assert Settings.from_mapping(mapping, "test").page_size == 50

    @pytest.mark.parametrize(
        ("name", "value", "allowed"),
        [
            ("courtwatch.worker", "thred", "thread, process, none"),
            ("courtwatch.report_cache_seconds", "61", "from 0 to 60"),
            ("courtwatch.report_cache_seconds", "-1", "from 0 to 60"),
            ("courtwatch.page_size", "ten", "whole number"),
            ("courtwatch.page_size", "٥٠", "whole number"),
            ("courtwatch.secure_cookies", "yes", "true, false"),
            ("courtwatch.installation", "Phnom Penh", "lower-case letters"),
            ("courtwatch.index_directory", "", "a directory"),
            ("courtwatch.search_engine", "lucene", "whoosh"),
        ],
    )
    def test_refuses_a_wrong_value_and_says_what_is_allowed(
        self, name: str, value: str, allowed: str
    ) -> None:
        """Each error names the setting, the value and what would do."""
        with pytest.raises(SettingsError) as raised:
            Settings.from_mapping({**MINIMAL, name: value}, "some.ini")
        message = str(raised.value)
        assert name in message
        assert repr(value) in message
        assert allowed in message
        assert "some.ini" in message

    @pytest.mark.parametrize("url", ["mysql://u:geheim@h/d", "no address"])
    def test_an_error_about_the_database_address_never_prints_it(self, url: str) -> None:
        """It may hold a password."""
        with pytest.raises(SettingsError) as raised:
            Settings.from_mapping({"sqlalchemy.url": url}, "test")
        assert url not in str(raised.value)
        assert "PostgreSQL" in str(raised.value)

    @given(st.integers(min_value=-1000, max_value=1000))
    def test_report_cache_seconds_is_a_minute_at_most(self, seconds: int) -> None:
        """A report may be at most 60 seconds old, whatever is written in the file."""
        mapping = {**MINIMAL, "courtwatch.report_cache_seconds": str(seconds)}
        if 0 <= seconds <= 60:
            assert Settings.from_mapping(mapping, "test").report_cache_seconds == seconds
        else:
            with pytest.raises(SettingsError):
                Settings.from_mapping(mapping, "test")


class TestLoadSettings:
    def test_an_error_names_file_and_line(self, tmp_path: Path) -> None:
        """The person opens the file at that line."""
        path = write_ini(tmp_path, "courtwatch.worker = thred")
        with pytest.raises(SettingsError, match=r"some\.ini, line 5, section \[app:main\]"):
            load_settings(path)

    def test_relative_directories_count_from_the_file(self, tmp_path: Path) -> None:
        """The same file means the same place from wherever a command is run."""
        path = write_ini(tmp_path, "courtwatch.index_directory = somewhere/index")
        assert load_settings(path).index_directory == tmp_path / "somewhere" / "index"

    def test_refuses_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        """A missing file is named."""
        with pytest.raises(SettingsError, match=r"There is no settings file .*none\.ini"):
            load_settings(str(tmp_path / "none.ini"))

    def test_refuses_a_file_that_is_no_ini_file(self, tmp_path: Path) -> None:
        """Any other text is told apart from settings."""
        path = tmp_path / "some.ini"
        path.write_text("just words\n", encoding="utf-8")
        with pytest.raises(SettingsError, match="is no settings file"):
            load_settings(str(path))

    def test_refuses_a_file_without_the_section(self, tmp_path: Path) -> None:
        """Settings in a section of another name would be ignored silently."""
        path = tmp_path / "some.ini"
        path.write_text("[app:other]\nuse = egg:courtwatch\n", encoding="utf-8")
        with pytest.raises(SettingsError, match=r"has no section \[app:main\]"):
            load_settings(str(path))

    @pytest.mark.parametrize("name", ["development.ini", "production.ini"])
    def test_the_files_of_the_project_are_accepted(self, name: str) -> None:
        """What we ship starts."""
        settings = load_settings(str(ROOT / name))
        assert settings.serve_beyond_loopback is False
        assert settings.worker is (
            WorkerMode.THREAD if name == "development.ini" else WorkerMode.PROCESS
        )


def test_the_page_about_settings_is_current() -> None:
    """docs/settings.md is what `make docs` writes."""
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == settings_page(), "run: make docs"

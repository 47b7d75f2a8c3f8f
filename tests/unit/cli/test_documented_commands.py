"""What documents tell to type can be typed: commands, options and settings are there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from courtwatch.cli import COMMANDS, group, root_context
from courtwatch.cli.exit_codes import BadInput
from courtwatch.cli.report import _filters, _options
from courtwatch.reports.kinds import kind_of
from courtwatch.reports.options import read_options
from courtwatch.settings import SETTINGS

ROOT = Path(__file__).parents[3]
# docs/cli.md is written from the commands themselves; decisions tell of their day.
PAGES = [
    page
    for page in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
    if page.name != "cli.md"
]
LINE = re.compile(r"^ {4,}(?:\.venv/bin/)?courtwatch (.+)$", re.M)
INLINE = re.compile(r"`(?:\.venv/bin/)?courtwatch ([^`]+)`")
MADE = re.compile(r"(?:^ {4,}|`)make ([a-z]+)\b", re.M)
SETTING = re.compile(r"\b(courtwatch\.[a-z_]+) *=")


class Told(NamedTuple):
    """A command as a document tells it."""

    page: str
    text: str


def told() -> Iterator[Told]:
    """Yield every command of the command line that a document tells."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for pattern in (LINE, INLINE):
            for found in pattern.finditer(text):
                yield Told(page.name, found[1])
    for entry in COMMANDS.values():
        yield Told("courtwatch --help", entry.example.removeprefix("courtwatch "))


def parsed(text: str) -> click.Context:
    """Return what a command line is understood as; nothing is run."""
    words = shlex.split(text.partition(" > ")[0], comments=True)
    if words[0] == "-c":
        words = words[2:]
    command: click.Command = group
    context = root_context()
    while isinstance(command, click.Group) and words:
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command = found
        context = click.Context(command, parent=context, info_name=name)
    return command.make_context(context.info_name, words, parent=context.parent)


@pytest.mark.parametrize("one", sorted(set(told())), ids=lambda one: f"{one.page}: {one.text}")
def test_every_command_is_understood(one):
    """A report is asked for what it knows: its options, their values, and filters."""
    try:
        context = parsed(one.text)
    except click.MissingParameter:
        # A text that speaks of a command names it alone.
        assert "-" not in one.text
        return
    except click.UsageError as wrong:
        # DIRECTORY and FILE stand for the reader's own.
        if "does not exist" not in wrong.message:
            raise
        return
    given = context.params
    if context.command.name == "report" and given["name"] not in (None, "NAME"):
        kind = kind_of(given["name"])
        names = [option.name for option in kind.options]
        read_options(kind.options, _options(given["options"], names))
        _filters(given["filters"], given["jurisdiction"])
        assert given["unit"] in [str(unit) for unit in kind.units]


@pytest.mark.parametrize("wrong", ["report ends --unite case", "reports ends", "reindex --quick"])
def test_a_command_that_is_not_there_is_found(wrong):
    with pytest.raises(click.UsageError):
        parsed(wrong)


def test_reading_a_command_leaves_its_help_alone():
    """A command keeps the help option of its first context: the page about commands changed."""
    context = parsed("status")
    assert "-h, --help" in context.command.get_help(context)


def test_an_option_of_another_report_is_found():
    context = parsed("report ends --option origin=charge")
    with pytest.raises(BadInput):
        _options(context.params["options"], [])


def test_what_is_made_is_in_the_makefile():
    """`make` targets that documents name."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = {each for page in PAGES for each in MADE.findall(page.read_text(encoding="utf-8"))}
    assert named
    assert named <= targets


def test_settings_that_documents_write_are_read():
    """Lines such as `courtwatch.worker = process`."""
    named = {each for page in PAGES for each in SETTING.findall(page.read_text(encoding="utf-8"))}
    assert named
    assert named <= {setting.name for setting in SETTINGS}

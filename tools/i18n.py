"""Messages of the interface: collect them, see what Khmer still lacks, compile.

    python tools/i18n.py update             collect from sources, merge into every .po, compile
    python tools/i18n.py missing            list what has no Khmer text, monitors' pages first
    python tools/i18n.py missing --tsv      the same as a table: message <tab> translation
    python tools/i18n.py fill FILE          take translations from such a table, compile
    python tools/i18n.py check              exit 1 if catalogues are stale, broken, or a message of
                                            a page that monitors use has no Khmer text

In a table a line break within a message is written \\n and the forms of a plural are parted
by ' || '. A translation is kept when its message stays; a changed message starts empty, nothing is
guessed ("fuzzy"): a wrong word on a form is worse than an English one.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "courtwatch" / "locale"
DOMAIN = "courtwatch"
LANGUAGES = ("km",)
# A fixed date: a catalogue must change only when a message does.
STAMP = datetime(2026, 11, 23, tzinfo=UTC)
METHODS = [("templates/**.jinja2", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**.jinja2": {"newstyle_gettext": "true", "silent": "false"}}
# Pages of analysts, researchers and administrators may wait for their translation.
LATER = re.compile(
    r"templates/(reports?|admin|administration|exchange|imports?|coverage|exports?)/"
    r"|/(reports|exchange|cli|commands/admin|views/(reports|admin|imports|coverage))"
)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\$\{\w+\}")
HEADER = """\
# Messages of Courtwatch.
# The Khmer texts are UNREVIEWED: no native speaker with knowledge of criminal procedure has read
# them yet. The footer of every Khmer page says so (courtwatch/web/i18n.py, Language.reviewed).
#"""


def collect() -> Catalog:
    """All messages of the sources and templates, with the files they come from."""
    catalog = Catalog(project="Courtwatch", charset="utf-8", header_comment=HEADER)
    catalog.creation_date = STAMP
    found = extract_from_dir(
        str(ROOT / "courtwatch"),
        METHODS,
        OPTIONS,
        keywords={"_": None, "gettext": None, "ngettext": (1, 2), "N_": None},
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for filename, line, message, comments, context in found:
        catalog.add(
            message,
            locations=[(f"courtwatch/{filename}", line)],
            auto_comments=comments,
            context=context,
        )
    return catalog


def po_path(lang: str) -> Path:
    """The catalogue of a language, as people edit it."""
    return LOCALE / lang / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalog(lang: str) -> Catalog:
    """The catalogue as it lies on disk; empty when there is none yet."""
    path = po_path(lang)
    if not path.exists():
        return Catalog(locale=lang, domain=DOMAIN, header_comment=HEADER)
    with path.open("rb") as file:
        return read_po(file, locale=lang, domain=DOMAIN, abort_invalid=True)


def merged(lang: str, template: Catalog) -> Catalog:
    """The language's catalogue brought up to date; messages that are gone are dropped."""
    catalog = read_catalog(lang)
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = STAMP
    catalog.header_comment = HEADER
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """The text form: sorted, with files but no line numbers, so that it seldom changes."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, sort_output=True, include_lineno=False)
    return buffer.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """The compiled form that the server reads."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def save(lang: str, catalog: Catalog) -> None:
    """Write both forms."""
    path = po_path(lang)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(po_bytes(catalog))
    path.with_suffix(".mo").write_bytes(mo_bytes(catalog))


def messages(catalog: Catalog) -> Iterator[Message]:
    """The messages without the header."""
    return (message for message in catalog if message.id)


def translated(message: Message) -> bool:
    """Whether every form of the message has text."""
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return all(strings)


def on_monitor_page(message: Message) -> bool:
    """Whether one of the places the message comes from is used by monitors."""
    return any(not LATER.search(filename) for filename, _line in message.locations)


def missing(catalog: Catalog) -> list[Message]:
    """Messages without translation: monitors' pages first, then by file."""
    found = [message for message in messages(catalog) if not translated(message)]
    return sorted(
        found, key=lambda entry: (not on_monitor_page(entry), entry.locations[:1], str(entry.id))
    )


def broken(catalog: Catalog) -> list[str]:
    """Translations whose placeholders are not those of the message: they would fail on a page."""
    problems = []
    for message in messages(catalog):
        if not translated(message):
            continue
        forms = message.id if isinstance(message.id, (list, tuple)) else (str(message.id),)
        wanted = set(PLACEHOLDER.findall(forms[-1]))
        strings = (
            message.string if isinstance(message.string, (list, tuple)) else (str(message.string),)
        )
        for string in strings:
            if set(PLACEHOLDER.findall(string)) != wanted:
                problems.append(f"{forms[-1]!r}: placeholders must be {sorted(wanted)}: {string!r}")
    return problems


def cell(text: str | list[str] | tuple[str, ...]) -> str:
    """A message as one field of a table."""
    forms = (text,) if isinstance(text, str) else text
    return " || ".join(form.replace("\n", "\\n").replace("\t", " ") for form in forms)


def update() -> int:
    """Bring every catalogue up to date and compile it."""
    template = collect()
    (LOCALE / f"{DOMAIN}.pot").write_bytes(po_bytes(template))
    for lang in LANGUAGES:
        catalog = merged(lang, template)
        save(lang, catalog)
        open_ones = missing(catalog)
        monitors = sum(on_monitor_page(message) for message in open_ones)
        print(
            f"{lang}: {len(catalog)} messages, {len(open_ones)} without translation"
            f" ({monitors} on monitors' pages)"
        )
    return 0


def show_missing(tsv: bool) -> int:
    """Print what has no translation yet, read from the sources as they are now."""
    template = collect()
    for lang in LANGUAGES:
        for message in missing(merged(lang, template)):
            if tsv:
                print(f"{cell(message.id)}\t")
            else:
                page = "monitors" if on_monitor_page(message) else "later"
                print(f"{lang}\t{page}\t{message.locations[0][0]}\t{cell(message.id)}")
    return 0


def fill(path: Path, lang: str = "km") -> int:
    """Take translations from a table; says which lines name no message, and fails for those."""
    template = collect()
    catalog = merged(lang, template)
    known = {cell(message.id): message for message in messages(catalog)}
    unknown = 0
    taken = 0
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), start=1):
        source, _tab, text = line.partition("\t")
        if not source.strip() or not text.strip():
            continue
        message = known.get(source)
        if message is None:
            print(f"{path}:{number}: no message {source!r}", file=sys.stderr)
            unknown += 1
            continue
        string = text.strip().replace("\\n", "\n")
        plural = isinstance(message.id, (list, tuple))
        message.string = tuple(string.split(" || ")[-1:]) if plural else string
        taken += 1
    problems = broken(catalog)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return 1
    save(lang, catalog)
    print(f"{lang}: {taken} translations taken, {len(missing(catalog))} still missing")
    return 1 if unknown else 0


def check() -> int:
    """Say everything that is wrong; 0 when nothing is."""
    template = collect()
    problems = []
    for lang in LANGUAGES:
        catalog = merged(lang, template)
        path = po_path(lang)
        if not path.exists() or path.read_bytes() != po_bytes(catalog):
            problems.append(f"{path.relative_to(ROOT)} is stale: run tools/i18n.py update")
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.read_bytes() != mo_bytes(catalog):
            problems.append(f"{compiled.relative_to(ROOT)} is stale: run tools/i18n.py update")
        problems += broken(catalog)
        problems += [
            f"{message.locations[0][0]}: no {lang} text for {cell(message.id)!r}"
            for message in missing(catalog)
            if on_monitor_page(message)
        ]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def main(arguments: list[str] | None = None) -> int:
    """Run one command; exit code 0 means nothing is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("update", help="collect, merge, compile")
    listing = commands.add_parser("missing", help="what has no translation")
    listing.add_argument("--tsv", action="store_true", help="as a table to fill in")
    filling = commands.add_parser("fill", help="take translations from a table")
    filling.add_argument("file", type=Path)
    commands.add_parser("check", help="fail if something is stale, broken or missing")
    options = parser.parse_args(arguments)
    match options.command:
        case "update":
            return update()
        case "missing":
            return show_missing(options.tsv)
        case "fill":
            return fill(options.file)
        case _:
            return check()


if __name__ == "__main__":
    raise SystemExit(main())

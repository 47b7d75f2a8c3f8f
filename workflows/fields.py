"""Typed access to the fields of a procedure file, with a problem for whatever does not fit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from difflib import get_close_matches

from workflows.elements import Text
from workflows.errors import Problem
from workflows.reader import Item

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


class Problems:
    """Collects the problems of one file."""

    def __init__(self, source: str, found: Collection[Problem] = ()) -> None:
        self.source = source
        self.found: list[Problem] = list(found)

    def add(self, line: int, message: str) -> None:
        """Note a problem at a line that counts from 1."""
        self.found.append(Problem(self.source, line, message))


def meant(given: str, names: Collection[str], lead: str = "allowed are") -> str:
    """The end of a message about an unknown name: what was probably meant, and what there is."""
    near = get_close_matches(given, names, n=1, cutoff=0.7)
    guess = f"did you mean {near[0]!r}? " if near else ""
    return f"{guess}{lead}: {listed(names)}"


def listed(names: Collection[str]) -> str:
    """Names for the end of a message, or a word for none."""
    return ", ".join(names) if names else "none"


class Fields:
    """The fields of one mapping. Each getter notes a problem and returns a harmless value."""

    def __init__(self, item: Item, what: str, problems: Problems) -> None:
        self.line = item.line
        self.what = what
        self.problems = problems
        self._used: set[str] = set()
        if isinstance(item.value, dict):
            self._fields = item.value
        else:
            self._fields = {}
            problems.add(item.line, f"{what} must be a mapping of fields, like 'name: value'")

    def line_of(self, key: str) -> int:
        """The line of a field, or of the whole mapping where the field is missing."""
        return self._fields[key].line if key in self._fields else self.line

    def has(self, key: str) -> bool:
        """Whether the field is written down, even if empty."""
        return key in self._fields

    def _get(self, key: str, required: bool) -> Item | None:
        self._used.add(key)
        item = self._fields.get(key)
        if item is None and required:
            self.problems.add(self.line, f"{self.what} needs the field {key!r}")
        return item

    def _wrong(self, item: Item, key: str, wanted: str) -> None:
        self.problems.add(item.line, f"{key!r} of {self.what} must be {wanted}")

    def string(self, key: str, required: bool = True, allowed: Collection[str] = ()) -> str:
        """A text field; '' when missing or empty. `allowed` limits the values."""
        item = self._get(key, required)
        if item is None or (item.value is None and not required):
            return ""
        value = item.value
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            self._wrong(item, key, "a text")
            return ""
        if allowed and value not in allowed:
            self.problems.add(
                item.line,
                f"{key!r} of {self.what} is {value!r}; {meant(value, allowed)}",
            )
            return ""
        return value

    def integer(self, key: str, required: bool = True) -> int:
        """A whole number above 0; 0 when missing."""
        item = self._get(key, required)
        if item is None or (item.value is None and not required):
            return 0
        if isinstance(item.value, bool) or not isinstance(item.value, int) or item.value < 1:
            self._wrong(item, key, "a whole number above 0")
            return 0
        return item.value

    def boolean(self, key: str, required: bool = False) -> bool:
        """true or false; False when missing."""
        item = self._get(key, required)
        if item is None:
            return False
        if not isinstance(item.value, bool):
            self._wrong(item, key, "true or false")
            return False
        return item.value

    def day(self, key: str, required: bool = True) -> date | None:
        """A date written 2026-11-23."""
        item = self._get(key, required)
        if item is None or (item.value is None and not required):
            return None
        if not isinstance(item.value, date):
            self._wrong(item, key, "a date like 2026-11-23")
            return None
        return item.value

    def strings(
        self,
        key: str,
        required: bool = True,
        allowed: Collection[str] | None = None,
        meaning: str = "name",
    ) -> tuple[str, ...]:
        """A list of names (or one name); each must be in `allowed` where that is given."""
        item = self._get(key, required)
        if item is None or item.value is None:
            return ()
        items = item.value if isinstance(item.value, list) else [item]
        found: list[str] = []
        for entry in items:
            if not isinstance(entry.value, str):
                self._wrong(entry, key, "a list of names, like [one, two]")
            elif allowed is not None and entry.value not in allowed:
                self.problems.add(
                    entry.line,
                    f"unknown {meaning} {entry.value!r} in {key!r} of {self.what}; "
                    f"{meant(entry.value, allowed)}",
                )
            elif entry.value in found:
                self.problems.add(entry.line, f"{entry.value!r} twice in {key!r} of {self.what}")
            else:
                found.append(entry.value)
        return tuple(found)

    def text(self, key: str, required: bool = True) -> Text | None:
        """Words as {en: ..., km: ...}; Khmer may be left out."""
        item = self._get(key, required)
        if item is None or (item.value is None and not required):
            return None
        if isinstance(item.value, str):
            return Text(item.value)
        inner = Fields(item, f"{key!r} of {self.what}", self.problems)
        english = inner.string("en")
        khmer = inner.string("km", required=False)
        inner.done()
        return Text(english, khmer or None)

    def label(self) -> Text:
        """The field 'label', which everything that people see must have."""
        return self.text("label") or Text("")

    def children(self, key: str, required: bool = True) -> Iterator[tuple[str, Item]]:
        """The named entries of a section, in order; their names are checked."""
        item = self._get(key, required)
        if item is None or (item.value is None and not required):
            return
        if not isinstance(item.value, dict):
            self._wrong(item, key, "a mapping of named entries")
            return
        for name, child in item.value.items():
            if not NAME.match(name):
                self.problems.add(
                    child.line,
                    f"the name {name!r} in {key!r} may hold small letters, digits and _ only",
                )
            yield name, child

    def items(self, key: str) -> list[Item]:
        """The entries of an optional list, unchecked."""
        item = self._get(key, required=False)
        if item is None or item.value is None:
            return []
        if not isinstance(item.value, list):
            self._wrong(item, key, "a list")
            return []
        return item.value

    def fields(self, key: str, what: str) -> Fields | None:
        """A nested mapping."""
        item = self._get(key, required=True)
        return Fields(item, what, self.problems) if item is not None else None

    def done(self) -> None:
        """Note every field that nobody asked for."""
        for key, item in self._fields.items():
            if key not in self._used:
                self.problems.add(
                    item.line,
                    f"{self.what} has no field {key!r}; "
                    f"{meant(key, sorted(self._used), 'known are')}",
                )

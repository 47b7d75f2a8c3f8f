"""YAML text -> a tree in which every value knows its line.

The file is composed, not constructed: tags, anchors with code, dates with times and the rest of
YAML's surprises never become objects, and a key written twice is found instead of overwritten.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from workflows.errors import Problem, ProcedureError

Scalar = str | int | bool | date | None


@dataclass(frozen=True)
class Item:
    """A value of the file. `line` counts from 1: of the key in a mapping, else of the value."""

    value: Scalar | list[Item] | dict[str, Item]
    line: int


@dataclass(frozen=True)
class Source:
    """A procedure file as read: its name in messages, its text and hash, and its tree."""

    name: str
    text: str
    sha256: str
    root: Item
    problems: tuple[Problem, ...]


MOST_ITEMS = 100_000
"""More values than any procedure has; names for parts (&, *) can make a short text endless."""

_WHOLE = re.compile(r"[-+]?\d+\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


class _Composer:
    """Turns nodes into items; collects problems and goes on."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._inside: set[int] = set()
        self._items = 0

    def problem(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.source, line, message))

    def item(self, node: Node, line: int | None = None) -> Item:
        here = line or node.start_mark.line + 1
        self._items += 1
        if self._items > MOST_ITEMS:
            raise ProcedureError(
                [Problem(self.source, here, f"more than {MOST_ITEMS} values; this is no procedure")]
            )
        if isinstance(node, ScalarNode):
            return Item(self._scalar(node, here), here)
        if id(node) in self._inside:
            self.problem(here, "this part contains itself (by & and *); write it out")
            return Item(None, here)
        self._inside.add(id(node))
        try:
            if isinstance(node, MappingNode):
                return Item(self._mapping(node), here)
            return Item([self.item(child) for child in node.value], here)
        finally:
            self._inside.discard(id(node))

    def _mapping(self, node: MappingNode) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                self.problem(line, "a name is expected here, not a list or a mapping")
                continue
            name = str(key.value)
            if name == "<<":
                self.problem(line, "merging with '<<' is not read here; write the fields out")
                continue
            if name in found:
                self.problem(
                    line, f"{name!r} is already given in line {found[name].line}; names are unique"
                )
                continue
            found[name] = self.item(value, line)
        return found

    def _scalar(self, node: Node, line: int) -> Scalar:
        tag = str(node.tag).rpartition(":")[2]
        text = str(node.value)
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() == "true"
        if tag == "int":
            # YAML 1.2 has no 14_15 for 1415: an age band written so is a name.
            return int(text) if _WHOLE.match(text) else text
        if tag == "timestamp" and _DATE.match(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                self.problem(line, f"{text!r} is no date of the calendar")
                return None
        return text


def _yaml_problem(source: str, text: str, error: YAMLError) -> Problem:
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        lines = text.splitlines()
        if mark is not None and mark.line < len(lines):
            indent = re.match(r"\s*", lines[mark.line])
            if indent is not None and "\t" in indent[0]:
                return Problem(
                    source, mark.line + 1, "a tab in the indentation; YAML is indented with spaces"
                )
        said = " ".join(str(part) for part in (error.context, error.problem) if part)
        return Problem(source, mark.line + 1 if mark else 1, f"broken YAML: {said}")
    return Problem(source, 1, f"broken YAML: {error}")


def read(text: str, source: str) -> Source:
    """Read YAML text. Raises ProcedureError when the text is no YAML mapping at all."""
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        raise ProcedureError([_yaml_problem(source, text, error)]) from error
    if not isinstance(node, MappingNode):
        raise ProcedureError(
            [Problem(source, 1, "a procedure file is a mapping of sections; nothing like it here")]
        )
    composer = _Composer(source)
    root = composer.item(node)
    sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return Source(source, text, sha256, root, tuple(composer.problems))

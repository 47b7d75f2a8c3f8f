"""Reading a mapping file: every fault with file and line, all of them at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from courtwatch.exchange.errors import MappingError, MappingProblem
from courtwatch.exchange.mapping import Mapping, Rule, When
from workflows.elements import BUILT_IN_STEPS, FIRST_SEEN, MOVED_TO_VERSION, Step
from workflows.procedure import Procedure

MAPPINGS = Path(__file__).parent / "mappings"

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A mapping with the file it came from and the checksum of its text."""

    mapping: Mapping
    path: Path
    sha256: str


def names() -> tuple[str, ...]:
    """The mappings that come with Courtwatch."""
    return tuple(sorted(path.stem for path in MAPPINGS.glob("*.yaml")))


def load(name_or_path: str) -> MappingFile:
    """Read a mapping by name (`cook_county` or `cook-county`) or by path.

    Raises MappingError listing every fault with file and line.
    """
    bundled = MAPPINGS / f"{name_or_path.replace('-', '_')}.yaml"
    path = bundled if bundled.is_file() else Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(
            [
                MappingProblem(
                    str(path),
                    1,
                    f"cannot be read ({error}). Mappings that come with Courtwatch: "
                    f"{', '.join(names())}; or give the path of a mapping file.",
                )
            ]
        ) from None
    mapping = loads(text, str(path))
    return MappingFile(mapping, path, hashlib.sha256(text.encode()).hexdigest())


def loads(text: str, source: str) -> Mapping:
    """Read a mapping from `text`; `source` is named in problems. Raises MappingError."""
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else 1
        problem = MappingProblem(source, line, f"not valid YAML: {error.problem}")
        raise MappingError([problem]) from None
    if not isinstance(document, CommentedMap):
        raise MappingError([MappingProblem(source, 1, "the file must hold keys and values")])
    try:
        mapping = Mapping.model_validate(_plain(document))
    except ValidationError as error:
        raise MappingError(_validation_problems(error, document, source)) from None
    problems = [
        MappingProblem(source, line_of(document, place), message)
        for place, message in cross_check(mapping)
    ]
    if problems:
        raise MappingError(problems)
    return mapping


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    return str(node) if type(node) is not str and isinstance(node, str) else node


def _validation_problems(
    error: ValidationError, document: CommentedMap, source: str
) -> list[MappingProblem]:
    problems = []
    for fault in error.errors():
        place = tuple(part for part in fault["loc"])
        message = fault["msg"]
        if fault["type"] == "extra_forbidden":
            message = "this key is not known here"
        elif fault["type"] == "missing":
            message = "this key is missing"
        where = ".".join(str(part) for part in place)
        problems.append(MappingProblem(source, line_of(document, place), f"{where}: {message}"))
    return problems


def line_of(document: Any, place: Sequence[str | int]) -> int:
    """Return the line (from 1) of the deepest part of `place` that the document has."""
    node, line = document, 1
    for part in place:
        key = next((k for k in node if str(k) == str(part)), None) if _is_map(node) else part
        try:
            mark = node.lc.key(key) if _is_map(node) else node.lc.item(part)
            node = node[key]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
        line = mark[0] + 1
    return line


def _is_map(node: Any) -> bool:
    return isinstance(node, CommentedMap)


# What the schema alone cannot see -----------------------------------------------------------


def cross_check(mapping: Mapping) -> Iterator[tuple[Place, str]]:
    """Yield (place, message) for names that lead nowhere."""
    yield from _check_tables(mapping)
    yield from _check_records(mapping)
    for at, chain in enumerate(mapping.order.chains):
        for column in chain:
            yield from _check_dotted(mapping, ("order", "chains", at), column)
    for field in ("trust", "slack_days"):
        for column in getattr(mapping.order, field):
            yield from _check_dotted(mapping, ("order", field, column), column)
    for at, compare in enumerate(mapping.compare):
        yield from _check_dotted(mapping, ("compare", at), compare.column)
        yield from _check_dotted(mapping, ("compare", at), compare.with_)
    for at, check in enumerate(mapping.checks):
        place = ("checks", at)
        if check.table in mapping.tables:
            yield from _check_when(mapping, (*place, "when"), check.table, check.when)
        else:
            yield (*place, "table"), _unknown("table", check.table, mapping.tables)
    if mapping.cut_off != "today" and "." in mapping.cut_off:
        yield from _check_dotted(mapping, ("cut_off",), mapping.cut_off)


def _check_tables(mapping: Mapping) -> Iterator[tuple[Place, str]]:
    for name, table in mapping.tables.items():
        place: Place = ("tables", name)
        if table.file is None and table.sheet is None:
            yield place, "needs 'file' (a CSV file) or 'sheet' (of a workbook)"
        if table.prosecution is None and table.case is None:
            yield place, "needs 'prosecution' or 'case': the columns that say whose row it is"
        for field in ("key", "prosecution", "case"):
            for column in getattr(table, field) or ():
                yield from _check_column(mapping, (*place, field), name, column)
        for key, spec in table.columns.items():
            if spec.words is not None and spec.words not in mapping.vocabularies:
                words = _unknown("vocabulary", spec.words, mapping.vocabularies)
                yield (*place, "columns", key, "words"), words
            if spec.type == "word" and spec.words is None:
                yield (*place, "columns", key), "a column of type word needs 'words'"
        for at, link in enumerate(table.links):
            if link.to not in mapping.tables:
                yield (*place, "links", at), _unknown("table", link.to, mapping.tables)
            for column in link.columns:
                yield from _check_column(mapping, (*place, "links", at), name, column)


def _check_records(mapping: Mapping) -> Iterator[tuple[Place, str]]:
    records = mapping.records
    parts: list[tuple[Place, Any]] = [
        (("records", "case"), records.case),
        (("records", "prosecution"), records.prosecution),
    ]
    for group in ("charges", "events", "hearings", "victims", "notes"):
        parts += [(("records", group, at), spec) for at, spec in enumerate(getattr(records, group))]
    for place, spec in parts:
        if spec.table not in mapping.tables:
            yield (*place, "table"), _unknown("table", spec.table, mapping.tables)
            continue
        for field in sorted(_COLUMN_FIELDS & set(type(spec).model_fields)):
            value = getattr(spec, field)
            if isinstance(value, StrEnum):  # the kind of a charge is a word, not a column
                continue
            for column in [value] if isinstance(value, str) else value or ():
                yield from _check_column(mapping, (*place, field), spec.table, column)
        yield from _check_when(mapping, (*place, "when"), spec.table, getattr(spec, "when", {}))
        for field, known in (("institution", records.institutions), ("court", records.institutions),
                             ("offence", records.offences), ("to_offence", records.offences),
                             ("alleged", records.offences)):  # fmt: skip
            name = getattr(spec, field, None)
            if name is not None and name != "of_case" and name not in known:
                yield (*place, field), _unknown(field, name, known)
        between = getattr(spec, "between", None)
        for column in [*between.after, *between.before] if between else ():
            yield from _check_dotted(mapping, (*place, "between"), column)
        for at, rule in enumerate(getattr(spec, "rules", ())):
            yield from _check_rule(mapping, (*place, "rules", at), spec.table, rule)


_COLUMN_FIELDS = {
    "key", "charge", "number", "registered", "entry", "sex", "age",
    "citizenship", "official", "alleged_as_given", "exploitation", "as_given", "rank", "day",
    "status", "adjournment_reason", "next", "kind", "pseudonym", "civil_party", "text", "assessed",
}  # fmt: skip


def _check_rule(
    mapping: Mapping, place: Place, table: str, rule: Rule
) -> Iterator[tuple[Place, str]]:
    if (rule.step is None) == (rule.skip is None):
        yield place, "needs either 'step' or 'skip' (with the reason)"
    if rule.reason_from is not None:
        yield from _check_column(mapping, (*place, "reason_from"), table, rule.reason_from)
    yield from _check_when(mapping, (*place, "when"), table, rule.when)


def _check_when(
    mapping: Mapping, place: Place, table: str, when: When
) -> Iterator[tuple[Place, str]]:
    for column in when:
        head, dot, tail = column.partition(".")
        if not dot:
            yield from _check_column(mapping, (*place, column), table, column)
        elif head == "has":
            if tail not in mapping.tables:
                yield (*place, column), _unknown("table", tail, mapping.tables)
        else:
            yield from _check_dotted(mapping, (*place, column), column)


def _check_dotted(mapping: Mapping, place: Place, name: str) -> Iterator[tuple[Place, str]]:
    table, _, column = name.partition(".")
    if table not in mapping.tables:
        yield place, _unknown("table", table, mapping.tables)
    else:
        yield from _check_column(mapping, place, table, column)


def _check_column(
    mapping: Mapping, place: Place, table: str, column: Any
) -> Iterator[tuple[Place, str]]:
    if isinstance(column, str) and "." in column:
        yield from _check_dotted(mapping, place, column)
    elif isinstance(column, str) and column not in mapping.tables[table].columns:
        yield place, _unknown(f"column of table '{table}'", column, mapping.tables[table].columns)


def _unknown(what: str, name: str, known: Any) -> str:
    return f"unknown {what} '{name}'; there is: {', '.join(sorted(known)) or 'none'}"


def check_procedure(file: MappingFile, procedure: Procedure) -> None:
    """Raise MappingError for steps, stages and dispositions that the procedure does not have."""
    document = YAML(typ="rt").load(file.path.read_text(encoding="utf-8"))
    steps = {step.name: step for step in procedure.steps}
    stages = {stage.name for stage in procedure.stages}
    problems = []
    for at, spec in enumerate(file.mapping.records.events):
        for number, rule in enumerate(spec.rules):
            place: Place = ("records", "events", at, "rules", number)
            for message in _against(rule, steps, stages):
                line = line_of(document, place)
                problems.append(MappingProblem(str(file.path), line, message))
    if problems:
        raise MappingError(problems)


def _against(rule: Rule, steps: dict[str, Step], stages: set[str]) -> Iterator[str]:
    if rule.step is None:
        return
    if rule.step == FIRST_SEEN:
        if rule.entry_stage not in stages:
            yield _unknown("stage", rule.entry_stage or "(none)", stages)
        return
    step = steps.get(rule.step)
    if step is None:
        told = [name for name in BUILT_IN_STEPS if name != MOVED_TO_VERSION]
        if rule.step not in told:
            yield _unknown("step of the procedure", rule.step, [*steps, *told])
        return
    allowed = step.possible_dispositions
    if rule.disposition is not None and rule.disposition not in allowed:
        yield _unknown(f"disposition of the step '{rule.step}'", rule.disposition, allowed)
    if rule.disposition is None and len(allowed) > 1:
        yield f"the step '{rule.step}' needs a disposition: {', '.join(allowed)}"

"""From what was typed to a command, or to errors that name the field and say what is allowed.

A command is a frozen pydantic model; HTML forms, JSON and imports all go through it. `parse`
takes the mapping of a form, where a date comes as `name-day`, `name-month`, `name-year` and
`name-about` (each may be missing), and a field may come several times.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError
from pyramid.i18n import TranslationStringFactory

from courtwatch.models.vocabulary import Precision

_ = TranslationStringFactory("courtwatch")

KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
EARLIEST_YEAR = 1950
Message = Any  # a TranslationString, or the `Text` of a procedure


class Invalid(Exception):
    """A command that can't be carried out: messages by field ('' is the whole form)."""

    def __init__(self, errors: Mapping[str, Message]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True)
class Ask:
    """What to say about a field that is missing or wrong, in the words of its label."""

    missing: Message
    wrong: Message | None = None


@dataclass(frozen=True)
class When:
    """A day as far as it is known: the first and last day it can be (both None: unknown)."""

    first: date | None
    last: date | None
    precision: Precision

    @classmethod
    def day(cls, value: date) -> When:
        """Return an exact day."""
        return cls(value, value, Precision.DAY)

    @classmethod
    def unknown(cls) -> When:
        """Return a day of which nothing is known."""
        return cls(None, None, Precision.UNKNOWN)

    @property
    def known(self) -> bool:
        """Say whether anything is known of it."""
        return self.first is not None


class Command(BaseModel):
    """Base of all commands."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, extra="ignore")


_C = TypeVar("_C", bound=Command)

OptionalText = Annotated[str | None, Field(max_length=200)]
LongText = Annotated[str | None, Field(max_length=20_000)]


def _latin_number(value: Any) -> Any:
    return value.translate(KHMER_DIGITS).strip() if isinstance(value, str) else value


Number = Annotated[int, BeforeValidator(_latin_number)]


def parse(command: type[_C], values: Mapping[str, Any], today: date | None = None) -> _C:
    """Return the command that a form describes. Raises Invalid with a message per field.

    `today` (in the jurisdiction's time zone) refuses days in the future, except for fields whose
    name starts with 'next' or that are scheduled.
    """
    errors: dict[str, Message] = {}
    data: dict[str, Any] = {}
    for name, info in command.model_fields.items():
        try:
            value = _read(name, info.annotation, values, today)
        except Invalid as problem:
            errors.update(problem.errors)
            continue
        if value is not None:
            data[name] = value
    try:
        made = command.model_validate(data)
    except ValidationError as problem:
        for error in problem.errors():
            field = str(error["loc"][0]) if error["loc"] else error.get("ctx", {}).get("field", "")
            if field not in errors and f"{field}-day" not in errors:
                errors[field] = _message(command, field, dict(error))
        raise Invalid(errors) from problem
    if errors:
        raise Invalid(errors)
    return made


def _read(name: str, annotation: Any, values: Mapping[str, Any], today: date | None) -> Any:
    kinds = _kinds(annotation)
    if When in kinds:
        future = name.startswith("next") or name == "scheduled"
        when = read_date(name, values, None if future else today)
        return when if when.known or type(None) not in kinds else None
    if tuple in kinds:
        getall: Callable[[str], list[Any]] | None = getattr(values, "getall", None)
        found = getall(name) if getall else values.get(name, ())
        items = [found] if isinstance(found, str) else list(found)
        return tuple(item for item in items if item != "")
    value = values.get(name)
    if isinstance(value, str):
        value = value.strip()
    return None if value == "" else value


def _kinds(annotation: Any) -> set[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return set().union(*(_kinds(part) for part in get_args(annotation)))
    return {origin or annotation}


def _message(command: type[Command], field: str, error: dict[str, Any]) -> Message:
    info = command.model_fields.get(field)
    ask = next((m for m in info.metadata if isinstance(m, Ask)), None) if info else None
    kind = error["type"]
    if kind == "courtwatch":
        return error["ctx"]["message"]
    if ask is not None and (kind == "missing" or ask.wrong is None):
        return ask.missing
    if ask is not None and ask.wrong is not None:
        return ask.wrong
    if kind == "string_too_long":
        return _("Use at most ${limit} characters", mapping={"limit": error["ctx"]["max_length"]})
    if kind in ("int_parsing", "int_type", "decimal_parsing", "decimal_type"):
        return _("Enter a number, such as 12")
    if kind == "enum":
        return _("Choose one of: ${allowed}", mapping={"allowed": error["ctx"]["expected"]})
    return _("This can’t be used: ${why}", mapping={"why": error["msg"]})


def problem(field: str, message: Message) -> PydanticCustomError:
    """Return the error that a validator of a command raises: at which field, and in what words."""
    return PydanticCustomError("courtwatch", "{message}", {"message": message, "field": field})


def read_date(name: str, values: Mapping[str, Any], today: date | None = None) -> When:
    """Read a partial date. Raises Invalid naming the part that is wrong.

    Also takes one ISO text under `name` itself ('2025', '2025-03', '2025-03-27', 'about 2019'),
    as JSON and imports send it.
    """
    parts = {
        part: str(values.get(f"{name}-{part}") or "").translate(KHMER_DIGITS).strip()
        for part in ("day", "month", "year")
    }
    about = bool(values.get(f"{name}-about"))
    iso = values.get(name)
    if isinstance(iso, When):
        return iso
    if isinstance(iso, str) and iso.strip():
        parts, about = _split_iso(name, iso.strip())
    if not any(parts.values()):
        return When.unknown()
    when = _from_parts(name, parts, about)
    if today is not None and when.first is not None and when.first > today:
        raise Invalid(
            {
                f"{name}-day": _(
                    "The date must be today or in the past; today is ${today}",
                    mapping={"today": today.isoformat()},
                )
            }
        )
    return when


def _split_iso(name: str, text: str) -> tuple[dict[str, str], bool]:
    found = re.fullmatch(r"(about )?(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", text)
    if found is None:
        raise Invalid({name: _("Write a date as 2025-03-27, 2025-03, 2025 or about 2019")})
    about, year, month, day = found.groups()
    return {"year": year, "month": month or "", "day": day or ""}, bool(about)


def _from_parts(name: str, parts: dict[str, str], about: bool) -> When:
    numbers: dict[str, int] = {}
    limits = {"day": (1, 31), "month": (1, 12), "year": (EARLIEST_YEAR, 2100)}
    for part, text in parts.items():
        if not text:
            continue
        low, high = limits[part]
        if not text.isdecimal() or not low <= int(text) <= high:
            raise Invalid({f"{name}-{part}": _PART_MESSAGES[part]})
        numbers[part] = int(text)
    if "year" not in numbers:
        raise Invalid({f"{name}-year": _("Enter the year, such as 2026")})
    if "day" in numbers and "month" not in numbers:
        raise Invalid({f"{name}-month": _("Enter the month, or leave the day empty too")})
    return _span(name, numbers, about)


_PART_MESSAGES = {
    "day": _("The day must be a number from 1 to 31"),
    "month": _("The month must be a number from 1 to 12"),
    "year": _("The year must be a number from 1950 to 2100, such as 2026"),
}


def _span(name: str, numbers: dict[str, int], about: bool) -> When:
    year, month, day = numbers["year"], numbers.get("month"), numbers.get("day")
    if month is None:
        precision, first, last = Precision.YEAR, date(year, 1, 1), date(year, 12, 31)
    elif day is None:
        length = calendar.monthrange(year, month)[1]
        precision = Precision.MONTH
        first, last = date(year, month, 1), date(year, month, length)
    else:
        try:
            first = last = date(year, month, day)
        except ValueError as problem_:
            raise Invalid(
                {f"{name}-day": _("That month has no day ${day}", mapping={"day": str(day)})}
            ) from problem_
        precision = Precision.DAY
    return When(first, last, Precision.ABOUT if about else precision)

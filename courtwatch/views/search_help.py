"""The page that explains how to search, with examples that the tests run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from courtwatch.services.messages import _
from courtwatch.services.search import OVERDUE, facets_of
from search_index.query import FIELD_ALIASES, FIELDS, RANGE_FIELDS


@dataclass(frozen=True)
class Example:
    """A query that can be tried, and what it finds."""

    query: str
    meaning: Any


@dataclass(frozen=True)
class Group:
    """Examples of one kind, with what holds for all of them."""

    title: Any
    examples: tuple[Example, ...]
    note: Any = ""


GROUPS = (
    Group(
        _("Words"),
        (
            Example("judge delay", _("Cases with both words, in any order and form")),
            Example("judge AND delay", _("The same")),
            Example("judge OR prosecutor", _("Cases with at least one of the words")),
            Example("judge NOT delay", _("The first word without the second")),
            Example("judge -delay", _("The same")),
            Example("(judge OR prosecutor) delayed", _("Parentheses say what belongs together")),
            Example('"delayed"', _("The word exactly so, in no other form")),
            Example('"held the file"', _("These words one after the other")),
            Example('"judge file"~3', _("Both words, at most three others between, in any order")),
            Example("prosec*", _("Words that begin so")),
            Example("procecutor~", _("Words with one letter wrong, missing or too many")),
            Example("prosecuter~2", _("Words with up to two letters wrong")),
            Example(r"judge \-delay", _("After a backslash a sign is no operator")),
        ),
        _(
            "AND, OR and NOT are operators in capital letters only. AND binds more closely than OR."
            " Letter case and accents do not matter."
        ),
    ),
    Group(
        _("Khmer"),
        (
            Example("តុលាការ", _("A word, also inside running text")),
            Example("តុលាការ ជួញដូរ", _("Cases with both words")),
            Example('"បានសម្រេច"', _("Exactly this string")),
            Example("ខេត្តកណ្ដាល", _("Also where it is written in another usual way")),
        ),
    ),
    Group(
        _("Names and numbers"),
        (
            Example("Vuthy Sok", _("A name, also in other spellings and in the other order")),
            Example("Sreymom", _("Also written apart, or in Khmer letters")),
            Example("name:Kim", _("In names of the accused only")),
            Example("123/2023", _("A case number, without leading zeros, in any digits")),
            Example("cr2022*", _("The beginning of a case number")),
            Example("art. 247", _("An article of the law")),
        ),
    ),
    Group(
        _("One field"),
        (
            Example('court:"Phnom Penh"', _("A value of several words stands in quotation marks")),
            Example('court:(Kandal OR "Phnom Penh")', _("Several values of one field")),
            Example("stage:closed", _("Where the case stands")),
            Example("offence:selling", _("An offence, by its name or code")),
            Example("reason:*", _("Cases with any reason")),
            Example("-outcome:*", _("Cases without an outcome")),
            Example("overdue:detention", _("A limit of detention that has passed by now")),
        ),
        _("Write the field, a colon and the value without a space."),
    ),
    Group(
        _("Days"),
        (
            Example("registered:2023", _("In a year")),
            Example("registered:2023-05", _("In a month")),
            Example("registered:12/05/2023", _("On a day; Khmer digits are understood, too")),
            Example("registered:[2021 TO 2022]", _("From … to, both included")),
            Example("registered:{2021 TO 2023}", _("Between, both left out")),
            Example("registered:[2022-03-01 TO *]", _("A star leaves an end open")),
            Example("registered:>2021", _("After the end of a year, month or day; also >= < <=")),
            Example("year:2021..2022", _("From … to in another way of writing")),
            Example("last_event:<=2023-09-30", _("The day of the last event")),
        ),
    ),
)
EXAMPLES = tuple(example for group in GROUPS for example in group.examples)


@view_config(
    route_name="search_help",
    request_method="GET",
    renderer="search/help.jinja2",
    permission="search:record:use",
)
def explain(request: Request) -> dict[str, Any]:
    """Explain the operators, with examples that are tested."""
    fields = [
        (name, [alias for alias, meant in FIELD_ALIASES.items() if meant == name != alias])
        for name in FIELDS
        if name != "organisation" or name in facets_of(request.actor)
    ]
    return {
        "page_title": _("How to search"),
        "groups": GROUPS,
        "fields": fields,
        "range_fields": RANGE_FIELDS,
        "overdue": OVERDUE.items(),
        "wide": True,
    }

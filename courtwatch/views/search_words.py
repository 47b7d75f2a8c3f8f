"""Words of the search pages: facets, fields, orders, and what can be wrong with a query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courtwatch.services.messages import _
from courtwatch.services.search import SPELLED_OTHERWISE
from courtwatch.web.page import Option
from search_index.index import Sort
from search_index.query import ProblemCode

OUT_OF_ORDER = _("Search is out of order; the record itself is not. Ask the administrator.")
FACET_TITLES: Mapping[str, Any] = {
    "court": _("Court"),
    "stage": _("Stage"),
    "outcome": _("Outcome"),
    "ended_by": _("Ended by"),
    "offence": _("Offence"),
    "reason": _("Reason"),
    "custody": _("Custody"),
    "overdue": _("Due date passed"),
    "year": _("Year"),
    "organisation": _("Organisation"),
}
DATE_TITLES: Mapping[str, Any] = {
    "registered": _("Registered"),
    "last_event": _("Last event"),
}
FIELD_TITLES: Mapping[str, Any] = {
    "code": _("Code of the case"),
    "number": _("Case number"),
    "name": _("Accused"),
    "court": _("Court"),
    "offence": _("Offence"),
    "reason": _("Reason"),
    "status": _("Where the case stands"),
    "text": _("Note"),
    SPELLED_OTHERWISE: _("a name in another spelling"),
}
SORTS = (
    Option(Sort.RELEVANCE.value, _("Best match")),
    Option(Sort.LAST_EVENT.value, _("Last event")),
    Option(Sort.REGISTERED.value, _("Registration")),
)
PROBLEMS: Mapping[ProblemCode, Any] = {
    ProblemCode.OPEN_QUOTE: _("A quotation mark is not closed"),
    ProblemCode.OPEN_PARENTHESIS: _("A parenthesis is not closed"),
    ProblemCode.CLOSE_PARENTHESIS: _("A parenthesis is closed that was never opened"),
    ProblemCode.OPEN_RANGE: _("A range is not closed; write field:[2025 TO 2026]"),
    ProblemCode.BAD_RANGE: _("A range needs two ends; write field:[2025 TO 2026]"),
    ProblemCode.BAD_DATE: _("A date is not understood; write 2025, 2025-03 or 2025-03-27"),
    ProblemCode.BACKWARD_RANGE: _("A range ends before it begins; it was read the other way round"),
    ProblemCode.RANGE_FIELD: _("Ranges work on registered, last_event and year"),
    ProblemCode.UNKNOWN_FIELD: _("There is no such field to search in"),
    ProblemCode.EMPTY_FIELD: _("A field needs a word after its colon"),
    ProblemCode.LONELY_OPERATOR: _("AND, OR and NOT need a word on their other side"),
    ProblemCode.INNER_STAR: _("The star must stand at the end of a word"),
    ProblemCode.QUOTED_STAR: _("A star means nothing between quotation marks"),
    ProblemCode.LONELY_STAR: _("A star needs at least one letter before it in this field"),
    ProblemCode.TOO_FAR: _("At most 2 letters after a word, and 100 words after a phrase"),
    ProblemCode.BAD_VALUE: _("The field overdue knows detention, act and unknown"),
    ProblemCode.NO_WORDS: _("There is no word to look for"),
    ProblemCode.TOO_LONG: _("The query is too long; its end was left out"),
}

"""Fields of a tantivy index, and a case document put into them.

=============  ==============================================================================
``text``       words and pairs of Khmer clusters of the notes, in their order
``head``       the same for all other sections: numbers, names, court, offence, reason, ...
``joined``     compounds written as one word (``rearrested`` for ``re-arrested``)
``terms``      every other term of the analysis: stems, whole Khmer words, keys of names, numbers
``in_*``       the words of one section, so that ``court:kandal`` needs no look at the text
``numbers``    parts of case numbers without leading zeros, number by number
``key``        case and audience, ``case_id``: for replacing
``audience``   whose document it is; ``hidden`` names those who have a fuller one
``by_*``       day, case and whether somebody has a fuller document of it, in one number: one
               comparison sorts by all
``day_*``      the day alone: a range of days is a quick look through a narrow column
a facet        its codes; for ``overdue`` the blocks of time in which it holds
``fingerprint``  what the document was, as a number
``body``       the normalised text, for the few patterns that need a look at it
``source``     the document itself, so that a segment can be written again without the database
=============  ==============================================================================

Values are kept :data:`VALUE_GAP` places apart, so that no phrase runs from one into the next.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

import tantivy

from search_index import khmer
from search_index.analysis import (
    ANALYSIS_VERSION,
    NUMBER_SECTION,
    SECTION_MARK,
    SECTIONS,
    VALUE_MARK,
    analyse,
    pairs,
)
from search_index.documents import DATES, FACETS, CaseDocument
from search_index.spells import Spell, spell_keys

SCHEMA_VERSION = 2
VERSION = f"{SCHEMA_VERSION}.{ANALYSIS_VERSION}"

VALUE_GAP = 8
_CASE_BITS = 32
_CASE_MASK = (1 << _CASE_BITS) - 1
OVERDUE_FACET = "overdue"
CODE_PARTS = ("code_1", "code_2")
_CODE_BYTES = 8

TEXT, HEAD, JOINED, TERMS, NUMBERS = "text", "head", "joined", "terms", "numbers"
SECTION_FIELDS: dict[str, str] = {
    letter: TEXT if name == "text" else f"in_{name}" for name, letter in SECTIONS.items()
}
"""Letter of a section -> the field that holds its words."""


def make_schema() -> tantivy.Schema:
    """The schema; :data:`SCHEMA_VERSION` changes with it."""
    made = tantivy.SchemaBuilder()
    words = [TEXT, HEAD, NUMBERS, *(f for f in SECTION_FIELDS.values() if f != TEXT)]
    for name in words:
        made.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in (JOINED, TERMS):
        made.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    for name in ("key", "code", "audience", "hidden"):
        made.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        counted = name != OVERDUE_FACET
        made.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=counted)
    made.add_integer_field("case_id", indexed=True)
    days = [name for day in DATES for name in (sort_field(day), day_field(day))]
    for name in (*days, *CODE_PARTS, "fingerprint"):
        made.add_unsigned_field(name, fast=True)
    for name in ("body", "source"):
        made.add_bytes_field(name, stored=True)
    return made.build()


def sort_field(day: str) -> str:
    """Name of the field that sorts by a day."""
    return f"by_{day}"


def day_field(day: str) -> str:
    """Name of the field that holds a day; nothing for a document without it."""
    return f"day_{day}"


def document_key(case_id: int, audience: str) -> str:
    """What no two live documents have in common."""
    return f"{case_id} {audience}"


def sort_value(day: int | None, case_id: int, *, outdone: bool) -> int:
    """Day, case and whether somebody has a fuller document of it, as one number; documents
    without a day come last."""
    return ((day or 0) << _CASE_BITS | case_id) << 1 | outdone


def day_of(value: int) -> int:
    """Day of a number that sorts; 0 means none."""
    return value >> _CASE_BITS + 1


def case_of(value: int) -> int:
    """Case of a number that sorts."""
    return value >> 1 & _CASE_MASK


def is_outdone(value: int) -> bool:
    """True if somebody has a fuller document, and this one is hidden from them."""
    return bool(value & 1)


def token_stream(value: str) -> str:
    """Words and pairs of clusters of one normalised value, in their order.

    A pair holds a cluster and its follower, or ``$`` at the end of a run: a phrase of pairs
    is found where the clusters stand side by side and nowhere else.
    """
    if value.isascii():
        return value
    return " ".join(_tokens(value))


def _tokens(value: str) -> Iterator[str]:
    for piece in value.split():
        if is_khmer(piece):
            run = tuple(normal for _, _, normal in khmer.clusters(piece))
            yield from (pair[1:] for pair in pairs(run))
        else:
            yield piece


def is_khmer(text: str) -> bool:
    """True for a run of clusters, false for a word."""
    return "\u1780" <= text[:1] <= "\u17dd"


def pack_code(code: str) -> tuple[int, ...]:
    """A public code as numbers, which are read many times faster than stored text."""
    raw = code.encode()
    return tuple(
        int.from_bytes(raw[at : at + _CODE_BYTES], "big")
        for at in range(0, min(len(raw), _CODE_BYTES * len(CODE_PARTS)), _CODE_BYTES)
    )


def unpack_code(first: int, second: int | None) -> str:
    """The code again."""
    raw = first.to_bytes(_CODE_BYTES, "big").lstrip(b"\0")
    if second:
        raw += second.to_bytes(_CODE_BYTES, "big").lstrip(b"\0")
    return raw.decode()


def fits_packed(code: str) -> bool:
    """True if a code can be read from its numbers."""
    return len(code.encode()) <= _CODE_BYTES * len(CODE_PARTS)


def make_document(document: CaseDocument) -> tantivy.Document:
    """All fields of a document."""
    analysed = analyse(document)
    made = tantivy.Document()
    seen: set[str] = set()
    for section in analysed.body.decode().split(SECTION_MARK)[1:]:
        letter, values = section[0], section[1:].strip(" ").split(VALUE_MARK)
        if letter == NUMBER_SECTION:
            _add(made, (NUMBERS,), [value.strip(" -").replace("-", " ") for value in values])
            continue
        streams = [token_stream(value.strip(" ")) for value in values]
        field = SECTION_FIELDS[letter]
        _add(made, (TEXT,) if field == TEXT else (HEAD, field), streams)
        for stream in streams:
            seen.update(stream.split())
    joined = [t[1:] for t in analysed.terms if t[0] == "e" and t[1:] not in seen]
    if joined:
        made.add_text(JOINED, " ".join(joined))
    made.add_text(TERMS, " ".join(t for t in analysed.terms if t[0] not in "ek"))
    made.add_bytes("body", analysed.body)
    made.add_bytes("source", write_source(document))
    made.add_unsigned("fingerprint", document.fingerprint())
    _add_keys(made, document)
    return made


def _add(made: tantivy.Document, names: tuple[str, ...], streams: list[str]) -> None:
    for name in names:
        for number, stream in enumerate(streams):
            if number:
                for _ in range(VALUE_GAP):
                    made.add_text(name, "")
            made.add_text(name, stream)


def _add_keys(made: tantivy.Document, document: CaseDocument) -> None:
    made.add_integer("case_id", document.case_id)
    made.add_text("key", document_key(document.case_id, document.audience))
    made.add_text("audience", document.audience)
    for audience in dict.fromkeys(document.hidden_for):
        made.add_text("hidden", audience)
    for facet, codes in document.facet_values().items():
        for code in dict.fromkeys(codes):
            made.add_text(facet, code)
    for spell in document.overdue:
        for key in spell_keys(OVERDUE_FACET, spell):
            made.add_text(OVERDUE_FACET, key)
    made.add_text("code", document.code)
    if fits_packed(document.code):
        for name, part in zip(CODE_PARTS, pack_code(document.code), strict=False):
            made.add_unsigned(name, part)
    for name in DATES:
        day = getattr(document, name)
        value = sort_value(day, document.case_id, outdone=bool(document.hidden_for))
        made.add_unsigned(sort_field(name), value)
        if day:
            made.add_unsigned(day_field(name), day)


_PLAIN = {field.name: field.default for field in fields(CaseDocument)}


def write_source(document: CaseDocument) -> bytes:
    """The document as JSON, without what it has not."""
    values: dict[str, Any] = {
        name: value for name, plain in _PLAIN.items() if (value := getattr(document, name)) != plain
    }
    if document.overdue:
        values["overdue"] = [
            (spell.value, spell.start.isoformat(), spell.end and spell.end.isoformat())
            for spell in document.overdue
        ]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def read_source(raw: bytes) -> CaseDocument:
    """The document that was indexed."""
    values: dict[str, Any] = json.loads(raw)
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = tuple(value)
    values["overdue"] = tuple(
        Spell(value, datetime.fromisoformat(start), end and datetime.fromisoformat(end))
        for value, start, end in values.get("overdue", ())
    )
    return CaseDocument(**values)

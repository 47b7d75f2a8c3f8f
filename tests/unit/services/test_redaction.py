"""After a redaction the words are nowhere in the row, its past and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Engine, Enum, String, insert, inspect, select

from courtwatch.models import Base, Versioned, history_table
from courtwatch.models.engine import WRITES, make_session_factory
from courtwatch.services.redactable import REDACTABLE
from courtwatch.services.redaction import BLOCK, REDACTED, _take_out, without
from tests.databases import migrated

LETTERS = st.text("ab █\nកខ", min_size=1, max_size=12)


@st.composite
def text_and_words(draw: st.DrawFn) -> tuple[str, str]:
    """Return a text and words that stand in it, often more than once."""
    words = draw(LETTERS.filter(lambda w: w.replace(BLOCK, "").strip() != ""))
    parts = draw(st.lists(LETTERS, min_size=1, max_size=4))
    return draw(st.sampled_from(("", " "))).join([*parts[:-1], words, parts[-1], words]), words


@given(text_and_words(), st.sampled_from([None, 60]))
@example(("██aa", "█a"), None)  # the words close up again around the block
def test_no_words_survive_in_any_text(pair: tuple[str, str], room: int | None) -> None:
    text, words = pair
    after = without(text, words, room)
    assert words not in after
    assert BLOCK in after
    assert len(after) <= max(len(text), room or len(after))


def test_a_block_never_makes_a_text_too_long_for_its_column() -> None:
    assert without("a" * 60, "a", 60) == BLOCK * 60
    assert without("abc", None, 60) == REDACTED


def test_words_of_blocks_are_refused_instead_of_going_round_for_ever() -> None:
    with pytest.raises(ValueError, match="blocks"):
        without("█████", "█")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give an empty database."""
    path: Path = tmp_path_factory.mktemp("redaction") / "courtwatch.sqlite"
    made = migrated(path)
    yield made
    made.dispose()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(text_and_words(), min_size=1, max_size=4), st.booleans())
def test_the_words_are_nowhere_in_a_row_and_all_its_past(
    engine: Engine, pairs: list[tuple[str, str]], whole: bool
) -> None:
    """A charge that was edited again and again: each state holds the words, or other words."""
    words = pairs[0][1]
    present, *past = [text for text, _words in pairs]
    assume(len(present) <= 300)
    what = REDACTABLE["charge"]
    twin = history_table(what.table)
    kept = {"id": 1, "prosecution_id": 1, "kind": "alleged", "rank": 0, "voided": False}
    with make_session_factory(engine)() as session:
        connection = session.connection(execution_options={WRITES: True})
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        top = len(past) + 1
        connection.execute(insert(what.table).values(**kept, as_given=present, rev_from=top))
        for number, text in enumerate(past, 1):
            values = {**kept, "as_given": text, "rev_from": number, "rev_to": number + 1}
            connection.execute(insert(twin).values(**values))
        for table in (what.table, twin):
            _take_out(session, what, table, table.c.id == 1, None if whole else words)
        left = [
            *session.scalars(select(what.table.c.as_given)),
            *session.scalars(select(twin.c.as_given)),
        ]
        session.rollback()
    assert len(left) == len(pairs)
    assert not [text for text in left if words in text]


def test_every_column_of_words_that_people_type_is_named() -> None:
    """The table names columns that exist, and what it derives from them exists too."""
    for what in REDACTABLE.values():
        columns: Any = inspect(what.model).columns
        named = [what.column, *(key for key, _derive in what.keys)]
        named += [name for name in (what.flag, what.siblings) if name is not None]
        assert set(named) <= set(columns.keys())
        if what.siblings is not None:
            assert not issubclass(what.model, Versioned)


# Columns of text that hold codes, or words of no case: table.column (or .column) -> why no words
# of a record can stand there. Whoever adds a column of text says here why, or makes it redactable.
CODES_ONLY = {
    **dict.fromkeys(
        [
            "charge_fact.*", "prosecution_fact.*", "hearing_fact.*", "clock.*", "event.*",
            "event_account.*", "event_target.*", "correction.*", "redaction.*", "case.*",
            "case_grant.*", "case_link.*", "prosecution.*", "prosecution_case.*", "hearing.*",
            "hearing_prosecution.*", "access_request.*", "revision.*", "assignment.*",
            "observation.*", "reason_stated.*", "reason_assessed.*", "membership.*",
        ],
        "codes of the procedure, of reference data or made by the program; no form writes text",
    ),
    **dict.fromkeys(
        ["charge.exploitation", "charge.kind", "sentence.kind", "sentence.currency",
         "note.subject_kind", "note.language", "person_name.script", "case_number.issuer_kind",
         "person.citizenship", "victim.citizenship", "victim.exploitation", "answer.value"],
        "a code out of a closed list",
    ),
    **dict.fromkeys(
        ["jurisdiction.*", "institution.*", "institution_alias.*", "institution_territory.*",
         "offence.*", "reason.*", "question.*", "checklist_version.*", "procedure_version.*",
         "reference_total.*", "reference_past.*"],
        "reference data, published, loaded by the administrator from files",
    ),
    **dict.fromkeys(
        ["organisation.*", "user.*", "session.*", "sign_in_attempt.*"],
        "accounts: of those who work with the record; changed by the administrator",
    ),
    **dict.fromkeys(
        ["job.*", "audit.*", "submission.*", "report_cache.*", "attachment.*",
         "victim_identity.*"],
        "keys, checksums, counts and addresses made by the program; identities are ciphertext",
    ),
    **dict.fromkeys(
        ["import_batch.*", "external_key.source", "external_key.kind", "external_key.row_sha256"],
        "the name of a source and counts; given by the administrator",
    ),
    "external_key.key": "the text of a redacted row is taken out of it (_forget_elsewhere)",
    "saved_search.name": "forgotten where it holds redacted words (_forget_elsewhere)",
    "saved_search.code": "a random code",
    "saved_search.query": "forgotten where it holds redacted words (_forget_elsewhere)",
    "saved_search.filters": "codes of facets",
    "saved_search.sort": "one of three words",
    "saved_search.looked_as": "names of audiences",
    "indexed_document.audience": "the name of an audience",
    **dict.fromkeys(
        [f"court_inquiry.{name}" for name in ("public_code", "decision", "marks", "filters")],
        "a random code; codes of procedure, report and filters",
    ),
    "court_reply.language": "en or km",
    **dict.fromkeys(
        [
            f"report_snapshot.{name}" for name in (
                "code", "checksum", "report", "filters", "options", "scope", "unit", "language",
                "audience", "withheld", "software", "figures",
            )
        ],
        "codes and numbers; what is frozen is refused where a filter is no code on record",
    ),
}  # fmt: skip


def test_every_column_of_text_can_be_redacted_or_holds_codes_only() -> None:
    """Fails for a new column of text that nobody has thought of."""
    covered = {(what.table.name, what.column) for what in REDACTABLE.values()}
    covered |= {(what.table.name, key) for what in REDACTABLE.values() for key, _d in what.keys}
    forgotten = []
    for table in Base.metadata.sorted_tables:
        name = table.name.removesuffix("_history")
        for column in table.columns:
            text = isinstance(column.type, String | JSON) and not isinstance(column.type, Enum)
            argued = f"{name}.{column.name}" in CODES_ONLY or f"{name}.*" in CODES_ONLY
            if text and not argued and (name, column.name) not in covered:
                forgotten.append(f"{table.name}.{column.name}")
    assert forgotten == []


def test_no_argument_speaks_of_a_column_that_is_gone_or_redactable() -> None:
    """The list of arguments stays as true as the tables."""
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    covered = {f"{what.table.name}.{what.column}" for what in REDACTABLE.values()}
    for named in CODES_ONLY:
        table, _dot, column = named.partition(".")
        assert table in tables, named
        assert column == "*" or column in tables[table].columns, named
        assert named not in covered
        if column == "*":
            assert not any(one.startswith(f"{table}.") for one in covered), named

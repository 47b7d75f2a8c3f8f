"""The control of the copies: what a group may not see is really not in the one that is compared."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import create_engine, select

from courtwatch.models import Base
from courtwatch.models.packed import pack
from tests.secrecy.conftest import Walk
from tests.secrecy.plants import CODE, KHMER, LATIN
from tests.secrecy.twins import GROUPS, Group, scrub
from tests.secrecy.world import NOTHING, level

KEPT = frozenset(
    {"import_batch.summary", "job.key", "job.error", "audit.detail", "user.password_hash"}
)
"""What the program keeps for itself and no page reads: it may stay."""


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_a_copy_holds_no_word_and_no_case_that_its_group_may_not_see(
    record: Walk, group: Group
) -> None:
    copy = shutil.copy(record.pristine, record.pristine.with_name("looked-through.sqlite"))
    engine = create_engine(f"sqlite:///{copy}")
    with engine.begin() as connection:
        scrub(record.world, connection, group, record.plants)
    engine.dispose()
    # Typed searches repeat words: whoever typed one said them.
    typed = re.compile(r'INSERT INTO "saved_search"')
    with closing(sqlite3.connect(copy)) as written:
        lines = [line for line in written.iterdump() if not typed.match(line)]
        cases = {row[0] for row in written.execute('SELECT public_code FROM "case"')}
    text = "\n".join(lines).lower()
    left = {*LATIN.findall(text), *KHMER.findall(text), *CODE.findall(text)}
    readers = set(group.readers)
    hidden = {
        (word, plant.column)
        for plant in record.plants
        for word in plant.words
        if word in left and not plant.readers() & readers and plant.column not in KEPT
    }
    assert hidden == set()
    assert cases == {
        made.code
        for kind, made in record.world.cases.items()
        if any(level(kind, reader) != NOTHING for reader in readers)
    }


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_what_is_packed_of_a_copy_is_what_its_columns_say(record: Walk, group: Group) -> None:
    """Else a report on the copy would count what was taken out, and agree with the one on all."""
    copy = shutil.copy(record.pristine, record.pristine.with_name("packed.sqlite"))
    engine = create_engine(f"sqlite:///{copy}")
    with engine.begin() as connection:
        scrub(record.world, connection, group, record.plants, figures=True)
        rows = connection.execute(select(Base.metadata.tables["prosecution_fact"])).mappings().all()
    engine.dispose()
    assert rows
    assert [row["id"] for row in rows if row["packed"] != pack(dict(row))] == []

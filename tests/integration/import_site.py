"""What the tests of imports share: a fresh database, a run of an import, a look at the result."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text

from courtwatch.exchange import mapping_reader
from courtwatch.exchange.import_result import ImportResult
from courtwatch.exchange.loader import Importer
from courtwatch.models import Organisation
from courtwatch.models.engine import begin_writing, make_session_factory
from courtwatch.models.vocabulary import OrganisationKind
from tests.databases import seeded

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DATA = Path(__file__).parent.parent / "data"


def fresh_database(directory: Path) -> Engine:
    """Make a database with reference data and one organisation, LAC."""
    engine = seeded(directory / "courtwatch.sqlite")
    with make_session_factory(engine)() as session:
        begin_writing(session)
        session.execute(
            insert(Organisation).values(
                code="LAC", kind=OrganisationKind.NGO, name_en="Legal Aid", invented=True
            )
        )
        session.commit()
    return engine


def run_import(
    engine: Engine, mapping: str, source: Path, organisation: str | None = None, **how: Any
) -> ImportResult:
    """Import `source` on a fixed day."""
    file = mapping_reader.load(mapping)
    return Importer(engine, file, source, organisation, now=NOW).run(**how)


def count(engine: Engine, table: str, where: str = "1=1") -> int:
    """Return the number of rows."""
    with engine.connect() as connection:
        found = connection.execute(text(f'select count(*) from "{table}" where {where}')).scalar()
    return int(found or 0)


def contents(engine: Engine) -> dict[str, int]:
    """Return the number of rows of every table but those that note that somebody looked."""
    with engine.connect() as connection:
        names = connection.execute(
            text("select name from sqlite_master where type='table' and name not like 'sqlite_%'")
        ).scalars().all()
    return {name: count(engine, name) for name in names}


def facts(engine: Engine, *columns: str) -> list[tuple[Any, ...]]:
    """Return columns of the present facts, in order of prosecution."""
    query = text(
        f"select {', '.join(columns)} from prosecution_fact where rev_to is null "
        "order by prosecution_id"
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


__all__ = ["DATA", "NOW", "contents", "count", "facts", "fresh_database", "run_import"]

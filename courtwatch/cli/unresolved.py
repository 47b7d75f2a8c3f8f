"""`courtwatch unresolved`: entries that an import left without a legal place."""

from __future__ import annotations

from collections import Counter

import click

from courtwatch.cli.context import CliContext, pass_context
from courtwatch.cli.output import Format, format_option, progress, say, write_rows

COLUMNS = (
    "batch", "case", "accused", "event", "step", "from", "to", "stage", "why", "resolutions",
)  # fmt: skip


@click.command(epilog="\b\nExample:\n  courtwatch unresolved --batch 3 --format csv")
@click.option("--batch", type=int, help="Only what this import left; see `courtwatch batch list`.")
@format_option
@pass_context
def command(context: CliContext, batch: int | None, output_format: Format) -> None:
    """List the entries that have no legal place: kept, uncounted, waiting for review.

    Cases and accused are codes, never names. The last column says what would give the entry its
    place without taking another's, as the page of entries to review offers it.
    """
    from sqlalchemy import true

    from courtwatch.services.resolutions import resolutions
    from courtwatch.services.review import (
        EntryToReview,
        cases_by_key,
        codes,
        entries_of,
        prosecutions_to_review,
    )

    rows: list[tuple[EntryToReview, list[str]]] = []
    offered: Counter[str] = Counter()
    with context.reading() as session:
        keys = prosecutions_to_review(session, true())
        accused = codes(session, keys)
        with progress("Trying", len(keys)) as advance:
            last = None
            for entry in entries_of(session, keys):
                if entry.prosecution_id != last:
                    advance(1)
                    last = entry.prosecution_id
                if batch is not None and entry.event.batch_id != batch:
                    continue
                ways = [way.key for way in resolutions(entry)]
                offered.update({key.partition(":")[0] for key in ways} or {"none"})
                rows.append((entry, ways))
        cases = cases_by_key(session, [entry.event.case_id for entry, _ways in rows])
        written = [
            (
                entry.event.batch_id,
                cases[entry.event.case_id].public_code,
                accused[entry.prosecution_id],
                entry.event.id,
                entry.event.step,
                entry.event.occurred_from,
                entry.event.occurred_to,
                entry.state.stage,
                entry.why.why.en,
                " ".join(ways),
            )
            for entry, ways in rows
        ]
    write_rows(COLUMNS, written, output_format)
    say(f"{len(rows):,} entries to review")
    for name, number in offered.most_common():
        say(f"  {name}: {number:,}")

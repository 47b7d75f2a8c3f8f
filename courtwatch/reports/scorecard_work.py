"""Hearings, detention, and how well the prosecutions of one court are known."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
from pyramid.i18n import TranslationStringFactory
from scipy.special import stdtrit
from sqlalchemy import BigInteger, case, cast, func

from courtwatch.labels import SOURCES
from courtwatch.models import HearingFact, ProsecutionFact
from courtwatch.models.packed import day_of
from courtwatch.models.told import most_authoritative
from courtwatch.models.vocabulary import AccountSource, HearingStatus
from courtwatch.reports.clock_rows import NEVER
from courtwatch.reports.delay_docket import HEARINGS_DEFINITION, hearing_query
from courtwatch.reports.delay_pending import UNSEEN_DAYS
from courtwatch.reports.figures import Count, share_figure
from courtwatch.reports.hearing_days import SETTLED, Became
from courtwatch.reports.model import Column, ColumnKind, Figure, Label, Row, RowKind, Table
from courtwatch.reports.packed_facts import read_columns
from courtwatch.reports.scorecard_limits import Limits
from courtwatch.reports.scorecard_rows import Court
from courtwatch.reports.words import NOT_KNOWN
from workflows.event_codes import OPEN

_ = TranslationStringFactory("courtwatch")

HEARINGS, ADJOURNED, CUSTODY, SOURCE, VERIFIED = (
    "hearings", "adjournments", "custody", "sources", "verified",
)  # fmt: skip
NOBODY = "nobody"
_STATUSES = len(SETTLED) + 1
_COURTS = 2**31
"""More than any key of an institution: they are the last digit of a number."""
GIVEN_NONE = "no_reason"
"""The reason for adjourning that says that none was given."""
PEERS = _("All courts of this level")
NO_HEARING = _("No hearing before this court whose day is over is on record.")
NO_ADJOURNMENT = _("No adjourned hearing before this court is on record.")
ADJOURNED_DEFINITION = _(
    "Days added: from the day of the hearing to the next day set, where that is known. Hearings "
    "that nobody recorded are missing. A hearing is no prosecution: its figures open no list."
)
CUSTODY_DEFINITION = _(
    "Where the accused of open prosecutions (suspended ones too) are, as last known. Not known is "
    "counted, never left out."
)
SOURCE_DEFINITION = _(
    "The most authoritative account of the entry that brought a prosecution to where it stands "
    "now. Seen in court: a monitor was there."
)


def tables(court: Court, limits: Limits) -> tuple[Table, ...]:
    """Return hearings, adjournments, custody, time limits, sources and last verification."""
    return (
        *_hearings(court), _custody(court), limits.table(), _sources(court), _verified(court)
    )  # fmt: skip


# Hearings


def _hearings(court: Court) -> tuple[Table, Table]:
    country, here = _counted(court)
    n = sum(here.became.values())
    rows = tuple(
        Row(key, label, _held(part), RowKind.DETAIL)
        for key, label, part in (
            ("here", _("This court"), here.became), ("country", PEERS, country.became)
        )
    )  # fmt: skip
    return (
        Table(
            HEARINGS,
            _("Hearings"),
            (
                Column("scheduled", _("Scheduled, day over")),
                Column("held", _("Held")),
                Column("adjourned", _("Adjourned")),
                Column("cancelled", _("Cancelled")),
                Column("unknown", _("Not known what became of it")),
                Column("effectiveness", _("Held, of those known"), ColumnKind.SHARE),
                Column("adjourned_share", _("Adjourned, of those known"), ColumnKind.SHARE),
            ),
            rows if n else (),
            n,
            HEARINGS_DEFINITION,
            _("Where"),
            unknown=share_figure(n - Became.of(here.became).known, n) if n else None,
            unknown_label=_("Not known what became of it"),
            refused=None if n else NO_HEARING,
        ),
        _adjournments(court, (country.adjourned, here.adjourned)),
    )


class _Hearings(NamedTuple):
    """What became of hearings, by status, and why they were adjourned, by reason."""

    became: Counter[str]
    adjourned: Counter[str]


def _counted(court: Court) -> tuple[_Hearings, _Hearings]:
    """Return the hearings of all courts of this level, and those of this court.

    What is set on appeal is held more often: it would make every court of first instance look bad.
    """
    fact = HearingFact
    became = case({str(status): n for n, status in enumerate(SETTLED)}, value=fact.status,
                  else_=len(SETTLED))  # fmt: skip
    # One number of each: a million are sorted here in less time than a database groups them.
    reason = cast(func.coalesce(fact.adjournment_reason_id, 0), BigInteger)
    where = func.coalesce(fact.institution_id, 0)
    query = hearing_query(court.country, (reason * _STATUSES + became) * _COURTS + where)
    (numbers,) = read_columns(court.here.session, query)
    found = (_Hearings(Counter(), Counter()), _Hearings(Counter(), Counter()))
    kinds, counts = np.unique(np.array(numbers, np.int64), return_counts=True)
    for kind, n in zip(kinds.tolist(), counts.tolist(), strict=True):
        rest, where_held = divmod(kind, _COURTS)
        if not court.is_peer(where_held):
            continue
        key, place = divmod(rest, _STATUSES)
        status = (*SETTLED, HearingStatus.UNKNOWN)[place]
        for side in found if where_held == court.key else found[:1]:
            side.became[str(status)] += n
            if status is HearingStatus.ADJOURNED:
                side.adjourned[_reason_key(court, key or None)] += n
    return found


def _held(part: dict[str, int]) -> tuple[Figure, ...]:
    found = Became.of(part)
    return (
        *(Figure(each) for each in (*found, found.n - found.known)),
        share_figure(found.held, found.known),
        share_figure(found.adjourned, found.known),
    )


def _reason_key(court: Court, key: int | None) -> str:
    """Return the code of a reason for adjourning as this reader may see it; NOBODY: none known."""
    words = court.here.words
    if key is None or words.no_reason(key):
        return NOBODY
    found = words.reasons[key]
    return NOBODY if found.restricted and court.here.reader.withholds else found.code


def _adjournments(court: Court, reasons: tuple[dict[str, int], dict[str, int]]) -> Table:
    labels: dict[str, Label] = {r.code: r.name for r in court.here.words.reasons.values()}
    labels[NOBODY] = _("No reason known")
    days = _days_added(court)
    n, everywhere = sum(reasons[1].values()), sum(reasons[0].values())
    order = sorted(reasons[1], key=lambda key: (key == NOBODY, -reasons[1][key], key))
    rows = tuple(
        Row(key, labels.get(key, key), (
            Figure(reasons[1][key]),
            share_figure(reasons[1][key], n),
            share_figure(reasons[0][key], everywhere),
            *_added(days.get(key, [])),
        ))
        for key in order
    )  # fmt: skip
    every = [each for found in days.values() for each in found]
    return Table(
        ADJOURNED,
        _("Why hearings were adjourned"),
        (
            Column("n", _("Adjourned")),
            Column("share", _("Share"), ColumnKind.SHARE),
            Column("country", _("Share, all courts of this level"), ColumnKind.SHARE),
            Column("known", _("Next day known")),
            Column("days", _("Days added, mean"), ColumnKind.DAYS),
            Column("total", _("Days added, sum"), ColumnKind.DAYS),
        ),
        rows,
        n,
        ADJOURNED_DEFINITION,
        _("Reason"),
        total=None if n == 0 else Row("total", _("All"), (
            Figure(n), share_figure(n, n), share_figure(everywhere, everywhere), *_added(every)
        ), RowKind.TOTAL),
        unknown=share_figure(sum(reasons[1].get(k, 0) for k in (NOBODY, GIVEN_NONE)), n)
        if n else None,
        unknown_label=_("No reason given, or none known"),
        refused=None if n else NO_ADJOURNMENT,
    )  # fmt: skip


def _days_added(court: Court) -> dict[str, list[int]]:
    """Return the days from each adjourned hearing of this court to the next day set, by reason."""
    query = hearing_query(
        court.country, HearingFact.adjournment_reason_id, HearingFact.scheduled_on,
        HearingFact.next_on,
    ).where(
        HearingFact.institution_id == court.key,
        HearingFact.status == str(HearingStatus.ADJOURNED),
        HearingFact.next_on > HearingFact.scheduled_on,
    )  # fmt: skip
    found: dict[str, list[int]] = {}
    for reason, on, then in court.here.session.execute(query):
        found.setdefault(_reason_key(court, reason), []).append((then - on).days)
    return found


def _added(days: list[int]) -> tuple[Figure, ...]:
    n = len(days)
    if not n:
        missing = Figure(None, missing=_("no next day is known"))
        return Figure(0), missing, missing
    days = sorted(days)  # only one order gives the same sum to the last digit
    mean = float(np.mean(days))
    # Student's t: many reasons have a handful. Of one hearing nothing is known of its spread.
    half = float(stdtrit(n - 1, 0.975)) * float(np.std(days, ddof=1)) / n**0.5 if n > 1 else None
    lower, upper = (None, None) if half is None else (max(0.0, mean - half), mean + half)
    return Figure(n), Figure(mean, None, n, lower, upper), Figure(float(sum(days)), None, n)


# Detention


def _custody(court: Court) -> Table:
    rows, states = court.rows, court.custody
    labels = {s.name: s.label for law in court.here.law.procedures for s in law.custody}
    is_open = rows.code == OPEN
    mine = is_open & court.mine
    n, everywhere = int(mine.sum()), int(is_open.sum())
    found = []
    for place, name in enumerate(states):
        here = is_open & (rows.more["custody"] == place)
        all_, own = int(here.sum()), int((here & mine).sum())
        if not all_:
            continue
        found.append(
            Row(name, labels[name], (
                court.figure(here, event_code=str(OPEN), custody=name),
                share_figure(own, n),
                share_figure(all_, everywhere),
            ))
        )  # fmt: skip
    unknown = int((mine & (rows.more["custody"] == _place(states, "unknown"))).sum())
    return Table(
        CUSTODY,
        _("Where the accused of open prosecutions are"),
        (
            Column("n", _("Open prosecutions")),
            Column("share", _("Share"), ColumnKind.SHARE),
            Column("country", _("Share in the country"), ColumnKind.SHARE),
        ),
        tuple(found),
        n,
        CUSTODY_DEFINITION,
        _("Custody"),
        total=Row("total", _("All open"), (
            court.figure(is_open, event_code=str(OPEN)),
            share_figure(n, n),
            share_figure(everywhere, everywhere),
        ), RowKind.TOTAL),
        unknown=share_figure(unknown, n) if n else None,
        unknown_label=NOT_KNOWN,
    )  # fmt: skip


def _place(states: tuple[str, ...], name: str) -> int:
    return states.index(name) if name in states else -1


# What is known


def _sources(court: Court) -> Table:
    context = court.here
    best: Counter[AccountSource | None] = Counter()
    query = context.population.select(ProsecutionFact.told, func.count())
    for told, found in context.session.execute(query.group_by(ProsecutionFact.told)):
        best[most_authoritative(told)] += found
    n = int(court.mine.sum())
    rest = n - sum(best[source] for source in AccountSource)
    labelled: list[tuple[str, Label, int]] = [
        (str(source), SOURCES[source], best[source]) for source in AccountSource
    ]
    labelled.append((NOBODY, _("Not known who told"), rest))
    return Table(
        SOURCE,
        _("Who told how they stand"),
        (
            Column("n", _("Prosecutions")),
            Column("share", _("Share"), ColumnKind.SHARE),
        ),
        tuple(
            Row(key, label, (context.plain_count(Count(found)), share_figure(found, n)))
            for key, label, found in labelled
        ),
        n,
        SOURCE_DEFINITION,
        _("Source"),
        total=Row("total", _("All"), (
            court.figure(np.ones_like(court.mine)), share_figure(n, n)
        ), RowKind.TOTAL),
        unknown=share_figure(rest, n) if n else None,
        unknown_label=_("Not known who told"),
    )  # fmt: skip


def _verified(court: Court) -> Table:
    rows, until = court.rows, court.until
    is_open = rows.code == OPEN
    seen = rows.days["last_verified_on"]
    known = is_open & (seen != NEVER)
    old = known & (seen < until - UNSEEN_DAYS)
    never = is_open & (seen == NEVER)
    figures = []
    for where, part in (("here", court.mine), ("country", np.ones_like(court.mine))):
        n, ages = int((is_open & part).sum()), np.maximum(0, until - seen[known & part])
        missing = Figure(None, missing=_("nobody is known to have looked"))
        counted = court.figure if where == "here" else court.all_counted
        figures.append(
            (
                counted(is_open, event_code=str(OPEN)),
                Figure(float(np.median(ages)), None, int(ages.size)) if ages.size else missing,
                *(
                    each
                    for chosen in (old, never)
                    for each in (
                        Figure(int((chosen & part).sum())),
                        share_figure(int((chosen & part).sum()), n),
                    )
                ),
            )
        )
    n = int((is_open & court.mine).sum())
    return Table(
        VERIFIED,
        _("When somebody last looked"),
        (
            Column("open", _("Open prosecutions")),
            Column("median", _("Days since somebody looked, median"), ColumnKind.DAYS),
            Column("old", _("More than ${days} days ago", mapping={"days": str(UNSEEN_DAYS)})),
            Column("old_share", _("Share"), ColumnKind.SHARE),
            Column("never", _("Never, or not known")),
            Column("never_share", _("Share"), ColumnKind.SHARE),
        ),
        tuple(
            Row(key, label, found, RowKind.DETAIL)
            for (key, label), found in zip(
                (("here", _("This court")), ("country", _("Country"))), figures, strict=True
            )
        ),
        n,
        _("Days are counted back from the last day for which anything is known in the country "
          "(${until}).", mapping={"until": day_of(until).isoformat()}),
        _("Where"),
        unknown=share_figure(int((never & court.mine).sum()), n) if n else None,
        unknown_label=_("Never, or not known"),
    )  # fmt: skip

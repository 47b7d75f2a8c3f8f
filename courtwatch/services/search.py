"""Search for a person: asks the index as one of its audiences, answers from the database.

The index says which cases; what is shown of them is read from the database again, through the
same rules by which they were indexed, and a case that changed since is left out until the index
has followed. Totals and facets come from the index and lag behind commits by a second or two.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Case,
    Institution,
    Jurisdiction,
    Offence,
    Organisation,
    ProcedureVersion,
    Reason,
    SavedSearch,
)
from courtwatch.models.meta import new_public_code
from courtwatch.security.visibility import (
    Viewer,
    audiences,
    counts_all_organisations,
    viewer_of,
)
from courtwatch.services import labels
from courtwatch.services.index_documents import documents_of
from courtwatch.services.jobs import cases_waiting
from courtwatch.services.messages import _
from courtwatch.services.search_days import CaseDays, days_of
from courtwatch.services.work import Actor
from search_index.documents import CaseDocument
from search_index.highlight import Fragment, highlight, snippets
from search_index.index import SearchIndex, SearchRequest, SearchResults, Sort
from search_index.query import QueryProblem, leaves, parse
from search_index.tokens import tokenise
from workflows.elements import Text
from workflows.procedure import Procedure, loads

FACETS = (
    "court",
    "stage",
    "outcome",
    "ended_by",
    "offence",
    "reason",
    "custody",
    "year",
    "overdue",
)
OVERDUE = {
    "detention": _("Limit of custody or detention has passed"),
    "act": _("Time for an act of an authority has passed"),
    "unknown": _("Not known whether a limit has passed"),
}
DATES = ("registered", "last_event")
"""Filters by a day, month or year, or `from..to`."""
DOWNLOAD_CHUNK = 500
SPELLED_OTHERWISE = "spelled_otherwise"
"""A name was found by its sound: it is written otherwise than it was typed."""
_TEXT_FIELDS = (
    ("number", "numbers"),
    ("name", "names"),
    ("court", "court_names"),
    ("offence", "offence_names"),
    ("reason", "reason_names"),
)


_NO_DAYS = CaseDays()


@dataclass(frozen=True)
class Found:
    """One case of a result: what the asker may see of it, and where the words were found.

    `passages`: (field, highlighted fragments), from the database's text. `because`: in which fields
    the words were found of which no passage is shown, or `SPELLED_OTHERWISE`.
    """

    document: CaseDocument
    court: Text | None
    stage: Text | None
    outcome: Text | None
    invented: bool
    procedure: Procedure
    passages: tuple[tuple[str, tuple[Fragment, ...]], ...]
    because: tuple[str, ...] = ()
    offence: Text | None = None
    days: CaseDays = _NO_DAYS


@dataclass(frozen=True)
class Answer:
    """A page of results. `total` counts cases that the asker may see."""

    total: int
    found: tuple[Found, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    problems: tuple[QueryProblem, ...]
    suggestion: str | None

    @property
    def problem(self) -> QueryProblem | None:
        """Return the first thing that was not understood."""
        return self.problems[0] if self.problems else None


def facets_of(actor: Actor) -> tuple[str, ...]:
    """Return the facets that this person is offered: organisations only where they are named."""
    return (*FACETS, "organisation") if viewer_of(actor) is Viewer.NETWORK else FACETS


def remember_query(session: Session, actor: Actor, query: str, now: datetime) -> SavedSearch:
    """Keep a typed query, so that the address carries an opaque code and no word of it."""
    assert actor.user_id is not None
    kept = SavedSearch(
        code=new_public_code("S") + new_public_code("")[1:],
        user_id=actor.user_id,
        query=query,
        created_at=now,
    )
    session.add(kept)
    session.flush()
    return kept


def kept_query(session: Session, actor: Actor, code: str) -> SavedSearch | None:
    """Return a query that this very person typed."""
    query = select(SavedSearch).where(
        SavedSearch.code == code, SavedSearch.user_id == actor.user_id
    )
    return session.scalars(query).one_or_none()


class Search:
    """Search in one index for one person."""

    def __init__(
        self, session: Session, index: SearchIndex, actor: Actor, now: datetime | None = None
    ) -> None:
        """`now`: the moment of the request, at which limits have passed or not."""
        self.session = session
        self.index = index
        self.actor = actor
        self.now = now or datetime.now(UTC)
        self._audiences = audiences(actor)

    @cached_property
    def only(self) -> dict[str, frozenset[str]]:
        """Return the values of facets that exist for this person, where not all do."""
        if counts_all_organisations(self.actor):
            return {}
        mine = select(Organisation.code).where(Organisation.id == self.actor.organisation_id)
        known = viewer_of(self.actor) is Viewer.NETWORK
        return {"organisation": frozenset(self.session.scalars(mine) if known else ())}

    def page(
        self,
        query: str,
        filters: Mapping[str, tuple[str, ...]],
        sort: str,
        offset: int,
        limit: int,
    ) -> Answer:
        """Return one page of results with facets."""
        wanted = facets_of(self.actor)
        result = self._ask(query, filters, wanted, sort, offset, limit)
        documents = self._visible([hit.case_id for hit in result.hits], query)
        found = self._describe(documents, query, {hit.case_id: hit.fields for hit in result.hits})
        return Answer(
            result.total, tuple(found), result.facets, parse(query).problems, result.suggestion
        )

    def all(self, query: str, filters: Mapping[str, tuple[str, ...]], sort: str) -> Iterator[Found]:
        """Yield every result, without passages; for downloads."""
        hits = self._ask(query, filters, (), sort, 0, None).hits
        ids = array("q", (hit.case_id for hit in hits))
        del hits  # a number for each case is all that is kept of them
        for start in range(0, len(ids), DOWNLOAD_CHUNK):
            yield from self._describe(self._visible(ids[start : start + DOWNLOAD_CHUNK], query), "")

    def likely(self, query: str, limit: int) -> tuple[list[int], int]:
        """Return the cases that fit a query best, and how many fit; nothing of them is told yet.

        Those of others that changed since they were indexed are left out, as on any page.
        """
        result = self._ask(query, {}, (), Sort.RELEVANCE, 0, limit)
        ids = [hit.case_id for hit in result.hits]
        changed = self.changed_meanwhile(ids)
        return [key for key in ids if key not in changed], result.total

    def _ask(
        self,
        query: str,
        filters: Mapping[str, tuple[str, ...]],
        facets: tuple[str, ...],
        sort: str,
        offset: int,
        limit: int | None,
    ) -> SearchResults:
        offered = (*facets_of(self.actor), *DATES)
        allowed = {name: values for name, values in filters.items() if name in offered}
        return self.index.search(
            SearchRequest(
                query=query,
                audiences=self._audiences,
                filters=allowed,
                facets=facets,
                sort=sort,
                offset=offset,
                limit=limit,
                now=self.now,
                only=self.only,
                explain=bool(facets and query),
            )
        )

    def _visible(self, case_ids: Sequence[int], query: str) -> list[CaseDocument]:
        """Return what this person may see of these cases now, in their order.

        A case of another organisation that changed since it was indexed is left out until the
        worker has followed: the words that found it may not be readable any more, and showing it
        would confirm them. Totals and facets lag behind by as much.
        """
        own: dict[int, CaseDocument] = {}
        connection = self.session.connection()
        changed = self.changed_meanwhile(case_ids) if query else set()
        for document in documents_of(connection, case_ids):
            fits = document.audience in self._audiences
            if fits and not self._audiences & set(document.hidden_for):
                own[document.case_id] = document
        return [own[key] for key in case_ids if key in own and key not in changed]

    def matching(self, query: str, filters: Mapping[str, tuple[str, ...]], sort: str) -> list[int]:
        """Return every case that the index finds, in order; nothing of them is told yet."""
        result = self._ask(query, filters, (), sort, 0, None)
        return [hit.case_id for hit in result.hits]

    def found(self, case_ids: Sequence[int], query: str) -> list[Found]:
        """Return what this person may see of these cases, and where the words are."""
        return list(self._describe(self._visible(case_ids, query), query))

    def changed_meanwhile(self, case_ids: Sequence[int]) -> set[int]:
        """Return which of these cases of other organisations changed since they were indexed."""
        changed = cases_waiting(self.session.connection(), case_ids)
        if changed:
            own = select(Case.id).where(
                Case.id.in_(changed), Case.owner_id == self.actor.organisation_id
            )
            changed -= set(self.session.scalars(own))
        return changed

    def _describe(
        self,
        documents: Sequence[CaseDocument],
        query: str,
        fields: Mapping[int, tuple[str, ...]] | None = None,
    ) -> Iterator[Found]:
        rows = self.session.execute(
            select(Case.id, Case.procedure_version_id, Jurisdiction.invented)
            .join(Jurisdiction, Jurisdiction.id == Case.jurisdiction_id)
            .where(Case.id.in_([document.case_id for document in documents]))
        )
        about = {row.id: row for row in rows}
        days = days_of(self.session.connection(), list(about))
        procedures = self._procedures({row.procedure_version_id for row in about.values()})
        courts = self._named(Institution, {c for document in documents for c in document.court[:1]})
        offences = self._named(
            Offence, {c for document in documents for c in document.offences[:1]}
        )
        for document in documents:
            row = about.get(document.case_id)
            if row is None:  # gone since the documents were read
                continue
            hit = (fields or {}).get(document.case_id, ())
            passages = _passages(document, query) if query else ()
            because = _because(hit, passages, query)
            if SPELLED_OTHERWISE in because and "name" not in dict(passages):
                unmarked = tuple((name, False) for name in document.names[:3])
                passages += tuple(("name", (one,)) for one in unmarked)
            procedure = procedures[row.procedure_version_id]
            yield Found(
                document,
                courts.get(document.court[0]) if document.court else None,
                labels.stage_label(procedure, document.stage or None),
                labels.outcome_label(procedure, document.outcome or None),
                row.invented,
                procedure,
                passages,
                because,
                offences.get(document.offences[0]) if document.offences else None,
                days.get(document.case_id, _NO_DAYS),
            )

    def _procedures(self, keys: set[int]) -> dict[int, Procedure]:
        query = select(ProcedureVersion).where(ProcedureVersion.id.in_(keys))
        return {
            row.id: loads(row.text, f"{row.name} {row.version}")
            for row in self.session.scalars(query)
        }

    def _named(self, model: Any, codes: set[str]) -> dict[str, Text]:
        query = select(model).where(model.code.in_(codes))
        return {row.code: Text(row.name_en, row.name_km) for row in self.session.scalars(query)}

    def facet_labels(self, facets: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
        """Return the words for every facet value: (facet, code) -> label."""
        found: dict[tuple[str, str], Any] = {
            ("overdue", value): label for value, label in OVERDUE.items()
        }
        sources: tuple[tuple[str, Any], ...] = (
            ("court", Institution),
            ("offence", Offence),
            ("reason", Reason),
            ("organisation", Organisation),
        )
        for name, model in sources:
            only = self.only.get(name)
            codes = [code for code, _count in facets.get(name, ()) if only is None or code in only]
            for row in self.session.scalars(select(model).where(model.code.in_(codes))):
                found[name, row.code] = labels.named(row, name == "reason")
        procedures = [
            loads(row.text, f"{row.name} {row.version}")
            for row in self.session.scalars(select(ProcedureVersion))
        ]
        for procedure in procedures:
            for name, values in (
                ("stage", procedure.stages),
                ("outcome", procedure.outcomes),
                ("ended_by", procedure.actors),
                ("custody", procedure.custody),
            ):
                for value in values:
                    found.setdefault((name, value.name), value.label)
        return found


def _passages(document: CaseDocument, query: str) -> tuple[tuple[str, tuple[Fragment, ...]], ...]:
    """Return where the words were found: short fields whole, free text in passages."""
    passages = []
    for field, attribute in _TEXT_FIELDS:
        for text in getattr(document, attribute):
            fragments = highlight(text, query, field=field)
            if any(hit for _text, hit in fragments):
                passages.append((field, tuple(fragments)))
                break
    for text in document.texts:
        passages += [("text", tuple(cut)) for cut in snippets(text, query, field="text")]
    return tuple(passages[:4])


def _because(
    fields: Sequence[str],
    passages: Sequence[tuple[str, tuple[Fragment, ...]]],
    query: str,
) -> tuple[str, ...]:
    """Return what the passages do not tell of why a case was found."""
    shown = {field for field, _fragments in passages}
    marked = {
        token.text
        for field, fragments in passages
        if field == "name"
        for text, hit in fragments
        if hit
        for token in tokenise(text)
    }
    typed = {
        token.text
        for leaf in leaves(parse(query).tree)
        for token in tokenise(getattr(leaf, "text", ""))
    }
    because = [field for field in fields if field not in shown and field != "name"]
    otherwise = marked and not any(m.startswith(t) for m in marked for t in typed)
    if otherwise or ("name" in fields and "name" not in shown):
        because.append(SPELLED_OTHERWISE)
    return tuple(because)

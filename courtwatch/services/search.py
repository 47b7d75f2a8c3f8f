"""Search for a person: asks the index as one of its audiences, answers from the database.

The index says which cases; what is shown of them is read from the database again, through the
same rules by which they were indexed, and a case that changed since is left out until the index
has followed. Totals and facets come from the index and lag behind commits by a second or two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
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
from courtwatch.security.visibility import Viewer, audiences, viewer_of
from courtwatch.services import labels
from courtwatch.services.index_documents import documents_of
from courtwatch.services.jobs import cases_waiting
from courtwatch.services.messages import _
from courtwatch.services.work import Actor
from search_index.documents import CaseDocument
from search_index.highlight import Fragment, highlight, snippets
from search_index.index import SearchIndex, SearchRequest, SearchResults
from search_index.query import QueryProblem
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
FACET_VALUES = 12
DOWNLOAD_CHUNK = 500
_TEXT_FIELDS = (
    ("number", "numbers"),
    ("name", "names"),
    ("court", "court_names"),
    ("offence", "offence_names"),
    ("reason", "reason_names"),
)


@dataclass(frozen=True)
class Found:
    """One case of a result: what the asker may see of it, and where the words were found.

    `passages`: (field, highlighted fragments), from the database's text.
    """

    document: CaseDocument
    court: Text | None
    stage: Text | None
    outcome: Text | None
    invented: bool
    procedure: Procedure
    passages: tuple[tuple[str, tuple[Fragment, ...]], ...]


@dataclass(frozen=True)
class Answer:
    """A page of results. `total` counts cases that the asker may see."""

    total: int
    found: tuple[Found, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    problem: QueryProblem | None
    suggestion: str | None


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
        found = self._describe(documents, query)
        facets = {name: values[:FACET_VALUES] for name, values in result.facets.items()}
        return Answer(result.total, tuple(found), facets, result.problem, result.suggestion)

    def all(self, query: str, filters: Mapping[str, tuple[str, ...]], sort: str) -> Iterator[Found]:
        """Yield every result, without passages; for downloads."""
        result = self._ask(query, filters, (), sort, 0, None)
        ids = [hit.case_id for hit in result.hits]
        for start in range(0, len(ids), DOWNLOAD_CHUNK):
            yield from self._describe(self._visible(ids[start : start + DOWNLOAD_CHUNK], query), "")

    def _ask(
        self,
        query: str,
        filters: Mapping[str, tuple[str, ...]],
        facets: tuple[str, ...],
        sort: str,
        offset: int,
        limit: int | None,
    ) -> SearchResults:
        allowed = {name: values for name, values in filters.items() if name in (*FACETS, *facets)}
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
        changed = cases_waiting(connection, case_ids) if query else set()
        for document in documents_of(connection, case_ids):
            fits = document.audience in self._audiences
            if fits and not self._audiences & set(document.hidden_for):
                own[document.case_id] = document
        if changed:
            kept = set(
                self.session.scalars(
                    select(Case.id).where(
                        Case.id.in_(changed), Case.owner_id == self.actor.organisation_id
                    )
                )
            )
            changed -= kept
        return [own[key] for key in case_ids if key in own and key not in changed]

    def _describe(self, documents: Sequence[CaseDocument], query: str) -> Iterator[Found]:
        rows = self.session.execute(
            select(Case.id, Case.procedure_version_id, Jurisdiction.invented)
            .join(Jurisdiction, Jurisdiction.id == Case.jurisdiction_id)
            .where(Case.id.in_([document.case_id for document in documents]))
        )
        about = {row.id: row for row in rows}
        procedures = self._procedures({row.procedure_version_id for row in about.values()})
        courts = self._courts({code for document in documents for code in document.court})
        for document in documents:
            row = about[document.case_id]
            procedure = procedures[row.procedure_version_id]
            yield Found(
                document,
                courts.get(document.court[0]) if document.court else None,
                labels.stage_label(procedure, document.stage or None),
                labels.outcome_label(procedure, document.outcome or None),
                row.invented,
                procedure,
                _passages(document, query) if query else (),
            )

    def _procedures(self, keys: set[int]) -> dict[int, Procedure]:
        query = select(ProcedureVersion).where(ProcedureVersion.id.in_(keys))
        return {
            row.id: loads(row.text, f"{row.name} {row.version}")
            for row in self.session.scalars(query)
        }

    def _courts(self, codes: set[str]) -> dict[str, Text]:
        query = select(Institution).where(Institution.code.in_(codes))
        return {i.code: Text(i.name_en, i.name_km) for i in self.session.scalars(query)}

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
            codes = [code for code, _count in facets.get(name, ())]
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

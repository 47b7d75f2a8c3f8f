"""Searches that a person keeps under a name, and what is new in them since they last looked.

A case is **new** when it is found now and was not when the person last looked: recorded, shared or
merged into what is found since, or changed so that the search finds it, or (a time limit) the day
has come. It is **changed** when it was found then and what this person may see of it changed since
(`services.indexed_documents`); what they may not see changes nothing for them. Both are asked with
today's rights, and the database decides last.

To look is to say so ("mark as seen"): nothing is marked because a page was shown. A look covers
what the page that was shown could know, and not what came between it and the answer, so that
nothing falls between two looks; what is in doubt is told once more.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from courtwatch.models import Case, Job, SavedSearch
from courtwatch.models.meta import new_public_code
from courtwatch.security.visibility import audiences, visible_cases
from courtwatch.services.indexed_documents import (
    BEFORE_ALL,
    changed_since,
    cut,
    known_to_index,
    latest_change,
)
from courtwatch.services.jobs import INDEX_ALL, cases_waiting
from courtwatch.services.messages import Told, _
from courtwatch.services.search import DATES, Search, facets_of
from courtwatch.services.seen_cases import pack, unpack
from courtwatch.services.work import Actor
from search_index.index import SearchIndex

MOST = 50
"""Searches that one person may keep: each is asked whenever their list is shown."""
LONGEST_NAME = 120


class NameRefused(Told):
    """A search can't be kept under this name; the words say why."""


@dataclass(frozen=True)
class Look:
    """Up to where somebody has seen: the last change the page could know, and its moment."""

    change: int
    at: datetime


@dataclass(frozen=True)
class News:
    """What a search finds that is new or changed for its owner, in the search's own order.

    `look` is what marking it as seen would cover. `whole`: nothing is left out because the index
    is about to follow a change; only what is whole can be marked. `other_rights`: the person's
    role or organisation is another than when they last looked.
    """

    new: tuple[int, ...]
    changed: tuple[int, ...]
    look: Look
    whole: bool
    other_rights: bool

    @property
    def cases(self) -> tuple[int, ...]:
        """Return all of it: what is new first."""
        return (*self.new, *self.changed)


def look_at(session: Session, now: datetime) -> Look:
    """Return what somebody has seen to whom a page is shown. Ask before the index is asked."""
    return Look(latest_change(session), now)


def as_name(typed: str) -> str:
    """Return a name as it is kept. Raises NameRefused for none, or one that is too long."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if not name:
        raise NameRefused(_("Give the search a name"))
    if len(name) > LONGEST_NAME:
        raise NameRefused(
            _("The name may have at most ${count} letters", mapping={"count": LONGEST_NAME})
        )
    return name


def saved_searches(session: Session, actor: Actor) -> list[SavedSearch]:
    """Return the named searches of this very person, by name."""
    query = select(SavedSearch).where(
        SavedSearch.user_id == actor.user_id, SavedSearch.name.is_not(None)
    )
    return sorted(session.scalars(query), key=lambda one: (str(one.name).casefold(), one.id))


def saved_search(session: Session, actor: Actor, code: str) -> SavedSearch | None:
    """Return a named search of this very person; nobody else's is there."""
    query = select(SavedSearch).where(
        SavedSearch.code == code,
        SavedSearch.user_id == actor.user_id,
        SavedSearch.name.is_not(None),
    )
    return session.scalars(query).one_or_none()


def _refuse_taken(session: Session, actor: Actor, name: str, but: SavedSearch | None) -> None:
    mine = saved_searches(session, actor)
    if any(str(one.name).casefold() == name.casefold() for one in mine if one is not but):
        taken = _(
            "You already have a search named “${name}”. Choose another name.",
            mapping={"name": name},
        )
        raise NameRefused(taken)
    if but is None and len(mine) >= MOST:
        raise NameRefused(
            _(
                "You can keep ${count} searches. Delete one that you no longer need first.",
                mapping={"count": MOST},
            )
        )


def filters_of(saved: SavedSearch) -> dict[str, tuple[str, ...]]:
    """Return the facets that a search is narrowed by."""
    return {name: tuple(values) for name, values in (saved.filters or {}).items()}


def filters_gone(saved: SavedSearch, actor: Actor) -> list[str]:
    """Return the facets of a search that its owner may not filter by today; they count no more."""
    return sorted(set(filters_of(saved)) - {*facets_of(actor), *DATES})


class SavedSearches:
    """Keeps searches of one person, and finds what is new in them."""

    def __init__(self, session: Session, index: SearchIndex, actor: Actor, now: datetime) -> None:
        self.session = session
        self.index = index
        self.actor = actor
        self.now = now
        self._audiences = audiences(actor)
        # Read before the index is asked: the index has at least what it stands for.
        self._change = latest_change(session)

    def save(
        self,
        query: str,
        filters: Mapping[str, Sequence[str]],
        sort: str,
        typed_name: str,
        look: Look,
    ) -> SavedSearch:
        """Keep a search; what its page showed counts as seen. Raises NameRefused."""
        name = as_name(typed_name)
        _refuse_taken(self.session, self.actor, name, None)
        assert self.actor.user_id is not None
        saved = SavedSearch(
            code=new_public_code("S") + new_public_code("")[1:],
            user_id=self.actor.user_id,
            name=name,
            query=query,
            filters={key: list(values) for key, values in filters.items() if values},
            sort=sort,
            created_at=self.now,
        )
        self.mark(saved, look)
        self.session.add(saved)
        self.session.flush()
        return saved

    def rename(self, saved: SavedSearch, typed_name: str) -> None:
        """Give a search another name. Raises NameRefused."""
        name = as_name(typed_name)
        _refuse_taken(self.session, self.actor, name, saved)
        saved.name = name

    def news(self, saved: SavedSearch) -> News:
        """Return what a search finds that is new or changed. Raises SearchIndexError."""
        found = self._matching(saved, self.now)
        seen = unpack(saved.seen)
        since = BEFORE_ALL if saved.looked_at_change is None else saved.looked_at_change
        altered = changed_since(self.session, self._audiences, since) if seen else {}
        told = [key for key in found if key not in seen or key in altered]
        there = self._visible(told)
        waiting = self._waiting(saved, told)
        shown = [key for key in told if key in there and key not in waiting]
        return News(
            new=tuple(key for key in shown if key not in seen),
            changed=tuple(key for key in shown if key in seen),
            look=Look(self._change, self.now),
            whole=not waiting & there,
            other_rights=saved.looked_as is not None and saved.looked_as != self._as(),
        )

    def mark(self, saved: SavedSearch, look: Look) -> None:
        """Take what a page showed for seen. Raises SearchIndexError.

        What changed between the page and now is not: a case that is found only since then stays
        new, and one that was found before stays changed. An older page than the last one that was
        marked takes nothing back.
        """
        before = saved.looked_at_change
        if before is not None and look.change < before:
            return
        seen = unpack(saved.seen)
        found = set(self._matching(saved, look.at))
        later = changed_since(self.session, self._audiences, look.change)
        fresh = found - seen
        unsure = (fresh & set(later)) | self._not_yet_known(fresh)
        saved.seen = pack(found - unsure)
        saved.looked_at_change = min(look.change, self._change)
        saved.looked_at = min(look.at, self.now)
        saved.looked_as = self._as()

    def _not_yet_known(self, fresh: set[int]) -> set[int]:
        """Return those of the cases found for which the index is ahead of what is recorded of it.

        The index is written first. Between the two a case is found whose change has no number yet.
        """
        if self._change == BEFORE_ALL:
            return set()
        unknown = fresh - known_to_index(self.session, self._audiences, fresh)
        waiting: set[int] = set()
        for some in cut(sorted(fresh), 500):
            waiting |= cases_waiting(self.session.connection(), some)
        everything = select(exists().where(Job.kind == INDEX_ALL))
        return fresh if self.session.scalar(everything) else unknown | waiting

    def _matching(self, saved: SavedSearch, at: datetime) -> list[int]:
        search = Search(self.session, self.index, self.actor, at)
        return search.matching(saved.query, filters_of(saved), saved.sort or "relevance")

    def _visible(self, case_ids: Sequence[int]) -> set[int]:
        """Return those of these cases that the person may see now, whatever the index says."""
        found: set[int] = set()
        for some in cut(case_ids, 500):
            found |= set(
                self.session.scalars(
                    select(Case.id).where(
                        Case.id.in_(some), Case.merged_into_id.is_(None), visible_cases(self.actor)
                    )
                )
            )
        return found

    def _waiting(self, saved: SavedSearch, case_ids: Collection[int]) -> set[int]:
        """Return those that are left out until the index has followed, as on any page."""
        if not saved.query:
            return set()
        search = Search(self.session, self.index, self.actor, self.now)
        found: set[int] = set()
        for some in cut(case_ids, 500):
            found |= search.changed_meanwhile(some)
        return found

    def _as(self) -> str:
        return ",".join(sorted(self._audiences))

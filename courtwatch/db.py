"""One database session per request, in the request's transaction.

A request that may write (not GET, HEAD or OPTIONS, nor a route of `READING_ROUTES`) starts with
BEGIN IMMEDIATE, before its first query, and is committed whether the ORM noticed a change or not,
because Core writes count too. A request that reads refuses to write.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import zope.sqlalchemy
from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker
from zope.sqlalchemy.datamanager import STATUS_CHANGED

from courtwatch.models.engine import begin_writing, make_session_factory

SESSIONS = "courtwatch.sessions"
WAKE = "courtwatch.wake_worker"
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
READING_ROUTES = frozenset({"case_suggestions", "case_go", "case_alike"})
"""Asked by POST so that what is typed stands in no address; they write nothing."""
_READS = "courtwatch.reads"
log = logging.getLogger(__name__)


class WriteOnRead(RuntimeError):
    """A request that only reads tried to change the record."""


def _refuse_flush(session: Session, context: object, instances: object) -> None:
    if session.info.get(_READS) and (session.new or session.dirty or session.deleted):
        raise WriteOnRead("a request that reads must not write")


def _refuse_statement(state: ORMExecuteState) -> None:
    if state.session.info.get(_READS) and (state.is_insert or state.is_update or state.is_delete):
        raise WriteOnRead("a request that reads must not write")


@contextmanager
def reading(registry: Registry) -> Iterator[Session]:
    """Give a short session of its own, for what must not wait for the request's transaction."""
    factory: sessionmaker[Session] = registry[SESSIONS]
    with factory() as session:
        session.info[_READS] = True
        yield session


def writes(request: Request) -> bool:
    """Say whether this request may write."""
    route = getattr(request, "matched_route", None)
    reads = route is not None and route.name in READING_ROUTES
    return request.method not in READING_METHODS and not reads


def _dbsession(request: Request) -> Session:
    factory: sessionmaker[Session] = request.registry[SESSIONS]
    session = factory()
    if not writes(request):
        session.info[_READS] = True
        zope.sqlalchemy.register(session, transaction_manager=request.tm)
        return session
    zope.sqlalchemy.register(session, initial_state=STATUS_CHANGED, transaction_manager=request.tm)
    begin_writing(session)
    request.tm.get().addAfterCommitHook(_wake, args=(request.registry,))
    return session


def _wake(committed: bool, registry: Registry) -> None:
    """Tell the worker that there may be jobs. Never fails a request that was committed."""
    wake: Any = registry.get(WAKE)
    if not committed or wake is None:
        return
    try:
        wake()
    except Exception:
        log.exception("the worker could not be woken; it will look by itself")


def includeme(config: Configurator) -> None:
    """Offer `request.dbsession`."""
    factory = make_session_factory(config.registry["courtwatch.engine"])
    event.listen(factory, "before_flush", _refuse_flush)
    event.listen(factory, "do_orm_execute", _refuse_statement)
    config.registry[SESSIONS] = factory
    config.add_request_method(_dbsession, "dbsession", reify=True)

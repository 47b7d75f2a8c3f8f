"""What every view may ask its request for."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from pyramid.request import Request

from courtwatch.models import Jurisdiction
from courtwatch.services.meanwhile import last_revision
from courtwatch.services.work import Actor, Work
from courtwatch.settings import Settings


def _settings(request: Request) -> Settings:
    settings: Settings = request.registry["courtwatch.settings"]
    return settings


def _now(request: Request) -> datetime:
    return datetime.now(UTC)


def _today(request: Request, jurisdiction: Jurisdiction | None = None) -> date:
    """Return the day it is in a jurisdiction's courts (UTC without one)."""
    now: datetime = request.now
    return now.astimezone(ZoneInfo(jurisdiction.time_zone if jurisdiction else "UTC")).date()


def _actor(request: Request) -> Actor | None:
    identity = request.identity
    return None if identity is None else identity.actor(request.locale_name)


def _work(request: Request, kind: str) -> Work:
    """Return the unit of writing of this request. `kind` names the act, as `hearing:recorded`."""
    assert request.actor is not None, "a view that writes needs a permission"
    installation = request.settings_.installation
    return Work(request.dbsession, request.actor, kind, request.now, installation)


def _last_revision(request: Request) -> int:
    """Return the last revision of the record that this request's pages are made from."""
    return last_revision(request.dbsession)


def _request_id(request: Request) -> str:
    """Return an id that the error page shows and the log carries."""
    return uuid.uuid4().hex[:12]


def includeme(config: Configurator) -> None:
    """Add settings_, now, today(), actor, work(), request_id and last_revision to requests."""
    config.add_request_method(_settings, "settings_", reify=True)
    config.add_request_method(_now, "now", reify=True)
    config.add_request_method(_actor, "actor", reify=True)
    config.add_request_method(_request_id, "request_id", reify=True)
    config.add_request_method(_last_revision, "last_revision", reify=True)
    config.add_request_method(_today, "today")
    config.add_request_method(_work, "work")

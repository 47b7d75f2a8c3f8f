"""Serve this machine only, until the setting says otherwise.

Checked at every request, because a server may be told its address in ways an ini file does not
show: where the request comes from, and (against pages of other sites that resolve their name to
this machine) which host it names.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response


def is_loopback(host: str) -> bool:
    """Say whether a host name or address means this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _named_host(request: Request) -> str:
    host = str(request.host)
    if host.startswith("["):
        return host[1:].split("]", 1)[0]
    return host.split(":", 1)[0]


def tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Make the tween that refuses requests of other machines."""
    if registry["courtwatch.settings"].serve_beyond_loopback:
        return handler

    def loopback_tween(request: Request) -> Response:
        if is_loopback(request.remote_addr or "") and is_loopback(_named_host(request)):
            return handler(request)
        return Response(
            "This Courtwatch serves only the machine it runs on. Its administrator can change "
            "that with the setting courtwatch.serve_beyond_loopback.\n",
            status=403,
            content_type="text/plain",
            charset="utf-8",
        )

    return loopback_tween


def includeme(config: Configurator) -> None:
    """Add the tween around everything that reads the database."""
    config.add_tween(
        "courtwatch.security.loopback.tween_factory",
        under="courtwatch.web.headers.headers_tween_factory",
    )

"""Who is served: this machine only, unless a setting says otherwise.

Before the security work has passed, a Courtwatch that listens on a network by oversight would
show case files to whoever finds it. Two walls hold that: the application refuses to start under
a server section that listens beyond loopback (`check_listen`), and, since servers other than
pserve take their address from elsewhere, it refuses each request that comes from, or is addressed
to, another machine (`loopback_only`). The second also stops a foreign page from reaching a
Courtwatch on one's own machine through a name that it controls.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import plaster
from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from courtwatch.settings import PREFIX, Settings, SettingsError

SWITCH = f"{PREFIX}serve_beyond_loopback"
_SERVER = "server:"
# waitress listens on every address when it is told none.
_DEFAULT_HOST = "every address"


def is_loopback(host: str) -> bool:
    """Return whether `host`, a name or an address without port, can only be this machine."""
    bare = host.strip().strip("[]").lower()
    if bare == "localhost":
        return True
    try:
        address = ipaddress.ip_address(bare.split("%", 1)[0])
    except ValueError:
        return False  # what another name leads to is not ours to say
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def check_listen(global_config: Mapping[str, str], settings: Settings) -> None:
    """Refuse to start under a server that listens beyond loopback without the setting for it.

    `global_config` is what paste hands to `main`; its `__file__` names the ini file. Without one
    (a test, a script) nothing listens and nothing is checked.

    Raises SettingsError.
    """
    path = global_config.get("__file__")
    if settings.serve_beyond_loopback or not path:
        return
    loader = plaster.get_loader(path, protocols=["wsgi"])
    defaults = {key: value for key, value in global_config.items() if isinstance(value, str)}
    for section in loader.get_sections():
        if not section.startswith(_SERVER):
            continue
        server = loader.get_settings(section, defaults)
        for where in _listens(server):
            if not is_loopback(where):
                raise SettingsError(
                    f"{path}, section [{section}]: listens on {where}, which other machines can "
                    f"reach. Until the security work has passed, Courtwatch serves this machine "
                    f"only: listen on 127.0.0.1, or set {SWITCH} = true in [app:main] (every page "
                    "then says so in a banner)."
                )


def _listens(server: Mapping[str, str]) -> Iterator[str]:
    """Yield the hosts that a server section names (waitress, gunicorn and granian words)."""
    named = False
    for key in ("listen", "bind"):
        for item in server.get(key, "").replace(",", " ").split():
            named = True
            if not item.startswith("unix:"):
                yield item.rsplit(":", 1)[0] if ":" in item else item
    if server.get("unix_socket"):
        return
    host = server.get("host", "" if named else _DEFAULT_HOST).strip()
    if host or not named:
        yield host or _DEFAULT_HOST


def loopback_only(
    handler: Callable[[Request], Any], registry: Registry
) -> Callable[[Request], Any]:
    """Pyramid tween: refuse what comes from, or is addressed to, another machine."""

    def refuse_others(request: Request) -> Any:
        client = request.environ.get("REMOTE_ADDR") or "localhost"  # none: called in process
        name = request.environ.get("HTTP_HOST") or "localhost"
        host = name.rsplit(":", 1)[0] if not name.endswith("]") else name
        if is_loopback(client) and is_loopback(host):
            return handler(request)
        return Response(
            "Courtwatch answers only the machine that it runs on, at http://127.0.0.1 or "
            f"http://localhost. Serving others is the setting {SWITCH}.\n",
            status=403,
            content_type="text/plain",
            charset="utf-8",
        )

    return refuse_others


def serve(config: Configurator, global_config: Mapping[str, str], settings: Settings) -> None:
    """Put up both walls; call it first in `main`. Raises SettingsError."""
    check_listen(global_config, settings)
    if not settings.serve_beyond_loopback:
        config.add_tween("courtwatch.serving.loopback_only")
